//! `LIST` in the form of `ls -l`, as nearly every server prints it.
//!
//! ```text
//! drwxr-xr-x   2 owner    group        4096 Nov 21 00:24 name
//! lrwxrwxrwx   1 owner    group           6 Jul  4  2019 name -> target
//! crw-rw----+  1 root     tty         4,  0 2026-11-21 00:24 tty0
//! ```
//!
//! Seen as well, and accepted: no group, no link count, spaces in the group's name,
//! no size but for files, and dates in the forms and languages of [`date`](super::date).

use jiff::civil::DateTime;
use memchr::memmem;

use super::columns::Columns;
use super::date::{Dated, date};
use super::month::in_text;
use super::{Entry, EntryKind, text};
use crate::number::number;

/// Reads one line; `None` where it is not of this form.
pub(super) fn parse(line: &[u8], now: DateTime) -> Option<Entry> {
    let mode = mode(line)?;
    let columns = Columns::of(line);
    // The leftmost date counts, so that no part of a name is taken for one. Only where
    // there is none may it follow a lone size: an owner `jan` of group 12 is no date.
    (3..=9)
        .chain([2])
        .find_map(|at| entry(line, mode, &columns, at, now))
}

/// Whether `line` is the `total 12` that `ls` begins with, in one of its languages.
pub(super) fn is_total(line: &[u8]) -> bool {
    #[rustfmt::skip]
    const WORDS: [&str; 20] = [
        "total", "insgesamt", "gesamt", "totale", "totaal", "totalt", "razem", "suma", "итого", "celkem",
        "összesen", "yhteensä", "toplam", "合計", "总用量", "总计", "總計", "總用量", "합계", "総計",
    ];
    let line = line.trim_ascii();
    let Some(space) = memchr::memrchr(b' ', line) else {
        return false;
    };
    let (word, blocks) = (line[..space].trim_ascii(), &line[space + 1..]);
    let blocks = blocks.strip_suffix(b"K").unwrap_or(blocks);
    number(blocks).is_some() && in_text(word, |word| WORDS.contains(&word).then_some(())).is_some()
}

/// The entry, if its date begins in column `at`.
fn entry(
    line: &[u8],
    mode: &[u8],
    columns: &Columns<'_>,
    at: usize,
    now: DateTime,
) -> Option<Entry> {
    let Dated {
        modified,
        end,
        is_iso,
    } = date(columns, at, now)?;
    let (size, size_at) = size(mode[0], columns, at)
        // Android's toolbox prints no size but that of a file.
        .or_else(|| (is_iso && mode[0] != b'-').then_some((None, at)))?;
    // Behind the date stands one space; all that follows is the name.
    let name = line.get(end + 1..).filter(|name| !name.is_empty())?;

    let kind = match mode[0] {
        b'-' => EntryKind::File,
        b'd' => EntryKind::Directory,
        b'l' => EntryKind::Link,
        _ => EntryKind::Other,
    };
    let (name, link_target) = match kind {
        EntryKind::Link => split_link(name, size),
        _ => (name, None),
    };
    let has_link_count = size_at > 1 && columns.get(1).and_then(number).is_some();
    let owner_at = 1 + usize::from(has_link_count);
    let mut entry = Entry::new(name, kind);
    entry.size = size.filter(|_| kind != EntryKind::Link);
    entry.modified = Some(modified);
    entry.permissions = Some(text(mode));
    entry.owner = columns
        .span(owner_at, (owner_at + 1).min(size_at))
        .map(text);
    entry.group = columns.span(owner_at + 1, size_at).map(text);
    entry.link_target = link_target.map(<[u8]>::to_vec);
    entry.raw = line.to_vec();
    Some(entry)
}

/// `drwxr-xr-x`, behind which a mark for an ACL or a label may stand.
pub(super) fn mode(line: &[u8]) -> Option<&[u8]> {
    let (mode, rest) = line.split_at_checked(10)?;
    let is_mode = b"-dlbcepsDCMnP?".contains(&mode[0])
        && mode[1..].iter().all(|flag| b"rwxsStTlL-".contains(flag));
    let is_delimited = matches!(rest, [b' ', ..] | [b'+' | b'.' | b'@', b' ', ..]);
    (is_mode && is_delimited).then_some(mode)
}

