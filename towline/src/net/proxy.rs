//! Proxies between the client and the server: HTTP CONNECT (RFC 9110 section 9.3.6) and SOCKS5
//! (RFC 1928).
//!
//! The proxy resolves the server's name, so the client needs no DNS for outside hosts. Data
//! connections go through the proxy as well, to the same name.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::str::FromStr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
#[cfg(feature = "socks")]
use tokio_socks::tcp::Socks5Stream;
use towline_proto::name::escape;
use towline_proto::secret::{Mask, Secret};
use zeroize::Zeroizing;

use super::connect::connect_first;
use super::lookup::look_up;
use crate::error::{Error, ErrorDetail, ErrorKind};
use crate::observer::Event;

/// The longest response head accepted from an HTTP proxy.
const MAX_ANSWER: usize = 16 * 1024;
const MAX_HEADERS: usize = 100;

const NO_SOCKS: &str = "this build of towline does not speak SOCKS5 (Cargo feature socks)";

/// A proxy for control and data connections. SOCKS5 needs the Cargo feature `socks`.
///
/// ```
/// use towline::{Config, Proxy, Secret};
///
/// let proxy: Proxy = "socks5://proxy.example.com:1080".parse()?;
/// let config = Config::new("ftp.example.com").proxy(proxy.login("jo", Secret::new("s3cret")));
/// # Ok::<(), towline::Error>(())
/// ```
#[derive(Clone)]
pub struct Proxy {
    scheme: Scheme,
    host: String,
    port: u16,
    login: Option<(String, Secret)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    Http,
    Socks5,
}

impl Proxy {
    /// Sets the user and password for the proxy itself. They are sent in clear text, to HTTP and
    /// SOCKS5 proxies alike.
    #[must_use]
    pub fn login(mut self, user: impl Into<String>, password: Secret) -> Self {
        self.login = Some((user.into(), password));
        self
    }

    /// Returns the host of the proxy itself.
    pub(super) fn host(&self) -> &str {
        &self.host
    }

