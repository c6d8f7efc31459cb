//! Names complete uploads of a series, with commands that are sent ahead.

use towline_proto::body::parse_size;
use towline_proto::command::Command;
use towline_proto::reply::ReplyClass;

use crate::batch::queue::Claim;
use crate::batch::work::Work;
use crate::error::Error;
use crate::session::Session;
use crate::transfer::{Outcome, Plan, Transferred};

/// A file that is complete at the server, under its temporary name.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) claim: Claim,
    pub(super) plan: Plan,
    /// The size that the server gives.
    pub(super) size: Option<u64>,
    pub(super) transferred: Transferred,
    pub(super) naming: Naming,
}

/// What is known of the final name of a complete file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Naming {
    /// The file has its temporary name.
    Open,
    /// The commands that give it its name were sent, but not answered: it may already have its
    /// name.
    Sent,
    /// The server confirmed the name, but has not shown a file of that name.
    Confirmed,
}

/// What the replies to [`naming_commands`] say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// The server confirmed the name. The outcome says whether it also gave the right size.
    Known(Outcome),
    /// The server confirmed the name, but shows no such file.
    Unseen,
    Refused,
}

/// Returns the commands that set the time and the name of a complete upload, and look at that name.
pub(super) fn naming_commands(session: &Session, plan: &Plan) -> Vec<Command> {
    let time = plan.modified;
    let time = time.and_then(|time| session.time_command(&plan.stored_as, time));
    let mut commands: Vec<_> = time.into_iter().collect();
    commands.push(Command::Rnfr(plan.stored_as.clone()));
    commands.push(Command::Rnto(plan.target.clone()));
    commands.push(Command::Size(plan.target.clone()));
    commands
}

/// Sends `commands`, which begin with those that rename `stored`.
pub(super) async fn send_naming(
    session: &mut Session,
    stored: Option<&mut Stored>,
    commands: &[Command],
) -> Result<(), Error> {
    // Nothing is sent over a connection that is already lost.
    session.look().await?;
    if let Some(stored) = stored {
        stored.naming = Naming::Sent;
    }
    session.send_all(commands).await
}

/// Reads the replies to [`naming_commands`]. Once the reply about the time has arrived, the time
/// need not be set again.
pub(super) async fn naming_answers(
    session: &mut Session,
    stored: Option<&mut Stored>,
) -> Result<Named, Error> {
    let Some(stored) = stored else {
        return Ok(Named::Known(Outcome::Complete));
    };
    let plan = &mut stored.plan;
    if let Some(time) = plan.modified {
        let answer = match session.time_command(&plan.stored_as, time) {
            Some(_) => Some(session.answer().await?),
            None => None,
        };
        session.note_time(answer.as_ref());
        plan.modified = None;
    }
    session.answer().await?;
    let name = session.answer().await?;
    let seen = session.answer().await?;
    if name.class() != ReplyClass::Completion {
        stored.naming = Naming::Open;
        return Ok(Named::Refused);
    }
    stored.naming = Naming::Confirmed;
    let keeps_name = session.keeps_name(&stored.plan.target);
    Ok(match stored.size {
        Some(size) if keeps_name && parse_size(&seen) == Ok(size) => {
            Named::Known(Outcome::Verified)
        }
        None if session.hides(&stored.plan.target) => Named::Known(Outcome::Complete),
        _ => Named::Unseen,
    })
}

/// Reports whether a file got its name.
pub(super) fn tell(stored: &mut Option<Stored>, named: Result<Outcome, Error>, work: &Work<'_>) {
    let Some(stored) = stored.take() else { return };
    let Stored {
        claim, transferred, ..
    } = stored;
    let outcome = named.map(|outcome| Transferred {
        outcome,
        ..transferred
    });
    let outcome = outcome.map_err(|error| error.with_path(claim.job().remote()));
    (work.report)(claim, outcome);
}
