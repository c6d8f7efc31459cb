//! Sessions with the server that is worked with: one server at a time.

use std::sync::Arc;

use towline::{Pool, PooledSession};

use crate::error::Error;
use crate::operand::server::Server;
use crate::output::printer::Printer;
use crate::session::connect;

/// A pool and the server that it belongs to.
#[derive(Debug, Default)]
pub(crate) struct ServerPool {
    open: Option<(Server, Pool)>,
}

impl ServerPool {
    /// The pool of sessions with `server`, if it has been opened.
    pub(crate) fn of(&self, server: &Server) -> Option<&Pool> {
        let open = self.open.as_ref().filter(|(known, _)| known == server);
        open.map(|(_, pool)| pool)
    }

    /// Says goodbye to the server so far, and opens a first session with another one.
    ///
    /// # Errors
    /// Those of the settings and of the login.
    pub(crate) async fn open(
        &mut self,
        server: &Server,
        printer: &Arc<Printer>,
    ) -> Result<PooledSession, Error> {
        self.quit().await;
        let client = connect::client(server, printer).await?;
        let pool = Pool::new(client, server.settings.connection.connections);
        let session = pool.session().await?;
        self.open = Some((server.clone(), pool));
        Ok(session)
    }

    /// Says goodbye to the server.
    pub(crate) async fn quit(&mut self) {
        if let Some((_, pool)) = self.open.take() {
            pool.quit().await;
        }
    }
}
