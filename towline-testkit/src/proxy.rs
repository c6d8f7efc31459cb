//! Proxies for tests: HTTP `CONNECT` (RFC 9110 section 9.3.6) and SOCKS5
//! (RFC 1928, RFC 1929).

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::Range;
use std::sync::Arc;

use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use self::client::Client;
pub use self::rules::ProxyRequest;
use self::rules::Rules;

mod client;
mod http;
mod rules;
mod socks5;

/// A running proxy on loopback, which connects to loopback only. Dropping it
/// ends the proxy and all its connections.
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
    /// Returns the settings of an HTTP proxy that supports `CONNECT`.
    pub fn http() -> ProxyBuilder {
        ProxyBuilder::new(Protocol::Http)
    }

    /// Returns the settings of a SOCKS5 proxy.
    pub fn socks5() -> ProxyBuilder {
        ProxyBuilder::new(Protocol::Socks5)
    }

    /// Returns the address of the proxy: `127.0.0.1` and a port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the requests of clients so far, in order. A request is recorded
    /// before its answer is sent.
    pub fn requests(&self) -> Vec<ProxyRequest> {
        self.rules.requests()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The settings of a proxy that has not started yet.
#[derive(Debug, Clone)]
pub struct ProxyBuilder {
    protocol: Protocol,
    user: Option<(String, String)>,
    names: HashMap<String, IpAddr>,
    refusal: Option<(usize, u16)>,
    damaged: Range<usize>,
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
            damaged: 0..0,
        }
    }

    /// Sets the only user that the proxy accepts. By default clients do not have
    /// to authenticate.
    pub fn user(mut self, name: impl Into<String>, password: impl Into<String>) -> Self {
        self.user = Some((name.into(), password.into()));
        self
    }

    /// Adds a host name that the proxy resolves. The proxy asks no name server.
    /// Without this setting it knows only `localhost`.
    pub fn resolve(mut self, name: impl Into<String>, address: impl Into<IpAddr>) -> Self {
        self.names.insert(name.into(), address.into());
        self
    }

    /// Refuses every request: over HTTP with a status code such as 403 or 502,
    /// over SOCKS5 with a reply from 1 to 8 (RFC 1928 section 6).
    pub fn refuse(self, answer: u16) -> Self {
        self.refuse_from_nth(1, answer)
    }

    /// Refuses the n-th request, counted from 1, and all later ones.
    pub fn refuse_from_nth(mut self, n: usize, answer: u16) -> Self {
        self.refusal = Some((n, answer));
        self
    }

    /// Changes one bit in these of the connections that begin with a `ClientHello`,
    /// counted from 0, as an on-path attacker can: its server and its client then
    /// have seen different handshakes. In explicit mode, these are the data
    /// connections.
    pub fn damage_hellos(mut self, which: Range<usize>) -> Self {
        self.damaged = which;
        self
    }

    /// Starts the proxy on `127.0.0.1`, in the caller's tokio runtime.
    ///
    /// # Errors
    ///
    /// An error if the proxy cannot listen on a port.
    pub async fn start(self) -> io::Result<Proxy> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let rules = Arc::new(Rules::new(
            self.user,
            self.names,
            self.refusal,
            self.damaged,
        ));
        let task = tokio::spawn(run(self.protocol, rules.clone(), listener));
        Ok(Proxy {
            address,
            rules,
            task,
        })
    }
}

/// Accepts clients as long as it runs. Their connections end with it.
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

/// Serves a client to the end. A client that disconnects is not an error.
async fn serve(protocol: Protocol, rules: Arc<Rules>, stream: TcpStream) {
    let mut client = Client::new(stream);
    let negotiated = match protocol {
        Protocol::Http => http::negotiate(&rules, &mut client).await,
        Protocol::Socks5 => socks5::negotiate(&rules, &mut client).await,
    };
    if let Ok(Some(mut target)) = negotiated {
        let _ = client.relay(&rules, &mut target).await;
    }
}
