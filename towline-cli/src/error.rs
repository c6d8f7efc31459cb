//! Errors of a command, before they become messages and an exit code.

use std::io;
use std::path::{Path, PathBuf};

use towline::{ErrorDetail, ErrorKind, RemotePath, Reply};
use towline_proto::name::{NameError, escape};

use crate::exit_code::ExitCode;
use crate::failure_kind::FailureKind;

/// Why a command, an operand or an entry of a tree failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A mistake in the command line, the environment or a configuration file. Never contains a
    /// secret.
    #[error("{0}")]
    Usage(String),

    /// An operation failed.
    #[error(transparent)]
    Session(towline::Error),

    /// No session could be opened.
    #[error(transparent)]
    Connect(towline::Error),

    /// What is on the server is not what the command needs.
    #[error("{}: {reason}", subject(path))]
    Remote {
        kind: ErrorKind,
        path: RemotePath,
        reason: String,
        /// The identifier of its explanation.
        finding: Option<&'static str>,
        /// The server's refusal, if one showed it.
        reply: Option<Box<Reply>>,
    },

    /// The server refuses a command that the user wrote.
    #[error("the server refuses the command: {reply}")]
    Raw { reply: Reply },

    /// The operation was skipped because its server had been given up.
    #[error("{}: not attempted after the failure above", subject(path))]
    NotAttempted { path: RemotePath, code: ExitCode },

    /// A local file or directory could not be used.
    #[error("{}: {source}", escape_path(path))]
    Local { path: PathBuf, source: io::Error },

    /// A name from the server is not allowed for a local file.
    #[error("{}: {source}", subject(path))]
    LocalName { path: RemotePath, source: NameError },

    /// A mirror, or one of its files, failed.
    #[error("{}{reason}", path.as_ref().map(|path| format!("{path}: ")).unwrap_or_default())]
    Mirror {
        kind: FailureKind,
        /// As printable text.
        path: Option<String>,
        reason: String,
    },

    /// The gateway does not start.
    #[error("{reason}")]
    Gateway { kind: FailureKind, reason: String },

    /// Standard output could not be written.
    #[error("standard output: {0}")]
    Stdout(io::Error),

    /// The reader of standard output went away.
    #[error("standard output was closed")]
    StdoutClosed,

    /// The user pressed Ctrl-C, or the process was told to terminate.
    #[error("interrupted")]
    Interrupted,

    /// The same during a transfer, which may have left a partial file.
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

impl From<towline_sync::Error> for Error {
    fn from(error: towline_sync::Error) -> Self {
        use towline_sync::Error as Sync;
        let reason = error.to_string();
        let mirror = |kind| Self::Mirror {
            kind,
            path: None,
            reason: reason.clone(),
        };
        match error {
            Sync::Remote(error) => error.into(),
            Sync::Local { path, source } => Self::local(path, source),
            Sync::Usage(text) => Self::Usage(text),
            Sync::Cancelled => Self::Interrupted,
            Sync::Plan { .. } => mirror(FailureKind::Plan),
            Sync::Changed { path, what } => Self::Mirror {
                kind: FailureKind::Changed,
                path: Some(path.to_string()),
                reason: what,
            },
            Sync::OverLimit { path, size } => Self::Mirror {
                kind: FailureKind::OverLimit,
                path: Some(path.to_string()),
                reason: format!(
                    "not copied, because it has {size} bytes, more than --max-transfer allows for \
                     a whole run; no run copies it"
                ),
            },
            Sync::Name { path, source } => Self::Mirror {
                kind: FailureKind::Name,
                path: Some(path.to_string()),
                reason: source.to_string(),
            },
            Sync::TooLarge { .. } => Self::Mirror {
                kind: FailureKind::Incomplete,
                path: None,
                reason: format!("{reason} (--max-entries)"),
            },
            Sync::Running => mirror(FailureKind::Running),
            Sync::Journal { .. } => mirror(FailureKind::Journal),
            // Errors that a later version of the library adds.
            _ => mirror(FailureKind::Other),
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
            finding: None,
            reply: None,
        }
    }

