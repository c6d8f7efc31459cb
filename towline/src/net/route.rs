//! The way to a server, which its data connections take as the control connection did.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpStream;

use super::connect::{connect, connect_host};
use super::proxy::Proxy;
use crate::error::Error;
use crate::observer::Event;

/// How the control connection reached its server.
#[derive(Clone, Debug)]
pub(crate) enum Route {
    /// From an address of ours to one of the server's, which carry the zone that link-local IPv6
    /// addresses need.
    Direct { local: SocketAddr, peer: SocketAddr },
    /// By name, through a proxy.
    Proxied { proxy: Proxy, host: String },
}

impl Route {
    /// Opens the control connection.
    pub(crate) async fn open(
        host: &str,
        port: u16,
        proxy: Option<&Proxy>,
        limit: Duration,
        observe: impl Fn(&Event<'_>),
    ) -> Result<(Self, TcpStream), Error> {
        if let Some(proxy) = proxy {
            let tcp = proxy.connect(host, port, limit, observe).await?;
            let (proxy, host) = (proxy.clone(), host.to_owned());
            return Ok((Self::Proxied { proxy, host }, tcp));
        }
        let tcp = connect_host(host, port, limit, observe).await?;
        let lost = |error| Error::network("the connection is lost at once", error);
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
                connect(address, limit).await
            }
            Self::Proxied { proxy, host } => proxy.connect(host, port, limit, |_| {}).await,
        }
    }

    /// Whether the server is spoken to over IPv6; unknown behind a proxy.
    pub(crate) fn is_ipv6(&self) -> bool {
        matches!(self, Self::Direct { peer, .. } if peer.is_ipv6())
    }
}
