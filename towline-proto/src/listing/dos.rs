//! `LIST` in the form of the command `DIR`, as IIS prints it.
//!
//! ```text
//! 10-23-26  03:25PM       <DIR>          name
//! 12-31-2026  23:59                 1234 name
//! ```

use jiff::civil::{Date, Time};

use super::clock::{clock, on_server, short_year};
use super::{Entry, EntryKind, Modified, Precision};
use crate::number::{four_digits, number, two_digits};

/// Reads one line; `None` where it is not of this form.
pub(super) fn parse(line: &[u8]) -> Option<Entry> {
    let (date, rest) = word(line)?;
    let (time, rest) = word(rest)?;
    let (size, rest) = word(rest)?;
    let modified = modified(date, time)?;
    let (kind, size, name) = match size {
        b"<DIR>" => (EntryKind::Directory, None, behind_mark(rest)),
        b"<JUNCTION>" | b"<SYMLINK>" | b"<SYMLINKD>" => (EntryKind::Link, None, behind_mark(rest)),
        digits => (
            EntryKind::File,
            Some(grouped_number(digits)?),
            rest.strip_prefix(b" ")?,
        ),
    };
    let (name, link_target) = match kind {
        EntryKind::Link => split_link(name),
        _ => (name, None),
    };
    if name.is_empty() {
        return None;
    }
    let mut entry = Entry::new(name, kind);
    entry.size = size;
    entry.modified = Some(modified);
    entry.link_target = link_target.map(<[u8]>::to_vec);
    entry.raw = line.to_vec();
    Some(entry)
}

fn modified(date: &[u8], time: &[u8]) -> Option<Modified> {
    let mut parts = date.split(|byte| *byte == b'-');
    let (month, day) = (two_digits(parts.next()?)?, two_digits(parts.next()?)?);
    let year = match parts.next()? {
        short @ [_, _] => short_year(two_digits(short)?),
        long => four_digits(long)?,
    };
    if parts.next().is_some() {
        return None;
    }
    Some(on_server(
        Date::new(year, month, day).ok()?,
        Some(time_of_day(time)?),
    ))
}

/// `1234567`, or `1,234,567`.
fn grouped_number(text: &[u8]) -> Option<u64> {
    if memchr::memchr(b',', text).is_none() {
        return number(text);
    }
    let mut groups = text.split(|byte| *byte == b',');
    let first = groups.next().filter(|group| group.len() <= 3)?;
    groups.try_fold(number(first)?, |sum, group| {
        let group = number(group).filter(|_| group.len() == 3)?;
        sum.checked_mul(1000)?.checked_add(group)
    })
}

/// `03:25PM` or `15:25`.
fn time_of_day(text: &[u8]) -> Option<(Time, Precision)> {
    let Some((digits, half)) = text
        .split_last_chunk::<2>()
        .filter(|(_, half)| half[1].eq_ignore_ascii_case(&b'M'))
    else {
        return clock(text);
    };
    let (time, precision) = clock(digits)?;
    let hour = match (time.hour(), half[0].to_ascii_uppercase()) {
        (12, b'A') => 0,
        (hour @ 1..=11, b'A') | (hour @ 12, b'P') => hour,
        (hour @ 1..=11, b'P') => hour + 12,
        _ => return None,
    };
    Time::new(hour, time.minute(), time.second(), 0)
        .ok()
        .map(|time| (time, precision))
}

/// The name behind `<DIR>`: IIS fills up with ten spaces, what is more belongs
/// to the name.
fn behind_mark(rest: &[u8]) -> &[u8] {
    const FILL: usize = 10;
    let spaces = rest.iter().take_while(|byte| **byte == b' ').count();
    &rest[spaces.min(FILL)..]
}

/// `name [target]`.
fn split_link(name: &[u8]) -> (&[u8], Option<&[u8]>) {
    let split = || {
        let inner = name.strip_suffix(b"]")?;
        let open = memchr::memmem::find(inner, b" [").filter(|open| *open > 0)?;
        Some((&name[..open], Some(&inner[open + 2..])))
    };
    split().unwrap_or((name, None))
}

