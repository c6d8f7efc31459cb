//! `LIST` of OpenVMS, as its various FTP servers print it.
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
//! An entry has the name that a client asks for: without the version and, for a directory, without
//! `.DIR`. VMS lists the latest version first, and a name without a version means the latest. Older
//! versions are therefore not entries of their own. `raw` keeps the version. Sizes are in blocks of
//! 512 bytes, and the last block may be partly empty.
//!
//! The columns after the name come in several orders. Any of them may be missing or invalid: the
//! name alone shows what the entry is.

use super::clock::{clock, on_server};
use super::columns::{Columns, is_blank};
use super::compact::{Compact, Order};
use super::vms_name::{Name, between, blocks};
use super::{Entry, EntryKind, text};

/// Returns whether this line is about the listing, above or below the entries.
pub(super) fn is_heading(line: &[u8]) -> bool {
    let trimmed = line.trim_ascii();
    let is_directory = line.starts_with(b"Directory ") && trimmed.ends_with(b"]");
    let is_total = [b"Total of ".as_slice(), b"Grand total of "]
        .into_iter()
        .filter_map(|words| line.strip_prefix(words))
        .any(|rest| rest.first().is_some_and(u8::is_ascii_digit));
    let is_bare_total = line
        .strip_prefix(b"Total ")
        .is_some_and(|rest| rest.ends_with(b" files") && rest[0].is_ascii_digit());
    is_directory
        || is_path_of_directory(trimmed)
        || is_total
        || is_bare_total
        || line.starts_with(b"%DIRECT-W-NOFILES,")
        || line.starts_with(b"*.*;")
}

/// `DISK$USER:[GUEST]`.
fn is_path_of_directory(word: &[u8]) -> bool {
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || b"$_-:".contains(byte);
    let device = memchr::memmem::find(word, b":[").filter(|end| *end > 0);
    word.ends_with(b"]")
        && !word.iter().any(is_blank)
        && device.is_some_and(|end| word[..end].iter().all(is_letter))
}

/// Returns whether this line is a bare name. The rest of its entry may be on the next line.
pub(super) fn is_first_half(line: &[u8]) -> bool {
    Name::at_start_of(line).is_some_and(|(_, rest)| rest.is_empty())
}

/// Reads an entry on one line. Also returns its version.
pub(super) fn parse(line: &[u8]) -> Option<(Entry, u64)> {
    if let Some((name, rest)) = Name::at_start_of(line) {
        return entry(&name, rest, line.to_vec());
    }
    let (name, rest) = Name::with_blanks(line).or_else(|| Name::without_version(line))?;
    entry(&name, rest, line.to_vec())
}

/// Reads an entry on two lines. Also returns its version.
pub(super) fn parse_halves(first: &[u8], second: &[u8]) -> Option<(Entry, u64)> {
    let (name, _) = Name::at_start_of(first)?;
    let rest = second.trim_ascii();
    // Most servers indent the second line. Otherwise it must begin with size and date.
    let is_second = second.first().is_some_and(is_blank) || {
        let columns = Columns::of(second);
        let date = |at| columns.get(at).and_then(Compact::of);
        let has_date = date(0).is_some_and(|date| date.names_month());
        columns.get(0).and_then(blocks).is_some() && date(1).is_some()
            || has_date && columns.get(1).and_then(clock).is_some()
            || rest.starts_with(b"%") && is_hidden(rest)
    };
    entry(&name, rest, [first, b"\n", second].concat()).filter(|_| is_second)
}

/// Returns whether this line, below an entry, has more columns of it and no name.
pub(super) fn is_continuation(line: &[u8]) -> bool {
    let rest = line.trim_ascii();
    let is_column = |word: &[u8]| {
        blocks(word).is_some() || Compact::of(word).is_some() || clock(word).is_some()
    };
    let is_bracketed = |open: &[u8], close: &[u8]| rest.starts_with(open) && rest.ends_with(close);
    line.first().is_some_and(is_blank)
        && !rest.is_empty()
        && (is_bracketed(b"[", b"]")
            || is_bracketed(b"[", b")")
            || is_bracketed(b"(", b")")
            || Columns::of(line).words().all(is_column))
}

