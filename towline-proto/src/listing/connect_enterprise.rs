//! `LIST` of Connect:Enterprise for Unix, whose files are batches in mailboxes.
//!
//! ```text
//! -C--E-----FTP B ACME01      18128       41 Aug 12 13:56 ORDERS
//! -SR--M------- A ACME01          1      369 Sep 02 13:47 <<ACTIVITY LOG>>
//! d   -   -   -  -  -  -  - ACME01
//! ACME01   00003444 00910368 <orders.zip.001>      260924-1636  A R       TCP BIN
//! Total number of batches listed: 3
//! ```
//!
//! The columns are the flags and the protocol, `A` for text or `B` for binary, the mailbox, the
//! number of the batch, its size, its time and its name. In the form with the name in brackets, a
//! `+` after them marks a truncated name. Such a line is not read.

use jiff::civil::{Date, DateTime, Time};

use super::clock::{on_server, year};
use super::columns::Columns;
use super::date::date;
use super::date_doubtful::damaged_date;
use super::size::size;
use super::{Entry, EntryKind, Modified, Precision, text};
use crate::number::{number, two_digits};

/// Returns whether this is the line below the batches.
pub(super) fn is_total(line: &[u8]) -> bool {
    const WORDS: &[u8] = b"Total number of batches listed:";
    let (words, count) = line.split_at(WORDS.len().min(line.len()));
    words.eq_ignore_ascii_case(WORDS) && number(count.trim_ascii()).is_some()
}

/// Reads one line. Returns `None` if it is not in this form.
pub(super) fn parse(line: &[u8], now: DateTime) -> Option<Entry> {
    let columns = Columns::of(line);
    let mut entry = batch(line, &columns, now)
        .or_else(|| mailbox(&columns))
        .or_else(|| bracketed(&columns))?;
    entry.raw = line.to_vec();
    Some(entry)
}

fn batch(line: &[u8], columns: &Columns<'_>, now: DateTime) -> Option<Entry> {
    /// Ten flags and three letters of the protocol.
    const FLAGS: usize = 13;
    let is_flag = |byte: &u8| byte.is_ascii_uppercase() || *byte == b'-';
    let (flags, code) = (columns.get(0)?, columns.get(1)?);
    let has_flags = flags.len() == FLAGS && flags[0] == b'-' && flags.iter().all(is_flag);
    if !has_flags || code.len() != 1 || !line.starts_with(flags) {
        return None;
    }
    let (number, size) = (
        columns.get(3).and_then(number),
        columns.get(4).and_then(size),
    );
    let dated = date(columns, 5, now).or_else(|| damaged_date(columns, 5))?;
    // One of them may be unreadable.
    if number.is_none() && size.is_none() {
        return None;
    }
    let name = line.get(dated.end + 1..).filter(|name| !name.is_empty())?;
    let mut entry = Entry::new(name, EntryKind::File);
    entry.size = size.flatten();
    entry.modified = dated.modified;
    entry.permissions = Some(text(flags));
    entry.owner = columns.get(2).map(text);
    Some(entry)
}

/// Reads a mailbox: `d`, a hyphen in each column, and the name.
fn mailbox(columns: &Columns<'_>) -> Option<Entry> {
    const FEWEST_COLUMNS: usize = 5;
    let words: Vec<&[u8]> = columns.words().collect();
    let [b"d", blank @ .., name] = words.as_slice() else {
        return None;
    };
    let is_blank = words.len() >= FEWEST_COLUMNS && blank.iter().all(|word| *word == b"-");
    is_blank.then(|| Entry::new(*name, EntryKind::Directory))
}

fn bracketed(columns: &Columns<'_>) -> Option<Entry> {
    const BATCH: usize = 8;
    let (batch, size) = (columns.get(1)?, number(columns.get(2)?)?);
    number(batch).filter(|_| batch.len() == BATCH)?;
    let rest = columns.behind(2)?.strip_prefix(b"<")?;
    let close = memchr::memchr(b'>', rest).filter(|close| *close > 0)?;
    let (name, rest) = (&rest[..close], &rest[close + 1..]);
    let time = Columns::of(rest)
        .get(0)
        .filter(|_| rest.starts_with(b" "))?;
    let mut entry = Entry::new(name, EntryKind::File);
    entry.size = Some(size);
    entry.modified = time_of_batch(time);
    entry.owner = columns.get(0).map(text);
    Some(entry)
}

