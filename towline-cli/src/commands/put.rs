//! `towline put`: uploads files, standard input, and directories with `-r`.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fs::{self, DirEntry, FileType};
use std::io;
use std::path::{Path, PathBuf};

use towline::{Direction, Job, RemotePath, Session, UploadOptions};
use towline_proto::name::{NameError, is_part_name};
use towline_sync::Version;

use crate::args::commands::PutArgs;
use crate::error::{Error, escape_path};
use crate::operand::parse::Operand;
use crate::operand::remote::Remote;
use crate::operand::server::Server;
use crate::operand::sites::Sites;
use crate::session::run::Run;
use crate::sync::choice::{self, Choice, Judgement};
use crate::tree::directory::{Directory, join};
use crate::tree::lookup;
use crate::tree::walk::{Limits, Visitor, walk};

pub(crate) async fn run(args: &PutArgs, sites: &mut Sites, run: &mut Run) -> Result<(), Error> {
    let choice = Choice::new(&args.filter, &args.choice)?;
    let (sources, remote) = operands(args, sites)?;
    let options = remote.server.settings.transfer.upload(run.cancel());
    let mut put = Put {
        server: &remote.server,
        recursive: args.recursive,
        options: match args.append {
            // These settings of a site do not apply to appending.
            true => options
                .append(true)
                .resume(false)
                .verify(false)
                .overwrite(true),
            false => options,
        },
        choice,
        top: RemotePath::login_directory(),
    };
    let into = remote.is_top()
        || remote.trailing_slash
        || lookup::is_directory(run, &remote.server, &remote.path).await?;
    if sources.len() > 1 && !into {
        return Err(Error::usage(
            "several sources require a directory as target; end the URL with a slash",
        ));
    }
    let sent = put.sources(run, &sources, &remote, into).await;
    // Running transfers are reported in any case.
    let finished = run.finish_transfers().await;
    sent.and(finished)
}

enum LocalOperand {
    Stdin,
    Path(PathBuf),
}

fn operands(args: &PutArgs, sites: &mut Sites) -> Result<(Vec<LocalOperand>, Remote), Error> {
    let (last, sources) = args.operands.split_last().ok_or_else(nothing_to_send)?;
    let remote = sites.remote(last)?;
    let sources = sources.iter().map(|operand| match sites.operand(operand)? {
        Operand::Local(path) if path == Path::new("-") => Ok(LocalOperand::Stdin),
        Operand::Local(path) => Ok(LocalOperand::Path(path)),
        Operand::Place(_) => Err(Error::usage(
            "put uploads local files; only the last operand may be remote",
        )),
    });
    let sources = sources.collect::<Result<Vec<_>, _>>()?;
    if sources.is_empty() {
        return Err(nothing_to_send());
    }
    Ok((sources, remote))
}

fn nothing_to_send() -> Error {
    Error::usage("put requires a local file, and a URL or SITE:PATH to upload it to")
}

/// Uploads to a server.
struct Put<'a> {
    server: &'a Server,
    recursive: bool,
    options: UploadOptions,
    choice: Choice,
    /// The directory that is the target of one that the user named.
    top: RemotePath,
}

