//! `LIST` of z/OS: data sets, members of partitioned data sets, and jobs. Files of z/OS UNIX appear
//! in the form of `ls -l`.
//!
//! ```text
//! Volume Unit    Referred Ext Used Recfm Lrecl BlkSz Dsorg Dsname
//! CLM001 3390   2026/05/22  1  200  FB      80  8000  PS  CLAIMS.D261120
//! Migrated                                                OLD.DATA
//!
//!  Name     VV.MM   Created       Changed      Size  Init   Mod   Id
//! PAYROLL   01.03 2023/08/15 2024/09/16 10:48    11    11     0 EDI042
//!
//!  Name      Size     TTR   Alias-of AC --------- Attributes --------- Amode Rmode
//! CALCTAX   0000A8   00000B          00 FO             RN RU            31    ANY
//!
//! JOBNAME  JOBID    OWNER    STATUS CLASS
//! EDIUSER1 JOB00417 EDIUSER  OUTPUT A        RC=0000  4 spool files
//! ```
//!
//! A heading shows what the lines below it mean, until the next heading. Without a heading, only an
//! unmistakable line is read. Sizes are in tracks and records, and `Referred` is the time of last
//! use, so a data set has neither size nor time here. A job has its number as its name, because its
//! output is fetched by number.

use jiff::civil::Date;

use super::clock::{clock, on_server};
use super::columns::Columns;
use super::{Entry, EntryKind, text};
use crate::number::{four_digits, number, two_digits};

/// What the lines of a listing describe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    DataSets,
    Members,
    LoadModules,
    Jobs,
}

impl Layout {
    /// Returns the layout that `line` announces, if it is a heading.
    pub(super) fn below(line: &[u8]) -> Option<Self> {
        let columns = Columns::of(line);
        // One word rules out nearly every other line.
        let first = columns.get(0)?;
        if ![b"VOLUME".as_slice(), b"NAME", b"JOBNAME"]
            .iter()
            .any(|it| first.eq_ignore_ascii_case(it))
        {
            return None;
        }
        let upper = line.to_ascii_uppercase();
        let columns = Columns::of(&upper);
        let is = |words: &str| columns.words().eq(words.split(' ').map(str::as_bytes));
        match (columns.get(0)?, columns.get(1)?) {
            (b"VOLUME", b"UNIT")
                if is("VOLUME UNIT REFERRED EXT USED RECFM LRECL BLKSZ DSORG DSNAME") =>
            {
                Some(Self::DataSets)
            }
            (b"NAME", b"VV.MM") if is("NAME VV.MM CREATED CHANGED SIZE INIT MOD ID") => {
                Some(Self::Members)
            }
            (b"NAME", b"SIZE") if columns.get(2) == Some(b"TTR") => Some(Self::LoadModules),
            (b"JOBNAME", b"JOBID") => Some(Self::Jobs),
            _ => None,
        }
    }

    /// Returns the layout of a line that is unmistakable by itself. The older of the two forms of
    /// jobs has no heading.
    pub(super) fn of(line: &[u8]) -> Option<Self> {
        let upper = line.to_ascii_uppercase();
        let columns = Columns::of(&upper);
        let column = |at| columns.get(at);
        let organisation = columns.words().rev().nth(1)?;
        let is_vsam = organisation == VSAM;
        if column(2).is_some_and(is_date_or_none) && (is_vsam || is_organisation(organisation)) {
            return Some(Self::DataSets);
        }
        // `ALC007 3390                                        VSAM A.B`
        if is_vsam && columns.words().len() == 4 && column(1).is_some_and(is_unit) {
            return Some(Self::DataSets);
        }
        let has_statistics = column(2).and_then(date).is_some()
            && column(3).and_then(date).is_some()
            && column(4).and_then(clock).is_some();
        if has_statistics {
            return Some(Self::Members);
        }
        column(1).is_some_and(is_job_id).then_some(Self::Jobs)
    }

