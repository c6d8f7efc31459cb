//! What all transfers have in common: the count of bytes, the report, and an end in order.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::io::AsyncReadExt as _;
use tokio::time::timeout;
use towline::{Error, Transferred};
use towline_proto::path::RemotePath;
use towline_proto::reply::{Reply, ReplyCode};

use super::end::End;
use super::front::{Front, Interrupt, NoChannel};
use crate::event::{Event, Moved, Outcome};
use crate::pipe::within;
use crate::route::Route;
use crate::wire::{Wire, is_unclosed};

/// How long a client may take to close a data connection that we have ended. A client that ends TLS
/// later writes to a closed socket.
const LINGER: Duration = Duration::from_secs(10);

/// The reply that opens the data connection of an upload. `name` is a new name that the client
/// wants to know.
pub(super) fn ready(name: Option<&str>) -> Reply {
    let text = match name {
        Some(name) => format!("FILE: {name}"),
        None => "Ready for the data.".to_owned(),
    };
    Reply::new(ReplyCode::OPENING_DATA_CONNECTION, text)
}

/// The end of the last reply to an upload, with the new name that the client wants to know.
pub(super) fn new_name(name: Option<&str>) -> String {
    name.map_or_else(String::new, |name| format!(" FILE: {name}"))
}

/// A transfer on its way.
pub(super) struct Course<'a> {
    pub(super) moved: AtomicU64,
    began: Instant,
    direction: Moved,
    route: &'a Route,
    path: &'a RemotePath,
}

/// Why a transfer is not complete.
pub(super) enum Stop {
    Failure(Failure),
    End(End),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl From<End> for Stop {
    fn from(end: End) -> Self {
        Self::End(end)
    }
}

/// How a transfer failed, with the reply for the client.
pub(super) struct Failure {
    pub(super) outcome: Outcome,
    pub(super) reply: Reply,
    /// Why the conversation ends, too.
    pub(super) end: Option<End>,
}

impl<'a> Course<'a> {
    pub(super) fn new(direction: Moved, route: &'a Route, path: &'a RemotePath) -> Self {
        Self {
            moved: AtomicU64::new(0),
            began: Instant::now(),
            direction,
            route,
            path,
        }
    }

    /// Reports how the transfer ended.
    pub(super) fn report(&self, front: &Front, result: Outcome, reason: Option<&str>) {
        front.shared.event(&Event::Transfer {
            gateway_client: front.id,
            route: &self.route.name,
            site: &self.route.site,
            direction: self.direction,
            path: &self.path.to_string(),
            bytes: self.moved.load(Ordering::Relaxed),
            seconds: self.began.elapsed().as_secs_f64(),
            result,
            reason,
        });
    }

    /// Reports why the transfer is not complete, and tells the client.
    pub(super) async fn fail(&self, front: &mut Front, stop: Stop) -> Result<(), End> {
        let failure = match stop {
            Stop::End(end) => return Err(end),
            Stop::Failure(failure) => failure,
        };
        front.reset_port_in_use();
        let text = front.shown(&failure.reply);
        self.report(front, failure.outcome, Some(&text));
        let told = match failure.end {
            Some(End::Gone) => Err(End::Gone),
            Some(end) => {
                front.reply(&failure.reply).await?;
                Err(end)
            }
            None => front.reply(&failure.reply).await,
        };
        front.port.close();
        told
    }
}

impl Failure {
    /// The server has refused, or cannot be reached.
    pub(super) fn of_server(reply: Reply) -> Self {
        Self {
            outcome: Outcome::Failed,
            reply,
            end: None,
        }
    }

    /// There is no data connection with the client.
    pub(super) fn no_channel(missing: NoChannel, remark: &str) -> Self {
        match missing {
            NoChannel::Interrupted(interrupt) => Self::interrupted(interrupt, remark),
            NoChannel::NotProtected => {
                let text = format!("Data connections need TLS: send PROT P{remark}.");
                Self::of_server(Reply::new(ReplyCode::WRONG_PROTECTION, text))
            }
            NoChannel::NotResumed => {
                let text = format!("The data connection must resume the TLS session{remark}.");
                Self::of_server(Reply::new(ReplyCode::SESSION_REFUSED, text))
            }
            NoChannel::Failed(error) => {
                let text = format!("The data connection cannot be opened: {error}{remark}");
                Self::of_server(Reply::new(ReplyCode::NO_DATA_CONNECTION, text))
            }
        }
    }

    /// The client's data connection has broken.
    pub(super) fn front(error: &std::io::Error, remark: &str) -> Self {
        let reason = match is_unclosed(error) {
            true => "TLS has ended without close_notify".to_owned(),
            false => error.to_string(),
        };
        let text = format!("The data connection broke: {reason}{remark}");
        Self::of_server(Reply::new(ReplyCode::TRANSFER_ABORTED, text))
    }

    /// The client, or the gateway, has ended the transfer.
    pub(super) fn interrupted(interrupt: Interrupt, remark: &str) -> Self {
        let end = match interrupt {
            Interrupt::Abort => None,
            Interrupt::Gone => Some(End::Gone),
            Interrupt::Ending => Some(End::GatewayEnds),
        };
        Self {
            outcome: Outcome::Aborted,
            reply: Reply::new(
                ReplyCode::TRANSFER_ABORTED,
                format!("The transfer was stopped{remark}."),
            ),
            end,
        }
    }
}

/// Returns how a transfer ended that the server has completed.
pub(super) fn proven(done: &Transferred) -> Outcome {
    match done.outcome {
        towline::Outcome::Verified => Outcome::Verified,
        _ => Outcome::Complete,
    }
}

/// Returns what an error says about what is left at the server, to follow other words.
pub(super) fn remains(error: &Error) -> String {
    let remains = error.remains().iter();
    remains.map(|remains| format!("; {remains}")).collect()
}

/// Ends a data connection in order, so that the client sees the end of the data.
pub(super) async fn end_in_order(mut wire: Wire, limit: Duration) -> std::io::Result<()> {
    within(limit, wire.close()).await?;
    // What the client still sends must not meet a closed socket: its system could then drop what
    // the client has not read yet.
    tokio::spawn(async move {
        let _ = timeout(LINGER, async move {
            let mut last = vec![0; 4096];
            while wire.read(&mut last).await.is_ok_and(|read| read > 0) {}
        })
        .await;
    });
    Ok(())
}
