//! What a line of a listing means.

use super::Entry;

/// The meaning of a line in a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// A file, a directory or another item in the directory.
    Entry(Entry),
    /// An item whose line is not understood, but has the columns of the lines around it. They show
    /// its name, and nothing else is known. The caller should count the line as not understood.
    Aligned(Entry),
    /// Not an item in the directory: an empty line, `total 12`, a heading, the directory itself or
    /// its parent, or an older version of the file above (VMS).
    Ignored,
    /// The first half of an entry, or a word that may be a name. A later line or
    /// [`ListingParser::finish`](super::ListingParser::finish) gives the result.
    Pending,
    /// Not understood. The caller should count it and report its text.
    Unknown(Vec<u8>),
}

/// The command that produced the listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// `MLSD`.
    Mlsd,
    /// `LIST`.
    List,
}
