//! Data connections: accepting, securing and closing them.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use rustls::{HandshakeKind, ServerConfig};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::control::within;
use crate::personality::Closing;
use crate::report::{ClientEnd, DataReport};
use crate::tls::ticket_issuer::TicketIssuer;
use crate::tls::{client_certificate, version_name};

/// How long a server waits for a client's FIN.
const LINGER: Duration = Duration::from_secs(10);

/// How the next data connection is established.
pub(crate) enum DataPort {
    None,
    /// The server connects when a transfer command comes.
    Active(SocketAddr),
    /// The client may connect; the server accepts only when a transfer command
    /// comes.
    Listening(TcpListener),
    /// The connection is opened and secured before a transfer command comes.
    Opening(Opening),
    Open(Channel),
}

pub(crate) type Opening = Pin<Box<dyn Future<Output = io::Result<Channel>> + Send>>;

impl DataPort {
    /// Continues to open a channel. Returns when the channel is open or has
    /// failed, never otherwise. Cancel-safe.
    pub(crate) async fn progress(&mut self) -> io::Result<()> {
        let Self::Opening(opening) = self else {
            return std::future::pending().await;
        };
        let opened = opening.await;
        *self = Self::None;
        *self = Self::Open(opened?);
        Ok(())
    }
}

/// How a data connection is secured.
pub(crate) struct Security {
    pub(crate) config: Arc<ServerConfig>,
    pub(crate) issuer: Arc<TicketIssuer>,
    /// Whether the check of session reuse is skipped.
    pub(crate) unchecked: bool,
}

/// An open data connection.
pub(crate) struct Channel {
    wire: Wire,
    issuer: Option<Arc<TicketIssuer>>,
    /// Whether the check of session reuse is skipped.
    pub(crate) unchecked: bool,
    deadline: Duration,
    close_notify: bool,
    /// The client's `close_notify` came before the server's own was sent.
    closed_early: bool,
    end: ClientEnd,
    /// Whether sending failed with a broken pipe, not with a reset: the client
    /// had sent FIN before its system answered more data with a reset.
    broken_pipe: bool,
}

enum Wire {
    Clear(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// How receiving ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Received {
    Data(usize),
    /// With `close_notify`, or without TLS.
    End,
    /// FIN without `close_notify`.
    Truncated,
    Reset,
}

impl Channel {
    pub(crate) fn clear(stream: TcpStream, deadline: Duration) -> Self {
        Self::new(Wire::Clear(stream), None, true, deadline)
    }

    /// Performs the TLS handshake as the server.
    pub(crate) async fn secure(
        stream: TcpStream,
        security: Security,
        deadline: Duration,
    ) -> io::Result<Self> {
        let accept = TlsAcceptor::from(security.config).accept(stream);
        let stream = Box::new(within(deadline, accept).await?);
        let (issuer, unchecked) = (Some(security.issuer), security.unchecked);
        Ok(Self::new(Wire::Tls(stream), issuer, unchecked, deadline))
    }

    fn new(
        wire: Wire,
        issuer: Option<Arc<TicketIssuer>>,
        unchecked: bool,
        deadline: Duration,
    ) -> Self {
        Self {
            wire,
            issuer,
            unchecked,
            deadline,
            close_notify: false,
            closed_early: false,
            end: ClientEnd::Open,
            broken_pipe: false,
        }
    }

    pub(crate) fn is_resumed(&self) -> bool {
        match &self.wire {
            Wire::Tls(stream) => {
                stream.get_ref().1.handshake_kind() == Some(HandshakeKind::Resumed)
            }
            Wire::Clear(_) => false,
        }
    }

    /// Returns whether the connection resumed a session of this control
    /// connection.
    pub(crate) fn is_bound(&self, owner: u64) -> bool {
        let session = self.issuer.as_ref().and_then(|issuer| issuer.resumed());
        self.is_resumed() && session.is_some_and(|session| session.owner == owner)
    }

    pub(crate) fn application_protocol(&self) -> Option<&[u8]> {
        match &self.wire {
            Wire::Tls(stream) => stream.get_ref().1.alpn_protocol(),
            Wire::Clear(_) => None,
        }
    }

