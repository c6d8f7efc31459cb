//! The control connection: commands and their replies, always kept in step.

mod arrival;
mod identify;
mod tls;

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::time::{Instant, timeout};
use towline_proto::codec::ReplyDecoder;
use towline_proto::command::Command;
use towline_proto::exchange::{Exchange, Expect};
use towline_proto::name::escape;
use towline_proto::quirks::Server;
use towline_proto::reply::{Reply, ReplyClass, ReplyCode};
use towline_proto::secret::Mask;
use zeroize::Zeroizing;

pub(super) use self::identify::refused_login;
use super::tolerance::Tolerance;
use crate::boxed::boxed;
use crate::error::{Error, ErrorDetail, ErrorKind};
use crate::observer::{Event, Reporter};
use crate::server::{OtherEnds, TakenId};
use crate::tls::ControlStream;

/// How long a reply may take that follows another one.
const FOLLOWING: Duration = Duration::from_secs(1);

/// How long a server may take to reply to `QUIT`, or to close the connection.
pub(crate) const FAREWELL: Duration = Duration::from_secs(2);

/// The dialogue with a server.
///
/// A command and all its replies belong together. Once they can no longer be matched, because an
/// operation was dropped halfway or the server sent something unexpected, the connection is broken
/// for good.
#[derive(Debug)]
pub(crate) struct Control {
    /// `None` only while TLS is being set up, and after TLS setup has failed.
    stream: Option<ControlStream>,
    decoder: ReplyDecoder,
    exchange: Exchange,
    reporter: Reporter,
    id: TakenId,
    server: Server,
    limit: Duration,
    mask: Arc<Mask>,
    tolerance: Tolerance,
    /// A 226 in the place of a reply to a command that moves no data. The command's own reply may
    /// follow.
    doubtful: Option<Reply>,
    is_broken: bool,
    /// The observer knows that the connection has ended.
    is_told: bool,
    is_logged_in: bool,
}

impl Control {
    /// Creates a dialogue over `stream`, on the control connection `id`. `limit` bounds each wait.
    /// What the server sends is shown through `mask`. `known_ends` are the other codes that have
    /// ended replies. The greeting is the first reply expected.
    pub(crate) fn new(
        stream: ControlStream,
        reporter: Reporter,
        id: TakenId,
        limit: Duration,
        mask: Arc<Mask>,
        known_ends: OtherEnds,
    ) -> Self {
        let mut exchange = Exchange::new();
        exchange.sent(Expect::greeting());
        Self {
            stream: Some(stream),
            decoder: ReplyDecoder::default(),
            exchange,
            reporter,
            id,
            server: Server::UNKNOWN,
            tolerance: Tolerance::new(limit, known_ends),
            limit,
            mask,
            doubtful: None,
            is_broken: false,
            is_told: false,
            is_logged_in: false,
        }
    }

    pub(crate) fn id(&self) -> &TakenId {
        &self.id
    }

    /// Records that the login is complete. Plaintext after that means a lost connection, not
    /// missing TLS.
    pub(crate) fn logged_in(&mut self) {
        self.is_logged_in = true;
    }

    /// Returns the reporter of this connection, for callers that cannot borrow the connection.
    pub(crate) fn reporter(&self) -> &Reporter {
        &self.reporter
    }

    /// Reports `event` to the observer.
    pub(crate) fn observe(&self, event: &Event<'_>) {
        self.reporter.event(event);
    }

    /// Returns whether no reply is due, whatever may have arrived since the last one.
    pub(crate) fn is_in_step(&self) -> bool {
        !self.is_broken && self.exchange.outstanding() == 0
    }

    /// Returns whether another command may be sent.
    pub(crate) fn is_usable(&self) -> bool {
        self.is_in_step() && self.decoder.is_empty()
    }

    /// Checks what arrived between commands: a goodbye, the end of the stream, or an unsolicited
    /// reply. Each of them breaks the connection.
    pub(crate) async fn look(&mut self) -> Result<(), Error> {
        let arrived = poll_fn(|cx| Poll::Ready(self.poll_reply(cx))).await;
        match arrived {
            Poll::Ready(Err(error)) => Err(error),
            Poll::Ready(Ok(_)) | Poll::Pending => Ok(()),
        }
    }

    /// Awaits `work` while no reply is due. Fails as soon as the server ends the session or sends
    /// an unsolicited reply.
    pub(crate) async fn watch<T>(&mut self, work: impl Future<Output = T>) -> Result<T, Error> {
        let mut work = pin!(work);
        poll_fn(|cx| {
            if let Poll::Ready(done) = work.as_mut().poll(cx) {
                return Poll::Ready(Ok(done));
            }
            // Replies that are due belong to the caller.
            if self.exchange.outstanding() == 0
                && let Poll::Ready(Err(error)) = self.poll_reply(cx)
            {
                return Poll::Ready(Err(error));
            }
            Poll::Pending
        })
        .await
    }

    /// Marks the connection as broken.
    pub(crate) fn mark_broken(&mut self) {
        self.is_broken = true;
        self.tell_end();
    }

