//! Local files that are written until they are complete.

use std::fs::{self, File, TryLockError};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use filetime::FileTime;
use jiff::Timestamp;
use tempfile::TempPath;
use towline_proto::name::escape;

use super::access::{at, blocking, is_special, metadata, tail_of, version_of};
use super::part_name::{marked_name, sync_directories, temporary};
use super::system::{has_other_names, is_at, of_new_file, plain, refuse_foreign};
use crate::error::{Error, ErrorDetail, ErrorKind, Remains};
use crate::own_file::for_owner_alone;
use crate::transfer::file_version::FileVersion;
use crate::transfer::options::DownloadOptions;

/// Refuses a target that exists and must not be overwritten, or that is a directory. Blocks.
pub(crate) fn check_target(local: &Path, options: &DownloadOptions) -> Result<(), Error> {
    match fs::symlink_metadata(local) {
        Ok(_) if !options.overwrite => {
            let local = escape(local.as_os_str().as_encoded_bytes());
            let what = format!("{local} exists and is left alone");
            let error = Error::new(ErrorKind::Local, what);
            Err(error.with_detail(ErrorDetail::LocalTargetExists))
        }
        _ if local.is_dir() => Err(at(
            "cannot be written",
            local,
            io::ErrorKind::IsADirectory.into(),
        )),
        _ => Ok(()),
    }
}

/// Whether a download to `local` can be written and renamed without waiting for anything but the
/// disk. Blocks.
pub(crate) fn takes_new_file(local: &Path, options: &DownloadOptions) -> bool {
    check_target(local, options).is_ok() && !is_special(local)
}

/// Where a download is written until it is complete.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) file: Arc<File>,
    /// The version of the remote file that is downloaded.
    pub(crate) version: FileVersion,
    /// The final path.
    local: PathBuf,
    /// The temporary name, if there is one. The file is removed unless it is renamed or its name is
    /// marked.
    temporary: Option<TempPath>,
    /// Marks a part of `version` that stays for another run.
    mark: Option<String>,
    /// The temporary name carries the mark.
    is_marked: bool,
    /// The bytes are written to `local` itself.
    is_direct: bool,
    /// A device or a pipe: what is written cannot be taken back.
    is_special: bool,
    overwrite: bool,
}

