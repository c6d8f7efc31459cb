//! What earlier runs have noted of a file.

use crate::compare::Known;
use crate::node::Version;
use crate::path::TreePath;
use crate::stamp::{CLOCKS_APART, ClockFace, Stamp, ZONES_APART};

/// How far a file had come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// It is about to be copied. If a run ends in this state, a part may remain.
    Claimed,
    /// Its copy is complete, verified and synced, and is about to get its name.
    Fetched,
    /// Its copy is complete, has its name, and is synced if it is on this machine.
    Published,
    /// Its copy is complete, and the server confirmed the size.
    Verified,
}

impl State {
    /// Whether the copy is known to have its name.
    pub(crate) fn has_name(self) -> bool {
        self >= Self::Published
    }

    pub(crate) fn number(self) -> i64 {
        match self {
            Self::Claimed => 1,
            Self::Fetched => 4,
            Self::Published => 2,
            Self::Verified => 3,
        }
    }

    pub(crate) fn from_number(number: i64) -> Option<Self> {
        [
            Self::Claimed,
            Self::Fetched,
            Self::Published,
            Self::Verified,
        ]
        .into_iter()
        .find(|state| state.number() == number)
    }
}

/// What earlier runs have noted of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The file.
    pub path: TreePath,
    /// How far it had come.
    pub state: State,
    /// Its source was to be removed afterwards.
    pub moves: bool,
    /// The source that was copied.
    pub source: Version,
    /// What the destination showed afterwards. Without a size if that is not known.
    pub destination: Version,
    /// When this was noted: seconds since 1970.
    pub at: i64,
}

impl Record {
    /// Whether the source may have changed after it was copied without a change of its listed time,
    /// because the listing is exact to the minute or the day, and the copy was made within that
    /// minute or day.
    #[must_use]
    pub fn is_too_close(&self, listed: &Stamp) -> bool {
        let apart = match listed.clock {
            ClockFace::Utc => CLOCKS_APART,
            ClockFace::Server => ZONES_APART,
        };
        listed.end() > self.at.saturating_sub(apart)
    }

    /// What is known of the copy, if it was completed.
    #[must_use]
    pub fn known(&self) -> Option<Known> {
        self.state.has_name().then(|| self.versions())
    }

    pub(crate) fn versions(&self) -> Known {
        Known {
            source: self.source,
            destination: self.destination,
        }
    }
}