    /// Reads one line. Returns `None` if it is not in this form.
    pub(super) fn parse(self, line: &[u8]) -> Option<Entry> {
        // Some servers write everything in lower case.
        let upper = line.to_ascii_uppercase();
        let columns = Columns::of(&upper);
        let mut entry = match self {
            Self::DataSets => data_set(&columns),
            Self::Members => member(&columns),
            Self::LoadModules => load_module(&columns),
            Self::Jobs => job(&columns),
        }?;
        let written = Columns::of(line);
        let name = entry.name.as_slice();
        let is_name = |word: &&[u8]| word.eq_ignore_ascii_case(name);
        let mut words = written.words();
        let name = match self {
            Self::DataSets => words.rfind(is_name),
            Self::Members | Self::LoadModules | Self::Jobs => words.find(is_name),
        };
        entry.name = name?.to_vec();
        if let Some(owner) = &entry.owner {
            let mut words = written.words();
            let owner = words.rfind(|word| word.eq_ignore_ascii_case(owner.as_bytes()));
            entry.owner = owner.map(text);
        }
        entry.raw = line.to_vec();
        Some(entry)
    }
}

/// The organisation of data sets with an index, which cannot be fetched.
const VSAM: &[u8] = b"VSAM";

/// Every line has its name here, or further right.
const NAMES_AT: usize = 50;

fn data_set(columns: &Columns<'_>) -> Option<Entry> {
    let words: Vec<&[u8]> = columns.words().collect();
    let (name, attributes) = words.split_last()?;
    if !is_data_set_name(name) {
        return None;
    }
    let kind = match attributes {
        [b"MIGRATED"] | [_, b"TAPE"] => EntryKind::File,
        [_, b"NOT", b"MOUNTED"] | [b"NOT", b"MOUNTED"] => EntryKind::File,
        [_, b"NOT", b"DIRECT", b"ACCESS", b"DEVICE"] => EntryKind::File,
        [_, b"NOT", b"A", b"DASD", b"DEVICE"] => EntryKind::File,
        [b"PSEUDO", b"DIRECTORY"] => EntryKind::Directory,
        [b"ERROR", b"DETERMINING", b"ATTRIBUTES"] => EntryKind::Unknown,
        [b"GDG" | b"VSAM"] | [_, _, b"VSAM"] => EntryKind::Other,
        // Extents and tracks may be too wide for their columns: `1+++++`, `115807`.
        [_, _, referred, .., organisation]
            if is_date_or_none(referred)
                || attributes.len() > 4 && is_organisation(organisation) =>
        {
            by_organisation(organisation)
        }
        // Something else in place of the attributes.
        _ if columns.start(attributes.len()) >= Some(NAMES_AT) => EntryKind::Unknown,
        _ => return None,
    };
    Some(Entry::new(*name, kind))
}

/// Matches the model of a disk: `3390`.
fn is_unit(word: &[u8]) -> bool {
    word.len() == 4 && word.iter().all(u8::is_ascii_digit)
}

/// Returns whether this is the organisation of data sets that can be fetched.
fn is_organisation(word: &[u8]) -> bool {
    matches!(
        by_organisation(word),
        EntryKind::Directory | EntryKind::File
    )
}

/// A partitioned data set is a directory of its members.
fn by_organisation(word: &[u8]) -> EntryKind {
    match word {
        b"PO" | b"PO-E" => EntryKind::Directory,
        b"PS" | b"PS-E" | b"PS-L" | b"DA" => EntryKind::File,
        VSAM | b"VS" | b"GDG" | b"NONE" | b"IS" | b"AM" => EntryKind::Other,
        _ => EntryKind::Unknown,
    }
}

fn member(columns: &Columns<'_>) -> Option<Entry> {
    let mut entry = Entry::new(
        columns.get(0).filter(|name| is_member_name(name))?,
        EntryKind::File,
    );
    // Members that no editor has changed have only a name.
    if columns.words().len() > 1 {
        let changed = columns.get(3).and_then(date);
        let time = columns.get(4).and_then(clock);
        // A text has none of these.
        let created = columns.get(2).and_then(date);
        if !columns.get(1).is_some_and(is_version) && changed.or(created).is_none() {
            return None;
        }
        entry.modified = changed.and_then(|date| Some(on_server(date, Some(time?))));
        entry.owner = columns.get(8).map(text);
    }
    Some(entry)
}

