//! One client of a route with a spool: its working directory, and its uploads that wait.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use towline_proto::path::RemotePath;

use crate::behind::Behind;
use crate::paths::{join, without_dots};
use crate::shared::OpenRoute;
use crate::spool::{NameClaim, Renamed, Spool, SpoolState, Spooled};

/// How long an upload may take to get its name at the server, before the client hears that it is
/// busy.
const NAMING: Duration = Duration::from_secs(10);

/// For this time after a failure, a change of the directory does not connect to the server.
const AWAY: Duration = Duration::from_secs(10);

/// One client of a route with a spool.
pub(crate) struct Depot {
    pub(crate) route: Arc<OpenRoute>,
    pub(crate) spool: Arc<Spool>,
    /// The client's working directory, which may be relative to the login directory.
    directory: RemotePath,
    /// The path of the upload that is being renamed.
    pub(crate) renaming: Option<RemotePath>,
    /// A session with the server that is not in the client's directory.
    pub(crate) elsewhere: Option<Box<Behind>>,
    away_until: Option<Instant>,
}

/// What a spool knows of a path.
pub(crate) enum Found {
    /// Nothing. The server may know more.
    Nothing,
    Upload(Spooled),
    /// An upload that has been about to get its name at the server for too long.
    Busy,
}

/// What became of a rename.
pub(crate) enum RenameEnd {
    Done,
    /// Nothing waits under this path. The server may know more.
    Nothing,
    /// The upload has been about to get its name at the server for too long.
    Busy,
}

impl Depot {
    pub(crate) fn new(route: Arc<OpenRoute>, spool: Arc<Spool>) -> Self {
        Self {
            directory: RemotePath::login_directory(),
            route,
            spool,
            renaming: None,
            elsewhere: None,
            away_until: None,
        }
    }

    /// Returns the client's working directory; relative as long as the login directory is not
    /// known.
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
        let until = Instant::now() + NAMING;
        loop {
            let Some(upload) = self.spool.find(path).await? else {
                return Ok(Found::Nothing);
            };
            if upload.state != SpoolState::Naming {
                return Ok(Found::Upload(upload));
            }
            if !self.named(upload.id, until).await {
                return Ok(Found::Busy);
            }
        }
    }

    /// Gives the upload that waits under `from` another path.
    pub(crate) async fn rename(&self, from: &RemotePath, to: &RemotePath) -> io::Result<RenameEnd> {
        let until = Instant::now() + NAMING;
        loop {
            match self.spool.rename(from, to).await? {
                Renamed::Done(_) => return Ok(RenameEnd::Done),
                Renamed::Missing => return Ok(RenameEnd::Nothing),
                Renamed::Busy(id) => {
                    if !self.named(id, until).await {
                        return Ok(RenameEnd::Busy);
                    }
                }
            }
        }
    }

    async fn named(&self, id: i64, until: Instant) -> bool {
        let limit = until.saturating_duration_since(Instant::now());
        self.spool.named(id, limit).await
    }

    /// Claims the name `path` at the server for a file of the server. Returns `None` if an upload
    /// is about to get this name.
    pub(crate) async fn claim_name<'s>(
        spool: &'s Arc<Spool>,
        path: &RemotePath,
    ) -> io::Result<Option<NameClaim<'s>>> {
        spool.claim_name(path, NAMING).await
    }

    /// Whether the server could not be reached a moment ago.
    pub(crate) fn is_away(&self) -> bool {
        self.away_until.is_some_and(|until| Instant::now() < until)
    }

    pub(crate) fn note_away(&mut self) {
        self.away_until = Some(Instant::now() + AWAY);
    }
}
