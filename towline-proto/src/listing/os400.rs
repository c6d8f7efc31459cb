//! `LIST` of OS/400 (IBM i) in its own format, `SITE LISTFMT 0`.
//!
//! ```text
//! QSYS            81920 02/23/26 16:20:05 *DIR       QOpenSys/
//! HKO              5120 04.03.26 07:31:09 *STMF      plan.zip
//!                                         *MEM       FILE.FILE/MEMBER.MBR
//! ```
//!
//! Owner, size and time may be blank. The name of a member includes the name of its file. The
//! formats of date and time are settings of the server's job.

use jiff::civil::DateTime;

use super::clock::on_server;
use super::columns::Columns;
use super::os400_date::{DateOrder, Moment};
use super::size::size;
use super::{Entry, EntryKind, Precision, text};
use crate::number::number;

/// An object, or a member of a file.
pub(super) struct Object {
    pub(super) entry: Entry,
    pub(super) part: Part,
}

/// The part of an object in a file with members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// The file, whose members may be on the next lines.
    File,
    Member,
    /// Something else than a file or a member.
    Neither,
}

/// Reads one line. Returns `None` if it is not in this form.
pub(super) fn parse(line: &[u8], order: &mut DateOrder, now: DateTime) -> Option<Object> {
    memchr::memchr(b'*', line)?;
    let columns = Columns::of(line);
    let type_at = columns.words().position(is_type)?;
    let object_type = columns.get(type_at)?;
    let words: Vec<&[u8]> = columns.words().take(type_at).collect();
    let moment = Moment::at_end_of(&words);
    // Without a time, only a known type shows that this is a line of OS/400. Several words without
    // a number before it are those of a text.
    let has_columns = words.len() <= 1 || words.iter().any(|word| size(word).is_some());
    if moment.is_none() && !(is_known(object_type) && has_columns) {
        return None;
    }
    let before = moment
        .as_ref()
        .map_or(words.as_slice(), |moment| moment.before);
    let (owner, length) = match *before {
        [] => (None, None),
        [word] if number(word).is_some() => (None, Some(word)),
        [owner] => (Some(owner), None),
        [owner, size, ..] => (Some(owner), Some(size)),
    };
    if before.len() > 2 && moment.is_some() {
        return None;
    }
    let name = columns.behind(type_at)?;
    let name = name.strip_suffix(b"/").unwrap_or(name);
    if name.is_empty() {
        return None;
    }
    let kind = kind(object_type);
    let mut entry = Entry::new(name, kind);
    let has_size = !matches!(kind, EntryKind::Directory | EntryKind::Link);
    entry.size = length.and_then(size).flatten().filter(|_| has_size);
    entry.modified = moment.and_then(|moment| {
        let date = order.read(moment.date, now)?;
        Some(on_server(
            date,
            Some((moment.time_of_day()?, Precision::Second)),
        ))
    });
    entry.owner = owner.map(text);
    entry.raw = line.to_vec();
    Some(Object {
        entry,
        part: match object_type {
            b"*FILE" => Part::File,
            b"*MEM" => Part::Member,
            _ => Part::Neither,
        },
    })
}

/// Matches `*FILE` or `*STMF`: an asterisk, and two to nine capitals and digits.
fn is_type(word: &[u8]) -> bool {
    let letters = word.strip_prefix(b"*").unwrap_or(b"");
    let is_letter = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    (2..=9).contains(&letters.len()) && letters.iter().all(is_letter)
}

fn kind(object_type: &[u8]) -> EntryKind {
    match object_type {
        b"*DIR" | b"*DDIR" | b"*LIB" | b"*FLR" => EntryKind::Directory,
        b"*FILE" | b"*MEM" | b"*STMF" | b"*DSTMF" | b"*DOC" => EntryKind::File,
        b"*SYMLNK" => EntryKind::Link,
        _ => EntryKind::Other,
    }
}

