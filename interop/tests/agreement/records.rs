//! A TCP connection that gives TLS one record at a time.
//!
//! `rustls` takes in all that it is given before it gives out what it contained. With a record at a
//! time the place of a ticket in the stream is known: it came ahead of a reply, or behind it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

const HEADER: usize = 5;

/// See the module.
#[derive(Debug)]
pub(crate) struct Records {
    pub(crate) stream: TcpStream,
    header: Vec<u8>,
    /// What the body of the record still lacks.
    left: usize,
}

impl Records {
    pub(crate) fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            header: Vec::with_capacity(HEADER),
            left: 0,
        }
    }

    fn advance(&mut self, bytes: &[u8]) {
        if self.left > 0 {
            self.left -= bytes.len();
            return;
        }
        self.header.extend_from_slice(bytes);
        if let [_, _, _, high, low] = self.header[..] {
            self.left = usize::from(u16::from_be_bytes([high, low]));
            self.header.clear();
        }
    }
}

impl AsyncRead for Records {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let wanted = match this.left {
            0 => HEADER - this.header.len(),
            left => left,
        };
        let wanted = wanted.min(buffer.remaining());
        let mut part = ReadBuf::new(buffer.initialize_unfilled_to(wanted));
        ready!(Pin::new(&mut this.stream).poll_read(context, &mut part))?;
        this.advance(part.filled());
        let count = part.filled().len();
        buffer.advance(count);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Records {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}
