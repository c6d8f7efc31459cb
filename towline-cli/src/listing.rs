//! How a listing's entries look: sorted, escaped, in columns.

use anstyle::Style;
use jiff::tz::TimeZone;
use towline::{Entry, EntryKind};
use towline_proto::listing::{Modified, Precision, Zone};
use towline_proto::name::escape;

use crate::names::Names;
use crate::style;
use crate::table::{Align, Cell, Table};

/// By name, byte by byte, whatever order the server had.
pub(crate) fn sort(entries: &mut [Entry]) {
    entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
}

/// Whether an entry is a directory in every respect.
pub(crate) fn is_directory(entry: &Entry) -> bool {
    matches!(
        entry.kind,
        EntryKind::Directory | EntryKind::CurrentDirectory | EntryKind::ParentDirectory
    )
}

/// What kind of thing an entry is, in a word.
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

/// The lines of `ls`, with or without `-l`.
#[derive(Debug)]
pub(crate) struct Lines {
    names: Names,
    /// Of the person who reads.
    zone: TimeZone,
    long: bool,
    colour: bool,
    table: Table,
}

impl Lines {
    pub(crate) fn new(names: Names, long: bool, colour: bool) -> Self {
        let columns = match long {
            true => LONG,
            false => &[Align::Left],
        };
        Self {
            names,
            zone: TimeZone::system(),
            long,
            colour,
            table: Table::new(columns.iter().copied()),
        }
    }

    /// Adds an entry under the path that `ls` shows, a slash after directories.
    pub(crate) fn add(&mut self, path: &[u8], entry: &Entry) {
        let mut name = self.names.shown(path);
        if is_directory(entry) {
            name.push('/');
        }
        let style = self.style(entry.kind);
        if !self.long {
            return self.table.row([Cell::new(name, style)]);
        }
        let letter = match entry.kind {
            EntryKind::File => "-",
            EntryKind::Link => "l",
            EntryKind::Other | EntryKind::Unknown => "?",
            _ => "d",
        };
        let text = |text: &Option<String>| escape(text.as_deref().unwrap_or_default().as_bytes());
        let size = entry.size.map_or_else(String::new, |size| size.to_string());
        let modified = entry.modified.as_ref();
        let modified = modified.map_or_else(String::new, |modified| time(modified, &self.zone));
        let target = entry.link_target.as_deref();
        let target = target.map_or_else(String::new, |target| {
            format!("-> {}", self.names.shown(target))
        });
        // The target is no column of its own: names differ much in length.
        let name = match target.is_empty() {
            true => Cell::new(name, style),
            false => Cell::new(format!("{style}{name}{style:#} {target}"), style::PLAIN),
        };
        self.table.row([
            Cell::new(letter, style),
            text(&entry.permissions).into(),
            text(&entry.owner).into(),
            text(&entry.group).into(),
            size.into(),
            modified.into(),
            name,
        ]);
    }

    /// The lines so far. Those that follow are no narrower.
    pub(crate) fn take(&mut self) -> String {
        self.table.take_rows()
    }

    fn style(&self, kind: EntryKind) -> Style {
        match kind {
            _ if !self.colour => style::PLAIN,
            EntryKind::File => style::PLAIN,
            EntryKind::Link => style::LINK,
            EntryKind::Other | EntryKind::Unknown => style::OTHER,
            _ => style::DIRECTORY,
        }
    }
}

const LONG: &[Align] = &[
    Align::Left,
    Align::Left,
    Align::Left,
    Align::Left,
    Align::Right,
    Align::Left,
    Align::Left,
];

/// A time in `zone`, as exactly as the server told it. A question mark behind it: the server did not
/// tell whose clock it is.
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

/// A time as exactly as the server told it in ISO 8601, `Z` after it where it is UTC.
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

    fn entry(name: &str, kind: EntryKind, size: Option<u64>) -> Entry {
        let mut entry = Entry::new(name, kind);
        entry.size = size;
        entry
    }

    fn lines(colour: bool) -> String {
        let mut lines = Lines::new(Names::default(), true, colour);
        lines.add(b"a", &entry("a", EntryKind::File, Some(5)));
        lines.add(b"bee", &entry("bee", EntryKind::Directory, None));
        let mut link = entry("c", EntryKind::Link, Some(1234));
        link.link_target = Some(b"a\x1b".to_vec());
        lines.add(b"c", &link);
        lines.take()
    }

    #[test]
    fn columns_that_nobody_fills_are_left_out() {
        let plain = "-     5  a\nd        bee/\nl  1234  c -> a\\x1b\n";
        assert_eq!(lines(false), plain);
        let coloured = lines(true);
        assert_ne!(coloured, plain);
        assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), plain);
    }

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
