//! What a finished transfer came to.

use std::time::Duration;

use towline_proto::digest::DigestAlgorithm;

/// What a finished transfer came to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Transferred {
    /// Bytes moved, those compared before going on not counted.
    pub bytes: u64,
    /// How many bytes were there already, where the transfer went on from a part: the file has that
    /// many more than `bytes`.
    pub resumed_at: Option<u64>,
    /// How sure it is that these are all.
    pub outcome: Outcome,
    /// By which algorithm the contents at both ends were compared, if they were.
    pub digest: Option<DigestAlgorithm>,
    /// From the first command to the last reply.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::serialize::seconds"))]
    pub elapsed: Duration,
}

/// How sure it is that a file is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum Outcome {
    /// The size that the server gives is the right one. The server called the transfer complete; or
    /// its last word was lost, and the size was asked for over a new connection.
    Verified,
    /// The server called it complete, but gives no size to check.
    Complete,
}
