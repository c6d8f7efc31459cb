//! The client's data connections.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use rustls::{ClientConfig, HandshakeKind, NamedGroup};
use rustls_pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::soon;

/// A data connection in TLS.
pub(crate) struct Data(TlsStream<TcpStream>);

impl Data {
    pub(super) async fn secure(stream: TcpStream, config: Arc<ClientConfig>) -> io::Result<Self> {
        stream.set_nodelay(true).unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let stream = soon(TlsConnector::from(config).connect(name, stream)).await?;
        Ok(Self(stream))
    }

    pub(crate) fn resumed(&self) -> bool {
        self.0.get_ref().1.handshake_kind() == Some(HandshakeKind::Resumed)
    }

    pub(crate) fn tickets(&self) -> u32 {
        self.0.get_ref().1.tls13_tickets_received()
    }

    pub(crate) fn certificate(&self) -> CertificateDer<'static> {
        self.0.get_ref().1.peer_certificates().unwrap()[0]
            .clone()
            .into_owned()
    }

    pub(crate) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        soon(self.0.write_all(bytes)).await?;
        soon(self.0.flush()).await
    }

    /// Returns how many bytes wait in the system's send queue, because the server's receive buffer
    /// has no room for them yet.
    #[cfg(target_os = "linux")]
    pub(crate) fn unsent(&self) -> u64 {
        let stream = self.0.get_ref().0;
        let hex = |address: SocketAddr| format!(":{:04X}", address.port());
        // The client's port alone may also be in use toward other servers.
        let local = hex(stream.local_addr().unwrap());
        let remote = hex(stream.peer_addr().unwrap());
        let queues_in = |table: String| {
            let mut rows = table.lines().map(|line| line.split_whitespace().skip(1));
            rows.find_map(|mut row| {
                let ours = row.next()?.ends_with(&local) & row.next()?.ends_with(&remote);
                ours.then(|| row.nth(1).map(str::to_owned))?
            })
        };
        // The table is not read at one instant, so a row may be missing, but not every time.
        let queues = (0..100).find_map(|_| {
            let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
            queues_in(table)
        });
        let queues = queues.expect("the connection is not in the table");
        u64::from_str_radix(&queues[..8], 16).unwrap()
    }

    /// Sends `close_notify` and FIN. The other direction stays open.
    pub(crate) async fn finish(&mut self) -> io::Result<()> {
        soon(self.0.shutdown()).await
    }

    /// Sends only `close_notify`. TCP stays open.
    pub(crate) async fn send_close_notify(&mut self) {
        self.0.get_mut().1.send_close_notify();
        soon(self.0.flush()).await.unwrap();
    }

    /// Sends FIN without `close_notify`.
    pub(crate) async fn finish_tcp(&mut self) -> io::Result<()> {
        soon(self.0.get_mut().0.shutdown()).await
    }

    pub(crate) async fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        soon(self.0.read(buffer)).await
    }

    /// Reads all bytes up to `close_notify`.
    pub(crate) async fn read_to_end(&mut self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        soon(self.0.read_to_end(&mut bytes)).await?;
        Ok(bytes)
    }

    /// Sends `close_notify` and FIN, and reads to the end.
    pub(crate) async fn close(mut self) {
        self.finish().await.unwrap();
        let _ = self.read_to_end().await;
    }

    /// Sends `close_notify` and FIN if the server is still there.
    pub(crate) async fn close_anyhow(mut self) {
        let _ = self.finish().await;
    }

    pub(crate) fn key_exchange(&self) -> NamedGroup {
        self.0
            .get_ref()
            .1
            .negotiated_key_exchange_group()
            .unwrap()
            .name()
    }

    pub(crate) fn reset(self) {
        self.0.get_ref().0.set_zero_linger().unwrap();
    }

    /// Shuts down both directions, like [`Client::vanish`].
    pub(crate) fn vanish(&self) {
        vanish(self.0.get_ref().0);
    }

    /// Reads until nothing more arrives, however the connection ends.
    pub(crate) async fn drain(&mut self) {
        let _ = self.read_to_end().await;
    }

    /// Returns whether neither bytes nor the end have arrived.
    pub(crate) fn is_silent(&self) -> bool {
        let read = self.0.get_ref().0.try_read(&mut [0]);
        read.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
    }

    /// Waits until unread bytes have arrived.
    pub(crate) async fn unread(&self) {
        soon(self.0.get_ref().0.peek(&mut [0])).await.unwrap();
    }
}

pub(super) fn vanish(stream: &TcpStream) {
    socket2::SockRef::from(stream)
        .shutdown(std::net::Shutdown::Both)
        .unwrap();
}
