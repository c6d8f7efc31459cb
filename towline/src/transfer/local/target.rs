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
use super::part_name::{mark, marked_name, sync_directories, temporary};
use super::system::{is_at, plain, refuse_foreign, writable};
use crate::error::{Error, ErrorDetail, ErrorKind, Remains};
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
    /// The final path of the file.
    pub(crate) version: FileVersion,
    local: PathBuf,
    /// The temporary name; `None` if the bytes are written to `local` itself. The file is removed
    /// unless it is renamed or its name is marked.
    temporary: Option<TempPath>,
    /// The temporary name carries the mark of `version`, and the file stays for another run.
    is_marked: bool,
    /// A device or a pipe: what is written cannot be taken back.
    is_special: bool,
    overwrite: bool,
}

impl Target {
    /// Finds what an earlier download of `version` has left. Blocks.
    pub(crate) fn left_over(
        local: &Path,
        version: FileVersion,
        options: &DownloadOptions,
    ) -> Result<Option<Self>, Error> {
        let name = match (options.temporary_name, mark(local, version)) {
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
                version,
                local: local.to_owned(),
                is_marked: temporary.is_some(),
                temporary,
                is_special: false,
                overwrite: options.overwrite,
            }))
        };
        open().map_err(|error| at("cannot be resumed", &name, error))
    }

    /// Creates an empty file. Blocks; for a pipe, until another program reads from it.
    pub(crate) fn create(
        local: &Path,
        version: FileVersion,
        options: &DownloadOptions,
    ) -> Result<Self, Error> {
        let mark = mark(local, version).filter(|_| options.resume);
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
                    // A later run may have to write to it again.
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
            version,
            local: local.to_owned(),
            temporary,
            is_marked,
            is_special,
            overwrite: options.overwrite,
        })
    }

    /// Whether a failed download can be retried.
    pub(crate) fn may_go_on(&self) -> bool {
        !self.is_special
    }

    /// Adds what remains of the file to `error`, after which there is no further attempt.
    pub(crate) fn with_what_remains(&self, error: Error) -> Error {
        match &self.temporary {
            Some(part) if self.is_marked => {
                let at = part.to_path_buf();
                error.with_remains(Remains::LocalPart { at })
            }
            None if !self.is_special => error.with_remains(Remains::PartAtLocalTarget),
            _ => error,
        }
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
        Ok(self.temporary.is_some() || ours.is_as_old_as(&self.version))
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

/// Keeps a temporary file after this program ends.
fn lasting(name: PathBuf) -> io::Result<TempPath> {
    let mut name = TempPath::try_from_path(name)?;
    name.disable_cleanup(true);
    Ok(name)
}
