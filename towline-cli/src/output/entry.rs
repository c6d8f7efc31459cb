//! Entries of listings: order, kind and time.

use jiff::tz::TimeZone;
use towline::{Entry, EntryKind};
use towline_proto::listing::{Modified, Precision, Zone};

/// Sorts entries by the bytes of their names.
pub(crate) fn sort(entries: &mut [Entry]) {
    entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
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

/// Formats a time in `zone`, as precisely as the server reports it. A question mark means that the time
/// is by the server's own clock, whose time zone is unknown.
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
    fn iso_times_are_as_exact_as_the_server_told_them() {
        let shown = |precision, zone| iso_time(&modified(precision, zone));
        assert_eq!(shown(Precision::Second, Zone::Utc), "2026-11-21T23:08:07Z");
        assert_eq!(shown(Precision::Minute, Zone::Server), "2026-11-21T23:08");
        assert_eq!(shown(Precision::Day, Zone::Server), "2026-11-21");
    }
}
