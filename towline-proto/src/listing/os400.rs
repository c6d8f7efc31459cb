//! `LIST` of OS/400 (IBM i) in its own format, `SITE LISTFMT 0`.
//!
//! ```text
//! QSYS            81920 02/23/26 16:20:05 *DIR       QOpenSys/
//! HKO              5120 04.03.26 07:31:09 *STMF      plan.zip
//!                                         *MEM       FILE.FILE/MEMBER.MBR
//! ```
//!
//! Owner, size and time may be blank. The name of a member includes the name of its file. The order
//! of year, month and day is a setting of the server's job. An entry has a time only if the date
//! can be read in one way: by itself, or because earlier lines rule out the other orders.

use jiff::civil::{Date, DateTime, Time};

use super::clock::{on_server, short_year};
use super::columns::Columns;
use super::{Entry, EntryKind, Modified, Precision, text};
use crate::number::{number, two_digits};

/// The possible orders of the dates in this listing.
#[derive(Clone, Copy, Debug)]
pub(super) struct DateOrder {
    possible: [bool; 3],
}

/// The positions of year, month and day in `03/04/05`.
const ORDERS: [[usize; 3]; 3] = [[0, 1, 2], [2, 0, 1], [2, 1, 0]];

impl Default for DateOrder {
    /// Allows every order.
    fn default() -> Self {
        Self {
            possible: [true; 3],
        }
    }
}

impl DateOrder {
    /// Returns the date if every possible order gives the same one. Rules out the orders that
    /// do not fit.
    fn read(&mut self, text: &[u8], now: DateTime) -> Option<Date> {
        let separator = *text
            .get(2)
            .filter(|byte| matches!(byte, b'/' | b'.' | b'-' | b','))?;
        let mut parts = text.split(|byte| *byte == separator);
        let numbers = [parts.next()?, parts.next()?, parts.next()?].map(two_digits);
        if parts.next().is_some() {
            return None;
        }
        let [Some(first), Some(second), Some(third)] = numbers else {
            return None;
        };
        let numbers = [first, second, third];
        let latest = now.date().saturating_add(jiff::ToSpan::day(1));
        let dates = ORDERS.map(|[year, month, day]| {
            Date::new(short_year(numbers[year]), numbers[month], numbers[day])
                .ok()
                .filter(|date| *date <= latest)
        });
        let still: [bool; 3] = std::array::from_fn(|at| self.possible[at] && dates[at].is_some());
        if still.contains(&true) {
            self.possible = still;
        }
        let mut readings = (0..3).filter(|at| still[*at]).filter_map(|at| dates[at]);
        let date = readings.next()?;
        readings.all(|other| other == date).then_some(date)
    }
}

/// Reads one line. Returns `None` if it is not in this form.
pub(super) fn parse(line: &[u8], order: &mut DateOrder, now: DateTime) -> Option<Entry> {
    memchr::memchr(b'*', line)?;
    let columns = Columns::of(line);
    let type_at = columns.words().take(5).position(is_type)?;
    let mut owner = None;
    let mut size = None;
    let mut modified = None;
    match type_at {
        0 => {}
        1 => owner = columns.get(0),
        2 => (owner, size) = (columns.get(0), Some(number(columns.get(1)?)?)),
        3 | 4 => {
            owner = columns.get(0).filter(|_| type_at == 4);
            size = Some(number(columns.get(type_at - 3)?)?);
            let time = columns.get(type_at - 1).filter(|word| is_time_like(word))?;
            let date = columns.get(type_at - 2).filter(|date| date.len() == 8)?;
            let date = order.read(date, now);
            modified = date.and_then(|date| Some(at(date, time_of_day(time)?)));
        }
        _ => return None,
    }
    let name = columns.behind(type_at)?;
    let name = name.strip_suffix(b"/").unwrap_or(name);
    if name.is_empty() {
        return None;
    }
    let kind = kind(columns.get(type_at)?);
    // Without a time, only a known type shows that this is a line of OS/400.
    if type_at < 3 && kind == EntryKind::Other {
        return None;
    }
    let mut entry = Entry::new(name, kind);
    entry.size = size.filter(|_| !matches!(kind, EntryKind::Directory | EntryKind::Link));
    entry.modified = modified;
    entry.owner = owner.map(text);
    entry.raw = line.to_vec();
    Some(entry)
}

/// Matches `*FILE` or `*STMF`: an asterisk, and two to nine capitals and digits.
fn is_type(word: &[u8]) -> bool {
    let letters = word.strip_prefix(b"*").unwrap_or(b"");
    let is_letter = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    (2..=9).contains(&letters.len()) && letters.iter().all(is_letter)
}

