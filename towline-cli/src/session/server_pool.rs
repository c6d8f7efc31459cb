//! The pool of sessions, with one server at a time.

use std::sync::Arc;

use towline::{Pool, PooledSession};

use crate::credentials::one_host::OneHost;
use crate::error::Error;
use crate::operand::server::Server;
use crate::output::printer::Printer;
use crate::session::connect;

/// A pool of sessions and its server.
#[derive(Debug, Default)]
pub(crate) struct ServerPool {
    open: Option<(Server, Pool)>,
    /// Listings need not have owners and permissions.
    pub(crate) brief_listings: bool,
    /// The secrets that the command has used.
    one_host: OneHost,
}

impl ServerPool {
    /// The pool of sessions with `server`, if it is open.
    pub(crate) fn of(&self, server: &Server) -> Option<&Pool> {
        let open = self.open.as_ref().filter(|(known, _)| known == server);
        open.map(|(_, pool)| pool)
    }

    /// Ends the sessions with the previous server, and opens one with `server`.
    ///
    /// # Errors
    /// [`Error::Usage`] if a secret is missing; [`Error::Session`] if the settings cannot be used,
    /// or the server cannot be reached or refuses the login.
    pub(crate) async fn open(
        &mut self,
        server: &Server,
        printer: &Arc<Printer>,
    ) -> Result<PooledSession, Error> {
        self.quit().await;
        let client =
            connect::client(server, self.brief_listings, &mut self.one_host, printer).await?;
        let pool = Pool::new(client, server.settings.connection.connections);
        let session = pool.session().await?;
        self.open = Some((server.clone(), pool));
        Ok(session)
    }

    /// Ends the sessions.
    pub(crate) async fn quit(&mut self) {
        if let Some((_, pool)) = self.open.take() {
            pool.quit().await;
        }
    }
}
