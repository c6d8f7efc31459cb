//! Routes: which server a login leads to.

use std::fmt;
use std::time::Duration;

use towline::{Config, Secret};

use crate::spool::SpoolOptions;

/// Leads the clients that log in with its name to a server.
#[derive(Clone)]
pub struct Route {
    /// The user name that clients log in with.
    pub name: String,
    /// The name of the server in events.
    pub site: String,
    /// How to reach the server, and who logs in there.
    pub config: Config,
    /// Who may use the route.
    pub access: Access,
    /// Whether commands that change something are refused. Default: no.
    pub read_only: bool,
    /// Whether an upload goes to a temporary name at the server, and gets its name at the end.
    /// Default: no.
    pub atomic: bool,
    /// The number of sessions that the server allows. Further clients wait. Default: no limit.
    pub sessions: Option<usize>,
    /// Where uploads wait until the server has them. Clients can then log in even while the server
    /// is unavailable. Default: they are passed on at once.
    pub spool: Option<SpoolOptions>,
    /// How long a client waits for a session. Default: 30 seconds.
    pub queue: Duration,
}

/// Who may use a route.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Access {
    /// Everybody, whatever the password. Only on loopback.
    Any,
    /// Whoever knows the password.
    Password(Secret),
    /// Whoever the server itself lets in. Clients log in as `USER@ROUTE`, and the server gets their
    /// user name and their password.
    PassThrough,
}

impl Route {
    /// Returns a route to the server of `config`, with the defaults for everything else.
    #[must_use]
    pub fn new(name: impl Into<String>, config: Config, access: Access) -> Self {
        let name = name.into();
        Self {
            site: name.clone(),
            name,
            config,
            access,
            read_only: false,
            atomic: false,
            sessions: None,
            spool: None,
            queue: Duration::from_secs(30),
        }
    }
}

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Route")
            .field("name", &self.name)
            .field("site", &self.site)
            .field("access", &self.access)
            .finish_non_exhaustive()
    }
}
