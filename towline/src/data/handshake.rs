//! The handshake of a data connection, and the verdict that decides whether it may carry data.

use std::pin::pin;
use std::time::Duration;

use tokio::time::timeout;
use towline_proto::path::RemotePath;

use super::channel::Channel;
use super::connection::Data;
use super::failure::{OpenError, refused};
use super::policy::{Admission, Purpose, admit};
use super::replies::{Handshaken, Missing, Replies, Waited};
use crate::boxed::boxed;
use crate::control::Link;
use crate::error::Error;
use crate::observer::Event;
use crate::server::{ReuseDemand, Shared, denies_data_connection};
use crate::tls::{DataStream, Offer, TlsError};

/// Performs the handshake over `channel`, whose command was sent, and reaches the verdict.
#[boxed]
pub(crate) async fn establish(
    link: &mut Link,
    shared: &Shared,
    purpose: Purpose,
    channel: Channel,
    offer: Offer,
    path: &RemotePath,
) -> Result<Data, OpenError> {
    let policy = shared.config().session_reuse;
    let demand = shared.lessons().reuse_demand();
    let (stream, verdict, reply) = handshake(link, shared, purpose, channel, offer, path).await?;
    link.reaches_ports = true;
    link.control.observe(&Event::DataConnection(&verdict));

    let mut data = Data::new(stream, verdict, reply);
    let same_certificate = data.verdict.same_certificate;
    #[cfg(feature = "test-internals")]
    let same_certificate = same_certificate || shared.config().sabotage.no_certificate_comparison;
    let resumed = data.verdict.resumed;
    match admit(policy, demand, purpose, resumed, same_certificate) {
        Admission::Admitted => {}
        // Without TLS, no admission check applies.
        _ if !link.is_secure => {}
        Admission::OnTrial => data.put_on_trial(),
        refused => return Err(data.turn_away(link, shared, refused).await),
    }
    Ok(data)
}

/// How long to wait for the end of a handshake that the server has already completed.
const LAST_STEP: Duration = Duration::from_millis(250);

/// Performs the handshake, and meanwhile reads the replies to the command.
async fn handshake(
    link: &mut Link,
    shared: &Shared,
    purpose: Purpose,
    channel: Channel,
    offer: Offer,
    path: &RemotePath,
) -> Result<Handshaken, OpenError> {
    let Link {
        control,
        tether,
        is_secure,
        ..
    } = link;
    let limit = shared.config().timeout;
    let reporter = control.reporter().clone();
    let is_early = matches!(channel, Channel::Announced { .. });
    let mut replies = Replies::new(control, limit);
    // A server that has carried a transfer over a full handshake denies this one for another
    // reason.
    let is_welcome = shared.lessons().reuse_demand() == ReuseDemand::NotDemanded;

    let connecting = channel.connection(limit, |event| reporter.event(event));
    let tcp = match replies.read_during(pin!(connecting)).await {
        Waited::Done(Ok(tcp)) => tcp,
        Waited::Done(Err(error)) if is_early => {
            return Err(replies.unreachable(error, purpose, path).await);
        }
        Waited::Done(Err(error)) => {
            let missing = Missing::Connection;
            return Err(replies.explain(error, missing, purpose, path).await);
        }
        Waited::Refused(reply) => return Err(replies.refused(purpose, path, reply, None)),
        Waited::Lost(error) => return Err(error.into()),
        Waited::Late => return Err(replies.late(Missing::Connection).into()),
    };

    let what = "the data connection's TLS handshake failed";
    let name = path.to_string();
    if !*is_secure {
        let clear = DataStream::clear(tcp, name);
        let (stream, verdict) = clear.map_err(|error| Error::network(what, error))?;
        return replies.accompany(stream, verdict, purpose, path).await;
    }
    let mut securing = pin!(DataStream::secure(tcp, tether, offer, name));
    let failure = match replies.read_during(securing.as_mut()).await {
        Waited::Done(Ok((stream, verdict))) => {
            let resumed = verdict.resumed || is_welcome;
            let accompanied = replies.accompany(stream, verdict, purpose, path).await;
            return accompanied.map_err(|error| error.if_denied_unless(resumed));
        }
        Waited::Done(Err(error)) => TlsError::from(error).explain(what),
        Waited::Refused(reply) if !replies.has_begun && !denies_data_connection(&reply) => {
            // With vsftpd or ProFTPD, the handshake would never end.
            return Err(refused(purpose, path, reply, None));
        }
        Waited::Refused(reply) => {
            // The server checks after the handshake, whose last messages may still be on their way.
            let verdict = match timeout(limit.min(LAST_STEP), securing).await {
                Ok(Ok((_, verdict))) => Some(verdict),
                Ok(Err(error)) => {
                    replies.reply = Some(reply);
                    let failure = TlsError::from(error).explain(what);
                    let missing = Missing::Handshake;
                    return Err(replies.explain(failure, missing, purpose, path).await);
                }
                Err(_) => None,
            };
            // Without a handshake, the denial has another reason.
            let resumed = is_welcome || verdict.as_ref().is_none_or(|verdict| verdict.resumed);
            let error = replies.refused(purpose, path, reply, verdict);
            return Err(error.if_denied_unless(resumed));
        }
        Waited::Lost(error) => return Err(error.into()),
        Waited::Late => return Err(replies.late(Missing::Handshake).into()),
    };
    let missing = Missing::Handshake;
    Err(replies.explain(failure, missing, purpose, path).await)
}
