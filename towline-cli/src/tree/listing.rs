//! Lists remote directories, and tells whether listings are complete.

use tokio::sync::oneshot;
use towline::{
    Completeness, DirectoryMark, Entry, EntryKind, ErrorKind, ListingSummary, RemotePath, Session,
};

use crate::error::Error;
use crate::operand::server::Server;
use crate::output::entry;
use crate::session::run::Run;
use crate::tree::block::Block;
use crate::tree::directory::Directory;

/// The sorted entries of a directory.
#[derive(Debug)]
pub(crate) struct Listing {
    pub(crate) entries: Vec<Entry>,
    /// The number of lines that were not understood.
    pub(crate) unknown: u64,
    /// Whether the listing may have been cut short, because of how its connection ended.
    pub(crate) cut: bool,
    completeness: Completeness,
}

impl Listing {
    /// Sorts the entries, and reports the lines that were not understood.
    fn new(
        run: &mut Run,
        path: &RemotePath,
        mut entries: Vec<Entry>,
        summary: &ListingSummary,
    ) -> Self {
        entry::sort(&mut entries);
        if summary.unknown > 0 {
            run.outcomes().not_understood(path, summary);
        }
        Self {
            entries,
            unknown: summary.unknown,
            cut: summary.cut,
            completeness: summary.completeness(),
        }
    }

    /// The error for a listing that the server itself says is incomplete.
    pub(crate) fn omission(&self, path: &RemotePath, consequence: &str) -> Option<Error> {
        let Completeness::Truncated { reply } = &self.completeness else {
            return None;
        };
        let reason = format!("the server does not list everything, so {consequence}: {reply}");
        Some(Error::remote(ErrorKind::Incomplete, path, reason).explained_by("listing-incomplete"))
    }

    /// The error for a listing that is, or may be, incomplete.
    pub(crate) fn incomplete(&self, path: &RemotePath, consequence: &str) -> Option<Error> {
        let what = match &self.completeness {
            Completeness::Complete => return None,
            Completeness::Truncated { .. } => return self.omission(path, consequence),
            Completeness::NotUnderstood { lines: 1 } => {
                "one line of the listing was not understood".to_owned()
            }
            Completeness::NotUnderstood { lines } => {
                format!("{lines} lines of the listing were not understood")
            }
            _ => "the listing may have been cut short".to_owned(),
        };
        let reason = format!("{what}, so {consequence}");
        Some(Error::remote(ErrorKind::Incomplete, path, reason).explained_by("listing-incomplete"))
    }
}

/// Lists a directory.
///
/// # Errors
/// [`Error::Connect`], [`Error::Session`], [`Error::NotAttempted`] or [`Error::Interrupted`].
pub(crate) async fn list(
    run: &mut Run,
    server: &Server,
    path: &RemotePath,
) -> Result<Listing, Error> {
    let list = async |session: &mut Session| session.list(path).await;
    let listed = run.on(server, path, list).await?;
    Ok(Listing::new(run, path, listed.entries, &listed.summary))
}

/// Turns those entries of `directory` into links that the server shows as `kind`, but as links by
/// `LIST`.
///
/// # Errors
/// [`Error::Connect`], [`Error::Session`], [`Error::NotAttempted`] or [`Error::Interrupted`].
pub(crate) async fn reveal_links(
    run: &mut Run,
    server: &Server,
    directory: &RemotePath,
    entries: &mut Vec<Entry>,
    kind: EntryKind,
) -> Result<(), Error> {
    let listed = entries.clone();
    let reveal = async |session: &mut Session| {
        let mut entries = listed.clone();
        session.reveal_links(directory, &mut entries, kind).await?;
        Ok::<_, towline::Error>(entries)
    };
    *entries = run.on(server, directory, reveal).await?;
    Ok(())
}

/// Makes sure that no link is among the directories that `entries` shows, as far as the server lets
/// that be seen.
///
/// # Errors
/// [`Error::Session`], with [`ErrorKind::Incomplete`] if there is one; [`Error::Connect`],
/// [`Error::NotAttempted`] or [`Error::Interrupted`].
pub(crate) async fn check_for_hidden_links(
    run: &mut Run,
    server: &Server,
    directory: &RemotePath,
    entries: &[Entry],
) -> Result<(), Error> {
    let check =
        async |session: &mut Session| session.check_for_hidden_links(directory, entries).await;
    run.on(server, directory, check).await
}

/// Adds a directory with the mark of its entries to the directories above it.
///
/// # Errors
/// [`Error::Session`], with [`ErrorDetail::LeadsBack`](towline::ErrorDetail::LeadsBack) if it is
/// one of them, through a link; [`Error::Connect`], [`Error::NotAttempted`] or
/// [`Error::Interrupted`].
pub(crate) async fn descend<T>(
    run: &mut Run,
    server: &Server,
    directory: &mut Directory<T>,
    mark: DirectoryMark,
) -> Result<(), Error> {
    let Directory { path, trail, .. } = &*directory;
    let descend = async |session: &mut Session| session.descend(trail, path, mark).await;
    let trail = run.on(server, path, descend).await?;
    directory.trail = trail;
    Ok(())
}

/// Lists the `wanted` entries of a directory with up to `most` entries. Passes full, sorted blocks to
/// `take`, and returns the rest. `dated` says whether times will be printed.
///
/// # Errors
/// [`Error::Connect`], [`Error::Session`], [`Error::NotAttempted`] or [`Error::Interrupted`];
/// [`Error::Remote`] if there are more entries. The first error of `take` ends the listing.
pub(crate) async fn list_blocks(
    run: &mut Run,
    server: &Server,
    path: &RemotePath,
    dated: bool,
    most: u64,
    wanted: impl Fn(&Entry) -> bool + Send + Sync,
    mut take: impl FnMut(Vec<Entry>) -> Result<(), Error> + Send,
) -> Result<Listing, Error> {
    let list = async |session: &mut Session| {
        let mut block = Block::new(dated);
        let (failed, mut failure) = oneshot::channel();
        let mut failed = Some(failed);
        let mut count = 0;
        let each = |entry| {
            count += 1;
            let outcome = match count > most {
                _ if failed.is_none() => return,
                true => Err(too_many(path, most)),
                false if !wanted(&entry) => return,
                false => block.push(entry).map_or(Ok(()), &mut take),
            };
            if let Err(error) = outcome
                && let Some(failed) = failed.take()
            {
                // The receiver then drops the listing.
                let _ = failed.send(error);
            }
        };
        let summary = tokio::select! {
            biased;
            Ok(error) = &mut failure => return Err(error),
            summary = session.list_each(path, each) => summary?,
        };
        // The first listing reveals the offset of the server's clock.
        let mut rest = block.rest();
        for entry in &mut rest {
            entry.modified = entry.modified.map(|listed| session.in_utc(listed));
        }
        match failure.try_recv() {
            Ok(error) => Err(error),
            Err(_) => Ok((rest, summary)),
        }
    };
    let (rest, summary) = run.on(server, path, list).await?;
    Ok(Listing::new(run, path, rest, &summary))
}

fn too_many(path: &RemotePath, most: u64) -> Error {
    let reason = format!("has more than {most} entries (--max-entries)");
    Error::remote(ErrorKind::Incomplete, path, reason).explained_by("tree-too-large")
}
