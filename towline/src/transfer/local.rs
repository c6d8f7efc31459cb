//! Local files that are written, and their names.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{self, File, Permissions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use filetime::FileTime;
use jiff::Timestamp;
use tempfile::TempPath;
use tokio::task::spawn_blocking;
use towline_proto::name::escape;

use super::DownloadOptions;
use super::mark::Source;
use super::tail::tail_start;
use crate::error::{Error, ErrorKind};

/// Refuses a target that exists and is to be left alone, or that is a directory. Blocks.
pub(super) fn check_target(local: &Path, options: &DownloadOptions) -> Result<(), Error> {
    match fs::symlink_metadata(local) {
        Ok(_) if !options.overwrite => {
            let local = escape(local.as_os_str().as_encoded_bytes());
            let what = format!("{local} exists and is left alone");
            Err(Error::new(ErrorKind::Local, what))
        }
        _ if local.is_dir() => Err(at(
            "cannot be written",
            local,
            io::ErrorKind::IsADirectory.into(),
        )),
        _ => Ok(()),
    }
}

/// Whether `local` is a pipe or a device, which a download writes to and does not replace. Blocks.
pub(super) fn is_special(local: &Path) -> bool {
    fs::metadata(local).is_ok_and(|found| !found.is_file() && !found.is_dir())
}

/// Whether a download to `local` can be written in full and named, without any wait but for the disk.
/// Blocks.
pub(super) fn takes_new_file(local: &Path, options: &DownloadOptions) -> bool {
    check_target(local, options).is_ok() && !is_special(local)
}

/// Does `work` about the local end of a download where it may block.
pub(super) async fn aside<T: Send + 'static>(
    local: &Path,
    options: &DownloadOptions,
    work: impl FnOnce(&Path, &DownloadOptions) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let (path, options) = (local.to_owned(), options.clone());
    let done = spawn_blocking(move || work(&path, &options)).await;
    done.unwrap_or_else(|error| Err(at("cannot be written", local, io::Error::other(error))))
}

/// Size and time of a regular file; nothing is known ahead of what a pipe or a device gives.
pub(super) fn source_of(metadata: &fs::Metadata) -> Source {
    if !metadata.is_file() {
        return Source {
            size: None,
            modified: None,
        };
    }
    let modified = metadata.modified().ok();
    Source {
        size: Some(metadata.len()),
        modified: modified.and_then(|time| Timestamp::try_from(time).ok()),
    }
}

/// Where a download is written until it is whole.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) file: Arc<File>,
    /// The file that it is a part of.
    pub(super) source: Source,
    local: PathBuf,
    /// The temporary name, unless the bytes go to `local` itself. Vanishes unless it is renamed or
    /// marked.
    temporary: Option<TempPath>,
    /// The temporary name carries the mark of `source`, and stays for another run.
    is_marked: bool,
    /// A device or a pipe: what is written is gone.
    is_special: bool,
    overwrite: bool,
}

impl Target {
    /// What an earlier download of `source` has left. Blocks.
    pub(super) fn left_over(
        local: &Path,
        source: Source,
        options: &DownloadOptions,
    ) -> Result<Option<Self>, Error> {
        let name = match (options.temporary_name, mark(local, source)) {
            (true, Some(mark)) => marked_name(local, &mark),
            (true, None) => return Ok(None),
            (false, _) => local.to_owned(),
        };
        let open = || {
            // A link could lead anywhere.
            if !fs::symlink_metadata(&name).is_ok_and(|found| found.is_file()) {
                return Ok(None);
            }
            let file = fs::OpenOptions::new().read(true).write(true).open(&name)?;
            if options.temporary_name {
                refuse_foreign(&file)?;
            }
            lock(&file)?;
            if !is_at(&file, &name) {
                return Ok(None);
            }
            let temporary = match options.temporary_name {
                true => Some(lasting(name.clone())?),
                false => None,
            };
            Ok(Some(Self {
                file: Arc::new(file),
                source,
                local: local.to_owned(),
                is_marked: temporary.is_some(),
                temporary,
                is_special: false,
                overwrite: options.overwrite,
            }))
        };
        open().map_err(|error| at("cannot be taken up", &name, error))
    }

