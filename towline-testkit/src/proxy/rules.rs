//! What a proxy lets through, and what it was asked for.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::net::TcpStream;

use super::client::PATIENCE;
use crate::control::within;

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

/// What a proxy goes by, and what it was asked for.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) user: Option<(String, String)>,
    names: HashMap<String, IpAddr>,
    refusal: Option<(usize, u16)>,
    requests: Mutex<Vec<ProxyRequest>>,
}

/// Why there is no connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
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
    pub(super) fn new(
        user: Option<(String, String)>,
        names: HashMap<String, IpAddr>,
        refusal: Option<(usize, u16)>,
    ) -> Self {
        Self {
            user,
            names,
            refusal,
            requests: Mutex::default(),
        }
    }

    /// Whether a name and a password are good. Anybody is, where there is no
    /// user.
    pub(super) fn admits(&self, credentials: Option<&(String, String)>) -> bool {
        self.user.is_none() || credentials == self.user.as_ref()
    }

    pub(super) async fn connect(&self, host: &str, port: u16) -> Result<TcpStream, Refusal> {
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

    pub(super) fn note(&self, request: ProxyRequest) {
        self.lock().push(request);
    }

    /// What clients have asked for so far.
    pub(super) fn requests(&self) -> Vec<ProxyRequest> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<ProxyRequest>> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