/// Matches `01.03`.
fn is_version(word: &[u8]) -> bool {
    let mut parts = word.splitn(2, |byte| *byte == b'.');
    parts.all(|part| part.len() == 2 && two_digits(part).is_some()) && word.len() == 5
}

fn load_module(columns: &Columns<'_>) -> Option<Entry> {
    let name = columns.get(0).filter(|name| is_member_name(name))?;
    if columns.words().len() > 1 {
        let is_hex = |word: &[u8]| word.len() >= 6 && word.iter().all(u8::is_ascii_hexdigit);
        if ![columns.get(1)?, columns.get(2)?].into_iter().any(is_hex) {
            return None;
        }
    }
    Some(Entry::new(name, EntryKind::File))
}

fn job(columns: &Columns<'_>) -> Option<Entry> {
    let is_status = |word: &[u8]| matches!(word, b"INPUT" | b"HELD" | b"ACTIVE" | b"OUTPUT");
    columns.get(0).filter(|name| is_member_name(name))?;
    let id = columns.get(1).filter(|id| is_job_id(id))?;
    let mut entry = Entry::new(id, EntryKind::File);
    // Without a known status, the third word may be the owner or the status.
    let at = [2, 3]
        .into_iter()
        .find(|at| columns.get(*at).is_some_and(is_status));
    if at == Some(3) {
        entry.owner = columns.get(2).map(text);
    } else if at.is_none() && columns.get(2).is_none() {
        return None;
    }
    Some(entry)
}

/// Matches `JOB00417`, `TSU00417`, `STC00417` and `J0000417`.
fn is_job_id(word: &[u8]) -> bool {
    let digits = [b"JOB".as_slice(), b"TSU", b"STC", b"J", b"T", b"S"]
        .into_iter()
        .find_map(|kind| word.strip_prefix(kind));
    word.len() == 8 && digits.and_then(number).is_some()
}

/// Matches `A.B.C`, and `'A.B.C'`, which is not below the working directory.
fn is_data_set_name(word: &[u8]) -> bool {
    let bare = word
        .strip_prefix(b"'")
        .and_then(|word| word.strip_suffix(b"'"))
        .unwrap_or(word);
    (1..=44).contains(&bare.len())
        && bare
            .split(|byte| *byte == b'.')
            .all(|part| !part.is_empty() && part.iter().all(is_name_byte))
}

fn is_member_name(word: &[u8]) -> bool {
    word.len() <= 8 && word.iter().all(is_name_byte)
}

fn is_name_byte(byte: &u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit() || b"@#$-{".contains(byte)
}

fn is_date_or_none(word: &[u8]) -> bool {
    word == b"**NONE**" || date(word).is_some()
}

