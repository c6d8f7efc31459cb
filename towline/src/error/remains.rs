//! What a failed transfer left behind.

use std::fmt;
use std::path::PathBuf;

use towline_proto::name::escape;
use towline_proto::path::RemotePath;

/// What a failed transfer left behind, and where. `Display` describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(tag = "what", rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum Remains {
    /// A partial upload may remain under a temporary name.
    Part {
        /// Its path on the server.
        at: RemotePath,
    },
    /// A partial upload remains under a temporary name. A later upload can resume it.
    ResumablePart {
        /// Its path on the server.
        at: RemotePath,
    },
    /// The file on the server may now be empty or partial.
    PartAtTarget,
    /// The file on the server may now end with part of the appended data.
    AppendedPart,
    /// The upload is complete and remains under its temporary name.
    WholeUpload {
        /// Its path on the server.
        at: RemotePath,
    },
    /// The upload is complete and has either its temporary or its final name.
    WholeUploadInDoubt {
        /// Its temporary path on the server.
        at: RemotePath,
    },
    /// The upload may remain under its temporary name. Its size was not checked.
    UncheckedUpload {
        /// Its path on the server.
        at: RemotePath,
    },
    /// The file that the upload should have replaced may be under a backup name.
    OldFile {
        /// Its path on the server.
        at: RemotePath,
    },
    /// A partial download remains at this path. A later download can resume it.
    LocalPart {
        /// The local path.
        at: PathBuf,
    },
    /// The local file may now be empty or partial.
    PartAtLocalTarget,
}

impl Remains {
    /// Returns the name used in JSON, in snake case.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Part { .. } => "part",
            Self::ResumablePart { .. } => "resumable_part",
            Self::PartAtTarget => "part_at_target",
            Self::AppendedPart => "appended_part",
            Self::WholeUpload { .. } => "whole_upload",
            Self::WholeUploadInDoubt { .. } => "whole_upload_in_doubt",
            Self::UncheckedUpload { .. } => "unchecked_upload",
            Self::OldFile { .. } => "old_file",
            Self::LocalPart { .. } => "local_part",
            Self::PartAtLocalTarget => "part_at_local_target",
        }
    }

    /// Returns its path as text, with U+FFFD for bytes that are not UTF-8. `None` for the target
    /// itself.
    #[must_use]
    pub fn place(&self) -> Option<String> {
        match self {
            Self::Part { at }
            | Self::ResumablePart { at }
            | Self::WholeUpload { at }
            | Self::WholeUploadInDoubt { at }
            | Self::UncheckedUpload { at }
            | Self::OldFile { at } => Some(String::from_utf8_lossy(at.as_bytes()).into_owned()),
            Self::LocalPart { at } => Some(at.to_string_lossy().into_owned()),
            Self::PartAtTarget | Self::AppendedPart | Self::PartAtLocalTarget => None,
        }
    }

    /// Returns whether the target itself may be neither its old version nor the complete new one.
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
            Self::Part { at } => write!(f, "a partial file may remain at {at}"),
            Self::ResumablePart { at } => write!(f, "the partial upload remains at {at}"),
            Self::PartAtTarget => f.write_str("the file on the server may now be empty or partial"),
            Self::AppendedPart => f.write_str(
                "the file at the server may now end with a part of what was to be appended",
            ),
            Self::WholeUpload { at } => write!(f, "the upload is complete and remains at {at}"),
            Self::WholeUploadInDoubt { at } => write!(
                f,
                "the upload is complete and may remain at {at}; whether it has its final name is unknown"
            ),
            Self::UncheckedUpload { at } => {
                write!(f, "the upload may remain at {at}, its size unchecked")
            }
            Self::OldFile { at } => write!(f, "the old file may be at {at}"),
            Self::LocalPart { at } => {
                let at = escape(at.as_os_str().as_encoded_bytes());
                write!(f, "the partial file remains at {at}")
            }
            Self::PartAtLocalTarget => f.write_str("the local file may now be empty or partial"),
        }
    }
}
