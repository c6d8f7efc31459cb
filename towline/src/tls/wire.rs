//! A data connection's bytes over a socket that never blocks. Whoever calls waits for the socket where
//! it would have: see [`io::ErrorKind::WouldBlock`].

use std::io::{self, Read, Write};
use std::sync::Arc;

use rustls::Error;

use super::connection::Connection;
use super::recv_buffer::RecvBuffer;
use super::store::DataStore;

/// How much is encrypted, and sent in one system call.
const SENT_AT_ONCE: usize = 128 * 1024;

/// See the module's documentation.
#[derive(Debug)]
pub(super) struct Wire {
    recv_buffer: RecvBuffer,
    /// Of the contents in the receive buffer, those that [`Self::collect`] has told of.
    told: usize,
    tls: Option<Tls>,
    /// The other side's direction has ended.
    ended: Option<End>,
    /// An error that comes after the contents in the receive buffer.
    failure: Option<io::Error>,
}

/// What a data connection inside TLS has besides its socket.
#[derive(Debug)]
pub(super) struct Tls {
    pub(super) connection: Box<Connection>,
    pub(super) store: Arc<DataStore>,
}

/// What collecting comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Collected {
    /// So many bytes more are there.
    More(usize),
    /// There is no room for more.
    Full,
    /// No more will come.
    End,
}

/// How the server ended its direction of a data connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// With a `close_notify`: nothing was cut off. In clear text, where nothing tells, always so.
    Clean,
    /// Without one: bytes may be missing.
    Cut,
}

impl Wire {
    pub(super) fn new(tls: Option<Tls>) -> Self {
        Self {
            recv_buffer: RecvBuffer::new(),
            told: 0,
            tls,
            ended: None,
            failure: None,
        }
    }

    pub(super) fn tls(&self) -> Option<&Tls> {
        self.tls.as_ref()
    }

