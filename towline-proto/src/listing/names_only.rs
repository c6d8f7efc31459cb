//! A listing of bare names, as the servers of some routers and old desktop systems send it.
//!
//! Only the whole listing shows this: it has more than one line, every line is a single plain word,
//! and no line fits another form. The words are held until that is certain. A line of another
//! shape, such as an error message, rules it out.

use super::{Entry, EntryKind};

/// The most bytes to hold. A listing with this many bare names has nothing else.
const MOST_HELD: usize = 1 << 20;
/// A single word may be anything.
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

/// The meaning of a line that fits no other form.
pub(super) enum Taken {
    /// The result comes later.
    Held,
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
        }
    }
}

impl NamesOnly {
    /// Handles a line that fits no other form.
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

    /// Returns the held names once there are so many that they can be nothing else.
    pub(super) fn certain(&mut self) -> Vec<Entry> {
        match self {
            Self::Possible { bytes, .. } if *bytes > MOST_HELD => self.finish().unwrap_or_default(),
            _ => Vec::new(),
        }
    }

    /// Ends the listing. Returns the held names, or the held lines if they turn out not to be
    /// names.
    pub(super) fn finish(&mut self) -> Result<Vec<Entry>, Vec<Vec<u8>>> {
        match std::mem::replace(self, Self::Certain) {
            Self::Possible { held, .. } if held.len() >= FEWEST_NAMES => {
                Ok(held.iter().map(|line| entry(line)).collect())
            }
            Self::Possible { held, .. } => Err(held),
            Self::Certain | Self::RuledOut => Ok(Vec::new()),
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
    let is_plain = |byte: &u8| {
        !byte.is_ascii_control() && !byte.is_ascii_whitespace() && !b"/\\:;*?\"<>|".contains(byte)
    };
    let has_letter = name
        .iter()
        .any(|byte| byte.is_ascii_alphanumeric() || !byte.is_ascii());
    name.iter().all(is_plain) && (has_letter || matches!(line, b"." | b".."))
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
                Taken::Reference | Taken::Unknown => panic!("a plain word is held or is a name"),
            }
            if let NamesOnly::Possible { bytes, .. } = &names {
                assert!(*bytes < 2 * MOST_HELD);
            }
            told += names.certain().len();
        }
        assert_eq!(told, 5000);
    }
}
