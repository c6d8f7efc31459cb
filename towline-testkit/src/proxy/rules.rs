//! The rules of a proxy, and the requests that it received.

use std::collections::HashMap;
use std::net::IpAddr;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::net::TcpStream;

use crate::control::within;

/// One request for a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProxyRequest {
    /// The requested host: a name, or an address without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The user name that the client sent, whether or not it was accepted.
    pub user: Option<String>,
    /// The answer: an HTTP status code, or a SOCKS5 reply, where 0 means success.
    pub answer: u16,
}

/// The rules of a proxy, and the requests that it received.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) user: Option<(String, String)>,
    names: HashMap<String, IpAddr>,
    refusal: Option<(usize, u16)>,
    /// Which of the connections that begin with a `ClientHello` are damaged.
    damaged: Range<usize>,
    hellos: AtomicUsize,
    requests: Mutex<Vec<ProxyRequest>>,
}

/// The reason why a connection is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The test requested it.
    Told(u16),
    /// The host name is unknown.
    UnknownHost,
    /// The target is not on this machine.
    NotAllowed,
    /// The target does not accept connections.
    Unreachable,
}

/// How long a client may take for each step before its connection is established.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// The type of a record with a `ClientHello`.
const HANDSHAKE: u8 = 22;
/// Where its random number begins: behind the headers of record and message, and the version.
const RANDOM: usize = 5 + 4 + 2;

/// Returns whether more of a `ClientHello` must arrive before it can be damaged.
pub(super) fn is_start_of_hello(bytes: &[u8]) -> bool {
    bytes.first() == Some(&HANDSHAKE) && bytes.len() <= RANDOM
}

impl Rules {
    pub(super) fn new(
        user: Option<(String, String)>,
        names: HashMap<String, IpAddr>,
        refusal: Option<(usize, u16)>,
        damaged: Range<usize>,
    ) -> Self {
        Self {
            user,
            names,
            refusal,
            damaged,
            hellos: AtomicUsize::new(0),
            requests: Mutex::default(),
        }
    }

    /// Returns whether the credentials are accepted. If no user is set, all are.
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

    /// Damages `start`, the first bytes from a client, if they are a `ClientHello` whose turn it
    /// is: one bit of its random number is changed.
    pub(super) fn damage(&self, start: &mut [u8]) {
        if start.first() != Some(&HANDSHAKE) {
            return;
        }
        let hello = self.hellos.fetch_add(1, Ordering::Relaxed);
        if let Some(byte) = start
            .get_mut(RANDOM)
            .filter(|_| self.damaged.contains(&hello))
        {
            *byte ^= 1;
        }
    }

    pub(super) fn note(&self, request: ProxyRequest) {
        self.lock().push(request);
    }

    /// Returns the requests of clients so far.
    pub(super) fn requests(&self) -> Vec<ProxyRequest> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<ProxyRequest>> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
