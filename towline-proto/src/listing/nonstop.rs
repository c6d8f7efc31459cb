//! `LIST` of HPE NonStop (Tandem Guardian).
//!
//! ```text
//! File         Code             EOF  Last Modification    Owner  RWEP
//! LEDGER        101             2640 14-Sep-03 08:21:37 150,104 "nnnn"
//! JOURNAL    O  101              101  5-Apr-04 21:40:16 255,  5 "oooo"
//! ```
//!
//! A letter behind the name marks a file that is open. The last column tells who may
//! read, write, execute and purge.

use jiff::civil::Date;

use super::clock::{clock, on_server, short_year};
use super::columns::Columns;
use super::month::english;
use super::{Entry, EntryKind, text};
use crate::number::{number, two_digits};

/// Whether this is the line above the files.
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

/// Reads one line; `None` where it is not of this form.
pub(super) fn parse(line: &[u8]) -> Option<Entry> {
    let permissions = permissions(line)?;
    let columns = Columns::of(line);
    let name = columns.get(0).filter(|name| is_file_name(name))?;
    let is_marked = columns.get(1)?.first()?.is_ascii_alphabetic();
    let at = 1 + usize::from(is_marked);
    number(columns.get(at)?)?;
    let size = number(columns.get(at + 1)?)?;
    let (date, time) = (date(columns.get(at + 2)?)?, clock(columns.get(at + 3)?)?);
    let owner = columns.span(at + 4, columns.words().len() - 1)?;
    let mut entry = Entry::new(name, EntryKind::File);
    entry.size = Some(size);
    entry.modified = Some(on_server(date, Some(time)));
    entry.permissions = Some(text(permissions));
    entry.owner = Some(
        owner
            .iter()
            .filter(|byte| **byte != b' ')
            .map(|byte| char::from(*byte))
            .collect(),
    );
    entry.raw = line.to_vec();
    Some(entry)
}

/// `"nunu"` at the end of the line.
fn permissions(line: &[u8]) -> Option<&[u8]> {
    let quoted = line.trim_ascii_end().last_chunk::<6>()?;
    let letters = quoted.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    let is_letter = |byte: &u8| byte.is_ascii_alphabetic() || *byte == b'-';
    letters.iter().all(is_letter).then_some(letters)
}

fn is_file_name(name: &[u8]) -> bool {
    name.len() <= 8 && name[0].is_ascii_alphabetic() && name.iter().all(u8::is_ascii_alphanumeric)
}

/// `14-Sep-03`.
fn date(text: &[u8]) -> Option<Date> {
    let mut parts = text.split(|byte| *byte == b'-');
    let (day, month) = (two_digits(parts.next()?)?, english(parts.next()?)?);
    let year = short_year(two_digits(parts.next()?)?);
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
            let entry = parse(line.as_bytes()).expect("an entry");
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
    fn refuses_what_is_not_nonstop() {
        let header = b"File         Code             EOF  Last Modification    Owner  RWEP";
        assert!(is_header(header) && !is_header(b"File Code EOF"));
        for line in [
            std::str::from_utf8(header).expect("text"),
            "",
            r#"LEDGER 101 2640 14-Sep-03 08:21:37 150,104 nunu"#,
            r#"LEDGER 101 2640 14-Sep-03 08:21:37 "nunu""#,
            r#"LEDGER x101 2640 14-Sep-03 08:21:37 150,104 "nunu""#,
            r#"LEDGER 101 2640 14-09-03 13:57:10 150,104 "nunu""#,
            r#"TOOLONGNAME 101 2640 14-Sep-03 08:21:37 150,104 "nunu""#,
        ] {
            assert!(parse(line.as_bytes()).is_none(), "{line}");
        }
    }
}
