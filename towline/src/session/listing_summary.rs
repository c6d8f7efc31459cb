//! What a listing came to.

use towline_proto::listing::Entry;
use towline_proto::reply::Reply;

/// A directory's contents.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Listing {
    /// The entries, in the server's order.
    pub entries: Vec<Entry>,
    /// What else was found.
    pub summary: ListingSummary,
}

/// What a listing came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListingSummary {
    /// How many entries.
    pub entries: u64,
    /// How many lines were not understood. While this is not zero the listing is not known to be
    /// complete, so nothing should be deleted on its strength.
    pub unknown: u64,
    /// The first of those lines, at most a hundred.
    pub unknown_lines: Vec<Vec<u8>>,
    /// The data connection ended without `close_notify`. The server called the listing complete,
    /// but whoever can cut a TCP connection could have shortened it, so nothing should be deleted on
    /// its strength.
    pub cut: bool,
    /// The server's final reply, where that says that not every entry is in the listing, so nothing should
    /// be deleted on its strength. Pure-FTPd 1.0.50 lists no more than 10,000 unless it is told otherwise
    /// (`226 Output truncated to 10000 matches`).
    pub partial: Option<Reply>,
}