/// The size that ends ahead of column `at`, and the column in which it begins.
/// A device has two numbers in its place, and no size.
fn size(kind: u8, columns: &Columns<'_>, at: usize) -> Option<(Option<u64>, usize)> {
    let last = columns.get(at - 1)?;
    if matches!(kind, b'b' | b'c') {
        let before = columns.get(at - 2)?;
        let is_major = before.ends_with(b",") && number(last).is_some();
        // HP-UX: `64 0x010000`; FreeBSD: `0x1e`.
        let is_hex = last.starts_with(b"0x");
        if is_major || is_hex && number(before).is_some() {
            return Some((None, at - 2));
        }
        if is_hex || memchr::memchr(b',', last).is_some() {
            return Some((None, at - 1));
        }
    }
    let size = number(last)?;
    Some((Some(size), at - 1))
}

/// Name and target of a link. Both may hold an arrow themselves; on Unix the
/// size of a link is the length of its target, which tells the right one.
fn split_link(name: &[u8], size: Option<u64>) -> (&[u8], Option<&[u8]>) {
    const ARROW: &[u8] = b" -> ";
    let told_by_size = size
        .and_then(|size| {
            name.len()
                .checked_sub(usize::try_from(size).ok()?)?
                .checked_sub(ARROW.len())
        })
        .filter(|at| *at > 0 && name[*at..].starts_with(ARROW));
    match told_by_size.or_else(|| memmem::find(name, ARROW)) {
        Some(at) if at > 0 => (&name[..at], Some(&name[at + ARROW.len()..])),
        _ => (name, None),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::listing::{Modified, Precision, Zone};

    const NOW: DateTime = date(2026, 11, 21).at(12, 0, 0, 0);

    fn entry(line: &str) -> Entry {
        parse(line.as_bytes(), NOW).unwrap_or_else(|| panic!("not an entry: {line}"))
    }

    #[test]
    fn reads_every_column() {
        let entry = entry("-rw-r-x--t   12 jo       staff    5000000000 Nov 20 22:57 a file.txt");
        assert_eq!(entry.name, b"a file.txt");
        assert_eq!(entry.kind, EntryKind::File);
        assert_eq!(entry.size, Some(5_000_000_000));
        assert_eq!(entry.permissions.as_deref(), Some("-rw-r-x--t"));
        assert_eq!(
            (entry.owner.as_deref(), entry.group.as_deref()),
            (Some("jo"), Some("staff"))
        );
        let time = date(2026, 11, 20).at(22, 57, 0, 0);
        assert_eq!(
            entry.modified,
            Some(Modified {
                time,
                precision: Precision::Minute,
                zone: Zone::Server
            })
        );
    }

    #[test]
    fn reads_the_forms_of_a_date() {
        let midnight = |year, month, day| date(year, month, day).at(0, 0, 0, 0);
        for (text, time, precision) in [
            (
                "Nov 21 12:34",
                date(2026, 11, 21).at(12, 34, 0, 0),
                Precision::Minute,
            ),
            (
                "nov  3  9:05",
                date(2026, 11, 3).at(9, 5, 0, 0),
                Precision::Minute,
            ),
            (
                "Dec 24 12:34",
                date(2025, 12, 24).at(12, 34, 0, 0),
                Precision::Minute,
            ),
            ("Feb 29  2024", midnight(2024, 2, 29), Precision::Day),
            (
                "Feb 29 12:00",
                date(2024, 2, 29).at(12, 0, 0, 0),
                Precision::Minute,
            ),
            ("Jan 01  1970", midnight(1970, 1, 1), Precision::Day),
            ("21 Nov 2019", midnight(2019, 11, 21), Precision::Day),
            (
                "21 Nov 00:24:59",
                date(2026, 11, 21).at(0, 24, 59, 0),
                Precision::Second,
            ),
            (
                "2026-11-21 00:24",
                date(2026, 11, 21).at(0, 24, 0, 0),
                Precision::Minute,
            ),
        ] {
            let entry = entry(&format!("-rw-r--r-- 1 jo staff 5 {text} name"));
            assert_eq!(
                entry.modified,
                Some(Modified {
                    time,
                    precision,
                    zone: Zone::Server
                }),
                "{text}"
            );
            assert_eq!(entry.name, b"name");
        }
    }

    #[test]
    fn keeps_the_name_as_it_is() {
        for name in [
            " lead",
            "trail ",
            "a  b",
            "Nov 21 00:24 x",
            "x -> y",
            "5 Nov 21 2020 x",
            "tab\tesc\x1b[m",
            "-",
        ] {
            assert_eq!(
                entry(&format!("-rw-r--r-- 1 jo staff 5 Nov 20 22:57 {name}")).name,
                name.as_bytes()
            );
        }
    }

    #[test]
    fn takes_a_link_apart_where_its_size_says() {
        let link = |size: u64, rest: &str| {
            let entry = entry(&format!("lrwxrwxrwx 1 jo staff {size} Nov 20 22:57 {rest}"));
            assert_eq!((entry.kind, entry.size), (EntryKind::Link, None));
            let target = entry
                .link_target
                .map(|target| String::from_utf8_lossy(&target).into_owned());
            (String::from_utf8_lossy(&entry.name).into_owned(), target)
        };
        let pair = |name: &str, target: &str| (name.to_owned(), Some(target.to_owned()));
        assert_eq!(link(6, "name -> target"), pair("name", "target"));
        assert_eq!(link(1, "a -> b -> c"), pair("a -> b", "c"));
        assert_eq!(link(6, "a -> b -> c"), pair("a", "b -> c"));
        assert_eq!(link(0, "a -> b -> c"), pair("a", "b -> c"));
        assert_eq!(link(6, "no arrow"), ("no arrow".to_owned(), None));
        assert_eq!(link(1, " -> x"), (" -> x".to_owned(), None));
    }

    #[test]
    fn knows_what_is_not_a_file() {
        for (line, owner, group) in [
            ("crw-rw---- 1 root tty 4, 64 Nov 20 22:57 x", "root", "tty"),
            ("brw-rw---- 1 root disk 8,0 Nov 20 22:57 x", "root", "disk"),
            (
                "brw-rw----+ 1 root domain users 253,   10 Nov 20 22:57 x",
                "root",
                "domain users",
            ),
        ] {
            let entry = entry(line);
            assert_eq!(
                (entry.kind, entry.size, entry.name.as_slice()),
                (EntryKind::Other, None, b"x".as_slice())
            );
            assert_eq!(
                (entry.owner.as_deref(), entry.group.as_deref()),
                (Some(owner), Some(group))
            );
        }
        assert_eq!(
            entry("prw-r--r-- 1 0 0 0 Nov 20 22:57 x").kind,
            EntryKind::Other
        );
        assert_eq!(
            entry("drwxr-xr-x. 2 0 0 0 Nov 20 22:57 x").kind,
            EntryKind::Directory
        );
    }

    #[test]
    fn bears_missing_and_split_columns() {
        for (columns, owner, group) in [
            ("1 jo staff", Some("jo"), Some("staff")),
            ("jo staff", Some("jo"), Some("staff")),
            ("1 jo", Some("jo"), None),
            ("jo", Some("jo"), None),
            ("1", None, None),
            ("1 jo domain users", Some("jo"), Some("domain users")),
            ("1 1000 100", Some("1000"), Some("100")),
            ("1 jan 12 ", Some("jan"), Some("12")),
            ("", None, None),
        ] {
            let entry = entry(&format!("-rw-r--r-- {columns} 2048 Nov 20 22:57 name"));
            assert_eq!(
                (entry.owner.as_deref(), entry.group.as_deref()),
                (owner, group),
                "{columns}"
            );
            assert_eq!(
                (entry.name.as_slice(), entry.size),
                (b"name".as_slice(), Some(2048)),
                "{columns}"
            );
        }
    }

    #[test]
    fn refuses_what_is_not_a_long_listing() {
        for line in [
            "",
            "total 12",
            "name",
            "-rw-r--r--",
            "-rw-r--r-- 1 jo staff 5 Nov 20 22:57",
            "-rw-r--r-- 1 jo staff 5 Nov 20 22:57 ",
            "-rw-r--r-- 1 jo staff five Nov 20 22:57 x",
            "-rw-r--r-- 1 jo staff 5 Nov 31 22:57 x",
            "-rw-r--r-- 1 jo staff 5 Foo 20 22:57 x",
            "-rw-r--r-- 1 jo staff 5 Nov 20 25:57 x",
            "-rw-r--r--1 jo staff 5 Nov 20 22:57 x",
            "-rw-r--q-- 1 jo staff 5 Nov 20 22:57 x",
            "ls: cannot open directory '.': Permission denied",
        ] {
            assert_eq!(parse(line.as_bytes(), NOW), None, "{line:?}");
        }
    }

    #[test]
    fn knows_the_total() {
        for line in [
            "total 0",
            "total  123 ",
            "total 52K",
            "insgesamt 8",
            "合計 12",
            "итого 4",
        ] {
            assert!(is_total(line.as_bytes()), "{line}");
        }
        // `合計 12` in EUC-JP.
        assert!(is_total(b"\xb9\xe7\xb7\xd7 12"));
        for line in ["", "12", "total", "total x", "totals 1", "total 1 2"] {
            assert!(!is_total(line.as_bytes()), "{line}");
        }
    }
}
