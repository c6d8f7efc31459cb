//! Opening a data connection, and the verdict that decides whether it may carry data.

use std::pin::pin;
use std::time::Duration;

use tokio::time::timeout;
use towline_proto::command::Command;
use towline_proto::path::RemotePath;
use towline_proto::reply::{Reply, ReplyClass, ReplyCode};

use super::channel::{Channel, agree};
use super::connection::Data;
use super::failure::{OpenError, not_reused, refused};
use super::policy::{Admission, Purpose, admit, replaces_untried};
use crate::config::SessionReuse;
use crate::control::{Control, Link};
use crate::error::{Error, ErrorDetail, ErrorKind};
use crate::observer::Event;
use crate::server::{Shared, is_reuse_refusal};
use crate::tls::{DataStream, Offer, TlsError};
use crate::verdict::DataConnection;

/// Sends `command` and opens its data connection, once, without recovery.
///
/// The transfer begins at byte `offset`. Fails if the server does not support that.
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
    let channel = agree(link, shared, command, early).await?;
    open_over(link, shared, channel, purpose, command, offset, path).await
}

/// Sends `command` and opens its data connection over `channel`, which was agreed on for it.
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
    if offset > 0 {
        // Directly before its command: FileZilla Server forgets the offset after any other command,
        // such as EPSV.
        let reply = link.control.command(&Command::Rest(offset)).await?;
        if reply.class() != ReplyClass::Intermediate {
            let error = Error::refused("the server cannot start at a byte offset", reply)
                .with_detail(ErrorDetail::RestartRefused);
            return Err(error.into());
        }
    }
    link.control.send(command).await?;
    let established = establish(link, shared, purpose, channel, offer, path).await;
    match purpose {
        Purpose::Store | Purpose::Replace => established.map_err(OpenError::behind_an_upload),
        Purpose::Retrieve => {
            let mut data = established?;
            data.wait_for_first_byte(link, shared, path).await?;
            Ok(data)
        }
    }
}

/// Chooses what the next data connection offers for resumption. Without a ticket the outcome is
/// known in advance, so nothing is sent to find out.
pub(crate) fn choose_offer(
    link: &mut Link,
    shared: &Shared,
    purpose: Purpose,
) -> Result<Offer, OpenError> {
    let (policy, lessons) = (shared.config().session_reuse, shared.lessons());
    if link.is_secure
        && purpose == Purpose::Replace
        && replaces_untried(policy, lessons.reuse_demand(), lessons.sessions_resume())
    {
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
            by_server: false,
        }),
    }
}

/// Performs the handshake over `channel`, whose command was sent, and reaches the verdict.
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
    let attempt = handshake(link, shared, purpose, channel, offer, path);
    let (stream, verdict, reply) = attempt.await?;
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

/// How long to wait for a reply that the server has already sent.
const ON_ITS_WAY: Duration = Duration::from_secs(1);

/// Returns the refusal that explains a closed port, if there is one. A server that refuses the
/// command closes the port that it announced; its refusal arrives before that.
pub(crate) async fn refusal_on_its_way(control: &mut Control, limit: Duration) -> Option<Reply> {
    let reply = control.final_reply("opening a data connection");
    let reply = timeout(limit.min(ON_ITS_WAY), reply).await.ok()?.ok()?;
    let is_about_the_port = reply.code() == ReplyCode::NO_DATA_CONNECTION;
    (reply.class() != ReplyClass::Completion && !is_about_the_port).then_some(reply)
}

/// The result of a handshake: the stream, its verdict, and a final reply that arrived early.
type Handshaken = (DataStream, DataConnection, Option<Reply>);

/// Performs the handshake and reads the reply to the command, in whichever order they arrive.
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
    let handshake = async {
        let connected = channel
            .connection(limit, |event| reporter.event(event))
            .await;
        let tcp = connected.map_err(|error| match is_early {
            true => OpenError::Unreachable(error),
            false => OpenError::Failed(error),
        })?;
        let what = "the data connection's TLS handshake failed";
        let path = path.to_string();
        if !*is_secure {
            let clear = DataStream::clear(tcp, path);
            return clear.map_err(|error| Error::network(what, error).into());
        }
        let secured = timeout(limit, DataStream::secure(tcp, tether, offer, path)).await;
        let secured = secured.map_err(|_| {
            let what = "the data connection's TLS handshake took too long";
            Error::timeout(ErrorDetail::HandshakeTimedOut, what)
        })?;
        secured.map_err(|error| OpenError::from(TlsError::from(error).explain(what)))
    };
    let mut handshake = pin!(handshake);
    let waiting = "opening a data connection";
    let (mut began, mut reply) = (false, None);
    let outcome = loop {
        tokio::select! {
            biased;
            received = control.reply(waiting), if !began => {
                let received = received?;
                began = true;
                match received.class() {
                    ReplyClass::Preliminary => {}
                    ReplyClass::Completion => reply = Some(received),
                    // With vsftpd or ProFTPD, the handshake would never end.
                    _ => return Err(refused(purpose, path, received, None)),
                }
            }
            outcome = &mut handshake => break outcome,
        }
    };
    let failure = match outcome {
        Ok((stream, verdict)) => {
            if !began {
                let received = control.reply(waiting).await?;
                match received.class() {
                    ReplyClass::Preliminary => {}
                    ReplyClass::Completion => reply = Some(received),
                    _ => return Err(refused(purpose, path, received, Some(verdict))),
                }
            }
            return Ok((stream, verdict, reply));
        }
        Err(OpenError::Failed(failure)) => failure,
        Err(other) => {
            if !began && let Some(refusal) = refusal_on_its_way(control, limit).await {
                return Err(refused(purpose, path, refusal, None));
            }
            // The server waits for the data connection longer than the client does.
            control.mark_broken();
            return Err(other);
        }
    };
    // The server's reply may explain the failure. Reading it also keeps the connection in step.
    let received = match reply {
        Some(reply) => reply,
        None => match control.final_reply(waiting).await {
            Ok(received) => received,
            Err(error) if error.reply().is_some() || error.kind() == ErrorKind::Tls => {
                return Err(error.into());
            }
            Err(_) => return Err(failure.into()),
        },
    };
    let is_about_tls = matches!(
        received.code(),
        ReplyCode::NO_DATA_CONNECTION | ReplyCode::TRANSFER_ABORTED | ReplyCode::SESSION_REFUSED
    );
    if failure.kind() == ErrorKind::Certificate
        || received.class() == ReplyClass::Completion
        || is_about_tls && !is_reuse_refusal(&received, None)
    {
        return Err(failure.with_reply(received).into());
    }
    Err(refused(purpose, path, received, None))
}
