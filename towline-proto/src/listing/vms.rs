//! `LIST` of OpenVMS, as its several FTP servers print it.
//!
//! ```text
//! Directory DISK$USER:[GUEST]
//!
//! INVOICES-MAY.TEX;1    213/216  17-FEB-1998 04:41:26  [GUESTS,GUEST_EDI]  (RWED,RWED,,)
//! DEPOT.DIR;1                  1   9-OCT-1997 15:08     [SYSTEM]  (RWE,RWE,RE,RE)
//! A-LONG-NAME.TXT;2
//!                             4  12-MAR-2026 09:10:11.12
//! LOGIN.COM;3         %RMS-E-PRV, insufficient privilege or file protection violation
//!
//! Total of 4 files, 218/221 blocks.
//! ```
//!
//! An entry is named as one asks for it: without the version, a directory without
//! `.DIR` as well. VMS lists the latest version first and that is what a name
//! without a version means, so the older ones behind it are no entries of their own.
//! `raw` keeps the version. Sizes are blocks of 512 bytes, of which the last one need
//! not be full.

use jiff::civil::Date;

use super::clock::{clock, on_server};
use super::columns::Columns;
use super::month::english;
use super::{Entry, EntryKind, text};
use crate::number::{four_digits, number, two_digits};

/// Whether this is a line about the listing, above or below the entries.
pub(super) fn is_heading(line: &[u8]) -> bool {
    let is_directory = line.starts_with(b"Directory ") && line.trim_ascii_end().ends_with(b"]");
    let is_total = [b"Total of ".as_slice(), b"Grand total of "]
        .into_iter()
        .filter_map(|words| line.strip_prefix(words))
        .any(|rest| rest.first().is_some_and(u8::is_ascii_digit));
    is_directory || is_total || line.starts_with(b"%DIRECT-W-NOFILES,")
}

/// Whether this is a name alone, the rest of whose entry is on the next line.
pub(super) fn is_first_half(line: &[u8]) -> bool {
    Name::at_start_of(line).is_some_and(|(_, rest)| rest.is_empty())
}

/// Reads an entry on one line, and its version.
pub(super) fn parse(line: &[u8]) -> Option<(Entry, u64)> {
    let (name, rest) = Name::at_start_of(line)?;
    entry(&name, rest, line.to_vec())
}

/// Reads an entry on two lines, and its version.
pub(super) fn parse_halves(first: &[u8], second: &[u8]) -> Option<(Entry, u64)> {
    let (name, _) = Name::at_start_of(first)?;
    let rest = second.strip_prefix(b" ")?.trim_ascii();
    entry(&name, rest, [first, b"\n", second].concat())
}

/// Tells the older versions of a file from its latest.
#[derive(Clone, Debug, Default)]
pub(super) struct Versions {
    /// The entry before as it is written, directory and type and all, and its version.
    latest: Option<(Vec<u8>, u64)>,
}

impl Versions {
    /// Whether a newer version of this entry was listed just before.
    pub(super) fn is_older(&mut self, entry: &Entry, version: u64) -> bool {
        let written = entry.raw.split(|byte| *byte == b';').next().unwrap_or(&[]);
        let is_older = self
            .latest
            .as_ref()
            .is_some_and(|(before, latest)| before == written && version < *latest);
        if !is_older {
            self.latest = Some((written.to_vec(), version));
        }
        is_older
    }
}

/// `[DIRECTORY]NAME.TYPE;VERSION`
struct Name<'a> {
    bare: &'a [u8],
    kind: EntryKind,
    version: u64,
}

impl<'a> Name<'a> {
    /// The name that `line` starts with, and what follows it.
    fn at_start_of(line: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let semicolon = memchr::memchr(b';', line)?;
        let (path, rest) = (&line[..semicolon], &line[semicolon + 1..]);
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let version = number(&rest[..digits])?;
        let rest = &rest[digits..];
        let is_word = !path.iter().any(u8::is_ascii_whitespace);
        if !is_word || !matches!(rest, [] | [b' ', ..]) {
            return None;
        }
        let start = memchr::memrchr2(b']', b':', path).map_or(0, |end| end + 1);
        let name = &path[start..];
        let dot = memchr::memrchr(b'.', name).filter(|dot| *dot > 0)?;
        let (stem, file_type) = (&name[..dot], &name[dot + 1..]);
        let (bare, kind) = if file_type.eq_ignore_ascii_case(b"DIR") {
            (stem, EntryKind::Directory)
        } else if file_type.is_empty() {
            (stem, EntryKind::File)
        } else {
            (name, EntryKind::File)
        };
        let name = Self {
            bare,
            kind,
            version,
        };
        Some((name, rest.trim_ascii()))
    }
}

