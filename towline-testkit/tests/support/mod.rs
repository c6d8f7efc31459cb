//! A small FTPS client, straight on `rustls` and `tokio`, for one test at a
//! time. It keeps its sessions in the open, so that a test can offer whichever
//! it likes.

#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may fail"
)]

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustls::client::{
    ClientSessionStore, Resumption, Tls12ClientSessionValue, Tls13ClientSessionValue,
};
use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, HandshakeKind, NamedGroup, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use towline_testkit::{Builder, ClientIdentity, ControlReport, Personality, Server, Versions};

/// No step of a test takes longer.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) const TLS12: Versions = Versions::Tls12;
pub(crate) const TLS13: Versions = Versions::Tls13;

pub(crate) async fn start(personality: Personality, versions: Versions) -> Server {
    builder(personality)
        .versions(versions)
        .start()
        .await
        .unwrap()
}

pub(crate) fn builder(personality: Personality) -> Builder {
    Server::builder(personality).idle_timeout(PATIENCE)
}

/// The only control connection of a server.
pub(crate) fn only_control(server: &Server) -> ControlReport {
    let mut controls = server.report().control;
    assert_eq!(controls.len(), 1);
    controls.remove(0)
}

/// Waits until a file is that long. The server runs on the same thread and
/// goes on whenever this yields.
pub(crate) async fn until_stored(path: &Path, length: u64) {
    let grown = async {
        while std::fs::metadata(path).map_or(0, |metadata| metadata.len()) < length {
            tokio::task::yield_now().await;
        }
    };
    soon(grown).await;
}

/// Bounds a wait.
pub(crate) async fn soon<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work)
        .await
        .expect("a step took too long")
}

/// All sessions that a client has, newest last.
#[derive(Debug, Default)]
pub(crate) struct Store {
    tickets: Mutex<VecDeque<Tls13ClientSessionValue>>,
    session: Mutex<Option<Tls12ClientSessionValue>>,
    group: Mutex<Option<NamedGroup>>,
}

impl Store {
    /// How many TLS 1.3 tickets are left.
    pub(crate) fn tickets(&self) -> usize {
        self.tickets.lock().unwrap().len()
    }

    /// Throws all sessions away.
    pub(crate) fn clear(&self) {
        self.tickets.lock().unwrap().clear();
        *self.session.lock().unwrap() = None;
    }
}

impl ClientSessionStore for Store {
    fn set_kx_hint(&self, _: ServerName<'static>, group: NamedGroup) {
        *self.group.lock().unwrap() = Some(group);
    }

    fn kx_hint(&self, _: &ServerName<'_>) -> Option<NamedGroup> {
        *self.group.lock().unwrap()
    }

    fn set_tls12_session(&self, _: ServerName<'static>, value: Tls12ClientSessionValue) {
        *self.session.lock().unwrap() = Some(value);
    }

    fn tls12_session(&self, _: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        self.session.lock().unwrap().clone()
    }

    fn remove_tls12_session(&self, _: &ServerName<'static>) {}

    fn insert_tls13_ticket(&self, _: ServerName<'static>, value: Tls13ClientSessionValue) {
        self.tickets.lock().unwrap().push_back(value);
    }

    fn take_tls13_ticket(&self, _: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        self.tickets.lock().unwrap().pop_back()
    }
}

/// What all clients of a server share: the verifier has to be the same for a
/// session to be offered.
#[derive(Clone)]
pub(crate) struct Trust(ClientConfig, Arc<RootCertStore>);

impl Trust {
    pub(crate) fn new(server: &Server) -> Self {
        Self::pem(server.ca_pem())
    }

    pub(crate) fn pem(pem: &str) -> Self {
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap())
            .unwrap();
        let roots = Arc::new(roots);
        let provider = Arc::new(aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots.clone())
            .with_no_client_auth();
        Self(config, roots)
    }

    #[must_use]
    pub(crate) fn protocols(mut self, protocols: &[&str]) -> Self {
        self.0.alpn_protocols = protocols
            .iter()
            .map(|name| name.as_bytes().to_vec())
            .collect();
        self
    }

