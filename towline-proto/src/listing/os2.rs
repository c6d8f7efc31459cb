//! `LIST` of the OS/2 FTP server: size, attributes, date, time, name.
//!
//! ```text
//!                  0           DIR   11-28-97   14:05  orders
//!              81920      A          04-06-103  15:15  index.html
//!              65201      A          08-04-11   10:24  report.txt
//! ```

use super::clock::{clock, is_clock_like, on_server};
use super::columns::Columns;
use super::compact::{Compact, Order};
use super::size::size;
use super::{Entry, EntryKind};

/// Reads one line. Returns `None` if it is not in this form.
pub(super) fn parse(line: &[u8]) -> Option<Entry> {
    let columns = Columns::of(line);
    let size = size(columns.get(0)?)?;
    let attributes = columns
        .words()
        .skip(1)
        .take_while(|word| is_attribute(word))
        .count();
    let date = Compact::of(columns.get(1 + attributes)?).filter(|date| !date.names_month());
    let time = columns
        .get(2 + attributes)
        .filter(|word| is_clock_like(word));
    // With attributes, one of both may be unreadable.
    let has_columns = date.is_some() && time.is_some()
        || attributes > 0 && (date.is_some() || time.and_then(clock).is_some());
    if !has_columns {
        return None;
    }
    let name = columns.behind(2 + attributes)?;
    let is_directory = (1..=attributes).any(|at| columns.get(at) == Some(b"DIR"));
    let mut entry = Entry::new(
        name,
        if is_directory {
            EntryKind::Directory
        } else {
            EntryKind::File
        },
    );
    entry.size = size.filter(|_| !is_directory);
    let date = date.and_then(|date| date.date(Order::American));
    entry.modified = date.and_then(|date| Some(on_server(date, Some(clock(time?)?))));
    entry.raw = line.to_vec();
    Some(entry)
}

/// The attributes are archived, read-only, hidden, system and directory.
fn is_attribute(word: &[u8]) -> bool {
    word == b"DIR" || word.iter().all(|letter| b"ARHS".contains(letter))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date as civil;

    use super::*;

    #[test]
    fn reads_files_and_directories() {
        for (line, kind, size, time) in [
            (
                "                 0           DIR   12-30-97   12:32  my name",
                EntryKind::Directory,
                None,
                civil(1997, 12, 30).at(12, 32, 0, 0),
            ),
            (
                "81920      A R        04-06-103  15:15  my name",
                EntryKind::File,
                Some(81920),
                civil(2003, 4, 6).at(15, 15, 0, 0),
            ),
            (
                "65201      A          08-04-11   10:24  my name",
                EntryKind::File,
                Some(65201),
                civil(2011, 8, 4).at(10, 24, 0, 0),
            ),
            (
                "  0 04-06-1999 15:15 my name",
                EntryKind::File,
                Some(0),
                civil(1999, 4, 6).at(15, 15, 0, 0),
            ),
            (
                "  0 04-06-99 15:15 my name",
                EntryKind::File,
                Some(0),
                civil(1999, 4, 6).at(15, 15, 0, 0),
            ),
        ] {
            let entry = parse(line.as_bytes()).expect("an entry");
            assert_eq!(
                (entry.name.as_slice(), entry.kind),
                (b"my name".as_slice(), kind)
            );
            assert_eq!(entry.size, size);
            assert_eq!(entry.modified.map(|modified| modified.time), Some(time));
        }
    }

    #[test]
    fn a_field_that_cannot_be_costs_itself() {
        for line in [
            "0 DIR 30-12-97 12:32 x",
            "0 DIR 12-30-97 24:00 x",
            "-1 DIR 00-00-80 12:32 x",
            "0 DIR 1?-30-97 12:32 x",
            "0 DIR 12-30-97 1x:32 x",
        ] {
            let entry = parse(line.as_bytes()).expect("an entry");
            assert_eq!(
                (entry.name.as_slice(), entry.kind, entry.modified),
                (b"x".as_slice(), EntryKind::Directory, None),
                "{line}"
            );
        }
        let file = parse(b"-1 12-30-97 12:32 x").expect("an entry");
        assert_eq!((file.kind, file.size), (EntryKind::File, None));
    }

    #[test]
    fn refuses_what_is_not_os2() {
        for line in [
            "",
            "0",
            "0 DIR",
            "0 DIR 12-30-97 12:32",
            "0 DIR soon noon x",
            "0 12-30-97 noon x",
            "0 12-30-97-1 12:32 x",
            "0 FILE 12-30-97 12:32 x",
            "x DIR 12-30-97 12:32 x",
        ] {
            assert!(parse(line.as_bytes()).is_none(), "{line}");
        }
    }
}