fn kind(object_type: &[u8]) -> EntryKind {
    match object_type {
        b"*DIR" | b"*DDIR" | b"*LIB" | b"*FLR" => EntryKind::Directory,
        b"*FILE" | b"*MEM" | b"*STMF" | b"*DSTMF" | b"*DOC" => EntryKind::File,
        b"*SYMLNK" => EntryKind::Link,
        _ => EntryKind::Other,
    }
}

/// Returns whether `text` looks like `16:20:05`, with any separator of a job, even if the time is
/// impossible.
fn is_time_like(text: &[u8]) -> bool {
    text.len() == 8
        && text[2] == text[5]
        && b":.,".contains(&text[2])
        && [0, 1, 3, 4, 6, 7]
            .iter()
            .all(|at| text[*at].is_ascii_digit())
}

/// Returns the time in a text that [`is_time_like`].
fn time_of_day(text: &[u8]) -> Option<Time> {
    let part = |at: usize| text.get(at..at + 2).and_then(two_digits);
    Time::new(part(0)?, part(3)?, part(6)?, 0).ok()
}

fn at(date: Date, time: Time) -> Modified {
    on_server(date, Some((time, Precision::Second)))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date as civil;

    use super::*;

    const NOW: DateTime = civil(2026, 11, 21).at(12, 0, 0, 0);

    fn read(line: &str) -> Option<Entry> {
        parse(line.as_bytes(), &mut DateOrder::default(), NOW)
    }

    #[test]
    fn reads_every_column() {
        let entry = read("HKO              5120 30.10.26 07:31:09 *STMF      a name.zip")
            .expect("an entry");
        assert_eq!(
            (entry.name.as_slice(), entry.kind),
            (b"a name.zip".as_slice(), EntryKind::File)
        );
        assert_eq!(
            (entry.size, entry.owner.as_deref()),
            (Some(5120), Some("HKO"))
        );
        let time = entry.modified.map(|modified| modified.time);
        assert_eq!(time, Some(civil(2026, 10, 30).at(7, 31, 9, 0)));
        let directory =
            read("QSYS 81920 02/23/26 16:20:05 *DIR       QOpenSys/").expect("an entry");
        assert_eq!(directory.name, b"QOpenSys");
        assert_eq!(
            (directory.kind, directory.size),
            (EntryKind::Directory, None)
        );
    }

    #[test]
    fn bears_blank_columns() {
        for (line, owner, size) in [
            ("                  *MEM       F.FILE/M.MBR", None, None),
            (
                "QPGMR             *MEM       F.FILE/M.MBR",
                Some("QPGMR"),
                None,
            ),
            (
                "QPGMR 5           *MEM       F.FILE/M.MBR",
                Some("QPGMR"),
                Some(5),
            ),
            ("      5 26/11/20 16:20:05 *MEM F.FILE/M.MBR", None, Some(5)),
        ] {
            let entry = read(line).expect("an entry");
            assert_eq!(entry.name, b"F.FILE/M.MBR", "{line}");
            assert_eq!(
                (entry.owner.as_deref(), entry.size),
                (owner, size),
                "{line}"
            );
        }
    }

    #[test]
    fn a_time_that_cannot_be_costs_itself() {
        for written in ["30.10.26 30:06:29", "31.02.26 07:31:09"] {
            let entry = read(&format!("HKO 5120 {written} *STMF a.zip")).expect("an entry");
            assert_eq!((entry.size, entry.modified), (Some(5120), None));
        }
    }

    #[test]
    fn gives_a_time_only_where_it_is_certain() {
        let mut order = DateOrder::default();
        let mut day = |text: &[u8]| order.read(text, NOW);
        assert_eq!(day(b"01/01/01"), Some(civil(2001, 1, 1)));
        assert_eq!(day(b"03/04/05"), None);
        assert_eq!(day(b"03/25/05"), Some(civil(2005, 3, 25)));
        assert_eq!(day(b"03/04/05"), Some(civil(2005, 3, 4)));
        assert_eq!(day(b"25/03/05"), None);
        assert_eq!(day(b"03/04/05"), Some(civil(2005, 3, 4)));
        assert_eq!(day(b"26-11-23"), None);
    }

    #[test]
    fn refuses_what_is_not_os400() {
        for line in [
            "",
            "*MEM",
            "*MEM /",
            "*mem x",
            "* x",
            "QPGMR five 26/11/20 16:20:05 *MEM x",
            "QPGMR 5 26/11/20 15:09 *MEM x",
            "QPGMR 5 26/11/2020 16:20:05 *MEM x",
            "A B C D E *MEM x",
            "rm *TXT failed",
        ] {
            assert!(read(line).is_none(), "{line}");
        }
    }
}