    /// The same client, with a certificate of its own.
    pub(crate) fn with_identity(self, identity: &ClientIdentity) -> Self {
        let certificate = identity.certificate_pem();
        let certificate = CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap();
        let key = PrivateKeyDer::from_pem_slice(identity.key_pem().as_bytes()).unwrap();
        let config = ClientConfig::builder_with_provider(self.0.crypto_provider().clone())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(self.1.clone())
            .with_client_auth_cert(vec![certificate], key)
            .unwrap();
        Self(config, self.1)
    }

    pub(crate) fn max_tls12(self) -> Self {
        Self::versions(self, &[&rustls::version::TLS12])
    }

    fn versions(self, versions: &[&'static rustls::SupportedProtocolVersion]) -> Self {
        let provider = self.0.crypto_provider().clone();
        let config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .unwrap()
            .with_root_certificates(self.1.clone())
            .with_no_client_auth();
        Self(config, self.1)
    }

    fn config(&self, store: Arc<Store>) -> Arc<ClientConfig> {
        let mut config = self.0.clone();
        config.resumption = Resumption::store(store);
        Arc::new(config)
    }
}

/// A control connection.
pub(crate) struct Client {
    pub(crate) trust: Trust,
    pub(crate) store: Arc<Store>,
    control: Control,
    address: SocketAddr,
    buffer: Vec<u8>,
}

enum Control {
    Clear(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
    Gone,
}

impl Client {
    /// Connects and reads nothing.
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

    /// Connects, waits for the greeting and stays in clear.
    pub(crate) async fn greet(server: &Server) -> Self {
        let mut client = Self::dial(&Trust::new(server), server.address()).await;
        assert_eq!(client.reply().await.0, 220);
        client
    }

    /// The same, on a connection that has not had its greeting.
    pub(crate) async fn converse_from_greeting(&mut self, dialogue: &[(&str, u16)]) {
        assert_eq!(self.reply().await.0, 220);
        self.converse(dialogue).await;
    }

    /// Says commands, each of which must be answered with its code.
    pub(crate) async fn converse(&mut self, dialogue: &[(&str, u16)]) {
        for (command, code) in dialogue {
            let (answered, text) = self.command(command).await;
            assert_eq!(answered, *code, "{command}: {text}");
        }
    }

    /// Fetches a file or a listing in clear: what came, and the final reply.
    pub(crate) async fn fetch_clear(&mut self, command: &str) -> (Vec<u8>, (u16, String)) {
        let address = self.epsv().await;
        let mut stream = soon(TcpStream::connect(address)).await.unwrap();
        let (code, text) = self.command(command).await;
        assert!(code < 200, "{text}");
        let mut bytes = Vec::new();
        soon(stream.read_to_end(&mut bytes)).await.unwrap();
        drop(stream);
        (bytes, self.reply().await)
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
            panic!("already in TLS");
        };
        let connector = TlsConnector::from(self.trust.config(self.store.clone()));
        let name = ServerName::try_from("localhost").unwrap();
        let stream = soon(connector.connect(name, stream)).await?;
        self.control = Control::Tls(Box::new(stream));
        Ok(())
    }

    /// Tickets received on the control connection.
    pub(crate) fn control_tickets(&self) -> u32 {
        self.tls().get_ref().1.tls13_tickets_received()
    }

    pub(crate) fn tls(&self) -> &TlsStream<TcpStream> {
        match &self.control {
            Control::Tls(stream) => stream,
            _ => panic!("not in TLS"),
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
            Control::Gone => panic!("no connection"),
        }
    }

    pub(crate) async fn command(&mut self, line: &str) -> (u16, String) {
        self.send(line).await;
        self.reply().await
    }

    /// A reply: its code and all its lines, joined by `\n`.
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

