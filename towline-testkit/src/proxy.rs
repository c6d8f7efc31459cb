//! Proxies for tests: HTTP `CONNECT` (RFC 9110 section 9.3.6) and SOCKS5
//! (RFC 1928, RFC 1929).

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use crate::control::within;

mod http;
mod socks5;

/// How long a client may take for any one step before its connection stands.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running proxy on loopback, which connects to loopback only. It ends, with
/// all its connections, when it is dropped.
///
/// ```
/// use std::net::Ipv4Addr;
///
/// use towline_testkit::Proxy;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let proxy = Proxy::socks5()
///     .user("demo", "secret")
///     .resolve("files.test", Ipv4Addr::LOCALHOST)
///     .start()
///     .await?;
/// // ... a client goes to `files.test` by way of `proxy.address()` ...
/// assert!(proxy.requests().iter().all(|request| request.host == "files.test"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    rules: Arc<Rules>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// Settings of a proxy that understands `CONNECT`.
    pub fn http() -> ProxyBuilder {
        ProxyBuilder::new(Protocol::Http)
    }

    /// Settings of a proxy that understands SOCKS5.
    pub fn socks5() -> ProxyBuilder {
        ProxyBuilder::new(Protocol::Socks5)
    }

    /// Where the proxy listens: `127.0.0.1` and a port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What clients have asked for so far, in order. A request is in it before
    /// its answer is sent.
    pub fn requests(&self) -> Vec<ProxyRequest> {
        self.rules.lock().clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// One request for a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProxyRequest {
    /// The host as it was asked for, a name or an address without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The user that the client gave, whether or not it was let in.
    pub user: Option<String>,
    /// The answer: a status code of HTTP, or the reply of SOCKS5, in which 0
    /// is success.
    pub answer: u16,
}

/// Settings of a proxy that is not started yet.
#[derive(Debug, Clone)]
pub struct ProxyBuilder {
    protocol: Protocol,
    user: Option<(String, String)>,
    names: HashMap<String, IpAddr>,
    refusal: Option<(usize, u16)>,
}

#[derive(Debug, Clone, Copy)]
enum Protocol {
    Http,
    Socks5,
}

impl ProxyBuilder {
    fn new(protocol: Protocol) -> Self {
        Self {
            protocol,
            user: None,
            names: HashMap::from([("localhost".to_owned(), Ipv4Addr::LOCALHOST.into())]),
            refusal: None,
        }
    }

    /// The one user that is let in. By default nobody has to give a name.
    pub fn user(mut self, name: impl Into<String>, password: impl Into<String>) -> Self {
        self.user = Some((name.into(), password.into()));
        self
    }

    /// A name that the proxy knows. It asks no name server, and knows
    /// `localhost` only by itself.
    pub fn resolve(mut self, name: impl Into<String>, address: impl Into<IpAddr>) -> Self {
        self.names.insert(name.into(), address.into());
        self
    }

    /// Refuses every request: with a status code such as 403 or 502 over HTTP,
    /// with a reply from 1 to 8 (RFC 1928 section 6) over SOCKS5.
    pub fn refuse(self, answer: u16) -> Self {
        self.refuse_from_nth(1, answer)
    }

    /// Refuses the n-th request, counted from 1, and all that follow.
    pub fn refuse_from_nth(mut self, n: usize, answer: u16) -> Self {
        self.refusal = Some((n, answer));
        self
    }

    /// Starts the proxy on `127.0.0.1`, in the tokio runtime of the caller.
    ///
    /// # Errors
    ///
    /// Where there is no port.
    pub async fn start(self) -> io::Result<Proxy> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let rules = Arc::new(Rules {
            user: self.user,
            names: self.names,
            refusal: self.refusal,
            requests: Mutex::default(),
        });
        let task = tokio::spawn(run(self.protocol, rules.clone(), listener));
        Ok(Proxy {
            address,
            rules,
            task,
        })
    }
}

/// What a proxy goes by, and what it was asked for.
#[derive(Debug)]
struct Rules {
    user: Option<(String, String)>,
    names: HashMap<String, IpAddr>,
    refusal: Option<(usize, u16)>,
    requests: Mutex<Vec<ProxyRequest>>,
}

/// Why there is no connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    /// The test wants it.
    Told(u16),
    /// The name is not known.
    UnknownHost,
    /// It would leave the machine.
    NotAllowed,
    /// Nobody listens.
    Unreachable,
}

impl Rules {
    /// Whether a name and a password are good. Anybody is, where there is no
    /// user.
    fn admits(&self, credentials: Option<&(String, String)>) -> bool {
        self.user.is_none() || credentials == self.user.as_ref()
    }

    async fn connect(&self, host: &str, port: u16) -> Result<TcpStream, Refusal> {
        let asked = self.lock().len() + 1;
        if let Some((first, answer)) = self.refusal
            && asked >= first
        {
            return Err(Refusal::Told(answer));
        }
        let known = self.names.get(host).copied();
        let address = known.or_else(|| host.parse().ok());
        let address = address.ok_or(Refusal::UnknownHost)?;
        if !address.is_loopback() {
            return Err(Refusal::NotAllowed);
        }
        let connect = async {
            let target = TcpStream::connect((address, port)).await?;
            target.set_nodelay(true)?;
            Ok(target)
        };
        within(PATIENCE, connect)
            .await
            .map_err(|_| Refusal::Unreachable)
    }

    fn note(&self, request: ProxyRequest) {
        self.lock().push(request);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<ProxyRequest>> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Accepts clients for as long as it runs; they end with it.
async fn run(protocol: Protocol, rules: Arc<Rules>, listener: TcpListener) {
    let mut clients = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            Some(_) = clients.join_next(), if !clients.is_empty() => continue,
            accepted = listener.accept() => accepted,
        };
        if let Ok((stream, _)) = accepted {
            clients.spawn(serve(protocol, rules.clone(), stream));
        }
    }
}

/// Serves a client to the end. One that breaks off is no error of the proxy.
async fn serve(protocol: Protocol, rules: Arc<Rules>, stream: TcpStream) {
    let mut client = Client::new(stream);
    let negotiated = match protocol {
        Protocol::Http => http::negotiate(&rules, &mut client).await,
        Protocol::Socks5 => socks5::negotiate(&rules, &mut client).await,
    };
    if let Ok(Some(mut target)) = negotiated {
        let _ = client.relay(&mut target).await;
    }
}

/// A client's connection, and what has come on it and is not read.
struct Client {
    stream: TcpStream,
    input: BytesMut,
}

impl Client {
    fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            input: BytesMut::new(),
        }
    }

    /// Waits for more.
    async fn fill(&mut self) -> io::Result<()> {
        match within(PATIENCE, self.stream.read_buf(&mut self.input)).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }

    /// The next bytes, that many.
    async fn take(&mut self, count: usize) -> io::Result<BytesMut> {
        while self.input.len() < count {
            self.fill().await?;
        }
        Ok(self.input.split_to(count))
    }

    async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        within(PATIENCE, self.stream.write_all(bytes)).await
    }

    /// Hands everything over in both directions, and the ends of both.
    async fn relay(&mut self, target: &mut TcpStream) -> io::Result<()> {
        self.stream.set_nodelay(true)?;
        target.write_all(&self.input).await?;
        self.input.advance(self.input.len());
        tokio::io::copy_bidirectional(&mut self.stream, target).await?;
        Ok(())
    }
}
