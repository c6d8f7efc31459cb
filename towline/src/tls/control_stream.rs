//! The control connection's bytes: in clear text until TLS begins, and after `CCC`.

use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::failure::TlsError;
use super::quick_ack::acknowledge;
use super::record::RecordStream;
use super::replicate::{TicketCopy, TicketTap};
use super::tether::{Offer, Tether};
use super::version::Negotiated;

/// More records than any server sends between two commands.
const RECORDS_AT_ONCE: usize = 64;

/// The stream that carries the dialogue of the control connection.
#[derive(Debug)]
pub(crate) enum ControlStream {
    /// Before `AUTH TLS`, and after `CCC`.
    Clear(TcpStream),
    /// After the TLS handshake.
    Tls(Box<ControlTls>),
}

/// A control connection inside TLS.
#[derive(Debug)]
pub(crate) struct ControlTls {
    stream: TlsStream<RecordStream>,
    tap: Arc<TicketTap>,
}

impl ControlStream {
    /// Performs the handshake over `tcp`, and records the server's certificate in `tether`.
    pub(crate) async fn secure(tcp: TcpStream, tether: &mut Tether) -> Result<Self, TlsError> {
        let tap = Arc::clone(tether.tap());
        let connector = TlsConnector::from(tether.control_config());
        let mut connect = pin!(
            connector
                .connect(tether.name(), RecordStream::new(tcp))
                .into_fallible()
        );
        let stream = poll_fn(|cx| tap.enter(|| connect.as_mut().poll(cx)))
            .await
            .map_err(|(error, stream)| TlsError::handshake(error, stream.plaintext()))?;
        tether.secured(stream.get_ref().1);
        Ok(Self::Tls(Box::new(ControlTls { stream, tap })))
    }

    /// Ends TLS in both directions and continues in clear text.
    pub(crate) async fn clear(self) -> io::Result<Self> {
        let Self::Tls(tls) = self else {
            return Ok(self);
        };
        let ControlTls { mut stream, tap } = *tls;
        stream.get_mut().1.send_close_notify();
        stream.flush().await?;
        // Only tickets can arrive before the server's close_notify.
        let mut chunk = [0; 1];
        let mut chunk = ReadBuf::new(&mut chunk);
        poll_fn(|cx| tap.enter(|| Pin::new(&mut stream).poll_read(cx, &mut chunk))).await?;
        let (records, _) = stream.into_inner();
        match records.into_clear() {
            Some(tcp) if chunk.filled().is_empty() => Ok(Self::Clear(tcp)),
            _ => Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "the server continues without waiting",
            )),
        }
    }

    /// Returns what the server sent outside TLS after TLS had begun.
    pub(crate) fn plaintext(&self) -> Option<&[u8]> {
        match self {
            Self::Clear(_) => None,
            Self::Tls(tls) => tls.stream.get_ref().0.plaintext(),
        }
    }

    /// Returns the protocol and cipher suite in use, if TLS has begun.
    pub(crate) fn negotiated(&self) -> Option<Negotiated> {
        match self {
            Self::Clear(_) => None,
            Self::Tls(tls) => Some(Negotiated::of(tls.stream.get_ref().1)),
        }
    }

    /// Chooses what the next data connection of `tether` offers. First processes what has already
    /// arrived.
    pub(crate) fn offer(&mut self, tether: &Tether) -> Offer {
        // The next read of a reply will report an error.
        let _ = self.process_received();
        tether.offer(|copy| self.replay(copy))
    }

    /// Processes the TLS records that have already arrived, so that tickets among them are
    /// available. The number is limited, in case the server keeps sending.
    fn process_received(&mut self) -> io::Result<()> {
        let Self::Tls(tls) = self else {
            return Ok(());
        };
        let tap = Arc::clone(&tls.tap);
        let (records, connection) = tls.stream.get_mut();
        for _ in 0..RECORDS_AT_ONCE {
            if !records.at_boundary() || !connection.wants_read() {
                break;
            }
            let Some(record) = records.received_record()? else {
                return Ok(());
            };
            let mut rest = record.as_slice();
            tap.enter(|| {
                while !rest.is_empty() && connection.read_tls(&mut rest)? > 0 {}
                connection.process_new_packets().map_err(io::Error::other)
            })?;
        }
        Ok(())
    }

    /// Feeds `copy` to TLS again. Returns whether that produced a ticket.
    fn replay(&mut self, copy: &TicketCopy) -> bool {
        let Self::Tls(tls) = self else {
            return false;
        };
        let (records, connection) = tls.stream.get_mut();
        records.at_boundary() && tls.tap.replay(copy, connection).unwrap_or(false)
    }
}

impl AsyncRead for ControlStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Clear(tcp) => {
                let before = out.filled().len();
                let read = Pin::new(&mut *tcp).poll_read(cx, out);
                if out.filled().len() > before {
                    acknowledge(tcp);
                }
                read
            }
            Self::Tls(tls) => {
                let ControlTls { stream, tap } = &mut **tls;
                tap.enter(|| Pin::new(stream).poll_read(cx, out))
            }
        }
    }
}

impl AsyncWrite for ControlStream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Clear(tcp) => Pin::new(tcp).poll_write(cx, bytes),
            Self::Tls(tls) => Pin::new(&mut tls.stream).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Clear(tcp) => Pin::new(tcp).poll_flush(cx),
            Self::Tls(tls) => Pin::new(&mut tls.stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Clear(tcp) => Pin::new(tcp).poll_shutdown(cx),
            Self::Tls(tls) => Pin::new(&mut tls.stream).poll_shutdown(cx),
        }
    }
}
