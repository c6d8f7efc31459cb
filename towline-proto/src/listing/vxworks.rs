//! `LIST` of VxWorks: size, date, time, name. A mark follows the name of a directory.
//!
//! ```text
//!  size          date       time       name
//! --------       ------     ------    --------
//!    2048    Feb-28-1998  05:23:30   config            <DIR>
//!     512    Mar-02-1998  11:02:14   boot.ini
//! ```

use super::clock::{clock, is_clock_like, on_server};
use super::columns::Columns;
use super::compact::{Compact, Order};
use super::{Entry, EntryKind};
use crate::number::number;

/// Returns whether this is one of the lines above the files.
pub(super) fn is_header(line: &[u8]) -> bool {
    let columns = Columns::of(line);
    let is_ruler = |word: &[u8]| word.len() > 1 && word.iter().all(|byte| *byte == b'-');
    columns
        .words()
        .eq(["size", "date", "time", "name"].map(str::as_bytes))
        || columns.words().len() > 1 && columns.words().all(is_ruler)
}

/// Reads one line. Returns `None` if it is not in this form.
pub(super) fn parse(line: &[u8]) -> Option<Entry> {
    let columns = Columns::of(line);
    let size = number(columns.get(0)?)?;
    let date = Compact::of(columns.get(1)?).filter(Compact::names_month)?;
    let time = columns.get(2).filter(|word| is_clock_like(word))?;
    let name = columns.behind(2)?;
    let (name, kind) = match name.trim_ascii_end().strip_suffix(b"<DIR>") {
        Some(directory) => (directory.trim_ascii_end(), EntryKind::Directory),
        None => (name, EntryKind::File),
    };
    if name.is_empty() {
        return None;
    }
    let mut entry = Entry::new(name, kind);
    entry.size = Some(size).filter(|_| kind == EntryKind::File);
    let date = date.date(Order::Unknown);
    entry.modified = date.and_then(|date| Some(on_server(date, Some(clock(time)?))));
    entry.raw = line.to_vec();
    Some(entry)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn reads_files_and_directories() {
        let time = Some(date(1998, 2, 28).at(5, 23, 30, 0));
        for (line, kind, size) in [
            (
                "512    Feb-28-1998  05:23:30   a b",
                EntryKind::File,
                Some(512),
            ),
            (
                "   2048    Feb-28-1998  05:23:30   a b      <DIR>",
                EntryKind::Directory,
                None,
            ),
        ] {
            let entry = parse(line.as_bytes()).expect("an entry");
            assert_eq!(
                (entry.name.as_slice(), entry.kind, entry.size),
                (b"a b".as_slice(), kind, size)
            );
            assert_eq!(entry.modified.map(|modified| modified.time), time);
        }
        let entry = parse(b"512 Feb-30-1998 05:23:30 x").expect("an entry");
        assert_eq!(entry.modified, None);
    }

    #[test]
    fn leaves_other_lines_alone() {
        for line in [
            "",
            "512 Feb-28-1998 05:23:30",
            "512 Feb-28-1998 05:23:30 <DIR>",
            "512 02-28-1998 05:23:30 x",
            "512 Feb-28-1998 noon x",
            "x Feb-28-1998 05:23:30 x",
        ] {
            assert!(parse(line.as_bytes()).is_none(), "{line}");
        }
        assert!(is_header(b" size          date       time       name"));
        assert!(is_header(b"--------       ------     ------    --------"));
        assert!(!is_header(b"--------") && !is_header(b"- -") && !is_header(b""));
    }
}
