//! `--log-file`: all that could be said, line by line with the time, for whoever reads it later.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

/// A file to which lines are added. Several programs may use one file at a time.
#[derive(Debug)]
pub(crate) struct LogFile(Mutex<File>);

impl LogFile {
    /// Opens the file, or creates it for its owner alone.
    ///
    /// # Errors
    /// Where the system does not let us.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(path).map(|file| Self(Mutex::new(file)))
    }

    /// Adds a line, which is printable already. That a disk is full is no reason to stop a transfer.
    pub(crate) fn line(&self, prefix: &str, text: &str) {
        let line = format!("{:.3} {prefix}{text}\n", Timestamp::now());
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // In one piece, so that lines of several programs do not mix.
        let _ = file.write_all(line.as_bytes());
    }
}
