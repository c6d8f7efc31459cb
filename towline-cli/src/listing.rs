//! How a listing's entries look: sorted, escaped, in columns.

use towline::{Entry, EntryKind};
use towline_proto::listing::{Modified, Precision, Zone};
use towline_proto::name::escape;

use crate::table::{Align, Table};

/// By name, byte by byte, whatever order the server had.
pub(crate) fn sort(entries: &mut [Entry]) {
    entries.sort_by(|a, b| a.name.cmp(&b.name));
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
    }
}

/// One line for an entry under the path that `ls` shows, a slash after directories.
pub(crate) fn short(path: &[u8], entry: &Entry) -> String {
    let slash = if is_directory(entry) { "/" } else { "" };
    format!("{}{slash}", escape(path))
}

/// The rows of `ls -l`.
#[derive(Debug)]
pub(crate) struct LongListing(Table);

impl LongListing {
    pub(crate) fn new() -> Self {
        Self(Table::new([
            Align::Left,
            Align::Left,
            Align::Left,
            Align::Left,
            Align::Right,
            Align::Left,
            Align::Left,
        ]))
    }

    pub(crate) fn add(&mut self, path: &[u8], entry: &Entry) {
        let kind = match entry.kind {
            EntryKind::File => "-",
            EntryKind::Link => "l",
            EntryKind::Other => "?",
            _ => "d",
        };
        let text = |text: &Option<String>| escape(text.as_deref().unwrap_or_default().as_bytes());
        let mut name = short(path, entry);
        if let Some(target) = &entry.link_target {
            name = format!("{name} -> {}", escape(target));
        }
        self.0.row([
            kind.to_owned(),
            text(&entry.permissions),
            text(&entry.owner),
            text(&entry.group),
            entry.size.map_or_else(String::new, |size| size.to_string()),
            entry.modified.as_ref().map_or_else(String::new, time),
            name,
        ]);
    }
}

impl std::fmt::Display for LongListing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// A time as exactly as the server told it, `Z` after it where it is UTC.
pub(crate) fn time(modified: &Modified) -> String {
    iso_time(modified).replacen('T', " ", 1)
}

/// The same in ISO 8601.
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

    #[test]
    fn columns_that_nobody_fills_are_left_out() {
        let mut listing = LongListing::new();
        listing.add(b"a", &entry("a", EntryKind::File, Some(5)));
        listing.add(b"bee", &entry("bee", EntryKind::Directory, None));
        let mut link = entry("c", EntryKind::Link, Some(1234));
        link.link_target = Some(b"a\x1b".to_vec());
        listing.add(b"c", &link);
        assert_eq!(
            listing.to_string(),
            "-     5  a\nd        bee/\nl  1234  c -> a\\x1b\n"
        );
    }

    #[test]
    fn times_are_as_exact_as_the_server_told_them() {
        let shown = |precision, zone| {
            let time = date(2026, 11, 21).at(9, 8, 7, 0);
            iso_time(&Modified {
                time,
                precision,
                zone,
            })
        };
        assert_eq!(shown(Precision::Second, Zone::Utc), "2026-11-21T09:08:07Z");
        assert_eq!(shown(Precision::Minute, Zone::Server), "2026-11-21T09:08");
        assert_eq!(shown(Precision::Day, Zone::Server), "2026-11-21");
    }
}
