//! Classifies the lines of a listing.

use std::collections::VecDeque;

use jiff::civil::DateTime;

use super::aligned::Alignment;
use super::forms::{Forms, Found};
use super::names_only::{self, NamesOnly, Taken};
use super::{Dialect, Entry, EntryKind, Line, heading, mlsx};

/// Reads the lines of one listing.
#[derive(Clone, Debug)]
pub struct ListingParser {
    dialect: Dialect,
    forms: Forms,
    alignment: Alignment,
    /// Results of pending lines that the caller has not fetched yet.
    ready: VecDeque<Line>,
    names: NamesOnly,
    /// Whether the listing has begun. A path above it does not count.
    has_begun: bool,
    /// Whether a line was read as an entry, or may be one.
    has_entry: bool,
    /// Whether the listing shows the directory itself or its parent.
    shows_itself: bool,
    /// Whether the line before is empty.
    is_behind_empty: bool,
    /// Whether the rest lists other directories (`ls -R`).
    is_over: bool,
}

impl ListingParser {
    /// Creates a parser for a listing taken at `now`. Give `now` on the server's clock if its
    /// [offset](super::server_offset) is known, otherwise in UTC.
    ///
    /// `LIST` omits the year of recent times. The parser picks the latest year that puts the time
    /// at most one day after `now`, because clocks and zones differ by at most a day. If `now` is
    /// in UTC, this is right except for times that are almost a year old.
    #[must_use]
    pub fn new(dialect: Dialect, now: DateTime) -> Self {
        Self {
            dialect,
            forms: Forms::new(now),
            alignment: Alignment::default(),
            ready: VecDeque::new(),
            names: NamesOnly::default(),
            has_begun: false,
            has_entry: false,
            shows_itself: false,
            is_behind_empty: false,
            is_over: false,
        }
    }

    /// Says that the listing is of the directory with this name. OS/400 shows the members of a file
    /// with its name.
    #[must_use]
    pub fn of_directory(mut self, name: &[u8]) -> Self {
        self.forms.of_directory(name);
        self
    }

    /// Reads the next line, without its line break.
    #[must_use]
    pub fn line(&mut self, line: &[u8]) -> Line {
        if self.is_over {
            return Line::Ignored;
        }
        let is_empty = line.trim_ascii().is_empty();
        let is_behind_empty = std::mem::replace(&mut self.is_behind_empty, is_empty);
        let mut found = match self.dialect {
            Dialect::Mlsd => mlsx::parse(line).map(Line::Entry),
            Dialect::List => self.list(line),
        };
        if let Some(Line::Entry(entry)) = &mut found {
            strip_mark(entry);
        }
        match found {
            Some(Line::Entry(entry)) if entry.is_directory_reference() => {
                self.shows_itself = true;
                Line::Ignored
            }
            Some(found) => {
                if let (Dialect::List, Line::Entry(entry)) = (self.dialect, &found) {
                    self.learn(entry);
                }
                found
            }
            None if is_empty => Line::Ignored,
            None if is_behind_empty && self.begins_another_directory(line) => {
                self.is_over = true;
                Line::Ignored
            }
            None if self.dialect == Dialect::List => self.word(line),
            None => Line::Unknown(line.to_vec()),
        }
    }

    /// Returns the result of a pending line. Call this after each line until it returns `None` to
    /// keep memory use low. Otherwise, the results wait for [`Self::finish`].
    pub fn left_over(&mut self) -> Option<Line> {
        self.ready.pop_front()
    }

    /// Ends the listing. Returns the results of pending lines that the caller has not fetched yet.
    /// Call this until it returns `None`.
    pub fn finish(&mut self) -> Option<Line> {
        self.forms.end();
        self.release_held();
        let released = self.names.finish();
        self.release_names(released);
        let lines = self.alignment.finish().into_iter();
        self.ready.extend(lines.map(Line::Unknown));
        self.left_over()
    }

    /// Returns whether the listing shows the directory itself or its parent. A directory that does
    /// not exist has neither.
    #[must_use]
    pub fn shows_itself(&self) -> bool {
        self.shows_itself
    }

    fn list(&mut self, line: &[u8]) -> Option<Line> {
        let found = self.forms.read(line);
        self.release_held();
        let found = match found {
            Some(Found::Entry(entry)) => Some(Line::Entry(entry)),
            Some(Found::Pending) => Some(Line::Pending),
            Some(Found::NoEntry) => Some(Line::Ignored),
            None => None,
        };
        if found.is_some() {
            self.has_entry |= matches!(found, Some(Line::Entry(_) | Line::Pending));
            self.begin();
            return found;
        }
        self.is_about_the_listing(line).then_some(Line::Ignored)
    }