    /// Reports, once, that the connection has ended or is given up.
    fn tell_end(&mut self) {
        if !std::mem::replace(&mut self.is_told, true) {
            self.observe(&Event::Disconnected);
        }
    }

    /// Encodes all further commands in the form that `server` reads.
    pub(crate) fn speak_to(&mut self, server: Server) {
        self.server = server;
    }

    /// Returns the underlying stream, if there is one.
    pub(crate) fn stream(&mut self) -> Option<&mut ControlStream> {
        self.stream.as_mut()
    }

    /// Waits at most `limit` for the greeting, the only reply without a command.
    pub(super) async fn greeting(&mut self, limit: Duration) -> Result<Reply, Error> {
        self.final_reply_within("waiting for the server's greeting", limit)
            .await
    }

    /// Returns the greeting if it arrives within `early`. Otherwise the wait may go on.
    pub(super) async fn greeting_by(&mut self, early: Duration) -> Option<Result<Reply, Error>> {
        timeout(early, self.greeting(self.limit)).await.ok()
    }

    /// Sends `command` and returns its final reply, of any class.
    #[boxed]
    pub(crate) async fn command(&mut self, command: &Command) -> Result<Reply, Error> {
        self.send(command).await?;
        self.final_reply(&awaiting(command)).await
    }

    /// Sends `command` and returns its final reply. Fails unless the reply is of class 2yz.
    pub(crate) async fn expect(&mut self, command: &Command) -> Result<Reply, Error> {
        let reply = self.command(command).await?;
        if reply.class() == ReplyClass::Completion {
            return Ok(reply);
        }
        Err(Error::refused(
            format!("{} was refused", command.verb()),
            reply,
        ))
    }

    /// Sends `command` without waiting for a reply.
    pub(crate) async fn send(&mut self, command: &Command) -> Result<(), Error> {
        self.send_all(std::slice::from_ref(command)).await
    }

    /// Sends `commands` in one write, without waiting for a reply. Only for servers known to answer
    /// them in order.
    #[boxed]
    pub(crate) async fn send_all(&mut self, commands: &[Command]) -> Result<(), Error> {
        if self.exchange.outstanding() == 0 {
            self.look().await?;
            self.confirm_end().await?;
        }
        self.write(commands).await
    }

    /// Shows that nothing follows a reply that another code has ended: the next reply is that to
    /// another command. If the end does follow, the connection is broken, so that no reply is taken
    /// for that to a later command.
    async fn confirm_end(&mut self) -> Result<(), Error> {
        let Some(end) = self.tolerance.take_other_end() else {
            return Ok(());
        };
        let (due, _) = end;
        // A command whose usual reply cannot be taken for the end.
        let command = match due {
            ReplyCode::OKAY => Command::Pwd,
            _ => Command::Noop,
        };
        let mut reply = self.confirming(&command).await?;
        // A reply that another code has ended proves nothing.
        let mut is_unproven = self.tolerance.take_other_end().is_some();
        if is_unproven && reply.code() != due && command == Command::Noop {
            reply = self.confirming(&Command::Pwd).await?;
            is_unproven = self.tolerance.take_other_end().is_some();
        }
        if reply.code() == due || is_unproven {
            return Err(self.unsolicited(reply));
        }
        // What comes in clear text before the login may not be from the server.
        if self.is_logged_in {
            self.tolerance.confirmed(end);
        }
        Ok(())
    }

    /// Returns the reply to a command that shows whether an earlier reply has ended.
    async fn confirming(&mut self, command: &Command) -> Result<Reply, Error> {
        self.write(std::slice::from_ref(command)).await?;
        self.final_reply(&awaiting(command)).await
    }

    async fn write(&mut self, commands: &[Command]) -> Result<(), Error> {
        if self.is_broken {
            return Err(unusable());
        }
        let mut lines = Zeroizing::new(Vec::new());
        for command in commands {
            let line = match command {
                // The caller may have put a password into it.
                Command::Raw(_) => self.mask.text(command.to_string()),
                _ => command.to_string(),
            };
            let verb = command.verb();
            self.observe(&Event::Command { verb, line: &line });
            let line = Zeroizing::new(command.encode_for(&self.server));
            lines.extend_from_slice(&line);
        }
        // Stays set if this future is dropped with half a line sent.
        self.is_broken = true;
        let stream = self.stream.as_mut().ok_or_else(unusable)?;
        let sent = timeout(self.limit, async {
            stream.write_all(&lines).await?;
            stream.flush().await
        });
        let verb = commands.last().map_or("nothing", Command::verb);
        match sent.await {
            Ok(Ok(())) => {
                for command in commands {
                    self.exchange.sent(command);
                }
                self.is_broken = false;
                Ok(())
            }
            Ok(Err(error)) => {
                let lost = |control: &mut Self| control.lost(error);
                Err(self.farewell(FAREWELL, lost).await)
            }
            Err(_) => {
                let what = format!("{verb} could not be sent");
                let late = |_: &mut Self| Error::timeout(ErrorDetail::SendTimedOut, what);
                Err(self.farewell(Duration::ZERO, late).await)
            }
        }
    }

