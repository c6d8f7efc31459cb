//! Directories on a server: their entries, and whether those are all.

use tokio::sync::oneshot;
use towline::{Entry, ErrorKind, ListingSummary, RemotePath, Session};

use crate::error::Error;
use crate::operand::server::Server;
use crate::output::entry;
use crate::session::run::Run;
use crate::tree::block::Block;

/// A directory's entries by name, and how many lines of the listing were not understood.
#[derive(Debug)]
pub(crate) struct Listing {
    pub(crate) entries: Vec<Entry>,
    pub(crate) unknown: u64,
    /// The listing's connection ended in a way that may have cut it short.
    pub(crate) cut: bool,
    /// The server's words for that not everything is in the listing.
    partial: Option<String>,
}

impl Listing {
    /// Sorts the entries and says aloud what was not understood.
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
            partial: summary.partial.as_ref().map(ToString::to_string),
        }
    }

    /// The error that stands for entries that the server has left out, as it says itself.
    pub(crate) fn omission(&self, path: &RemotePath, consequence: &str) -> Option<Error> {
        let words = self.partial.as_ref()?;
        let reason = format!("the server does not list all of it, so {consequence}: {words}");
        Some(Error::remote(ErrorKind::Incomplete, path, reason))
    }

    /// The error that stands for whatever may be missing, if anything may.
    pub(crate) fn incomplete(&self, path: &RemotePath, consequence: &str) -> Option<Error> {
        if let Some(omission) = self.omission(path, consequence) {
            return Some(omission);
        }
        let lines = match self.unknown {
            0 if self.cut => {
                let reason = format!("its listing may have been cut short, so {consequence}");
                return Some(Error::remote(ErrorKind::Incomplete, path, reason));
            }
            0 => return None,
            1 => "one line".to_owned(),
            unknown => format!("{unknown} lines"),
        };
        let reason = format!("{lines} of its listing could not be understood, so {consequence}");
        Some(Error::remote(ErrorKind::Incomplete, path, reason))
    }
}

/// Lists a directory.
///
/// # Errors
/// Those of the session.
pub(crate) async fn list(
    run: &mut Run,
    server: &Server,
    path: &RemotePath,
) -> Result<Listing, Error> {
    let list = async |session: &mut Session| session.list(path).await;
    let listed = run.on(server, path, list).await?;
    Ok(Listing::new(run, path, listed.entries, &listed.summary))
}

/// Lists a directory of any size, but for what is not `wanted`. `take` gets it in sorted blocks, each
/// when it is full; what is left is the result. `dated` says that times will be shown.
///
/// # Errors
/// Those of the session and the first one of `take`, after which nothing more is listed.
pub(crate) async fn list_blocks(
    run: &mut Run,
    server: &Server,
    path: &RemotePath,
    dated: bool,
    wanted: impl Fn(&Entry) -> bool + Send + Sync,
    mut take: impl FnMut(Vec<Entry>) -> Result<(), Error> + Send,
) -> Result<Listing, Error> {
    let list = async |session: &mut Session| {
        let mut block = Block::new(dated);
        let (failed, mut failure) = oneshot::channel();
        let mut failed = Some(failed);
        let each = |entry| {
            if failed.is_none() || !wanted(&entry) {
                return;
            }
            if let Some(full) = block.push(entry)
                && let Err(error) = take(full)
                && let Some(failed) = failed.take()
            {
                // The listing is dropped together with the receiver.
                let _ = failed.send(error);
            }
        };
        let summary = tokio::select! {
            biased;
            Ok(error) = &mut failure => return Err(error),
            summary = session.list_each(path, each) => summary?,
        };
        // The first listing is what shows how the server's clock is set.
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
