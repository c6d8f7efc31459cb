//! A listing of names and nothing else, as the servers of some routers and of old
//! desktop systems send.
//!
//! What shows it is the whole of it: more than one line, every line a single plain word,
//! and none of them understood as anything else. Until that is certain, the words are
//! held; a line of another shape, such as an error text, rules it out.

use super::{Entry, EntryKind};

/// How much is held. So many names and nothing else is a listing of names.
const MOST_HELD: usize = 1 << 20;
/// One word may be anything.
const FEWEST_NAMES: usize = 2;

/// Whether this may still be a listing of names.
#[derive(Clone, Debug)]
pub(super) enum NamesOnly {
    /// Every line so far is a word.
    Possible {
        held: Vec<Vec<u8>>,
        bytes: usize,
    },
    Certain,
    RuledOut,
}

/// What a line is that was not understood otherwise.
pub(super) enum Taken {
    /// To be told later.
    Held,
    /// The directory or its parent.
    Reference,
    /// The name of an [`entry`].
    Name,
    /// No name.
    Unknown,
}

impl Default for NamesOnly {
    fn default() -> Self {
        Self::Possible {
            held: Vec::new(),
            bytes: 0,
        }
    }
}

impl NamesOnly {
    /// Takes a line that was not understood otherwise.
    pub(super) fn take(&mut self, line: &[u8]) -> Taken {
        if !is_plain_word(line) {
            return Taken::Unknown;
        }
        match self {
            Self::Possible { .. } | Self::Certain if matches!(line, b"." | b"..") => {
                Taken::Reference
            }
            Self::Possible { held, bytes } => {
                *bytes += line.len() + size_of::<Vec<u8>>();
                held.push(line.to_vec());
                Taken::Held
            }
            Self::Certain => Taken::Name,
            Self::RuledOut => Taken::Unknown,
        }
    }

    /// The names held, as soon as there are so many that they are nothing else.
    pub(super) fn certain(&mut self) -> Vec<Entry> {
        match self {
            Self::Possible { bytes, .. } if *bytes > MOST_HELD => self.finish().unwrap_or_default(),
            _ => Vec::new(),
        }
    }

    /// At the end of the listing: the names held, or the lines that turned out to be none.
    pub(super) fn finish(&mut self) -> Result<Vec<Entry>, Vec<Vec<u8>>> {
        match std::mem::replace(self, Self::Certain) {
            Self::Possible { held, .. } if held.len() >= FEWEST_NAMES => {
                Ok(held.iter().map(|line| entry(line)).collect())
            }
            Self::Possible { held, .. } => Err(held),
            Self::Certain | Self::RuledOut => Ok(Vec::new()),
        }
    }

    /// There is something else in the listing: gives the lines held, which are not names.
    pub(super) fn rule_out(&mut self) -> Vec<Vec<u8>> {
        match std::mem::replace(self, Self::RuledOut) {
            Self::Possible { held, .. } => held,
            Self::Certain | Self::RuledOut => Vec::new(),
        }
    }
}

/// A word that servers give to files, and no heading, ruler, path or message: a slash may
/// stand behind it alone.
fn is_plain_word(line: &[u8]) -> bool {
    let name = line.strip_suffix(b"/").unwrap_or(line);
    let is_plain = |byte: &u8| {
        !byte.is_ascii_control() && !byte.is_ascii_whitespace() && !b"/\\:;*?\"<>|".contains(byte)
    };
    let has_letter = name
        .iter()
        .any(|byte| byte.is_ascii_alphanumeric() || !byte.is_ascii());
    name.iter().all(is_plain) && (has_letter || matches!(line, b"." | b".."))
}

/// Of a name alone nothing else is known, but for a directory that a slash marks.
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
    fn one_word_is_no_listing() {
        let mut names = NamesOnly::default();
        assert!(matches!(names.take(b"forbidden"), Taken::Held));
        assert_eq!(names.finish(), Err(vec![b"forbidden".to_vec()]));
    }

    #[test]
    fn holds_no_more_than_its_share() {
        let mut names = NamesOnly::default();
        let word = vec![b'a'; 1000];
        let mut told = 0;
        for _ in 0..5000 {
            match names.take(&word) {
                Taken::Held => {}
                Taken::Name => told += 1,
                Taken::Reference | Taken::Unknown => panic!("a plain word"),
            }
            if let NamesOnly::Possible { bytes, .. } = &names {
                assert!(*bytes < 2 * MOST_HELD);
            }
            told += names.certain().len();
        }
        assert_eq!(told, 5000);
    }
}
