//! The bytes of a data connection over a non-blocking socket. If an operation would block, it fails
//! with [`io::ErrorKind::WouldBlock`], and the caller waits for the socket.

use std::io::{self, Read, Write};
use std::sync::Arc;

use rustls::Error;

use super::connection::Connection;
use super::recv_buffer::RecvBuffer;
use super::store::DataStore;

/// The most bytes to encrypt at once and send in one system call.
const SENT_AT_ONCE: usize = 128 * 1024;

/// See the module documentation.
#[derive(Debug)]
pub(super) struct Wire {
    recv_buffer: RecvBuffer,
    /// How many bytes of the contents of the receive buffer [`Self::collect`] has reported.
    told: usize,
    tls: Option<Tls>,
    /// How the server's direction ended, once it has.
    ended: Option<End>,
    /// An error to report after the contents of the receive buffer.
    failure: Option<io::Error>,
}

/// The TLS state of a data connection.
#[derive(Debug)]
pub(super) struct Tls {
    pub(super) connection: Box<Connection>,
    pub(super) store: Arc<DataStore>,
}

/// The result of collecting bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Collected {
    /// This many more bytes have arrived.
    More(usize),
    /// The buffer is full.
    Full,
    /// The server's direction has ended.
    End,
}

/// How the server ended its direction of a data connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// With a `close_notify`: nothing was truncated. Always the case in clear text, which cannot
    /// show truncation.
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

    /// Continues the handshake until it completes.
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

    /// Returns the first segment of the bytes that have arrived. Empty at the end: see
    /// [`Self::end`].
    pub(super) fn fill(&mut self, tcp: &mut (impl Read + Write)) -> io::Result<&[u8]> {
        while self.recv_buffer.is_empty() {
            if let Some(failure) = self.failure.take() {
                return Err(failure);
            }
            let decrypted = self.decrypt(tcp, usize::MAX);
            if self.recv_buffer.is_empty() {
                // An error behind contents is reported by a later call.
                decrypted?;
                if self.ended.is_some() {
                    return Ok(&[]);
                }
                self.receive(tcp)?;
            }
        }
        Ok(self.pieces().next().unwrap_or_default())
    }

    /// Adds to the bytes that have arrived, to collect many at once. Stops at about `most` more, to
    /// within one record.
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

    /// Returns the bytes that have arrived, in segments.
    pub(super) fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        self.recv_buffer.pieces()
    }

    /// Marks `len` bytes of the first segment as used.
    pub(super) fn consume(&mut self, len: usize) {
        self.recv_buffer.consume(len);
        self.told = self.told.saturating_sub(len);
    }

    /// Marks all bytes that have arrived as used.
    pub(super) fn clear(&mut self) {
        self.recv_buffer.clear();
        self.told = 0;
    }

    /// Makes the next receiving call fail with `error`.
    pub(super) fn fail(&mut self, error: io::Error) {
        self.failure = Some(error);
    }

    /// Returns how the server's direction ended, once it has ended and all bytes are used.
    pub(super) fn end(&self) -> Option<End> {
        self.ended.filter(|_| self.recv_buffer.is_empty())
    }

    /// Reads and discards everything until the end of the server's direction.
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
            // The rest is sent before anything else.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(len),
            flushed => flushed.map(|()| len),
        }
    }

    /// Sends everything, followed by the client's `close_notify`.
    pub(super) fn close(&mut self, tcp: &mut (impl Read + Write)) -> io::Result<()> {
        if let Some(Tls { connection, .. }) = &mut self.tls {
            connection.close(&mut self.recv_buffer).map_err(failed)?;
        }
        self.flush(tcp)
    }

    /// Sends what is encrypted already.
    pub(super) fn flush(&mut self, tcp: &mut impl Write) -> io::Result<()> {
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

    /// Decrypts what was received. Stops early once that has produced `most` bytes.
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
            // Send a pending alert if that does not block.
            let _ = self.flush(tcp);
            failed(error)
        })
    }

    /// Receives bytes, or notices the end of the server's direction.
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
