//! A data connection whose TLS comes before its command.
//!
//! Most servers begin TLS on a data connection after their reply to its command. Those that begin
//! it as soon as the connection is open (pyftpdlib 2.2) show whether they resume sessions before
//! anything is at stake.

use std::time::Duration;

use tokio::time::timeout;
use towline_proto::command::Command;
use towline_proto::path::RemotePath;
use towline_proto::reply::ReplyClass;

use super::channel::{Channel, agree};
use super::connection::Data;
use super::failure::{OpenError, refused};
use super::open::{choose_offer, send_at};
use super::policy::{Admission, Purpose, admit};
use crate::boxed::boxed;
use crate::control::Link;
use crate::error::{Error, ErrorDetail, ErrorKind};
use crate::observer::Event;
use crate::server::Shared;
use crate::tls::DataStream;
use crate::verdict::DataConnection;

/// How long the server may take to begin TLS unasked.
const UNASKED: Duration = Duration::from_secs(3);

/// Opens the data connection of an upload from byte `offset`. Sends `command` only if the
/// connection may carry data.
///
/// # Errors
///
/// [`OpenError::NeedsTrial`] if the connection may not carry data, or if that cannot be found out
/// before the command. The control connection is then marked as broken, because the server may
/// answer to the end of a connection without a command.
#[boxed]
pub(crate) async fn open_ahead(
    link: &mut Link,
    shared: &Shared,
    command: &Command,
    offset: u64,
    path: &RemotePath,
) -> Result<Data, OpenError> {
    let channel = agree(link, shared, command, false).await?;
    let Some((stream, verdict)) = secured(link, shared, channel, path).await? else {
        link.control.mark_broken();
        return Err(OpenError::NeedsTrial { sent: false });
    };
    send_at(link, command, offset).await?;
    let sent = async {
        let reply = link.control.reply("opening a data connection").await?;
        match reply.class() {
            ReplyClass::Preliminary => Ok(Data::new(stream, verdict, None)),
            ReplyClass::Completion => Ok(Data::new(stream, verdict, Some(reply))),
            _ => Err(refused(Purpose::Store, path, reply, Some(verdict))),
        }
    };
    sent.await.map_err(OpenError::behind_an_upload)
}

/// Performs the handshake. Returns `None` if the connection may not carry data.
async fn secured(
    link: &mut Link,
    shared: &Shared,
    channel: Channel,
    path: &RemotePath,
) -> Result<Option<(DataStream, DataConnection)>, OpenError> {
    let Channel::Connected(tcp) = channel else {
        return Ok(None);
    };
    let offer = choose_offer(link, shared, Purpose::StoreUntried)?;
    let limit = shared.config().timeout.min(UNASKED);
    let handshake = DataStream::secure(tcp, &link.tether, offer, path.to_string());
    let Ok(secured) = timeout(limit, link.control.watch(handshake)).await else {
        return Ok(None);
    };
    let Ok((stream, verdict)) = secured? else {
        return Ok(None);
    };
    link.reaches_ports = true;
    link.control.observe(&Event::DataConnection(&verdict));
    let admission = admit(
        shared.config().session_reuse,
        shared.lessons().reuse_demand(),
        Purpose::Store,
        verdict.resumed,
        verdict.same_certificate,
    );
    Ok((admission == Admission::Admitted).then_some((stream, verdict)))
}

/// Returns the error for an upload that must not begin, because nothing shows whether the server
/// requires session reuse: it refuses the listing that would.
pub(crate) fn trial_refused(refusal: Error) -> Error {
    let what = "the server has resumed no TLS session so far, and refuses the listing that would \
                show whether uploads need one";
    let reply = refusal.reply().cloned();
    let error = Error::new(ErrorKind::SessionReuseRefused, what);
    let error = error.with_detail(ErrorDetail::TrialRefused);
    reply.into_iter().fold(error, Error::with_reply)
}
