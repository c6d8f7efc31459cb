//! The settings of a spool.

use std::path::PathBuf;
use std::time::Duration;

/// Where uploads wait, and how they are delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpoolOptions {
    /// The directory, for this route and this gateway alone. It is made if it is missing.
    pub directory: PathBuf,
    /// The bytes that the uploads in it may have together; beyond that, uploads get `452`. Default:
    /// no limit.
    pub limit: Option<u64>,
    /// How long an upload waits for its new name, before its delivery begins: many programs rename
    /// what they have uploaded. Default: 1 second.
    pub rename_grace: Duration,
    /// The time until a delivery is tried again. It doubles with each failure. Default: 1 second.
    pub first_retry: Duration,
    /// The longest time until a delivery is tried again, and the time after a login that was
    /// refused. Default: 5 minutes.
    pub longest_retry: Duration,
}

impl SpoolOptions {
    /// Returns the defaults for a directory.
    #[must_use]
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
            limit: None,
            rename_grace: Duration::from_secs(1),
            first_retry: Duration::from_secs(1),
            longest_retry: Duration::from_secs(5 * 60),
        }
    }
}