impl Put<'_> {
    async fn sources(
        &mut self,
        run: &mut Run,
        sources: &[LocalOperand],
        remote: &Remote,
        into: bool,
    ) -> Result<(), Error> {
        for source in sources {
            let outcome = match source {
                LocalOperand::Stdin if into => Err(Error::usage(
                    "standard input has no name; end the URL with a file name",
                )),
                LocalOperand::Stdin => self.input(run, &remote.path).await,
                LocalOperand::Path(local) => self.path(run, local, &remote.path, into).await,
            };
            if let Err(error) = outcome {
                run.outcomes().fail(error)?;
            }
        }
        Ok(())
    }

    async fn input(&self, run: &mut Run, target: &RemotePath) -> Result<(), Error> {
        if self.choice.is_dry {
            let (to, version) = (target.to_string(), Version::default());
            return self.choice.print(run, "-", &to, &to, &version, false);
        }
        let options = &self.options;
        let input = async |session: &mut Session| {
            session
                .upload_from(tokio::io::stdin(), target, options)
                .await
        };
        let outcome = run.until_done(self.server, target, input).await;
        run.printer().progress().end(target, None);
        let is_left =
            |error: &Error| !self.server.settings.transfer.overwrite && error.is_existing_target();
        match outcome {
            Err(error) if is_left(&error) => {
                run.outcomes().leave_existing(&target.to_string(), true);
            }
            outcome => run
                .outcomes()
                .moved(target, "-", Direction::Upload, &outcome?),
        }
        Ok(())
    }

    /// Uploads an operand. Follows links, because the user named them.
    async fn path(
        &mut self,
        run: &mut Run,
        local: &Path,
        target: &RemotePath,
        into: bool,
    ) -> Result<(), Error> {
        let metadata = fs::metadata(local).map_err(|error| Error::local(local, error))?;
        let target = match local.file_name() {
            Some(name) if into => join(target, &self.remote_name(local, name)?)?,
            // `..` and `/` have no name. Their contents go to the target itself.
            _ => target.clone(),
        };
        if !metadata.is_dir() {
            let kind = metadata.file_type();
            return self.file(run, local, kind, &target, true).await;
        }
        if !self.recursive {
            let reason = "is a directory; use -r to upload it with its contents";
            return Err(Error::local(local, io::Error::other(reason)));
        }
        if !self.choice.is_dry {
            run.outcomes().move_trees();
        }
        self.top = target.clone();
        let top = Directory::top(target, local.to_owned());
        walk(run, self.server, self, top, Limits::default()).await
    }

    async fn file(
        &self,
        run: &mut Run,
        local: &Path,
        kind: FileType,
        target: &RemotePath,
        is_operand: bool,
    ) -> Result<(), Error> {
        if !kind.is_file() {
            let reason = "is not a regular file; use put - to upload standard input";
            return Err(Error::local(local, io::Error::other(reason)));
        }
        if self.choice.needs_version() {
            let judgement = self.judge(run, local, target).await?;
            if judgement != Judgement::Taken {
                return self.choice.leave(run, &escape_path(local), judgement);
            }
        }
        if !is_operand && target.file_name().is_some_and(is_part_name) {
            let reason = NameError::PartialFile;
            return Err(Error::local(local, io::Error::other(reason)));
        }
        if self.choice.is_dry {
            let (from, to) = (escape_path(local), target.to_string());
            let version = choice::local_version(local).unwrap_or_default();
            let is_there =
                run.printer().is_json() && lookup::find(run, self.server, target).await?.is_some();
            return self.choice.print(run, &from, &to, &to, &version, is_there);
        }
        let job = Job::upload(local.to_owned(), target.clone(), self.options.clone());
        let job = match fs::metadata(local) {
            Ok(metadata) => job.sized(metadata.len()),
            // The transfer will report the error.
            Err(_) => job,
        };
        run.queue(self.server, job, is_operand).await
    }

    /// Whether an entry for the remote `directory` is a file that the filter takes.
    fn may_take(&self, directory: &RemotePath, entry: &DirEntry) -> bool {
        let local = entry.path();
        let target = self.remote_name(&local, &entry.file_name());
        let Some(target) = target.ok().and_then(|name| directory.join(&name).ok()) else {
            return false;
        };
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        let source = choice::local_version(&local).filter(|_| is_file);
        let relative = choice::relative(&self.top, &target);
        source.is_some_and(|source| self.choice.takes(&relative, &source, None))
    }

    /// Decides whether a file is to be uploaded.
    async fn judge(
        &self,
        run: &mut Run,
        local: &Path,
        target: &RemotePath,
    ) -> Result<Judgement, Error> {
        let Some(source) = choice::local_version(local) else {
            // The transfer will report the error.
            return Ok(Judgement::Taken);
        };
        let relative = choice::relative(&self.top, target);
        let judgement = self.choice.judge(&relative, &source, None);
        if judgement != Judgement::Taken {
            return Ok(judgement);
        }
        let existing = match self.choice.update {
            true => lookup::find(run, self.server, target).await?,
            false => None,
        };
        let existing = existing.as_ref().map(choice::remote_version);
        Ok(self.choice.judge(&relative, &source, existing.as_ref()))
    }

    /// The remote name for the local file `local`, whose name is `name`.
    fn remote_name(&self, local: &Path, name: &OsStr) -> Result<Vec<u8>, Error> {
        let name = self.server.name_codec().remote(name);
        name.map_err(|reason| Error::local(local, io::Error::other(reason)))
    }
}

/// Uploads the contents of directories. Skips links, because they could lead anywhere.
impl Visitor for Put<'_> {
    const IS_REMOTE: bool = false;

    /// The local path.
    type State = PathBuf;
    type Entry = DirEntry;

    async fn enter(
        &mut self,
        run: &mut Run,
        directory: &mut Directory<PathBuf>,
    ) -> Result<Vec<DirEntry>, Error> {
        let Directory {
            path, state: local, ..
        } = &*directory;
        let mut entries = fs::read_dir(local)
            .and_then(Iterator::collect::<io::Result<Vec<_>>>)
            .map_err(|error| Error::local(local, error))?;
        entries.sort_by_key(DirEntry::file_name);
        if self.choice.is_dry {
            return Ok(entries);
        }
        if self.choice.wants_all_directories() {
            lookup::ensure_directory(run, self.server, path).await?;
        } else if entries.iter().any(|entry| self.may_take(path, entry)) {
            // Directories above this one may be missing: no file in them is chosen.
            let create = async |session: &mut Session| session.create_dir_all(path).await;
            run.on(self.server, path, create).await?;
        }
        Ok(entries)
    }

    fn name<'e>(&self, entry: &'e DirEntry) -> Result<Cow<'e, [u8]>, Error> {
        let name = self.remote_name(&entry.path(), &entry.file_name());
        name.map(Cow::Owned)
    }

    async fn visit(
        &mut self,
        run: &mut Run,
        _: &Directory<PathBuf>,
        path: &RemotePath,
        entry: DirEntry,
    ) -> Result<Option<PathBuf>, Error> {
        let local = entry.path();
        let kind = entry.file_type();
        let kind = kind.map_err(|error| Error::local(&local, error))?;
        if kind.is_dir() {
            let enters = self.choice.enters(&choice::relative(&self.top, path));
            return Ok(enters.then_some(local));
        }
        if kind.is_file() {
            self.file(run, &local, kind, path, false).await?;
        } else {
            let local = escape_path(&local);
            run.outcomes().skip(&format!(
                "{local}: skipped, because it is neither a file nor a directory"
            ));
        }
        Ok(None)
    }
}
