//! `towline put`: local files, and with `-r` directories, or standard input, to a server.

use std::ffi::OsStr;
use std::fs::{self, FileType};
use std::io;
use std::path::{Path, PathBuf};

use towline::{Job, RemotePath, Session, UploadOptions};

use super::report_moved;
use crate::args::commands::PutArgs;
use crate::context::Context;
use crate::error::{Error, escape_path};
use crate::operand::parse::Operand;
use crate::operand::remote::Remote;
use crate::operand::server::Server;
use crate::tree::walk::{self, Directory};

pub(crate) async fn run(args: &PutArgs, context: &mut Context) -> Result<(), Error> {
    let (sources, remote) = operands(args, context)?;
    let transfer = &context.settings(&remote.server).transfer;
    let options = transfer.upload(context.interrupt().cancel());
    let put = Put {
        server: remote.server.clone(),
        recursive: args.recursive,
        options: match args.append {
            // What a site says of other transfers does not go with it.
            true => options
                .append(true)
                .resume(false)
                .verify(false)
                .overwrite(true),
            false => options,
        },
    };
    let into = remote.is_top()
        || remote.trailing_slash
        || walk::is_directory(context, &remote.server, &remote.path).await?;
    if sources.len() > 1 && !into {
        return Err(Error::usage(
            "several sources need a directory: end the URL with a slash",
        ));
    }
    let sent = put.sources(context, &sources, &remote, into).await;
    // What is on its way is told of in any case.
    let finished = context.finish_moving().await;
    sent.and(finished)
}

enum Source {
    Input,
    Path(PathBuf),
}

fn operands(args: &PutArgs, context: &mut Context) -> Result<(Vec<Source>, Remote), Error> {
    let (last, sources) = args.operands.split_last().ok_or_else(nothing_to_send)?;
    let remote = context.remote(last)?;
    let sources = sources
        .iter()
        .map(|operand| match context.operand(operand)? {
            Operand::Local(path) if path == Path::new("-") => Ok(Source::Input),
            Operand::Local(path) => Ok(Source::Path(path)),
            Operand::Place(_) => Err(Error::usage(
                "put sends local files; only its last operand is on a server",
            )),
        });
    let sources = sources.collect::<Result<Vec<_>, _>>()?;
    if sources.is_empty() {
        return Err(nothing_to_send());
    }
    Ok((sources, remote))
}

fn nothing_to_send() -> Error {
    Error::usage("put needs a local file, and a URL or SITE:path to send it to")
}

/// One command's way of sending.
struct Put {
    server: Server,
    recursive: bool,
    options: UploadOptions,
}

impl Put {
    async fn sources(
        &self,
        context: &mut Context,
        sources: &[Source],
        remote: &Remote,
        into: bool,
    ) -> Result<(), Error> {
        for source in sources {
            let outcome = match source {
                Source::Input if into => Err(Error::usage(
                    "standard input has no name: end the URL with the name of a file",
                )),
                Source::Input => self.input(context, &remote.path).await,
                Source::Path(local) => self.path(context, local, &remote.path, into).await,
            };
            if let Err(error) = outcome {
                context.fail(error)?;
            }
        }
        Ok(())
    }

    async fn input(&self, context: &mut Context, target: &RemotePath) -> Result<(), Error> {
        let options = &self.options;
        let input = async |session: &mut Session| {
            session
                .upload_from(tokio::io::stdin(), target, options)
                .await
        };
        let outcome = context.until_done(&self.server, target, input).await;
        context.printer().progress().end(target);
        report_moved(context, target, "-", "upload", &outcome?);
        Ok(())
    }

    /// Sends what an operand names. Links are followed here, because they were asked for.
    async fn path(
        &self,
        context: &mut Context,
        local: &Path,
        target: &RemotePath,
        into: bool,
    ) -> Result<(), Error> {
        let metadata = fs::metadata(local).map_err(|error| Error::local(local, error))?;
        let target = match local.file_name() {
            Some(name) if into => {
                self.join(&Directory::top(target.clone(), PathBuf::new()), local, name)?
            }
            // `..` and `/` have no name: their contents go to the target itself.
            _ => target.clone(),
        };
        if !metadata.is_dir() {
            return self
                .file(context, local, metadata.file_type(), &target, true)
                .await;
        }
        if !self.recursive {
            let reason = "is a directory; with -r it is sent with all that is in it";
            return Err(Error::local(local, io::Error::other(reason)));
        }
        self.tree(context, Directory::top(target, local.to_owned()))
            .await
    }

    /// The path on the server for a local file of this name.
    fn join(
        &self,
        directory: &Directory<PathBuf>,
        local: &Path,
        name: &OsStr,
    ) -> Result<RemotePath, Error> {
        let name = self.server.names.remote(name);
        let name = name.map_err(|reason| Error::local(local, io::Error::other(reason)))?;
        directory.join(&name)
    }

    /// Sends what is below a directory. Links are left out: they could lead anywhere.
    async fn tree(&self, context: &mut Context, top: Directory<PathBuf>) -> Result<(), Error> {
        let top_path = top.path.clone();
        let mut pending = vec![top];
        while let Some(directory) = pending.pop() {
            if let Err(error) = self.level(context, &directory, &mut pending).await {
                context.fail(error)?;
            }
            if context.must_abandon(&self.server, &top_path) {
                break;
            }
        }
        Ok(())
    }

    /// Sends the files of one directory, and appends its directories to `pending`.
    async fn level(
        &self,
        context: &mut Context,
        directory: &Directory<PathBuf>,
        pending: &mut Vec<Directory<PathBuf>>,
    ) -> Result<(), Error> {
        let Directory { path, beside, .. } = directory;
        let mut entries = fs::read_dir(beside)
            .and_then(Iterator::collect::<io::Result<Vec<_>>>)
            .map_err(|error| Error::local(beside, error))?;
        entries.sort_by_key(fs::DirEntry::file_name);
        walk::ensure_directory(context, &self.server, path).await?;
        let mut below = Vec::new();
        for entry in entries {
            let local = entry.path();
            let outcome = match (
                self.join(directory, &local, &entry.file_name()),
                entry.file_type(),
            ) {
                (Err(error), _) => Err(error),
                (_, Err(error)) => Err(Error::local(&local, error)),
                (Ok(path), Ok(kind)) if kind.is_dir() => {
                    directory.below(path, local).map(|child| below.push(child))
                }
                (Ok(path), Ok(kind)) if kind.is_file() => {
                    self.file(context, &local, kind, &path, false).await
                }
                (Ok(_), Ok(_)) => {
                    let local = escape_path(&local);
                    context.skip(&format!("{local}: skipped, as it is no file or directory"));
                    Ok(())
                }
            };
            if let Err(error) = outcome {
                context.fail(error)?;
                if context.has_given_up(&self.server) {
                    return Ok(());
                }
            }
        }
        pending.extend(below.into_iter().rev());
        Ok(())
    }

    async fn file(
        &self,
        context: &mut Context,
        local: &Path,
        kind: FileType,
        target: &RemotePath,
        is_operand: bool,
    ) -> Result<(), Error> {
        if !kind.is_file() {
            let reason = "is not a regular file; put - sends standard input";
            return Err(Error::local(local, io::Error::other(reason)));
        }
        let job = Job::upload(local.to_owned(), target.clone(), self.options.clone());
        let job = match fs::metadata(local) {
            Ok(metadata) => job.sized(metadata.len()),
            // Found out, and told, when it is its turn.
            Err(_) => job,
        };
        context.queue(&self.server, job, is_operand).await
    }
}
