//! `towline get`: files, and with `-r` directories, from servers to the local disk.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use towline::{DownloadOptions, EntryKind, ErrorKind, Job, RemotePath, Session};

use crate::args::commands::GetArgs;
use crate::context::Context;
use crate::error::{Error, escape_path, quote_path};
use crate::operand::names::Names;
use crate::operand::parse::{Operand, Place};
use crate::operand::remote::Remote;
use crate::operand::server::Server;
use crate::output::listing;
use crate::tree::expand::{Doubt, expand};
use crate::tree::walk::{self, Directory};

pub(crate) async fn run(args: &GetArgs, context: &mut Context) -> Result<(), Error> {
    let (places, local) = operands(args, context)?;
    let target = Target::new(local, &places)?;
    let fetched = fetch_places(args, context, &places, &target).await;
    // What is on its way is told of in any case.
    let finished = context.finish_moving().await;
    fetched.and(finished)
}

async fn fetch_places(
    args: &GetArgs,
    context: &mut Context,
    places: &[Place],
    target: &Target,
) -> Result<(), Error> {
    for place in places {
        let remotes = match expand(context, place, Doubt::Fails).await {
            Ok(remotes) => remotes,
            Err(error) => {
                context.fail(error)?;
                continue;
            }
        };
        for remote in &remotes {
            let transfer = &context.settings(&remote.server).transfer;
            let options = transfer.download(context.interrupt().cancel());
            let fetched = if args.recursive {
                fetch(context, remote, target, &options).await
            } else {
                fetch_file(context, remote, target, &options).await
            };
            if let Err(error) = fetched {
                context.fail(error)?;
            }
        }
    }
    Ok(())
}

fn operands(args: &GetArgs, context: &mut Context) -> Result<(Vec<Place>, PathBuf), Error> {
    let mut places = Vec::new();
    let mut local = None;
    for operand in &args.operands {
        if let Some(path) = local {
            return Err(Error::usage(format!(
                "{} is a local path, of which get takes one, as its last operand",
                quote_path(path)
            )));
        }
        match context.operand(operand)? {
            Operand::Place(place) => places.push(*place),
            Operand::Local(_) => local = Some(Path::new(operand)),
        }
    }
    if places.is_empty() {
        return Err(Error::usage("get needs a URL or SITE:path to fetch from"));
    }
    if local == Some(Path::new("-")) {
        return Err(Error::usage("towline cat writes to standard output"));
    }
    Ok((
        places,
        local.map_or_else(|| PathBuf::from("."), Path::to_owned),
    ))
}

/// Where files go: under a directory, or one to a path of its own.
struct Target {
    path: PathBuf,
    is_directory: bool,
}

impl Target {
    fn new(path: PathBuf, sources: &[Place]) -> Result<Self, Error> {
        let named_directory = path.as_os_str().as_encoded_bytes().ends_with(b"/");
        if named_directory {
            fs::create_dir_all(&path).map_err(|error| Error::local(&path, error))?;
        }
        let is_directory = named_directory || path.is_dir();
        let several = !matches!(sources, [Place::Exact(_)]);
        if several && !is_directory {
            return Err(Error::usage(format!(
                "several sources, or a pattern, need a directory: write {}/",
                escape_path(&path)
            )));
        }
        Ok(Self { path, is_directory })
    }

    /// The local path for `remote`, whose own name is used in a directory.
    fn path_for(&self, remote: &RemotePath, names: Names) -> Result<PathBuf, Error> {
        if !self.is_directory {
            return Ok(self.path.clone());
        }
        let name = names.local(remote.file_name().unwrap_or_default());
        let name = name.map_err(|source| Error::LocalName {
            path: remote.clone(),
            source,
        })?;
        Ok(self.path.join(name))
    }
}

