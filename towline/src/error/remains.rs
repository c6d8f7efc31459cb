//! What a failed transfer has left behind.

use std::fmt;
use std::path::PathBuf;

use towline_proto::name::escape;
use towline_proto::path::RemotePath;

/// What a failed transfer has left behind, and where. `Display` says it in words.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(tag = "what", rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum Remains {
    /// A part of an upload may remain under a temporary name.
    Part {
        /// Its path at the server.
        at: RemotePath,
    },
    /// What was sent stays under a temporary name, from which a later upload may go on.
    ResumablePart {
        /// Its path at the server.
        at: RemotePath,
    },
    /// The file at the server may be empty or a part now.
    PartAtTarget,
    /// The file at the server may end in a part of what was appended.
    AppendedPart,
    /// The upload is whole and stays under its temporary name.
    WholeUpload {
        /// Its path at the server.
        at: RemotePath,
    },
    /// The upload is whole, and either remains under its temporary name or has its final one.
    WholeUploadInDoubt {
        /// Its temporary path at the server.
        at: RemotePath,
    },
    /// The upload may remain under its temporary name, and its size was not checked.
    UncheckedUpload {
        /// Its path at the server.
        at: RemotePath,
    },
    /// The file that an upload was to replace may be under a backup name.
    OldFile {
        /// Its path at the server.
        at: RemotePath,
    },
    /// What has come of a download stays here, from which a later one may go on.
    LocalPart {
        /// The local path.
        at: PathBuf,
    },
    /// The local file may be empty or a part now.
    PartAtLocalTarget,
}

impl Remains {
    /// Whether a file may be neither what it was nor what it should be, under its own name.
    #[must_use]
    pub fn is_at_target(&self) -> bool {
        matches!(
            self,
            Self::PartAtTarget | Self::AppendedPart | Self::PartAtLocalTarget
        )
    }
}

impl fmt::Display for Remains {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Part { at } => write!(f, "a part may remain at {at}"),
            Self::ResumablePart { at } => write!(f, "what was sent stays at {at}"),
            Self::PartAtTarget => f.write_str("the file at the server may be empty or a part now"),
            Self::AppendedPart => f.write_str("the file at the server may end in a part of it now"),
            Self::WholeUpload { at } => write!(f, "the upload is whole and stays at {at}"),
            Self::WholeUploadInDoubt { at } => write!(
                f,
                "the upload is whole and may remain at {at}; whether it has its final name is not known"
            ),
            Self::UncheckedUpload { at } => {
                write!(f, "the upload may remain at {at}, its size unchecked")
            }
            Self::OldFile { at } => write!(f, "the old file may be at {at}"),
            Self::LocalPart { at } => {
                let at = escape(at.as_os_str().as_encoded_bytes());
                write!(f, "what has come stays at {at}")
            }
            Self::PartAtLocalTarget => f.write_str("the local file may be empty or a part now"),
        }
    }
}