    /// Reads what comes; 0 at the end.
    pub(crate) async fn fill(&mut self) -> io::Result<usize> {
        match &mut self.control {
            Control::Clear(stream) => stream.read_buf(&mut self.buffer).await,
            Control::Tls(stream) => stream.read_buf(&mut self.buffer).await,
            Control::Gone => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    /// The next bytes below TLS, which stay unread.
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

    /// Whether what has come ends with these bytes.
    pub(crate) fn buffered(&self, end: &[u8]) -> bool {
        self.buffer.ends_with(end)
    }

    /// Closes the sending direction in order.
    pub(crate) async fn close(&mut self) {
        match &mut self.control {
            Control::Clear(stream) => soon(stream.shutdown()).await.unwrap(),
            Control::Tls(stream) => soon(stream.shutdown()).await.unwrap(),
            Control::Gone => panic!("no connection"),
        }
    }

    /// The server's certificate.
    pub(crate) fn certificate(&self) -> CertificateDer<'static> {
        self.tls().get_ref().1.peer_certificates().unwrap()[0]
            .clone()
            .into_owned()
    }

    /// What has come and is not read.
    pub(crate) fn take_buffer(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.buffer)
    }

    /// Shuts both directions down, below TLS: FIN, and a reset for whatever
    /// still comes.
    pub(crate) fn vanish(&self) {
        let Control::Tls(stream) = &self.control else {
            panic!("not in TLS");
        };
        vanish(stream.get_ref().0);
    }

    /// The address of the next data connection.
    pub(crate) async fn epsv(&mut self) -> SocketAddr {
        let (code, text) = self.command("EPSV").await;
        assert_eq!(code, 229, "{text}");
        SocketAddr::new(self.address.ip(), parse_epsv(&text))
    }

    pub(crate) async fn pasv(&mut self) -> SocketAddr {
        let (code, text) = self.command("PASV").await;
        assert_eq!(code, 227, "{text}");
        parse_pasv(&text)
    }

    /// Opens a data connection for a command, up to its preliminary reply.
    pub(crate) async fn open(&mut self, command: &str) -> Data {
        let address = self.epsv().await;
        self.open_at(address, command).await
    }

    /// The same, with the address known.
    pub(crate) async fn open_at(&mut self, address: SocketAddr, command: &str) -> Data {
        self.try_open_at(address, command).await.unwrap()
    }

    pub(crate) async fn try_open_at(
        &mut self,
        address: SocketAddr,
        command: &str,
    ) -> io::Result<Data> {
        let stream = soon(TcpStream::connect(address)).await.unwrap();
        let (code, text) = self.command(command).await;
        assert!(code < 200, "{text}");
        Data::secure(stream, self.trust.config(self.store.clone())).await
    }

    /// The same, with another command sent right behind the first.
    pub(crate) async fn open_with_more(&mut self, command: &str, more: &str) -> Data {
        let address = self.epsv().await;
        self.open_at(address, &format!("{command}\r\n{more}")).await
    }

    /// Listens for the server and tells it where, with `PORT` or `EPRT`.
    pub(crate) async fn listen(&mut self, verb: &str) -> TcpListener {
        let listener = TcpListener::bind((self.address.ip(), 0)).await.unwrap();
        let argument = active_argument(verb, listener.local_addr().unwrap());
        let (code, text) = self.command(&format!("{verb} {argument}")).await;
        assert_eq!(code, 200, "{text}");
        listener
    }

    /// Opens a data connection in active mode, up to its preliminary reply.
    pub(crate) async fn open_active(&mut self, verb: &str, command: &str) -> Data {
        let listener = self.listen(verb).await;
        let (code, text) = self.command(command).await;
        assert!(code < 200, "{text}");
        let (stream, _) = soon(listener.accept()).await.unwrap();
        Data::secure(stream, self.trust.config(self.store.clone()))
            .await
            .unwrap()
    }

    /// Opens a data connection ahead of any command.
    pub(crate) async fn dial_data(&self, address: SocketAddr) -> Data {
        let stream = soon(TcpStream::connect(address)).await.unwrap();
        Data::secure(stream, self.trust.config(self.store.clone()))
            .await
            .unwrap()
    }

    /// The same, but resumes from another client's sessions.
    pub(crate) async fn open_foreign(&mut self, command: &str, other: &Self) -> Data {
        let address = self.epsv().await;
        let stream = soon(TcpStream::connect(address)).await.unwrap();
        let (code, text) = self.command(command).await;
        assert!(code < 200, "{text}");
        Data::secure(stream, self.trust.config(other.store.clone()))
            .await
            .unwrap()
    }

