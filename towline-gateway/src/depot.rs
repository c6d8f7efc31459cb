//! One client of a route with a spool: its working directory, and its uploads that wait.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use towline_proto::path::RemotePath;

use crate::paths::{join, without_dots};
use crate::shared::OpenRoute;
use crate::spool::{Spool, SpoolState, Spooled};

/// How long an upload may take to get its name at the server, before the client hears that it is busy.
const NAMING: Duration = Duration::from_secs(10);

/// After a failure, changes of the directory do not ask for the server for so long.
const AWAY: Duration = Duration::from_secs(10);

/// One client of a route with a spool.
pub(crate) struct Depot {
    pub(crate) route: Arc<OpenRoute>,
    pub(crate) spool: Arc<Spool>,
    /// The client's working directory, which may be relative to the login directory.
    directory: RemotePath,
    /// The upload that is being renamed, and its path.
    pub(crate) renaming: Option<(i64, RemotePath)>,
    away_until: Option<Instant>,
}

/// What a spool knows of a path.
pub(crate) enum Found {
    /// Nothing. The server may know more.
    Nothing,
    Upload(Spooled),
    /// It is about to get its name at the server, for too long already.
    Busy,
}

impl Depot {
    pub(crate) fn new(route: Arc<OpenRoute>, spool: Arc<Spool>) -> Self {
        Self {
            directory: RemotePath::login_directory(),
            route,
            spool,
            renaming: None,
            away_until: None,
        }
    }

    /// Returns the client's working directory; relative while nobody knows the login directory.
    pub(crate) fn directory(&self) -> RemotePath {
        self.spool.whole(&self.directory)
    }

    /// Returns the client's `path` as a path that is right from the login directory.
    pub(crate) fn path(&self, path: &RemotePath) -> RemotePath {
        join(&self.directory(), path)
    }

    /// Notes the directory that the server has entered.
    pub(crate) fn enter(&mut self, directory: RemotePath) {
        self.directory = directory;
    }

    /// Enters `path` without a look at the server.
    pub(crate) fn enter_unseen(&mut self, path: &RemotePath) {
        self.directory = without_dots(&self.path(path));
    }

    /// Returns what waits under `path`, once it is not about to get its name at the server.
    pub(crate) async fn find(&self, path: &RemotePath) -> io::Result<Found> {
        let Some(upload) = self.spool.find(path).await? else {
            return Ok(Found::Nothing);
        };
        if upload.state != SpoolState::Naming {
            return Ok(Found::Upload(upload));
        }
        match self.spool.named(upload.id, NAMING).await {
            true => Ok(Found::Nothing),
            false => Ok(Found::Busy),
        }
    }

    /// Whether the server could not be reached a moment ago.
    pub(crate) fn is_away(&self) -> bool {
        self.away_until.is_some_and(|until| Instant::now() < until)
    }

    pub(crate) fn note_away(&mut self) {
        self.away_until = Some(Instant::now() + AWAY);
    }
}
