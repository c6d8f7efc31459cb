//! `LIST` with all columns as numbers: mode, owner, group, size, seconds since 1970, name.
//!
//! ```text
//! 0100644   500  101   12345    1784005678       prices.csv
//! 0040755   500  101    4096    1784001234       drafts
//! ```

use super::clock::since_1970;
use super::columns::Columns;
use super::{Entry, EntryKind, text};
use crate::number::number;

/// Reads one line. Returns `None` if it is not in this form.
pub(super) fn parse(line: &[u8]) -> Option<Entry> {
    let columns = Columns::of(line);
    let mode = columns.get(0).filter(|mode| mode.len() == 7)?;
    let kind = match mode.first_chunk::<3>()? {
        b"010" => EntryKind::File,
        b"004" => EntryKind::Directory,
        b"012" => EntryKind::Link,
        _ => EntryKind::Other,
    };
    let is_octal = mode.iter().all(|byte| (b'0'..=b'7').contains(byte));
    let numbers = [1, 2, 3, 4].map(|at| columns.get(at).and_then(number));
    // One of them may be unreadable.
    let unreadable = numbers.iter().filter(|number| number.is_none()).count();
    let [_, _, size, seconds] = numbers;
    if unreadable > 1 {
        return None;
    }
    let name = columns.behind(4).filter(|_| is_octal)?;
    let mut entry = Entry::new(name, kind);
    entry.size = size.filter(|_| kind != EntryKind::Link);
    entry.modified = seconds.and_then(since_1970);
    entry.permissions = Some(text(mode));
    entry.owner = columns.get(1).map(text);
    entry.group = columns.get(2).map(text);
    entry.raw = line.to_vec();
    Some(entry)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_column() {
        let line = b"0100644   500  101   12345    1784005678       a b";
        let file = parse(line).expect("an entry");
        assert_eq!(
            (file.name.as_slice(), file.kind, file.size),
            (b"a b".as_slice(), EntryKind::File, Some(12345))
        );
        assert_eq!(
            (file.owner.as_deref(), file.group.as_deref()),
            (Some("500"), Some("101"))
        );
        assert_eq!(file.permissions.as_deref(), Some("0100644"));
        let time = file.modified.and_then(|modified| modified.timestamp());
        assert_eq!(time, "2026-07-14T05:07:58Z".parse().ok());
        for (mode, kind) in [
            ("0040755", EntryKind::Directory),
            ("0120777", EntryKind::Link),
            ("0020644", EntryKind::Other),
        ] {
            let line = format!("{mode} 0 0 1 1784005678 x");
            assert_eq!(parse(line.as_bytes()).map(|entry| entry.kind), Some(kind));
        }
    }

    #[test]
    fn a_number_that_cannot_be_read_costs_itself() {
        for (line, size, has_time) in [
            ("0100644 jo 101 5 1784005678 x", Some(5), true),
            ("0100644 0 0 ** 1784005678 x", None, true),
            ("0100644 0 0 5 178400567? x", Some(5), false),
        ] {
            let entry = parse(line.as_bytes()).expect("an entry");
            assert_eq!((entry.name.as_slice(), entry.size), (b"x".as_slice(), size));
            assert_eq!(entry.modified.is_some(), has_time, "{line}");
        }
    }

    #[test]
    fn leaves_other_lines_alone() {
        for line in [
            "",
            "0100644 500 101 12345 1784005678",
            "0100844 500 101 12345 1784005678 x",
            "100644 500 101 12345 1784005678 x",
            "0100644 jo staff 12345 1784005678 x",
        ] {
            assert!(parse(line.as_bytes()).is_none(), "{line}");
        }
    }
}
