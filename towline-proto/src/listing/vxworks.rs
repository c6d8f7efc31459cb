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
use super::size::size;
use super::{Entry, EntryKind};

/// Returns whether this is one of the lines above the files.
pub(super) fn is_header(line: &[u8]) -> bool {
    let columns = Columns::of(line);
    let is_ruler = |word: &[u8]| word.len() > 1 && word.iter().all(|byte| *byte == b'-');
    columns
        .words()
        .eq(["size", "date", "time", "name"].map(str::as_bytes))
        || columns.words().len() > 1 && columns.words().all(is_ruler)
}

/// Reads one line. Returns `None` if it is not in this form. Of size, date and time, one may be
/// anything, and below the [header](is_header) two.
pub(super) fn parse(line: &[u8], is_below_header: bool) -> Option<Entry> {
    let columns = Columns::of(line);
    let size = size(columns.get(0)?);
    let date = Compact::of(columns.get(1)?).filter(Compact::names_month);
    let time = columns.get(2).filter(|word| is_clock_like(word));
    let name = columns.behind(2)?;
    if is_header(line) {
        return None;
    }
    let sound = [size.is_some(), date.is_some(), time.is_some()];
    let fewest = if is_below_header { 1 } else { 2 };
    // A number and a time begin lines in other forms, too.
    let has_date = date.is_some() || is_below_header;
    if sound.into_iter().filter(|it| *it).count() < fewest || !has_date {
        return None;
    }
    let (name, kind) = match name.trim_ascii_end().strip_suffix(b"<DIR>") {
        Some(directory) => (directory.trim_ascii_end(), EntryKind::Directory),
        None => (name, EntryKind::File),
    };
    if name.is_empty() {
        return None;
    }
    let mut entry = Entry::new(name, kind);
    entry.size = size.flatten().filter(|_| kind == EntryKind::File);
    let date = date.and_then(|date| date.date(Order::Unknown));
    entry.modified = date.and_then(|date| Some(on_server(date, Some(clock(time?)?))));
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
            let entry = parse(line.as_bytes(), false).expect("an entry");
            assert_eq!(
                (entry.name.as_slice(), entry.kind, entry.size),
                (b"a b".as_slice(), kind, size)
            );
            assert_eq!(entry.modified.map(|modified| modified.time), time);
        }
        let entry = parse(b"512 Feb-30-1998 05:23:30 x", false).expect("an entry");
        assert_eq!(entry.modified, None);
    }

    #[test]
    fn a_column_that_cannot_be_read_costs_itself() {
        for (line, size, has_time) in [
            ("-1 Feb-28-1998 05:23:30 x", None, true),
            ("many Feb-28-1998 05:23:30 x", None, true),
            ("512 Feb-28-1998 noon x", Some(512), false),
        ] {
            let entry = parse(line.as_bytes(), false).expect("an entry");
            assert_eq!((entry.name.as_slice(), entry.size), (b"x".as_slice(), size));
            assert_eq!(entry.modified.is_some(), has_time, "{line}");
        }
        for line in [
            "512 F?b-28-1998 05:23:30 x",
            "512 soon noon x",
            "? ? 05:23:30 x",
        ] {
            let entry = parse(line.as_bytes(), true).expect("an entry");
            assert_eq!(
                (entry.name.as_slice(), entry.modified),
                (b"x".as_slice(), None)
            );
        }
    }

    #[test]
    fn leaves_other_lines_alone() {
        for line in [
            "",
            "512 Feb-28-1998 05:23:30",
            "512 Feb-28-1998 05:23:30 <DIR>",
            "512 02-28-1998 05:23:30 x",
            "512 soon 05:23:30 x",
            "x Feb-28-1998 noon x",
            "x 02-28-1998 05:23:30 x",
        ] {
            assert!(parse(line.as_bytes(), false).is_none(), "{line}");
        }
        let ruler = "--------       ------     ------    --------";
        for line in [ruler, "x y z name", "512 Feb-28-1998 05:23:30 <DIR>"] {
            assert!(parse(line.as_bytes(), true).is_none(), "{line}");
        }
        assert!(is_header(b" size          date       time       name"));
        assert!(is_header(b"--------       ------     ------    --------"));
        assert!(!is_header(b"--------") && !is_header(b"- -") && !is_header(b""));
    }
}
