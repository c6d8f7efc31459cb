//! Looks up remote paths.

use towline::{Entry, EntryKind, RemotePath, Session};

use crate::error::Error;
use crate::operand::server::Server;
use crate::output::entry;
use crate::session::run::Run;

/// Whether `path` is an existing directory.
///
/// # Errors
/// [`Error::Connect`], [`Error::Session`] unless the server refuses, [`Error::NotAttempted`] or
/// [`Error::Interrupted`].
pub(crate) async fn is_directory(
    run: &mut Run,
    server: &Server,
    path: &RemotePath,
) -> Result<bool, Error> {
    match find(run, server, path).await? {
        Some(entry) if entry.kind == EntryKind::Unknown => {
            leads_to_directory(run, server, path).await
        }
        entry => Ok(entry.is_some_and(|entry| entry::is_directory(&entry))),
    }
}

/// Whether `path` is a directory, or a link to one.
///
/// # Errors
/// [`Error::Connect`], [`Error::Session`] unless the server refuses, [`Error::NotAttempted`] or
/// [`Error::Interrupted`].
pub(crate) async fn leads_to_directory(
    run: &mut Run,
    server: &Server,
    path: &RemotePath,
) -> Result<bool, Error> {
    let follow = async |session: &mut Session| session.follow(path).await;
    match run.on(server, path, follow).await {
        Ok(entry) => Ok(entry::is_directory(&entry)),
        Err(error) if error.is_refusal() => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether `path`, which the server describes as a file, can be entered and has contents. Some
/// servers describe links to directories as files (libunftp 0.23), with the length of the link.
/// Others let files be entered, too.
///
/// # Errors
/// [`Error::Connect`], [`Error::Session`] unless the server refuses, [`Error::NotAttempted`] or
/// [`Error::Interrupted`].
pub(crate) async fn is_hidden_directory(
    run: &mut Run,
    server: &Server,
    path: &RemotePath,
    size: Option<u64>,
) -> Result<bool, Error> {
    /// No link is longer.
    const LONGEST_LINK: u64 = 4096;
    if size.is_some_and(|size| size > LONGEST_LINK) {
        return Ok(false);
    }
    let enter = async |session: &mut Session| {
        session.real_path(path).await?;
        session.list(path).await
    };
    match run.on(server, path, enter).await {
        Ok(listing) => {
            let mut names = listing
                .entries
                .iter()
                .map(|entry| Some(entry.name.as_ref()));
            Ok(names.any(|name| name != path.file_name()))
        }
        Err(error) if error.is_refusal() => Ok(false),
        Err(error) => Err(error),
    }
}

/// The entry at `path`, if there is one.
///
/// # Errors
/// [`Error::Connect`], [`Error::Session`] unless the server refuses, [`Error::NotAttempted`] or
/// [`Error::Interrupted`].
pub(crate) async fn find(
    run: &mut Run,
    server: &Server,
    path: &RemotePath,
) -> Result<Option<Entry>, Error> {
    let stat = async |session: &mut Session| session.stat(path).await;
    match run.on(server, path, stat).await {
        Ok(entry) => Ok(Some(entry)),
        Err(error) if error.is_refusal() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Creates a directory, unless it exists.
///
/// # Errors
/// [`Error::Connect`], [`Error::NotAttempted`] or [`Error::Interrupted`]; [`Error::Session`], also
/// if the server refuses and there is no directory afterwards.
pub(crate) async fn ensure_directory(
    run: &mut Run,
    server: &Server,
    path: &RemotePath,
) -> Result<(), Error> {
    let create = async |session: &mut Session| session.create_dir(path).await;
    match run.on(server, path, create).await {
        // Servers say in many ways that a directory exists.
        Err(error) if error.is_refusal() && !leads_to_directory(run, server, path).await? => {
            Err(error)
        }
        Err(error) if !error.is_refusal() => Err(error),
        _ => Ok(()),
    }
}
