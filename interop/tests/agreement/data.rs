//! A data connection, driven by hand.

use std::io::ErrorKind;
use std::os::fd::AsFd;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;

use crate::PATIENCE;
use crate::places::Version;
use crate::records::Records;
use crate::tls::{Session, Store};

/// A data connection.
#[derive(Debug)]
pub(crate) struct Data {
    stream: TlsStream<Records>,
    store: Arc<Store>,
    /// The bytes received so far.
    pub(crate) bytes: Vec<u8>,
    /// Whether `close_notify` has come.
    pub(crate) close_notify: bool,
    /// How the connection ended, if it has.
    pub(crate) end: Option<End>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Fin,
    /// A fatal alert.
    Alert,
    Reset,
}

impl Data {
    pub(crate) fn new(stream: TlsStream<Records>, store: Arc<Store>) -> Self {
        Self {
            stream,
            store,
            bytes: Vec::new(),
            close_notify: false,
            end: None,
        }
    }

    /// Reads up to `close_notify`, or to the end if there is none. Loses nothing if cancelled.
    pub(crate) async fn read(&mut self) {
        let mut buffer = [0; 4096];
        while !self.close_notify && self.end.is_none() {
            match self.stream.read(&mut buffer).await {
                Ok(0) => self.close_notify = true,
                Ok(count) => self.bytes.extend_from_slice(&buffer[..count]),
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                    self.end = Some(End::Fin);
                }
                Err(error) if error.kind() == ErrorKind::InvalidData => {
                    self.end = Some(End::Alert);
                }
                Err(_) => self.end = Some(End::Reset),
            }
        }
    }

    /// Reads to the end, past any `close_notify`. Loses nothing if cancelled.
    pub(crate) async fn read_to_end(&mut self) {
        self.read().await;
        let mut buffer = [0; 4096];
        while self.end.is_none() {
            match self.stream.get_mut().0.stream.read(&mut buffer).await {
                Ok(0) => self.end = Some(End::Fin),
                Ok(_) => {}
                Err(_) => self.end = Some(End::Reset),
            }
        }
    }

    /// Reads like [`read`](Self::read), and describes what came.
    pub(crate) async fn read_and_describe(&mut self, version: Version) -> String {
        timeout(PATIENCE, self.read()).await.unwrap();
        self.describe(version)
    }

    /// Describes what came: whether there was data, how it ended, and the tickets.
    pub(crate) fn describe(&self, version: Version) -> String {
        let mut words = vec![
            if self.bytes.is_empty() {
                "no data"
            } else {
                "data"
            }
            .to_owned(),
        ];
        if self.close_notify {
            words.push("close_notify".to_owned());
        }
        match self.end {
            Some(End::Fin | End::Alert) if !self.close_notify => words.push("FIN".to_owned()),
            Some(End::Reset) => words.push("reset".to_owned()),
            _ => {}
        }
        if version == Version::Tls13 {
            words.push(format!("{} tickets", self.tickets()));
        }
        words.join(", ")
    }

    /// Returns the number of TLS 1.3 tickets that came.
    pub(crate) fn tickets(&self) -> u32 {
        self.stream.get_ref().1.tls13_tickets_received()
    }

    /// Returns the session that the server gave on this connection.
    pub(crate) fn session(&self) -> Option<Session> {
        self.store.oldest()
    }

    pub(crate) async fn write(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
        self.stream.flush().await.unwrap();
    }

    /// Sends `close_notify`, and leaves the TCP connection open.
    pub(crate) async fn send_close_notify(&mut self) {
        self.stream.get_mut().1.send_close_notify();
        // The server may have closed already.
        let _ = self.stream.flush().await;
        let _ = self.stream.get_mut().0.release().await;
    }

    /// Sends FIN.
    pub(crate) async fn send_fin(&mut self) {
        // The server may have closed already.
        let _ = self.stream.get_mut().0.stream.shutdown().await;
    }

    /// Closes this direction, reads to the end, and drops the connection.
    pub(crate) async fn close(mut self) {
        self.send_close_notify().await;
        self.send_fin().await;
        timeout(PATIENCE, self.read_to_end()).await.unwrap();
    }

    /// Returns a second handle to the socket, to look at arrived data without reading it.
    pub(crate) fn watch(&self) -> std::net::TcpStream {
        watch(&self.stream.get_ref().0.stream)
    }
}

/// Returns a second handle to a socket. It never blocks.
pub(crate) fn watch(stream: &TcpStream) -> std::net::TcpStream {
    stream.as_fd().try_clone_to_owned().unwrap().into()
}
