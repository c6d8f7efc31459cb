//! The client's side of a conversation: its commands, its replies, and its data connections.

use std::future::{pending, ready};
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::time::timeout;
use towline::{Direction, RemotePath};
use towline_proto::codec::CommandLine;
use towline_proto::command::Command;
use towline_proto::name::escape;
use towline_proto::reply::{Reply, ReplyClass, ReplyCode};
use towline_proto::secret::Mask;

use super::end::End;
use crate::control::{Control, MOST_KEPT};
use crate::data::DataPort;
use crate::event::{Event, Moved};
use crate::pipe::{Broken, Target, up, within};
use crate::shared::{Ending, Shared};
use crate::tls::{ClientTls, has_resumed};
use crate::wire::{Wire, is_unclosed, reset_unless_closed};

/// How long an upload waits for the client's data connection before the client gets the first
/// reply. Most clients connect before they send the command; the others connect after that reply.
const EARLY: Duration = Duration::from_secs(1);

/// How long after the end of its data in clear text a client must still be there. The system ends
/// all connections of a killed program in order, most often within 0.1 ms; on a busy machine, the
/// second one was seen to end up to 14 ms after the first.
const GRACE: Duration = Duration::from_millis(30);

/// How much of [`GRACE`] passes before the server is asked to confirm an upload that has its final
/// name already. Many small files in a row would feel the rest, which passes while the server
/// confirms.
const FIRST_LOOK: Duration = Duration::from_millis(1);

/// If the first look comes so late, the machine is busy, and the client's system may be late as
/// well. Then the rest of [`GRACE`] passes first.
const LATE: Duration = Duration::from_millis(3);

/// Why a transfer stops before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Interrupt {
    /// The client has sent ABOR, which is answered after the transfer.
    Abort,
    /// The client is gone.
    Gone,
    /// The gateway ends.
    Ending,
}

/// What the end of an upload's data shows, before anything else is known of its client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DataEnd {
    /// TLS has ended with `close_notify`: the file is whole.
    Whole,
    /// The connection has ended in order, at this time. The system ends that of a killed program in
    /// the same way.
    InOrder { at: Instant },
}

impl DataEnd {
    /// Whether the file is whole despite the interrupt.
    pub(super) fn outlasts(self, interrupt: Interrupt) -> bool {
        self == Self::Whole && interrupt == Interrupt::Gone
    }

    /// When a client that is still there has not been killed while it sent the data; `None` if that
    /// is known already. A client that is gone by then may have been, however late anybody looks.
    pub(super) fn doubtful_until(self) -> Option<Instant> {
        match self {
            Self::Whole => None,
            Self::InOrder { at } => Some(at + GRACE),
        }
    }
}

/// An upload that was confirmed before it was known that its client had not been killed.
#[derive(Debug)]
pub(super) struct Doubt {
    /// When its data ended.
    pub(super) at: Instant,
    pub(super) path: RemotePath,
}

/// Why there is no data connection with the client.
#[derive(Debug)]
pub(super) enum NoChannel {
    Failed(io::Error),
    /// TLS is required, and the client has not asked for it with PROT.
    NotProtected,
    /// The connection has not resumed a session, which is required.
    NotResumed,
    Interrupted(Interrupt),
}

/// The client's side of a conversation.
pub(super) struct Front {
    pub(super) id: u64,
    pub(super) shared: Arc<Shared>,
    pub(super) control: Control,
    pub(super) port: DataPort,
    /// The client was told that the data connection of its command is used.
    begun: bool,
    /// TLS for this client, once it has begun on the control connection.
    pub(super) tls: Option<ClientTls>,
    /// `PROT P` is in effect.
    pub(super) protected: bool,
    /// After `EPSV ALL`, no other command may open a port (RFC 2428 section 4).
    pub(super) extended_only: bool,
    /// `TYPE A` is in effect, as from the start (RFC 959 section 5.1).
    pub(super) ascii: bool,
    /// Where the next transfer begins.
    pub(super) offset: u64,
    /// The command that is being carried out, for events.
    pub(super) current: String,
    /// The route after the login, for events.
    pub(super) route: Option<String>,
    /// The password that a server has had from the client, and may repeat.
    pub(super) mask: Mask,
    /// The upload whose reply the client may not have read yet.
    pub(super) doubt: Option<Doubt>,
}

