//! What a listing came to.

use towline_proto::listing::Entry;
use towline_proto::reply::Reply;

use super::completeness::Completeness;

/// A directory's contents.
#[derive(Clone, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Listing {
    /// The entries, in the server's order.
    pub entries: Vec<Entry>,
    /// What else was found.
    pub summary: ListingSummary,
}

/// What a listing came to. [`Self::completeness`] says whether it shows everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ListingSummary {
    /// How many entries.
    pub entries: u64,
    /// How many lines were not understood.
    pub unknown: u64,
    /// The first of those lines, at most a hundred.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::serialize::lines"))]
    pub unknown_lines: Vec<Vec<u8>>,
    /// Whether the data connection ended without `close_notify`.
    pub cut: bool,
    /// The server's final reply, where that says that entries are missing.
    pub partial: Option<Reply>,
}

impl ListingSummary {
    /// Whether the listing is known to show everything. Where several things speak against it, the one
    /// that says most: the server's own word, then lines that were not understood, then a missing
    /// `close_notify`.
    #[must_use]
    pub fn completeness(&self) -> Completeness {
        match (&self.partial, self.unknown, self.cut) {
            (Some(reply), ..) => Completeness::Truncated {
                reply: reply.clone(),
            },
            (None, 0, false) => Completeness::Complete,
            (None, 0, true) => Completeness::Cut,
            (None, lines, _) => Completeness::NotUnderstood { lines },
        }
    }
}

#[cfg(test)]
mod tests {
    use towline_proto::reply::ReplyCode;

    use super::*;

    #[test]
    fn the_weightiest_doubt_is_told() {
        let mut summary = ListingSummary::default();
        assert!(summary.completeness().is_complete());
        summary.cut = true;
        assert_eq!(summary.completeness(), Completeness::Cut);
        summary.unknown = 3;
        let lines = Completeness::NotUnderstood { lines: 3 };
        assert_eq!(summary.completeness(), lines);
        let reply = Reply::new(ReplyCode::TRANSFER_COMPLETE, "Output truncated");
        summary.partial = Some(reply.clone());
        assert_eq!(summary.completeness(), Completeness::Truncated { reply });
        assert!(!summary.completeness().is_complete());
    }
}
