//! Local files at either end of a transfer.

use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::io;
use std::path::{Path, PathBuf};

use filetime::FileTime;
use tempfile::{NamedTempFile, PersistError};
use tokio::fs::File;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncSeekExt, AsyncWriteExt};
use tokio::task::spawn_blocking;
use towline_proto::path::RemotePath;

use super::{Download, DownloadOptions, Transferred, Upload, UploadOptions};
use crate::error::{Error, ErrorKind};
use crate::session::Session;

/// Bytes moved between a file and a connection at a time.
const CHUNK: usize = 256 * 1024;

impl Session {
    /// Downloads to a local file. It is written under a temporary name beside `local`, forced to
    /// disk, given the server's modification time, and renamed when it is whole.
    ///
    /// # Errors
    ///
    /// Those of [`Self::download`] and of the local disk. `local` is untouched then, unless
    /// `options` forbid the temporary name.
    pub async fn download_file(
        &mut self,
        remote: &RemotePath,
        local: &Path,
        options: &DownloadOptions,
    ) -> Result<Transferred, Error> {
        check_target(local, options)?;
        let modified = self.modified(remote).await;
        let modified = modified.map_err(|error| error.with_path(remote))?;
        let mut download = self.download(remote).await?;
        // Only now: a download that cannot begin leaves no trace.
        let (mut target, mut file) = match Target::create(local, options) {
            Ok(created) => created,
            Err(error) => {
                // The disk is what is at fault, whatever the server answers.
                let _ = download.abort().await;
                return Err(error.with_path(remote));
            }
        };
        if let Err(error) = copy(&mut download, &mut file, local).await {
            if error.kind() == ErrorKind::Local {
                let _ = download.abort().await;
            }
            return Err(error.with_path(remote));
        }
        let transferred = download.finish().await?;
        let local = local.to_owned();
        let finished = async {
            file.flush().await?;
            match file.sync_all().await {
                // A device or a pipe has nothing to sync.
                Err(error) if error.kind() == io::ErrorKind::InvalidInput => {}
                outcome => outcome?,
            }
            let file = file.into_std().await;
            spawn_blocking(move || {
                if let Some(modified) = modified {
                    let time = FileTime::from_unix_time(
                        modified.as_second(),
                        modified.subsec_nanosecond().unsigned_abs(),
                    );
                    filetime::set_file_handle_times(&file, None, Some(time))?;
                }
                target.finish()
            })
            .await
            .map_err(io::Error::other)?
        };
        finished
            .await
            .map_err(|error| at("cannot be written", &local, error).with_path(remote))?;
        Ok(transferred)
    }

    /// Uploads a local file.
    ///
    /// # Errors
    ///
    /// Those of [`Self::upload`], [`Upload::finish`] and of the local disk.
    pub async fn upload_file(
        &mut self,
        local: &Path,
        remote: &RemotePath,
        options: &UploadOptions,
    ) -> Result<Transferred, Error> {
        let unreadable = |error| at("cannot be read", local, error).with_path(remote);
        let mut file = File::open(local).await.map_err(unreadable)?;
        let metadata = file.metadata().await.map_err(unreadable)?;
        if metadata.is_dir() {
            return Err(unreadable(io::ErrorKind::IsADirectory.into()));
        }
        let total = metadata.is_file().then_some(metadata.len());
        let upload = self.upload_sized(remote, total, options).await?;
        match feed(upload, &mut file, local).await {
            // A refusal that shows only behind a handshake that looked well. The source is here, so
            // it can be sent again over a new control connection.
            Err(error) if is_late_refusal(&error) && total.is_some() => {
                self.link.control.mark_broken();
                file.rewind().await.map_err(unreadable)?;
                let upload = self.upload_sized(remote, total, options).await?;
                feed(upload, &mut file, local).await
            }
            outcome => outcome,
        }
    }

    /// Uploads whatever `source` gives until its end.
    ///
    /// # Errors
    ///
    /// As for [`Self::upload_file`].
    pub async fn upload_from(
        &mut self,
        source: impl AsyncRead + Unpin + Send,
        remote: &RemotePath,
        options: &UploadOptions,
    ) -> Result<Transferred, Error> {
        let upload = self.upload_sized(remote, None, options).await?;
        feed(upload, source, Path::new("the input")).await
    }
}

/// Reads `source` to its end into `upload`, and finishes it.
async fn feed(
    mut upload: Upload<'_>,
    mut source: impl AsyncRead + Unpin,
    local: &Path,
) -> Result<Transferred, Error> {
    let mut chunk = vec![0; CHUNK];
    loop {
        match source.read(&mut chunk).await {
            Ok(0) => return upload.finish().await,
            Ok(len) => {
                if let Err(error) = upload.write_all(&chunk[..len]).await {
                    return Err(upload.give_up(error).await);
                }
            }
            Err(error) => {
                let _ = upload.abort().await;
                return Err(at("cannot be read", local, error));
            }
        }
    }
}

