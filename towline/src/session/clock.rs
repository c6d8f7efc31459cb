//! The server's clock, on which `LIST` tells times without saying how it is set.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;
use towline_proto::listing::{Entry, EntryKind, Modified, Precision, Zone};

/// Files whose times are compared before the clock is given up: one may change meanwhile.
const SAMPLES: usize = 3;

/// What a session knows of the server's clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Clock {
    /// Nothing yet.
    #[default]
    Unknown,
    /// It is ahead of UTC by so much.
    Ahead(Offset),
    /// `LIST` and `MDTM` do not go together on this server.
    Unknowable,
}

impl Clock {
    /// The present on it, as far as is known.
    pub(crate) fn now(self) -> DateTime {
        let offset = match self {
            Self::Ahead(offset) => offset,
            Self::Unknown | Self::Unknowable => Offset::UTC,
        };
        offset.to_datetime(Timestamp::now())
    }

    /// A time that it showed, in UTC if that can be told.
    pub(crate) fn read(self, listed: Modified) -> Modified {
        match self {
            Self::Ahead(offset) => listed.at_offset(offset),
            Self::Unknown | Self::Unknowable => listed,
        }
    }

    /// Puts the time of `entry` into UTC, if that can be done.
    pub(crate) fn read_entry(self, entry: &mut Entry) {
        if let Some(modified) = &mut entry.modified {
            *modified = self.read(*modified);
        }
    }
}

/// Files of a listing from whose times the clock can be worked out.
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

/// Each file's name, and the time that it was listed with.
impl IntoIterator for Samples {
    type Item = (Vec<u8>, Modified);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
