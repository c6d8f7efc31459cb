//! `LIST` of HPE NonStop (Tandem Guardian).
//!
//! ```text
//! File         Code             EOF  Last Modification    Owner  RWEP
//! LEDGER        101             2640 14-Sep-03 08:21:37 150,104 "nnnn"
//! JOURNAL    O  101              101  5-Apr-04 21:40:16 255,  5 "oooo"
//! ```
//!
//! A letter after the name marks an open file. The last column shows who may read, write, execute
//! and purge the file.

use jiff::civil::Date;

use super::clock::{clock, is_clock_like, on_server, year};
use super::columns::Columns;
use super::compact::{Compact, Order};
use super::month::english;
use super::size::size;
use super::{Entry, EntryKind, text};
use crate::number::{number, two_digits};

/// Returns whether this is the line above the files.
pub(super) fn is_header(line: &[u8]) -> bool {
    Columns::of(line).words().eq([
        "File",
        "Code",
        "EOF",
        "Last",
        "Modification",
        "Owner",
        "RWEP",
    ]
    .map(str::as_bytes))
}

/// Reads one line. Returns `None` if it is not in this form. Below the [header](is_header), any
/// column but the name may be unreadable. Elsewhere, one of them may: the code, the size, the date,
/// the time or the last one.
pub(super) fn parse(line: &[u8], is_below_header: bool) -> Option<Entry> {
    const VALUES: usize = 5;
    let permissions = permissions(line);
    if permissions.is_none() && !is_below_header {
        return None;
    }
    let columns = Columns::of(line);
    let name = columns.get(0).filter(|name| is_file_name(name))?;
    let count = columns.words().len();
    // The header itself and texts have no digits.
    let has_digits = line.iter().any(u8::is_ascii_digit);
    if count < VALUES || is_header(line) || !has_digits {
        return None;
    }
    let is_mark = |word: &[u8]| word.len() == 1 && word[0].is_ascii_alphabetic();
    let at = 1 + usize::from(columns.get(1).is_some_and(is_mark));
    let code = columns.get(at).and_then(number);
    let size = columns.get(at + 1).and_then(size);
    let date = columns.get(at + 2).and_then(date);
    let time = columns.get(at + 3).filter(|word| is_clock_like(word));
    let sound = [
        code.is_some(),
        size.is_some(),
        date.is_some(),
        time.is_some(),
    ];
    let unreadable = sound.into_iter().filter(|it| !it).count();
    if !is_below_header && unreadable > 1 {
        return None;
    }
    let owner_end = count - usize::from(permissions.is_some());
    let owner = columns.span(at + 4, owner_end);
    if owner.is_none() && !is_below_header {
        return None;
    }
    let mut entry = Entry::new(name, EntryKind::File);
    entry.size = size.flatten();
    let time = time.and_then(clock);
    entry.modified = date
        .flatten()
        .and_then(|date| Some(on_server(date, Some(time?))));
    entry.permissions = permissions.map(text);
    entry.owner = owner.map(|owner| {
        let visible = owner.iter().filter(|byte| **byte != b' ');
        visible.map(|byte| char::from(*byte)).collect()
    });
    entry.raw = line.to_vec();
    Some(entry)
}

/// Reads `14-Sep-03` or `14SEP2003`. The inner value is `None` if there is no such day.
fn date(word: &[u8]) -> Option<Option<Date>> {
    if let Some(date) = Compact::of(word).filter(Compact::names_month) {
        return Some(date.date(Order::Unknown));
    }
    let digits = word.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (day, rest) = word.split_at(digits);
    let (name, digits) = rest.split_at_checked(3)?;
    let month = english(name).filter(|_| !day.is_empty())?;
    let year = year(digits)?;
    Some(Date::new(year, month, two_digits(day)?).ok())
}

/// Returns the letters of `"nunu"` at the end of the line.
fn permissions(line: &[u8]) -> Option<&[u8]> {
    let quoted = line.trim_ascii_end().last_chunk::<6>()?;
    let letters = quoted.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    let is_letter = |byte: &u8| byte.is_ascii_alphabetic() || b"-*?".contains(byte);
    letters.iter().all(is_letter).then_some(letters)
}

