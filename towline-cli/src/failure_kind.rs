//! The kinds of failures that are not errors of a session, for scripts.

use towline::ErrorKind;

use crate::exit_code::ExitCode;

/// The kind of a failure of a mirror or of the gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FailureKind {
    /// The file of a plan cannot be used.
    Plan,
    /// A file changed in the meantime.
    Changed,
    /// A file is larger than a whole run may move.
    OverLimit,
    /// A name is not allowed at the other side.
    Name,
    /// Not everything is known.
    Incomplete,
    /// The same is running already.
    Running,
    /// The journal cannot be used.
    Journal,
    /// As many failures as are allowed.
    MaxErrors,
    /// As many bytes as are allowed.
    MaxTransfer,
    /// The two sides are not the same.
    Different,
    /// More deletions than are allowed.
    TooManyDeletions,
    /// Something else has the place of a file.
    InTheWay,
    /// A file differs that must not change.
    Immutable,
    /// A local file or disk.
    Local,
    /// A local address cannot be used.
    Listen,
    /// A failure that this version of the program has no name for.
    Other,
    /// A kind of error of the library.
    Session(ErrorKind),
}

impl FailureKind {
    /// The name in JSON lines. Does not change.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Changed => "changed",
            Self::OverLimit => "over_limit",
            Self::Name => "name",
            Self::Incomplete => "incomplete",
            Self::Running => "running",
            Self::Journal => "journal",
            Self::MaxErrors => "max_errors",
            Self::MaxTransfer => "max_transfer",
            Self::Different => "different",
            Self::TooManyDeletions => "too_many_deletions",
            Self::InTheWay => "in_the_way",
            Self::Immutable => "immutable",
            Self::Local => "local",
            Self::Listen => "network",
            Self::Other => "other",
            Self::Session(kind) => kind.name(),
        }
    }

    /// The exit code.
    pub(crate) fn exit_code(self) -> ExitCode {
        match self {
            Self::Plan => ExitCode::Usage,
            Self::Changed | Self::Incomplete | Self::MaxErrors | Self::TooManyDeletions => {
                ExitCode::Incomplete
            }
            Self::OverLimit | Self::Running | Self::MaxTransfer | Self::Different => {
                ExitCode::Mixed
            }
            Self::Name | Self::Journal | Self::Local | Self::Other => ExitCode::Local,
            Self::InTheWay | Self::Immutable => ExitCode::Refused,
            Self::Listen => ExitCode::Network,
            Self::Session(kind) => ExitCode::of_kind(kind),
        }
    }
}
