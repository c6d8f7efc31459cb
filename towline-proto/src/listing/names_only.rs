//! A listing of bare names, as the servers of some routers and old desktop systems send it.
//!
//! Only the whole listing shows this: it has more than one line that is a single plain word, fewer
//! lines of several plain words, and no line fits another form. The lines are held until that
//! is certain. A line of another shape, such as an error message, rules it out.

use super::mode::Mode;
use super::{Entry, EntryKind};

/// The most bytes to hold. A listing with this many bare names has nothing else.
const MOST_HELD: usize = 1 << 20;
/// A single word may be anything.
const FEWEST_NAMES: usize = 2;

/// Whether this may still be a listing of names.
#[derive(Clone, Debug)]
pub(super) enum NamesOnly {
    /// Every line so far may be a name.
    Possible {
        held: Vec<Vec<u8>>,
        bytes: usize,
        /// How many of them are single words.
        single: usize,
    },
    Certain,
    RuledOut,
}

/// The meaning of a line that fits no other form.
pub(super) enum Taken {
    /// The result comes later. A line of several words is more often a text than a name.
    Held { is_word: bool },
    /// The directory itself or its parent.
    Reference,
    /// The name of an [`entry`].
    Name,
    /// Not a name.
    Unknown,
}

impl Default for NamesOnly {
    fn default() -> Self {
        Self::Possible {
            held: Vec::new(),
            bytes: 0,
            single: 0,
        }
    }
}

impl NamesOnly {
    /// Handles a line that fits no other form.
    pub(super) fn take(&mut self, line: &[u8]) -> Taken {
        if !is_plain_name(line) {
            return Taken::Unknown;
        }
        match self {
            Self::Possible { .. } | Self::Certain if matches!(line, b"." | b"..") => {
                Taken::Reference
            }
            Self::Possible {
                held,
                bytes,
                single,
            } => {
                let is_word = is_plain_word(line);
                *single += usize::from(is_word);
                *bytes += line.len() + size_of::<Vec<u8>>();
                held.push(line.to_vec());
                Taken::Held { is_word }
            }
            Self::Certain => Taken::Name,
            Self::RuledOut => Taken::Unknown,
        }
    }

    /// As [`Self::finish`], once so many lines are held that more would not change what they are.
    pub(super) fn certain(&mut self) -> Result<Vec<Entry>, Vec<Vec<u8>>> {
        match self {
            Self::Possible { bytes, .. } if *bytes > MOST_HELD => self.finish(),
            _ => Ok(Vec::new()),
        }
    }

    /// Ends the listing. Returns the held names, or the held lines if they turn out not to be
    /// names.
    pub(super) fn finish(&mut self) -> Result<Vec<Entry>, Vec<Vec<u8>>> {
        match std::mem::replace(self, Self::RuledOut) {
            Self::Possible { held, single, .. } => {
                if single < FEWEST_NAMES || held.len() >= 2 * single {
                    return Err(held);
                }
                *self = Self::Certain;
                Ok(held.iter().map(|line| entry(line)).collect())
            }
            before => {
                *self = before;
                Ok(Vec::new())
            }
        }
    }

    /// Records that the listing contains something else. Returns the held lines, which are not
    /// names.
    pub(super) fn rule_out(&mut self) -> Vec<Vec<u8>> {
        match std::mem::replace(self, Self::RuledOut) {
            Self::Possible { held, .. } => held,
            Self::Certain | Self::RuledOut => Vec::new(),
        }
    }
}

/// Returns whether `line` is a word that servers use as a file name, and not a heading, ruler, path
/// or message. A slash may only come last.
fn is_plain_word(line: &[u8]) -> bool {
    let name = line.strip_suffix(b"/").unwrap_or(line);
    let has_letter = name
        .iter()
        .any(|byte| byte.is_ascii_alphanumeric() || !byte.is_ascii());
    name.iter().all(is_plain) && (has_letter || matches!(line, b"." | b".."))
}

/// Returns whether file names have this byte.
fn is_plain(byte: &u8) -> bool {
    !byte.is_ascii_control() && !byte.is_ascii_whitespace() && !b"/\\:;*?\"<>|".contains(byte)
}