/// Whether this is a type of files and directories, or one of the objects beside them in a library.
fn is_known(object_type: &[u8]) -> bool {
    const OTHERS: [&str; 26] = [
        "*PGM", "*CMD", "*CLS", "*DTAARA", "*DTAQ", "*JOBD", "*JOBQ", "*JRN", "*JRNRCV", "*MENU",
        "*MODULE", "*MSGF", "*MSGQ", "*OUTQ", "*PNLGRP", "*QRYDFN", "*SBSD", "*SRVPGM", "*SQLPKG",
        "*USRIDX", "*USRQ", "*USRSPC", "*BNDDIR", "*AUTL", "*FIFO", "*SOCKET",
    ];
    kind(object_type) != EntryKind::Other
        || OTHERS.iter().any(|known| known.as_bytes() == object_type)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date as civil;

    use super::*;

    const NOW: DateTime = civil(2026, 11, 21).at(12, 0, 0, 0);

    fn read(line: &str) -> Option<Entry> {
        parse(line.as_bytes(), &mut DateOrder::default(), NOW).map(|object| object.entry)
    }

    #[test]
    fn reads_every_column() {
        let entry = read("HKO              5120 30.10.26 07:31:09 *STMF      a name.zip")
            .expect("an entry");
        assert_eq!(
            (entry.name.as_slice(), entry.kind),
            (b"a name.zip".as_slice(), EntryKind::File)
        );
        assert_eq!(
            (entry.size, entry.owner.as_deref()),
            (Some(5120), Some("HKO"))
        );
        let time = entry.modified.map(|modified| modified.time);
        assert_eq!(time, Some(civil(2026, 10, 30).at(7, 31, 9, 0)));
        let directory =
            read("QSYS 81920 02/23/26 16:20:05 *DIR       QOpenSys/").expect("an entry");
        assert_eq!(directory.name, b"QOpenSys");
        assert_eq!(
            (directory.kind, directory.size),
            (EntryKind::Directory, None)
        );
    }

    #[test]
    fn bears_blank_columns() {
        for (line, owner, size) in [
            ("                  *MEM       F.FILE/M.MBR", None, None),
            (
                "QPGMR             *MEM       F.FILE/M.MBR",
                Some("QPGMR"),
                None,
            ),
            (
                "QPGMR 5           *MEM       F.FILE/M.MBR",
                Some("QPGMR"),
                Some(5),
            ),
            ("      5 26/11/20 16:20:05 *MEM F.FILE/M.MBR", None, Some(5)),
        ] {
            let entry = read(line).expect("an entry");
            assert_eq!(entry.name, b"F.FILE/M.MBR", "{line}");
            assert_eq!(
                (entry.owner.as_deref(), entry.size),
                (owner, size),
                "{line}"
            );
        }
    }

    #[test]
    fn a_time_that_cannot_be_costs_itself() {
        for written in ["30.10.26 30:06:29", "31.02.26 07:31:09"] {
            let entry = read(&format!("HKO 5120 {written} *STMF a.zip")).expect("an entry");
            assert_eq!((entry.size, entry.modified), (Some(5120), None));
        }
    }

    #[test]
    fn a_value_that_cannot_be_read_costs_itself() {
        for values in [
            "HKO 5120 31.10.2?26 07:31:09",
            "HKO 5120 soon 07:31:09",
            "HKO 5120 30.10.26 soon",
            "HKO 5120 30.10.26",
            "HKO **** 30.10.26 07:31:09",
            "HKO five 30.10.26 07:31:09",
        ] {
            let entry = read(&format!("{values} *STMF a b.zip")).expect("an entry");
            assert_eq!(
                (entry.name.as_slice(), entry.kind),
                (b"a b.zip".as_slice(), EntryKind::File)
            );
            assert_eq!(entry.owner.as_deref(), Some("HKO"), "{values}");
            assert_eq!(entry.size.is_some(), values.contains("5120"), "{values}");
            let has_time = values.ends_with("30.10.26 07:31:09");
            assert_eq!(entry.modified.is_some(), has_time, "{values}");
        }
    }

    #[test]
    fn refuses_what_is_not_os400() {
        for line in [
            "",
            "*MEM",
            "*MEM /",
            "*mem x",
            "* x",
            "A B C D E *MEM x",
            "A B C D 26/11/20 15:09:10 *MEM x",
            "QPGMR 5 26/11/20 noon *TXT x",
            "rm *TXT failed",
        ] {
            assert!(read(line).is_none(), "{line}");
        }
    }
}
