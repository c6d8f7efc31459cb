//! The client's control connection.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use rustls_pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use towline_testkit::Server;

use super::data::vanish;
use super::soon;
use super::trust::{Store, Trust};

/// A control connection.
pub(crate) struct Client {
    pub(crate) trust: Trust,
    pub(crate) store: Arc<Store>,
    control: Control,
    pub(super) address: SocketAddr,
    buffer: Vec<u8>,
}

enum Control {
    Clear(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
    Gone,
}

impl Client {
    /// Connects, and reads nothing.
    pub(crate) async fn dial(trust: &Trust, address: SocketAddr) -> Self {
        let stream = soon(TcpStream::connect(address)).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self {
            trust: trust.clone(),
            store: Arc::default(),
            control: Control::Clear(stream),
            address,
            buffer: Vec::new(),
        }
    }

    /// Logs in with explicit TLS, ready to transfer.
    pub(crate) async fn login(server: &Server) -> Self {
        Self::login_with(&Trust::new(server), server.address()).await
    }

    pub(crate) async fn login_with(trust: &Trust, address: SocketAddr) -> Self {
        let mut client = Self::dial(trust, address).await;
        assert_eq!(client.reply().await.0, 220);
        assert_eq!(client.command("AUTH TLS").await.0, 234);
        client.secure().await.unwrap();
        client.enter().await;
        client
    }

    /// Logs in with implicit TLS.
    pub(crate) async fn login_implicit(server: &Server) -> Self {
        let mut client = Self::dial(&Trust::new(server), server.address()).await;
        client.secure().await.unwrap();
        assert_eq!(client.reply().await.0, 220);
        client.enter().await;
        client
    }

    /// Connects, waits for the greeting, and stays in clear text.
    pub(crate) async fn greet(server: &Server) -> Self {
        let mut client = Self::dial(&Trust::new(server), server.address()).await;
        assert_eq!(client.reply().await.0, 220);
        client
    }

    /// Connects and starts TLS without a login.
    pub(crate) async fn secured(server: &Server) -> Self {
        let mut client = Self::greet(server).await;
        client.converse(&[("AUTH TLS", 234)]).await;
        client.secure().await.unwrap();
        client
    }

    /// Like [`converse`](Self::converse), but waits for the greeting first.
    pub(crate) async fn converse_from_greeting(&mut self, dialogue: &[(&str, u16)]) {
        assert_eq!(self.reply().await.0, 220);
        self.converse(dialogue).await;
    }

    /// Sends commands, and checks the reply code of each.
    pub(crate) async fn converse(&mut self, dialogue: &[(&str, u16)]) {
        for (command, code) in dialogue {
            let (answered, text) = self.command(command).await;
            assert_eq!(answered, *code, "{command}: {text}");
        }
    }

    async fn enter(&mut self) {
        for (command, code) in [
            ("USER demo", 331),
            ("PASS secret", 230),
            ("PBSZ 0", 200),
            ("PROT P", 200),
            ("TYPE I", 200),
        ] {
            assert_eq!(self.command(command).await.0, code, "{command}");
        }
    }

    /// Shakes hands on the control connection.
    pub(crate) async fn secure(&mut self) -> io::Result<()> {
        let Control::Clear(stream) = std::mem::replace(&mut self.control, Control::Gone) else {
            panic!("the connection already uses TLS");
        };
        let connector = TlsConnector::from(self.trust.config(self.store.clone()));
        let name = ServerName::try_from("localhost").unwrap();
        let stream = soon(connector.connect(name, stream)).await?;
        self.control = Control::Tls(Box::new(stream));
        Ok(())
    }

    /// Ends TLS on the control connection and continues in clear text. Sends `more` right after the
    /// `close_notify`.
    pub(crate) async fn downgrade(&mut self, more: &[u8]) {
        let Control::Tls(stream) = std::mem::replace(&mut self.control, Control::Gone) else {
            panic!("the connection does not use TLS");
        };
        let (mut stream, mut tls) = stream.into_inner();
        tls.send_close_notify();
        let mut bytes = Vec::new();
        while tls.wants_write() {
            tls.write_tls(&mut bytes).unwrap();
        }
        bytes.extend_from_slice(more);
        soon(stream.write_all(&bytes)).await.unwrap();
        // The server's own `close_notify` is one record, which may have come with the reply.
        if !tls.process_new_packets().unwrap().peer_has_closed() {
            let mut head = [0; 5];
            soon(stream.read_exact(&mut head)).await.unwrap();
            let mut rest = vec![0; usize::from(u16::from_be_bytes([head[3], head[4]]))];
            soon(stream.read_exact(&mut rest)).await.unwrap();
        }
        self.control = Control::Clear(stream);
    }