impl Front {
    pub(super) fn new(id: u64, shared: Arc<Shared>, control: Control) -> Self {
        Self {
            id,
            shared,
            control,
            port: DataPort::None,
            begun: false,
            tls: None,
            protected: false,
            extended_only: false,
            ascii: true,
            offset: 0,
            current: String::new(),
            route: None,
            mask: Mask::default(),
            doubt: None,
        }
    }

    /// Returns the text of a reply for events, without the client's password. What the server says
    /// is masked already, but not the names from it that the gateway puts into its own replies.
    pub(super) fn shown(&self, reply: &Reply) -> String {
        let mut reply = reply.clone().into_masked();
        reply.mask(&self.mask);
        reply.text()
    }

    /// Returns to the state before the login.
    pub(super) fn reset(&mut self) {
        self.port = DataPort::None;
        self.extended_only = false;
        self.ascii = true;
        self.offset = 0;
        self.route = None;
    }

    /// Gives up the port of a transfer whose data were promised to the client. A connection that
    /// waits there is reset, so that its end is not taken for that of the data. After a refusal it
    /// ends in order: some programs take a reset for the end of the session.
    pub(super) fn reset_port_in_use(&mut self) {
        if std::mem::take(&mut self.begun) {
            self.port = DataPort::None;
        }
    }

    /// Sends a reply.
    pub(super) async fn reply(&mut self, reply: &Reply) -> Result<(), End> {
        self.begun |= reply.class() == ReplyClass::Preliminary;
        if matches!(reply.class(), ReplyClass::Transient | ReplyClass::Permanent) {
            self.shared.event(&Event::Refused {
                gateway_client: self.id,
                route: self.route.as_deref(),
                command: &self.current,
                code: reply.code().as_u16(),
                text: &escape(self.shown(reply).as_bytes()),
            });
        }
        self.send(reply).await
    }

    async fn send(&mut self, reply: &Reply) -> Result<(), End> {
        let text = escape(self.shown(reply).as_bytes());
        self.shared.event(&Event::Dialogue {
            gateway_client: self.id,
            from_client: false,
            line: &format!("{} {text}", reply.code()),
        });
        self.control.reply(reply).await.map_err(|_| End::Gone)
    }

    /// Sends the last reply, which refuses no command.
    pub(super) async fn say_farewell(&mut self, text: &str) {
        // The client may be gone.
        let _ = self
            .send(&Reply::new(ReplyCode::SERVICE_UNAVAILABLE, text))
            .await;
    }

    /// Sends a reply of the gateway's own.
    pub(super) async fn say(&mut self, code: ReplyCode, text: impl AsRef<[u8]>) -> Result<(), End> {
        self.reply(&Reply::new(code, text)).await
    }

    /// Runs `work` of a transfer that has `moved` so many bytes, unless the client or the gateway
    /// ends it.
    pub(super) async fn unless_interrupted<T>(
        &mut self,
        moved: &AtomicU64,
        work: impl Future<Output = T>,
    ) -> Result<T, Interrupt> {
        let mut ending = self.shared.ending.clone();
        tokio::select! {
            biased;
            done = work => Ok(done),
            interrupt = self.attend(moved) => Err(interrupt),
            _ = ending.wait_for(|ending| *ending == Ending::All) => Err(Interrupt::Ending),
        }
    }

    /// Passes what the client sends over `wire` on to `target`. A client that ends the data with
    /// `close_notify` may be gone by then; any other must still be there for a short time.
    pub(super) async fn pass_up<T: Target>(
        &mut self,
        wire: &mut Wire,
        target: &mut T,
        moved: &AtomicU64,
    ) -> Result<Result<DataEnd, Broken<T::Error>>, Interrupt> {
        self.pass_up_within(GRACE, wire, target, moved).await
    }

    /// As [`Self::pass_up`]. If the end of the data [is doubtful](DataEnd::doubtful_until), the
    /// caller has to look again later.
    pub(super) async fn pass_up_swiftly<T: Target>(
        &mut self,
        wire: &mut Wire,
        target: &mut T,
        moved: &AtomicU64,
    ) -> Result<Result<DataEnd, Broken<T::Error>>, Interrupt> {
        self.pass_up_within(FIRST_LOOK, wire, target, moved).await
    }