impl Target {
    /// Finds what an earlier download of `version` has left, under a name that carries `mark`.
    /// Blocks.
    pub(crate) fn left_over(
        local: &Path,
        version: FileVersion,
        mark: Option<String>,
        options: &DownloadOptions,
    ) -> Result<Option<Self>, Error> {
        let name = match (options.temporary_name, &mark) {
            (true, Some(mark)) => marked_name(local, mark),
            (true, None) => return Ok(None),
            (false, _) => local.to_owned(),
        };
        let open = || {
            match fs::symlink_metadata(&name) {
                Ok(found) if found.is_file() => {}
                // A link could lead anywhere.
                Ok(_) if options.temporary_name => {
                    let what = "it has the name of a partial file of this download, but is not a \
                                regular file; remove it, or use another directory";
                    return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
                }
                _ => return Ok(None),
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
                version,
                local: local.to_owned(),
                mark: mark.clone(),
                is_marked: temporary.is_some(),
                is_direct: temporary.is_none(),
                temporary,
                is_special: false,
                overwrite: options.overwrite,
            }))
        };
        open().map_err(|error| at("cannot be resumed", &name, error))
    }

    /// Opens `local` itself, if it may be the whole file of `version`. It is not written to. If the
    /// server gives no exact time, it must not be older than `latest_change`. Blocks.
    pub(crate) fn whole(
        local: &Path,
        version: FileVersion,
        latest_change: Option<Timestamp>,
    ) -> Result<Option<Self>, Error> {
        let may_be_whole = fs::symlink_metadata(local).is_ok_and(|found| {
            let ours = version_of(&found);
            let has_time = match version.modified {
                Some(_) => ours.is_as_old_as(&version),
                None => latest_change.is_some_and(|latest| ours.modified >= Some(latest)),
            };
            found.is_file() && ours.size == version.size && has_time
        });
        if !may_be_whole {
            return Ok(None);
        }
        let file = File::open(local).map_err(|error| at("cannot be read", local, error))?;
        Ok(Some(Self {
            file: Arc::new(file),
            version,
            local: local.to_owned(),
            temporary: None,
            mark: None,
            is_marked: false,
            is_direct: false,
            is_special: false,
            overwrite: true,
        }))
    }

    /// Creates an empty file. A part that may be resumed carries `mark`. Blocks; for a pipe, until
    /// another program reads from it.
    pub(crate) fn create(
        local: &Path,
        version: FileVersion,
        mark: Option<String>,
        options: &DownloadOptions,
    ) -> Result<Self, Error> {
        let is_special = is_special(local);
        let create = || match mark.as_ref().filter(|_| options.resume) {
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
                let name = marked_name(local, mark);
                let mut open = fs::OpenOptions::new();
                open.read(true).write(true).create_new(true);
                let file = for_owner_alone(&mut open).open(&name)?;
                lock(&file)?;
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
            version,
            local: local.to_owned(),
            is_direct: temporary.is_none() && !is_special,
            temporary,
            mark,
            is_marked,
            is_special,
            overwrite: options.overwrite,
        })
    }

    /// Whether the part has other names, so that it must not be written to. Blocks.
    pub(crate) fn is_shared(&self) -> Result<bool, Error> {
        let shared = has_other_names(&self.file).map(|shared| shared && self.temporary.is_some());
        shared.map_err(|error| self.at("cannot be read", error))
    }

    /// Gives a part that would be removed the name under which a later download finds it. An empty
    /// part is not worth that, nor is one that is shorter than the part of that name, or whose name
    /// another transfer is using. Even if this future is dropped, the part is kept.
    pub(crate) async fn keep(&mut self) -> Result<(), Error> {
        let Some(mark) = self.mark.as_ref().filter(|_| !self.is_marked) else {
            return Ok(());
        };
        let Some(temporary) = self.temporary.take() else {
            return Ok(());
        };
        let name = marked_name(&self.local, mark);
        let (file, marked) = (Arc::clone(&self.file), name.clone());
        let kept = blocking(move || keep_as(marked, temporary, &file)).await;
        self.temporary = kept.map_err(|error| at("cannot be written", &name, error))?;
        self.is_marked = self.temporary.is_some();
        Ok(())
    }

    /// Returns what the download leaves if it ends now; `None` if everything is removed.
    pub(crate) fn unfinished(&self) -> Option<Remains> {
        match &self.temporary {
            Some(part) => self.is_marked.then(|| Remains::LocalPart {
                at: part.to_path_buf(),
            }),
            None => self.is_direct.then_some(Remains::PartAtLocalTarget),
        }
    }

    /// Whether the bytes are in a file with the final name.
    pub(crate) fn is_direct(&self) -> bool {
        self.is_direct
    }

    /// Whether a failed download can be retried.
    pub(crate) fn may_go_on(&self) -> bool {
        !self.is_special
    }

    /// Returns where the bytes are.
    pub(crate) fn path(&self) -> &Path {
        self.temporary.as_deref().unwrap_or(&self.local)
    }

    /// Returns how many bytes are there.
    pub(crate) async fn len(&self) -> Result<u64, Error> {
        let len = metadata(&self.file).await.map(|metadata| metadata.len());
        len.map_err(|error| self.at("cannot be read", error))
    }

    /// Whether this file, which is as long as its version, can be complete. Without a temporary
    /// name, it could also be an older file, which has another time.
    pub(crate) async fn may_be_whole(&self) -> Result<bool, Error> {
        let metadata = metadata(&self.file).await;
        let metadata = metadata.map_err(|error| self.at("cannot be read", error))?;
        let ours = version_of(&metadata);
        // Nothing is written to a file that is neither a part nor a target: it was found whole.
        Ok(self.temporary.is_some() || !self.is_direct || ours.is_as_old_as(&self.version))
    }

    /// Returns the last bytes of the first `len`; writing continues after them.
    pub(crate) async fn tail(&self, len: u64) -> Result<Vec<u8>, Error> {
        let tail = tail_of(&self.file, len).await;
        tail.map_err(|error| self.at("cannot be read", error))
    }

    /// Discards the contents.
    pub(crate) async fn restart(&self) -> Result<(), Error> {
        let file = Arc::clone(&self.file);
        let emptied = blocking(move || {
            (&*file).seek(SeekFrom::Start(0))?;
            file.set_len(0)
        });
        let emptied = emptied.await;
        emptied.map_err(|error| self.at("cannot be written", error))
    }

    /// Removes the part, which is of no use.
    pub(crate) fn discard(mut self) {
        if let Some(temporary) = &mut self.temporary {
            temporary.disable_cleanup(false);
        }
    }

    /// Syncs the file, and gives it its time and its name.
    pub(crate) async fn finish(self, modified: Option<Timestamp>) -> Result<(), Error> {
        let local = self.local.clone();
        let file = Arc::clone(&self.file);
        let finished = async {
            blocking(move || sync_contents(&file)).await?;
            // Ownership passes only now, so that a call dropped earlier gives no file its name.
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
    pub(crate) fn write(&self, contents: &[u8]) -> Result<(), Error> {
        let written = (&*self.file).write_all(contents);
        written.map_err(|error| at("cannot be written", &self.local, error))
    }

    /// Syncs what was written last. Blocks.
    pub(crate) fn sync(&self) -> Result<(), Error> {
        let synced = sync_contents(&self.file);
        synced.map_err(|error| at("cannot be written", &self.local, error))
    }

    /// Gives the synced file its time and its name. Blocks. [`sync_directories`] makes the name
    /// durable.
    pub(crate) fn publish(self, modified: Option<Timestamp>) -> Result<(), Error> {
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
        let Some(temporary) = self.temporary else {
            return Ok(());
        };
        // The permissions of the file that it replaces, or else of any new file. Until now, only
        // its owner can use it.
        let existing = fs::metadata(&self.local);
        let permissions =
            existing.map_or_else(|_| of_new_file(), |it| Some(plain(it.permissions())));
        if let Some(permissions) = permissions {
            // A file system without permissions may refuse. Then only its owner can use the file,
            // if the file system has owners.
            let _ = self.file.set_permissions(permissions);
        }
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
        // A device or a pipe cannot be synced.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        outcome => outcome,
    }
}

/// Keeps two transfers from writing to one part. Some file systems do not support this.
fn lock(file: &File) -> io::Result<()> {
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(io::Error::other("another transfer is writing to it")),
        _ => Ok(()),
    }
}