fn is_file_name(name: &[u8]) -> bool {
    name.len() <= 8 && name[0].is_ascii_alphabetic() && name.iter().all(u8::is_ascii_alphanumeric)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date as civil;

    use super::*;

    #[test]
    fn reads_files() {
        for (line, name, owner) in [
            (
                r#"LEDGER        101             2640 14-Sep-03 08:21:37 150,104 "nunu""#,
                "LEDGER",
                "150,104",
            ),
            (
                r#"JOURNAL    O  101             2640 14-Sep-03 08:21:37 255,  5 "nunu" "#,
                "JOURNAL",
                "255,5",
            ),
        ] {
            let entry = parse(line.as_bytes(), false).expect("an entry");
            assert_eq!(
                (entry.name.as_slice(), entry.kind),
                (name.as_bytes(), EntryKind::File)
            );
            assert_eq!(
                (entry.size, entry.owner.as_deref()),
                (Some(2640), Some(owner))
            );
            assert_eq!(entry.permissions.as_deref(), Some("nunu"));
            let time = entry.modified.map(|modified| modified.time);
            assert_eq!(time, Some(civil(2003, 9, 14).at(8, 21, 37, 0)));
        }
    }

    #[test]
    fn a_time_that_cannot_be_costs_itself() {
        for written in ["31-Feb-03 08:21:37", "14-Sep-03 24:21:37"] {
            let line = format!(r#"LEDGER 101 2640 {written} 150,104 "nunu""#);
            let entry = parse(line.as_bytes(), false).expect("an entry");
            assert_eq!((entry.size, entry.modified), (Some(2640), None));
        }
    }

    #[test]
    fn a_column_that_cannot_be_read_costs_itself() {
        for (line, size, has_time) in [
            (
                r#"LEDGER 101 **** 14-Sep-03 08:21:37 150,104 "nunu""#,
                None,
                true,
            ),
            (
                r#"LEDGER *** 2640 14-Sep-03 08:21:37 150,104 "nunu""#,
                Some(2640),
                true,
            ),
            (
                r#"LEDGER 101 2640 14-09-03 13:57:10 150,104 "nunu""#,
                Some(2640),
                false,
            ),
            (
                r#"LEDGER 101 2640 14-S?p-03 08:21:37 150,104 "nunu""#,
                Some(2640),
                false,
            ),
            (
                r#"LEDGER 101 2640 14-Sep-03 8.21 150,104 "nunu""#,
                Some(2640),
                false,
            ),
            (
                r#"LEDGER 101 2640 14SEP2003 08:21:37 150,104 "****""#,
                Some(2640),
                true,
            ),
        ] {
            let entry = parse(line.as_bytes(), false).expect("an entry");
            assert_eq!(
                (entry.name.as_slice(), entry.size),
                (b"LEDGER".as_slice(), size)
            );
            assert_eq!(entry.modified.is_some(), has_time, "{line}");
        }
        for line in ["LEDGER O 101 **** 14-Sep-03 soon -1", "LEDGER 1 2 3 4 5 6"] {
            let entry = parse(line.as_bytes(), true).expect("an entry");
            assert_eq!(entry.name, b"LEDGER", "{line}");
        }
        for line in [
            "LEDGER 101 2640",
            "no file was found here",
            "LONGNAME1 1 2 3 4 5",
        ] {
            assert!(parse(line.as_bytes(), true).is_none(), "{line}");
        }
    }

    #[test]
    fn refuses_what_is_not_nonstop() {
        let header = b"File         Code             EOF  Last Modification    Owner  RWEP";
        assert!(is_header(header) && !is_header(b"File Code EOF"));
        for line in [
            std::str::from_utf8(header).expect("UTF-8"),
            "",
            r#"LEDGER 101 2640 14-Sep-03 08:21:37 150,104 nunu"#,
            r#"LEDGER 101 2640 14-Sep-03 08:21:37 "nunu""#,
            r#"LEDGER x101 many 14-Sep-03 08:21:37 150,104 "nunu""#,
            r#"LEDGER 101 2640 14-09-03 noon 150,104 "nunu""#,
            r#"TOOLONGNAME 101 2640 14-Sep-03 08:21:37 150,104 "nunu""#,
        ] {
            assert!(parse(line.as_bytes(), false).is_none(), "{line}");
        }
    }
}