/// Fetches a file, or a directory with all that is in it.
async fn fetch(
    context: &mut Context,
    remote: &Remote,
    target: &Target,
    options: &DownloadOptions,
) -> Result<(), Error> {
    let Remote { server, path, .. } = remote;
    let is_directory = remote.is_top() || {
        let stat = async |session: &mut Session| session.stat(path).await;
        listing::is_directory(&context.on(server, path, stat).await?)
    };
    if !is_directory {
        return fetch_file(context, remote, target, options).await;
    }
    let local = if remote.is_top() {
        target.path.clone()
    } else {
        target.path_for(path, server.names)?
    };
    fetch_tree(
        context,
        server,
        Directory::top(path.clone(), local),
        options,
    )
    .await
}

async fn fetch_file(
    context: &mut Context,
    remote: &Remote,
    target: &Target,
    options: &DownloadOptions,
) -> Result<(), Error> {
    let Remote { server, path, .. } = remote;
    if remote.is_top() {
        return Err(is_a_directory(path));
    }
    let local = target.path_for(path, server.names)?;
    let job = Job::download(path.clone(), local, options.clone());
    context.queue(server, job, true).await
}

fn is_a_directory(path: &RemotePath) -> Error {
    let reason = "is a directory; with -r it is fetched with all that is in it";
    Error::remote(ErrorKind::Refused, path, reason)
}

/// What else there is to say of an operand whose download was refused.
///
/// # Errors
/// Those of the session, but not a refusal.
pub(crate) async fn explain(
    context: &mut Context,
    server: &Server,
    path: &RemotePath,
) -> Result<Option<Error>, Error> {
    let is_directory = walk::is_directory(context, server, path).await?;
    Ok(is_directory.then(|| is_a_directory(path)))
}

/// Fetches what is below a directory. Links are left out: they could lead anywhere.
async fn fetch_tree(
    context: &mut Context,
    server: &Server,
    top: Directory<PathBuf>,
    options: &DownloadOptions,
) -> Result<(), Error> {
    let top_path = top.path.clone();
    let mut pending = vec![top];
    while let Some(directory) = pending.pop() {
        if let Err(error) = fetch_level(context, server, &directory, options, &mut pending).await {
            context.fail(error)?;
        }
        if context.must_abandon(server, &top_path) {
            break;
        }
    }
    Ok(())
}

/// Fetches the files of one directory, and appends its directories to `pending`.
async fn fetch_level(
    context: &mut Context,
    server: &Server,
    directory: &Directory<PathBuf>,
    options: &DownloadOptions,
    pending: &mut Vec<Directory<PathBuf>>,
) -> Result<(), Error> {
    let Directory { path, beside, .. } = directory;
    let contents = walk::contents(context, server, path).await?;
    create_directory(beside).map_err(|error| Error::local(beside, error))?;
    if let Some(doubt) = contents.doubt(path, "files may be missing") {
        context.fail(doubt)?;
    }
    let mut below = Vec::new();
    for entry in contents.entries {
        let place =
            directory
                .join(&entry.name)
                .and_then(|path| match server.names.local(&entry.name) {
                    Ok(name) => Ok((path, beside.join(name))),
                    Err(source) => Err(Error::LocalName { path, source }),
                });
        let outcome = match (place, entry.kind) {
            (Err(error), _) => Err(error),
            (Ok((path, local)), EntryKind::File) => {
                let job = Job::download(path, local, options.clone()).listed(&entry);
                context.queue(server, job, false).await
            }
            (Ok((path, local)), _) if listing::is_directory(&entry) => {
                directory.below(path, local).map(|child| below.push(child))
            }
            (Ok((path, _)), kind) => {
                let kind = listing::kind(kind);
                context.skip(&format!(
                    "{path}: skipped, as it is no file or directory ({kind})"
                ));
                Ok(())
            }
        };
        if let Err(error) = outcome {
            context.fail(error)?;
            if context.has_given_up(server) {
                return Ok(());
            }
        }
    }
    pending.extend(below.into_iter().rev());
    Ok(())
}

/// An existing directory will do, also behind a link.
fn create_directory(path: &Path) -> io::Result<()> {
    match fs::create_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        outcome => outcome,
    }
}