/// Reads `260924-1636`.
fn time_of_batch(word: &[u8]) -> Option<Modified> {
    let part = |at: usize| word.get(at..at + 2);
    let (date, time) = word.split_at_checked(6)?;
    if time.first() != Some(&b'-') || word.len() != 11 || number(date).is_none() {
        return None;
    }
    let date = Date::new(
        year(part(0)?)?,
        two_digits(part(2)?)?,
        two_digits(part(4)?)?,
    )
    .ok()?;
    let time = Time::new(two_digits(part(7)?)?, two_digits(part(9)?)?, 0, 0).ok()?;
    Some(on_server(date, Some((time, Precision::Minute))))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date as civil;

    use super::*;

    const NOW: DateTime = civil(2026, 11, 21).at(12, 0, 0, 0);

    #[test]
    fn reads_batches_and_mailboxes() {
        for (line, name, size, time) in [
            (
                "-C--E-----FTP B ACME01      18128       41 Aug 12 13:56 ORDERS",
                "ORDERS",
                Some(41),
                Some(civil(2026, 8, 12).at(13, 56, 0, 0)),
            ),
            (
                "-ARTE-----TCP A acme01   22159   629629 Aug 06  2019 a b",
                "a b",
                Some(629_629),
                Some(civil(2019, 8, 6).at(0, 0, 0, 0)),
            ),
            (
                "-SR--M------- A acme01      1     369 Feb 30 13:47 <<ACTIVITY LOG>>",
                "<<ACTIVITY LOG>>",
                Some(369),
                None,
            ),
            (
                "acme01 00003444 00910368 <a b.zip.001>     260924-1636  A R       TCP BIN",
                "a b.zip.001",
                Some(910_368),
                Some(civil(2026, 9, 24).at(16, 36, 0, 0)),
            ),
            (
                "acme01 00003444 00910368 <a.zip>     269924-1636  A R       TCP BIN",
                "a.zip",
                Some(910_368),
                None,
            ),
        ] {
            let file = parse(line.as_bytes(), NOW).expect("an entry");
            assert_eq!(
                (file.name.as_slice(), file.kind, file.size),
                (name.as_bytes(), EntryKind::File, size),
                "{line}"
            );
            assert_eq!(file.modified.map(|modified| modified.time), time, "{line}");
            assert!(
                file.owner
                    .is_some_and(|owner| owner.eq_ignore_ascii_case("acme01"))
            );
        }
        let mailbox = parse(b"d   -   -   -  -  -  -  - ACME01", NOW).expect("an entry");
        assert_eq!(
            (mailbox.name.as_slice(), mailbox.kind),
            (b"ACME01".as_slice(), EntryKind::Directory)
        );
    }

    #[test]
    fn knows_the_total() {
        for line in [
            "Total number of batches listed: 3",
            "Total Number of batches listed: 0",
        ] {
            assert!(is_total(line.as_bytes()), "{line}");
        }
        for line in ["", "Total", "Total number of batches listed:", "Total 3"] {
            assert!(!is_total(line.as_bytes()), "{line}");
        }
    }

    #[test]
    fn leaves_other_lines_alone() {
        for line in [
            "",
            "-C--E-----FTP",
            "-C--E-----FTP B ACME01 18128 41 Aug 12 13:56 ",
            "-C--E-----FTP B ACME01 18128 41 ORDERS",
            "-C--E-----FTP BB ACME01 18128 41 Aug 12 13:56 x",
            "-c--e-----ftp B ACME01 18128 41 Aug 12 13:56 x",
            "d - - x",
            "d - - 1 - x",
            "acme01 00003444 00910368 <cut.off.name>+ 260924-1636  A R TCP BIN",
            "acme01 3444 00910368 <a> 260924-1636  A R TCP BIN",
            "acme01 00003444 00910368 <> 260924-1636  A R TCP BIN",
        ] {
            assert!(parse(line.as_bytes(), NOW).is_none(), "{line}");
        }
    }
}
