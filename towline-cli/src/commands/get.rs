//! `towline get`: downloads files, and directories with `-r`.

use std::borrow::Cow;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use towline::{
    DirectoryMark, DownloadOptions, Entry, EntryKind, ErrorKind, Job, RemotePath, Session,
};

use crate::args::commands::GetArgs;
use crate::error::{Error, escape_path, quote_path};
use crate::exit_code::ExitCode;
use crate::operand::name_codec::NameCodec;
use crate::operand::parse::{Operand, Place};
use crate::operand::remote::Remote;
use crate::operand::server::Server;
use crate::operand::sites::Sites;
use crate::output::entry;
use crate::session::run::{RefusedDownload, Run};
use crate::sync::choice::{self, Choice, Judgement};
use crate::tree::directory::Directory;
use crate::tree::expand::{IfIncomplete, expand};
use crate::tree::listing;
use crate::tree::lookup;
use crate::tree::walk::{Limits, Visitor, walk};

pub(crate) async fn run(args: &GetArgs, sites: &mut Sites, run: &mut Run) -> Result<(), Error> {
    run.list_briefly();
    let choice = Choice::new(&args.filter, &args.choice)?;
    let (places, local) = operands(args, sites)?;
    let target = Target::new(local, &places, &choice)?;
    let fetched = fetch_places(args, run, &places, &target, &choice).await;
    // Running transfers are reported in any case.
    let finished = finish(run).await;
    fetched.and(finished)
}

async fn fetch_places(
    args: &GetArgs,
    run: &mut Run,
    places: &[Place],
    target: &Target,
    choice: &Choice,
) -> Result<(), Error> {
    for place in places {
        if run.has_transfers_elsewhere(place.server()) {
            finish(run).await?;
        }
        let remotes = match expand(run, place, IfIncomplete::Fail).await {
            Ok(remotes) => remotes,
            Err(error) => {
                run.outcomes().fail(error)?;
                continue;
            }
        };
        for remote in &remotes {
            let transfer = &remote.server.settings.transfer;
            let get = Get {
                server: &remote.server,
                options: transfer.download(run.cancel()),
                choice,
                top: RemotePath::login_directory(),
                args,
            };
            let fetched = if args.recursive {
                get.any(run, remote, target).await
            } else {
                get.file(run, remote, target).await
            };
            if let Err(error) = fetched {
                run.outcomes().fail(error)?;
            }
        }
    }
    Ok(())
}

/// Waits for the transfers, and reports operands whose downloads were refused. Explains the refusal
/// if the operand is a directory.
async fn finish(run: &mut Run) -> Result<(), Error> {
    let mut finished = run.finish_transfers().await;
    let mut explains = finished.is_ok();
    for refused in run.take_refused() {
        let RefusedDownload {
            server,
            path,
            mut refusal,
        } = refused;
        // After an error, refusals are reported without an explanation.
        if explains {
            match Box::pin(is_directory_after_all(run, &server, &path)).await {
                Ok(true) => refusal = is_a_directory(&path).shown_by(&refusal),
                Ok(false) => {}
                Err(error) => {
                    explains = false;
                    if error.ends_the_run() {
                        finished = Err(error);
                    } else {
                        // The error is not that of an operand, so it is not counted.
                        run.outcomes().report(&error);
                    }
                }
            }
        }
        run.outcomes().fail(refusal)?;
    }
    finished
}

/// Whether `path`, whose download was refused, is a directory.
async fn is_directory_after_all(
    run: &mut Run,
    server: &Server,
    path: &RemotePath,
) -> Result<bool, Error> {
    Ok(lookup::leads_to_directory(run, server, path).await?
        || lookup::is_hidden_directory(run, server, path, None).await?)
}

fn operands(args: &GetArgs, sites: &mut Sites) -> Result<(Vec<Place>, PathBuf), Error> {
    let mut places = Vec::new();
    let mut local = None;
    for operand in &args.operands {
        if let Some(path) = local {
            return Err(Error::usage(format!(
                "{} is a local path; get accepts only one, as the last operand",
                quote_path(path)
            )));
        }
        match sites.operand(operand)? {
            Operand::Place(place) => places.push(*place),
            Operand::Local(_) => local = Some(Path::new(operand)),
        }
    }
    if places.is_empty() {
        return Err(Error::usage("get requires a URL or SITE:PATH to download"));
    }
    if local == Some(Path::new("-")) {
        return Err(Error::usage("use towline cat to write to standard output"));
    }
    Ok((
        places,
        local.map_or_else(|| PathBuf::from("."), Path::to_owned),
    ))
}

/// The local target: a directory, or the path of a single file.
struct Target {
    path: PathBuf,
    is_directory: bool,
}