/// Reads an entry from a line with only a name. Also returns its version.
pub(super) fn parse_name(line: &[u8]) -> Option<(Entry, u64)> {
    let (name, rest) = Name::at_start_of(line)?;
    if !name.has_type || !rest.is_empty() {
        return None;
    }
    let mut entry = Entry::new(name.bare, name.kind);
    entry.raw = line.to_vec();
    Some((entry, name.version))
}

/// Separates the older versions of a file from its latest.
#[derive(Clone, Debug, Default)]
pub(super) struct Versions {
    /// The previous entry as written, with its directory and type, and its version.
    latest: Option<(Vec<u8>, u64)>,
}

impl Versions {
    /// Returns whether the listing has just shown a newer version of this entry.
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

fn entry(name: &Name<'_>, rest: &[u8], raw: Vec<u8>) -> Option<(Entry, u64)> {
    let mut entry = Entry::new(name.bare, name.kind);
    entry.raw = raw;
    if is_hidden(rest) {
        return Some((entry, name.version));
    }
    let columns = Columns::of(rest);
    let dates = || columns.words().map(Compact::of);
    let date_at = dates().position(|date| date.is_some());
    let blocks = columns
        .words()
        .take(date_at.unwrap_or(1))
        // `213 /216` and `213/ 216`: the first number is that of the used blocks.
        .find_map(blocks)
        .flatten();
    let (owner, protection) = (between(rest, b'[', b']'), between(rest, b'(', b')'));
    let has_time = || columns.words().any(|word| clock(word).is_some());
    let is_told = date_at.is_some() || blocks.is_some() || protection.is_some() || has_time();
    if !is_told || (!name.has_type && date_at.is_none()) {
        return None;
    }
    if let (Some(at), Some(date)) = (date_at, dates().find_map(|date| date)) {
        let time = columns.get(at + 1).and_then(clock);
        let date = date.date(Order::Unknown);
        entry.modified = date.map(|date| on_server(date, time));
    }
    if name.kind == EntryKind::File {
        entry.allocated = blocks.and_then(|blocks| blocks.checked_mul(512));
    }
    entry.permissions = protection.map(text);
    let mut owner = owner
        .into_iter()
        .flat_map(|owner| owner.rsplitn(2, |byte| *byte == b','));
    entry.owner = owner.next().map(|owner| text(owner.trim_ascii()));
    entry.group = owner.next().map(|group| text(group.trim_ascii()));
    Some((entry, name.version))
}

/// Returns whether the rest of the line says that the user may not look: a message of VMS such as
/// `%RMS-E-PRV, ...`, or only its text. A message that nothing is there does not count.
fn is_hidden(rest: &[u8]) -> bool {
    const TEXTS: [&[u8]; 2] = [b"no privilege", b"insufficient privilege"];
    const NOT_FOUND: [&[u8]; 4] = [b"FNF", b"DNF", b"NOFILES", b"NOSUCHFILE"];
    let message = rest.strip_prefix(b"<").unwrap_or(rest);
    if let Some(message) = message.strip_prefix(b"%") {
        let end = memchr::memchr(b',', message).unwrap_or(message.len());
        let reason = message[..end].rsplit(|byte| *byte == b'-').next();
        return !reason.is_some_and(|reason| NOT_FOUND.contains(&reason));
    }
    let starts_with = |text: &&[u8]| {
        let start = rest.get(..text.len()).unwrap_or(b"");
        start.eq_ignore_ascii_case(text)
    };
    TEXTS.iter().any(starts_with)
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
            (".WELCOME;1", ".WELCOME", EntryKind::File),
            (".DIR;1", ".DIR", EntryKind::File),
            ("NO-POINT;1", "NO-POINT", EntryKind::File),
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
            "   %RMS-E-PRV, insufficient privilege",
            "   <%SYSTEM-F-NOPRIV, insufficient privilege or object protection violation>",
            "\tNo privilege for attempted operation",
            " insufficient privilege",
        ] {
            let entry = read(&format!("PICS.DIR;1{reason}"));
            assert_eq!(
                (entry.name.as_slice(), entry.kind),
                (b"PICS".as_slice(), EntryKind::Directory)
            );
            assert_eq!((entry.allocated, entry.modified), (None, None));
        }
    }

    #[test]
    fn a_message_that_nothing_is_there_is_no_entry() {
        for line in [
            "LOGIN.COM;0  %RMS-E-FNF, file not found",
            "LOGIN.COM;0  <%RMS-E-FNF, file not found>",
            "*.*;0              <%RMS-E-FNF, file not found>",
            "LOGIN.COM;1 not found",
        ] {
            assert!(parse(line.as_bytes()).is_none(), "{line}");
        }
        assert!(is_heading(
            b"*.*;0              <%RMS-E-FNF, file not found>"
        ));
    }

    #[test]
    fn a_column_that_cannot_be_read_costs_itself() {
        let time = |day: i8| Some(civil(2006, 8, day).at(13, 5, 0, 0));
        for (columns, blocks, time) in [
            ("******  6-AUG-2006 13:05", None, time(6)),
            (
                "[SUMMARY]    1/3     2-AUG-2006 13:05  (RWE,RWE,RE,)",
                Some(1),
                time(2),
            ),
            (
                "6/8    15-JUI-2006    PRONAS   (RWED,RWED,RE,)",
                Some(6),
                None,
            ),
            ("6  31-FEB-2006 13:05", Some(6), None),
            ("6  2-08-06 13:05", Some(6), None),
            ("MAR 22 16:04 1993    24064 (,RWE,RE,RE)", None, None),
            ("6", Some(6), None),
        ] {
            let entry = read(&format!("A.TXT;1  {columns}"));
            assert_eq!(entry.name, b"A.TXT", "{columns}");
            let allocated = blocks.map(|blocks| blocks * 512);
            assert_eq!(entry.allocated, allocated, "{columns}");
            let found = entry.modified.map(|modified| modified.time);
            assert_eq!(found, time, "{columns}");
        }
    }

    #[test]
    fn reads_a_name_alone() {
        let read = |line: &str| {
            let (entry, version) = parse_name(line.as_bytes())?;
            let name = String::from_utf8_lossy(&entry.name).into_owned();
            Some((name, entry.kind, version))
        };
        let expected = ("PICS".to_owned(), EntryKind::Directory, 3);
        assert_eq!(read("PICS.DIR;3"), Some(expected));
        for line in ["PICS;3", "PICS.DIR;3 1", "PICS.DIR", ".;1", ";1"] {
            assert_eq!(read(line), None, "{line}");
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
        for second in [
            b"4  12-MAR-2026 09:10".as_slice(),
            b"4/6  12-MAR-2026 09:10:12.59  [A,B]  (RWED,RWED,RE,)",
            b"\t<%SYSTEM-F-NOPRIV, insufficient privilege>",
            b"12-MAR-2026 09:10",
            b"%RMS-E-PRV, insufficient privilege",
        ] {
            assert!(parse_halves(first, second).is_some());
        }
        for second in [b"".as_slice(), b"4", b"B.TXT;1", b"12-MAR-2026"] {
            assert!(parse_halves(first, second).is_none());
        }
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
            "A;1 1",
            ".;1 1 17-FEB-1998 04:41",
            "A  B.TXT;1 1 17-FEB-1998 04:41",
            "A B.TXT;1 17-FEB-1998 04:41",
            "A.TXT 1 17-FEB-1998 04:41 (ABC)",
            "A.TXT;1 x",
            "A.TXT;1x 1 17-FEB-1998 04:41",
        ] {
            assert!(parse(line.as_bytes()).is_none(), "{line}");
        }
        for line in [
            "Directory DISK:[A.B]",
            "DISK$USER:[A.B_C]",
            "NODE::DISK:[000000]",
            "Total of 4 files, 218/221 blocks.",
            "Total of 0 blocks in 0 files in 0 directories.",
            "Grand total of 2 directories",
            "Total 14 files",
        ] {
            assert!(is_heading(line.as_bytes()), "{line}");
        }
        for line in [
            "Directory",
            "Directory of A",
            "Total of all",
            "Total 14",
            "A.TXT;1",
            "A[1]",
            ":[A]",
            "A b:[C]",
        ] {
            assert!(!is_heading(line.as_bytes()), "{line}");
        }
    }
}
