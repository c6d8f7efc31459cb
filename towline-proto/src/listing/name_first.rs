//! `LIST` of small old servers that put the name first: SuperTCP, Chameleon and WinQVT on Windows,
//! and Nortel's routers.
//!
//! ```text
//! REPORTS         <DIR>           11-16-94        17:16
//! ORDERS.TXT           1045      05/10/95        11:01
//! ORDERS.TXT      1045      May 10 1995 11:01   RA
//! log1.log       1014196  06/03/04  Thur.   10:20:03
//! ```

use jiff::civil::Date;

use super::clock::{clock, is_clock_like, on_server};
use super::columns::Columns;
use super::compact::{Compact, Order};
use super::month::english;
use super::size::size;
use super::weekday::is_day_of_week;
use super::{Entry, EntryKind};
use crate::number::{four_digits, two_digits};

/// Reads one line. Returns `None` if it is not in this form.
pub(super) fn parse(line: &[u8]) -> Option<Entry> {
    let words: Vec<&[u8]> = Columns::of(line).words().collect();
    let (name, mark, rest) = match words.as_slice() {
        [name, mark, rest @ ..] => (*name, *mark, rest),
        _ => return None,
    };
    let (kind, size) = match mark {
        b"<DIR>" => (EntryKind::Directory, None),
        number => (EntryKind::File, size(number)?),
    };
    let (date, rest) = match (date(rest), rest) {
        (Some(found), _) => found,
        // Nothing else has this mark and a time.
        (None, [_, rest @ ..]) if kind == EntryKind::Directory => (None, rest),
        _ => return None,
    };
    let rest = match rest {
        [day, rest @ ..] if is_day_of_week(day) => rest,
        rest => rest,
    };
    let time = match rest {
        [time] => time,
        [time, attributes] if is_attributes(attributes) => time,
        _ => return None,
    };
    if !is_clock_like(time) {
        return None;
    }
    let mut entry = Entry::new(name, kind);
    entry.size = size;
    entry.modified = date.and_then(|date| Some(on_server(date, Some(clock(time)?))));
    entry.raw = line.to_vec();
    Some(entry)
}

/// Reads the date at the start of `words`, even an impossible one. Also returns what follows it.
fn date<'a, 'b>(words: &'a [&'b [u8]]) -> Option<(Option<Date>, &'a [&'b [u8]])> {
    match words {
        [month, day, year, rest @ ..] if english(month).is_some() => {
            let (day, year) = (two_digits(day)?, four_digits(year)?);
            Some((Date::new(year, english(month)?, day).ok(), rest))
        }
        [date, rest @ ..] => Some((Compact::of(date)?.date(Order::American), rest)),
        [] => None,
    }
}

/// The attributes are archived, read-only, hidden and system.
fn is_attributes(word: &[u8]) -> bool {
    word.iter().all(|letter| b"ARHS".contains(letter))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date as civil;

    use super::*;

    #[test]
    fn reads_files_and_directories() {
        let minute = civil(1995, 5, 10).at(11, 1, 0, 0);
        for (line, kind, size, time) in [
            (
                "X.TXT  <DIR>    05-10-95        11:01",
                EntryKind::Directory,
                None,
                minute,
            ),
            (
                "X.TXT   1045    05/10/1995      11:01",
                EntryKind::File,
                Some(1045),
                minute,
            ),
            (
                "X.TXT  1,045    May 10 1995 11:01   RA",
                EntryKind::File,
                Some(1045),
                minute,
            ),
            (
                "X.TXT   1045  05/10/95  Thur.   10:20:03",
                EntryKind::File,
                Some(1045),
                civil(1995, 5, 10).at(10, 20, 3, 0),
            ),
        ] {
            let entry = parse(line.as_bytes()).expect("an entry");
            assert_eq!(
                (entry.name.as_slice(), entry.kind, entry.size),
                (b"X.TXT".as_slice(), kind, size),
                "{line}"
            );
            assert_eq!(entry.modified.map(|modified| modified.time), Some(time));
        }
    }

    #[test]
    fn a_time_that_cannot_be_costs_itself() {
        for line in [
            "X 1045 02-30-95 11:01",
            "X 1045 Feb 30 1995 11:01",
            "X 1045 02-03-95 24:01",
        ] {
            let entry = parse(line.as_bytes()).expect("an entry");
            assert_eq!((entry.size, entry.modified), (Some(1045), None), "{line}");
        }
    }

    #[test]
    fn leaves_other_lines_alone() {
        for line in [
            "",
            "X",
            "X 1045",
            "X 1045 05-10-95",
            "X 1045 05-10-95 11:01 more",
            "X many 05-10-95 11:01",
            "X 1045 today 11:01",
            "X 1045 05-10-95 noon",
            "a name 1045 05-10-95 11:01",
        ] {
            assert!(parse(line.as_bytes()).is_none(), "{line}");
        }
    }
}
