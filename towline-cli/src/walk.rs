//! Going through directories in order, one at a time, depth first.

use towline::{Entry, ErrorKind, RemotePath, Session};

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
    cut: bool,
}

impl Contents {
    /// The error that stands for lines that were not understood, if there were any.
    pub(crate) fn doubt(&self, path: &RemotePath, consequence: &str) -> Option<Error> {
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
pub(crate) async fn contents(
    context: &mut Context,
    server: &Server,
    path: &RemotePath,
) -> Result<Contents, Error> {
    let list = async |session: &mut Session| session.list(path).await;
    let listed = context.on(server, path, list).await?;
    let mut entries = listed.entries;
    listing::sort(&mut entries);
    Ok(Contents {
        entries,
        unknown: listed.summary.unknown,
        cut: listed.summary.cut,
    })
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