    /// An empty file. Blocks, with a pipe until somebody reads.
    pub(super) fn create(
        local: &Path,
        source: Source,
        options: &DownloadOptions,
    ) -> Result<Self, Error> {
        let mark = mark(local, source).filter(|_| options.resume);
        let is_special = is_special(local);
        let create = || match mark {
            // A device or a pipe is written to, not replaced.
            _ if !options.temporary_name || is_special => {
                let mut open = fs::OpenOptions::new();
                open.write(true).read(!is_special);
                if options.overwrite {
                    open.create(true).truncate(true);
                } else {
                    open.create_new(true);
                }
                Ok((open.open(local)?, None, false))
            }
            Some(mark) => {
                let name = marked_name(local, &mark);
                let mut open = fs::OpenOptions::new();
                let file = open.read(true).write(true).create_new(true).open(&name)?;
                lock(&file)?;
                if let Ok(existing) = fs::metadata(local) {
                    // Another run may have to write on.
                    file.set_permissions(writable(existing.permissions()))?;
                }
                Ok((file, Some(lasting(name)?), true))
            }
            None => {
                let (file, name) = temporary(local)?.into_parts();
                Ok((file, Some(name), false))
            }
        };
        let created: io::Result<_> = create();
        let (file, temporary, is_marked) =
            created.map_err(|error| at("cannot be written", local, error))?;
        Ok(Self {
            file: Arc::new(file),
            source,
            local: local.to_owned(),
            temporary,
            is_marked,
            is_special,
            overwrite: options.overwrite,
        })
    }

    /// Whether a failed download can be tried again.
    pub(super) fn may_go_on(&self) -> bool {
        !self.is_special
    }

    /// Adds to `error`, after which nothing more will come, what there is of the file.
    pub(super) fn with_what_remains(&self, error: Error) -> Error {
        match &self.temporary {
            Some(part) if self.is_marked => {
                let part = escape(part.as_os_str().as_encoded_bytes());
                error.with_note(format!("what has come stays at {part}"))
            }
            None if !self.is_special => {
                error.with_note("the local file may be empty or a part now")
            }
            _ => error,
        }
    }

    /// Where the bytes are.
    pub(super) fn path(&self) -> &Path {
        self.temporary.as_deref().unwrap_or(&self.local)
    }

    /// How many bytes are there.
    pub(super) async fn len(&self) -> Result<u64, Error> {
        let len = metadata(&self.file).await.map(|metadata| metadata.len());
        len.map_err(|error| self.at("cannot be read", error))
    }

    /// Whether this, being as long as its source, can be all of it. Without a temporary name it may as
    /// well be an older file, which has another time.
    pub(super) async fn may_be_whole(&self) -> Result<bool, Error> {
        let metadata = metadata(&self.file).await;
        let metadata = metadata.map_err(|error| self.at("cannot be read", error))?;
        let ours = source_of(&metadata);
        Ok(self.temporary.is_some() || ours.is_as_old_as(&self.source))
    }

    /// The last bytes of the first `len`; writing goes on behind them.
    pub(super) async fn tail(&self, len: u64) -> Result<Vec<u8>, Error> {
        let tail = tail_of(&self.file, len).await;
        tail.map_err(|error| self.at("cannot be read", error))
    }

    /// Throws away what is there.
    pub(super) async fn restart(&self) -> Result<(), Error> {
        let file = Arc::clone(&self.file);
        let emptied = blocking(move || {
            (&*file).seek(SeekFrom::Start(0))?;
            file.set_len(0)
        });
        let emptied = emptied.await;
        emptied.map_err(|error| self.at("cannot be written", error))
    }

