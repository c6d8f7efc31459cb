//! The server's clock, on which `LIST` tells times without saying how it is set.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;
use towline_proto::features::Feature;
use towline_proto::listing::{Entry, EntryKind, Modified, Precision, Zone, server_offset};
use towline_proto::path::RemotePath;

use crate::session::Session;

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
    fn read(self, listed: Modified) -> Modified {
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

impl Session {
    /// A listed time in UTC, where the session has learnt how the server's clock is set; else as it
    /// is. For entries of [`Self::list_each`], which come before the clock is known.
    #[must_use]
    pub fn in_utc(&self, listed: Modified) -> Modified {
        self.clock.read(listed)
    }

    /// Works the server's clock out from files in `directory`, unless it is known: what `LIST` says
    /// against what `MDTM` says.
    pub(crate) async fn set_clock(&mut self, directory: &RemotePath, samples: Samples) {
        if self.clock != Clock::Unknown
            || samples.0.is_empty()
            || !self.link.features.has(Feature::Mdtm)
        {
            return;
        }
        for (name, listed) in samples.0 {
            let Ok(path) = directory.join(&name) else {
                continue;
            };
            match self.ask_modified(&path).await {
                Ok(Some(exact)) => {
                    if let Some(offset) = server_offset(listed, exact) {
                        self.clock = Clock::Ahead(offset);
                        return;
                    }
                }
                Ok(None) => {}
                // The listing is complete; another one will tell.
                Err(_) => return,
            }
        }
        self.clock = Clock::Unknowable;
    }
}
