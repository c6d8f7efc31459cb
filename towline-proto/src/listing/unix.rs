//! `LIST` in the form of `ls -l`, as nearly every server prints it.
//!
//! ```text
//! drwxr-xr-x   2 owner    group        4096 Nov 21 00:24 name
//! lrwxrwxrwx   1 owner    group           6 Jul  4  2019 name -> target
//! crw-rw----+  1 root     tty         4,  0 2026-11-21 00:24 tty0
//! ```
//!
//! Seen as well, and accepted: no group, no link count, spaces in the group's
//! name, the day ahead of the month.

use jiff::civil::{Date, DateTime};
use memchr::memmem;

use super::clock::{clock, latest_date, month, on_server, year};
use super::{Entry, EntryKind, Modified, text};
use crate::time::{digits, two_digits};

/// Reads one line; `None` where it is not of this form.
pub(super) fn parse(line: &[u8], now: DateTime) -> Option<Entry> {
    let mode = mode(line)?;
    let columns = Columns::of(line);
    // The usual place first, so that no part of a name is taken for a date.
    [5, 6, 4, 3, 7, 8, 9]
        .into_iter()
        .find_map(|at| entry(line, mode, &columns, at, now))
}

/// Whether `line` is the `total 12` that `ls` begins with.
pub(super) fn is_total(line: &[u8]) -> bool {
    line.strip_prefix(b"total ")
        .is_some_and(|blocks| digits(blocks.trim_ascii()).is_some())
}

/// The entry, if its date begins in column `at`.
fn entry(
    line: &[u8],
    mode: &[u8],
    columns: &Columns<'_>,
    at: usize,
    now: DateTime,
) -> Option<Entry> {
    let (modified, date_columns) = date(columns, at, now)?;
    let (size, size_at) = size(mode[0], columns, at)?;
    // Behind the date stands one space; all that follows is the name.
    let name = line
        .get(columns.end(at + date_columns - 1)? + 1..)
        .filter(|name| !name.is_empty())?;

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
    let has_link_count = columns
        .get(1)
        .is_some_and(|column| digits(column).is_some());
    let owner_at = 1 + usize::from(has_link_count);
    let mut entry = Entry::new(name, kind);
    entry.size = size.filter(|_| kind != EntryKind::Link);
    entry.modified = Some(modified);
    entry.permissions = Some(text(mode));
    entry.owner = columns
        .span(line, owner_at, (owner_at + 1).min(size_at))
        .map(text);
    entry.group = columns.span(line, owner_at + 1, size_at).map(text);
    entry.link_target = link_target.map(<[u8]>::to_vec);
    entry.raw = line.to_vec();
    Some(entry)
}

/// `drwxr-xr-x`, behind which a mark for an ACL or a label may stand.
fn mode(line: &[u8]) -> Option<&[u8]> {
    let (mode, rest) = line.split_at_checked(10)?;
    let is_mode = b"-dlbcpsDCMnP?".contains(&mode[0])
        && mode[1..].iter().all(|flag| b"rwxsStTlL-".contains(flag));
    let is_delimited = matches!(rest, [b' ', ..] | [b'+' | b'.' | b'@', b' ', ..]);
    (is_mode && is_delimited).then_some(mode)
}

/// The size that ends ahead of column `at`, and the column in which it begins.
/// A device has two numbers in its place, and no size.
fn size(kind: u8, columns: &Columns<'_>, at: usize) -> Option<(Option<u64>, usize)> {
    let last = columns.get(at - 1)?;
    if matches!(kind, b'b' | b'c') {
        if columns
            .get(at - 2)
            .is_some_and(|major| major.ends_with(b","))
            && digits(last).is_some()
        {
            return Some((None, at - 2));
        }
        if memchr::memchr(b',', last).is_some() {
            return Some((None, at - 1));
        }
    }
    let size = std::str::from_utf8(last)
        .ok()
        .filter(|size| !size.starts_with('+'))?
        .parse()
        .ok()?;
    Some((Some(size), at - 1))
}

/// The date that begins in column `at`, and how many columns it takes.
fn date(columns: &Columns<'_>, at: usize, now: DateTime) -> Option<(Modified, usize)> {
    let (first, second) = (columns.get(at)?, columns.get(at + 1)?);
    if let Some(date) = iso_date(first) {
        return Some((on_server(date, Some(clock(second)?)), 2));
    }
    let (month, day) = match month(first) {
        Some(month) => (month, two_digits(second)?),
        None => (month(second)?, two_digits(first)?),
    };
    let third = columns.get(at + 2)?;
    let modified = match year(third) {
        Some(year) => on_server(Date::new(year, month, day).ok()?, None),
        None => {
            let (time, precision) = clock(third)?;
            on_server(latest_date(month, day, time, now)?, Some((time, precision)))
        }
    };
    Some((modified, 3))
}

/// `2026-11-21`.
fn iso_date(text: &[u8]) -> Option<Date> {
    let has_dashes = text.len() == 10 && text[4] == b'-' && text[7] == b'-';
    let parts = has_dashes.then(|| (&text[..4], &text[5..7], &text[8..]))?;
    Date::new(year(parts.0)?, two_digits(parts.1)?, two_digits(parts.2)?).ok()
}

/// Name and target of a link. Both may hold an arrow themselves; on Unix the
/// size of a link is the length of its target, which tells the right one.
fn split_link(name: &[u8], size: Option<u64>) -> (&[u8], Option<&[u8]>) {
    const ARROW: &[u8] = b" -> ";
    let split = |at: usize| (&name[..at], &name[at + ARROW.len()..]);
    let told_by_size = size
        .and_then(|size| {
            name.len()
                .checked_sub(usize::try_from(size).ok()?)?
                .checked_sub(ARROW.len())
        })
        .filter(|at| *at > 0 && name[*at..].starts_with(ARROW));
    match told_by_size.or_else(|| memmem::find(name, ARROW)) {
        Some(at) if at > 0 => (split(at).0, Some(split(at).1)),
        _ => (name, None),
    }
}

/// No date ends behind this column.
const MOST_COLUMNS: usize = 12;

/// The words at the beginning of a line, with where they end.
struct Columns<'a> {
    words: [(&'a [u8], usize); MOST_COLUMNS],
    count: usize,
}

impl<'a> Columns<'a> {
    fn of(line: &'a [u8]) -> Self {
        let mut columns = Self {
            words: [(b"", 0); MOST_COLUMNS],
            count: 0,
        };
        let mut at = 0;
        while columns.count < MOST_COLUMNS {
            at += line[at..].iter().take_while(|byte| **byte == b' ').count();
            let length = line[at..].iter().take_while(|byte| **byte != b' ').count();
            if length == 0 {
                break;
            }
            columns.words[columns.count] = (&line[at..at + length], at + length);
            columns.count += 1;
            at += length;
        }
        columns
    }

    fn get(&self, at: usize) -> Option<&'a [u8]> {
        self.words[..self.count].get(at).map(|(word, _)| *word)
    }

    fn end(&self, at: usize) -> Option<usize> {
        self.words[..self.count].get(at).map(|(_, end)| *end)
    }

    /// What stands from column `first` up to, not including, column `end`.
    fn span(&self, line: &'a [u8], first: usize, end: usize) -> Option<&'a [u8]> {
        let (word, word_end) = *self.words[..self.count.min(end)].get(first)?;
        line.get(word_end - word.len()..self.end(end - 1)?)
    }
}