/// The first word, and what follows it.
fn word(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let start = text.iter().position(|byte| *byte != b' ')?;
    let text = &text[start..];
    Some(text.split_at(memchr::memchr(b' ', text).unwrap_or(text.len())))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn entry(line: &str) -> Entry {
        parse(line.as_bytes()).unwrap_or_else(|| panic!("not an entry: {line}"))
    }

    #[test]
    fn reads_files_and_directories() {
        let directory = entry("10-23-26  03:25PM       <DIR>          Program Files");
        assert_eq!(
            (directory.name.as_slice(), directory.kind),
            (b"Program Files".as_slice(), EntryKind::Directory)
        );
        assert_eq!(directory.size, None);
        assert_eq!(
            directory.modified.map(|modified| modified.time),
            Some(date(2026, 10, 23).at(15, 25, 0, 0))
        );
        let file = entry("12-31-2026  23:59           5000000000 a file.txt");
        assert_eq!(
            (file.name.as_slice(), file.kind),
            (b"a file.txt".as_slice(), EntryKind::File)
        );
        assert_eq!(file.size, Some(5_000_000_000));
        assert_eq!(
            file.modified.map(|modified| modified.time),
            Some(date(2026, 12, 31).at(23, 59, 0, 0))
        );
        assert_eq!(entry("10-23-26 03:25PM <DIR> name").name, b"name");
    }

    #[test]
    fn reads_twelve_and_twenty_four_hours() {
        for (text, hour) in [
            ("12:05AM", 0),
            ("01:05am", 1),
            ("12:05PM", 12),
            ("11:05pm", 23),
            ("00:05", 0),
            ("13:05", 13),
        ] {
            assert_eq!(
                time_of_day(text.as_bytes()).map(|(time, _)| time.hour()),
                Some(hour),
                "{text}"
            );
        }
        for text in ["00:05AM", "13:05PM", "12:05XM", "M", "AM", "24:00"] {
            assert_eq!(time_of_day(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn takes_two_digits_for_the_nearer_century() {
        let year = |text: &str| {
            entry(&format!("02-28-{text}  01:00AM  1 x"))
                .modified
                .map(|modified| modified.time.year())
        };
        assert_eq!(year("69"), Some(2069));
        assert_eq!(year("70"), Some(1970));
        assert_eq!(year("99"), Some(1999));
        assert_eq!(year("2026"), Some(2026));
    }

    #[test]
    fn reads_sizes_with_and_without_commas() {
        let size = |text: &str| {
            parse(format!("02-28-26  01:00AM  {text} x").as_bytes()).and_then(|entry| entry.size)
        };
        for (text, expected) in [
            ("0", Some(0)),
            ("1,234", Some(1234)),
            ("18,446,744,073,709,551,615", Some(u64::MAX)),
            ("18,446,744,073,709,551,616", None),
            ("1234,567", None),
            ("1,23", None),
            (",123", None),
            ("1,", None),
        ] {
            assert_eq!(size(text), expected, "{text}");
        }
    }

    #[test]
    fn keeps_the_spaces_of_a_name() {
        assert_eq!(
            entry("10-23-26  03:25PM                    1  x  y ").name,
            b" x  y "
        );
        assert_eq!(
            entry("10-23-26  03:25PM       <DIR>            x ").name,
            b"  x "
        );
    }

    #[test]
    fn takes_a_junction_apart() {
        let link = entry("10-23-26  03:25PM       <JUNCTION>     data [D:\\data [1]]");
        assert_eq!(
            (link.name.as_slice(), link.kind),
            (b"data".as_slice(), EntryKind::Link)
        );
        assert_eq!(
            link.link_target.as_deref(),
            Some(b"D:\\data [1]".as_slice())
        );
        assert_eq!(
            entry("10-23-26  03:25PM  <SYMLINKD>  plain").link_target,
            None
        );
    }

    #[test]
    fn refuses_what_is_not_a_dos_listing() {
        for line in [
            "",
            "10-23-26",
            "10-23-26  03:25PM",
            "10-23-26  03:25PM       <DIR>",
            "10-23-26  03:25PM       <DIR>   ",
            "10-23-26  03:25PM       12",
            "10-23-26  03:25PM       12 ",
            "10-23-26  03:25PM       <WHAT>  x",
            "23-10-26  03:25PM       12 x",
            "10-23-026  03:25PM       12 x",
            "10-23-26-1  03:25PM       12 x",
            "10-23-26  03:25XM       12 x",
            "               3 File(s)  123 bytes",
        ] {
            assert_eq!(parse(line.as_bytes()), None, "{line:?}");
        }
    }
}
