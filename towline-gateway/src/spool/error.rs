//! Why a spool cannot be used.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why a spool cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SpoolError {
    /// Another gateway, or another route, uses it.
    #[error("{}: another gateway or route uses this spool", _0.display())]
    InUse(PathBuf),
    /// A file or directory cannot be used.
    #[error("{}: {error}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        error: io::Error,
    },
    /// The journal cannot be used.
    #[error("{}: {what}", path.display())]
    Journal {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
}
