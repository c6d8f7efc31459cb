//! `LIST` of older versions of VShell: size, date, name. A slash follows the name of a directory.
//!
//! ```text
//! 206876  Apr 04, 2000 21:06 manual.pdf
//! 0  Dec 12, 2002 02:13 archive/
//! ```

use jiff::civil::DateTime;

use super::columns::Columns;
use super::date::date;
use super::size::size;
use super::{Entry, EntryKind};

/// Reads one line. Returns `None` if it is not in this form.
pub(super) fn parse(line: &[u8], now: DateTime) -> Option<Entry> {
    let columns = Columns::of(line);
    let size = size(columns.get(0)?)?;
    columns.get(2).filter(|day| day.ends_with(b","))?;
    let dated = date(&columns, 1, now)?;
    let name = line.get(dated.end + 1..)?;
    let (name, kind) = match name {
        [directory @ .., b'/'] => (directory, EntryKind::Directory),
        file => (file, EntryKind::File),
    };
    if name.is_empty() {
        return None;
    }
    let mut entry = Entry::new(name, kind);
    entry.size = size.filter(|_| kind == EntryKind::File);
    entry.modified = dated.modified;
    entry.raw = line.to_vec();
    Some(entry)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date as civil;

    use super::*;

    const NOW: DateTime = civil(2026, 11, 21).at(12, 0, 0, 0);

    #[test]
    fn reads_files_and_directories() {
        let time = Some(civil(2000, 4, 4).at(21, 6, 0, 0));
        for (line, kind, size) in [
            (
                "206876  Apr 04, 2000 21:06 a b",
                EntryKind::File,
                Some(206_876),
            ),
            ("0  Apr 04, 2000 21:06 a b/", EntryKind::Directory, None),
        ] {
            let entry = parse(line.as_bytes(), NOW).expect("an entry");
            assert_eq!(
                (entry.name.as_slice(), entry.kind, entry.size),
                (b"a b".as_slice(), kind, size)
            );
            assert_eq!(entry.modified.map(|modified| modified.time), time);
        }
    }

    #[test]
    fn leaves_other_lines_alone() {
        for line in [
            "",
            "206876  Apr 04, 2000 21:06",
            "206876  Apr 04, 2000 21:06 ",
            "0  Apr 04, 2000 21:06 /",
            "206876  Apr 04 2000 name",
            "many  Apr 04, 2000 21:06 name",
        ] {
            assert!(parse(line.as_bytes(), NOW).is_none(), "{line}");
        }
    }
}
