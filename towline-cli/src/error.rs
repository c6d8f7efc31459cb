//! What can go wrong in a command, before it becomes words and an exit code.

use std::io;
use std::path::{Path, PathBuf};

use towline::{ErrorKind, RemotePath};
use towline_proto::name::{NameError, escape};

use crate::exit_code::ExitCode;

/// Why a command, an operand or one entry below it did not succeed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The command line, the environment or a file of settings is wrong. Never holds a secret.
    #[error("{0}")]
    Usage(String),

    /// The library's account of a failed operation.
    #[error(transparent)]
    Session(towline::Error),

    /// The library's account of why there is no session at all.
    #[error(transparent)]
    Connect(towline::Error),

    /// Something on the server is not what the command needs.
    #[error("{}: {reason}", subject(path))]
    Remote {
        kind: ErrorKind,
        path: RemotePath,
        reason: String,
    },

    /// Nothing was tried, because the server already failed an earlier operand.
    #[error("{}: not attempted after the failure above", subject(path))]
    NotAttempted { path: RemotePath, code: ExitCode },

    /// A local file or directory.
    #[error("{}: {source}", escape_path(path))]
    Local { path: PathBuf, source: io::Error },

    /// A name from the server that no local file may have.
    #[error("{}: {source}", subject(path))]
    LocalName { path: RemotePath, source: NameError },

    /// Standard output could not be written.
    #[error("standard output: {0}")]
    Stdout(io::Error),

    /// The reader of standard output has gone, which is its right.
    #[error("standard output was closed")]
    StdoutClosed,

    /// Ctrl-C, or a request to terminate.
    #[error("interrupted")]
    Interrupted,

    /// The same in the middle of a transfer, which may have left something behind.
    #[error("interrupted: {0}")]
    Cancelled(towline::Error),
}

impl From<towline::Error> for Error {
    fn from(error: towline::Error) -> Self {
        match error.kind() {
            ErrorKind::Cancelled => Self::Cancelled(error),
            _ => Self::Session(error),
        }
    }
}

impl Error {
    pub(crate) fn usage(text: impl Into<String>) -> Self {
        Self::Usage(text.into())
    }

    pub(crate) fn local(path: impl Into<PathBuf>, source: io::Error) -> Self {
        Self::Local {
            path: path.into(),
            source,
        }
    }

    pub(crate) fn remote(kind: ErrorKind, path: &RemotePath, reason: impl Into<String>) -> Self {
        Self::Remote {
            kind,
            path: path.clone(),
            reason: reason.into(),
        }
    }

    /// The same error, which came up before any operation began.
    pub(crate) fn while_connecting(self) -> Self {
        match self {
            Self::Session(error) => Self::Connect(error),
            error => error,
        }
    }

    /// The code that stands for it.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Usage(_) => ExitCode::Usage,
            Self::Session(error) | Self::Connect(error) => ExitCode::of_session(error),
            Self::Remote { kind, .. } => ExitCode::of_kind(*kind),
            Self::NotAttempted { code, .. } => *code,
            Self::Local { .. } | Self::LocalName { .. } | Self::Stdout(_) => ExitCode::Local,
            Self::StdoutClosed => ExitCode::Done,
            Self::Interrupted | Self::Cancelled(_) => ExitCode::Interrupted,
        }
    }

    /// Whether going on with other operands or entries makes sense.
    pub(crate) fn ends_the_run(&self) -> bool {
        matches!(
            self,
            Self::Interrupted | Self::Cancelled(_) | Self::Stdout(_) | Self::StdoutClosed
        )
    }

    /// Whether there is no more to say than that the user wanted it to end.
    pub(crate) fn is_plain_interruption(&self) -> bool {
        match self {
            Self::Interrupted => true,
            // Otherwise it also says where something remains.
            Self::Cancelled(error) => error.remains().is_empty(),
            _ => false,
        }
    }

    /// Whether the server answered to an operation, and its answer was no.
    pub(crate) fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::Session(error) if matches!(
                error.kind(),
                ErrorKind::NotFound | ErrorKind::Refused | ErrorKind::AlreadyExists
            )
        )
    }
}

/// What a message says that it is about. The path of the login directory is empty.
pub(crate) fn subject(path: &RemotePath) -> String {
    if path.is_login_directory() {
        "the login directory".to_owned()
    } else {
        path.to_string()
    }
}

/// A local path between quotation marks; what looks like a mistyped URL is not repeated, because it
/// may hold a password.
pub(crate) fn quote_path(path: &Path) -> String {
    let text = escape_path(path);
    match text.rsplit_once('@') {
        Some((front, _)) if front.contains(':') => "an operand that is not a URL".to_owned(),
        _ => format!("\"{text}\""),
    }
}

/// A local path as it may appear on a terminal.
pub(crate) fn escape_path(path: &Path) -> String {
    escape(path.as_os_str().as_encoded_bytes())
}