    /// Goes on with the handshake, to its end.
    pub(super) fn handshake(&mut self, tcp: &mut (impl Read + Write)) -> io::Result<()> {
        loop {
            let decrypted = self.decrypt(tcp, usize::MAX);
            let flushed = self.flush(tcp);
            decrypted?;
            flushed?;
            let Some(Tls { connection, .. }) = &self.tls else {
                return Ok(());
            };
            if !connection.state().is_handshaking() {
                return Ok(());
            }
            if self.ended.is_none() {
                self.receive(tcp)?;
            }
            if self.ended.is_some() {
                let what = "the server ended the connection during the handshake";
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, what));
            }
        }
    }

    /// The first of the bytes that have arrived. Empty at the end: see [`Self::end`].
    pub(super) fn fill(&mut self, tcp: &mut (impl Read + Write)) -> io::Result<&[u8]> {
        while self.recv_buffer.is_empty() {
            if let Some(failure) = self.failure.take() {
                return Err(failure);
            }
            let decrypted = self.decrypt(tcp, usize::MAX);
            if self.recv_buffer.is_empty() {
                // An error behind contents comes again.
                decrypted?;
                if self.ended.is_some() {
                    return Ok(&[]);
                }
                self.receive(tcp)?;
            }
        }
        Ok(self.pieces().next().unwrap_or_default())
    }

    /// Adds to the bytes that have arrived, so that many are there at once. Stops at `most` more, give
    /// or take a record.
    pub(super) fn collect(
        &mut self,
        tcp: &mut (impl Read + Write),
        most: usize,
    ) -> io::Result<Collected> {
        loop {
            let more = self.recv_buffer.len() - self.told;
            if self.failure.is_none()
                && let Err(failure) = self.decrypt(tcp, most.saturating_sub(more))
            {
                self.failure = Some(failure);
            }
            let more = self.recv_buffer.len() - self.told;
            let stops = self.failure.is_some() || self.ended.is_some() || more >= most;
            if !stops && !self.recv_buffer.room().is_empty() {
                match self.receive(tcp) {
                    Ok(()) => continue,
                    Err(error) if error.kind() != io::ErrorKind::WouldBlock => {
                        self.failure = Some(error);
                    }
                    Err(error) if more == 0 => return Err(error),
                    Err(_) => {}
                }
            }
            self.told += more;
            return match (more, self.failure.take()) {
                (0, Some(failure)) => Err(failure),
                (0, None) if self.ended.is_some() => Ok(Collected::End),
                (0, None) => Ok(Collected::Full),
                (more, failure) => {
                    self.failure = failure;
                    Ok(Collected::More(more))
                }
            };
        }
    }

    /// The bytes that have arrived, in pieces.
    pub(super) fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        self.recv_buffer.pieces()
    }

    /// Marks `len` bytes of the first piece as used.
    pub(super) fn consume(&mut self, len: usize) {
        self.recv_buffer.consume(len);
        self.told = self.told.saturating_sub(len);
    }

    /// Marks all bytes that have arrived as used.
    pub(super) fn clear(&mut self) {
        self.recv_buffer.clear();
        self.told = 0;
    }

    /// Has the next call that receives fail with `error`.
    pub(super) fn fail(&mut self, error: io::Error) {
        self.failure = Some(error);
    }

    /// How the server's direction ended, once it has and all bytes are used.
    pub(super) fn end(&self) -> Option<End> {
        self.ended.filter(|_| self.recv_buffer.is_empty())
    }

    /// Reads and throws away what comes until the end of the server's direction.
    pub(super) fn drain(&mut self, tcp: &mut (impl Read + Write)) -> io::Result<End> {
        loop {
            let len = self.fill(tcp)?.len();
            if let Some(end) = self.end() {
                return Ok(end);
            }
            self.consume(len);
        }
    }

    /// Sends some of `bytes`.
    pub(super) fn send(
        &mut self,
        tcp: &mut (impl Read + Write),
        bytes: &[u8],
    ) -> io::Result<usize> {
        self.flush(tcp)?;
        let Some(Tls { connection, .. }) = &mut self.tls else {
            return tcp.write(bytes);
        };
        let len = bytes.len().min(SENT_AT_ONCE);
        let sent = connection.send(&mut self.recv_buffer, &bytes[..len]);
        sent.map_err(failed)?;
        match self.flush(tcp) {
            // It goes ahead of what comes next.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(len),
            flushed => flushed.map(|()| len),
        }
    }

    /// Sends everything, and our `close_notify` behind it.
    pub(super) fn close(&mut self, tcp: &mut (impl Read + Write)) -> io::Result<()> {
        if let Some(Tls { connection, .. }) = &mut self.tls {
            connection.close(&mut self.recv_buffer).map_err(failed)?;
        }
        self.flush(tcp)
    }

    fn flush(&mut self, tcp: &mut impl Write) -> io::Result<()> {
        let Some(Tls { connection, .. }) = &mut self.tls else {
            return Ok(());
        };
        let outbox = connection.outbox();
        while !outbox.unsent().is_empty() {
            match tcp.write(outbox.unsent())? {
                0 => return Err(io::ErrorKind::WriteZero.into()),
                len => outbox.advance(len),
            }
        }
        Ok(())
    }

    /// Makes contents of what has been received; stops early once that has given `most` bytes.
    fn decrypt(&mut self, tcp: &mut impl Write, most: usize) -> io::Result<()> {
        if self.ended.is_some() {
            return Ok(());
        }
        let Some(Tls { connection, .. }) = &mut self.tls else {
            let len = self.recv_buffer.rest().len().min(most);
            self.recv_buffer.accept(len, Some(0..len));
            return Ok(());
        };
        let decrypted = connection.receive(&mut self.recv_buffer, most);
        if connection.is_ended() {
            self.ended = Some(End::Clean);
        }
        decrypted.map_err(|error| {
            // An alert, if it can leave at once.
            let _ = self.flush(tcp);
            failed(error)
        })
    }

    /// Receives something, or the end of the server's direction.
    fn receive(&mut self, tcp: &mut impl Read) -> io::Result<()> {
        match tcp.read(self.recv_buffer.room())? {
            0 => {
                self.ended = Some(match self.tls {
                    Some(_) => End::Cut,
                    None => End::Clean,
                });
            }
            len => self.recv_buffer.received(len),
        }
        Ok(())
    }
}

pub(super) fn failed(error: Error) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}
