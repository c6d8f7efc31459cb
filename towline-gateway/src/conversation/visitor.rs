//! Who the client is.

use crate::behind::Behind;
use crate::depot::Depot;
use crate::route::Route;

/// Who the client is.
#[derive(Default)]
pub(super) struct Visitor {
    /// What came with USER.
    pub(super) user: Option<String>,
    /// The session with the server. A client with a depot has one once it needs the server.
    pub(super) behind: Option<Behind>,
    /// Its uploads that wait, on a route with a spool.
    pub(super) depot: Option<Depot>,
    /// Wrong passwords so far.
    pub(super) failures: u32,
}

impl Visitor {
    pub(super) fn behind(&self) -> Option<&Behind> {
        self.behind.as_ref()
    }

    pub(super) fn behind_mut(&mut self) -> Option<&mut Behind> {
        self.behind.as_mut()
    }

    /// The route, after the login.
    pub(super) fn route(&self) -> Option<&Route> {
        match (&self.depot, &self.behind) {
            (Some(depot), _) => Some(&depot.route.route),
            (None, Some(behind)) => Some(&behind.route.route),
            (None, None) => None,
        }
    }

    /// Returns the session, which the client has no use for any more.
    pub(super) fn leave(&mut self) -> Option<Behind> {
        self.user = None;
        self.depot = None;
        self.behind.take()
    }
}
