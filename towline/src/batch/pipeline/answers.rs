//! The replies to commands that were sent ahead, and the errors in them.

use tokio::time::Instant;
use towline_proto::command::Command;
use towline_proto::reply::{Reply, ReplyClass};

use crate::data::{Channel, OpenError};
use crate::error::{Error, ErrorDetail};
use crate::session::Session;
use crate::transfer::{Outcome, Transferred};

/// Asks the server to listen, with no other command pending.
pub(super) async fn ask_to_listen(session: &mut Session) -> Result<Channel, Error> {
    let command = session.passive_command();
    let reply = session.expect(&command).await?;
    session.offered(&command, reply).await
}

/// Returns the data connection that the server offers in reply to `command`, which was sent ahead.
pub(super) async fn answer_to_listen(
    session: &mut Session,
    command: &Command,
) -> Result<Channel, Error> {
    let reply = session.answer().await?;
    if reply.class() != ReplyClass::Completion {
        return Err(out_of_step(reply));
    }
    session.offered(command, reply).await
}

/// Returns what `parse` finds in the reply to a query that was sent ahead. Returns `None` if the
/// server does not know. A reply that is neither an answer nor a refusal belongs to another
/// command.
pub(super) async fn answer_to<T, E>(
    session: &mut Session,
    parse: impl FnOnce(&Reply) -> Result<T, E>,
) -> Result<Option<T>, Error> {
    let reply = session.answer().await?;
    match parse(&reply) {
        Ok(answer) => Ok(Some(answer)),
        Err(_) if reply.class() == ReplyClass::Permanent => Ok(None),
        Err(_) => Err(out_of_step(reply)),
    }
}

/// A failure while more than one command was pending.
#[derive(Debug)]
pub(super) struct Surprise {
    pub(super) error: Error,
    /// Whether our direction of the data connection was closed early.
    pub(super) closed_early: bool,
}

impl From<Error> for Surprise {
    fn from(error: Error) -> Self {
        Self {
            error,
            closed_early: false,
        }
    }
}

impl From<OpenError> for Surprise {
    fn from(error: OpenError) -> Self {
        Self::from(Error::from(error))
    }
}

pub(super) fn out_of_step(reply: Reply) -> Error {
    let what = "the server does not answer a queued command as it should";
    Error::protocol(ErrorDetail::UnexpectedReply, what).with_reply(reply)
}

/// Returns the result of a complete file that moved since `began`.
pub(super) fn moved(bytes: u64, outcome: Outcome, began: Instant) -> Transferred {
    Transferred {
        bytes,
        resumed_at: None,
        outcome,
        digest: None,
        elapsed: began.elapsed(),
    }
}