/// Locks the part of that name if it is shorter than `len`. `None` if it is not, or cannot be
/// locked.
fn lock_shorter(name: &Path, len: u64) -> Option<File> {
    let is_file = fs::symlink_metadata(name).is_ok_and(|found| found.is_file());
    let file = is_file.then(|| File::open(name).ok()).flatten()?;
    let is_shorter = file.metadata().is_ok_and(|found| found.len() < len);
    (is_shorter && lock(&file).is_ok() && is_at(&file, name)).then_some(file)
}

/// Gives the part `file` the name `name`. Returns `None` if it is not worth that. Blocks.
fn keep_as(name: PathBuf, temporary: TempPath, file: &File) -> io::Result<Option<TempPath>> {
    let len = file.metadata()?.len();
    if len == 0 {
        return Ok(None);
    }
    let Err(failed) = temporary.persist_noclobber(&name) else {
        return lasting(name).map(Some);
    };
    if failed.error.kind() != io::ErrorKind::AlreadyExists {
        return Err(failed.error);
    }
    // Whoever has the lock writes to it, and later gives it the final name.
    let Some(_lock) = lock_shorter(&name, len) else {
        return Ok(None);
    };
    failed.path.persist(&name).map_err(|failed| failed.error)?;
    lasting(name).map(Some)
}

/// Keeps a temporary file after this program ends.
fn lasting(name: PathBuf) -> io::Result<TempPath> {
    let mut name = TempPath::try_from_path(name)?;
    name.disable_cleanup(true);
    Ok(name)
}

#[cfg(test)]
mod tests;
