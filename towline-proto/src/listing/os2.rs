//! `LIST` of the FTP server of OS/2: size, attributes, date, time, name.
//!
//! ```text
//!                  0           DIR   11-28-97   14:05  orders
//!              81920      A          04-06-103  15:15  index.html
//! ```
//!
//! Its years count from 1900, in two digits or in three.

use jiff::civil::Date;

use super::clock::{clock, on_server};
use super::columns::Columns;
use super::{Entry, EntryKind};
use crate::number::{number, two_digits};

/// Reads one line; `None` where it is not of this form.
pub(super) fn parse(line: &[u8]) -> Option<Entry> {
    let columns = Columns::of(line);
    let size = number(columns.get(0)?)?;
    let attributes = columns
        .words()
        .skip(1)
        .take_while(|word| is_attribute(word))
        .count();
    let date = date(columns.get(1 + attributes)?)?;
    let time = clock(columns.get(2 + attributes)?)?;
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
    entry.size = (!is_directory).then_some(size);
    entry.modified = Some(on_server(date, Some(time)));
    entry.raw = line.to_vec();
    Some(entry)
}

/// Archived, read only, hidden, system, directory.
fn is_attribute(word: &[u8]) -> bool {
    word == b"DIR" || word.iter().all(|letter| b"ARHS".contains(letter))
}

/// `12-30-97`, `04-06-103`.
fn date(text: &[u8]) -> Option<Date> {
    let mut parts = text.split(|byte| *byte == b'-');
    let (month, day) = (two_digits(parts.next()?)?, two_digits(parts.next()?)?);
    let year = parts.next().filter(|year| matches!(year.len(), 2 | 3))?;
    let year = 1900 + i16::try_from(number(year)?).ok()?;
    match parts.next() {
        Some(_) => None,
        None => Date::new(year, month, day).ok(),
    }
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
    fn refuses_what_is_not_os2() {
        for line in [
            "",
            "0",
            "0 DIR",
            "0 DIR 12-30-97 12:32",
            "0 DIR 30-12-97 12:32 x",
            "0 DIR 12-30-1997 12:32 x",
            "0 DIR 12-30-97-1 12:32 x",
            "0 FILE 12-30-97 12:32 x",
            "x DIR 12-30-97 12:32 x",
        ] {
            assert!(parse(line.as_bytes()).is_none(), "{line}");
        }
    }
}
