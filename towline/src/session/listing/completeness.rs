//! Whether a listing shows everything.

use std::fmt;

use towline_proto::reply::Reply;

/// Whether a listing is known to show everything in its directory. If it is not complete, do not
/// delete a file because the listing does not show it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Completeness {
    /// The server called the listing complete, every line was understood, and the data connection
    /// ended in order.
    Complete,
    /// The server says that entries are missing. Pure-FTPd 1.0.50 lists at most 10,000 by default
    /// (`226 Output truncated to 10000 matches`); vsftpd 3.0.3 says that it `failed to open
    /// directory`.
    Truncated {
        /// The server's final reply.
        reply: Reply,
    },
    /// Some lines were not understood.
    NotUnderstood {
        /// The number of lines.
        lines: u64,
    },
    /// The data connection ended without `close_notify`. The server called the listing complete,
    /// but an on-path attacker could have shortened it.
    Cut,
}

impl Completeness {
    /// Whether the listing is known to be complete.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        *self == Self::Complete
    }
}

/// One line that describes the state.
impl fmt::Display for Completeness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Complete => f.write_str("the listing is complete"),
            Self::Truncated { reply } => {
                write!(f, "the server does not list everything: {reply}")
            }
            Self::NotUnderstood { lines: 1 } => {
                f.write_str("one line of the listing was not understood")
            }
            Self::NotUnderstood { lines } => {
                write!(f, "{lines} lines of the listing were not understood")
            }
            Self::Cut => f.write_str("the listing may have been cut short"),
        }
    }
}