    /// Returns the next reply, preliminary or final. Fails if it exceeds the time limit.
    pub(crate) async fn reply(&mut self, waiting: &str) -> Result<Reply, Error> {
        self.reply_within(waiting, self.limit).await
    }

    /// As [`Self::reply`], with its own time limit.
    pub(crate) async fn reply_within(
        &mut self,
        waiting: &str,
        limit: Duration,
    ) -> Result<Reply, Error> {
        match timeout(limit, poll_fn(|cx| self.poll_reply(cx))).await {
            Ok(reply) => reply,
            Err(_) => {
                self.is_broken = true;
                let what = format!("no reply while {waiting}");
                Err(Error::timeout(ErrorDetail::ReplyTimedOut, what))
            }
        }
    }

    /// Returns the next final reply and skips preliminary ones.
    pub(crate) async fn final_reply(&mut self, waiting: &str) -> Result<Reply, Error> {
        self.final_reply_within(waiting, self.limit).await
    }

    /// As [`Self::final_reply`], with its own time limit for each reply.
    pub(crate) async fn final_reply_within(
        &mut self,
        waiting: &str,
        limit: Duration,
    ) -> Result<Reply, Error> {
        loop {
            let reply = self.reply_within(waiting, limit).await?;
            if reply.class() != ReplyClass::Preliminary {
                return Ok(reply);
            }
        }
    }

    /// Waits for one more reply to `command`: what came in its place belongs to an earlier one.
    pub(super) async fn next_reply_to(&mut self, command: &Command) -> Result<Reply, Error> {
        self.exchange.sent(command);
        let waiting = awaiting(command);
        self.final_reply(&waiting).await
    }

    /// Asks for the working directory, because its reply is like no other. Returns the last of the
    /// replies to earlier commands that come in its place, if any do.
    #[boxed]
    pub(super) async fn earlier_reply(&mut self) -> Result<Option<Reply>, Error> {
        let mut earlier = None;
        let mut reply = self.command(&Command::Pwd).await?;
        while reply.code() != ReplyCode::PATH_CREATED && reply.class() == ReplyClass::Completion {
            if !self.has_more_within(FOLLOWING.min(self.limit / 2)).await? {
                // An odd reply to PWD, unless that is late. Then it comes in the place of another.
                let next = self.command(&Command::Noop).await?;
                if next.code() == ReplyCode::PATH_CREATED {
                    earlier = Some(reply);
                    self.next_reply_to(&Command::Noop).await?;
                }
                break;
            }
            earlier = Some(reply);
            reply = self.next_reply_to(&Command::Pwd).await?;
        }
        Ok(earlier)
    }

    /// Returns whether the server sends more within `limit`, which then waits to be read as a
    /// reply.
    async fn has_more_within(&mut self, limit: Duration) -> Result<bool, Error> {
        let arriving = poll_fn(|cx| match self.decoder.is_empty() {
            true => self.poll_more(cx),
            false => Poll::Ready(Ok(())),
        });
        match timeout(limit, arriving).await {
            Ok(arrived) => arrived.map(|()| true),
            Err(_) => Ok(false),
        }
    }

    /// Waits for the replies that are still due, at most `limit`. Returns the first final one. A
    /// connection that owes replies after that is broken.
    #[boxed]
    pub(crate) async fn await_due_replies(
        &mut self,
        limit: Duration,
    ) -> Result<Option<Reply>, Error> {
        let began = Instant::now();
        let mut first = None;
        while !self.is_usable() {
            let left = limit.saturating_sub(began.elapsed());
            let reply = match timeout(left, poll_fn(|cx| self.poll_reply(cx))).await {
                Ok(reply) => reply?,
                Err(_) => {
                    self.is_broken = true;
                    break;
                }
            };
            if reply.class() != ReplyClass::Preliminary {
                first.get_or_insert(reply);
            }
        }
        Ok(first)
    }

    /// Returns the error for a send that failed: `cause`, or the server's reason if it has sent
    /// one, or does so within `limit`.
    async fn farewell(&mut self, limit: Duration, cause: impl FnOnce(&mut Self) -> Error) -> Error {
        let limit = self.limit.min(limit);
        match timeout(limit, poll_fn(|cx| self.poll_last_reply(cx))).await {
            Ok(Err(error)) if error.reply().is_some() => error,
            _ => cause(self),
        }
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        self.tell_end();
    }
}

/// What is waited for after `command`.
pub(super) fn awaiting(command: &Command) -> String {
    let verb = match command {
        Command::Raw(line) => {
            let verb = line.as_bytes().split(|byte| *byte == b' ').next();
            escape(verb.unwrap_or_default())
        }
        _ => command.verb().to_owned(),
    };
    format!("waiting for the reply to {verb}")
}

fn unusable() -> Error {
    let what = "the control connection can no longer be used";
    Error::new(ErrorKind::Network, what).with_detail(ErrorDetail::ConnectionLost)
}
