//! Opening a data connection, and the verdict that decides whether it may carry anything.

use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::timeout;
use towline_proto::command::Command;
use towline_proto::path::RemotePath;
use towline_proto::reply::{Reply, ReplyClass, ReplyCode};

use crate::channel::Channel;
use crate::client::Shared;
use crate::config::SessionReuse;
use crate::control::Control;
use crate::error::{Error, ErrorKind};
use crate::link::Link;
use crate::observer::Event;
use crate::policy::{self, Admission, Purpose, ReuseDemand};
use crate::tls::{DataStream, End, Offer, TlsError};
use crate::verdict::DataConnection;

/// An open data connection that may carry something.
#[derive(Debug)]
pub(crate) struct Data {
    pub(crate) stream: DataStream,
    pub(crate) verdict: DataConnection,
    /// The final reply, once it has come.
    pub(crate) reply: Option<Reply>,
    /// The outcome shows whether the server demands reuse.
    on_trial: bool,
}

/// Why there is no data connection.
#[derive(Debug)]
pub(crate) enum OpenError {
    /// It did not resume the control connection's session, and had to. `by_server`: the server
    /// said so.
    NotReused { error: Error, by_server: bool },
    /// No upload before a listing has shown that a full handshake is welcome.
    NeedsTrial,
    /// The server waits for a data connection that could not be opened. Its control connection is given
    /// up.
    Unreachable(Error),
    /// Something else.
    Failed(Error),
}