    /// Writes to the report what is known about the connection so far.
    pub(crate) fn describe(&self, owner: u64, report: &mut DataReport) {
        match &self.wire {
            Wire::Tls(stream) => {
                let (_, connection) = stream.get_ref();
                report.protocol = version_name(connection.protocol_version());
                report.client_certificate = client_certificate(connection);
            }
            Wire::Clear(_) => report.clear = true,
        }
        report.resumed = self.is_resumed();
        report.bound_to_this_control = self.is_bound(owner);
        if let Some(issuer) = &self.issuer {
            report.tickets_sent = issuer.issued();
            report.session_from = issuer
                .resumed()
                .filter(|_| report.resumed)
                .map(|it| it.origin);
        }
        report.close_notify = self.close_notify;
        report.early_close_notify = self.closed_early;
        report.end = self.end;
    }

    pub(crate) fn is_broken_pipe(&self) -> bool {
        self.broken_pipe
    }

    /// Prevents the resumed session from being resumed again.
    pub(crate) fn spoil_session(&self) {
        if let Some(issuer) = &self.issuer {
            issuer.spoil();
        }
    }

    pub(crate) async fn receive(&mut self, buffer: &mut [u8]) -> io::Result<Received> {
        let read = async {
            match &mut self.wire {
                Wire::Clear(stream) => stream.read(buffer).await,
                Wire::Tls(stream) => stream.read(buffer).await,
            }
        };
        match within(self.deadline, read).await {
            Ok(0) => {
                self.close_notify = matches!(self.wire, Wire::Tls(_));
                if !self.close_notify {
                    self.note_fin();
                }
                Ok(Received::End)
            }
            Ok(count) => Ok(Received::Data(count)),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                self.note_fin();
                Ok(Received::Truncated)
            }
            Err(error) if is_reset(&error) => {
                self.end = ClientEnd::Reset;
                Ok(Received::Reset)
            }
            Err(error) => Err(error),
        }
    }

    /// Checks, without waiting, for the client's `close_notify` while data
    /// remains to be sent. Other received data is dropped.
    pub(crate) async fn look_for_close_notify(&mut self) {
        // The runtime looks at its sockets when it has a turn.
        tokio::task::yield_now().await;
        let Wire::Tls(stream) = &mut self.wire else {
            return;
        };
        if self.closed_early || self.end != ClientEnd::Open {
            return;
        }
        let mut bytes = [0; 256];
        let mut buffer = ReadBuf::new(&mut bytes);
        let read = std::future::poll_fn(|context| {
            Poll::Ready(Pin::new(&mut *stream).poll_read(context, &mut buffer))
        });
        match read.await {
            Poll::Ready(Ok(())) if buffer.filled().is_empty() => {
                self.closed_early = true;
                self.close_notify = true;
            }
            Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::UnexpectedEof => {
                self.note_fin();
            }
            Poll::Ready(Err(error)) if is_reset(&error) => self.end = ClientEnd::Reset,
            _ => {}
        }
    }

    /// Returns whether an early `close_notify` was found.
    pub(crate) fn is_closed_early(&self) -> bool {
        self.closed_early
    }

    /// Sends a KeyUpdate with the next data, if this is TLS 1.3.
    pub(crate) fn update_keys(&mut self) {
        if let Wire::Tls(stream) = &mut self.wire {
            // Only TLS 1.2 refuses.
            let _ = stream.get_mut().1.refresh_traffic_keys();
        }
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        let write = async {
            match &mut self.wire {
                Wire::Clear(stream) => stream.write_all(bytes).await,
                Wire::Tls(stream) => stream.write_all(bytes).await,
            }
        };
        let sent = within(self.deadline, write).await;
        self.note_reset(&sent);
        sent
    }

    /// Sends a `KeyUpdate`, and uses the next key from then on.
    pub(crate) async fn update_key(&mut self) -> io::Result<()> {
        if let Wire::Tls(stream) = &mut self.wire {
            let (_, tls) = stream.get_mut();
            tls.refresh_traffic_keys().map_err(io::Error::other)?;
        }
        let sent = self.flush().await;
        self.note_reset(&sent);
        sent
    }

    /// Sends the buffered data and, if requested, `close_notify`. The TCP
    /// connection stays open in both directions.
    pub(crate) async fn finish_sending(&mut self, close_notify: bool) -> io::Result<()> {
        let finish = async {
            match &mut self.wire {
                Wire::Clear(stream) => stream.shutdown().await,
                Wire::Tls(stream) => {
                    if close_notify {
                        stream.get_mut().1.send_close_notify();
                    }
                    stream.flush().await
                }
            }
        };
        let finished = within(self.deadline, finish).await;
        self.note_reset(&finished);
        finished
    }

