//! Why a data connection cannot be opened, or breaks.

use std::io;

use towline_proto::path::RemotePath;
use towline_proto::reply::Reply;

use super::policy::Purpose;
use crate::error::{Error, ErrorDetail, ErrorKind};
use crate::server::{Evidence, denies_data_connection, is_reuse_refusal};
use crate::tls::TlsError;
use crate::verdict::DataConnection;

/// Why there is no data connection.
#[derive(Debug)]
pub(crate) enum OpenError {
    /// It did not resume the control connection's session, although this was required. `evidence`:
    /// what shows that the server requires it.
    NotReused {
        error: Error,
        evidence: Option<Evidence>,
    },
    /// No upload may start before a listing has shown that the server accepts a full handshake.
    /// `sent`: the upload command was sent anyway, because a session to resume was available.
    NeedsTrial { sent: bool },
    /// The server waits for a data connection that could not be opened. Its control connection is
    /// marked as broken.
    Unreachable(Error),
    /// The server refused the command. Its next replies belong to later commands. The error
    /// includes the data connection's verdict if the handshake was complete.
    Refused(Error),
    /// Any other failure.
    Failed(Error),
}

impl OpenError {
    /// Returns the same error after an upload command was sent: unless the server refused the
    /// command, its target may exist now.
    pub(super) fn behind_an_upload(self) -> Self {
        match self {
            Self::NotReused { error, evidence } => Self::NotReused {
                error: error.with_target_in_doubt(),
                evidence,
            },
            Self::NeedsTrial { .. } => Self::NeedsTrial { sent: true },
            Self::Unreachable(error) => Self::Unreachable(error.with_target_in_doubt()),
            Self::Failed(error) => Self::Failed(error.with_target_in_doubt()),
            refused @ Self::Refused(_) => refused,
        }
    }

    /// Returns the same error for a refusal after the server had accepted the command: an upload
    /// may have created its target.
    pub(super) fn after_acceptance(self) -> Self {
        match self {
            Self::Refused(error) => Self::Failed(error),
            other => other,
        }
    }

    /// Returns the same error for a data connection whose handshake is complete. If it did not
    /// resume and the server denies it, session reuse is required.
    pub(super) fn if_denied_unless(self, resumed: bool) -> Self {
        let (Self::Refused(error) | Self::Failed(error)) = &self else {
            return self;
        };
        match error.reply() {
            Some(reply) if !resumed && denies_data_connection(reply) => Self::NotReused {
                error: reuse_required(reply.clone(), error.data_connection().cloned()),
                evidence: Some(Evidence::Denied),
            },
            _ => self,
        }
    }

    /// Returns whether the target of an upload may exist now.
    pub(crate) fn target_may_exist(&self) -> bool {
        match self {
            Self::NeedsTrial { sent } => *sent,
            Self::NotReused { error, .. }
            | Self::Unreachable(error)
            | Self::Refused(error)
            | Self::Failed(error) => error.target_may_exist(),
        }
    }
}

impl From<Error> for OpenError {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<OpenError> for Error {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Failed(error)
            | OpenError::Refused(error)
            | OpenError::Unreachable(error)
            | OpenError::NotReused { error, .. } => error,
            OpenError::NeedsTrial { .. } => {
                let what = "the server resumes no session, and may still require session reuse";
                not_reused(ErrorDetail::NothingToResume, what, None, None)
            }
        }
    }
}

const REUSE_REQUIRED: &str =
    "the server refuses the data connection because session reuse is required";

/// Returns the error for a negative reply to the transfer command.
pub(super) fn refused(
    purpose: Purpose,
    path: &RemotePath,
    reply: Reply,
    verdict: Option<DataConnection>,
) -> OpenError {
    if is_reuse_refusal(&reply, verdict.as_ref()) {
        return OpenError::NotReused {
            error: reuse_required(reply, verdict),
            evidence: Some(Evidence::Said),
        };
    }
    let what = match purpose {
        Purpose::Retrieve => "the server refuses to send it",
        Purpose::Store | Purpose::Replace | Purpose::StoreUntried => {
            "the server refuses to store it"
        }
    };
    let mut error = Error::refused(what, reply).with_path(path);
    if let Some(verdict) = verdict {
        error = error.with_data_connection(verdict);
    }
    match error.kind() {
        ErrorKind::Refused | ErrorKind::NotFound => OpenError::Refused(error),
        _ => OpenError::Failed(error),
    }
}

/// Returns the error for a refusal because session reuse is required.
pub(super) fn reuse_required(reply: Reply, verdict: Option<DataConnection>) -> Error {
    let detail = ErrorDetail::ReuseRequiredByServer;
    not_reused(detail, REUSE_REQUIRED, Some(reply), verdict)
}

pub(super) fn not_reused(
    detail: ErrorDetail,
    what: &str,
    reply: Option<Reply>,
    verdict: Option<DataConnection>,
) -> Error {
    let mut error = Error::new(ErrorKind::SessionReuseRefused, what).with_detail(detail);
    if let Some(reply) = reply {
        error = error.with_reply(reply);
    }
    if let Some(verdict) = verdict {
        error = error.with_data_connection(verdict);
    }
    error
}

/// Which of the two connections broke.
#[derive(Debug)]
pub(crate) enum ReadError {
    Data(io::Error),
    Control(Error),
}

impl From<ReadError> for Error {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Data(error) => lost(error),
            ReadError::Control(error) => error,
        }
    }
}

/// Returns the error for a broken data connection.
pub(crate) fn lost(error: io::Error) -> Error {
    TlsError::from(error).explain("the data connection is lost")
}
