//! Lines that are not understood, but have the columns of the lines around them.
//!
//! ```text
//! LEDGER   TXT      V         71         26          1 2026-04-02 12:33:20 EDI001
//! LEDGER   OLD      V         7x         ??          1 2026-04-02 12:33:20 EDI001
//! ```
//!
//! The name of such an entry is where the others have theirs. It counts only if there are as many words
//! as in another line, and all of them but one begin or end where those do, so that no text is taken
//! for an entry.

use super::columns::Columns;
use super::{Entry, EntryKind};

/// The columns of the lines of a listing that are understood.
#[derive(Clone, Debug, Default)]
pub(super) struct Alignment {
    patterns: Vec<Pattern>,
    /// The number of lines that patterns were learned from.
    learned: usize,
    /// Lines that are not understood, and may have the columns of later lines.
    held: Vec<Vec<u8>>,
    /// The number of lines that have been held.
    count: usize,
}

/// Lines with other columns than the first ones are rare.
const MOST_LEARNED: usize = 32;
/// The first lines of a listing may be held until one is understood.
const MOST_HELD: usize = 16;
const LONGEST_HELD: usize = 512;
/// A text has two words at the same place as a listing more often than three.
const FEWEST_WORDS: usize = 3;

/// Where the words of a line begin and end.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Pattern {
    /// The words beside the name.
    words: Vec<(usize, usize)>,
    place: Place,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// The name is the first word.
    First { start: usize },
    /// The name begins here, and ends the line.
    Last { start: usize },
}

impl Alignment {
    /// Learns the columns of a line that is understood.
    pub(super) fn learn(&mut self, entry: &Entry) {
        if self.learned == MOST_LEARNED {
            return;
        }
        self.learned += 1;
        if let Some(pattern) = Pattern::of(entry)
            && !self.patterns.contains(&pattern)
        {
            self.patterns.push(pattern);
        }
    }

    /// Returns the entry of a line that is not understood.
    pub(super) fn entry(&self, line: &[u8]) -> Option<Entry> {
        let name = self
            .patterns
            .iter()
            .find_map(|pattern| pattern.name(line))?;
        let (name, kind) = match name {
            [directory @ .., b'/'] => (directory, EntryKind::Directory),
            name => (name, EntryKind::Unknown),
        };
        if matches!(name, b"" | b"." | b"..") {
            return None;
        }
        let mut entry = Entry::new(name, kind);
        entry.raw = line.to_vec();
        Some(entry)
    }

    /// Holds a line that is not understood, if it may have the columns of later lines. Returns
    /// whether it does.
    pub(super) fn hold(&mut self, line: &[u8]) -> bool {
        let has_columns = Columns::of(line).words().len() > FEWEST_WORDS;
        let has_digit = line.iter().any(u8::is_ascii_digit);
        let is_held = self.patterns.is_empty()
            && self.count < MOST_HELD
            && line.len() <= LONGEST_HELD
            && has_columns
            && has_digit;
        if is_held {
            self.held.push(line.to_vec());
            self.count += 1;
        }
        is_held
    }

    /// Returns the held lines, once the columns of others are known.
    pub(super) fn release(&mut self) -> Vec<Vec<u8>> {
        match self.patterns.is_empty() {
            true => Vec::new(),
            false => std::mem::take(&mut self.held),
        }
    }

    /// Ends the listing. Returns the lines that are still held.
    pub(super) fn finish(&mut self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.held)
    }
}

impl Pattern {
    /// Returns the columns of an entry, if its name begins or ends its line, and no mark is part of
    /// them.
    fn of(entry: &Entry) -> Option<Self> {
        let line = entry.raw.as_slice();
        if line.contains(&b'\t') || line.contains(&b'\n') || entry.kind == EntryKind::Link {
            return None;
        }
        let bare = match entry.kind {
            EntryKind::Directory => line.strip_suffix(b"/").unwrap_or(line),
            _ => line,
        };
        let blanks = line.iter().take_while(|byte| **byte == b' ').count();
        let place = if bare.ends_with(&entry.name) {
            let start = bare.len() - entry.name.len();
            Place::Last { start }
        } else if first_word(&line[blanks..]) == entry.name {
            Place::First { start: blanks }
        } else {
            return None;
        };
        let words = words(line, place)?;
        (words.len() >= FEWEST_WORDS).then_some(Self { words, place })
    }

