//! The members of files of OS/400. A file with members is a directory of them.
//!
//! ```text
//! HKO   8192 11/20/26 22:57:41 *FILE      SALES.FILE
//!                              *MEM       SALES.FILE/JAN.MBR
//!                              *MEM       SALES.FILE/FEB.MBR
//! ```
//!
//! In the listing of a library, these lines are one directory. In the listing of the file itself, they
//! are its members.

use super::os400::{Object, Part};
use super::{Entry, EntryKind};

/// The objects of a listing, of which one may wait for its members.
#[derive(Clone, Debug, Default)]
pub(super) struct Members {
    /// The name of the directory that the listing is of, if it is known.
    directory: Option<Vec<u8>>,
    /// A file whose members may follow.
    held: Option<Entry>,
    /// The file whose members have been shown as a directory.
    file: Option<Vec<u8>>,
}

/// What an object means.
#[expect(clippy::large_enum_variant, reason = "it is passed on at once")]
pub(super) enum Placed {
    Entry(Entry),
    /// One more member of a directory that is listed already.
    Listed,
    /// The result comes later.
    Held,
}

impl Members {
    pub(super) fn of_directory(&mut self, name: &[u8]) {
        self.directory = Some(name.to_vec());
    }

    /// Handles an object. Call [`Self::release`] first if the object is no member.
    pub(super) fn place(&mut self, object: Object) -> Placed {
        let Object { mut entry, part } = object;
        match part {
            Part::Neither => return Placed::Entry(entry),
            Part::File => {
                self.held = Some(entry);
                return Placed::Held;
            }
            Part::Member => {}
        }
        let Some(slash) = memchr::memchr(b'/', &entry.name) else {
            return Placed::Entry(entry);
        };
        let member = entry.name.split_off(slash + 1);
        entry.name.truncate(slash);
        let file = std::mem::take(&mut entry.name);
        if self
            .directory
            .as_ref()
            .is_some_and(|it| it.eq_ignore_ascii_case(&file))
        {
            self.held.take_if(|held| held.name == file);
            entry.name = member;
            return Placed::Entry(entry);
        }
        if self.file.as_ref() == Some(&file) {
            return Placed::Listed;
        }
        let mut directory = match self.held.take_if(|held| held.name == file) {
            Some(mut held) => {
                held.raw.push(b'\n');
                held.raw.extend(entry.raw);
                held
            }
            None => entry,
        };
        directory.name.clone_from(&file);
        directory.kind = EntryKind::Directory;
        directory.size = None;
        self.file = Some(file);
        Placed::Entry(directory)
    }

    /// Returns the file that waits for its members, unless `object` is one of them.
    pub(super) fn release(&mut self, object: Option<&Object>) -> Option<Entry> {
        let is_its_member = |held: &Entry| {
            let member = object.filter(|object| object.part == Part::Member);
            let file =
                member.and_then(|member| member.entry.name.split(|byte| *byte == b'/').next());
            file == Some(held.name.as_slice())
        };
        self.held.take_if(|held| !is_its_member(held))
    }
}

#[cfg(test)]
mod tests {
    use crate::listing::{Dialect, EntryKind, Line, ListingParser};

    const LIBRARY: &str = "\
HKO  8192 11/20/26 22:57:41 *FILE      SALES.FILE
                            *MEM       SALES.FILE/JAN.MBR
                            *MEM       SALES.FILE/FEB.MBR
HKO  8192 11/20/26 22:57:41 *FILE      SAVED.FILE
HKO  8192 11/20/26 22:57:41 *FILE      LAST.FILE
                            *MEM       LAST.FILE/LAST.MBR";

    fn entries(parser: ListingParser, listing: &str) -> Vec<(String, EntryKind)> {
        let mut parser = parser;
        let mut found = Vec::new();
        for line in listing.lines() {
            found.push(parser.line(line.as_bytes()));
            found.extend(std::iter::from_fn(|| parser.left_over()));
        }
        found.extend(std::iter::from_fn(|| parser.finish()));
        let entries = found.into_iter().filter_map(|line| match line {
            Line::Entry(entry) => Some((
                String::from_utf8_lossy(&entry.name).into_owned(),
                entry.kind,
            )),
            Line::Ignored | Line::Pending => None,
            other => panic!("{other:?}"),
        });
        entries.collect()
    }

    fn parser() -> ListingParser {
        ListingParser::new(Dialect::List, jiff::civil::date(2026, 11, 21).into())
    }

    #[test]
    fn a_file_with_members_is_a_directory_of_them() {
        let mut found = entries(parser(), LIBRARY);
        found.sort_by(|one, other| one.0.cmp(&other.0));
        assert_eq!(
            found,
            [
                ("LAST.FILE".to_owned(), EntryKind::Directory),
                ("SALES.FILE".to_owned(), EntryKind::Directory),
                ("SAVED.FILE".to_owned(), EntryKind::File),
            ]
        );
    }

    #[test]
    fn in_its_own_listing_a_file_shows_its_members() {
        for listing in [
            LIBRARY.lines().take(3).collect::<Vec<_>>().join("\n"),
            LIBRARY
                .lines()
                .skip(1)
                .take(2)
                .collect::<Vec<_>>()
                .join("\n"),
        ] {
            assert_eq!(
                entries(parser().of_directory(b"sales.file"), &listing),
                [
                    ("JAN.MBR".to_owned(), EntryKind::File),
                    ("FEB.MBR".to_owned(), EntryKind::File),
                ]
            );
        }
    }

    #[test]
    fn a_file_without_members_stays_a_file() {
        let lines = "HKO *FILE A.FILE\nHKO *FILE B.FILE\n-rw-r--r-- 1 0 0 5 Nov 20 22:57 x";
        let mut found = entries(parser(), lines);
        found.sort_by(|one, other| one.0.cmp(&other.0));
        let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["A.FILE", "B.FILE", "x"]);
        assert!(found.iter().all(|(_, kind)| *kind == EntryKind::File));
    }
}
