//! Passive or active mode.

use std::net::IpAddr;
use std::ops::RangeInclusive;

/// Which side opens data connections.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum DataMode {
    /// The client (`EPSV`, otherwise `PASV`), always to the host of the control connection.
    #[default]
    Passive,
    /// The server (`EPRT`, otherwise `PORT`). Connections from any other host are rejected.
    Active(Active),
}

/// Where the client listens for data connections in active mode.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Active {
    pub(crate) address: Option<IpAddr>,
    pub(crate) ports: Option<RangeInclusive<u16>>,
}

impl Active {
    /// Sets the address to announce to the server if it is not the client's own: that of a router
    /// that forwards the connections. Default: the local address of the control connection.
    #[must_use]
    pub fn address(mut self, address: IpAddr) -> Self {
        self.address = Some(address);
        self
    }

    /// Sets the ports to listen on, such as those that a firewall allows. Default: any free port.
    #[must_use]
    pub fn ports(mut self, ports: RangeInclusive<u16>) -> Self {
        self.ports = Some(ports);
        self
    }
}