    /// Takes the part away, which is of no use.
    pub(super) fn discard(mut self) {
        if let Some(temporary) = &mut self.temporary {
            temporary.disable_cleanup(false);
        }
    }

    /// Makes the file last, and gives it its time and its name.
    pub(super) async fn finish(self, modified: Option<Timestamp>) -> Result<(), Error> {
        let local = self.local.clone();
        let file = Arc::clone(&self.file);
        let finished = async {
            blocking(move || sync_contents(&file)).await?;
            // Only now is it handed over: a call that is dropped before gives no file its name.
            blocking(move || {
                let local = self.local.clone();
                self.give_name(modified)?;
                sync_directories([local.as_path()]);
                Ok(())
            })
            .await
        };
        let finished = finished.await;
        finished.map_err(|error| at("cannot be written", &local, error))
    }

    /// Writes all of a file that is in memory. Blocks.
    pub(super) fn write(&self, contents: &[u8]) -> Result<(), Error> {
        let written = (&*self.file).write_all(contents);
        written.map_err(|error| at("cannot be written", &self.local, error))
    }

    /// Makes what was written last. Blocks.
    pub(super) fn sync(&self) -> Result<(), Error> {
        let synced = sync_contents(&self.file);
        synced.map_err(|error| at("cannot be written", &self.local, error))
    }

    /// Gives the file, which is synced, its time and its name. Blocks. That the name lasts is for
    /// [`sync_directories`] to see to.
    pub(super) fn publish(self, modified: Option<Timestamp>) -> Result<(), Error> {
        let local = self.local.clone();
        let published = self.give_name(modified);
        published.map_err(|error| at("cannot be written", &local, error))
    }

    fn give_name(self, modified: Option<Timestamp>) -> io::Result<()> {
        if let Some(modified) = modified.filter(|_| !self.is_special) {
            let nanoseconds = modified.subsec_nanosecond().unsigned_abs();
            let time = FileTime::from_unix_time(modified.as_second(), nanoseconds);
            filetime::set_file_mtime(self.path(), time)?;
        }
        if self.is_marked
            && let Ok(existing) = fs::metadata(&self.local)
        {
            fs::set_permissions(self.path(), plain(existing.permissions()))?;
        }
        let Some(temporary) = self.temporary else {
            return Ok(());
        };
        let persisted = match self.overwrite {
            true => temporary.persist(&self.local),
            false => temporary.persist_noclobber(&self.local),
        };
        persisted.map(drop).map_err(|error| error.error)
    }

    fn at(&self, what: &str, error: io::Error) -> Error {
        at(what, self.path(), error)
    }
}

fn sync_contents(file: &File) -> io::Result<()> {
    match file.sync_all() {
        // A device or a pipe has nothing to sync.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        outcome => outcome,
    }
}

/// Runs `work` where it may block.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    spawn_blocking(work).await.map_err(io::Error::other)?
}

pub(super) async fn metadata(file: &Arc<File>) -> io::Result<fs::Metadata> {
    let file = Arc::clone(file);
    blocking(move || file.metadata()).await
}

pub(super) async fn tail_of(file: &Arc<File>, end: u64) -> io::Result<Vec<u8>> {
    let file = Arc::clone(file);
    let start = tail_start(end);
    let len = end - start;
    blocking(move || {
        let mut file = &*file;
        file.seek(SeekFrom::Start(start))?;
        let mut tail = Vec::new();
        file.take(len).read_to_end(&mut tail)?;
        if (tail.len() as u64) < len {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(tail)
    })
    .await
}

/// Keeps two transfers from writing one part. Not every file system can.
fn lock(file: &File) -> io::Result<()> {
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(io::Error::other("another transfer is at work on it")),
        _ => Ok(()),
    }
}

/// A name that outlives this program.
fn lasting(name: PathBuf) -> io::Result<TempPath> {
    let mut name = TempPath::try_from_path(name)?;
    name.disable_cleanup(true);
    Ok(name)
}

