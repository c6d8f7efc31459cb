//! Why a mirror, or one of its files, failed.

use std::io;
use std::path::{Path, PathBuf};

use towline::CharsetError;
use towline_proto::name::{NameError, escape};

use crate::path::TreePath;

/// Why a mirror, or one of its files, failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An operation on the server failed.
    #[error(transparent)]
    Remote(#[from] towline::Error),

    /// A local file or directory could not be used.
    #[error("{}: {source}", escaped(path))]
    Local {
        /// The file or directory.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },

    /// The options contradict each other, or ask for what this server cannot do.
    #[error("{0}")]
    Usage(String),

    /// A name that one of the sides cannot have.
    #[error("{path}: {source}")]
    Name {
        /// The file.
        path: TreePath,
        /// What is wrong with its name.
        source: NameProblem,
    },

    /// Something has changed since it was looked at, so that it was left alone.
    #[error("{path}: {what}")]
    Changed {
        /// The file.
        path: TreePath,
        /// What has changed.
        what: String,
    },

    /// A tree has more entries than allowed.
    #[error("there are more than {limit} entries in one of the two directories")]
    TooLarge {
        /// How many are allowed.
        limit: u64,
    },

    /// A file has more bytes than a whole run may transfer, so that no run would copy it.
    #[error("{path}: it has more bytes than a run may transfer ({size})")]
    OverLimit {
        /// The file.
        path: TreePath,
        /// Its size.
        size: u64,
    },

    /// The journal cannot be used.
    #[error("the journal {} {what}", escaped(path))]
    Journal {
        /// Its file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },

    /// A saved plan cannot be used.
    #[error("the plan {what}")]
    Plan {
        /// What is wrong with it.
        what: String,
    },

    /// Another run of the same mirror is in progress.
    #[error("another run of this mirror is in progress")]
    Running,

    /// The run was cancelled.
    #[error("cancelled")]
    Cancelled,
}

/// Why a tree cannot have a name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameProblem {
    /// The name could lead elsewhere, or the system does not allow it.
    #[error(transparent)]
    Refused(#[from] NameError),
    /// The name has more bytes than file systems allow.
    #[error("the name is longer than 255 bytes")]
    TooLong,
    /// The name is not UTF-8, and a server may store it under another one.
    #[error("the name is not UTF-8")]
    NotUtf8,
    /// The server's character set cannot represent the name.
    #[error(transparent)]
    Charset(#[from] CharsetError),
    /// The other side takes it for the name of another file, which differs only in case.
    #[error("the destination has it already, under a name that differs only in case")]
    Clash,
}

impl Error {
    pub(crate) fn local(path: &Path, source: io::Error) -> Self {
        Self::Local {
            path: path.to_owned(),
            source,
        }
    }

    pub(crate) fn changed(path: &TreePath, what: impl Into<String>) -> Self {
        Self::Changed {
            path: path.clone(),
            what: what.into(),
        }
    }

    /// Whether there is no such file or directory.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        match self {
            Self::Remote(error) => error.kind() == towline::ErrorKind::NotFound,
            Self::Local { source, .. } => source.kind() == io::ErrorKind::NotFound,
            _ => false,
        }
    }

    /// Whether a disk of this machine is full.
    pub(crate) fn is_disk_full(&self) -> bool {
        match self {
            Self::Remote(error) => error.detail() == Some(&towline::ErrorDetail::DiskFull),
            Self::Local { source, .. } => matches!(
                source.kind(),
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
            ),
            _ => false,
        }
    }

    /// Whether the error is that something is not a directory.
    pub(crate) fn is_no_directory(&self) -> bool {
        match self {
            Self::Remote(error) => error.detail() == Some(&towline::ErrorDetail::NotADirectory),
            Self::Local { source, .. } => source.kind() == io::ErrorKind::NotADirectory,
            _ => false,
        }
    }

    /// Whether nothing else should be attempted: the run was cancelled, or the server refuses every
    /// call.
    #[must_use]
    pub fn is_final(&self) -> bool {
        match self {
            Self::Remote(error) => {
                error.kind() == towline::ErrorKind::Cancelled
                    || error.outlook() == towline::Outlook::Hopeless
            }
            Self::Cancelled => true,
            _ => false,
        }
    }
}

fn escaped(path: &Path) -> String {
    escape(path.as_os_str().as_encoded_bytes())
}