impl Target {
    fn new(path: PathBuf, sources: &[Place], choice: &Choice) -> Result<Self, Error> {
        let named_directory = path.as_os_str().as_encoded_bytes().ends_with(b"/");
        if named_directory && !choice.is_dry {
            fs::create_dir_all(&path).map_err(|error| Error::local(&path, error))?;
        }
        let is_directory = named_directory || path.is_dir();
        let several = !matches!(sources, [Place::Exact(_)]);
        if several && !is_directory {
            return Err(Error::usage(format!(
                "several sources or a pattern require a directory as target; write {}/",
                escape_path(&path)
            )));
        }
        Ok(Self { path, is_directory })
    }

    /// The local path for `remote`, which keeps its name in a directory.
    fn path_for(&self, remote: &RemotePath, codec: NameCodec) -> Result<PathBuf, Error> {
        if !self.is_directory {
            return Ok(self.path.clone());
        }
        let name = remote.file_name().unwrap_or_default();
        Ok(self.path.join(local_name(codec, remote, name)?))
    }
}

/// Downloads from a server.
struct Get<'a> {
    server: &'a Server,
    options: DownloadOptions,
    choice: &'a Choice,
    /// The directory that the user named.
    top: RemotePath,
    args: &'a GetArgs,
}

impl Get<'_> {
    /// Downloads a file, or a directory with its contents. Follows links, because the user named
    /// them.
    async fn any(mut self, run: &mut Run, remote: &Remote, target: &Target) -> Result<(), Error> {
        let path = &remote.path;
        let mut mark = DirectoryMark::default();
        if !remote.is_top() {
            let entry = Box::pin(self.follow(run, path)).await?;
            let is_directory = entry::is_directory(&entry)
                || lookup::is_hidden_directory(run, self.server, path, entry.size).await?;
            if !is_directory {
                return self.file(run, remote, target).await;
            }
            mark = DirectoryMark::of(&entry);
        }
        let local = if remote.is_top() {
            target.path.clone()
        } else {
            target.path_for(path, self.server.name_codec())?
        };
        if !self.choice.is_dry {
            run.outcomes().move_trees();
        }
        self.top = path.clone();
        let mut top = Directory::top(path.clone(), local);
        top.mark = mark;
        let limits = Limits::of_entries(self.args.tree.max_entries);
        Box::pin(walk(run, self.server, &mut self, top, limits)).await
    }

    /// What is at `path`, after links are followed.
    async fn follow(&self, run: &mut Run, path: &RemotePath) -> Result<Entry, Error> {
        let follow = async |session: &mut Session| session.follow(path).await;
        run.on(self.server, path, follow).await
    }

    async fn file(&self, run: &mut Run, remote: &Remote, target: &Target) -> Result<(), Error> {
        let path = &remote.path;
        if remote.is_top() {
            return Err(is_a_directory(path));
        }
        let local = target.path_for(path, self.server.name_codec())?;
        if self.choice.is_dry || self.choice.needs_version() {
            let stat = async |session: &mut Session| session.stat(path).await;
            let entry = run.on(self.server, path, stat).await?;
            if entry::is_directory(&entry) {
                return Err(is_a_directory(path));
            }
            return self.chosen(run, path, local, Some(&entry), true).await;
        }
        self.chosen(run, path, local, None, true).await
    }

    /// Whether an entry of `directory` is a file to be downloaded.
    fn is_chosen(&self, directory: &RemotePath, local: &Path, entry: &Entry) -> bool {
        let Ok(path) = directory.join(&entry.name) else {
            return false;
        };
        let target = self.server.name_codec().local(&entry.name);
        let target = target
            .ok()
            .and_then(|name| choice::local_version(&local.join(name)));
        let (relative, source) = (
            choice::relative(&self.top, &path),
            choice::remote_version(entry),
        );
        let is_open = match entry.kind {
            EntryKind::File | EntryKind::Unknown => true,
            EntryKind::Link => self.args.links.follow_links,
            _ => false,
        };
        let judgement = self.choice.judge(&relative, &source, target.as_ref());
        is_open && judgement == Judgement::Taken
    }

    /// Whether the user has excluded an entry, whatever its name would be here.
    fn is_left_out(&self, path: &RemotePath, entry: &Entry) -> bool {
        let relative = choice::relative(&self.top, path);
        match entry::is_directory(entry) {
            true => !self.choice.enters(&relative),
            false => {
                let source = choice::remote_version(entry);
                !self.choice.takes(&relative, &source, None)
            }
        }
    }

    /// Downloads a file if it is chosen. `entry` is what its listing says of it.
    async fn chosen(
        &self,
        run: &mut Run,
        path: &RemotePath,
        local: PathBuf,
        entry: Option<&Entry>,
        is_operand: bool,
    ) -> Result<(), Error> {
        let target = choice::local_version(&local);
        let mut source = entry.map(choice::remote_version).unwrap_or_default();
        if entry.is_some() {
            let relative = choice::relative(&self.top, path);
            let mut judgement = self.choice.judge(&relative, &source, target.as_ref());
            let is_open = matches!(judgement, Judgement::MaybeNewer | Judgement::Unknown);
            if is_open && !is_operand {
                // The exact time may decide, and the listing does not show it.
                let stat = async |session: &mut Session| session.stat(path).await;
                source = choice::remote_version(&run.on(self.server, path, stat).await?);
                judgement = self.choice.judge(&relative, &source, target.as_ref());
            }
            if judgement != Judgement::Taken {
                return self.choice.leave(run, &path.to_string(), judgement);
            }
            if is_open
                && !self.choice.is_dry
                && let Some(parent) = local.parent()
            {
                let created = fs::create_dir_all(parent);
                created.map_err(|error| Error::local(parent, error))?;
            }
        }
        if self.choice.is_dry {
            let (from, to) = (path.to_string(), escape_path(&local));
            let is_there = target.is_some();
            return self.choice.print(run, &from, &to, &from, &source, is_there);
        }
        let job = Job::download(path.clone(), local, self.options.clone());
        let job = match entry.filter(|_| !is_operand) {
            Some(entry) => job.listed(entry),
            None => job,
        };
        run.queue(self.server, job, is_operand).await
    }
}