fn entry(name: &Name<'_>, rest: &[u8], raw: Vec<u8>) -> Option<(Entry, u64)> {
    let mut entry = Entry::new(name.bare, name.kind);
    entry.raw = raw;
    if !is_refusal(rest) {
        let columns = Columns::of(rest);
        let first = columns.get(0)?;
        let (blocks, at) = match date(first) {
            Some(_) => (None, 0),
            None => (blocks(first)?, 1),
        };
        let time = columns.get(at + 1).and_then(clock);
        entry.modified = Some(on_server(date(columns.get(at)?)?, time));
        if name.kind == EntryKind::File {
            entry.allocated = blocks.and_then(|blocks| blocks.checked_mul(512));
        }
        entry.permissions = between(rest, b'(', b')').map(text);
        let owner = between(rest, b'[', b']');
        let mut owner = owner
            .into_iter()
            .flat_map(|owner| owner.rsplitn(2, |byte| *byte == b','));
        entry.owner = owner.next().map(|owner| text(owner.trim_ascii()));
        entry.group = owner.next().map(|group| text(group.trim_ascii()));
    }
    Some((entry, name.version))
}

/// What stands in place of all else where the user may not look.
fn is_refusal(rest: &[u8]) -> bool {
    const NO_PRIVILEGE: &[u8] = b"no privilege";
    let start = rest.get(..NO_PRIVILEGE.len()).unwrap_or(b"");
    rest.starts_with(b"%") || start.eq_ignore_ascii_case(NO_PRIVILEGE)
}

/// `213`, or `213/216`: used and allocated. `18KB` is a size, but too rough a one.
fn blocks(word: &[u8]) -> Option<Option<u64>> {
    let used = word.split(|byte| *byte == b'/').next()?;
    if let Some(blocks) = number(used) {
        return Some(Some(blocks));
    }
    let digits = used
        .iter()
        .take_while(|byte| byte.is_ascii_digit() || **byte == b'.')
        .count();
    (digits > 0 && matches!(&used[digits..], b"KB" | b"MB" | b"GB")).then_some(None)
}

/// `17-FEB-1998`.
fn date(word: &[u8]) -> Option<Date> {
    let mut parts = word.split(|byte| *byte == b'-');
    let (day, month) = (two_digits(parts.next()?)?, english(parts.next()?)?);
    let year = four_digits(parts.next()?)?;
    match parts.next() {
        Some(_) => None,
        None => Date::new(year, month, day).ok(),
    }
}

fn between(text: &[u8], open: u8, close: u8) -> Option<&[u8]> {
    let start = memchr::memchr(open, text)? + 1;
    let end = memchr::memchr(close, &text[start..])?;
    Some(&text[start..start + end])
}

#[cfg(test)]
mod tests {
    use jiff::civil::date as civil;

    use super::*;

    fn read(line: &str) -> Entry {
        let (entry, _) = parse(line.as_bytes()).unwrap_or_else(|| panic!("not an entry: {line}"));
        entry
    }

    #[test]
    fn reads_what_each_server_prints() {
        for (line, allocated, owner, group) in [
            (
                "A.TXT;1  213/216  17-FEB-1998 04:41:26  [ANON,USER]  (RWED,,)",
                Some(109_056),
                Some("USER"),
                Some("ANON"),
            ),
            (
                "A.TXT;12 213 17-FEB-1998 04:41:26 [SYSTEM] (RWED,,)",
                Some(109_056),
                Some("SYSTEM"),
                None,
            ),
            (
                "A.TXT;1  17-FEB-1998 04:41:26  213/216  (RWED,,)",
                None,
                None,
                None,
            ),
            (
                "[X.Y]A.TXT;1 18KB 17-FEB-1998 04:41:26 [1, 4] (RWED,,)",
                None,
                Some("4"),
                Some("1"),
            ),
            (
                "DISK:[X]A.TXT;1 0/0 17-FEB-1998 04:41:26 [A B,C D] (RWED,,)",
                Some(0),
                Some("C D"),
                Some("A B"),
            ),
        ] {
            let entry = read(line);
            assert_eq!(
                (entry.name.as_slice(), entry.kind),
                (b"A.TXT".as_slice(), EntryKind::File)
            );
            assert_eq!((entry.size, entry.allocated), (None, allocated), "{line}");
            assert_eq!(
                (entry.owner.as_deref(), entry.group.as_deref()),
                (owner, group),
                "{line}"
            );
            assert_eq!(entry.permissions.as_deref(), Some("RWED,,"), "{line}");
            let time = entry.modified.map(|modified| modified.time);
            assert_eq!(time, Some(civil(1998, 2, 17).at(4, 41, 26, 0)), "{line}");
        }
    }

