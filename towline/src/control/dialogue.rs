//! The control connection: commands and their replies, always kept in step.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
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
use towline_proto::secret::Mask;
use zeroize::Zeroizing;

use crate::error::{Error, ErrorDetail, ErrorKind, protocol_of};
use crate::observer::{Event, Reporter};
use crate::server::{TakenId, is_too_many};
use crate::tls::{ControlStream, Tether, TlsError};

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
    is_broken: bool,
    is_logged_in: bool,
}

impl Control {
    /// Creates a dialogue over `stream`, on the control connection `id`. `limit` bounds each wait.
    /// What the server sends is shown through `mask`. The greeting is the first reply expected.
    pub(crate) fn new(
        stream: ControlStream,
        reporter: Reporter,
        id: TakenId,
        limit: Duration,
        mask: Arc<Mask>,
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
            mask,
            is_broken: false,
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

    /// Returns whether another command may be sent.
    pub(crate) fn is_usable(&self) -> bool {
        !self.is_broken && self.exchange.outstanding() == 0 && self.decoder.is_empty()
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

    /// Marks the connection as broken.
    pub(crate) fn mark_broken(&mut self) {
        self.is_broken = true;
    }

    /// Encodes all further commands in the form that `server` reads.
    pub(crate) fn speak_to(&mut self, server: Server) {
        self.server = server;
    }

    /// Returns the underlying stream, if there is one.
    pub(crate) fn stream(&mut self) -> Option<&mut ControlStream> {
        self.stream.as_mut()
    }

    /// Waits for the greeting, the only reply without a command.
    pub(crate) async fn greeting(&mut self) -> Result<Reply, Error> {
        self.final_reply("waiting for the server's greeting").await
    }

    /// Sends `command` and returns its final reply, of any class.
    pub(crate) async fn command(&mut self, command: &Command) -> Result<Reply, Error> {
        self.send(command).await?;
        self.final_reply(&format!("waiting for the reply to {}", command.verb()))
            .await
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

    /// Returns the next reply, preliminary or final. Fails if it exceeds the time limit.
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

    /// Returns the next final reply and skips preliminary ones.
    pub(crate) async fn final_reply(&mut self, waiting: &str) -> Result<Reply, Error> {
        loop {
            let reply = self.reply(waiting).await?;
            if reply.class() != ReplyClass::Preliminary {
                return Ok(reply);
            }
        }
    }

    /// Polls for the next reply. Safe to stop polling at any time.
    pub(crate) fn poll_reply(&mut self, cx: &mut Context<'_>) -> Poll<Result<Reply, Error>> {
        if self.is_broken {
            return Poll::Ready(Err(unusable()));
        }
        self.poll_last_reply(cx)
    }

    /// Polls for the next reply, even on a broken connection.
    fn poll_last_reply(&mut self, cx: &mut Context<'_>) -> Poll<Result<Reply, Error>> {
        loop {
            match self.decoder.next_reply() {
                Ok(Some(reply)) => return Poll::Ready(self.book(reply)),
                Ok(None) => {}
                Err(error) => {
                    self.is_broken = true;
                    let (detail, error) = match error {
                        DecodeError::NotAReply { excerpt } => {
                            let detail = protocol_of(excerpt.as_bytes());
                            let excerpt = self.masked(excerpt);
                            (detail, DecodeError::NotAReply { excerpt })
                        }
                        error => (None, error),
                    };
                    let what = match detail {
                        Some(ErrorDetail::HttpAnswered) => "a web server answers on this port",
                        Some(ErrorDetail::SshAnswered) => "an SSH server answers on this port",
                        _ => "the server's reply cannot be understood",
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

    /// Starts TLS on a clear-text connection, after the 234 reply.
    pub(crate) async fn begin_tls(&mut self, tether: &mut Tether) -> Result<(), Error> {
        if !self.decoder.is_empty() {
            self.is_broken = true;
            let smuggled = escape(&self.decoder.take_remainder());
            let what = format!("clear text arrived ahead of the TLS handshake: {smuggled}");
            let error = Error::new(ErrorKind::Tls, what);
            return Err(error.with_detail(ErrorDetail::SmuggledAheadOfTls));
        }
        let Some(ControlStream::Clear(tcp)) = self.stream.take() else {
            return Err(unusable());
        };
        self.observe(&Event::InitializingTls);
        // Part of the handshake: a refused certificate ends it.
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

    /// Returns to clear text, after the reply to `CCC` (RFC 4217 section 12.3).
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

    /// Closes TLS and TCP in order. Waits at most `limit` for the server.
    pub(crate) async fn close(&mut self, limit: Duration) {
        self.is_broken = true;
        if let Some(mut stream) = self.stream.take() {
            // The session is over either way, so an error has no effect.
            let _ = timeout(limit, stream.shutdown()).await;
        }
    }

    /// Returns `text` without the secrets that the server has echoed in it.
    fn masked(&self, text: String) -> String {
        match self.mask.applied(text.as_bytes()) {
            Some(masked) => String::from_utf8_lossy(&masked).into_owned(),
            None => text,
        }
    }

    fn book(&mut self, mut reply: Reply) -> Result<Reply, Error> {
        reply.mask(&self.mask);
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
                let what = "the server sent an unsolicited reply";
                Err(Error::protocol(ErrorDetail::StrayReply, what).with_reply(stray.0))
            }
        }
    }

    /// Returns the error for a connection that broke during a send. The server may have sent its
    /// reason before that.
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
            let text = self.masked(lines.join(" / "));
            let what = format!("the server broke off in plain text: {text}");
            // A dying vsftpd process reports this outside TLS ("500 OOPS: child died").
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
