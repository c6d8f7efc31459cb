//! The words of a line and their positions.

/// No date ends after this column.
const MOST_COLUMNS: usize = 14;

/// The first words of a line, separated by spaces or tabs.
pub(super) struct Columns<'a> {
    line: &'a [u8],
    /// Each word and the position where it ends.
    words: [(&'a [u8], usize); MOST_COLUMNS],
    count: usize,
}

impl<'a> Columns<'a> {
    pub(super) fn of(line: &'a [u8]) -> Self {
        let mut columns = Self {
            line,
            words: [(b"", 0); MOST_COLUMNS],
            count: 0,
        };
        let mut at = 0;
        while columns.count < MOST_COLUMNS {
            at += line[at..].iter().take_while(|byte| is_blank(byte)).count();
            let length = line[at..].iter().take_while(|byte| !is_blank(byte)).count();
            if length == 0 {
                break;
            }
            columns.words[columns.count] = (&line[at..at + length], at + length);
            columns.count += 1;
            at += length;
        }
        columns
    }

    /// Returns the words.
    pub(super) fn words(&self) -> impl DoubleEndedIterator<Item = &'a [u8]> + ExactSizeIterator {
        self.words[..self.count].iter().map(|(word, _)| *word)
    }

    pub(super) fn get(&self, at: usize) -> Option<&'a [u8]> {
        self.words[..self.count].get(at).map(|(word, _)| *word)
    }

    /// Returns where the word in column `at` ends.
    pub(super) fn end(&self, at: usize) -> Option<usize> {
        self.words[..self.count].get(at).map(|(_, end)| *end)
    }

    /// Returns where the word in column `at` starts.
    pub(super) fn start(&self, at: usize) -> Option<usize> {
        let (word, end) = self.words[..self.count].get(at)?;
        Some(end - word.len())
    }

    /// Returns how many blanks follow the word in column `at`, if another word does.
    pub(super) fn gap(&self, at: usize) -> Option<usize> {
        Some(self.start(at + 1)? - self.end(at)?)
    }

    /// Returns the text from column `first` up to, but not including, column `end`.
    pub(super) fn span(&self, first: usize, end: usize) -> Option<&'a [u8]> {
        if first >= end {
            return None;
        }
        self.line.get(self.start(first)?..self.end(end - 1)?)
    }

    /// Returns the text after column `at`, without the blanks between them. Returns `None` if there
    /// is no such text.
    pub(super) fn behind(&self, at: usize) -> Option<&'a [u8]> {
        let rest = &self.line[self.end(at)?..];
        let start = rest.iter().position(|byte| !is_blank(byte))?;
        Some(&rest[start..])
    }
}

/// Returns whether `byte` is a space or a tab.
pub(super) fn is_blank(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_words_and_what_is_between_them() {
        let columns = Columns::of(b"  a bc   d  e ");
        assert_eq!(
            columns.words().collect::<Vec<_>>(),
            [b"a".as_slice(), b"bc", b"d", b"e"]
        );
        assert_eq!(
            (columns.get(1), columns.get(4)),
            (Some(b"bc".as_slice()), None)
        );
        assert_eq!((columns.start(1), columns.end(1)), (Some(4), Some(6)));
        assert_eq!((columns.start(4), columns.end(4)), (None, None));
        assert_eq!((columns.gap(1), columns.gap(3)), (Some(3), None));
        assert_eq!(columns.span(1, 3), Some(b"bc   d".as_slice()));
        assert_eq!((columns.span(1, 1), columns.span(3, 5)), (None, None));
        assert_eq!(columns.behind(1), Some(b"d  e ".as_slice()));
        assert_eq!((columns.behind(3), columns.behind(4)), (None, None));
        assert_eq!(Columns::of(b"   ").words().len(), 0);
        let tabs = Columns::of(b"a\tbc \td");
        assert_eq!(
            (tabs.get(1), tabs.behind(1)),
            (Some(b"bc".as_slice()), Some(b"d".as_slice()))
        );
        assert_eq!(Columns::of(&b"x ".repeat(50)).words().len(), MOST_COLUMNS);
    }
}