    /// Returns whether `line`, below an empty one, is the path above the entries of another
    /// directory. They are not in the directory that this listing is of.
    fn begins_another_directory(&self, line: &[u8]) -> bool {
        self.dialect == Dialect::List && self.has_entry && line.trim_ascii_end().ends_with(b":")
    }

    /// Returns whether `line` belongs above or below the entries of any form.
    fn is_about_the_listing(&mut self, line: &[u8]) -> bool {
        let is_first = !self.has_begun;
        if is_first && heading::is_path(line) {
            return true;
        }
        let is_total = heading::is_total(line) || is_first && heading::is_total_by_shape(line);
        self.has_begun |= is_total;
        is_total || self.forms.is_about_the_listing(line, self.has_entry)
    }

    /// Handles a line in no known form. It may be a bare name.
    fn word(&mut self, line: &[u8]) -> Line {
        match self.names.take(line) {
            Taken::Held { is_word } => {
                self.has_begun |= is_word;
                self.has_entry |= is_word;
                let released = self.names.certain();
                self.release_names(released);
                Line::Pending
            }
            Taken::Reference => Line::Ignored,
            Taken::Name => Line::Entry(names_only::entry(line)),
            Taken::Unknown => {
                self.begin();
                self.not_understood(line)
            }
        }
    }

    /// Releases lines that are all names, or not.
    fn release_names(&mut self, released: Result<Vec<Entry>, Vec<Vec<u8>>>) {
        match released {
            Ok(names) => self.ready.extend(names.into_iter().map(Line::Entry)),
            Err(lines) => self.ready.extend(lines.into_iter().map(Line::Unknown)),
        }
    }

    /// Records that the listing contains more than bare names.
    fn begin(&mut self) {
        self.has_begun = true;
        let lines = self.names.rule_out().into_iter();
        self.ready.extend(lines.map(Line::Unknown));
    }

    /// Handles a line that is no name either. Its columns may be those of other lines.
    fn not_understood(&mut self, line: &[u8]) -> Line {
        match self.alignment.entry(line) {
            Some(entry) => Line::Aligned(entry),
            None if self.alignment.hold(line) => Line::Pending,
            None => Line::Unknown(line.to_vec()),
        }
    }

    /// Releases what waited for this line or for the end.
    fn release_held(&mut self) {
        while let Some(held) = self.forms.released() {
            self.ready.push_back(match held {
                Ok(entry) => Line::Entry(entry),
                Err(line) => Line::Unknown(line),
            });
        }
    }

    /// Learns the columns of an entry, and with them reads lines that were not understood.
    fn learn(&mut self, entry: &Entry) {
        self.alignment.learn(entry);
        for line in self.alignment.release() {
            let found = self.not_understood(&line);
            self.ready.push_back(found);
        }
    }
}

