//! The control connection: one command, its replies, and never out of step.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWriteExt, ReadBuf};
use tokio::time::timeout;
use towline_proto::codec::{DecodeError, ReplyDecoder};
use towline_proto::command::Command;
use towline_proto::exchange::{Exchange, Expect, MatchKind};
use towline_proto::name::escape;
use towline_proto::quirks::Server;
use towline_proto::reply::{Reply, ReplyClass};
use zeroize::Zeroizing;

use crate::error::{Error, ErrorDetail, ErrorKind, protocol_of};
use crate::observer::{Event, Reporter};
use crate::server::{TakenId, is_too_many};
use crate::tls::{ControlStream, Tether, TlsError};

/// How long a server may take to say goodbye.
pub(crate) const FAREWELL: Duration = Duration::from_secs(2);

/// The dialogue with a server.
///
/// A command and all its replies belong together. Where that can no longer be told, because an
/// operation was dropped half way or the server sent something unexpected, the connection is broken
/// and stays so.
#[derive(Debug)]
pub(crate) struct Control {
    /// `None` only while TLS is being set up, and after that has failed.
    stream: Option<ControlStream>,
    decoder: ReplyDecoder,
    exchange: Exchange,
    reporter: Reporter,
    id: TakenId,
    server: Server,
    limit: Duration,
    is_broken: bool,
    is_logged_in: bool,
}

