//! `--log-file`: all messages, with timestamps.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Mutex;

use jiff::Timestamp;

use crate::lock::lock;

/// A file to which lines are appended. Several processes may use the same file.
#[derive(Debug)]
pub(crate) struct LogFile(Mutex<File>);

impl LogFile {
    /// Opens the file, or creates it with access for its owner only.
    ///
    /// # Errors
    /// If the file cannot be opened.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(path).map(|file| Self(Mutex::new(file)))
    }

    /// Appends a line, which must be escaped already. Ignores errors: a full disk must not stop a
    /// transfer.
    pub(crate) fn line(&self, prefix: &str, text: &str) {
        let line = format!("{:.3} {prefix}{text}\n", Timestamp::now());
        let mut file = lock(&self.0);
        // One write per line keeps the lines of several processes apart.
        let _ = file.write_all(line.as_bytes());
    }
}
