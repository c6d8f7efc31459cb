//! The route to a server. Data connections take the same route as the control connection.

use std::net::SocketAddr;
use std::pin::Pin;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;

use super::connect::{ConnectAttempt, connect, connect_first};
use super::lookup::look_up;
use super::proxy::Proxy;
use crate::error::Error;
use crate::observer::Event;

/// How the control connection reached its server.
#[derive(Clone, Debug)]
pub(crate) enum Route {
    /// Directly, from a local address to an address of the server. Both keep the zone that
    /// link-local IPv6 addresses need.
    Direct { local: SocketAddr, peer: SocketAddr },
    /// Through a proxy, by name.
    Proxied { proxy: Proxy, host: String },
}

/// Where a server is, before any connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Destination<'a> {
    pub(crate) host: &'a str,
    pub(crate) port: u16,
    pub(crate) proxy: Option<&'a Proxy>,
    /// The timeout of each wait.
    pub(crate) limit: Duration,
}

/// The outcome of connecting to a [`Destination`].
#[derive(Debug)]
pub(crate) struct Reached {
    /// The outcome for each address that was tried, in order.
    pub(crate) attempts: Vec<ConnectAttempt>,
    pub(crate) connection: Result<(Route, TcpStream), Error>,
}

impl Destination<'_> {
    /// Returns the host to connect to first: the server, or the proxy in front of it.
    pub(crate) fn first_host(&self) -> &str {
        self.proxy.map_or(self.host, Proxy::host)
    }

    /// Returns the addresses of [`Self::first_host`] in the order in which they are tried.
    pub(crate) async fn look_up(
        &self,
        observe: impl Fn(&Event<'_>),
    ) -> Result<Vec<SocketAddr>, Error> {
        match self.proxy {
            Some(proxy) => proxy.look_up(self.limit, observe).await,
            None => look_up(self.host, self.port, self.limit, observe).await,
        }
    }

    /// Opens the control connection to the first of `addresses` that answers.
    pub(crate) async fn connect(
        &self,
        addresses: Vec<SocketAddr>,
        observe: impl Fn(&Event<'_>),
    ) -> Reached {
        let race = connect_first(self.first_host(), addresses, self.limit, observe).await;
        let (attempts, connected) = race.into_parts();
        let connection = match (connected, self.proxy) {
            (Ok(tcp), None) => Route::direct(tcp),
            (Ok(tcp), Some(proxy)) => {
                let asked = proxy.ask(tcp, self.host, self.port, self.limit).await;
                let (proxy, host) = (proxy.clone(), self.host.to_owned());
                asked.map(|tcp| (Route::Proxied { proxy, host }, tcp))
            }
            (Err(error), None) => Err(error),
            (Err(error), Some(proxy)) => Err(proxy.on_the_way(error)),
        };
        Reached {
            attempts,
            connection,
        }
    }
}

impl Route {
    fn direct(tcp: TcpStream) -> Result<(Self, TcpStream), Error> {
        let lost = |error| Error::network("the connection was lost immediately", error);
        let peer = tcp.peer_addr().map_err(lost)?;
        let local = tcp.local_addr().map_err(lost)?;
        Ok((Self::Direct { local, peer }, tcp))
    }

    /// Connects to another port of the same server.
    pub(crate) async fn connect(&self, port: u16, limit: Duration) -> Result<TcpStream, Error> {
        match self {
            Self::Direct { peer, .. } => {
                let mut address = *peer;
                address.set_port(port);
                connect(address, address.to_string(), limit).await
            }
            // The limit holds for all steps together.
            Self::Proxied { proxy, host } => {
                // Boxed as a trait object, so that the futures of callers do not nest too deeply
                // for the compiler.
                let connecting: Pin<Box<dyn Future<Output = _> + Send + '_>> =
                    Box::pin(proxy.connect(host, port, limit));
                let connected = timeout(limit, connecting).await;
                connected.unwrap_or_else(|_| Err(proxy.late(host, port)))
            }
        }
    }

    /// Returns the server's address on the control connection; `None` behind a proxy.
    pub(crate) fn peer(&self) -> Option<SocketAddr> {
        match self {
            Self::Direct { peer, .. } => Some(*peer),
            Self::Proxied { .. } => None,
        }
    }

    /// Returns whether the control connection uses IPv6; false behind a proxy.
    pub(crate) fn is_ipv6(&self) -> bool {
        self.peer().is_some_and(|peer| peer.is_ipv6())
    }
}