/// Returns whether `line` is one or more plain words with a blank between them, and not several
/// names or a sentence.
fn is_plain_name(line: &[u8]) -> bool {
    let name = line.strip_suffix(b"/").unwrap_or(line);
    if !name.contains(&b' ') {
        return is_plain_word(line);
    }
    let mut words = name.split(|byte| *byte == b' ');
    let is_part = |word: &[u8]| {
        let end = word.last();
        word.iter().all(is_plain) && end.is_some_and(|end| !b".,!".contains(end))
    };
    // A line of `ls -l` that cannot be read is no name.
    words.all(is_part) && Mode::in_line(line).is_none()
}

/// Returns the entry of a line that may be a bare name, and is one word. A single line may as well be a
/// text: ask the server for that name.
#[must_use]
pub fn bare_name(line: &[u8]) -> Option<Entry> {
    let is_name = is_plain_word(line) && !matches!(line, b"." | b"..");
    is_name.then(|| entry(line))
}

/// Creates an entry from a bare name. Its kind is unknown unless a slash marks a directory.
pub(super) fn entry(line: &[u8]) -> Entry {
    let (name, kind) = match line {
        [directory @ .., b'/'] => (directory, EntryKind::Directory),
        name => (name, EntryKind::Unknown),
    };
    let mut entry = Entry::new(name, kind);
    entry.raw = line.to_vec();
    entry
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_a_plain_word() {
        for line in [
            "a",
            "READ.ME",
            "caf\u{e9}",
            "-rf",
            "a=b",
            "sub/",
            ".hidden",
            ".",
            "..",
        ] {
            assert!(is_plain_word(line.as_bytes()), "{line}");
        }
        for line in [
            "",
            "/",
            "a b",
            " a",
            "a\tb",
            "ls:",
            "a/b",
            "/a",
            "a\\b",
            "*.*;0",
            "A.B;1",
            "-----",
            "===",
            "<DIR>",
            "...",
            "type=file;size=1;x",
            "\x1b[m",
        ] {
            assert!(!is_plain_word(line.as_bytes()), "{line}");
        }
    }

    #[test]
    fn a_name_has_an_unknown_kind() {
        let kinds = ["a", "b/"].map(|line| {
            let entry = entry(line.as_bytes());
            assert_eq!(entry.raw, line.as_bytes());
            (entry.name, entry.kind)
        });
        assert_eq!(
            kinds,
            [
                (b"a".to_vec(), EntryKind::Unknown),
                (b"b".to_vec(), EntryKind::Directory)
            ]
        );
    }

    #[test]
    fn a_name_may_have_blanks_among_others_that_have_none() {
        let taken = |lines: &[&str]| {
            let mut names = NamesOnly::default();
            for line in lines {
                assert!(
                    matches!(names.take(line.as_bytes()), Taken::Held { .. }),
                    "{line}"
                );
            }
            names.finish().is_ok()
        };
        assert!(taken(&[
            "My Documents",
            "a.txt",
            "b - c.txt",
            "d.txt",
            "x/"
        ]));
        // Text, more likely.
        assert!(!taken(&["Permission denied"]));
        assert!(!taken(&["a.txt", "no such directory"]));
        assert!(!taken(&["access", "to this", "is denied", "today"]));
        for line in [
            "a  b",
            " a b",
            "a b ",
            "Access denied.",
            "Hello, you",
            "ls: a b",
            "a b/c",
        ] {
            assert!(!is_plain_name(line.as_bytes()), "{line}");
        }
    }

    #[test]
    fn one_word_is_no_listing() {
        let mut names = NamesOnly::default();
        assert!(matches!(names.take(b"forbidden"), Taken::Held { .. }));
        assert_eq!(names.finish(), Err(vec![b"forbidden".to_vec()]));
    }

    #[test]
    fn holds_no_more_than_its_share() {
        let mut names = NamesOnly::default();
        let word = vec![b'a'; 1000];
        let mut told = 0;
        for _ in 0..5000 {
            match names.take(&word) {
                Taken::Held { .. } => {}
                Taken::Name => told += 1,
                Taken::Reference | Taken::Unknown => panic!("a plain word is held or is a name"),
            }
            if let NamesOnly::Possible { bytes, .. } = &names {
                assert!(*bytes < 2 * MOST_HELD);
            }
            told += names.certain().unwrap_or_default().len();
        }
        assert_eq!(told, 5000);
    }
}
