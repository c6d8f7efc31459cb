//! Listings: no line lost, no name changed.

use jiff::civil::{DateTime, date};
use towline_proto::listing::{Dialect, EntryKind, Line, LineSplitter, ListingParser, parse_mlst};
use towline_proto::reply::{Reply, ReplyCode};

use crate::input::take_byte;

const LIMIT: usize = 4096;

/// Any bytes as a listing: every line is accounted for, and the contents of an entry are in its
/// line.
pub fn listing(mut data: &[u8]) {
    let dialect = if take_byte(&mut data).is_multiple_of(2) {
        Dialect::Mlsd
    } else {
        Dialect::List
    };
    let piece = usize::from(take_byte(&mut data)) + 1;
    let (lines, is_whole) = split(data, data.len().max(1));
    assert_eq!(split(data, 1), (lines.clone(), is_whole));
    assert_eq!(split(data, piece), (lines.clone(), is_whole));
    if is_whole {
        let breaks = data.iter().filter(|byte| **byte == b'\n').count();
        assert!(lines.len() == breaks || lines.len() == breaks + 1);
    }
    for now in [
        date(2026, 11, 21).at(12, 0, 0, 0),
        DateTime::MIN,
        DateTime::MAX,
    ] {
        let mut parser = ListingParser::new(dialect, now);
        let mut before: &[u8] = b"";
        let mut pending = 0;
        for line in &lines {
            let found = parser.line(line);
            pending += usize::from(found == Line::Pending);
            check(found, before, line, dialect);
            before = line;
        }
        let orphans = std::iter::from_fn(|| parser.finish()).count();
        assert!(orphans <= pending);
    }
    if let Ok(code) = ReplyCode::try_from(250) {
        let entry = parse_mlst(&Reply::new(code, data));
        assert!(entry.is_none_or(|entry| !entry.name.is_empty()));
    }
}

fn check(found: Line, before: &[u8], line: &[u8], dialect: Dialect) {
    let entry = match found {
        Line::Entry(entry) | Line::Aligned(entry) => entry,
        Line::Ignored => return,
        Line::Pending => {
            assert_eq!(dialect, Dialect::List);
            return;
        }
        Line::Unknown(text) => {
            assert!(!line.is_empty());
            assert_eq!(text, line);
            return;
        }
    };
    assert!(entry.raw == line || entry.raw == [before, b"\n", line].concat());
    assert!(!entry.name.is_empty());
    assert!(!matches!(
        entry.kind,
        EntryKind::CurrentDirectory | EntryKind::ParentDirectory
    ));
    match (dialect, &entry.link_target) {
        (Dialect::List, Some(target)) => {
            let both = [entry.name.as_slice(), b" -> ", target].concat();
            assert!(line.ends_with(&both) || line.ends_with(b"]"));
        }
        (Dialect::Mlsd, _) => assert!(line.ends_with(&entry.name)),
        (Dialect::List, None) => {
            let mut parts = entry.raw.windows(entry.name.len());
            assert!(parts.any(|part| part == entry.name));
        }
    }
    if let Some(modified) = entry.modified.filter(|_| dialect == Dialect::Mlsd) {
        assert!(modified.timestamp().is_some());
    }
}

/// The lines, and whether the listing could be read to its end.
fn split(data: &[u8], piece: usize) -> (Vec<Vec<u8>>, bool) {
    let mut splitter = LineSplitter::new(LIMIT);
    let mut lines = Vec::new();
    for piece in data.chunks(piece) {
        splitter.push(piece);
        loop {
            match splitter.next_line() {
                Ok(Some(line)) => {
                    assert!(line.len() <= LIMIT && !line.contains(&b'\n'));
                    lines.push(line.to_vec());
                }
                Ok(None) => break,
                Err(_) => return (lines, false),
            }
        }
    }
    lines.extend(splitter.finish());
    (lines, true)
}