impl Control {
    /// A dialogue over `stream`, on the control connection `id`, each wait limited by `limit`. The
    /// greeting comes first.
    pub(crate) fn new(
        stream: ControlStream,
        reporter: Reporter,
        id: TakenId,
        limit: Duration,
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
            limit,
            is_broken: false,
            is_logged_in: false,
        }
    }

    pub(crate) fn id(&self) -> &TakenId {
        &self.id
    }

    /// From here on the server has shown that it knows how to be spoken to.
    pub(crate) fn logged_in(&mut self) {
        self.is_logged_in = true;
    }

    /// What tells the observer of this connection, for those who cannot borrow it.
    pub(crate) fn reporter(&self) -> &Reporter {
        &self.reporter
    }

    /// Tells the observer.
    pub(crate) fn observe(&self, event: &Event<'_>) {
        self.reporter.event(event);
    }

    /// Whether a further command may be sent.
    pub(crate) fn is_usable(&self) -> bool {
        !self.is_broken && self.exchange.outstanding() == 0 && self.decoder.is_empty()
    }

    /// Notices what has come in while nobody waited: a farewell, the end, or a reply that nobody
    /// asked for. Each of them breaks the connection.
    pub(crate) async fn look(&mut self) -> Result<(), Error> {
        let arrived = poll_fn(|cx| Poll::Ready(self.poll_reply(cx))).await;
        match arrived {
            Poll::Ready(Err(error)) => Err(error),
            Poll::Ready(Ok(_)) | Poll::Pending => Ok(()),
        }
    }

    /// Gives the connection up.
    pub(crate) fn mark_broken(&mut self) {
        self.is_broken = true;
    }

    /// Writes commands from now on as `server` reads them.
    pub(crate) fn speak_to(&mut self, server: Server) {
        self.server = server;
    }

    /// The stream below, if there is one.
    pub(crate) fn stream(&mut self) -> Option<&mut ControlStream> {
        self.stream.as_mut()
    }

    /// The greeting: the only reply that nobody asks for.
    pub(crate) async fn greeting(&mut self) -> Result<Reply, Error> {
        self.final_reply("waiting for the server's greeting").await
    }

    /// Sends `command` and gives its final reply, of whatever class.
    pub(crate) async fn command(&mut self, command: &Command) -> Result<Reply, Error> {
        self.send(command).await?;
        self.final_reply(&format!("waiting for the reply to {}", command.verb()))
            .await
    }

    /// Sends `command`, whose final reply has to be of class 2yz.
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

    /// Sends `commands` in one go, without waiting for a reply. Only for servers that are known to answer
    /// them one after the other.
    pub(crate) async fn send_all(&mut self, commands: &[Command]) -> Result<(), Error> {
        if self.exchange.outstanding() == 0 {
            self.look().await?;
        }
        if self.is_broken {
            return Err(unusable());
        }
        let mut lines = Zeroizing::new(Vec::new());
        for command in commands {
            self.observe(&Event::Command {
                line: &command.to_string(),
            });
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
        let sent = sent.await.map_err(|_| {
            let what = format!("{verb} could not be sent");
            Error::timeout(ErrorDetail::SendTimedOut, what)
        })?;
        match sent {
            Ok(()) => {
                for command in commands {
                    self.exchange.sent(command);
                }
                self.is_broken = false;
                Ok(())
            }
            Err(error) => Err(self.farewell(error).await),
        }
    }

    /// The next reply, preliminary or final, within the time limit.
    pub(crate) async fn reply(&mut self, waiting: &str) -> Result<Reply, Error> {
        match timeout(self.limit, poll_fn(|cx| self.poll_reply(cx))).await {
            Ok(reply) => reply,
            Err(_) => {
                self.is_broken = true;
                let what = format!("no reply while {waiting}");
                Err(Error::timeout(ErrorDetail::ReplyTimedOut, what))
            }
        }
    }

    /// The next final reply; a preliminary one before it is passed over.
    pub(crate) async fn final_reply(&mut self, waiting: &str) -> Result<Reply, Error> {
        loop {
            let reply = self.reply(waiting).await?;
            if reply.class() != ReplyClass::Preliminary {
                return Ok(reply);
            }
        }
    }

    /// The next reply. Safe to stop polling at any time.
    pub(crate) fn poll_reply(&mut self, cx: &mut Context<'_>) -> Poll<Result<Reply, Error>> {
        if self.is_broken {
            return Poll::Ready(Err(unusable()));
        }
        self.poll_last_reply(cx)
    }

    /// The next reply, also on a connection that is broken.
    fn poll_last_reply(&mut self, cx: &mut Context<'_>) -> Poll<Result<Reply, Error>> {
        loop {
            match self.decoder.next_reply() {
                Ok(Some(reply)) => return Poll::Ready(self.book(reply)),
                Ok(None) => {}
                Err(error) => {
                    self.is_broken = true;
                    let what = "the server's reply cannot be understood";
                    let detail = match &error {
                        DecodeError::NotAReply { excerpt } => protocol_of(excerpt.as_bytes()),
                        _ => None,
                    };
                    let detail = detail.unwrap_or(ErrorDetail::UnreadableReply);
                    return Poll::Ready(Err(Error::protocol(detail, what).with_source(error)));
                }
            }
            let Some(stream) = self.stream.as_mut() else {
                return Poll::Ready(Err(unusable()));
            };
            let mut chunk = [0; 4096];
            let mut chunk = ReadBuf::new(&mut chunk);
            match ready!(Pin::new(stream).poll_read(cx, &mut chunk)) {
                Ok(()) if chunk.filled().is_empty() => {
                    let end = io::Error::from(io::ErrorKind::UnexpectedEof);
                    return Poll::Ready(Err(self.lost(end)));
                }
                Ok(()) => self.decoder.push(chunk.filled()),
                Err(error) => return Poll::Ready(Err(self.lost(error))),
            }
        }
    }

    /// Begins TLS on a connection that has been in clear text, after the 234.
    pub(crate) async fn begin_tls(&mut self, tether: &mut Tether) -> Result<(), Error> {
        if !self.decoder.is_empty() {
            self.is_broken = true;
            let smuggled = escape(&self.decoder.take_remainder());
            let what = format!("something was smuggled in ahead of TLS: {smuggled}");
            let error = Error::new(ErrorKind::Tls, what);
            return Err(error.with_detail(ErrorDetail::SmuggledAheadOfTls));
        }
        let Some(ControlStream::Clear(tcp)) = self.stream.take() else {
            return Err(unusable());
        };
        self.observe(&Event::InitializingTls);
        // A part of the handshake; a certificate that is refused ends it.
        self.observe(&Event::VerifyingCertificate);
        let secured = timeout(self.limit, ControlStream::secure(tcp, tether)).await;
        let secured = secured.map_err(|_| {
            let what = "the TLS handshake took too long";
            Error::timeout(ErrorDetail::HandshakeTimedOut, what)
        })?;
        let stream = secured.map_err(|error| error.explain("the TLS handshake failed"))?;
        if let Some(negotiated) = stream.negotiated() {
            self.observe(&Event::TlsEstablished {
                protocol: negotiated.protocol,
                cipher: &negotiated.cipher,
            });
        }
        self.stream = Some(stream);
        Ok(())
    }

    /// Goes back to clear text, after the reply to `CCC` (RFC 4217 section 12.3).
    pub(crate) async fn end_tls(&mut self) -> Result<(), Error> {
        let stream = self.stream.take().ok_or_else(unusable)?;
        let cleared = timeout(self.limit, stream.clear()).await;
        let cleared = cleared.map_err(|_| {
            let what = "the server does not end TLS";
            Error::timeout(ErrorDetail::TlsNotEnded, what)
        })?;
        let stream = cleared.map_err(|error| {
            let error = Error::network("TLS could not be ended", error);
            error.with_detail(ErrorDetail::TlsNotEnded)
        })?;
        self.stream = Some(stream);
        let reason = "TLS was ended after the login";
        self.observe(&Event::ClearText { reason });
        Ok(())
    }

    /// Ends TLS and TCP in order, without waiting for the server for longer than `limit`.
    pub(crate) async fn close(&mut self, limit: Duration) {
        self.is_broken = true;
        if let Some(mut stream) = self.stream.take() {
            // The session is over either way; there is nobody left to tell.
            let _ = timeout(limit, stream.shutdown()).await;
        }
    }

    fn book(&mut self, reply: Reply) -> Result<Reply, Error> {
        self.observe(&Event::Reply { reply: &reply });
        match self.exchange.received(&reply) {
            Ok(matched) if matched.kind == MatchKind::Goodbye => {
                self.is_broken = true;
                let is_full = is_too_many(&reply);
                let error = Error::refused("the server ends the session", reply);
                Err(match is_full {
                    true => error.with_detail(ErrorDetail::TooManyConnections),
                    false => error,
                })
            }
            Ok(_) => Ok(reply),
            Err(stray) => {
                self.is_broken = true;
                let what = "the server sent a reply that nobody asked for";
                Err(Error::protocol(ErrorDetail::StrayReply, what).with_reply(stray.0))
            }
        }
    }

    /// The connection broke while a command was sent; the server may have said why before.
    async fn farewell(&mut self, cause: io::Error) -> Error {
        let limit = self.limit.min(Duration::from_secs(2));
        match timeout(limit, poll_fn(|cx| self.poll_last_reply(cx))).await {
            Ok(Err(error)) if error.reply().is_some() => error,
            _ => self.lost(cause),
        }
    }

    fn lost(&mut self, error: io::Error) -> Error {
        self.is_broken = true;
        let plaintext = self.stream.as_ref().and_then(ControlStream::plaintext);
        if let Some(plaintext) = plaintext {
            let lines = plaintext.trim_ascii().split(|byte| *byte == b'\n');
            let lines: Vec<_> = lines.map(|line| escape(line.trim_ascii())).collect();
            let what = format!("the server broke off in plain text: {}", lines.join(" / "));
            // A process of vsftpd that dies says so past TLS ("500 OOPS: child died").
            let (kind, detail) = match self.is_logged_in {
                true => (ErrorKind::Network, ErrorDetail::ConnectionLost),
                false => (ErrorKind::Tls, ErrorDetail::PlaintextAnswered),
            };
            return Error::new(kind, what).with_detail(detail);
        }
        match TlsError::from(error) {
            TlsError::Ended(_) => {
                let what = "the server closed the control connection";
                Error::new(ErrorKind::Network, what).with_detail(ErrorDetail::ConnectionClosed)
            }
            error => error.explain("the control connection is lost"),
        }
    }
}

fn unusable() -> Error {
    let what = "the control connection can no longer be used";
    Error::new(ErrorKind::Network, what).with_detail(ErrorDetail::ConnectionLost)
}
