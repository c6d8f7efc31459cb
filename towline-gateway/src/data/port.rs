//! How the next data connection with a client is opened.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use socket2::Socket;
use tokio::net::TcpStream;
use tokio::time::sleep;

use super::active::connect;
use super::ending::end_in_order;
use super::passive::Passive;

/// How long a reply may take to be read before the end of a data connection.
const REPLY_FIRST: Duration = Duration::from_millis(100);

/// How the next data connection is opened.
#[derive(Debug, Default)]
pub(crate) enum DataPort {
    /// The client has not said it yet.
    #[default]
    None,
    /// The client connects.
    Passive(Passive),
    /// The gateway connects to this address.
    Active(SocketAddr),
    /// It is open.
    Open(TcpStream),
}

impl DataPort {
    /// Opens the connection. May be dropped and called again.
    pub(crate) async fn open(&mut self, local: IpAddr) -> io::Result<()> {
        let stream = match self {
            Self::None => return Err(io::ErrorKind::NotConnected.into()),
            Self::Passive(passive) => passive.accept().await?,
            Self::Active(address) => connect(*address, local).await?,
            Self::Open(_) => return Ok(()),
        };
        stream.set_nodelay(true)?;
        *self = Self::Open(stream);
        Ok(())
    }

    /// Ends in order what is open or waits for a transfer that does not come, shortly after the
    /// reply that says why: a client that has begun TLS there must not see the end first.
    pub(crate) fn close(&mut self) {
        let waiting = match std::mem::take(self) {
            Self::Passive(passive) => passive.close(),
            Self::Open(stream) => stream.into_std().map(Socket::from).into_iter().collect(),
            Self::None | Self::Active(_) => Vec::new(),
        };
        if !waiting.is_empty() {
            tokio::spawn(async move {
                sleep(REPLY_FIRST).await;
                waiting.iter().for_each(end_in_order);
            });
        }
    }

    /// Returns the connection, if it is open. The next transfer needs another one.
    pub(crate) fn take(&mut self) -> Option<TcpStream> {
        match std::mem::take(self) {
            Self::Open(stream) => Some(stream),
            _ => None,
        }
    }
}
