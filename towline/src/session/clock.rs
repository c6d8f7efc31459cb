//! The server's clock. `LIST` gives times on it, but not its UTC offset.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;
use towline_proto::listing::{Entry, EntryKind, Modified, Precision, Zone};

/// How many files are compared before the clock is given up. A file may change in between.
const SAMPLES: usize = 3;

/// What a session knows about the server's clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Clock {
    /// Nothing yet.
    #[default]
    Unknown,
    /// It is ahead of UTC by this offset.
    Ahead(Offset),
    /// The times of `LIST` and `MDTM` do not match on this server.
    Unknowable,
}

impl Clock {
    /// Returns the present time on this clock, or in UTC if the offset is unknown.
    pub(crate) fn now(self) -> DateTime {
        let offset = match self {
            Self::Ahead(offset) => offset,
            Self::Unknown | Self::Unknowable => Offset::UTC,
        };
        offset.to_datetime(Timestamp::now())
    }

    /// Converts a time on this clock to UTC, if the offset is known.
    pub(crate) fn read(self, listed: Modified) -> Modified {
        match self {
            Self::Ahead(offset) => listed.at_offset(offset),
            Self::Unknown | Self::Unknowable => listed,
        }
    }

    /// Converts the time of `entry` to UTC, if the offset is known.
    pub(crate) fn read_entry(self, entry: &mut Entry) {
        if let Some(modified) = &mut entry.modified {
            *modified = self.read(*modified);
        }
    }
}

/// Files of a listing whose times can determine the clock.
#[derive(Debug, Default)]
pub(crate) struct Samples(Vec<(Vec<u8>, Modified)>);

impl Samples {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn consider(&mut self, entry: &Entry) {
        if let Some(modified) = entry.modified
            && entry.kind == EntryKind::File
            && modified.zone == Zone::Server
            && modified.precision != Precision::Day
            && self.0.len() < SAMPLES
        {
            self.0.push((entry.name.clone(), modified));
        }
    }
}

/// Each file's name and its listed time.
impl IntoIterator for Samples {
    type Item = (Vec<u8>, Modified);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
