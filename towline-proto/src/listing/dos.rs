//! `LIST` in the form of the command `DIR`, as IIS prints it.
//!
//! ```text
//! 10-23-26  03:25PM       <DIR>          name
//! 12-31-2026  23:59                 1234 name
//! 12/31/2026  11:59 PM             1,234 name
//! 2026-12-31  23:59       <DIR>          name
//! 31/12/2026  23:59         1 234 567 890 name
//! ```
//!
//! The month comes before the day, except in dates with dots and dates that start with the year.

use jiff::civil::Time;

use super::clock::{Half, clock, half, half_clock, on_server};
use super::compact::{Compact, Order};
use super::month::in_text;
use super::size::size as size_of;
use super::{Entry, EntryKind, Modified, Precision};

/// Reads one line. Returns `None` if it is not in this form.
pub(super) fn parse(line: &[u8]) -> Option<Entry> {
    let (date, rest) = word(line)?;
    // One look rules out nearly every line in another form.
    date.first()
        .filter(|byte| byte.is_ascii_digit() || b"?*".contains(byte))?;
    let date = Compact::ahead_of_time(date);
    let (time, rest) = TimeOfDay::at_start_of(rest)?;
    let behind_time = line.len() - rest.len();
    let (mark, rest) = word(rest)?;
    let (kind, size, name) = if let Some(kind) = marked(mark) {
        (kind, None, behind_mark(rest))
    } else if let Some((size, name)) = padded(line, behind_time) {
        (EntryKind::File, size, name)
    } else if let Some(name) = behind_unreadable_mark(line, behind_time) {
        (EntryKind::Unknown, None, name)
    } else {
        let size = size_of(mark)?;
        let name = rest.strip_prefix(b" ")?;
        // The number may be something else, and the name further right.
        let is_further_right = || {
            let (next, _) = word(name)?;
            let begin = line.len() - name.len();
            let column = line
                .get(begin..NAME_AT)
                .filter(|_| line.get(NAME_AT) != Some(&b' '));
            let is_size =
                column.is_some_and(|it| it.ends_with(b" ") && size_of(it.trim_ascii()).is_some());
            Some(marked(next).is_some() || is_size)
        };
        if name.starts_with(b" ") && (size.is_none() || is_further_right() == Some(true)) {
            return None;
        }
        (EntryKind::File, size, name)
    };
    // A date that cannot be read needs the columns of this form beside it.
    let is_certain = marked(mark).is_some() || padded(line, behind_time).is_some();
    if date.is_none() && !(is_certain && time.read().is_some()) {
        return None;
    }
    let (name, link_target) = match kind {
        EntryKind::Link => split_link(name),
        _ => (name, None),
    };
    if name.is_empty() {
        return None;
    }
    let mut entry = Entry::new(name, kind);
    entry.size = size;
    entry.modified = date.and_then(|date| time.on(&date));
    entry.link_target = link_target.map(<[u8]>::to_vec);
    entry.raw = line.to_vec();
    Some(entry)
}

/// Returns the kind that a mark in place of the size means. It is unknown for a mark such as
/// `<UNION>`.
fn marked(mark: &[u8]) -> Option<EntryKind> {
    let name = mark.strip_prefix(b"<")?.strip_suffix(b">")?;
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_".contains(byte);
    if name.is_empty() || !name.iter().all(is_name) {
        return None;
    }
    let is = |known: &[u8]| name.eq_ignore_ascii_case(known);
    Some(if is(b"DIR") {
        EntryKind::Directory
    } else if is(b"JUNCTION") || is(b"SYMLINK") || is(b"SYMLINKD") {
        EntryKind::Link
    } else {
        EntryKind::Unknown
    })
}

/// Names begin in this column of IIS and `DIR`.
const NAME_AT: usize = 39;

/// Returns the name behind a word that is neither a size, which would end right before the name, nor a
/// mark.
fn behind_unreadable_mark(line: &[u8], behind_time: usize) -> Option<&[u8]> {
    /// The blanks behind `<SYMLINKD>`.
    const FEWEST_BLANKS: usize = 5;
    let (columns, name) = line.split_at_checked(NAME_AT)?;
    let column = columns.get(behind_time..)?;
    let blanks = column
        .iter()
        .rev()
        .take_while(|byte| **byte == b' ')
        .count();
    let is_word = !column.trim_ascii().is_empty() && !column.trim_ascii().contains(&b' ');
    (blanks >= FEWEST_BLANKS && is_word && !name.starts_with(b" ")).then_some(name)
}