    /// Returns the addresses of the proxy in the order in which they are tried.
    pub(super) async fn look_up(
        &self,
        limit: Duration,
        observe: impl Fn(&Event<'_>),
    ) -> Result<Vec<SocketAddr>, Error> {
        let addresses = look_up(&self.host, self.port, limit, observe).await;
        addresses.map_err(|error| self.on_the_way(error))
    }

    /// Adds to `error` that it occurred on the way to the proxy.
    pub(super) fn on_the_way(&self, error: Error) -> Error {
        error.with_note(format!("this connection goes to the proxy {self}"))
    }

    /// Connects to the proxy and, through it, to `host`.
    pub(super) async fn connect(
        &self,
        host: &str,
        port: u16,
        limit: Duration,
    ) -> Result<TcpStream, Error> {
        let addresses = self.look_up(limit, |_| {}).await?;
        let (_, connected) = connect_first(&self.host, addresses, limit, |_| {})
            .await
            .into_parts();
        let tcp = connected.map_err(|error| self.on_the_way(error))?;
        self.ask(tcp, host, port, limit).await
    }

    /// Asks the proxy at the other end of `tcp` for a connection to `host`.
    pub(super) async fn ask(
        &self,
        tcp: TcpStream,
        host: &str,
        port: u16,
        limit: Duration,
    ) -> Result<TcpStream, Error> {
        let asked = timeout(limit, async {
            match self.scheme {
                Scheme::Http => self.ask_http(tcp, host, port).await,
                Scheme::Socks5 => self.ask_socks(tcp, host, port).await,
            }
        });
        let asked = asked.await.map_err(|_| self.late(host, port))?;
        asked.map_err(|Refusal { kind, reason }| {
            let reason = self.mask().text(reason);
            let what = format!("the proxy {self} does not connect to {host}:{port}: {reason}");
            let detail = match kind {
                ErrorKind::LoginRefused => ErrorDetail::ProxyLoginRefused,
                _ => ErrorDetail::ProxyRefused,
            };
            Error::new(kind, what).with_detail(detail)
        })
    }

    /// The secrets that the proxy receives, and may echo.
    fn mask(&self) -> Mask {
        let mut mask = Mask::default();
        if let Some((user, password)) = &self.login {
            mask.add(password.reveal().as_bytes());
            mask.add(basic(user, password).as_bytes());
        }
        mask
    }

    /// Returns the error for a connection that takes too long.
    pub(super) fn late(&self, host: &str, port: u16) -> Error {
        let what = format!("the proxy {self} does not connect to {host}:{port}");
        Error::timeout(ErrorDetail::ProxyTimedOut, what)
    }

    async fn ask_http(
        &self,
        mut tcp: TcpStream,
        host: &str,
        port: u16,
    ) -> Result<TcpStream, Refusal> {
        let target = authority(host, port);
        let mut request =
            Zeroizing::new(format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n"));
        if let Some((user, password)) = &self.login {
            request.push_str("Proxy-Authorization: Basic ");
            request.push_str(&basic(user, password));
            request.push_str("\r\n");
        }
        request.push_str("\r\n");
        let sent = tcp.write_all(request.as_bytes()).await;
        sent.map_err(Refusal::network)?;
        let answer = read_answer(&mut tcp).await;
        let answer = answer.map_err(Refusal::network)?;
        match status(&answer) {
            Some((200..=299, _)) => Ok(tcp),
            Some((code @ 407, reason)) => Err(Refusal::login(format!("{code} {reason}"))),
            Some((code, reason)) => Err(Refusal::network(format!("{code} {reason}"))),
            None => Err(Refusal::network("its answer is not HTTP")),
        }
    }

    #[cfg(not(feature = "socks"))]
    async fn ask_socks(&self, _: TcpStream, _: &str, _: u16) -> Result<TcpStream, Refusal> {
        let (kind, reason) = (ErrorKind::Usage, NO_SOCKS.to_owned());
        Err(Refusal { kind, reason })
    }

    #[cfg(feature = "socks")]
    async fn ask_socks(&self, tcp: TcpStream, host: &str, port: u16) -> Result<TcpStream, Refusal> {
        let asked = match &self.login {
            None => Socks5Stream::connect_with_socket(tcp, (host, port)).await,
            Some((user, password)) => {
                let (user, password) = (user.as_str(), password.reveal());
                Socks5Stream::connect_with_password_and_socket(tcp, (host, port), user, password)
                    .await
            }
        };
        asked.map(Socks5Stream::into_inner).map_err(|error| {
            use tokio_socks::Error as Socks;
            match error {
                Socks::PasswordAuthFailure(_)
                | Socks::AuthorizationRequired
                | Socks::NoAcceptableAuthMethods => Refusal::login(error),
                _ => Refusal::network(error),
            }
        })
    }
}

/// Returns the credentials of the Basic scheme (RFC 7617 section 2).
fn basic(user: &str, password: &Secret) -> Zeroizing<String> {
    let login = Zeroizing::new(format!("{user}:{}", password.reveal()));
    Zeroizing::new(STANDARD.encode(&*login))
}

/// Why a proxy did not connect.
struct Refusal {
    kind: ErrorKind,
    reason: String,
}

impl Refusal {
    /// The proxy refused the user or password, or requires them.
    fn login(reason: impl fmt::Display) -> Self {
        Self {
            kind: ErrorKind::LoginRefused,
            reason: reason.to_string(),
        }
    }

    /// Another failure, which may be transient.
    fn network(reason: impl fmt::Display) -> Self {
        Self {
            kind: ErrorKind::Network,
            reason: reason.to_string(),
        }
    }
}

/// Parses `http://host:port` or `socks5://host:port`.
impl FromStr for Proxy {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = |why: &str| {
            let what = format!("{text:?} is not a proxy: {why}");
            Error::new(ErrorKind::Usage, what).with_detail(ErrorDetail::InvalidProxy)
        };
        let (scheme, rest) = text
            .split_once("://")
            .ok_or_else(|| wrong("write http://host:port or socks5://host:port"))?;
        let scheme = match scheme {
            "http" => Scheme::Http,
            "socks5" | "socks5h" if cfg!(not(feature = "socks")) => return Err(wrong(NO_SOCKS)),
            "socks5" | "socks5h" => Scheme::Socks5,
            _ => return Err(wrong("only http and socks5 are supported")),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.contains('@') {
            let what = "the proxy's URL contains a user; give the user and password separately";
            let error = Error::new(ErrorKind::Usage, what);
            return Err(error.with_detail(ErrorDetail::InvalidProxy));
        }
        let (host, port) = rest
            .rsplit_once(':')
            .ok_or_else(|| wrong("the port is missing"))?;
        let port = port
            .parse()
            .map_err(|_| wrong("the port is not a number"))?;
        let host = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'))
            .unwrap_or(host);
        if host.is_empty() || host.contains(['/', ' ']) {
            return Err(wrong("the host is missing"));
        }
        Ok(Self {
            scheme,
            host: host.to_owned(),
            port,
            login: None,
        })
    }
}

/// Writes the URL without user and password.
impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.scheme {
            Scheme::Http => "http",
            Scheme::Socks5 => "socks5",
        };
        write!(f, "{scheme}://{}", authority(&self.host, self.port))
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy({self})")
    }
}

