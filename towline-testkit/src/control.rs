//! The control connection as a stream of lines, in clear text or in TLS.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::{ProtocolVersion, ServerConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use towline_proto::codec::CommandDecoder;

use crate::personality::Reading;
use crate::report::ControlEnd;
use crate::tls::client_certificate;

/// The maximum number of bytes in a line, or sent ahead by a client.
const INPUT_LIMIT: usize = 64 * 1024;

/// The maximum number of bytes per read.
const PIECE: usize = 4096;

/// A control connection.
pub(crate) struct Control {
    stream: Stream,
    decoder: CommandDecoder,
    piece: Box<[u8]>,
    reading: Reading,
    deadline: Duration,
    /// Whether every byte of a reply is sent on its own.
    pub(crate) split: bool,
    /// Whether a blank line follows every reply.
    pub(crate) blank_lines: bool,
    /// The last reply.
    last: Vec<u8>,
}

enum Stream {
    Clear(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
    /// The connection was lost in a handshake.
    Gone,
}

impl Control {
    pub(crate) fn new(stream: TcpStream, reading: Reading, deadline: Duration) -> Self {
        let decoder = CommandDecoder::new(INPUT_LIMIT);
        let decoder = match reading {
            Reading::Telnet => decoder,
            Reading::Bytes | Reading::Utf8 => decoder.without_telnet(),
        };
        Self {
            stream: Stream::Clear(stream),
            decoder,
            piece: vec![0; PIECE].into(),
            reading,
            deadline,
            split: false,
            blank_lines: false,
            last: Vec::new(),
        }
    }

    /// Returns the next line without its line break, or `None` if the client has
    /// closed in an orderly way. Cancel-safe.
    pub(crate) async fn line(&mut self) -> io::Result<Option<Vec<u8>>> {
        loop {
            if let Some(line) = self.buffered_line() {
                return Ok(Some(line));
            }
            if self.fill().await? == 0 {
                return Ok(None);
            }
        }
    }

    /// Returns the next line, if it has been read. A line that is too long becomes
    /// an empty line, which every server refuses as an unknown command.
    pub(crate) fn buffered_line(&mut self) -> Option<Vec<u8>> {
        let line = match self.decoder.next_line() {
            Ok(line) => line?.bytes.to_vec(),
            Err(_) => Vec::new(),
        };
        Some(match self.reading {
            Reading::Bytes | Reading::Telnet => line,
            Reading::Utf8 => String::from_utf8_lossy(&line).into_owned().into_bytes(),
        })
    }

    /// Reads the bytes that have arrived, without waiting for more.
    pub(crate) async fn take_in(&mut self) {
        // Let the runtime poll its sockets.
        tokio::task::yield_now().await;
        let mut taken = 0;
        while taken < INPUT_LIMIT {
            tokio::select! {
                biased;
                Ok(count @ 1..) = self.fill() => taken += count,
                () = std::future::ready(()) => break,
            }
        }
    }

    /// Waits until the client can send no more. Never returns while a command is waiting.
    pub(crate) async fn closed(&mut self) -> ControlEnd {
        loop {
            if self.decoder.has_line() {
                return std::future::pending().await;
            }
            match self.fill().await {
                Ok(1..) => {}
                Ok(0) => return ControlEnd::ClientClosed,
                Err(_) => return ControlEnd::ClientVanished,
            }
        }
    }

    /// Waits until something arrives, and drops it.
    pub(crate) async fn ignore_some(&mut self) -> io::Result<()> {
        let deadline = self.deadline;
        within(deadline, self.fill()).await?;
        self.decoder.clear();
        Ok(())
    }

    /// Waits until the client has closed the connection in any way.
    pub(crate) async fn gone(&mut self) {
        while let Ok(1..) = self.fill().await {
            self.decoder.clear();
        }
    }

    /// Returns the last reply.
    pub(crate) fn last(&self) -> &[u8] {
        &self.last
    }

    /// Sends bytes unchanged.
    pub(crate) async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.last = bytes.to_vec();
        let end = if self.blank_lines { "\r\n" } else { "" };
        let bytes = &[bytes, end.as_bytes()].concat();
        let deadline = self.deadline;
        let write = async {
            if self.split {
                for byte in bytes {
                    self.write(std::slice::from_ref(byte)).await?;
                }
                Ok(())
            } else {
                self.write(bytes).await
            }
        };
        within(deadline, write).await
    }

    /// Sends a withheld ticket, see [`withheld`](crate::tls::withheld).
    pub(crate) async fn send_token(&mut self, token: &[u8]) -> io::Result<()> {
        within(self.deadline, self.write(token)).await
    }

    /// Sends bytes below TLS, in clear text.
    pub(crate) async fn send_below_tls(&mut self, bytes: &[u8]) -> io::Result<()> {
        let stream = match &mut self.stream {
            Stream::Clear(stream) => stream,
            Stream::Tls(stream) => stream.get_mut().0,
            Stream::Gone => return Err(gone()),
        };
        within(self.deadline, stream.write_all(bytes)).await
    }

