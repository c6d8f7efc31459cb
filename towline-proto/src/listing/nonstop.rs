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

use super::clock::{clock, is_clock_like, on_server};
use super::columns::Columns;
use super::compact::{Compact, Order};
use super::{Entry, EntryKind, text};
use crate::number::number;

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

/// Reads one line. Returns `None` if it is not in this form.
pub(super) fn parse(line: &[u8]) -> Option<Entry> {
    let permissions = permissions(line)?;
    let columns = Columns::of(line);
    let name = columns.get(0).filter(|name| is_file_name(name))?;
    let is_marked = columns.get(1)?.first()?.is_ascii_alphabetic();
    let at = 1 + usize::from(is_marked);
    number(columns.get(at)?)?;
    let size = number(columns.get(at + 1)?)?;
    let date = Compact::of(columns.get(at + 2)?).filter(Compact::names_month)?;
    let time = columns.get(at + 3).filter(|word| is_clock_like(word))?;
    let owner = columns.span(at + 4, columns.words().len() - 1)?;
    let mut entry = Entry::new(name, EntryKind::File);
    entry.size = Some(size);
    let date = date.date(Order::Unknown);
    entry.modified = date.and_then(|date| Some(on_server(date, Some(clock(time)?))));
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

/// Returns the letters of `"nunu"` at the end of the line.
fn permissions(line: &[u8]) -> Option<&[u8]> {
    let quoted = line.trim_ascii_end().last_chunk::<6>()?;
    let letters = quoted.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    let is_letter = |byte: &u8| byte.is_ascii_alphabetic() || *byte == b'-';
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
    fn a_time_that_cannot_be_costs_itself() {
        for written in ["31-Feb-03 08:21:37", "14-Sep-03 24:21:37"] {
            let line = format!(r#"LEDGER 101 2640 {written} 150,104 "nunu""#);
            let entry = parse(line.as_bytes()).expect("an entry");
            assert_eq!((entry.size, entry.modified), (Some(2640), None));
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
            r#"LEDGER x101 2640 14-Sep-03 08:21:37 150,104 "nunu""#,
            r#"LEDGER 101 2640 14-09-03 13:57:10 150,104 "nunu""#,
            r#"TOOLONGNAME 101 2640 14-Sep-03 08:21:37 150,104 "nunu""#,
        ] {
            assert!(parse(line.as_bytes()).is_none(), "{line}");
        }
    }
}
