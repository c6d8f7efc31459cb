//! `LIST` of Novell NetWare: rights in brackets, no group and no link count.
//!
//! ```text
//! d [R----F--] supervisor            512       Mar  4 07:12    payroll
//! - [RWCEAFMS] mkoch              190333       Oct 20  2019    depot.exe
//! ```

use jiff::civil::DateTime;

use super::columns::Columns;
use super::date::date;
use super::{Entry, EntryKind, text};
use crate::number::number;

/// Reads one line; `None` where it is not of this form.
pub(super) fn parse(line: &[u8], now: DateTime) -> Option<Entry> {
    let kind = match line.first_chunk::<3>()? {
        b"d [" => EntryKind::Directory,
        b"- [" => EntryKind::File,
        _ => return None,
    };
    let close = memchr::memchr(b']', line).filter(|close| (4..=12).contains(close))?;
    let rights = &line[2..=close];
    let is_rights = |byte: &u8| byte.is_ascii_uppercase() || matches!(byte, b'-' | b' ');
    if !line[3..close].iter().all(is_rights) {
        return None;
    }
    let rest = &line[close + 1..];
    let columns = Columns::of(rest);
    let (owner, size) = (columns.get(0)?, number(columns.get(1)?)?);
    let dated = date(&columns, 2, now)?;
    let name = rest[dated.end..].trim_ascii_start();
    if name.is_empty() {
        return None;
    }
    let mut entry = Entry::new(name, kind);
    entry.size = Some(size);
    entry.modified = Some(dated.modified);
    entry.permissions = Some(text(rights));
    entry.owner = Some(text(owner));
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