fn authority(host: &str, port: u16) -> String {
    if host.contains(':') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}

/// Reads the head of a response and not one byte more: the server's greeting follows.
async fn read_answer(tcp: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") && !answer.ends_with(b"\n\n") {
        if answer.len() == MAX_ANSWER {
            let endless = "its answer is too long";
            return Err(io::Error::new(io::ErrorKind::InvalidData, endless));
        }
        answer.push(tcp.read_u8().await?);
    }
    Ok(answer)
}

fn status(answer: &[u8]) -> Option<(u16, String)> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    response.parse(answer).ok()?;
    let reason = escape(response.reason.unwrap_or_default().as_bytes());
    Some((response.code?, reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        for text in ["http://proxy:3128", "http://[::1]:3128"] {
            assert_eq!(text.parse::<Proxy>().unwrap().to_string(), text);
        }
    }

    #[cfg(feature = "socks")]
    #[test]
    fn reads_the_socks_proxies_that_it_writes() {
        for text in ["socks5://10.0.0.1:1080", "socks5://[::1]:1080"] {
            assert_eq!(text.parse::<Proxy>().unwrap().to_string(), text);
        }
        let proxy: Proxy = "socks5h://proxy:1080/".parse().unwrap();
        let proxy = proxy.login("jo", Secret::new("s3cret"));
        assert_eq!(format!("{proxy:?}"), "Proxy(socks5://proxy:1080)");
    }

    #[test]
    fn refuses_what_is_no_proxy() {
        for text in [
            "",
            "proxy:1",
            "ftp://proxy:1",
            "http://proxy",
            "http://:1",
            "http://a:b",
        ] {
            let error = text.parse::<Proxy>().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Usage, "{text}");
        }
        let error = "http://jo:s3cret@proxy:1".parse::<Proxy>().unwrap_err();
        assert!(!error.to_string().contains("s3cret"), "{error}");
    }

    #[test]
    fn reads_the_status_of_an_answer() {
        let status = |text: &str| status(text.as_bytes());
        let refused = "HTTP/1.1 407 Proxy Authentication Required\r\nA: b\r\n\r\n";
        let text = "Proxy Authentication Required".to_owned();
        assert_eq!(status(refused), Some((407, text)));
        assert_eq!(status("HTTP/1.0 200\r\n\r\n"), Some((200, String::new())));
        assert_eq!(status("220 ready\r\n\r\n"), None);
    }
}