/// Downloads the contents of directories. Skips links unless the user wants to follow them, because
/// they could lead anywhere.
impl Visitor for Get<'_> {
    /// The local path.
    type State = PathBuf;
    type Entry = Entry;

    async fn enter(
        &mut self,
        run: &mut Run,
        directory: &mut Directory<PathBuf>,
    ) -> Result<Vec<Entry>, Error> {
        let Directory {
            path, state: local, ..
        } = &*directory;
        if run.is_full(local) {
            let path = path.clone();
            let code = ExitCode::Local;
            return Err(Error::NotAttempted { path, code });
        }
        let mut listing = listing::list(run, self.server, path).await?;
        let mark = directory.mark.clone().with(&listing.entries);
        if self.args.links.follow_links {
            let entries = &mut listing.entries;
            listing::reveal_links(run, self.server, path, entries, EntryKind::File).await?;
        }
        listing::descend(run, self.server, directory, mark).await?;
        let Directory {
            path, state: local, ..
        } = &*directory;
        let is_wanted = self.choice.wants_all_directories();
        let has_files = || {
            listing
                .entries
                .iter()
                .any(|entry| self.is_chosen(path, local, entry))
        };
        if !self.choice.is_dry && (is_wanted || has_files()) {
            let created = match is_wanted {
                true => create_directory(local),
                // Directories above this one may be missing: no file in them is chosen.
                false => fs::create_dir_all(local),
            };
            created.map_err(|error| Error::local(local, error))?;
        }
        if let Some(error) = listing.incomplete(path, "files may be missing") {
            run.outcomes().fail(error)?;
        }
        Ok(listing.entries)
    }

    fn name<'e>(&self, entry: &'e Entry) -> Result<Cow<'e, [u8]>, Error> {
        Ok(Cow::Borrowed(&entry.name))
    }

    fn mark(&self, entry: &Entry) -> DirectoryMark {
        DirectoryMark::of(entry)
    }

    async fn visit(
        &mut self,
        run: &mut Run,
        directory: &Directory<PathBuf>,
        path: &RemotePath,
        mut entry: Entry,
    ) -> Result<Option<PathBuf>, Error> {
        let name = match local_name(self.server.name_codec(), path, &entry.name) {
            Err(_) if self.is_left_out(path, &entry) => return Ok(None),
            name => name?,
        };
        let local = directory.state.join(name);
        let is_open = match entry.kind {
            EntryKind::Unknown => true,
            EntryKind::Link => self.args.links.follow_links,
            _ => false,
        };
        if is_open {
            let followed = self.follow(run, path).await?;
            (entry.kind, entry.size) = (followed.kind, followed.size);
        }
        match entry.kind {
            EntryKind::File => {
                self.chosen(run, path, local, Some(&entry), false).await?;
                Ok(None)
            }
            _ if entry::is_directory(&entry) => {
                let enters = self.choice.enters(&choice::relative(&self.top, path));
                Ok(enters.then_some(local))
            }
            kind => {
                let kind = entry::kind(kind);
                run.outcomes().skip(&format!(
                    "{path}: skipped, because it is neither a file nor a directory ({kind})"
                ));
                Ok(None)
            }
        }
    }
}

/// The name of the local file for the entry `name` at `path`.
fn local_name(codec: NameCodec, path: &RemotePath, name: &[u8]) -> Result<OsString, Error> {
    codec.local(name).map_err(|source| Error::LocalName {
        path: path.clone(),
        source,
    })
}

fn is_a_directory(path: &RemotePath) -> Error {
    let reason = "is a directory; use -r to download it with its contents";
    Error::remote(ErrorKind::Refused, path, reason)
}

/// Creates a directory, unless there is one, or a link to one.
fn create_directory(path: &Path) -> io::Result<()> {
    match fs::create_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        outcome => outcome,
    }
}