    /// Sends the buffered data. The connection stays open.
    pub(crate) async fn flush(&mut self) -> io::Result<()> {
        let flush = async {
            match &mut self.wire {
                Wire::Clear(stream) => stream.flush().await,
                Wire::Tls(stream) => stream.flush().await,
            }
        };
        within(self.deadline, flush).await
    }

    /// Waits until the client has closed the TCP connection. Bytes received
    /// before that are dropped, below TLS.
    pub(crate) async fn closed(&mut self) {
        let stream = match &mut self.wire {
            Wire::Clear(stream) => stream,
            Wire::Tls(stream) => stream.get_mut().0,
        };
        let mut buffer = [0; 4096];
        while let Ok(1..) = stream.read(&mut buffer).await {}
    }

    /// Waits for the client's `close_notify` or the end of the connection, and
    /// drops the data before it. One deadline covers the whole wait.
    pub(crate) async fn await_close_notify(&mut self) {
        let deadline = self.deadline;
        let drop_all = async {
            let mut buffer = [0; 4096];
            while let Ok(Received::Data(_)) = self.receive(&mut buffer).await {}
        };
        let _ = tokio::time::timeout(deadline, drop_all).await;
    }

    /// Closes the connection after a completed transfer. After an upload, the
    /// client's `close_notify` has already been received.
    pub(crate) async fn close(&mut self, closing: Closing, close_notify: bool, upload: bool) {
        // A lost client is detected below; the reply is due in either case.
        let _ = self.finish_sending(close_notify).await;
        if close_notify {
            if closing != Closing::Answered {
                self.send_fin().await;
            }
            match closing {
                Closing::Answered | Closing::Lingering if !upload => {
                    self.await_close_notify().await;
                }
                Closing::Lingering => self.await_fin().await,
                Closing::Answered | Closing::AtOnce => {}
            }
        }
        self.look_at_end();
    }

    /// Checks, without waiting, how far the client has closed the connection.
    pub(crate) fn look_at_end(&mut self) {
        let stream = match &self.wire {
            Wire::Clear(stream) => stream,
            Wire::Tls(stream) => stream.get_ref().0,
        };
        if self.end == ClientEnd::Reset {
            return;
        }
        // After a FIN the system keeps a reset as a pending error.
        if matches!(stream.take_error(), Ok(Some(_))) {
            self.end = ClientEnd::Reset;
            return;
        }
        match stream.try_read(&mut [0; 1]) {
            Ok(0) => self.note_fin(),
            Err(error) if is_reset(&error) => self.end = ClientEnd::Reset,
            _ => {}
        }
    }

    /// Makes the end of the connection a reset.
    pub(crate) fn reset_at_end(&self) {
        let stream = match &self.wire {
            Wire::Clear(stream) => stream,
            Wire::Tls(stream) => stream.get_ref().0,
        };
        // If this fails, the connection ends with a FIN instead.
        let _ = stream.set_zero_linger();
    }

    async fn send_fin(&mut self) {
        let sent = match &mut self.wire {
            Wire::Clear(stream) => stream.shutdown().await,
            Wire::Tls(stream) => stream.get_mut().0.shutdown().await,
        };
        self.note_reset(&sent);
    }

    /// Waits for the client's FIN, for a limited time.
    async fn await_fin(&mut self) {
        let read = async {
            match &mut self.wire {
                Wire::Clear(stream) => stream.read(&mut [0; 1]).await,
                Wire::Tls(stream) => stream.get_mut().0.read(&mut [0; 1]).await,
            }
        };
        match within(LINGER, read).await {
            Ok(0) => self.note_fin(),
            other => self.note_reset(&other),
        }
    }

    /// Notes a FIN. After a reset the system reports an end of stream as well.
    fn note_fin(&mut self) {
        if self.end == ClientEnd::Open {
            self.end = ClientEnd::Fin;
        }
    }

    fn note_reset<T>(&mut self, result: &io::Result<T>) {
        if let Err(error) = result
            && is_reset(error)
        {
            // After an earlier reset, sending fails with a broken pipe too.
            self.broken_pipe |=
                error.kind() == io::ErrorKind::BrokenPipe && self.end != ClientEnd::Reset;
            self.end = ClientEnd::Reset;
        }
    }
}

fn is_reset(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
    )
}