    async fn pass_up_within<T: Target>(
        &mut self,
        grace: Duration,
        wire: &mut Wire,
        target: &mut T,
        moved: &AtomicU64,
    ) -> Result<Result<DataEnd, Broken<T::Error>>, Interrupt> {
        let is_tls = wire.is_tls();
        let mut passing = pin!(up(wire, target, self.shared.limits.data, moved));
        let passed = match self.unless_interrupted(moved, &mut passing).await {
            Err(Interrupt::Gone) if is_tls => match self.unless_ending(passing).await? {
                Err(Broken::Front(_)) => return Err(Interrupt::Gone),
                passed => passed,
            },
            passed => passed?,
        };
        let in_order = DataEnd::InOrder { at: Instant::now() };
        let end = match passed {
            Ok(()) if is_tls => DataEnd::Whole,
            Ok(()) => in_order,
            Err(Broken::Front(error))
                if is_unclosed(&error) && self.shared.allow_missing_close_notify =>
            {
                in_order
            }
            Err(broken) => return Ok(Err(broken)),
        };
        // The end of the data of a client that has given up is not the end of its file.
        let interrupted = match end {
            DataEnd::Whole => self.interrupted(moved).await,
            DataEnd::InOrder { at } => match timeout(grace, self.attend(moved)).await {
                Ok(interrupt) => Some(interrupt),
                Err(_) if at.elapsed() > LATE => {
                    let rest = GRACE.saturating_sub(at.elapsed());
                    timeout(rest, self.attend(moved)).await.ok()
                }
                Err(_) => None,
            },
        };
        match interrupted {
            Some(interrupt) if !end.outlasts(interrupt) => Err(interrupt),
            _ => Ok(Ok(end)),
        }
    }

    /// Runs `work` of a transfer whose client is gone, unless the gateway ends it.
    async fn unless_ending<T>(&self, work: impl Future<Output = T>) -> Result<T, Interrupt> {
        let mut ending = self.shared.ending.clone();
        tokio::select! {
            biased;
            done = work => Ok(done),
            _ = ending.wait_for(|ending| *ending == Ending::All) => Err(Interrupt::Ending),
        }
    }

    /// Returns what the client has done by now to end a transfer.
    async fn interrupted(&mut self, moved: &AtomicU64) -> Option<Interrupt> {
        // Lets the runtime look at its sockets.
        tokio::task::yield_now().await;
        tokio::select! {
            biased;
            interrupt = self.attend(moved) => Some(interrupt),
            () = ready(()) => None,
        }
    }

    /// Warns that the client was gone before it can have read the reply to its upload, so that it
    /// may have been killed.
    pub(super) fn warn_of_doubt(&self, doubt: &Doubt) {
        let text = format!(
            "client {} was gone {} ms after the end of its upload, before it read the reply: {} may be \
             a part, and stays at the server",
            self.id,
            doubt.at.elapsed().as_millis(),
            doubt.path,
        );
        self.shared.event(&Event::Warning { text: &text });
    }

    /// Whether the client is gone, without a goodbye.
    pub(super) fn is_left(&self) -> bool {
        self.control.has_ended() && !self.control.has_said_goodbye()
    }

    /// Runs `work`, which is no transfer, unless the client leaves or the gateway ends. What the
    /// client sends meanwhile waits for its turn.
    pub(super) async fn unless_left<T>(&mut self, work: impl Future<Output = T>) -> Result<T, End> {
        let mut ending = self.shared.ending.clone();
        tokio::select! {
            biased;
            done = work => Ok(done),
            () = self.control.left() => Err(End::Gone),
            _ = ending.wait_for(|ending| *ending >= Ending::Idle) => Err(End::GatewayEnds),
        }
    }

    /// Runs `work`, the end of a transfer, to its end.
    pub(super) async fn while_attending<T>(
        &mut self,
        moved: &AtomicU64,
        work: impl Future<Output = T>,
    ) -> T {
        let attending = async {
            self.attend(moved).await;
            pending().await
        };
        tokio::select! {
            biased;
            done = work => done,
            never = attending => never,
        }
    }

    /// Answers what a client may ask while a transfer runs. Everything else waits.
    async fn attend(&mut self, moved: &AtomicU64) -> Interrupt {
        loop {
            if self.control.kept() >= MOST_KEPT {
                return pending().await;
            }
            let line = match self.control.arriving_line().await {
                Ok(Some(Ok(line))) => line,
                Ok(Some(too_long)) => {
                    self.control.keep(too_long);
                    continue;
                }
                // A client that has said goodbye may close before the transfer ends.
                Ok(None) if self.control.has_said_goodbye() => return pending().await,
                Ok(None) | Err(_) => return Interrupt::Gone,
            };
            if let Some(interrupt) = self.attend_to(line, moved).await {
                return interrupt;
            }
        }
    }

