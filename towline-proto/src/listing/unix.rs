//! `LIST` in the form of `ls -l`, as nearly every server prints it.
//!
//! ```text
//! drwxr-xr-x   2 owner    group        4096 Nov 21 00:24 name
//! lrwxrwxrwx   1 owner    group           6 Jul  4  2019 name -> target
//! crw-rw----+  1 root     tty         4,  0 2026-11-21 00:24 tty0
//! ```
//!
//! The parser also accepts these variants, all seen on real servers:
//!
//! - no group, no link count, spaces in the group's name, or a size for files only
//! - dates in the forms and languages of [`date`](super::date)
//! - a mode with fewer flags, or with the link count attached
//! - inode and blocks before the mode
//! - a size that is not a number (`-1`, `9.0M`) or that runs into the group
//! - a date that is impossible, or of which a part cannot be read

use jiff::civil::DateTime;

use super::clock::{is_clock_like, since_1970};
use super::columns::Columns;
use super::date::{Dated, date};
use super::date_doubtful::{damaged_date, doubtful_date, half_date};
use super::mode::Mode;
use super::month::month;
use super::size::ends_with_size;
use super::unix_columns::Reading;
use super::{Entry, EntryKind};
use crate::number::number;

/// Reads one line. Returns `None` if it is not in this form.
pub(super) fn parse(line: &[u8], now: DateTime) -> Option<Entry> {
    let (mode, listed) = Mode::in_line(line)?;
    let columns = Columns::of(listed);
    let reading = Reading {
        line: listed,
        mode,
        columns: &columns,
    };
    // The leftmost date counts, so that no part of a name is read as one. A date right after a lone
    // size counts only if there is no other: owner `jan` in group 12 is not a date.
    let places = || (3..=9).chain([2]);
    let sound = |at| date(&columns, at, now).or_else(|| half_date(&columns, at));
    let mut entry = places()
        .find_map(|at| reading.behind_size(at, || sound(at)))
        .or_else(|| places().find_map(|at| reading.behind_size(at, || doubtful_date(&columns, at))))
        .or_else(|| (1..=9).find_map(|at| reading.without_size(at, now)))
        .or_else(|| reading.since_1970())
        .or_else(|| reading.without_date())
        .or_else(|| reading.hidden())
        .or_else(|| {
            places().find_map(|at| reading.behind_size(at, || damaged_date(&columns, at)))
        })?;
    entry.raw = line.to_vec();
    Some(entry)
}

