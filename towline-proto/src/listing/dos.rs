//! `LIST` in the form of the command `DIR`, as IIS prints it.
//!
//! ```text
//! 10-23-26  03:25PM       <DIR>          name
//! 12-31-2026  23:59                 1234 name
//! 12/31/2026  11:59 PM             1,234 name
//! 2026-12-31  23:59       <DIR>          name
//! ```
//!
//! The month comes before the day, except in dates with dots and dates that start with the year.

use super::clock::{Half, clock, half, half_clock, on_server};
use super::compact::{Compact, Order};
use super::month::in_text;
use super::size::size;
use super::{Entry, EntryKind, Modified};

/// Reads one line. Returns `None` if it is not in this form.
pub(super) fn parse(line: &[u8]) -> Option<Entry> {
    let (date, rest) = word(line)?;
    // One look rules out nearly every line in another form.
    date.first().filter(|byte| byte.is_ascii_digit())?;
    let date = Compact::ahead_of_time(date)?;
    let (time, rest) = TimeOfDay::at_start_of(rest)?;
    let (mark, rest) = word(rest)?;
    let is = |name: &[u8]| mark.eq_ignore_ascii_case(name);
    let (kind, size, name) = if is(b"<DIR>") {
        (EntryKind::Directory, None, behind_mark(rest))
    } else if is(b"<JUNCTION>") || is(b"<SYMLINK>") || is(b"<SYMLINKD>") {
        (EntryKind::Link, None, behind_mark(rest))
    } else {
        (EntryKind::File, size(mark)?, rest.strip_prefix(b" ")?)
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
    entry.modified = time.on(&date);
    entry.link_target = link_target.map(<[u8]>::to_vec);
    entry.raw = line.to_vec();
    Some(entry)
}

/// Returns whether `line` is above the entries in the output of `DIR`: `Volume in drive C is X`,
/// `Directory of C:\X`.
pub(super) fn is_heading(line: &[u8]) -> bool {
    const STARTS: [&[u8]; 3] = [
        b"Volume in drive ",
        b"Volume Serial Number is ",
        b"Directory of ",
    ];
    let line = line.trim_ascii();
    STARTS.iter().any(|start| line.starts_with(start))
}

/// Returns whether `line` is below the entries in the output of `DIR`: `2 File(s)  1,234 bytes`.
pub(super) fn is_total(line: &[u8]) -> bool {
    let is_plural = |word: &[u8]| {
        let word = word.strip_suffix(b",").unwrap_or(word);
        word.len() > 3 && word.ends_with(b")") && word[1..].contains(&b'(')
    };
    let counts = || {
        let (count, rest) = word(line.trim_ascii())?;
        size(count)??;
        word(rest).map(|(what, _)| is_plural(what))
    };
    counts().unwrap_or(false)
}

/// `03:25PM`, `3:25 PM`, `15:25` or, in Eastern languages, a word for the half ahead of the time.
struct TimeOfDay<'a> {
    digits: &'a [u8],
    /// The letters after the digits, such as `PM`.
    letters: &'a [u8],
}

impl<'a> TimeOfDay<'a> {
    /// Reads the time at the start of `text`, even an impossible one. Also returns what follows it.
    fn at_start_of(text: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (mut time, mut rest) = word(text)?;
        let mut ahead: &[u8] = b"";
        if !time.is_ascii() && !time[0].is_ascii_digit() {
            ahead = time;
            (time, rest) = word(rest)?;
        }
        let is_letter = |byte: &u8| byte.is_ascii_alphabetic() || !byte.is_ascii();
        let end = time.iter().position(is_letter);
        let (digits, letters) = time.split_at(end.unwrap_or(time.len()));
        let letters = if letters.is_empty() { ahead } else { letters };
        if !digits.first()?.is_ascii_digit() || !digits.contains(&b':') {
            return None;
        }
        let (letters, rest) = match word(rest) {
            Some((next, behind)) if letters.is_empty() && half(next).is_some() => (next, behind),
            _ => (letters, rest),
        };
        Some((Self { digits, letters }, rest))
    }

