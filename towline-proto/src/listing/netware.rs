//! `LIST` of Novell NetWare: rights in brackets, no group.
//!
//! ```text
//! d [R----F--] supervisor            512       Mar  4 07:12    payroll
//! - [RWCEAFMS] mkoch              190333       Oct 20  2019    depot.exe
//! -[R----F-]  1 mkoch             190333 Oct 20  2019 depot.exe
//! -[RWCEAFMS] mkoch   190333     Oct 20, 99 2:30 pm depot.exe
//! ```

use jiff::civil::DateTime;

use super::columns::{Columns, is_blank};
use super::date::date;
use super::date_doubtful::damaged_date;
use super::size::size;
use super::{Entry, EntryKind, text};
use crate::number::number;

/// Reads one line. Returns `None` if it is not in this form.
pub(super) fn parse(line: &[u8], now: DateTime) -> Option<Entry> {
    let (letter, behind) = line.split_first()?;
    let kind = match letter {
        b'd' => EntryKind::Directory,
        b'-' => EntryKind::File,
        _ => return None,
    };
    let rights = behind.strip_prefix(b" ").unwrap_or(behind);
    let close = memchr::memchr(b']', rights).filter(|close| (2..=10).contains(close))?;
    let (rights, rest) = rights.split_at(close + 1);
    let is_right = |byte: &u8| byte.is_ascii_uppercase() || matches!(byte, b'-' | b' ');
    let letters = rights.strip_prefix(b"[")?.strip_suffix(b"]")?;
    if !letters.iter().all(is_right) || !rest.first().is_some_and(is_blank) {
        return None;
    }
    let columns = Columns::of(rest);
    // Older servers print a link count.
    let (dated, owner_at) = [0, 1].into_iter().find_map(|owner_at| {
        let has_columns = owner_at == 0 || columns.get(0).and_then(number).is_some();
        columns.get(owner_at + 1).filter(|_| has_columns)?;
        let at = owner_at + 2;
        let dated = date(&columns, at, now).or_else(|| damaged_date(&columns, at));
        Some((dated?, owner_at))
    })?;
    let name = rest[dated.end..].trim_ascii_start();
    if name.is_empty() {
        return None;
    }
    let mut entry = Entry::new(name, kind);
    entry.size = columns.get(owner_at + 1).and_then(size).flatten();
    entry.modified = dated.modified;
    entry.permissions = Some(text(rights));
    entry.owner = columns.get(owner_at).map(text);
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
        let line = b"d [R----F--] supervisor            512       Mar  4 07:12    payroll";
        let directory = parse(line, NOW).expect("an entry");
        assert_eq!(directory.name, b"payroll");
        assert_eq!(
            (directory.kind, directory.size),
            (EntryKind::Directory, Some(512))
        );
        assert_eq!(directory.owner.as_deref(), Some("supervisor"));
        assert_eq!(directory.permissions.as_deref(), Some("[R----F--]"));
        let time = directory.modified.map(|modified| modified.time);
        assert_eq!(time, Some(civil(2026, 3, 4).at(7, 12, 0, 0)));
        let line = b"- [RWCEAFMS] mkoch              190333       Oct 20  2019    a b.exe";
        let file = parse(line, NOW).expect("an entry");
        assert_eq!(
            (file.name.as_slice(), file.kind),
            (b"a b.exe".as_slice(), EntryKind::File)
        );
    }

    #[test]
    fn reads_what_older_servers_print() {
        let time = civil(1999, 10, 14).at(14, 30, 0, 0);
        for (line, owner) in [
            ("-[R----F-]  1 raj       857 Oct 14, 1999 14:30 a b", "raj"),
            ("-[RWCEMFA] raj       857 Oct 14, 1999 14:30    a b", "raj"),
            (
                "-[RWCEAFMS] 1server   857     Oct 14, 99 2:30 pm a b",
                "1server",
            ),
        ] {
            let file = parse(line.as_bytes(), NOW).expect("an entry");
            assert_eq!(
                (file.name.as_slice(), file.size, file.owner.as_deref()),
                (b"a b".as_slice(), Some(857), Some(owner)),
                "{line}"
            );
            assert_eq!(file.modified.map(|modified| modified.time), Some(time));
        }
    }

    #[test]
    fn a_field_that_cannot_be_costs_itself() {
        for line in [
            "- [R----F--] supervisor -1 Feb 30 07:12    x",
            "- [R----F--] supervisor many Feb 30 07:12    x",
            "- [R----F--] supervisor -1 Feb ?? 07:12    x",
            "- [R----F--] supervisor -1 Feb 20 ??:12    x",
        ] {
            let file = parse(line.as_bytes(), NOW).expect("an entry");
            assert_eq!(
                (file.name.as_slice(), file.size, file.modified),
                (b"x".as_slice(), None, None),
                "{line}"
            );
        }
    }

    #[test]
    fn refuses_what_is_not_netware() {
        for line in [
            "",
            "d [",
            "d [R----F--]",
            "d [R----F--] supervisor 512 Mar  4 07:12 ",
            "d [R----F--] supervisor Mar  4 07:12 login",
            "d [r----f--] supervisor 512 Mar  4 07:12 login",
            "l [R----F--] supervisor 512 Mar  4 07:12 login",
            "d [R----F--------] supervisor 512 Mar  4 07:12 login",
        ] {
            assert!(parse(line.as_bytes(), NOW).is_none(), "{line}");
        }
    }
}