fn is_late_refusal(error: &Error) -> bool {
    let resumed = error
        .data_connection()
        .is_some_and(|verdict| verdict.resumed);
    error.kind() == ErrorKind::SessionReuseRefused && resumed
}

async fn copy(download: &mut Download<'_>, file: &mut File, local: &Path) -> Result<(), Error> {
    let mut chunk = vec![0; CHUNK];
    loop {
        let mut filled = 0;
        // Large writes: a record holds 16 KiB at most.
        while filled < CHUNK {
            match download.read(&mut chunk[filled..]).await? {
                0 => break,
                len => filled += len,
            }
        }
        let write = file.write_all(&chunk[..filled]);
        write
            .await
            .map_err(|error| at("cannot be written", local, error))?;
        if filled < CHUNK {
            let flush = file.flush().await;
            return flush.map_err(|error| at("cannot be written", local, error));
        }
    }
}

fn check_target(local: &Path, options: &DownloadOptions) -> Result<(), Error> {
    match fs::symlink_metadata(local) {
        Ok(_) if !options.overwrite => {
            let local = towline_proto::name::escape(local.as_os_str().as_encoded_bytes());
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

/// Where a download is written until it is whole.
#[derive(Debug)]
enum Target {
    Temporary {
        file: NamedTempFile<()>,
        local: PathBuf,
        overwrite: bool,
    },
    Direct,
}

impl Target {
    fn create(local: &Path, options: &DownloadOptions) -> Result<(Self, File), Error> {
        let create = || {
            // A device or a pipe is written to, not replaced.
            let is_special = |file: fs::Metadata| !file.is_file() && !file.is_dir();
            if !options.temporary_name || fs::metadata(local).is_ok_and(is_special) {
                let mut open = fs::OpenOptions::new();
                open.write(true);
                if options.overwrite {
                    open.create(true).truncate(true);
                } else {
                    open.create_new(true);
                }
                return Ok((Self::Direct, File::from_std(open.open(local)?)));
            }
            let (file, path) = temporary(local)?.into_parts();
            let target = Self::Temporary {
                file: NamedTempFile::from_parts((), path),
                local: local.to_owned(),
                overwrite: options.overwrite,
            };
            Ok((target, File::from_std(file)))
        };
        create().map_err(|error| at("cannot be written", local, error))
    }

    /// Gives the file its name and makes that last.
    fn finish(&mut self) -> io::Result<()> {
        let this = std::mem::replace(self, Self::Direct);
        let Self::Temporary {
            file,
            local,
            overwrite,
        } = this
        else {
            return Ok(());
        };
        let persisted = if overwrite {
            file.persist(&local)
        } else {
            file.persist_noclobber(&local)
        };
        persisted.map_err(|PersistError { error, .. }| error)?;
        // Not every file system can, nor may every directory be opened; the file itself is safe.
        let _ = sync_directory(&local);
        Ok(())
    }
}

/// A file beside `local` that vanishes unless it is renamed, with the permissions of the file that
/// it will replace, or those that any new file gets.
fn temporary(local: &Path) -> io::Result<NamedTempFile> {
    let directory = match local.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut prefix = OsString::from(".");
    prefix.push(local.file_name().unwrap_or_default());
    prefix.push(".");
    // Room for the random part in the 255 bytes of a name.
    let short = prefix.len() < 230;
    let prefix = if short { prefix } else { ".towline.".into() };
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(".part");
    #[cfg(unix)]
    let open_to_all: Permissions = std::os::unix::fs::PermissionsExt::from_mode(0o666);
    #[cfg(unix)]
    builder.permissions(open_to_all);
    let file = builder.tempfile_in(directory)?;
    if let Ok(existing) = fs::metadata(local) {
        file.as_file()
            .set_permissions(plain(existing.permissions()))?;
    }
    Ok(file)
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

#[cfg(unix)]
fn sync_directory(local: &Path) -> io::Result<()> {
    match local.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => fs::File::open(parent)?.sync_all(),
        _ => fs::File::open(".")?.sync_all(),
    }
}

#[cfg(not(unix))]
fn sync_directory(_: &Path) -> io::Result<()> {
    Ok(())
}

fn at(what: &str, local: &Path, error: io::Error) -> Error {
    let local = towline_proto::name::escape(local.as_os_str().as_encoded_bytes());
    Error::local(format!("{local} {what}"), error)
}