    /// Fetches a file or a listing: what came, how the handshake went, and the
    /// final reply.
    pub(crate) async fn fetch(&mut self, command: &str) -> Fetched {
        let mut data = self.open(command).await;
        let bytes = data.read_to_end().await.unwrap();
        let tickets = data.tickets();
        let resumed = data.resumed();
        data.close().await;
        Fetched {
            bytes,
            resumed,
            tickets,
            reply: self.reply().await,
        }
    }

    /// Stores bytes in an orderly way.
    pub(crate) async fn store(&mut self, command: &str, bytes: &[u8]) -> Fetched {
        let mut data = self.open(command).await;
        data.write(bytes).await.unwrap();
        data.finish().await.unwrap();
        Fetched {
            bytes: data.read_to_end().await.unwrap(),
            resumed: data.resumed(),
            tickets: data.tickets(),
            reply: self.reply().await,
        }
    }
}

#[derive(Debug)]
pub(crate) struct Fetched {
    pub(crate) bytes: Vec<u8>,
    pub(crate) resumed: bool,
    /// Tickets received on the data connection.
    pub(crate) tickets: u32,
    pub(crate) reply: (u16, String),
}

impl Fetched {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

/// A data connection in TLS.
pub(crate) struct Data(TlsStream<TcpStream>);

impl Data {
    async fn secure(stream: TcpStream, config: Arc<ClientConfig>) -> io::Result<Self> {
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

    /// `close_notify` and FIN; the other direction stays open.
    pub(crate) async fn finish(&mut self) -> io::Result<()> {
        soon(self.0.shutdown()).await
    }

    /// FIN without `close_notify`.
    pub(crate) async fn finish_tcp(&mut self) -> io::Result<()> {
        soon(self.0.get_mut().0.shutdown()).await
    }

    pub(crate) async fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        soon(self.0.read(buffer)).await
    }

    /// All bytes up to `close_notify`.
    pub(crate) async fn read_to_end(&mut self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        soon(self.0.read_to_end(&mut bytes)).await?;
        Ok(bytes)
    }

    /// `close_notify` and a clean end.
    pub(crate) async fn close(mut self) {
        self.finish().await.unwrap();
        let _ = self.read_to_end().await;
    }

    /// The same, where the server may be gone already.
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

    /// Shuts both directions down, see [`Client::vanish`].
    pub(crate) fn vanish(&self) {
        vanish(self.0.get_ref().0);
    }

    /// Reads until nothing more comes, however that is.
    pub(crate) async fn drain(&mut self) {
        let _ = self.read_to_end().await;
    }

    /// Waits until bytes have come that nobody has read.
    pub(crate) async fn unread(&self) {
        soon(self.0.get_ref().0.peek(&mut [0])).await.unwrap();
    }
}

fn vanish(stream: &TcpStream) {
    socket2::SockRef::from(stream)
        .shutdown(std::net::Shutdown::Both)
        .unwrap();
}

/// The argument of `PORT` or `EPRT` for an address.
pub(crate) fn active_argument(verb: &str, address: SocketAddr) -> String {
    match (verb, address.ip()) {
        ("PORT", IpAddr::V4(host)) => {
            let [a, b, c, d] = host.octets();
            let [high, low] = address.port().to_be_bytes();
            format!("{a},{b},{c},{d},{high},{low}")
        }
        (_, IpAddr::V4(host)) => format!("|1|{host}|{}|", address.port()),
        (_, IpAddr::V6(host)) => format!("|2|{host}|{}|", address.port()),
    }
}

pub(crate) fn parse_epsv(text: &str) -> u16 {
    text.split('|').nth(3).unwrap().parse().unwrap()
}

pub(crate) fn parse_pasv(text: &str) -> SocketAddr {
    let numbers = text.split(['(', ')']).nth(1).unwrap();
    let numbers: Vec<u8> = numbers
        .split(',')
        .map(|number| number.parse().unwrap())
        .collect();
    let host = IpAddr::from([numbers[0], numbers[1], numbers[2], numbers[3]]);
    SocketAddr::new(host, u16::from(numbers[4]) << 8 | u16::from(numbers[5]))
}
