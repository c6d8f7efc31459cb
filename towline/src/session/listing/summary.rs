//! The result of a listing.

use towline_proto::listing::Entry;
use towline_proto::name::escape;
use towline_proto::reply::Reply;

use super::completeness::Completeness;

/// A directory's contents.
#[derive(Clone, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Listing {
    /// The entries, in the server's order.
    pub entries: Vec<Entry>,
    /// The counts, and what was not understood.
    pub summary: ListingSummary,
}

/// The result of a listing. [`Self::completeness`] says whether it shows everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ListingSummary {
    /// The number of entries.
    pub entries: u64,
    /// The number of lines that were not understood.
    pub unknown: u64,
    /// The first of those lines, at most 100.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::serialize::lines"))]
    pub unknown_lines: Vec<Vec<u8>>,
    /// Whether the data connection ended without `close_notify`.
    pub cut: bool,
    /// The server's final reply, if it says that entries are missing.
    pub partial: Option<Reply>,
}

impl ListingSummary {
    /// Returns whether the listing is known to show everything. If there are several reasons for
    /// doubt, returns the strongest: the server's own statement, then lines that were not
    /// understood, then a missing `close_notify`.
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

    /// Describes the lines that were not understood, and quotes the first one.
    pub(in crate::session) fn lines_not_understood(&self) -> String {
        /// Bytes of a line that a message shows.
        const SHOWN: usize = 160;
        let quoted = self.unknown_lines.first().map(|line| {
            let more = if line.len() > SHOWN { "..." } else { "" };
            format!("\"{}{more}\"", escape(&line[..line.len().min(SHOWN)]))
        });
        let quoted = quoted.unwrap_or_default();
        match self.unknown {
            1 => format!("one line that cannot be understood: {quoted}"),
            lines => format!("{lines} lines that cannot be understood, the first: {quoted}"),
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