    /// Leaves TLS without `close_notify`.
    pub(crate) fn abandon_tls(&mut self) {
        let Control::Tls(stream) = std::mem::replace(&mut self.control, Control::Gone) else {
            panic!("the connection does not use TLS");
        };
        self.control = Control::Clear(stream.into_inner().0);
    }

    /// Returns the number of tickets received on the control connection.
    pub(crate) fn control_tickets(&self) -> u32 {
        self.tls().get_ref().1.tls13_tickets_received()
    }

    pub(crate) fn tls(&self) -> &TlsStream<TcpStream> {
        match &self.control {
            Control::Tls(stream) => stream,
            _ => panic!("the connection does not use TLS"),
        }
    }

    pub(crate) async fn send(&mut self, line: &str) {
        self.send_bytes(format!("{line}\r\n").as_bytes()).await;
    }

    pub(crate) async fn send_bytes(&mut self, bytes: &[u8]) {
        match &mut self.control {
            Control::Clear(stream) => soon(stream.write_all(bytes)).await.unwrap(),
            Control::Tls(stream) => {
                soon(stream.write_all(bytes)).await.unwrap();
                soon(stream.flush()).await.unwrap();
            }
            Control::Gone => panic!("the connection is gone"),
        }
    }

    /// Sends commands in one write, and so in one TLS record.
    pub(crate) async fn send_together(&mut self, lines: &[&str]) {
        self.send(&lines.join("\r\n")).await;
    }

    /// Returns the codes of the next replies.
    pub(crate) async fn codes<const N: usize>(&mut self) -> [u16; N] {
        let mut codes = [0; N];
        for code in &mut codes {
            *code = self.reply().await.0;
        }
        codes
    }

    pub(crate) async fn command(&mut self, line: &str) -> (u16, String) {
        self.send(line).await;
        self.reply().await
    }

    /// Returns the next reply: its code, and all its lines, joined by `\n`.
    pub(crate) async fn reply(&mut self) -> (u16, String) {
        soon(self.try_reply()).await.unwrap()
    }

    pub(crate) async fn try_reply(&mut self) -> io::Result<(u16, String)> {
        let first = self.line().await?;
        let code = first[..3].to_owned();
        let mut text = first.clone();
        if first.as_bytes().get(3) == Some(&b'-') {
            loop {
                let line = self.line().await?;
                text.push('\n');
                text.push_str(&line);
                if line.starts_with(&format!("{code} ")) {
                    break;
                }
            }
        }
        Ok((code.parse().unwrap(), text))
    }

    async fn line(&mut self) -> io::Result<String> {
        loop {
            if let Some(end) = self.buffer.iter().position(|&byte| byte == b'\n') {
                let line: Vec<u8> = self.buffer.drain(..=end).collect();
                return Ok(String::from_utf8_lossy(&line).trim_end().to_owned());
            }
            if self.fill().await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    /// Reads what arrives. Returns 0 at the end.
    pub(crate) async fn fill(&mut self) -> io::Result<usize> {
        match &mut self.control {
            Control::Clear(stream) => stream.read_buf(&mut self.buffer).await,
            Control::Tls(stream) => stream.read_buf(&mut self.buffer).await,
            Control::Gone => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    /// Returns the next bytes below TLS, and leaves them unread.
    pub(crate) async fn peek(&self, count: usize) -> Vec<u8> {
        let stream = self.tls().get_ref().0;
        let mut bytes = vec![0; count];
        let filled = async {
            while stream.peek(&mut bytes).await.unwrap() < count {
                tokio::task::yield_now().await;
            }
        };
        soon(filled).await;
        bytes
    }

    /// Returns whether the received bytes end with `end`.
    pub(crate) fn buffered(&self, end: &[u8]) -> bool {
        self.buffer.ends_with(end)
    }

    /// Closes the sending direction in order.
    pub(crate) async fn close(&mut self) {
        match &mut self.control {
            Control::Clear(stream) => soon(stream.shutdown()).await.unwrap(),
            Control::Tls(stream) => soon(stream.shutdown()).await.unwrap(),
            Control::Gone => panic!("the connection is gone"),
        }
    }

    /// Returns the server's certificate.
    pub(crate) fn certificate(&self) -> CertificateDer<'static> {
        self.tls().get_ref().1.peer_certificates().unwrap()[0]
            .clone()
            .into_owned()
    }

    /// Returns the received bytes that nobody has read yet.
    pub(crate) fn take_buffer(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.buffer)
    }

    /// Shuts down both directions below TLS: sends FIN, and answers any later data with a reset.
    pub(crate) fn vanish(&self) {
        let Control::Tls(stream) = &self.control else {
            panic!("the connection does not use TLS");
        };
        vanish(stream.get_ref().0);
    }
}
