//! The control connection with a client: lines in, replies out.
//!
//! Reading and writing may be dropped at any time without a loss: what was read stays in the
//! decoder, and what is left to write goes out first next time.

use std::collections::VecDeque;
use std::future::pending;
use std::io;
use std::net::IpAddr;
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use towline_proto::codec::{CommandDecoder, CommandLine, CommandTooLong};
use towline_proto::command::Command;
use towline_proto::reply::Reply;

use crate::pipe::within;
use crate::tls::{ClientTls, end};
use crate::wire::Wire;

/// The bytes per read.
const PIECE: usize = 4096;

/// The lines that may wait for their turn. Beyond that, the client has to wait.
pub(crate) const MOST_KEPT: usize = 64;

/// How often in a row the bytes behind a mark of urgent data are read. A client has at most one
/// such mark at a time.
const MOST_MARKS: usize = 4;

/// How long a client may refuse to take a reply.
const PATIENCE: Duration = Duration::from_secs(30);

/// A line, or the fact that it was too long.
pub(crate) type Line = Result<CommandLine, CommandTooLong>;

/// A control connection.
#[derive(Debug)]
pub(crate) struct Control {
    wire: Wire,
    decoder: CommandDecoder,
    piece: Box<[u8]>,
    /// Lines that were read while a command was carried out, and have to wait for its end.
    waiting: VecDeque<Line>,
    /// What has yet to be written.
    outgoing: Vec<u8>,
    local: IpAddr,
    peer: IpAddr,
}

impl Control {
    /// Takes over a connection whose lines have at most `limit` bytes.
    pub(crate) fn new(stream: TcpStream, limit: usize) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        // Some clients send the end of an urgent ABOR out of band, where it would be lost.
        SockRef::from(&stream).set_out_of_band_inline(true)?;
        Ok(Self {
            local: stream.local_addr()?.ip().to_canonical(),
            peer: stream.peer_addr()?.ip().to_canonical(),
            wire: Wire::Clear(stream),
            decoder: CommandDecoder::new(limit),
            piece: vec![0; PIECE].into(),
            waiting: VecDeque::new(),
            outgoing: Vec::new(),
        })
    }

    /// The address that the client has reached.
    pub(crate) fn local(&self) -> IpAddr {
        self.local
    }

    /// The address of the client.
    pub(crate) fn peer(&self) -> IpAddr {
        self.peer
    }

    /// Returns the next line, or `None` at the end of the connection.
    pub(crate) async fn line(&mut self) -> io::Result<Option<Line>> {
        if let Some(line) = self.waiting.pop_front() {
            return Ok(Some(line));
        }
        self.arriving_line().await
    }

    /// Returns the next line that arrives, ahead of those that [wait](Self::keep).
    pub(crate) async fn arriving_line(&mut self) -> io::Result<Option<Line>> {
        self.flush().await?;
        loop {
            match self.decoder.next_line() {
                Ok(None) => {}
                Ok(Some(line)) => return Ok(Some(Ok(line))),
                Err(error) => return Ok(Some(Err(error))),
            }
            let count = self.wire.read(&mut self.piece).await?;
            if count == 0 {
                return Ok(None);
            }
            self.decoder.push(&self.piece[..count]);
            self.read_behind_marks();
        }
    }

    fn read_behind_marks(&mut self) {
        for _ in 0..MOST_MARKS {
            match self.wire.read_behind_mark(&mut self.piece) {
                0 => return,
                count => self.decoder.push(&self.piece[..count]),
            }
        }
    }

    /// Keeps a line until the command that is being carried out has ended.
    pub(crate) fn keep(&mut self, line: Line) {
        self.waiting.push_back(line);
    }

    /// How many lines wait for their turn.
    pub(crate) fn kept(&self) -> usize {
        self.waiting.len()
    }

    /// Whether the last line that waits says goodbye, so that the client may close the connection.
    pub(crate) fn has_said_goodbye(&self) -> bool {
        let last = self.waiting.back().and_then(|line| line.as_ref().ok());
        last.is_some_and(|line| matches!(Command::parse(&line.bytes), Ok(Command::Quit)))
    }

    /// Whether the client's side has ended, or is lost, and nothing more is to be read.
    pub(crate) fn has_ended(&self) -> bool {
        self.wire.has_ended()
    }

    /// Waits until the client leaves. What it sends meanwhile waits for its turn. A client that has
    /// sent further commands may have closed its side alone, and still wants the answers.
    pub(crate) async fn left(&mut self) {
        while self.kept() < MOST_KEPT {
            match self.arriving_line().await {
                Ok(Some(line)) => self.keep(line),
                Ok(None) => match self.kept() {
                    0 => return,
                    1 if self.has_said_goodbye() => return,
                    _ => break,
                },
                Err(_) => return,
            }
        }
        pending().await
    }

    pub(crate) fn is_tls(&self) -> bool {
        self.wire.is_tls()
    }

    /// Begins TLS, within `limit`. Drops what the client has sent ahead in clear text, since
    /// anybody on the path could have written it (RFC 4217 section 4.2).
    pub(crate) async fn secure(&mut self, tls: &ClientTls, limit: Duration) -> io::Result<()> {
        self.flush().await?;
        self.decoder.clear();
        self.waiting.clear();
        self.wire = match std::mem::replace(&mut self.wire, Wire::Gone) {
            Wire::Clear(stream) => {
                Wire::Tls(Box::new(tls.accept(stream, limit.min(PATIENCE)).await?))
            }
            other => other,
        };
        Ok(())
    }

    /// Ends TLS, and continues in clear text.
    pub(crate) async fn clear(&mut self) -> io::Result<()> {
        self.flush().await?;
        self.wire = match std::mem::replace(&mut self.wire, Wire::Gone) {
            Wire::Tls(stream) => Wire::Clear(end(*stream, PATIENCE).await?),
            other => other,
        };
        Ok(())
    }

    /// Sends a reply.
    pub(crate) async fn reply(&mut self, reply: &Reply) -> io::Result<()> {
        self.outgoing.extend_from_slice(&reply.encode());
        self.flush().await
    }

    async fn flush(&mut self) -> io::Result<()> {
        while !self.outgoing.is_empty() {
            match within(PATIENCE, self.wire.write(&self.outgoing)).await? {
                0 => return Err(io::ErrorKind::WriteZero.into()),
                written => drop(self.outgoing.drain(..written)),
            }
        }
        within(PATIENCE, self.wire.flush()).await
    }

    /// Closes the connection in order. The result no longer matters.
    pub(crate) async fn close(mut self) {
        let close = async {
            self.flush().await?;
            self.wire.close().await
        };
        let _ = timeout(Duration::from_secs(2), close).await;
    }
}
