//! A gateway in front of a strict server, and a client that is nothing but sockets.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{
    AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader,
};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use towline::{Config, Secret, Trust};
use towline_gateway::{Access, Gateway, Route, Settings};
use towline_testkit::{Builder, Personality, Server, Versions};

/// Nothing on loopback takes this long.
const TOO_LONG: Duration = Duration::from_secs(30);

/// A server, a gateway in front of it, and what the gateway has reported.
pub(crate) struct Bench {
    pub server: Server,
    pub address: SocketAddr,
    pub metrics: Option<SocketAddr>,
    events: Arc<Mutex<Vec<serde_json::Value>>>,
    settings: Settings,
    renew: mpsc::Sender<Settings>,
    stop: Option<oneshot::Sender<()>>,
    serving: Option<JoinHandle<()>>,
    _files: TempDir,
}

impl Bench {
    pub(crate) async fn start(personality: Personality) -> Self {
        Self::build(Server::builder(personality), |_, _| {}).await
    }

    /// A gateway with the route `vendor`, whose password is `gate`.
    pub(crate) async fn build(
        builder: Builder,
        change: impl FnOnce(&mut Settings, &Config),
    ) -> Self {
        let builder = builder.versions(Versions::Both).user("user", "secret");
        let server = builder.start().await.unwrap();
        let files = tempfile::tempdir().unwrap();
        let ca = files.path().join("ca.pem");
        std::fs::write(&ca, server.ca_pem()).unwrap();
        let config = Config::new("localhost")
            .port(server.address().port())
            .user("user")
            .password(Secret::new("secret"))
            .trust(Trust::CaFile(ca))
            .part_key_file(PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("part-key"))
            .timeout(Duration::from_secs(10));
        let access = Access::Password(Secret::new("gate"));
        let mut settings = Settings {
            listen: vec!["127.0.0.1:0".parse().unwrap()],
            routes: vec![Route::new("vendor", config.clone(), access)],
            ..Settings::default()
        };
        change(&mut settings, &config);
        let events = Arc::new(Mutex::new(Vec::new()));
        let sink = {
            let events = Arc::clone(&events);
            move |event: &towline_gateway::Event<'_>| {
                let event = serde_json::to_value(event).unwrap();
                events.lock().unwrap().push(event);
            }
        };
        let gateway = Gateway::bind(settings.clone(), sink).await.unwrap();
        let address = gateway.addresses()[0];
        let metrics = gateway.metrics_address();
        let (stop, stopped) = oneshot::channel();
        let (renew, renewed) = mpsc::channel(1);
        let serving = tokio::spawn(gateway.serve_renewed(renewed, async {
            let _ = stopped.await;
        }));
        Self {
            server,
            address,
            metrics,
            events,
            settings,
            renew,
            stop: Some(stop),
            serving: Some(serving),
            _files: files,
        }
    }

    /// A client that has had its greeting.
    pub(crate) async fn connect(&self) -> Client {
        let mut client = Client::over(TcpStream::connect(self.address).await.unwrap());
        client.expect("220").await;
        client
    }

    /// A client that has logged in, in binary mode.
    pub(crate) async fn client(&self) -> Client {
        let mut client = self.connect().await;
        client.ask("USER vendor", "331").await;
        client.ask("PASS gate", "230").await;
        client.ask("TYPE I", "200").await;
        client
    }

    pub(crate) fn write(&self, name: &str, contents: impl AsRef<[u8]>) {
        std::fs::write(self.server.root().join(name), contents).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> Option<Vec<u8>> {
        std::fs::read(self.server.root().join(name)).ok()
    }

    pub(crate) fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.server.root()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    }

    /// The events of one kind.
    pub(crate) fn events(&self, kind: &str) -> Vec<serde_json::Value> {
        let events = self.events.lock().unwrap();
        let of_kind = events.iter().filter(|event| event["event"] == kind);
        of_kind.cloned().collect()
    }

    /// Waits until so many events of one kind were reported. Returns them.
    pub(crate) async fn reported(&self, kind: &str, count: usize) -> Vec<serde_json::Value> {
        let reported = async {
            loop {
                let events = self.events(kind);
                if events.len() >= count {
                    return events;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(TOO_LONG, reported).await.expect("an event")
    }

    /// Everything that was reported, as text.
    pub(crate) fn all_events(&self) -> String {
        format!("{:?}", self.events.lock().unwrap())
    }

    /// The logins at the server.
    pub(crate) fn logins(&self) -> usize {
        let report = self.server.report();
        let logins = report
            .control
            .iter()
            .filter(|control| control.user.is_some());
        logins.count()
    }

    /// Gives the gateway the same settings again, with a change.
    pub(crate) async fn renew(&mut self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.settings);
        self.renew.send(self.settings.clone()).await.unwrap();
        // It has taken them once there is room for others.
        drop(self.renew.reserve().await.unwrap());
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Asks the gateway to end.
    pub(crate) fn stop(&mut self) {
        drop(self.stop.take());
    }

    /// Waits for the end of the gateway.
    pub(crate) async fn ended(&mut self) {
        let serving = self.serving.take().unwrap();
        timeout(TOO_LONG, serving).await.expect("an end").unwrap();
    }
}

/// A control connection of an old program.
pub(crate) struct Client<S = TcpStream> {
    stream: BufReader<S>,
}

impl Client {
    pub(crate) fn socket(&self) -> &TcpStream {
        self.stream.get_ref()
    }

    pub(crate) fn into_halves(
        self,
    ) -> (
        tokio::net::tcp::OwnedReadHalf,
        tokio::net::tcp::OwnedWriteHalf,
    ) {
        self.stream.into_inner().into_split()
    }

    /// Skips one TLS record: the gateway's `close_notify`, ahead of clear text.
    pub(crate) async fn skip_record(&mut self) {
        let mut head = [0; 5];
        self.stream.read_exact(&mut head).await.unwrap();
        let mut body = vec![0; usize::from(u16::from_be_bytes([head[3], head[4]]))];
        self.stream.read_exact(&mut body).await.unwrap();
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    pub(crate) fn over(stream: S) -> Self {
        Self {
            stream: BufReader::new(stream),
        }
    }

    pub(crate) fn into_stream(self) -> S {
        self.stream.into_inner()
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).await.unwrap();
    }

    /// The next reply: its last line, after the others.
    pub(crate) async fn reply(&mut self) -> String {
        String::from_utf8(self.reply_bytes().await).unwrap()
    }

    pub(crate) async fn reply_bytes(&mut self) -> Vec<u8> {
        let mut reply = Vec::new();
        loop {
            let mut line = Vec::new();
            let read = self.stream.read_until(b'\n', &mut line);
            let read = timeout(TOO_LONG, read).await.expect("a reply").unwrap();
            assert!(
                read > 0,
                "closed after {:?}",
                String::from_utf8_lossy(&reply)
            );
            reply.extend_from_slice(&line);
            if line.len() > 3 && line[..3].iter().all(u8::is_ascii_digit) && line[3] == b' ' {
                return reply;
            }
        }
    }

    /// Waits for a reply that begins with `code`.
    pub(crate) async fn expect(&mut self, code: &str) -> String {
        let reply = self.reply().await;
        assert!(reply.starts_with(code), "{code} expected: {reply}");
        reply
    }

    /// Sends a line, and waits for a reply that begins with `code`.
    pub(crate) async fn ask(&mut self, line: impl AsRef<[u8]>, code: &str) -> String {
        self.send([line.as_ref(), b"\r\n"].concat()).await;
        let reply = self.reply().await;
        let line = String::from_utf8_lossy(line.as_ref());
        assert!(reply.starts_with(code), "{line}: {code} expected: {reply}");
        reply
    }

    /// Sends a line, and waits for any reply.
    pub(crate) async fn ask_any(&mut self, line: impl AsRef<[u8]>) -> String {
        self.send([line.as_ref(), b"\r\n"].concat()).await;
        self.reply().await
    }

    /// Whether the gateway has closed the connection.
    pub(crate) async fn is_closed(&mut self) -> bool {
        let mut rest = Vec::new();
        let read = self.stream.read_to_end(&mut rest);
        // A reset is an end, too.
        let _ = timeout(TOO_LONG, read).await.expect("an end");
        rest.is_empty()
    }

    /// Opens a data connection with PASV.
    pub(crate) async fn passive(&mut self) -> TcpStream {
        let reply = self.ask("PASV", "227").await;
        TcpStream::connect(pasv_address(&reply)).await.unwrap()
    }

    /// Listens for a data connection, and announces it with PORT.
    pub(crate) async fn active(&mut self) -> TcpListener {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let line = format!("PORT 127,0,0,1,{},{}", port / 256, port % 256);
        self.ask(line, "200").await;
        listener
    }

    /// Downloads a file or a listing in passive mode. Returns the data and the final reply.
    pub(crate) async fn retrieve(&mut self, line: impl AsRef<[u8]>) -> (Vec<u8>, String) {
        let mut data = self.passive().await;
        self.ask(line, "150").await;
        let mut bytes = Vec::new();
        timeout(TOO_LONG, data.read_to_end(&mut bytes))
            .await
            .unwrap()
            .unwrap();
        (bytes, self.reply().await)
    }

    /// Uploads a file in passive mode. Returns the final reply.
    pub(crate) async fn store(&mut self, line: impl AsRef<[u8]>, bytes: &[u8]) -> String {
        let mut data = self.passive().await;
        self.ask(line, "150").await;
        data.write_all(bytes).await.unwrap();
        data.shutdown().await.unwrap();
        drop(data);
        self.reply().await
    }
}

/// The address in a reply to PASV.
pub(crate) fn pasv_address(reply: &str) -> SocketAddr {
    let numbers = reply.split(['(', ')']).nth(1).unwrap();
    let numbers: Vec<u16> = numbers
        .split(',')
        .map(|number| number.parse().unwrap())
        .collect();
    let host = format!(
        "{}.{}.{}.{}",
        numbers[0], numbers[1], numbers[2], numbers[3]
    );
    format!("{host}:{}", numbers[4] * 256 + numbers[5])
        .parse()
        .unwrap()
}

/// Bytes that differ from each other in most places.
pub(crate) fn noise(len: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_u32;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (state >> 16) as u8
    };
    (0..len).map(|_| next()).collect()
}