impl Reading<'_> {
    /// Returns the entry if a size precedes column `at` and a date begins there.
    fn behind_size(&self, at: usize, date: impl FnOnce() -> Option<Dated>) -> Option<Entry> {
        let found = self.size(at);
        // Android's toolbox prints a size only for files.
        if found.is_none() && self.mode.kind == EntryKind::File {
            return None;
        }
        let dated = date()?;
        let (size, size_at) = found.or_else(|| dated.is_iso.then_some((None, at)))?;
        let size = size.filter(|_| !self.may_be_part_of_size(size_at));
        self.entry(size, size_at, &dated)
    }

    /// Returns the entry if the date is the number of seconds since 1970 (`ls --time-style=+%s`).
    fn since_1970(&self) -> Option<Entry> {
        const DATE_AT: usize = 5;
        const DIGITS: usize = 10;
        let seconds = self
            .columns
            .get(DATE_AT)
            .filter(|word| word.len() == DIGITS)?;
        let size = number(self.columns.get(DATE_AT - 1)?)?;
        number(self.columns.get(1)?)?;
        let modified = since_1970(number(seconds)?);
        // A number of the width of a date, such as `9999999999 10:00`, is none.
        let is_sound = modified.is_some_and(|modified| modified.time.year() < 2100);
        if !is_sound && self.columns.get(DATE_AT + 1).is_some_and(is_clock_like) {
            return None;
        }
        let dated = Dated {
            modified,
            end: self.columns.end(DATE_AT)?,
            is_iso: false,
        };
        self.entry(Some(size), DATE_AT - 1, &dated)
    }

    /// Returns the entry if a date begins in column `at` and there is no size.
    fn without_size(&self, at: usize, now: DateTime) -> Option<Entry> {
        let dated = date(self.columns, at, now).filter(|dated| dated.modified.is_some())?;
        // The group and the size may run together. Then neither is certain.
        let ran_together = self.columns.get(at - 1).is_some_and(ends_with_size);
        let end = at - usize::from(ran_together && at > 1);
        self.entry(None, end, &dated)
    }

    /// Returns the entry on a line without a date. Such a line has exactly the columns that come
    /// before a date, and a name without spaces.
    fn without_date(&self) -> Option<Entry> {
        const SIZE_AT: usize = 4;
        let column = |at| self.columns.get(at);
        let name = column(SIZE_AT + 1)?;
        let has_columns = self.columns.words().len() == SIZE_AT + 2
            && !self.mode.has_count
            && self.columns.gap(SIZE_AT) == Some(1)
            && column(1).and_then(number).is_some();
        // A truncated line may end where its date begins.
        if !has_columns || !self.line.ends_with(name) || month(name).is_some() {
            return None;
        }
        let size = number(column(SIZE_AT)?)?;
        let dated = Dated {
            modified: None,
            end: self.columns.end(SIZE_AT)?,
            is_iso: false,
        };
        self.entry(Some(size), SIZE_AT, &dated)
    }

    /// Returns the entry if every column is a question mark: `ls` may not look at it.
    fn hidden(&self) -> Option<Entry> {
        const DATE_AT: usize = 5;
        let is_hidden = (1..=DATE_AT).all(|at| self.columns.get(at) == Some(b"?"));
        let dated = Dated {
            modified: None,
            end: self.columns.end(DATE_AT).filter(|_| is_hidden)?,
            is_iso: false,
        };
        self.entry(None, 1, &dated)
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
        use Precision::{Day, Minute, Second};
        let midnight = |year, month, day| date(year, month, day).at(0, 0, 0, 0);
        let noon = |year, month, day| date(year, month, day).at(12, 0, 0, 0);
        for (text, time, precision) in [
            ("Nov 21 12:00", noon(2026, 11, 21), Minute),
            ("nov  3  0:00", midnight(2026, 11, 3), Minute),
            ("Dec 24 12:00", noon(2025, 12, 24), Minute),
            ("Feb 29  2024", midnight(2024, 2, 29), Day),
            ("Feb 29 12:00", noon(2024, 2, 29), Minute),
            ("Jan 01  1970", midnight(1970, 1, 1), Day),
            ("21 Nov 2019", midnight(2019, 11, 21), Day),
            ("21 Nov 12:00:00", noon(2026, 11, 21), Second),
            ("2026-11-21 00:00", midnight(2026, 11, 21), Minute),
        ] {
            let zone = Zone::Server;
            let entry = entry(&format!("-rw-r--r-- 1 jo staff 5 {text} name"));
            let expected = Modified {
                time,
                precision,
                zone,
            };
            assert_eq!(entry.modified, Some(expected), "{text}");
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
            "-rw-r--r-- 1 jo staff 5 Nov 20",
            "-rw-r--r-- 1 jo staff 5 Nov",
            "-rw-r--r-- 1 jo staff 5",
            "-rw-r--r-- 1 jo staff 5 a name",
            "-rw-rqqq-- 1 jo staff 5 Nov 20 22:57 x",
            "junk -rw-r--r-- 1 jo staff 5 Nov 20 22:57 x",
            "ls: cannot open directory '.': Permission denied",
        ] {
            assert_eq!(parse(line.as_bytes(), NOW), None, "{line:?}");
        }
    }

    fn fields(line: &str) -> (String, EntryKind, Option<u64>, Option<DateTime>) {
        let entry = entry(line);
        let name = String::from_utf8_lossy(&entry.name).into_owned();
        let time = entry.modified.map(|modified| modified.time);
        assert_eq!(entry.raw, line.as_bytes());
        (name, entry.kind, entry.size, time)
    }

    #[test]
    fn a_comma_says_that_year_and_time_follow() {
        let time = Some(date(2002, 10, 8).at(9, 47, 0, 0));
        for written in [
            "Oct 08, 2002 09:47",
            "08 Oct, 2002 09:47",
            "Oct 08, 02 9:47 am",
        ] {
            assert_eq!(
                fields(&format!("-rwxr-xr-x 1 jo staff 9 {written} 23 new file")),
                ("23 new file".to_owned(), EntryKind::File, Some(9), time),
                "{written}"
            );
        }
        let (name, .., time) = fields("-rw-r--r-- 1 jo staff 5 26. Juli, 20:10 x");
        assert_eq!(
            (name.as_str(), time),
            ("x", Some(date(2026, 7, 26).at(20, 10, 0, 0)))
        );
        let (name, ..) = fields("-rw-r--r-- 1 jo staff 5 Oct 08 2002 09:47 x");
        assert_eq!(name, "09:47 x");
    }

    #[test]
    fn a_date_that_cannot_be_costs_the_time_alone() {
        for written in [
            "Jan  0  1970",
            "Feb 30 12:00",
            "Feb 30  2019",
            "Nov 20 24:00",
            "Jan 01 00:00:60",
            "Jan  0 00:00",
            "Apr -7 18:79",
            "2012-30-07 00:31",
            "Foo 20 22:57",
        ] {
            for name in ["x", "5 Nov 21 2019 x", "2019 x"] {
                assert_eq!(
                    fields(&format!("-rw-r--r-- 1 jo staff 1000 {written} {name}")),
                    (name.to_owned(), EntryKind::File, Some(1000), None),
                    "{written}"
                );
            }
        }
    }

    #[test]
    fn a_month_in_an_unknown_language_costs_the_time_alone() {
        for written in [
            "??? 20 22:57",
            "Nov ?? 22:57",
            "Nov 20 ??:??",
            "Foo 20  2019",
            "20 Foo 2019",
            "2019   3\u{fffd} 20",
        ] {
            for name in ["x", "2019 x"] {
                assert_eq!(
                    fields(&format!("-rw-r--r-- 1 jo staff 1000 {written} {name}")),
                    (name.to_owned(), EntryKind::File, Some(1000), None),
                    "{written}"
                );
            }
        }
        let (name, .., time) = fields("-rw-r--r-- 1 jo staff 5 2025 febr   9 x");
        let february = date(2025, 2, 9).at(0, 0, 0, 0);
        assert_eq!((name.as_str(), time), ("x", Some(february)));
        // A group that looks like such a date is not one.
        let group = entry("-rw-r--r-- 1 1000 staff 12 2048 Nov 20 22:57 x").group;
        assert_eq!(group.as_deref(), Some("staff 12"));
    }

    #[test]
    fn a_size_that_is_none_costs_the_size_alone() {
        let time = Some(date(2026, 11, 20).at(22, 57, 0, 0));
        for size in [
            "-1294967296",
            "(-1)",
            "-1",
            "9.0M",
            "33.5k",
            "4K",
            "99999999999999999999",
            "?",
            "five",
        ] {
            let line = format!("-rw-r--r-- 1 jo staff {size} Nov 20 22:57 x");
            let expected = ("x".to_owned(), EntryKind::File, None, time);
            assert_eq!(fields(&line), expected, "{size}");
            assert_eq!(entry(&line).owner.as_deref(), Some("jo"), "{size}");
        }
        let (_, _, size, _) = fields("-rw-r--r-- 1 jo staff 1,234 Nov 20 22:57 x");
        assert_eq!(size, Some(1234));
    }

    #[test]
    fn a_size_that_ran_into_the_group_costs_both() {
        for line in [
            "-rw-r--r-- 1 jo staff125435904 Nov 20 22:57 x",
            "-rw-r--r-- jo staff125435904 Nov 20 22:57 x",
        ] {
            let entry = entry(line);
            assert_eq!((entry.name.as_slice(), entry.size), (b"x".as_slice(), None));
            assert_eq!(
                (entry.owner.as_deref(), entry.group.as_deref()),
                (Some("jo"), None)
            );
        }
    }

    #[test]
    fn a_count_may_run_into_the_mode() {
        for line in [
            "drwx------+111 jo       public       198 Nov 20 22:57 unsorted",
            "drwxr-xr-x1732 jo       public       198 Nov 20 22:57 unsorted",
            "drwxr-xr-x2  jo     public   198 Nov 20 22:57 unsorted",
        ] {
            let entry = entry(line);
            assert_eq!(
                (entry.name.as_slice(), entry.kind, entry.size),
                (b"unsorted".as_slice(), EntryKind::Directory, Some(198))
            );
            assert_eq!(
                (entry.owner.as_deref(), entry.group.as_deref()),
                (Some("jo"), Some("public"))
            );
        }
    }

    #[test]
    fn a_mode_may_have_fewer_flags() {
        for (line, permissions, kind) in [
            (
                "drw-r--rw   1     jo     staff         5 Nov 20 22:57 x",
                "drw-r--rw",
                EntryKind::Directory,
            ),
            (
                "---------   1 jo    staff         5 Nov 20 22:57 x",
                "---------",
                EntryKind::File,
            ),
            (
                "drwxrwx   1       jo     5 Nov 20 22:57 x",
                "drwxrwx",
                EntryKind::Directory,
            ),
        ] {
            let entry = entry(line);
            assert_eq!(
                (entry.name.as_slice(), entry.kind, entry.size),
                (b"x".as_slice(), kind, Some(5)),
                "{line}"
            );
            assert_eq!(entry.permissions.as_deref(), Some(permissions), "{line}");
            assert_eq!(entry.owner.as_deref(), Some("jo"), "{line}");
        }
    }

    #[test]
    fn blanks_inode_and_blocks_may_be_ahead() {
        for ahead in ["  ", "4 ", " 1234567    4 ", "\t"] {
            let (name, kind, size, _) = fields(&format!(
                "{ahead}-rw-r--r--   1 jo  staff   5 Nov 20 22:57 x"
            ));
            assert_eq!(
                (name.as_str(), kind, size),
                ("x", EntryKind::File, Some(5)),
                "{ahead:?}"
            );
        }
    }

    #[test]
    fn tabs_may_be_between_the_columns() {
        let line = "-rw-r--r--\t1\tjo\tstaff\t5\tNov 20\t22:57\ta\tb";
        let (name, kind, size, _) = fields(line);
        assert_eq!(
            (name.as_str(), kind, size),
            ("a\tb", EntryKind::File, Some(5))
        );
        assert_eq!(entry(line).group.as_deref(), Some("staff"));
    }

    #[test]
    fn a_line_may_be_without_a_date() {
        assert_eq!(
            fields("drwxr-xr-x 3 jo staff 512 dateless"),
            ("dateless".to_owned(), EntryKind::Directory, Some(512), None)
        );
    }

    #[test]
    fn a_line_of_question_marks_has_a_name_alone() {
        for (line, kind) in [
            ("?---------   ? ?   ?   ?   ? a name", EntryKind::Unknown),
            ("?????????? ? ? ? ?            ? a name", EntryKind::Unknown),
            (
                "d????????? ? ? ? ?            ? a name",
                EntryKind::Directory,
            ),
            ("-????????? ? ? ? ?            ? a name", EntryKind::File),
        ] {
            assert_eq!(fields(line), ("a name".to_owned(), kind, None, None));
        }
    }
}
