//! Parses a listing's bytes into entries as they arrive.

use std::collections::VecDeque;

use towline_proto::listing::{Entry, Line, LineSplitter, ListingParser};

use super::summary::ListingSummary;
use crate::error::{Error, ErrorDetail};

/// All lines that are not understood are counted; only this many are kept.
const KEPT_UNKNOWN_LINES: usize = 100;
/// No file system allows names anywhere near this long.
const LONGEST_LINE: usize = 64 * 1024;

/// Converts bytes to entries, one at a time.
#[derive(Debug)]
pub(super) struct ListingReader {
    splitter: LineSplitter,
    parser: ListingParser,
    summary: ListingSummary,
    /// Entries not yet requested.
    ready: VecDeque<Entry>,
    /// The remaining memory allowance, in bytes.
    rest: u64,
}

impl ListingReader {
    pub(super) fn new(parser: ListingParser, limit: u64) -> Self {
        Self {
            splitter: LineSplitter::new(LONGEST_LINE),
            parser,
            summary: ListingSummary::default(),
            ready: VecDeque::new(),
            rest: limit,
        }
    }

    /// Adds bytes. Callers must take the entries in them before they add more.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.charge(bytes.len())?;
        self.splitter.push(bytes);
        Ok(())
    }

    /// Returns the next complete entry.
    pub(super) fn next(&mut self) -> Result<Option<Entry>, Error> {
        loop {
            if let Some(entry) = self.ready.pop_front() {
                self.charge(size_of::<Entry>())?;
                return Ok(Some(entry));
            }
            let line = match self.splitter.next_line() {
                Ok(Some(line)) => self.parser.line(line),
                Ok(None) => return Ok(None),
                Err(error) => {
                    let what = "a line of the listing is longer than allowed";
                    let too_long = Error::protocol(ErrorDetail::ListingLineTooLong, what);
                    return Err(too_long.with_source(error));
                }
            };
            self.sort(line);
            while let Some(half) = self.parser.left_over() {
                self.sort(half);
            }
        }
    }

    /// Marks the end of the data. A started line or entry may still produce further entries.
    pub(super) fn end(&mut self) {
        if let Some(line) = self.splitter.finish() {
            let line = self.parser.line(&line);
            self.sort(line);
        }
        while let Some(line) = self.parser.finish() {
            self.sort(line);
        }
    }

    /// Returns whether the listing shows the directory itself or its parent.
    pub(super) fn shows_itself(&self) -> bool {
        self.parser.shows_itself()
    }

    /// Returns the summary so far.
    pub(super) fn summary(&mut self) -> &mut ListingSummary {
        &mut self.summary
    }

    fn charge(&mut self, len: usize) -> Result<(), Error> {
        if self.rest == u64::MAX {
            return Ok(());
        }
        let rest = self.rest.checked_sub(len as u64);
        self.rest = rest.ok_or_else(too_large)?;
        Ok(())
    }

    fn sort(&mut self, line: Line) {
        match line {
            Line::Entry(entry) => {
                self.summary.entries += 1;
                self.ready.push_back(entry);
            }
            // There is such an entry, but the listing does not show all of it.
            Line::Aligned(entry) => {
                self.not_understood(entry.raw.clone());
                self.summary.entries += 1;
                self.ready.push_back(entry);
            }
            Line::Ignored | Line::Pending => {}
            Line::Unknown(text) => self.not_understood(text),
        }
    }

    fn not_understood(&mut self, line: Vec<u8>) {
        self.summary.unknown += 1;
        if self.summary.unknown_lines.len() < KEPT_UNKNOWN_LINES {
            self.summary.unknown_lines.push(line);
        }
    }
}

/// Returns the error for a listing that exceeds its memory limit.
pub(crate) fn too_large() -> Error {
    let what = "the listing is larger than allowed";
    Error::protocol(ErrorDetail::ListingTooLarge, what)
}

#[cfg(test)]
mod tests {
    use towline_proto::listing::Dialect;

    use super::*;

    fn reader() -> ListingReader {
        let now = jiff::civil::date(2026, 11, 21).into();
        ListingReader::new(ListingParser::new(Dialect::List, now), u64::MAX)
    }

    fn names(reader: &mut ListingReader) -> Vec<Vec<u8>> {
        let next = || reader.next().expect("short lines");
        std::iter::from_fn(next).map(|entry| entry.name).collect()
    }

    #[test]
    fn a_line_with_the_columns_of_others_is_an_entry_that_is_not_understood() {
        let mut reader = reader();
        let listing: &[u8] = b"0 A ??-??-?? ??:?? first.txt\r\n\
            5 A 04-06-26 12:00 a.txt\r\n\
            7 A ??-??-?? ??:?? b.txt\r\n";
        reader.push(listing).expect("a short listing");
        let mut found = names(&mut reader);
        reader.end();
        found.extend(names(&mut reader));
        found.sort();
        assert_eq!(
            found,
            [b"a.txt".to_vec(), b"b.txt".to_vec(), b"first.txt".to_vec()]
        );
        assert_eq!((reader.summary.entries, reader.summary.unknown), (3, 2));
    }

    /// A server may send such lines without end.
    #[test]
    fn keeps_no_halves() {
        let mut reader = reader();
        reader.push(&b"A;1\r\n".repeat(1000)).expect("lines");
        assert_eq!(names(&mut reader).len(), 0);
        assert_eq!(reader.summary.unknown, 999);
        reader.end();
        assert_eq!(reader.summary.unknown, 1000);
    }

    #[test]
    fn tells_of_entries_on_two_lines_and_of_halves_that_stay_alone() {
        let mut reader = reader();
        let listing = b"A.TXT;1\r\n    4  12-MAR-2026 09:10\r\nB;1\r\n\r\nC;1";
        reader.push(listing).expect("a short listing");
        let mut found = names(&mut reader);
        reader.end();
        found.extend(names(&mut reader));
        assert_eq!((reader.summary.entries, reader.summary.unknown), (1, 2));
        assert_eq!(
            reader.summary.unknown_lines,
            [b"B;1".to_vec(), b"C;1".to_vec()]
        );
        assert_eq!(found, [b"A.TXT"]);
    }
}
