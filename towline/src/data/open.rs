//! Opening a data connection: the session that it offers, and its command.

use towline_proto::command::Command;
use towline_proto::path::RemotePath;
use towline_proto::reply::ReplyClass;

use super::channel::{Channel, agree};
use super::connection::Data;
use super::failure::{OpenError, not_reused};
use super::handshake::establish;
use super::policy::{Admission, Purpose, admit, needs_trial};
use crate::boxed::boxed;
use crate::config::SessionReuse;
use crate::control::Link;
use crate::error::{Error, ErrorDetail};
use crate::server::Shared;
use crate::tls::Offer;

/// Sends `command` and opens its data connection, once, without recovery.
///
/// The transfer begins at byte `offset`. Fails if the server does not support that.
#[boxed]
pub(crate) async fn open(
    link: &mut Link,
    shared: &Shared,
    purpose: Purpose,
    command: &Command,
    offset: u64,
    path: &RemotePath,
) -> Result<Data, OpenError> {
    // A refused upload may have emptied its target, so an upload starts only once its data
    // connection is open.
    let early =
        purpose == Purpose::Retrieve && link.reaches_ports && shared.connects_early(&link.server);
    if must_wait(link, shared, purpose) {
        return Err(OpenError::NeedsTrial { sent: false });
    }
    let channel = agree(link, shared, command, early).await?;
    open_over(link, shared, channel, purpose, command, offset, path).await
}

/// Sends `command` and opens its data connection over `channel`, which was agreed on for it.
#[boxed]
pub(crate) async fn open_over(
    link: &mut Link,
    shared: &Shared,
    channel: Channel,
    purpose: Purpose,
    command: &Command,
    offset: u64,
    path: &RemotePath,
) -> Result<Data, OpenError> {
    let offer = choose_offer(link, shared, purpose)?;
    send_at(link, command, offset).await?;
    let established = establish(link, shared, purpose, channel, offer, path).await;
    match purpose {
        Purpose::Store | Purpose::Replace | Purpose::StoreUntried => {
            established.map_err(OpenError::behind_an_upload)
        }
        Purpose::Retrieve => {
            let mut data = established?;
            data.wait_for_first_byte(link, shared, path).await?;
            Ok(data)
        }
    }
}

/// Sends `command`, for a transfer that begins at byte `offset`.
pub(super) async fn send_at(link: &mut Link, command: &Command, offset: u64) -> Result<(), Error> {
    if offset > 0 {
        // Directly before its command: FileZilla Server forgets the offset after any other command,
        // such as EPSV.
        let reply = link.control.command(&Command::Rest(offset)).await?;
        if reply.class() != ReplyClass::Intermediate {
            let error = Error::refused("the server cannot start at a byte offset", reply);
            return Err(error.with_detail(ErrorDetail::RestartRefused));
        }
    }
    link.control.send(command).await
}

/// Chooses what the next data connection offers for resumption. Without a ticket the outcome is
/// known in advance, so nothing is sent to find out.
pub(crate) fn choose_offer(
    link: &mut Link,
    shared: &Shared,
    purpose: Purpose,
) -> Result<Offer, OpenError> {
    let (policy, lessons) = (shared.config().session_reuse, shared.lessons());
    if must_wait(link, shared, purpose) {
        return Err(OpenError::NeedsTrial { sent: false });
    }
    let offer = match link.control.stream() {
        Some(control) if policy != SessionReuse::Off => control.offer(&link.tether),
        _ => link.tether.offer_nothing(),
    };
    if !link.is_secure || offer.has_ticket() {
        return Ok(offer);
    }
    match admit(policy, lessons.reuse_demand(), purpose, false, true) {
        Admission::Admitted | Admission::OnTrial => Ok(offer),
        Admission::NeedsTrial => Err(OpenError::NeedsTrial { sent: false }),
        Admission::NotResumed | Admission::OtherCertificate => Err(OpenError::NotReused {
            error: not_reused(
                ErrorDetail::NothingToResume,
                "the server has issued no session to resume",
                None,
                None,
            ),
            evidence: None,
        }),
    }
}

fn must_wait(link: &Link, shared: &Shared, purpose: Purpose) -> bool {
    matches!(purpose, Purpose::Store | Purpose::Replace) && awaits_trial(link, shared)
}

/// Whether uploads must wait until the server has shown what it requires of data connections.
pub(crate) fn awaits_trial(link: &Link, shared: &Shared) -> bool {
    let (policy, lessons) = (shared.config().session_reuse, shared.lessons());
    link.is_secure && needs_trial(policy, lessons.reuse_demand(), lessons.sessions_resume())
}
