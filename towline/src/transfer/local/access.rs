//! Access to local files where it may block, and the errors for them.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::task::spawn_blocking;
use towline_proto::name::escape;

use crate::error::Error;
use crate::transfer::file_version::{FileVersion, tail_start};
use crate::transfer::options::DownloadOptions;

/// Whether `local` is a pipe or a device, which a download writes to and does not replace. Blocks.
pub(crate) fn is_special(local: &Path) -> bool {
    fs::metadata(local).is_ok_and(|found| !found.is_file() && !found.is_dir())
}

/// Runs `work` for the local end of a download where it may block.
pub(crate) async fn aside<T: Send + 'static>(
    local: &Path,
    options: &DownloadOptions,
    work: impl FnOnce(&Path, &DownloadOptions) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let (path, options) = (local.to_owned(), options.clone());
    let done = spawn_blocking(move || work(&path, &options)).await;
    done.unwrap_or_else(|error| Err(at("cannot be written", local, io::Error::other(error))))
}

/// Returns the size and time of a regular file. For a pipe or a device, neither is known
/// beforehand.
pub(crate) fn version_of(metadata: &fs::Metadata) -> FileVersion {
    if !metadata.is_file() {
        return FileVersion {
            size: None,
            modified: None,
        };
    }
    let modified = metadata.modified().ok();
    FileVersion {
        size: Some(metadata.len()),
        modified: modified.and_then(|time| Timestamp::try_from(time).ok()),
    }
}

/// Runs `work` where it may block.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    spawn_blocking(work).await.map_err(io::Error::other)?
}

pub(crate) async fn metadata(file: &Arc<File>) -> io::Result<fs::Metadata> {
    let file = Arc::clone(file);
    blocking(move || file.metadata()).await
}

pub(crate) async fn tail_of(file: &Arc<File>, end: u64) -> io::Result<Vec<u8>> {
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

/// Returns the error for a local file.
pub(crate) fn at(what: &str, local: &Path, error: io::Error) -> Error {
    let local = escape(local.as_os_str().as_encoded_bytes());
    Error::local(format!("{local} {what}"), error)
}
