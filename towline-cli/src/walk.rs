//! Going through directories in order, one at a time, depth first.

use tokio::sync::oneshot;
use towline::{Completeness, Entry, ErrorKind, ListingSummary, RemotePath, Session};

use crate::block::Block;
use crate::context::Context;
use crate::error::Error;
use crate::listing;
use crate::remote::Server;

/// A server could go deeper for ever.
const DEEPEST: usize = 100;

/// A directory on the server, and what the walk keeps beside it.
#[derive(Debug)]
pub(crate) struct Directory<T> {
    pub(crate) path: RemotePath,
    pub(crate) beside: T,
    depth: usize,
}

impl<T> Directory<T> {
    pub(crate) fn top(path: RemotePath, beside: T) -> Self {
        Self {
            path,
            beside,
            depth: 0,
        }
    }

    /// The directory `name` in this one.
    ///
    /// # Errors
    /// If it would be too deep.
    pub(crate) fn below(&self, path: RemotePath, beside: T) -> Result<Self, Error> {
        let depth = self.depth + 1;
        if depth > DEEPEST {
            let reason = format!("lies more than {DEEPEST} directories deep");
            return Err(Error::remote(ErrorKind::Protocol, &path, reason));
        }
        Ok(Self {
            path,
            beside,
            depth,
        })
    }

    /// The path of an entry of this directory.
    ///
    /// # Errors
    /// If its name cannot be part of a path.
    pub(crate) fn join(&self, name: &[u8]) -> Result<RemotePath, Error> {
        self.path.join(name).map_err(|error| {
            let reason = format!(
                "has an entry named \"{}\": {error}",
                towline_proto::name::escape(name)
            );
            Error::remote(ErrorKind::Protocol, &self.path, reason)
        })
    }
}

/// A directory's entries by name, and how many lines of the listing were not understood.
#[derive(Debug)]
pub(crate) struct Contents {
    pub(crate) entries: Vec<Entry>,
    pub(crate) unknown: u64,
    /// The listing's connection ended in a way that may have cut it short.
    pub(crate) cut: bool,
    completeness: Completeness,
}

impl Contents {
    /// Sorts the entries and says aloud what was not understood.
    fn new(
        context: &mut Context,
        path: &RemotePath,
        mut entries: Vec<Entry>,
        summary: &ListingSummary,
    ) -> Self {
        listing::sort(&mut entries);
        if summary.unknown > 0 {
            context.not_understood(path, summary);
        }
        Self {
            entries,
            unknown: summary.unknown,
            cut: summary.cut,
            completeness: summary.completeness(),
        }
    }

    /// The error that stands for entries that the server has left out, as it says itself.
    pub(crate) fn omission(&self, path: &RemotePath, consequence: &str) -> Option<Error> {
        let Completeness::Truncated { reply } = &self.completeness else {
            return None;
        };
        let reason = format!("the server does not list all of it, so {consequence}: {reply}");
        Some(Error::remote(ErrorKind::Incomplete, path, reason))
    }

    /// The error that stands for whatever may be missing, if anything may.
    pub(crate) fn doubt(&self, path: &RemotePath, consequence: &str) -> Option<Error> {
        let what = match &self.completeness {
            Completeness::Complete => return None,
            Completeness::Truncated { .. } => return self.omission(path, consequence),
            Completeness::NotUnderstood { lines: 1 } => {
                "one line of its listing could not be understood".to_owned()
            }
            Completeness::NotUnderstood { lines } => {
                format!("{lines} lines of its listing could not be understood")
            }
            _ => "its listing may have been cut short".to_owned(),
        };
        let reason = format!("{what}, so {consequence}");
        Some(Error::remote(ErrorKind::Incomplete, path, reason))
    }
}

/// Lists a directory.
///
/// # Errors
/// Those of the session.
pub(crate) async fn contents(
    context: &mut Context,
    server: &Server,
    path: &RemotePath,
) -> Result<Contents, Error> {
    let list = async |session: &mut Session| session.list(path).await;
    let listed = context.on(server, path, list).await?;
    Ok(Contents::new(
        context,
        path,
        listed.entries,
        &listed.summary,
    ))
}

/// Lists a directory of any size, but for what is not `wanted`. `take` gets it in sorted blocks, each
/// when it is full; what is left is the result. `dated` says that times will be shown.
///
/// # Errors
/// Those of the session and the first one of `take`, after which nothing more is listed.
pub(crate) async fn blocks(
    context: &mut Context,
    server: &Server,
    path: &RemotePath,
    dated: bool,
    wanted: impl Fn(&Entry) -> bool + Send + Sync,
    mut take: impl FnMut(Vec<Entry>) -> Result<(), Error> + Send,
) -> Result<Contents, Error> {
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
    let (rest, summary) = context.on(server, path, list).await?;
    Ok(Contents::new(context, path, rest, &summary))
}

/// Whether `path` is a directory on the server. What the server does not know is none.
///
/// # Errors
/// Those of the session, but not a refusal.
pub(crate) async fn is_directory(
    context: &mut Context,
    server: &Server,
    path: &RemotePath,
) -> Result<bool, Error> {
    Ok(find(context, server, path)
        .await?
        .is_some_and(|entry| listing::is_directory(&entry)))
}

/// What the server knows about `path`, if anything.
///
/// # Errors
/// Those of the session, but not a refusal.
pub(crate) async fn find(
    context: &mut Context,
    server: &Server,
    path: &RemotePath,
) -> Result<Option<Entry>, Error> {
    let stat = async |session: &mut Session| session.stat(path).await;
    match context.on(server, path, stat).await {
        Ok(entry) => Ok(Some(entry)),
        Err(error) if error.is_refusal() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Creates a directory, unless there is one already.
///
/// # Errors
/// The server's refusal, if there is no directory afterwards.
pub(crate) async fn ensure_directory(
    context: &mut Context,
    server: &Server,
    path: &RemotePath,
) -> Result<(), Error> {
    let create = async |session: &mut Session| session.create_dir(path).await;
    match context.on(server, path, create).await {
        // Servers have many words for "it exists already".
        Err(error) if error.is_refusal() && !is_directory(context, server, path).await? => {
            Err(error)
        }
        Err(error) if !error.is_refusal() => Err(error),
        _ => Ok(()),
    }
}
