//! Where secrets are kept.

use std::ffi::OsString;
use std::path::PathBuf;

/// Where a secret is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SecretSource {
    /// In the first line of a file.
    File(PathBuf),
    /// In the first line that a shell command prints.
    Command(OsString),
    /// In an environment variable.
    Variable(&'static str),
    /// In the system's keyring, under user and host.
    #[cfg(feature = "keyring")]
    Keyring,
}