    /// The same error, with the identifier of its explanation.
    pub(crate) fn explained_by(mut self, id: &'static str) -> Self {
        if let Self::Remote { finding, .. } = &mut self {
            *finding = Some(id);
        }
        self
    }

    /// The same error, with the reply in `refusal`.
    pub(crate) fn shown_by(mut self, refusal: &Self) -> Self {
        if let (Self::Remote { reply, .. }, Self::Session(refusal)) = (&mut self, refusal) {
            *reply = refusal.reply().cloned().map(Box::new);
        }
        self
    }

    /// The same error, if it occurred before a session was open.
    pub(crate) fn while_connecting(self) -> Self {
        match self {
            Self::Session(error) => Self::Connect(error),
            error => error,
        }
    }

    /// The exit code for this error.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Usage(_) => ExitCode::Usage,
            Self::Session(error) | Self::Connect(error) => ExitCode::of_session(error),
            Self::Remote { kind, .. } => ExitCode::of_kind(*kind),
            Self::Raw { .. } => ExitCode::Refused,
            Self::NotAttempted { code, .. } => *code,
            Self::Mirror { kind, .. } | Self::Gateway { kind, .. } => kind.exit_code(),
            Self::Local { .. } | Self::LocalName { .. } | Self::Stdout(_) => ExitCode::Local,
            Self::StdoutClosed => ExitCode::Done,
            Self::Interrupted | Self::Cancelled(_) => ExitCode::Interrupted,
        }
    }

    /// Whether other operands and entries must not be tried after this error.
    pub(crate) fn ends_the_run(&self) -> bool {
        matches!(
            self,
            Self::Interrupted | Self::Cancelled(_) | Self::Stdout(_) | Self::StdoutClosed
        )
    }

    /// Whether this is an interruption that left nothing behind.
    pub(crate) fn is_plain_interruption(&self) -> bool {
        match self {
            Self::Interrupted => true,
            // Otherwise the error also says what remains.
            Self::Cancelled(error) => error.remains().is_empty(),
            _ => false,
        }
    }

    /// Whether the target at the server exists and must not be replaced.
    pub(crate) fn is_existing_target(&self) -> bool {
        self.detail() == Some(&ErrorDetail::TargetExists)
    }

    /// Whether a directory is one of those above it, through a link.
    pub(crate) fn leads_back(&self) -> bool {
        self.detail() == Some(&ErrorDetail::LeadsBack)
    }

    /// Whether the server says that something is not a directory.
    pub(crate) fn is_of_no_directory(&self) -> bool {
        self.detail() == Some(&ErrorDetail::NotADirectory)
    }

    fn detail(&self) -> Option<&ErrorDetail> {
        match self {
            Self::Session(error) => error.detail(),
            _ => None,
        }
    }

    /// Whether the server refused the operation, even if only for now.
    pub(crate) fn is_refusal(&self) -> bool {
        self.detail() == Some(&ErrorDetail::RefusedForNow)
            || matches!(
                self,
                Self::Session(error) if matches!(
                    error.kind(),
                    ErrorKind::NotFound | ErrorKind::Refused | ErrorKind::AlreadyExists
                )
            )
    }
}

/// A remote path as the subject of a message. The login directory, whose path is empty, is named.
pub(crate) fn subject(path: &RemotePath) -> String {
    if path.is_login_directory() {
        "the login directory".to_owned()
    } else {
        path.to_string()
    }
}

/// A local path in quotation marks. Does not repeat what looks like a mistyped URL, because it may
/// contain a password.
pub(crate) fn quote_path(path: &Path) -> String {
    let text = escape_path(path);
    match text.rsplit_once('@') {
        Some((front, _)) if front.contains(':') => "an operand that is not a URL".to_owned(),
        _ => format!("\"{text}\""),
    }
}

/// A local path, escaped for a terminal.
pub(crate) fn escape_path(path: &Path) -> String {
    escape(path.as_os_str().as_encoded_bytes())
}
