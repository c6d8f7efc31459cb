//! Local files that are uploaded.

use std::fs::File;
use std::io::{self, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::access::{at, blocking, metadata, tail_of, version_of};
use crate::error::Error;
use crate::transfer::file_version::FileVersion;

/// A local file that is uploaded.
#[derive(Debug)]
pub(crate) struct LocalFile {
    pub(crate) file: Arc<File>,
    pub(crate) version: FileVersion,
    pub(crate) local: PathBuf,
}

impl LocalFile {
    pub(crate) async fn open(local: &Path) -> Result<Self, Error> {
        let path = local.to_owned();
        let opened = blocking(move || {
            let file = File::open(&path)?;
            let metadata = file.metadata()?;
            if metadata.is_dir() {
                return Err(io::ErrorKind::IsADirectory.into());
            }
            Ok(Self {
                file: Arc::new(file),
                version: version_of(&metadata),
                local: path,
            })
        });
        let opened = opened.await;
        opened.map_err(|error| at("cannot be read", local, error))
    }

    /// Returns the last bytes before byte `end`; reading continues at `end`.
    pub(crate) async fn tail(&self, end: u64) -> Result<Vec<u8>, Error> {
        let tail = tail_of(&self.file, end).await;
        tail.map_err(|error| at("cannot be read", &self.local, error))
    }

    /// Moves the reading position to byte `offset`.
    pub(crate) fn seek(&self, offset: u64) -> Result<(), Error> {
        // A pipe cannot seek, and at its beginning it need not.
        if self.version.size.is_none() {
            return Ok(());
        }
        let sought = (&*self.file).seek(SeekFrom::Start(offset));
        sought
            .map(drop)
            .map_err(|error| at("cannot be read", &self.local, error))
    }

    /// Returns the reading position.
    pub(crate) fn position(&self) -> io::Result<u64> {
        match self.version.size {
            Some(_) => (&*self.file).stream_position(),
            None => Ok(0),
        }
    }

    /// Whether the file still has the size and time that it had when it was opened.
    pub(crate) async fn is_unchanged(&self) -> bool {
        let metadata = metadata(&self.file).await;
        metadata.is_ok_and(|metadata| version_of(&metadata) == self.version)
    }
}
