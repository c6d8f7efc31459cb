//! A server as a program knows it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::sleep;

use crate::attempt::Attempts;
use crate::config::Config;
use crate::error::Error;
use crate::number::Numbers;
use crate::pipelining::Allowance;
use crate::policy::ReuseDemand;
use crate::rate::RateLimit;
use crate::session::Session;
use crate::tls::Profile;

/// One server and how to reach it. Cheap to clone; clones share what is learnt about the server,
/// but never a TLS session.
#[derive(Clone, Debug)]
pub struct Client {
    shared: Arc<Shared>,
}

impl Client {
    /// A client for the server in `config`. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Usage`](crate::ErrorKind::Usage) if the configuration contradicts itself, the
    /// host is neither a name nor an address, or a certificate file cannot be used.
    pub fn new(config: Config) -> Result<Self, Error> {
        config.check()?;
        let profile =
            Profile::new(&config).map_err(|error| Error::tls("TLS cannot be set up", error))?;
        let memory = Mutex::default();
        let shared = Arc::new(Shared {
            rate: config.rate_limit.map(RateLimit::new),
            pipelining: Allowance::new(config.pipelining),
            numbers: Arc::default(),
            config,
            profile,
            memory,
        });
        Ok(Self { shared })
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Connects, begins TLS, and logs in; again as [`Config::retry`] says.
    ///
    /// # Errors
    ///
    /// Whatever stands in the way, from a name that cannot be looked up to a refused password.
    pub async fn connect(&self) -> Result<Session, Error> {
        let number = self.shared.numbers.take();
        let mut attempts = Attempts::default();
        loop {
            let shared = Arc::clone(&self.shared);
            match Session::open_as(shared, number.clone()).await {
                Ok(session) => return Ok(session),
                Err(error) => {
                    sleep(attempts.failed(&self.shared.config, &number, error)?).await;
                }
            }
        }
    }
}

/// What the sessions of one client have in common.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) profile: Profile,
    /// What all transfers share, if they are limited.
    pub(crate) rate: Option<RateLimit>,
    /// Which round trips may be saved.
    pub(crate) pipelining: Allowance,
    /// Of the control connections.
    pub(crate) numbers: Arc<Numbers>,
    memory: Mutex<Memory>,
}

/// What has been learnt about the server.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Memory {
    /// Whether it demands session reuse.
    pub(crate) demand: ReuseDemand,
    /// Session reuse has worked with TLS 1.2 alone.
    pub(crate) only_tls12: bool,
    /// It has spoken TLS, so that it is never again spoken to in clear text.
    pub(crate) speaks_tls: bool,
    /// It refuses `EPSV`, or where it then listens cannot be reached.
    pub(crate) without_epsv: bool,
    /// It wants to hear of a command before it listens for its data (`PRET`).
    pub(crate) needs_pret: bool,
}

impl Shared {
    pub(crate) fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
