//! The steps themselves. Each uses the result of the step before it.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use towline_proto::command::Command;
use towline_proto::features::Feature;
use towline_proto::path::RemotePath;
use towline_proto::reply::ReplyClass;

use super::fact::{
    Certificate, Connected, DataOpened, Fact, Greeted, LoggedIn, PortReached, Resolved, Secured,
    Verification,
};
use super::report::Failure;
use super::state::{Preparing, State};
use super::step::Step;
use crate::boxed::boxed;
use crate::control::{Link, MOST_UNREADY, Opening, Protection};
use crate::data::{Agreement, Channel, Purpose, open_over};
use crate::error::{Error, ErrorDetail};
use crate::observer::Event;
use crate::server::{Shared, TakenId};
use crate::session::too_large;
use crate::tls::End;
use crate::verdict::ProtocolVersion;

/// The state after a step, and what the step found out.
type Taken = (State, Result<Fact, Failure>);

fn failed(step: Step, found: Option<Fact>, error: Error) -> Result<Fact, Failure> {
    let found = found.map(Box::new);
    Err(Failure { step, found, error })
}

#[boxed]
pub(super) async fn resolve(shared: &Shared, id: &TakenId) -> Taken {
    let reporter = shared.config().reporter(id.id());
    let destination = shared.config().destination();
    let began = Instant::now();
    let found = destination.look_up(|event| reporter.event(event)).await;
    match found {
        Ok(addresses) => {
            let fact = Fact::Resolved(Resolved {
                host: destination.first_host().to_owned(),
                addresses: addresses.clone(),
                took: began.elapsed(),
            });
            (State::Resolved(addresses), Ok(fact))
        }
        Err(error) => (State::Ended, failed(Step::Resolve, None, error)),
    }
}

#[boxed]
pub(super) async fn connect(shared: &Shared, id: &TakenId, addresses: Vec<SocketAddr>) -> Taken {
    let reporter = shared.config().reporter(id.id());
    let destination = shared.config().destination();
    let began = Instant::now();
    let observe = |event: &Event<'_>| reporter.event(event);
    let reached = destination.connect(addresses, observe).await;
    let fact = Fact::Connected(Connected {
        attempts: reached.attempts,
        took: began.elapsed(),
    });
    let only_tls12 = shared.lessons().only_tls12_resumes();
    let opening = reached
        .connection
        .and_then(|(route, tcp)| Opening::new(shared, id.clone(), only_tls12, route, tcp));
    match opening {
        Ok(opening) => (State::Opening(Box::new(opening), Preparing::Both), Ok(fact)),
        Err(error) => (State::Ended, failed(Step::Connect, Some(fact), error)),
    }
}

#[boxed]
pub(super) async fn greet(shared: &Shared, mut opening: Box<Opening>, left: Preparing) -> Taken {
    let began = Instant::now();
    let greeted = opening.greet(shared).await;
    let fact = Fact::Greeted(Greeted {
        reply: opening.greeting().cloned(),
        server: opening.presumed().software,
        took: began.elapsed(),
    });
    match greeted {
        Ok(()) => (State::Opening(opening, left), Ok(fact)),
        Err(error) => give_up(opening, fact, error).await,
    }
}

#[boxed]
pub(super) async fn secure(shared: &Shared, mut opening: Box<Opening>, left: Preparing) -> Taken {
    let began = Instant::now();
    let mut secured = opening.protect(shared).await;
    for _ in 1..MOST_UNREADY {
        let Err(error) = &secured else { break };
        if !opening.was_not_ready(shared, error) {
            break;
        }
        opening.note(&shared.learned_of_delay(error));
        secured = opening.start_over(shared).await;
    }
    let fact = Fact::Secured(secured_fact(&opening, began.elapsed()));
    match secured {
        Ok(()) => (State::Opening(opening, left), Ok(fact)),
        Err(error) => give_up(opening, fact, error).await,
    }
}

fn secured_fact(opening: &Opening, took: Duration) -> Secured {
    let (auth, clear_text) = match opening.protection() {
        Some(Protection::Tls { agreed }) => (*agreed, None),
        Some(Protection::ClearText { reason }) => (None, Some(reason.clone())),
        None => (None, None),
    };
    let negotiated = opening.negotiated();
    let in_clear_text = clear_text.as_ref().map(|_| ProtocolVersion::ClearText);
    let presented = opening.tether().presented();
    let chain = presented.map(|presented| presented.chain.clone());
    Secured {
        auth,
        protocol: negotiated
            .map(|negotiated| negotiated.protocol)
            .or(in_clear_text),
        cipher: negotiated.map(|negotiated| negotiated.cipher.clone()),
        clear_text,
        chain: chain
            .unwrap_or_default()
            .into_iter()
            .map(Certificate::new)
            .collect(),
        verification: match presented {
            None => Verification::NotReached,
            Some(presented) if presented.is_accepted => Verification::Accepted,
            Some(_) => Verification::Refused,
        },
        asked_for_client_certificate: opening.tether().asked_for_client_certificate(),
        took,
    }
}

