//! Where secrets are kept.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

/// Where a secret is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SecretSource {
    /// The first line of a file.
    File(PathBuf),
    /// The first line that a shell command prints.
    Command(OsString),
    /// An environment variable.
    Variable(Arc<str>),
    /// The system's keyring, by user and host.
    #[cfg(feature = "keyring")]
    Keyring,
}