    #[test]
    fn names_an_entry_as_one_asks_for_it() {
        for (word, name, kind) in [
            ("A.B.TXT;1", "A.B.TXT", EntryKind::File),
            ("README.;32767", "README", EntryKind::File),
            ("DEPOT.DIR;1", "DEPOT", EntryKind::Directory),
            ("depot.dir;1", "depot", EntryKind::Directory),
            ("DIR.TXT;1", "DIR.TXT", EntryKind::File),
            ("Zm^.C-3.TXT;1", "Zm^.C-3.TXT", EntryKind::File),
        ] {
            let entry = read(&format!("{word}  1  17-FEB-1998 04:41"));
            assert_eq!(
                (entry.name.as_slice(), entry.kind),
                (name.as_bytes(), kind),
                "{word}"
            );
        }
    }

    #[test]
    fn keeps_an_entry_that_the_user_may_not_look_at() {
        for reason in [
            "%RMS-E-PRV, insufficient privilege",
            "No privilege for attempted operation",
        ] {
            let entry = read(&format!("LOGIN.COM;3   {reason}"));
            assert_eq!(entry.name, b"LOGIN.COM");
            assert_eq!((entry.allocated, entry.modified), (None, None));
        }
    }

    #[test]
    fn joins_two_lines() {
        let (first, second) = (
            b"LONG.TXT;2".as_slice(),
            b"     4  12-MAR-2026 09:10".as_slice(),
        );
        assert!(is_first_half(first) && !is_first_half(second));
        let (entry, version) = parse_halves(first, second).expect("an entry");
        assert_eq!(
            (entry.name.as_slice(), version),
            (b"LONG.TXT".as_slice(), 2)
        );
        assert_eq!(
            (entry.allocated, entry.raw),
            (Some(2048), [first, b"\n", second].concat())
        );
        assert!(parse_halves(first, b"4  12-MAR-2026 09:10").is_none());
        assert!(parse_halves(first, b"").is_none());
    }

    #[test]
    fn tells_older_versions() {
        let mut versions = Versions::default();
        let mut is_older = |line: &str| {
            let (entry, version) = parse(line.as_bytes()).expect("an entry");
            versions.is_older(&entry, version)
        };
        let line = |name: &str| format!("{name} 1 17-FEB-1998 04:41");
        let found = ["A.B;10", "A.B;9", "A.B;1", "B.B;1", "A.B;1", "A.B;2"]
            .map(|name| is_older(&line(name)));
        assert_eq!(found, [false, true, true, false, false, false]);
    }

    #[test]
    fn a_file_is_no_version_of_another_that_is_named_alike() {
        let mut versions = Versions::default();
        let names = ["A.;3", "A.DIR;1", "B.DIR;2", "B.;1", "[X]C.D;2", "[Y]C.D;1"];
        for name in names {
            let line = format!("{name} 1 17-FEB-1998 04:41");
            let (entry, version) = parse(line.as_bytes()).expect("an entry");
            assert!(!versions.is_older(&entry, version), "{name}");
        }
    }

    #[test]
    fn refuses_what_is_not_vms() {
        for line in [
            "",
            "A.TXT;1",
            "A.TXT 1 17-FEB-1998 04:41",
            "A.TXT; 1 17-FEB-1998 04:41",
            "A.TXT;x 1 17-FEB-1998 04:41",
            "A;1 1 17-FEB-1998 04:41",
            ".TXT;1 1 17-FEB-1998 04:41",
            "A B.TXT;1 1 17-FEB-1998 04:41",
            "A.TXT;1 x 17-FEB-1998 04:41",
            "A.TXT;1 1 17-02-1998 04:41",
            "A.TXT;1 1",
        ] {
            assert!(parse(line.as_bytes()).is_none(), "{line}");
        }
        for line in [
            "Directory DISK:[A.B]",
            "Total of 4 files, 218/221 blocks.",
            "Grand total of 2 directories",
        ] {
            assert!(is_heading(line.as_bytes()), "{line}");
        }
        for line in ["Directory", "Directory of A", "Total of all", "A.TXT;1"] {
            assert!(!is_heading(line.as_bytes()), "{line}");
        }
    }
}