/// Reads `2002/10/11`.
fn date(text: &[u8]) -> Option<Date> {
    let [year @ .., b'/', m1, m2, b'/', d1, d2] = text else {
        return None;
    };
    let (month, day) = (two_digits(&[*m1, *m2])?, two_digits(&[*d1, *d2])?);
    Date::new(four_digits(year)?, month, day).ok()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date as civil;

    use super::*;

    const DATA_SETS: &[u8] = b"Volume Unit    Referred Ext Used Recfm Lrecl BlkSz Dsorg Dsname";
    const MEMBERS: &[u8] = b" Name     VV.MM   Created       Changed      Size  Init   Mod   Id";

    fn kind(layout: Layout, line: &str, name: &str) -> Option<EntryKind> {
        let entry = layout.parse(line.as_bytes())?;
        assert_eq!(
            (entry.name.as_slice(), entry.size),
            (name.as_bytes(), None),
            "{line}"
        );
        Some(entry.kind)
    }

    #[test]
    fn knows_the_lines_above() {
        for (line, layout) in [
            (DATA_SETS, Some(Layout::DataSets)),
            (MEMBERS, Some(Layout::Members)),
            (
                b" Name      Size     TTR   Alias-of AC --------- Attributes --------- Amode Rmode",
                Some(Layout::LoadModules),
            ),
            (
                b"JOBNAME  JOBID    OWNER    STATUS CLASS",
                Some(Layout::Jobs),
            ),
            (b"Name Size", None),
            (b"Volume Unit", None),
            (b"", None),
        ] {
            assert_eq!(Layout::below(line), layout, "{}", line.escape_ascii());
        }
    }

    #[test]
    fn reads_data_sets() {
        for (line, expected) in [
            (
                "CLM001 3390   2026/05/22  1  200  FB      80  8000  PS  A.B",
                Some(EntryKind::File),
            ),
            (
                "SRC001 3390   2024/04/05  1    3  FB      80  3125  PO  A.B",
                Some(EntryKind::Directory),
            ),
            (
                "SRC001 3390   2024/04/05  1 6000  U        0  6144  PO-E A.B",
                Some(EntryKind::Directory),
            ),
            (
                "ALC123 3390   **NONE**    1   45  ?        0     0 NONE A.B",
                Some(EntryKind::Other),
            ),
            (
                "ALC123 3390   2024/04/05  1    5  VS  A.B",
                Some(EntryKind::Other),
            ),
            (
                "Migrated                                                A.B",
                Some(EntryKind::File),
            ),
            (
                "T20417 Tape                                             A.B",
                Some(EntryKind::File),
            ),
            (
                "ARCIVE Not Direct Access Device                         A.B",
                Some(EntryKind::File),
            ),
            (
                "Pseudo Directory                                        A.B",
                Some(EntryKind::Directory),
            ),
            (
                "                                                   VSAM A.B",
                Some(EntryKind::Other),
            ),
            (
                "ALC007 3390                                        VSAM A.B",
                Some(EntryKind::Other),
            ),
            (
                "                                                   GDG  A.B",
                Some(EntryKind::Other),
            ),
            (
                "Error determining attributes                            A.B",
                Some(EntryKind::Unknown),
            ),
            (
                "CLM001 3390   2026/05/22  1+++++  VBS  32767 27966  PS  A.B",
                Some(EntryKind::File),
            ),
            (
                "CLM001 3390   2026/05/22  115807  FB   29600 29600  PO  A.B",
                Some(EntryKind::Directory),
            ),
            (
                "CLM001 3390   2026/05/22  2 ????  FB     904 18080  PS  A.B",
                Some(EntryKind::File),
            ),
            (
                "CLM001 3390   2026/02/30  1  200  FB      80  8000  PS  A.B",
                Some(EntryKind::File),
            ),
            (
                "ALC123 3390   2024/04/05  1    1  ?        0     0 VSAM A.B",
                Some(EntryKind::Other),
            ),
            (
                "User catalog connector                                  A.B",
                Some(EntryKind::Unknown),
            ),
            (
                "T20417                                                  A.B",
                Some(EntryKind::Unknown),
            ),
            ("What is this A.B", None),
            ("What is this all about PQ A.B", None),
            ("Migrated", None),
            ("migrated A.B", Some(EntryKind::File)),
            (
                "clm001 3390 2026/05/22 1 200 fb 80 8000 ps A.B",
                Some(EntryKind::File),
            ),
            (
                "CLM001 3390 2026/05/22 1 200 FB 80 8000 ?? A.B",
                Some(EntryKind::Unknown),
            ),
            ("Migrated A..B", None),
        ] {
            assert_eq!(kind(Layout::DataSets, line, "A.B"), expected, "{line}");
        }
        let quoted = Layout::DataSets.parse(b"Migrated 'A.B'").expect("an entry");
        assert_eq!(quoted.name, b"'A.B'");
    }

    #[test]
    fn knows_a_line_that_needs_no_line_above() {
        for (line, layout) in [
            (
                "CLM001 3390   2026/05/22  1+++++  VBS  32767 27966  PS  $.A.B",
                Some(Layout::DataSets),
            ),
            (
                "ALC007 3390   2026/05/22  1    1  ?        0     0 VSAM A.B",
                Some(Layout::DataSets),
            ),
            (
                "ALC007 3390                                        VSAM A.B",
                Some(Layout::DataSets),
            ),
            ("which of these is VSAM A.B", None),
            ("about five VSAM A.B", None),
            (
                "PAYROLL   01.03 2023/08/15 2024/09/16 10:48    11    11     0 EDI042",
                Some(Layout::Members),
            ),
            (
                "EDIUSER1 JOB00417  OUTPUT    3 Spool Files",
                Some(Layout::Jobs),
            ),
            ("Migrated A.B", None),
            ("PAYROLL", None),
            ("", None),
        ] {
            assert_eq!(Layout::of(line.as_bytes()), layout, "{line}");
        }
    }

    #[test]
    fn reads_members() {
        let line = b"PAYROLL   01.03 2023/08/15 2024/09/16 10:48    11    11     0 EDI042";
        let entry = Layout::Members.parse(line).expect("an entry");
        assert_eq!(
            (entry.name.as_slice(), entry.owner.as_deref()),
            (b"PAYROLL".as_slice(), Some("EDI042"))
        );
        let time = entry.modified.map(|modified| modified.time);
        assert_eq!(time, Some(civil(2024, 9, 16).at(10, 48, 0, 0)));
        assert_eq!(
            kind(Layout::Members, "  REPORTS  ", "REPORTS"),
            Some(EntryKind::File)
        );
        for line in [
            "PAYROLL   01.0x 2023/08/15 2024/09/16 10:48    11    11     0 EDI042",
            "PAYROLL   01.03 soon       2024/09/16 10:48    11    11     0 EDI042",
            "PAYROLL   01.03 2023/08/15 soon       10:48    11    11     0 EDI042",
            "payroll   01.03 2023/08/15 2024/09/16 soon     11    11     0 EDI042",
        ] {
            let entry = Layout::Members.parse(line.as_bytes()).expect("an entry");
            assert!(entry.name.eq_ignore_ascii_case(b"PAYROLL"), "{line}");
            assert!(line.as_bytes().starts_with(&entry.name), "{line}");
        }
        let line = b"PAYROLL   01.03 2023/02/30 2024/02/30 10:48    11    11     0 EDI042";
        let entry = Layout::Members.parse(line).expect("an entry");
        assert_eq!(
            (entry.name.as_slice(), entry.modified),
            (b"PAYROLL".as_slice(), None)
        );
        for line in ["toolong12", "PAYROLL 1.03 soon", "PAYROLL is gone", ""] {
            assert_eq!(kind(Layout::Members, line, ""), None, "{line}");
        }
    }

    #[test]
    fn reads_load_modules() {
        for line in [
            "CALCTAX   0000A8   00000B          00 FO             RN RU            31    ANY",
            "CALCTAX   004C10   000014 CALCALT  00 FO             RN RU            31    ANY",
            "CALCTAX",
        ] {
            assert_eq!(
                kind(Layout::LoadModules, line, "CALCTAX"),
                Some(EntryKind::File),
                "{line}"
            );
        }
        for line in ["CALCTAX 58 9", "CALCTAX 0000A8", "eagkcpt 0000A 00000"] {
            assert_eq!(kind(Layout::LoadModules, line, ""), None, "{line}");
        }
    }

    #[test]
    fn reads_jobs() {
        for (line, owner) in [
            (
                "EDIUSER1 JOB00417 EDIUSER  OUTPUT A        RC=0000  4 spool files",
                Some("EDIUSER"),
            ),
            ("EDIUSER1 JOB00417 EDIUSER  ACTIVE A", Some("EDIUSER")),
            ("EDIUSER1 JOB00417  OUTPUT    3 Spool Files", None),
        ] {
            let entry = Layout::Jobs.parse(line.as_bytes()).expect("an entry");
            assert_eq!(entry.name, b"JOB00417", "{line}");
            assert_eq!(entry.owner.as_deref(), owner, "{line}");
        }
        for line in ["", "EDIUSER1 JOB417 OUTPUT", "EDIUSER1 XYZ00417 OUTPUT"] {
            assert_eq!(kind(Layout::Jobs, line, ""), None, "{line}");
        }
    }
}