/// Whether `file` is the one that `name` stands for now, and no link does.
#[cfg(unix)]
fn is_at(file: &File, name: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let identity = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
    match (file.metadata(), fs::symlink_metadata(name)) {
        (Ok(opened), Ok(named)) => identity(opened) == identity(named),
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_at(_: &fs::File, _: &Path) -> bool {
    true
}

/// The mark of a part of `source` that is to become `local`.
fn mark(local: &Path, source: Source) -> Option<String> {
    source.mark(local.file_name()?.as_encoded_bytes())
}

/// `.NAME.MARK.part`, beside `local`.
fn marked_name(local: &Path, mark: &str) -> PathBuf {
    let mut name = hidden_prefix(local);
    name.push(format!("{mark}.part"));
    directory_of(local).join(name)
}

/// `.NAME.`, with room for more in the 255 bytes of a name.
fn hidden_prefix(local: &Path) -> OsString {
    let mut prefix = OsString::from(".");
    prefix.push(local.file_name().unwrap_or_default());
    prefix.push(".");
    match prefix.len() < 230 {
        true => prefix,
        false => ".towline.".into(),
    }
}

fn directory_of(local: &Path) -> &Path {
    match local.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// A file beside `local` that vanishes unless it is renamed, with the permissions of the file that
/// it will replace, or those that any new file gets.
fn temporary(local: &Path) -> io::Result<tempfile::NamedTempFile> {
    let prefix = hidden_prefix(local);
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(".part");
    #[cfg(unix)]
    let open_to_all: Permissions = std::os::unix::fs::PermissionsExt::from_mode(0o666);
    #[cfg(unix)]
    builder.permissions(open_to_all);
    let file = builder.tempfile_in(directory_of(local))?;
    if let Ok(existing) = fs::metadata(local) {
        file.as_file()
            .set_permissions(plain(existing.permissions()))?;
    }
    Ok(file)
}

/// In a directory that others may write to, a part may be somebody else's, who could put into it what
/// no comparison of its end shows.
#[cfg(unix)]
fn refuse_foreign(file: &File) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    if file.metadata()?.uid() == rustix::process::geteuid().as_raw() {
        return Ok(());
    }
    let what = "it belongs to another user";
    Err(io::Error::new(io::ErrorKind::PermissionDenied, what))
}

#[cfg(not(unix))]
fn refuse_foreign(_: &fs::File) -> io::Result<()> {
    Ok(())
}

/// Permissions without the bits that would let contents from a server run as somebody else.
#[cfg(unix)]
fn plain(permissions: Permissions) -> Permissions {
    use std::os::unix::fs::PermissionsExt;
    Permissions::from_mode(permissions.mode() & 0o777)
}

#[cfg(not(unix))]
fn plain(permissions: Permissions) -> Permissions {
    permissions
}

/// The same for a file that its owner may read and write all the same.
#[cfg(unix)]
fn writable(permissions: Permissions) -> Permissions {
    use std::os::unix::fs::PermissionsExt;
    Permissions::from_mode(permissions.mode() & 0o777 | 0o600)
}

#[cfg(not(unix))]
fn writable(mut permissions: Permissions) -> Permissions {
    permissions.set_readonly(false);
    permissions
}

/// Makes the names of `files` last, each directory once. Blocks.
pub(super) fn sync_directories<'a>(files: impl IntoIterator<Item = &'a Path>) {
    let directories: BTreeSet<_> = files.into_iter().map(directory_of).collect();
    for directory in directories {
        // Not every file system can, nor may every directory be opened; the files themselves are safe.
        let _ = sync_directory(directory);
    }
}

#[cfg(unix)]
fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

#[cfg(not(unix))]
fn sync_directory(_: &Path) -> io::Result<()> {
    Ok(())
}

/// What is the matter with a local file.
pub(super) fn at(what: &str, local: &Path, error: io::Error) -> Error {
    let local = escape(local.as_os_str().as_encoded_bytes());
    Error::local(format!("{local} {what}"), error)
}