/// Reads a size that ends where IIS and `DIR` end it, and the name behind it. Blanks may separate the
/// thousands of such a size, and it may be unreadable.
fn padded(line: &[u8], behind_time: usize) -> Option<(Option<u64>, &[u8])> {
    let (columns, name) = line.split_at_checked(NAME_AT)?;
    let column = columns.get(behind_time..)?.strip_suffix(b" ")?;
    let text = column.trim_ascii_start();
    let is_column = !text.is_empty() && !text.ends_with(b" ") && column.starts_with(b"  ");
    if !is_column || name.starts_with(b" ") {
        return None;
    }
    match size_of(text) {
        Some(size) if !text.contains(&b' ') => Some((size, name)),
        Some(Some(size)) => Some((Some(size), name)),
        None if !text.contains(&b' ') => Some((None, name)),
        _ => None,
    }
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
        size_of(count)??;
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
        let is_first = |byte: &u8| byte.is_ascii_digit() || *byte == b'?';
        if !digits.first().is_some_and(is_first) || !digits.contains(&b':') {
            return None;
        }
        let (letters, rest) = match word(rest) {
            Some((next, behind)) if letters.is_empty() && half(next).is_some() => (next, behind),
            _ => (letters, rest),
        };
        Some((Self { digits, letters }, rest))
    }

    /// Returns the time, if it is possible.
    fn read(&self) -> Option<(Time, Precision)> {
        match self.letters {
            [] => clock(self.digits),
            letters => half_clock(
                self.digits,
                half(letters).or_else(|| eastern_half(letters))?,
            ),
        }
    }

    fn on(&self, date: &Compact<'_>) -> Option<Modified> {
        Some(on_server(date.date(Order::American)?, Some(self.read()?)))
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
    fn reads_sizes_in_their_column() {
        for (size, expected) in [
            ("1 234 567", Some(1_234_567)),
            ("1.234.567", Some(1_234_567)),
            ("1'234", Some(1234)),
            ("many", None),
            ("********", None),
        ] {
            for time in [
                "10-23-26  03:25PM",
                "10/23/2026  03:25 PM",
                "1?-23-26  03:25PM",
            ] {
                let columns = 38 - time.len();
                let line = format!("{time}{size:>columns$} 7 x");
                let entry = entry(&line);
                assert_eq!(
                    (entry.name.as_slice(), entry.size),
                    (b"7 x".as_slice(), expected),
                    "{line}"
                );
            }
        }
        // Without the columns, the name may begin with a number.
        let entry = entry("10-23-26  03:25PM  1 234 x");
        assert_eq!(
            (entry.name.as_slice(), entry.size),
            (b"234 x".as_slice(), Some(1))
        );
    }

    #[test]
    fn keeps_a_name_behind_a_mark_of_its_own() {
        for line in [
            "1?-23-26  03:25PM       <UNION>        a b",
            "10-23-26  03:61PM       ?????          a b",
            "10-23-26  03:61PM       99999          a b",
        ] {
            let entry = entry(line);
            assert_eq!(
                (entry.name.as_slice(), entry.kind, entry.modified),
                (b"a b".as_slice(), EntryKind::Unknown, None),
                "{line}"
            );
        }
        for line in [
            "07/23/2015  10:15 ??    <DIR>    x",
            "07/23/2015  10:15 99    <DIR>    x",
        ] {
            assert_eq!(parse(line.as_bytes()), None, "{line}");
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
            "10-23-26  03:25PM       <a b>  x",
            "10-23-26  03:25PM       many  x",
            "10-23-26-1  03:25PM       12 x",
            "1?-23-26  03:25PM       12 x",
            "1?-23-26  03:61PM       <DIR>          x",
            "10-23-26  PM       12 x",
            "               3 File(s)  123 bytes",
        ] {
            assert_eq!(parse(line.as_bytes()), None, "{line:?}");
        }
    }
}