    async fn attend_to(&mut self, line: CommandLine, moved: &AtomicU64) -> Option<Interrupt> {
        let is_next = self.control.kept() == 0;
        let reply = match Command::parse(&line.bytes) {
            Ok(Command::Abor) if is_next || line.is_interrupt => {
                self.control.keep(Ok(line));
                return Some(Interrupt::Abort);
            }
            Ok(Command::Noop) if is_next => Reply::new(ReplyCode::OKAY, "A transfer is running."),
            Ok(Command::Stat(None)) if is_next => {
                let bytes = moved.load(Ordering::Relaxed);
                let text = format!("A transfer is running: {bytes} bytes so far.");
                Reply::new(ReplyCode::SYSTEM_STATUS, text)
            }
            _ => {
                self.control.keep(Ok(line));
                return None;
            }
        };
        let sent = self.control.reply(&reply).await;
        sent.is_err().then_some(Interrupt::Gone)
    }

    /// Returns the refusal of a transfer in `TYPE A` that would not begin at the first byte: the
    /// same place has another offset at the server (RFC 3659 section 5).
    pub(super) fn check_offset(&self, offset: u64) -> Option<Reply> {
        let text = "A transfer of type A cannot begin in the middle.";
        let is_inside_text = self.ascii && offset > 0;
        is_inside_text.then(|| Reply::new(ReplyCode::ARGUMENT_NOT_IMPLEMENTED, text))
    }

    /// Whether the client has said how to open a data connection, and protects it if it has to. If
    /// not, returns the refusal.
    pub(super) fn check_port(&self) -> Option<Reply> {
        if self.shared.require_tls && !self.protected {
            let text = "Data connections need TLS: send PROT P.";
            return Some(Reply::new(ReplyCode::WRONG_PROTECTION, text));
        }
        let text = "Send PASV, EPSV, PORT or EPRT first.";
        let is_missing = matches!(self.port, DataPort::None);
        is_missing.then(|| Reply::new(ReplyCode::NO_DATA_CONNECTION, text))
    }

    /// Opens the data connection before the server is asked for an upload, so that a client that
    /// cannot have one empties no file. Returns `false` if the client seems to wait for a reply.
    pub(super) async fn open_early(&mut self, moved: &AtomicU64) -> Result<bool, NoChannel> {
        match self.open_port(EARLY, moved).await {
            Err(NoChannel::Failed(error)) if error.kind() == io::ErrorKind::TimedOut => Ok(false),
            opened => opened.map(|()| true),
        }
    }

    /// Opens the data connection of a client that has been told to.
    pub(super) async fn open_late(&mut self, moved: &AtomicU64) -> Result<(), NoChannel> {
        self.open_port(self.shared.limits.data, moved).await
    }

    /// Returns the data connection. Where data connections must resume, a client that uses each
    /// ticket once needs the new ones, in an upload, too.
    pub(super) async fn channel(
        &mut self,
        direction: Moved,
        moved: &AtomicU64,
    ) -> Result<Wire, NoChannel> {
        let limit = self.shared.limits.data;
        self.open_port(limit, moved).await?;
        let closed = || NoChannel::Failed(io::ErrorKind::NotConnected.into());
        let stream = self.port.take().ok_or_else(closed)?;
        self.begun = false;
        if direction != Moved::File(Direction::Upload) {
            reset_unless_closed(&stream).map_err(NoChannel::Failed)?;
        }
        let tls = match (&self.tls, self.protected) {
            (Some(tls), true) => match direction {
                Moved::File(Direction::Upload) if !self.shared.require_reuse => {
                    tls.clone().silent()
                }
                _ => tls.clone(),
            },
            _ if self.shared.require_tls => return Err(NoChannel::NotProtected),
            _ => return Ok(Wire::Clear(stream)),
        };
        let secured = self
            .unless_interrupted(moved, tls.accept(stream, limit))
            .await;
        let secured = secured.map_err(NoChannel::Interrupted)?;
        let secured = secured.map_err(NoChannel::Failed)?;
        match !self.shared.require_reuse || has_resumed(&secured) {
            true => Ok(Wire::Tls(Box::new(secured))),
            false => Err(NoChannel::NotResumed),
        }
    }

    async fn open_port(&mut self, limit: Duration, moved: &AtomicU64) -> Result<(), NoChannel> {
        let local = self.control.local();
        let mut port = std::mem::take(&mut self.port);
        let opening = within(limit, port.open(local));
        let opened = self.unless_interrupted(moved, opening).await;
        let opened = opened.map_err(NoChannel::Interrupted);
        self.port = port;
        opened?.map_err(NoChannel::Failed)
    }
}
