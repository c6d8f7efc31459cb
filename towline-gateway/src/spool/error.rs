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
    /// No route leads there any more, so nobody would deliver what is stored in it.
    #[error("{}: this spool has lost its route, so nothing would be delivered", _0.display())]
    Abandoned(PathBuf),
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