    /// Performs the TLS handshake. Bytes that the client sent ahead in clear
    /// text are dropped, as RFC 4217 section 4.2 requires for anything agreed
    /// before.
    pub(crate) async fn upgrade(&mut self, config: Arc<ServerConfig>) -> io::Result<()> {
        self.decoder.clear();
        let Stream::Clear(stream) = std::mem::replace(&mut self.stream, Stream::Gone) else {
            return Err(gone());
        };
        let accept = TlsAcceptor::from(config).accept(stream);
        self.stream = Stream::Tls(Box::new(within(self.deadline, accept).await?));
        Ok(())
    }

    /// Ends TLS and continues in clear text. Waits for the client's
    /// `close_notify`, but also accepts a client that omits it and sends clear
    /// text at once.
    pub(crate) async fn downgrade(&mut self) -> io::Result<()> {
        let Stream::Tls(stream) = std::mem::replace(&mut self.stream, Stream::Gone) else {
            return Err(gone());
        };
        let (mut stream, mut tls) = stream.into_inner();
        let end = async {
            tls.send_close_notify();
            let mut notice = Vec::new();
            while tls.wants_write() {
                tls.write_tls(&mut notice)?;
            }
            stream.write_all(&notice).await?;
            while is_record(&stream).await? {
                let record = read_record(&mut stream).await?;
                tls.read_tls(&mut record.as_slice())?;
                let state = tls.process_new_packets();
                if state.map_err(io::Error::other)?.peer_has_closed() {
                    break;
                }
            }
            Ok(())
        };
        within(self.deadline, end).await?;
        self.stream = Stream::Clear(stream);
        Ok(())
    }

    /// Closes the connection in an orderly way: `close_notify` if there is TLS,
    /// then FIN. Errors no longer matter.
    pub(crate) async fn close(&mut self) {
        let close = async {
            match &mut self.stream {
                Stream::Clear(stream) => stream.shutdown().await,
                Stream::Tls(stream) => stream.shutdown().await,
                Stream::Gone => Ok(()),
            }
        };
        let _ = within(self.deadline, close).await;
    }

    /// Makes the connection end with a reset.
    pub(crate) fn reset_at_end(&self) -> io::Result<()> {
        match &self.stream {
            Stream::Clear(stream) => stream.set_zero_linger(),
            Stream::Tls(stream) => stream.get_ref().0.set_zero_linger(),
            Stream::Gone => Ok(()),
        }
    }

    pub(crate) fn is_tls(&self) -> bool {
        matches!(self.stream, Stream::Tls(_))
    }

    pub(crate) fn version(&self) -> Option<ProtocolVersion> {
        match &self.stream {
            Stream::Tls(stream) => stream.get_ref().1.protocol_version(),
            Stream::Clear(_) | Stream::Gone => None,
        }
    }

    /// Returns the fingerprint of the client's certificate.
    pub(crate) fn client_certificate(&self) -> Option<String> {
        match &self.stream {
            Stream::Tls(stream) => client_certificate(stream.get_ref().1),
            Stream::Clear(_) | Stream::Gone => None,
        }
    }

    pub(crate) fn application_protocol(&self) -> Option<&[u8]> {
        match &self.stream {
            Stream::Tls(stream) => stream.get_ref().1.alpn_protocol(),
            Stream::Clear(_) | Stream::Gone => None,
        }
    }

    async fn fill(&mut self) -> io::Result<usize> {
        let count = match &mut self.stream {
            Stream::Clear(stream) => stream.read(&mut self.piece).await?,
            Stream::Tls(stream) => stream.read(&mut self.piece).await?,
            Stream::Gone => return Err(gone()),
        };
        self.decoder.push(&self.piece[..count]);
        Ok(count)
    }

    async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.stream {
            Stream::Clear(stream) => stream.write_all(bytes).await,
            Stream::Tls(stream) => {
                stream.write_all(bytes).await?;
                stream.flush().await
            }
            Stream::Gone => Err(gone()),
        }
    }
}

/// Returns whether a TLS record comes next. No command begins like one.
async fn is_record(stream: &TcpStream) -> io::Result<bool> {
    let mut first = [0];
    let count = stream.peek(&mut first).await?;
    Ok(count > 0 && (20..=23).contains(&first[0]))
}

/// Reads one TLS record and nothing after it (RFC 8446 section 5.1).
async fn read_record(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut record = vec![0; 5];
    stream.read_exact(&mut record).await?;
    let length = usize::from(u16::from_be_bytes([record[3], record[4]]));
    record.resize(5 + length, 0);
    stream.read_exact(&mut record[5..]).await?;
    Ok(record)
}

/// Limits the duration of a wait.
pub(crate) async fn within<T>(
    deadline: Duration,
    work: impl Future<Output = io::Result<T>>,
) -> io::Result<T> {
    match tokio::time::timeout(deadline, work).await {
        Ok(result) => result,
        Err(_) => Err(io::ErrorKind::TimedOut.into()),
    }
}

fn gone() -> io::Error {
    io::ErrorKind::NotConnected.into()
}
