//! A TCP connection that gives TLS one record at a time.
//!
//! `rustls` takes in all the bytes that it gets before it returns their contents. If it gets one
//! record at a time, the position of a ticket in the stream is known: before a reply or after it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;

const HEADER: usize = 5;

/// A TCP connection that gives TLS one record at a time.
#[derive(Debug)]
pub(crate) struct Records {
    pub(crate) stream: TcpStream,
    header: Vec<u8>,
    /// The number of bytes that the body of the record still lacks.
    left: usize,
    outgoing: Outgoing,
}

/// What happens to written bytes.
#[derive(Debug)]
enum Outgoing {
    Sent,
    /// The first write is sent, and all later writes are kept.
    FirstOnly,
    Kept(Vec<u8>),
}

impl Records {
    pub(crate) fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            header: Vec::with_capacity(HEADER),
            left: 0,
            outgoing: Outgoing::Sent,
        }
    }

    /// Creates a connection that sends the `ClientHello`, and keeps later writes until
    /// [`release`](Self::release).
    pub(crate) fn keeping(stream: TcpStream) -> Self {
        Self {
            outgoing: Outgoing::FirstOnly,
            ..Self::new(stream)
        }
    }

    /// Sends the kept bytes in one write.
    pub(crate) async fn release(&mut self) -> io::Result<()> {
        match std::mem::replace(&mut self.outgoing, Outgoing::Sent) {
            Outgoing::Kept(bytes) => self.stream.write_all(&bytes).await,
            Outgoing::Sent | Outgoing::FirstOnly => Ok(()),
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
        let this = self.get_mut();
        if let Outgoing::Kept(kept) = &mut this.outgoing {
            kept.extend_from_slice(bytes);
            return Poll::Ready(Ok(bytes.len()));
        }
        let written = ready!(Pin::new(&mut this.stream).poll_write(context, bytes));
        if matches!(this.outgoing, Outgoing::FirstOnly) {
            this.outgoing = Outgoing::Kept(Vec::new());
        }
        Poll::Ready(written)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}
