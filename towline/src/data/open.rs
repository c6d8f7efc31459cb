//! Opening a data connection, and the verdict that decides whether it may carry anything.

use std::pin::pin;
use std::time::Duration;

use tokio::time::timeout;
use towline_proto::command::Command;
use towline_proto::path::RemotePath;
use towline_proto::reply::{Reply, ReplyClass, ReplyCode};

use super::channel::{Channel, agree};
use super::connection::Data;
use super::failure::{OpenError, not_reused, refused};
use super::policy::{Admission, Purpose, admit};
use crate::config::SessionReuse;
use crate::control::{Control, Link};
use crate::error::{Error, ErrorDetail, ErrorKind};
use crate::observer::Event;
use crate::server::{Shared, is_reuse_refusal};
use crate::tls::{DataStream, Offer, TlsError};
use crate::verdict::DataConnection;

/// Sends `command` and opens its data connection, once, without any recovery.
///
/// The transfer begins at byte `offset`, and a server that does not do that is an error.
pub(crate) async fn open(
    link: &mut Link,
    shared: &Shared,
    purpose: Purpose,
    command: &Command,
    offset: u64,
    path: &RemotePath,
) -> Result<Data, OpenError> {
    // A refused upload may have emptied its target, so it is never begun on the chance of a connection.
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
        // Directly ahead of its command: FileZilla Server forgets it at any other, such as EPSV.
        let reply = link.control.command(&Command::Rest(offset)).await?;
        if reply.class() != ReplyClass::Intermediate {
            let error = Error::refused("the server does not begin in the middle", reply)
                .with_detail(ErrorDetail::RestartRefused);
            return Err(error.into());
        }
    }
    link.control.send(command).await?;
    let established = establish(link, shared, purpose, channel, offer, path).await;
    match purpose {
        Purpose::Store => established.map_err(OpenError::behind_an_upload),
        Purpose::Retrieve => {
            let mut data = established?;
            data.wait_for_first_byte(link, shared, path).await?;
            Ok(data)
        }
    }
}

/// Chooses what the next data connection offers. Without a ticket the outcome is certain, and nothing need
/// be sent to find it out.
pub(crate) fn choose_offer(
    link: &mut Link,
    shared: &Shared,
    purpose: Purpose,
) -> Result<Offer, OpenError> {
    let policy = shared.config().session_reuse;
    let offer = match link.control.stream() {
        Some(control) if policy != SessionReuse::Off => control.offer(&link.tether),
        _ => link.tether.offer_nothing(),
    };
    if !link.is_secure || offer.has_ticket() {
        return Ok(offer);
    }
    match admit(
        policy,
        shared.lessons().reuse_demand(),
        purpose,
        false,
        true,
    ) {
        Admission::Admitted | Admission::OnTrial => Ok(offer),
        Admission::NeedsTrial => Err(OpenError::NeedsTrial { sent: false }),
        Admission::NotResumed | Admission::OtherCertificate => Err(OpenError::NotReused {
            error: not_reused(
                ErrorDetail::NothingToResume,
                "the server has given nothing to resume with",
                None,
                None,
            ),
            by_server: false,
        }),
    }
}

/// Shakes hands over `channel`, whose command is on its way, and reaches the verdict.
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
        // Without TLS there is nothing to admit by.
        _ if !link.is_secure => {}
        Admission::OnTrial => data.put_on_trial(),
        refused => return Err(data.turn_away(link, shared, refused).await),
    }
    Ok(data)
}

/// How long to wait for what a server has sent already.
const ON_ITS_WAY: Duration = Duration::from_secs(1);

/// Why nobody listens where the server said that it would: one that has refused the command goes on to the
/// next, and closes the port. Its refusal comes ahead of that.
pub(crate) async fn refusal_on_its_way(control: &mut Control, limit: Duration) -> Option<Reply> {
    let reply = control.final_reply("opening a data connection");
    let reply = timeout(limit.min(ON_ITS_WAY), reply).await.ok()?.ok()?;
    let is_about_the_port = reply.code() == ReplyCode::NO_DATA_CONNECTION;
    (reply.class() != ReplyClass::Completion && !is_about_the_port).then_some(reply)
}

/// What a handshake ends with: the stream, its verdict, and a final reply that came early.
type Handshaken = (DataStream, DataConnection, Option<Reply>);

/// The handshake, and the reply to the command, in whichever order they come.
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
                    // The handshake would never end on vsftpd or ProFTPD.
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
            // The server goes on waiting for the data connection, for longer than we do.
            control.mark_broken();
            return Err(other);
        }
    };
    // The server has an opinion too; it also has to be read to stay in step.
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