    fn name<'a>(&self, line: &'a [u8]) -> Option<&'a [u8]> {
        if line.contains(&b'\t') {
            return None;
        }
        let words = words(line, self.place)?;
        let is_alike =
            |(one, other): (&(usize, usize), &(usize, usize))| one.0 == other.0 || one.1 == other.1;
        let alike = words
            .iter()
            .zip(&self.words)
            .filter(|pair| is_alike(*pair))
            .count();
        if words.len() != self.words.len() || alike + 1 < words.len() {
            return None;
        }
        let name = match self.place {
            Place::First { start } => first_word(&line[start..]),
            Place::Last { start } => &line[start..],
        };
        // What has blanks or arrows in it may be more than a name.
        let is_name = !name.starts_with(b" ")
            && !name.ends_with(b" ")
            && [b"  ".as_slice(), b" -> ", b" [", b"<"]
                .iter()
                .all(|mark| memchr::memmem::find(name, mark).is_none());
        is_name.then_some(name)
    }
}

fn first_word(text: &[u8]) -> &[u8] {
    &text[..memchr::memchr(b' ', text).unwrap_or(text.len())]
}

/// Returns where the words beside the name begin and end. Returns `None` if no word begins where the
/// name does.
fn words(line: &[u8], place: Place) -> Option<Vec<(usize, usize)>> {
    let (start, beside) = match place {
        Place::First { start } => {
            let name = first_word(line.get(start..)?);
            (start, start + name.len()..line.len())
        }
        Place::Last { start } => (start, 0..start),
    };
    let begins = start == 0 || line.get(start - 1) == Some(&b' ');
    let is_word = line.get(start).is_some_and(|byte| *byte != b' ');
    let is_first =
        !matches!(place, Place::First { .. }) || line[..start].iter().all(|it| *it == b' ');
    if !begins || !is_word || !is_first {
        return None;
    }
    let mut words = Vec::new();
    let mut at = beside.start;
    while at < beside.end {
        let rest = &line[at..beside.end];
        let blanks = rest.iter().take_while(|byte| **byte == b' ').count();
        let length = first_word(&rest[blanks..]).len();
        if length > 0 {
            words.push((at + blanks, at + blanks + length));
        }
        at += blanks + length;
    }
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aligned(sample: &str, name: &str, line: &str) -> Option<(String, EntryKind)> {
        let mut entry = Entry::new(name, EntryKind::File);
        entry.raw = sample.as_bytes().to_vec();
        let mut alignment = Alignment::default();
        alignment.learn(&entry);
        let found = alignment.entry(line.as_bytes())?;
        assert_eq!(found.raw, line.as_bytes());
        Some((
            String::from_utf8_lossy(&found.name).into_owned(),
            found.kind,
        ))
    }

    #[test]
    fn a_line_with_the_columns_of_another_has_its_name_there() {
        let sample = "size  150 12-Nov-26 13:57 a.txt";
        for (line, name, kind) in [
            (
                "size  ?50 12-???-26 1?:57 b c.txt",
                "b c.txt",
                EntryKind::Unknown,
            ),
            (
                "size 1150 12-Xov-26 13:57 sub/",
                "sub",
                EntryKind::Directory,
            ),
        ] {
            assert_eq!(
                aligned(sample, "a.txt", line),
                Some((name.to_owned(), kind))
            );
        }
        let sample = "A.TXT   150  12-Nov-26 13:57";
        let expected = Some(("LONGER".to_owned(), EntryKind::Unknown));
        assert_eq!(
            aligned(sample, "A.TXT", "LONGER  1x0  12-Nov-2x 13:57"),
            expected
        );
    }

    #[test]
    fn a_text_is_no_entry() {
        let sample = "size  150 12-Nov-26 13:57 a.txt";
        for line in [
            "",
            "size  150 12-Nov-26 13:57",
            "size  150 12-Nov-26 13:57 ",
            "size  150 12-Nov-26 13:57  b",
            "size  150 12-Nov-26 13:57 ..",
            "size  150 12-Nov-26 13:57 b -> c",
            "size  150 12-Nov-26 13:57 b    <DIR>",
            "ls: cannot access 'x': No such file",
            "the 5 files of 2026 are gone now",
            "s  150 more 12-Nov-26 13:57 a.txt",
            "s  1 12-Nov-26   13:57  a.txt",
        ] {
            assert_eq!(aligned(sample, "a.txt", line), None, "{line}");
        }
        // Two words beside the name are too few.
        assert_eq!(aligned("5 13:57 a.txt", "a.txt", "x 13:57 b.txt"), None);
    }
}