#[boxed]
pub(super) async fn log_in(shared: &Shared, mut opening: Box<Opening>) -> Taken {
    let began = Instant::now();
    // One command at a time, so that each refusal belongs to a known command.
    let logged_in = opening.log_in(shared, false).await;
    let fact = Fact::LoggedIn(LoggedIn {
        features: opening.features().clone(),
        server: opening.presumed().software,
        system: opening.system().cloned(),
        refused: opening.refused().to_vec(),
        tickets: opening.tether().tickets(),
        took: began.elapsed(),
    });
    match logged_in {
        Ok(()) => (State::LoggedIn(Box::new((*opening).into())), Ok(fact)),
        Err(failure) => give_up(opening, fact, failure.into()).await,
    }
}

/// Closes a connection after a failed step.
#[boxed]
async fn give_up(mut opening: Box<Opening>, found: Fact, error: Error) -> Taken {
    opening.close().await;
    (State::Ended, failed(found.step(), Some(found), error))
}

/// How the caller wants the listing.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Way {
    pub(super) pasv_first: bool,
    pub(super) without_mlsd: bool,
}

/// Returns the command of the listing for which the data connection is opened.
fn listing(shared: &Shared, link: &Link, way: Way) -> Command {
    let has_mlsd = link.features.has(Feature::Mlst) && !shared.lessons().refuses_mlsd();
    match has_mlsd && !way.without_mlsd {
        true => Command::Mlsd(None),
        false => Command::List(None),
    }
}

#[boxed]
pub(super) async fn reach_port(shared: &Shared, mut link: Box<Link>, way: Way) -> Taken {
    let began = Instant::now();
    let command = listing(shared, &link, way);
    let mut agreement = Agreement::new(&mut link, shared, false);
    agreement.pasv_first |= way.pasv_first;
    let reached = agreement.reach(&command).await;
    let fact = Fact::PortReached(PortReached {
        attempts: agreement.into_attempts(),
        took: began.elapsed(),
    });
    match reached {
        Ok(channel) => (State::PortReached(link, channel), Ok(fact)),
        Err(error) => (
            State::Done(link),
            failed(Step::ReachPort, Some(fact), error),
        ),
    }
}

#[boxed]
pub(super) async fn open_data(
    shared: &Shared,
    mut link: Box<Link>,
    channel: Channel,
    way: Way,
) -> Taken {
    let began = Instant::now();
    let command = listing(shared, &link, way);
    let mut found = DataOpened {
        command: command.verb(),
        verdict: None,
        bytes: 0,
        ended_in_order: None,
        reply: None,
        took: Duration::ZERO,
    };
    let retrieved = retrieve(&mut link, shared, channel, &command, &mut found).await;
    found.took = began.elapsed();
    let fact = Fact::DataOpened(found);
    let outcome = match retrieved {
        Ok(()) => Ok(fact),
        Err(error) => failed(Step::OpenData, Some(fact), error),
    };
    (State::Done(link), outcome)
}

/// Retrieves a listing over `channel`, and records the progress in `found`.
async fn retrieve(
    link: &mut Link,
    shared: &Shared,
    channel: Channel,
    command: &Command,
    found: &mut DataOpened,
) -> Result<(), Error> {
    let (purpose, path) = (Purpose::Retrieve, RemotePath::login_directory());
    let opened = open_over(link, shared, channel, purpose, command, 0, &path).await;
    let mut data = opened.map_err(|error| {
        let error = Error::from(error);
        found.verdict = error.data_connection().cloned();
        found.reply = error.reply().cloned();
        error
    })?;
    found.verdict = Some(data.verdict.clone());
    let limit = shared.config().timeout;
    let control = &mut link.control;
    let most = shared.config().listing_limit;
    let read = data.read_to_end(control, limit, |bytes| {
        found.bytes += bytes.len() as u64;
        found.bytes <= most
    });
    let read = read.await;
    // The server has finished, and leaves the data connection open.
    let is_left_open = data.reply.is_some()
        && read
            .as_ref()
            .is_err_and(|error| error.detail() == Some(&ErrorDetail::DataTimedOut));
    if read.is_err() && !is_left_open || found.bytes > most {
        control.mark_broken();
        return Err(read.err().unwrap_or_else(too_large));
    }
    // The server may refuse and leave the data connection open.
    let has_ended = data.stream.end().is_some();
    let (end, reply) = data.end(control, limit).await?;
    if has_ended {
        found.ended_in_order = Some(end == Some(End::Clean));
    }
    found.reply = Some(reply.clone());
    if reply.class() != ReplyClass::Completion {
        return Err(data.broken_off(shared, reply, "the listing broke off", true));
    }
    data.completed(link, shared);
    Ok(())
}
