//! `LIST` of VM/CMS (z/VM): name, type, record format, record length, records, blocks, date, time
//! and owner.
//!
//! ```text
//! LEDGER   TXT      V         71         26          1 2026-04-02 12:33:20 EDI001
//! LEDGER   INDEX A1 F         80          7          1 11/21/26   23:26:08
//! ARCHIVE           DIR        -          -          - 11/24/26 17:45:47 -
//! ```
//!
//! A client asks for a file as `NAME.TYPE`. The records of a file say nothing exact of its size.

use super::clock::{clock, is_clock_like, on_server};
use super::columns::Columns;
use super::compact::{Compact, Order};
use super::{Entry, EntryKind, text};
use crate::number::number;

/// Reads one line. Returns `None` if it is not in this form.
pub(super) fn parse(line: &[u8]) -> Option<Entry> {
    let columns = Columns::of(line);
    let words: Vec<&[u8]> = columns.words().collect();
    let (name, kind, rest) = match words.as_slice() {
        [name, b"DIR", b"-", b"-", b"-", rest @ ..] => (name.to_vec(), EntryKind::Directory, rest),
        [name, format, rest @ ..] if is_format(format) && name.contains(&b'.') => {
            (name.to_vec(), EntryKind::File, records(rest)?)
        }
        [name, file_type, format, rest @ ..] if is_format(format) => {
            (joined(name, file_type), EntryKind::File, records(rest)?)
        }
        [name, file_type, mode, format, rest @ ..] if is_format(format) && is_mode(mode) => {
            (joined(name, file_type), EntryKind::File, records(rest)?)
        }
        _ => return None,
    };
    let (date, time, owner) = match rest {
        [date, time] => (*date, *time, None),
        [date, time, owner] => (*date, *time, Some(*owner)),
        _ => return None,
    };
    // One of both may be unreadable.
    let date = Compact::of(date);
    let is_sound = [date.is_some(), is_clock_like(time)].contains(&true);
    if !is_sound {
        return None;
    }
    let mut entry = Entry::new(name, kind);
    entry.modified = date
        .and_then(|date| date.date(Order::American))
        .and_then(|date| Some(on_server(date, Some(clock(time)?))));
    entry.owner = owner.filter(|owner| *owner != b"-").map(text);
    entry.raw = line.to_vec();
    Some(entry)
}

/// Records have a fixed or a variable length.
fn is_format(word: &[u8]) -> bool {
    matches!(word, b"F" | b"V")
}

/// Matches `A` and `A1`, the disk of a file.
fn is_mode(word: &[u8]) -> bool {
    matches!(word, [letter] | [letter, b'0'..=b'6'] if letter.is_ascii_uppercase())
}

fn joined(name: &[u8], file_type: &[u8]) -> Vec<u8> {
    [name, b".", file_type].concat()
}

/// Returns what follows the record length and the numbers of records and blocks, of which one may be
/// unreadable.
fn records<'a, 'b>(words: &'a [&'b [u8]]) -> Option<&'a [&'b [u8]]> {
    const FEWEST_NUMBERS: usize = 2;
    let (counts, rest) = words.split_at_checked(3)?;
    let numbers = counts.iter().filter(|word| number(word).is_some());
    (numbers.count() >= FEWEST_NUMBERS).then_some(rest)
}
