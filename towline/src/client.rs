//! A client of one server.

use std::sync::Arc;

use tokio::time::sleep;

use crate::config::Config;
use crate::error::Error;
use crate::server::Shared;
use crate::session::{Attempts, Session};

/// One server and how to reach it. Cheap to clone; clones share what they learn about the server,
/// but never a TLS session.
#[derive(Clone, Debug)]
pub struct Client {
    shared: Arc<Shared>,
}

impl Client {
    /// Creates a client for the server in `config`. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Usage`](crate::ErrorKind::Usage) if the configuration contradicts itself, the
    /// host is neither a name nor an address, or a certificate file cannot be used.
    pub fn new(config: Config) -> Result<Self, Error> {
        let shared = Arc::new(Shared::new(config)?);
        Ok(Self { shared })
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Connects, starts TLS, and logs in. Retries as [`Config::retry`] says.
    ///
    /// # Errors
    ///
    /// Any error of connecting, TLS or the login, for example a name that cannot be looked up or a
    /// refused password.
    pub async fn connect(&self) -> Result<Session, Error> {
        let id = self.shared.connection_ids().take();
        let mut attempts = Attempts::default();
        loop {
            let shared = Arc::clone(&self.shared);
            match Session::open(shared, id.clone()).await {
                Ok(session) => return Ok(session),
                Err(error) => {
                    sleep(attempts.failed(self.shared.config(), id.id(), error)?).await;
                }
            }
        }
    }
}
