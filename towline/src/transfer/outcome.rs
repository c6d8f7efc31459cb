//! The result of a finished transfer.

use std::time::Duration;

use towline_proto::digest::DigestAlgorithm;

use crate::error::{Error, ErrorDetail, ErrorKind};

/// The result of a finished transfer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Transferred {
    /// Bytes transferred, without those that were only compared before resuming.
    pub bytes: u64,
    /// The offset in bytes at which a transfer resumed from a part: the file is that much longer
    /// than `bytes`.
    pub resumed_at: Option<u64>,
    /// How certain it is that the file is complete.
    pub outcome: Outcome,
    /// The algorithm by which the contents at both ends were compared, if they were.
    pub digest: Option<DigestAlgorithm>,
    /// The time from the first command to the last reply.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::serialize::seconds"))]
    pub elapsed: Duration,
}

impl Transferred {
    /// Whether the size or a digest proves that the file is complete.
    pub(crate) fn is_proven(&self) -> bool {
        self.outcome == Outcome::Verified || self.digest.is_some()
    }
}

/// Returns the error for a file that must be proven to be complete and is not.
pub(crate) fn unproven() -> Error {
    let what = "nothing at the server proves that the file is complete";
    Error::new(ErrorKind::Incomplete, what).with_detail(ErrorDetail::NotVerified)
}

/// How certain it is that a file is complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum Outcome {
    /// The size that the server gives is right. Either the server called the transfer complete, or
    /// its final reply was lost and the size was checked over a new connection.
    Verified,
    /// The server called the transfer complete, but gives no size to check. Also the outcome of a
    /// [range](crate::Session::download_range) that the client ended before the end of the file:
    /// all of it has arrived, but the server has confirmed nothing.
    Complete,
}