/// Removes the slash after the name of a directory (`ls -F`). No name contains one.
fn strip_mark(entry: &mut Entry) {
    if entry.kind == EntryKind::Directory && entry.name.len() > 1 && entry.name.ends_with(b"/") {
        entry.name.pop();
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn parser(dialect: Dialect) -> ListingParser {
        ListingParser::new(dialect, date(2026, 11, 21).at(12, 0, 0, 0))
    }

    #[test]
    fn tells_entries_from_what_is_none() {
        let mut list = parser(Dialect::List);
        for line in [
            "",
            "  ",
            "total 12",
            "drwxr-xr-x 2 0 0 0 Nov 20 22:57 .",
            "drwxr-xr-x 2 0 0 0 Nov 20 22:57 ..",
            "10-23-26  03:25PM  <DIR>  ..",
        ] {
            assert_eq!(list.line(line.as_bytes()), Line::Ignored, "{line:?}");
        }
        for line in [
            "-rw-r--r-- 1 0 0 0 Nov 20 22:57 ..",
            "lrwxrwxrwx 1 0 0 9 Nov 20 22:57 . -> a -> b",
        ] {
            assert!(
                matches!(list.line(line.as_bytes()), Line::Entry(_)),
                "{line:?}"
            );
        }
        for line in ["what is this?", "type=file; a"] {
            let unknown = Line::Unknown(line.as_bytes().to_vec());
            assert_eq!(list.line(line.as_bytes()), unknown);
        }

        let mut mlsd = parser(Dialect::Mlsd);
        for line in ["", "type=cdir; /a/b", "type=pdir; ..", "type=dir; .", " .."] {
            assert_eq!(mlsd.line(line.as_bytes()), Line::Ignored, "{line:?}");
        }
        assert_eq!(mlsd.line(b"total 12"), Line::Unknown(b"total 12".to_vec()));
        assert!(matches!(mlsd.line(b"type=file; a"), Line::Entry(_)));
    }

    #[test]
    fn gives_the_line_along_with_the_entry() {
        for (dialect, line) in [
            (Dialect::List, "-rw-r--r-- 1 0 0 5 Nov 20 22:57 name"),
            (Dialect::List, "10-23-26  03:25PM  5 name"),
            (Dialect::Mlsd, "type=file;size=5; name"),
        ] {
            let Line::Entry(entry) = parser(dialect).line(line.as_bytes()) else {
                panic!("no entry: {line}")
            };
            assert_eq!(
                (entry.raw.as_slice(), entry.size),
                (line.as_bytes(), Some(5))
            );
        }
    }

    fn names(lines: &[&str]) -> Vec<String> {
        let mut parser = parser(Dialect::List);
        let mut found: Vec<Line> = lines
            .iter()
            .map(|line| parser.line(line.as_bytes()))
            .collect();
        found.extend(std::iter::from_fn(|| parser.finish()));
        found
            .into_iter()
            .map(|line| match line {
                Line::Entry(entry) => String::from_utf8_lossy(&entry.name).into_owned(),
                Line::Ignored => "ignored".to_owned(),
                Line::Pending => "pending".to_owned(),
                Line::Aligned(entry) => {
                    format!("aligned {}", String::from_utf8_lossy(&entry.name))
                }
                Line::Unknown(text) => format!("unknown {}", String::from_utf8_lossy(&text)),
            })
            .collect()
    }

    #[test]
    fn joins_the_halves_of_an_entry() {
        let rest = "               4  12-MAR-2026 09:10";
        assert_eq!(
            names(&["A.B;2", rest, "A.B;1", rest, "C.D;1", rest]),
            ["pending", "A.B", "pending", "ignored", "pending", "C.D"]
        );
    }

    #[test]
    fn a_half_that_stays_alone_is_an_entry_of_its_name() {
        assert_eq!(
            names(&["A.B;2", "C.D;1", "", "E.F;1 1 12-MAR-2026 09:10", "G.H;1"]),
            [
                "pending", "pending", "ignored", "E.F", "pending", "A.B", "C.D", "G.H"
            ]
        );
        // Without a type, the word may be anything.
        assert_eq!(
            names(&["A;2", "A.B;2"]),
            ["pending", "pending", "unknown A;2", "A.B"]
        );
        assert_eq!(names(&["A.B;2", "A.B;1"]), ["pending", "pending", "A.B"]);
    }

    #[test]
    fn leaves_out_older_versions_in_one_directory_alone() {
        let [two, one] = ["A.B;2  4  12-MAR-2026 09:10", "A.B;1  4  12-MAR-2026 09:10"];
        let lines = ["Directory D:[X]", two, one, "Directory D:[Y]", one];
        assert_eq!(
            names(&lines),
            ["ignored", "A.B", "ignored", "ignored", "A.B"]
        );
    }

    #[test]
    fn a_half_is_known_to_stay_alone_with_the_next_line() {
        let mut parser = parser(Dialect::List);
        assert_eq!(parser.line(b"A.B;2"), Line::Pending);
        assert_eq!(parser.left_over(), None);
        assert_eq!(parser.line(b"C.D;1"), Line::Pending);
        let name = |line: Option<Line>| match line {
            Some(Line::Entry(entry)) => entry.name,
            other => panic!("no entry: {other:?}"),
        };
        assert_eq!(name(parser.left_over()), b"A.B");
        assert_eq!(parser.left_over(), None);
        assert_eq!(name(parser.finish()), b"C.D");
        assert_eq!(parser.finish(), None);
    }

    #[test]
    fn the_first_lines_may_be_path_and_total() {
        let entry = "drwxr-xr-x 2 0 0 0 Nov 20 22:57 x";
        assert_eq!(
            names(&[".:", "total -9560322322989056", entry]),
            ["ignored", "ignored", "x"]
        );
        assert_eq!(
            names(&["", "samtals 12", entry]),
            ["ignored", "ignored", "x"]
        );
        // Later, such lines belong to another directory or mean something else.
        assert_eq!(
            names(&[entry, "./y:", "samtals 12"]),
            ["x", "unknown ./y:", "unknown samtals 12"]
        );
        assert_eq!(
            names(&["samtals 12", "report 2019"]),
            ["ignored", "pending", "unknown report 2019"]
        );
    }

    #[test]
    fn a_listing_of_names_alone_is_entries_of_an_unknown_kind() {
        let lines = ["total 3", ".", "a.txt", "b", "", "sub/"];
        let mut parser = parser(Dialect::List);
        for line in lines {
            assert!(matches!(
                parser.line(line.as_bytes()),
                Line::Pending | Line::Ignored
            ));
            assert_eq!(parser.left_over(), None);
        }
        let found: Vec<_> = std::iter::from_fn(|| parser.finish())
            .map(|line| match line {
                Line::Entry(entry) => (entry.name, entry.kind),
                other => panic!("no entry: {other:?}"),
            })
            .collect();
        assert_eq!(
            found,
            [
                (b"a.txt".to_vec(), EntryKind::Unknown),
                (b"b".to_vec(), EntryKind::Unknown),
                (b"sub".to_vec(), EntryKind::Directory),
            ]
        );
    }

    #[test]
    fn words_are_no_names_beside_anything_else() {
        let error = "ls: x: No such file or directory";
        for other in [error, "ftpd:", "x -> y", "sub/dir"] {
            assert_eq!(
                names(&["a", "b", other, "c"]),
                [
                    "pending".to_owned(),
                    "pending".to_owned(),
                    format!("unknown {other}"),
                    "unknown c".to_owned(),
                    "unknown a".to_owned(),
                    "unknown b".to_owned(),
                ]
            );
        }
        assert_eq!(
            names(&["a", "b", "a b", "c"]).split_off(4),
            ["a", "b", "a b", "c"]
        );
        let entry = "drwxr-xr-x 2 0 0 0 Nov 20 22:57 x";
        assert_eq!(names(&["a", entry]), ["pending", "x", "unknown a"]);
        assert_eq!(names(&[entry, "a", "b"]), ["x", "unknown a", "unknown b"]);
        assert_eq!(
            names(&["DISK:[A]", "a", "b"]),
            ["ignored", "unknown a", "unknown b"]
        );
        assert_eq!(names(&["forbidden"]), ["pending", "unknown forbidden"]);
        assert_eq!(names(&[error]), [format!("unknown {error}")]);
    }

    #[test]
    fn a_listing_of_names_that_is_long_is_told_before_its_end() {
        let mut parser = parser(Dialect::List);
        let mut entries = 0;
        for number in 0..100_000 {
            let line = parser.line(format!("name-{number}").as_bytes());
            entries += usize::from(matches!(line, Line::Entry(_)));
            entries += usize::from(matches!(parser.left_over(), Some(Line::Entry(_))));
        }
        assert!(entries > 50_000, "{entries}");
        entries += std::iter::from_fn(|| parser.finish()).count();
        assert_eq!(entries, 100_000);
    }

    #[test]
    fn reads_what_only_a_heading_explains() {
        let (data_sets, members) = (
            "Volume Unit    Referred Ext Used Recfm Lrecl BlkSz Dsorg Dsname",
            " Name     VV.MM   Created       Changed      Size  Init   Mod   Id",
        );
        assert_eq!(
            names(&[
                "Migrated A.B",
                data_sets,
                "Migrated A.B",
                members,
                "Migrated A.B",
                "MEMBER"
            ]),
            [
                "pending",
                "ignored",
                "A.B",
                "ignored",
                "unknown Migrated A.B",
                "MEMBER",
                "unknown Migrated A.B"
            ]
        );
    }

    #[test]
    fn reads_what_tells_by_itself_without_a_heading() {
        let data_set = "CLM001 3390   2026/05/22  1+++++  VBS  32767 27966  PS  $.A.B";
        let member = "PAYROLL   01.03 2023/08/15 2024/09/16 10:48    11    11     0 EDI042";
        assert_eq!(names(&[data_set, member]), ["$.A.B", "PAYROLL"]);
    }

    #[test]
    fn understands_other_forms_below_a_heading() {
        let heading = "Volume Unit    Referred Ext Used Recfm Lrecl BlkSz Dsorg Dsname";
        assert_eq!(
            names(&[
                heading,
                "drwxr-xr-x 2 0 0 0 Nov 20 22:57 x",
                "+r,\ty",
                "Migrated Z"
            ]),
            ["ignored", "x", "y", "Z"]
        );
    }
}