impl From<Error> for OpenError {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Sends `command` and opens its data connection, once, without any recovery.
///
/// The transfer begins at byte `offset`, and a server that does not do that is an error. `stored` is
/// set when an upload's command has gone out, so that its target may exist now.
pub(crate) async fn open(
    link: &mut Link,
    shared: &Shared,
    purpose: Purpose,
    command: &Command,
    offset: u64,
    path: &RemotePath,
    stored: &mut bool,
) -> Result<Data, OpenError> {
    // A refused upload may have emptied its target, so it is never begun on the chance of a connection.
    let early = purpose == Purpose::Retrieve
        && link.reaches_ports
        && shared.pipelining.connects_early(&link.server);
    let channel = link.agree(shared, command, early).await?;
    let offer = choose_offer(link, shared, purpose)?;
    if offset > 0 {
        // Directly ahead of its command: FileZilla Server forgets it at any other, such as EPSV.
        let reply = link.control.command(&Command::Rest(offset)).await?;
        if reply.class() != ReplyClass::Intermediate {
            let error = Error::refused("the server does not begin in the middle", reply);
            return Err(error.into());
        }
    }
    link.control.send(command).await?;
    *stored |= purpose == Purpose::Store;
    let mut data = establish(link, shared, purpose, channel, offer, path).await?;
    if purpose == Purpose::Retrieve {
        data.wait_for_first_byte(link, shared, path).await?;
    }
    Ok(data)
}

/// Chooses what the next data connection offers. Without a ticket the outcome is certain, and nothing need
/// be sent to find it out.
pub(crate) fn choose_offer(
    link: &mut Link,
    shared: &Shared,
    purpose: Purpose,
) -> Result<Offer, OpenError> {
    let policy = shared.config.session_reuse;
    let offer = match link.control.stream() {
        Some(control) if policy != SessionReuse::Off => link.tether.offer(control),
        _ => link.tether.offer_nothing(),
    };
    if !link.is_secure || offer.has_ticket() {
        return Ok(offer);
    }
    match policy::admit(policy, shared.memory().demand, purpose, false, true) {
        Admission::Admitted | Admission::OnTrial => Ok(offer),
        Admission::NeedsTrial => Err(OpenError::NeedsTrial),
        Admission::NotResumed | Admission::OtherCertificate => Err(OpenError::NotReused {
            error: not_reused("the server has given nothing to resume with", None, None),
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
    let policy = shared.config.session_reuse;
    let demand = shared.memory().demand;
    let attempt = handshake(link, shared, purpose, channel, offer, path);
    let (stream, verdict, reply) = attempt.await?;
    link.reaches_ports = true;
    link.control.observe(&Event::DataConnection(&verdict));

    let mut data = Data {
        stream,
        verdict,
        reply,
        on_trial: false,
    };
    let same_certificate = data.verdict.same_certificate;
    #[cfg(feature = "test-internals")]
    let same_certificate = same_certificate || shared.config.sabotage.no_certificate_comparison;
    let resumed = data.verdict.resumed;
    match policy::admit(policy, demand, purpose, resumed, same_certificate) {
        Admission::Admitted => {}
        // Without TLS there is nothing to admit by.
        _ if !link.is_secure => {}
        Admission::OnTrial => data.on_trial = true,
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
    let limit = shared.config.timeout;
    let is_early = matches!(channel, Channel::Announced { .. });
    let handshake = async {
        let observer = shared.config.observer.as_deref();
        let connected = channel.connection(limit, observer).await;
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
        let secured = secured
            .map_err(|_| Error::timeout("the data connection's TLS handshake took too long"))?;
        secured.map_err(|error| OpenError::from(Error::tls(what, TlsError::from(error))))
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
        || is_about_tls && !policy::is_reuse_refusal(&received, None)
    {
        return Err(failure.with_reply(received).into());
    }
    Err(refused(purpose, path, received, None))
}

const WANT_OF_REUSE: &str = "the server refuses the data connection for want of TLS session reuse";

/// A negative reply to the transfer command.
fn refused(
    purpose: Purpose,
    path: &RemotePath,
    reply: Reply,
    verdict: Option<DataConnection>,
) -> OpenError {
    if policy::is_reuse_refusal(&reply, verdict.as_ref()) {
        return OpenError::NotReused {
            error: not_reused(WANT_OF_REUSE, Some(reply), verdict),
            by_server: true,
        };
    }
    let what = match purpose {
        Purpose::Retrieve => "the server refuses to send it",
        Purpose::Store => "the server refuses to store it",
    };
    OpenError::Failed(Error::refused(what, reply).with_path(path))
}

fn not_reused(what: &str, reply: Option<Reply>, verdict: Option<DataConnection>) -> Error {
    let mut error = Error::new(ErrorKind::SessionReuseRefused, what);
    if let Some(reply) = reply {
        error = error.with_reply(reply);
    }
    if let Some(verdict) = verdict {
        error = error.with_data_connection(verdict);
    }
    error
}

impl Data {
    /// Waits until the server has sent something, or has said why not: a refusal comes behind
    /// a handshake that looked well.
    async fn wait_for_first_byte(
        &mut self,
        link: &mut Link,
        shared: &Shared,
        path: &RemotePath,
    ) -> Result<(), OpenError> {
        let waiting = timeout(shared.config.timeout, async {
            let arrived = poll_fn(|cx| self.poll_arrived(&mut link.control, cx)).await;
            match arrived {
                Ok(true) => Ok(()),
                // No byte at all: an empty file, or a refusal. Some servers tell only after
                // our close_notify (pyftpdlib 2.2).
                Ok(false) | Err(ReadError::Data(_)) if self.reply.is_none() => {
                    self.close(shared.config.timeout).await;
                    let reply = link.control.final_reply("the end of a transfer").await;
                    self.reply = Some(reply?);
                    Ok(())
                }
                Ok(false) => Ok(()),
                Err(ReadError::Data(error)) => Err(lost(error)),
                Err(ReadError::Control(error)) => Err(error),
            }
        });
        match waiting.await {
            Ok(arrived) => arrived?,
            Err(_) => {
                link.control.mark_broken();
                return Err(Error::timeout("the server sends nothing").into());
            }
        }
        match &self.reply {
            Some(reply) if reply.class() != ReplyClass::Completion => {
                let (reply, verdict) = (reply.clone(), self.verdict.clone());
                Err(refused(Purpose::Retrieve, path, reply, Some(verdict)))
            }
            _ => Ok(()),
        }
    }

    /// Whether bytes have arrived (true), or the end (false), or a refusal on the control
    /// connection (false, with `reply` set).
    fn poll_arrived(
        &mut self,
        control: &mut Control,
        cx: &mut Context<'_>,
    ) -> Poll<Result<bool, ReadError>> {
        match self.stream.poll_fill(cx) {
            Poll::Ready(Ok(bytes)) => return Poll::Ready(Ok(!bytes.is_empty())),
            Poll::Ready(Err(error)) => return Poll::Ready(Err(ReadError::Data(error))),
            Poll::Pending => {}
        }
        if let Poll::Ready(error) = self.poll_refusal(control, cx) {
            return Poll::Ready(error.map(|()| false));
        }
        Poll::Pending
    }

    /// Takes note of the final reply. Ready only if it is a refusal: then no more data will come,
    /// even though the server may leave the data connection open.
    pub(crate) fn poll_refusal(
        &mut self,
        control: &mut Control,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), ReadError>> {
        while self.reply.is_none() {
            match ready!(control.poll_reply(cx)) {
                Ok(reply) if reply.class() == ReplyClass::Preliminary => {}
                Ok(reply) => self.reply = Some(reply),
                Err(error) => return Poll::Ready(Err(ReadError::Control(error))),
            }
        }
        let refused = |reply: &Reply| reply.class() != ReplyClass::Completion;
        if self.reply.as_ref().is_some_and(refused) {
            Poll::Ready(Ok(()))
        } else {
            Poll::Pending
        }
    }

    /// The final reply, waiting for it if need be.
    pub(crate) async fn final_reply(&mut self, control: &mut Control) -> Result<Reply, Error> {
        match self.reply.take() {
            Some(reply) => Ok(reply),
            None => control.final_reply("the end of a transfer").await,
        }
    }

    /// Ends our direction and, once the server has ended its own or `limit` is over, the connection.
    pub(crate) async fn close(&mut self, limit: Duration) -> Option<End> {
        let close = timeout(limit, async {
            poll_fn(|cx| self.stream.poll_close(cx)).await?;
            poll_fn(|cx| self.stream.poll_drain(cx)).await
        });
        close.await.ok()?.ok()
    }

    /// Draws the conclusions from a transfer that the server called complete.
    pub(crate) fn completed(&self, link: &Link, shared: &Shared) {
        if self.verdict.resumed {
            link.tether.adopt(&self.stream);
        }
        if self.on_trial {
            let mut memory = shared.memory();
            if memory.demand == ReuseDemand::Unknown {
                memory.demand = ReuseDemand::NotDemanded;
            }
        }
    }

    /// The error for a transfer that the server ended with a negative reply: a refusal for want of
    /// session reuse, which is remembered, or else `what`.
    pub(crate) fn broken_off(&self, shared: &Shared, reply: Reply, what: &str) -> Error {
        let verdict = self.verdict.clone();
        if policy::is_reuse_refusal(&reply, Some(&verdict)) {
            shared.memory().demand = ReuseDemand::Demanded;
            return not_reused(WANT_OF_REUSE, Some(reply), Some(verdict));
        }
        let error = Error::new(ErrorKind::Incomplete, what).with_reply(reply);
        error.with_data_connection(verdict)
    }

    /// Closes a connection that may carry nothing, and reads what the server has to say about it.
    async fn turn_away(
        mut self,
        link: &mut Link,
        shared: &Shared,
        admission: Admission,
    ) -> OpenError {
        let limit = shared.config.timeout;
        // Cut short on purpose: a large download need not be read to its end. The close_notify
        // keeps ProFTPD from dropping the control connection.
        let _ = timeout(limit, poll_fn(|cx| self.stream.poll_close(cx))).await;
        let Self {
            stream,
            verdict,
            reply,
            ..
        } = self;
        drop(stream);
        let reply = match reply {
            Some(reply) => Some(reply),
            None => link
                .control
                .final_reply("a data connection's end")
                .await
                .ok(),
        };
        match admission {
            Admission::OtherCertificate => OpenError::Failed(
                Error::new(
                    ErrorKind::Certificate,
                    "the data connection shows another certificate than the control connection",
                )
                .with_data_connection(verdict),
            ),
            Admission::NeedsTrial => OpenError::NeedsTrial,
            _ => {
                let refusal = reply.filter(|reply| policy::is_reuse_refusal(reply, Some(&verdict)));
                let what =
                    "the data connection did not resume the control connection's TLS session";
                OpenError::NotReused {
                    by_server: refusal.is_some(),
                    error: not_reused(what, refusal, Some(verdict)),
                }
            }
        }
    }
}

/// Which of the two connections broke.
#[derive(Debug)]
pub(crate) enum ReadError {
    Data(io::Error),
    Control(Error),
}

impl From<ReadError> for Error {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Data(error) => lost(error),
            ReadError::Control(error) => error,
        }
    }
}

/// The data connection broke.
pub(crate) fn lost(error: io::Error) -> Error {
    Error::tls("the data connection is lost", TlsError::from(error))
}
