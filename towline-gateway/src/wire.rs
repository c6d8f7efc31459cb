//! The bytes of a connection in front, in clear text or in TLS.

use std::io::{self, Read as _};
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll};

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

/// A connection with a client.
#[derive(Debug)]
pub(crate) enum Wire {
    Clear(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
    /// The connection was lost while TLS began or ended.
    Gone,
}

impl Wire {
    fn tcp(&self) -> Option<&TcpStream> {
        match self {
            Self::Clear(stream) => Some(stream),
            Self::Tls(stream) => Some(stream.get_ref().0),
            Self::Gone => None,
        }
    }

    pub(crate) fn is_tls(&self) -> bool {
        matches!(self, Self::Tls(_))
    }

    /// Reads what has arrived behind urgent data. The system ends a read there, which the runtime
    /// takes for the end of what has arrived. Returns 0 if there is nothing.
    pub(crate) fn read_behind_mark(&self, buffer: &mut [u8]) -> usize {
        match self {
            // An error, or the end, shows in the next read.
            Self::Clear(stream) => (&*SockRef::from(stream)).read(buffer).unwrap_or(0),
            Self::Tls(_) | Self::Gone => 0,
        }
    }

    /// Whether the client's direction has ended, or is lost, as the system knows by now.
    pub(crate) fn has_ended(&self) -> bool {
        let Some(stream) = self.tcp() else {
            return true;
        };
        match SockRef::from(stream).peek(&mut [MaybeUninit::uninit()]) {
            Ok(count) => count == 0,
            Err(error) => error.kind() != io::ErrorKind::WouldBlock,
        }
    }

    /// Ends the connection with a reset, which no client takes for the end of the data.
    pub(crate) fn reset(self) {
        // Without the option, the client sees an orderly end; then its reply alone tells.
        let _ = self.tcp().map(TcpStream::set_zero_linger);
    }

    /// Ends our direction in order: `close_notify` if there is TLS, then FIN.
    pub(crate) async fn close(&mut self) -> io::Result<()> {
        if let Some(stream) = self.tcp() {
            SockRef::from(stream).set_linger(None)?;
        }
        self.shutdown().await
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Clear(stream) => Pin::new(stream).poll_read(cx, buffer),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_read(cx, buffer),
            Self::Gone => Poll::Ready(Err(gone())),
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Clear(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_write(cx, bytes),
            Self::Gone => Poll::Ready(Err(gone())),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Clear(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_flush(cx),
            Self::Gone => Poll::Ready(Err(gone())),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Clear(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_shutdown(cx),
            Self::Gone => Poll::Ready(Err(gone())),
        }
    }
}

/// Makes the system end `stream` with a reset, unless [`Wire::close`] ends it: even if this process
/// is killed, a client that receives data never sees an orderly end after a part of it.
pub(crate) fn reset_unless_closed(stream: &TcpStream) -> io::Result<()> {
    stream.set_zero_linger()
}

/// Whether TLS has ended without `close_notify`.
pub(crate) fn is_unclosed(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::UnexpectedEof
}

fn gone() -> io::Error {
    io::ErrorKind::NotConnected.into()
}
