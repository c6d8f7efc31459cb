//! A TCP stream that delivers whole TLS records.
//!
//! The control connection reads through this stream for two reasons. A local record may be fed only
//! while TLS holds no partial record. And plaintext inside the TLS stream, such as vsftpd's
//! `500 OOPS: ...`, is recognised and kept for the error message.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::quick_ack::acknowledge;

const HEADER: usize = 5;
/// The larger of the limits of the two versions (RFC 5246 section 6.2.3).
const MAX_BODY: usize = (1 << 14) + 2048;
/// The most plaintext to keep for an error message.
const MAX_PLAINTEXT: usize = 1024;

/// See the module documentation.
#[derive(Debug)]
pub(super) struct RecordStream {
    tcp: TcpStream,
    /// Received but not delivered yet.
    buffer: Vec<u8>,
    /// The number of bytes at the start of `buffer` that belong to a complete record and are not
    /// delivered yet.
    ready: usize,
    plaintext: Vec<u8>,
}

impl RecordStream {
    pub(super) fn new(tcp: TcpStream) -> Self {
        Self {
            tcp,
            buffer: Vec::new(),
            ready: 0,
            plaintext: Vec::new(),
        }
    }

    /// Returns the underlying connection; `None` if received bytes would be lost.
    pub(super) fn into_clear(self) -> Option<TcpStream> {
        self.buffer.is_empty().then_some(self.tcp)
    }

    /// Whether everything delivered so far ends with a whole record.
    pub(super) fn at_boundary(&self) -> bool {
        self.ready == 0
    }

    /// Returns what the peer sent outside TLS, if anything.
    pub(super) fn plaintext(&self) -> Option<&[u8]> {
        (!self.plaintext.is_empty()).then_some(&self.plaintext)
    }

    /// Returns the next whole record, if it has already arrived.
    pub(super) fn received_record(&mut self) -> io::Result<Option<Vec<u8>>> {
        debug_assert!(self.at_boundary());
        loop {
            if let Some(len) = record_len(&self.buffer)? {
                return Ok(Some(self.buffer.drain(..len).collect()));
            }
            match self.tcp.try_read_buf(&mut self.buffer) {
                Ok(0) => return Ok(None),
                Ok(_) => acknowledge(&self.tcp),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
                Err(error) => return Err(error),
            }
        }
    }

    /// Collects the rest of a line of plaintext, then reports it.
    fn poll_plaintext(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        self.plaintext.append(&mut self.buffer);
        while self.plaintext.len() < MAX_PLAINTEXT && !self.plaintext.contains(&b'\n') {
            let mut chunk = [0; MAX_PLAINTEXT];
            let mut chunk = ReadBuf::new(&mut chunk);
            match ready!(Pin::new(&mut self.tcp).poll_read(cx, &mut chunk)) {
                Ok(()) if !chunk.filled().is_empty() => {
                    self.plaintext.extend_from_slice(chunk.filled());
                }
                Ok(()) | Err(_) => break,
            }
        }
        Poll::Ready(not_tls())
    }
}

/// Returns the length of the record at the start of `bytes`, if it is whole.
pub(super) fn record_len(bytes: &[u8]) -> io::Result<Option<usize>> {
    let Some(start) = bytes.first_chunk() else {
        return Ok(None);
    };
    if !begins_record(*start) {
        return Err(not_tls());
    }
    let Some(&[high, low]) = bytes.get(3..HEADER) else {
        return Ok(None);
    };
    let body = usize::from(u16::from_be_bytes([high, low]));
    if body > MAX_BODY {
        return Err(not_tls());
    }
    let len = HEADER + body;
    Ok((bytes.len() >= len).then_some(len))
}

/// Whether a record of TLS 1.0 to 1.3 begins with these bytes.
pub(super) fn begins_record([kind, major]: [u8; 2]) -> bool {
    (20..=23).contains(&kind) && major == 3
}

fn not_tls() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        "the server sent bytes outside TLS",
    )
}

impl AsyncRead for RecordStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            if this.ready > 0 {
                let len = this.ready.min(out.remaining());
                out.put_slice(&this.buffer[..len]);
                this.buffer.drain(..len);
                this.ready -= len;
                return Poll::Ready(Ok(()));
            }
            match record_len(&this.buffer) {
                Ok(Some(len)) => {
                    this.ready = len;
                    continue;
                }
                Ok(None) if this.plaintext.is_empty() => {}
                Ok(None) | Err(_) => {
                    return Poll::Ready(Err(ready!(this.poll_plaintext(cx))));
                }
            }
            let mut chunk = [0; 4096];
            let mut chunk = ReadBuf::new(&mut chunk);
            ready!(Pin::new(&mut this.tcp).poll_read(cx, &mut chunk))?;
            if chunk.filled().is_empty() {
                // The end. A truncated record is dropped; TLS then misses its close_notify.
                return Poll::Ready(Ok(()));
            }
            this.buffer.extend_from_slice(chunk.filled());
            acknowledge(&this.tcp);
        }
    }
}

impl AsyncWrite for RecordStream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().tcp).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().tcp).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().tcp).poll_shutdown(cx)
    }
}