    fn on(&self, date: &Compact<'_>) -> Option<Modified> {
        let time = match self.letters {
            [] => clock(self.digits)?,
            letters => half_clock(
                self.digits,
                half(letters).or_else(|| eastern_half(letters))?,
            )?,
        };
        Some(on_server(date.date(Order::American)?, Some(time)))
    }
}

/// Reads the Chinese, Japanese or Korean word for the half of the day.
fn eastern_half(word: &[u8]) -> Option<Half> {
    in_text(word, |word| match word {
        "上午" | "午前" | "오전" => Some(Half::Morning),
        "下午" | "午後" | "오후" => Some(Half::Afternoon),
        _ => None,
    })
}

/// Returns the name after `<DIR>`. IIS pads the mark with ten spaces. Any more spaces belong to the
/// name.
fn behind_mark(rest: &[u8]) -> &[u8] {
    const FILL: usize = 10;
    let spaces = rest.iter().take_while(|byte| **byte == b' ').count();
    &rest[spaces.min(FILL)..]
}

/// Splits `name [target]`.
fn split_link(name: &[u8]) -> (&[u8], Option<&[u8]>) {
    let split = || {
        let inner = name.strip_suffix(b"]")?;
        let open = memchr::memmem::find(inner, b" [").filter(|open| *open > 0)?;
        Some((&name[..open], Some(&inner[open + 2..])))
    };
    split().unwrap_or((name, None))
}

/// Returns the first word and what follows it.
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
            ("12:05 AM", 0),
            ("01:05am", 1),
            ("1:05 a.m.", 1),
            ("12:05PM", 12),
            ("11:05pm", 23),
            ("11:05 PM", 23),
            ("11:05p", 23),
            ("00:05", 0),
            ("13:05", 13),
        ] {
            let modified = entry(&format!("02-28-26  {text}  1 x")).modified;
            let found = modified.map(|modified| modified.time.hour());
            assert_eq!(found, Some(hour), "{text}");
        }
        for text in ["00:05AM", "13:05PM", "12:05XM", "24:00", "12:60"] {
            let entry = entry(&format!("02-28-26  {text}  1 x"));
            assert_eq!((entry.modified, entry.size), (None, Some(1)), "{text}");
        }
        for text in ["M", "AM", "12", ":"] {
            assert_eq!(parse(format!("02-28-26  {text}  1 x").as_bytes()), None);
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
    fn reads_dates_with_other_separators_and_orders() {
        let expected = Some(date(2015, 7, 23).at(22, 15, 0, 0));
        for written in [
            "07-23-15  10:15PM",
            "07/23/2015  10:15 PM",
            "07/23/15  10:15 PM",
            "2015-07-23  22:15",
            "2015/07/23  22:15",
            "23.07.2015  22:15",
        ] {
            for (rest, kind, size) in [
                ("   <DIR>          a b", EntryKind::Directory, None),
                ("             1,234 a b", EntryKind::File, Some(1234)),
            ] {
                let entry = entry(&format!("{written}{rest}"));
                assert_eq!(
                    (entry.name.as_slice(), entry.kind, entry.size),
                    (b"a b".as_slice(), kind, size),
                    "{written}"
                );
                assert_eq!(entry.modified.map(|modified| modified.time), expected);
            }
        }
    }

    #[test]
    fn a_field_that_cannot_be_costs_itself() {
        for written in [
            "23-10-26  03:25PM",
            "10-23-026  03:25PM",
            "00-00-80  12:00AM",
            "02-30-26  12:00AM",
            "10-23-26  03:25XM",
        ] {
            let entry = entry(&format!("{written}       12 x"));
            assert_eq!(
                (entry.name.as_slice(), entry.size, entry.modified),
                (b"x".as_slice(), Some(12), None),
                "{written}"
            );
        }
        let entry = entry("10-23-26  03:25PM       -1 x");
        assert_eq!((entry.name.as_slice(), entry.size), (b"x".as_slice(), None));
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
            "10-23-26  03:25PM       many  x",
            "10-23-26-1  03:25PM       12 x",
            "10-23-26  PM       12 x",
            "               3 File(s)  123 bytes",
        ] {
            assert_eq!(parse(line.as_bytes()), None, "{line:?}");
        }
    }
}
