//! Entries of listings: order, kind and time.

use std::cmp::Reverse;

use jiff::tz::TimeZone;
use towline::{Entry, EntryKind};
use towline_proto::listing::{Modified, Precision, Zone};

/// Sorts entries by the bytes of their names.
pub(crate) fn sort(entries: &mut [Entry]) {
    entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
}

/// The order in which entries are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Order {
    pub(crate) by: Key,
    pub(crate) reverse: bool,
}

/// What entries are sorted by. Names decide between equal entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    Name,
    /// The newest first, and those without a time last.
    Time,
    /// The largest first, and those without a size last.
    Size,
}

impl Order {
    /// Whether this is the order in which [`sort`] leaves entries.
    pub(crate) fn is_by_name(self) -> bool {
        self.by == Key::Name && !self.reverse
    }

    /// Sorts entries in this order.
    pub(crate) fn sort(self, entries: &mut [Entry]) {
        sort(entries);
        match self.by {
            Key::Name => {}
            Key::Time => entries.sort_by_key(|entry| Reverse(entry.modified.map(|at| at.time))),
            Key::Size => entries.sort_by_key(|entry| Reverse(entry.size)),
        }
        if self.reverse {
            entries.reverse();
        }
    }
}

/// Whether an entry is a directory, and not a link to one.
pub(crate) fn is_directory(entry: &Entry) -> bool {
    matches!(
        entry.kind,
        EntryKind::Directory | EntryKind::CurrentDirectory | EntryKind::ParentDirectory
    )
}

/// The kind of an entry, in a word.
pub(crate) fn kind(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::File => "file",
        EntryKind::Directory | EntryKind::CurrentDirectory | EntryKind::ParentDirectory => {
            "directory"
        }
        EntryKind::Link => "link",
        EntryKind::Other => "other",
        EntryKind::Unknown => "unknown",
    }
}

/// Formats a time in `zone`, as precisely as the server reports it. A question mark means that the
/// time is by the server's own clock, whose time zone is unknown.
pub(crate) fn time(modified: &Modified, zone: &TimeZone) -> String {
    let (time, mark) = match (modified.zone, modified.precision) {
        (Zone::Utc, Precision::Day) => (modified.time, ""),
        (Zone::Utc, _) => match TimeZone::UTC.to_timestamp(modified.time) {
            Ok(instant) => (zone.to_datetime(instant), ""),
            Err(_) => (modified.time, "?"),
        },
        (Zone::Server, _) => (modified.time, "?"),
    };
    let format = match modified.precision {
        Precision::Day => "%Y-%m-%d",
        Precision::Minute => "%Y-%m-%d %H:%M",
        Precision::Second => "%Y-%m-%d %H:%M:%S",
    };
    format!("{}{mark}", time.strftime(format))
}

/// Formats a time in ISO 8601, as precisely as the server reports it, with a `Z` if it is UTC.
pub(crate) fn iso_time(modified: &Modified) -> String {
    let format = match modified.precision {
        Precision::Day => "%Y-%m-%d",
        Precision::Minute => "%Y-%m-%dT%H:%M",
        Precision::Second => "%Y-%m-%dT%H:%M:%S",
    };
    let zone = match modified.zone {
        Zone::Utc => "Z",
        Zone::Server => "",
    };
    format!("{}{zone}", modified.time.strftime(format))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn modified(precision: Precision, zone: Zone) -> Modified {
        Modified {
            time: date(2026, 11, 21).at(23, 8, 7, 0),
            precision,
            zone,
        }
    }

    #[test]
    fn times_are_shown_in_the_readers_zone_or_marked() {
        let tokyo = TimeZone::fixed(jiff::tz::offset(9));
        let shown = |precision, zone| time(&modified(precision, zone), &tokyo);
        assert_eq!(shown(Precision::Second, Zone::Utc), "2026-11-22 08:08:07");
        assert_eq!(shown(Precision::Day, Zone::Utc), "2026-11-21");
        assert_eq!(shown(Precision::Minute, Zone::Server), "2026-11-21 23:08?");
    }

    #[test]
    fn entries_are_sorted_by_time_size_or_name_in_either_direction() {
        let entry = |name: &str, size, minute: Option<i8>| {
            let mut entry = Entry::new(name, EntryKind::File);
            entry.size = size;
            entry.modified = minute.map(|minute| Modified {
                time: date(2026, 11, 21).at(23, minute, 0, 0),
                precision: Precision::Minute,
                zone: Zone::Utc,
            });
            entry
        };
        let entries = [
            entry("c", Some(2), Some(1)),
            entry("a", Some(9), None),
            entry("b", None, Some(5)),
            entry("d", Some(2), Some(5)),
        ];
        let sorted = |by, reverse| {
            let mut entries = entries.to_vec();
            Order { by, reverse }.sort(&mut entries);
            let names = entries.iter().map(|entry| entry.name.clone());
            String::from_utf8(names.collect::<Vec<_>>().concat()).unwrap()
        };
        assert_eq!(sorted(Key::Name, false), "abcd");
        assert_eq!(sorted(Key::Name, true), "dcba");
        assert_eq!(sorted(Key::Time, false), "bdca");
        assert_eq!(sorted(Key::Time, true), "acdb");
        assert_eq!(sorted(Key::Size, false), "acdb");
        assert_eq!(sorted(Key::Size, true), "bdca");
    }

    #[test]
    fn iso_times_are_as_exact_as_the_server_told_them() {
        let shown = |precision, zone| iso_time(&modified(precision, zone));
        assert_eq!(shown(Precision::Second, Zone::Utc), "2026-11-21T23:08:07Z");
        assert_eq!(shown(Precision::Minute, Zone::Server), "2026-11-21T23:08");
        assert_eq!(shown(Precision::Day, Zone::Server), "2026-11-21");
    }
}
