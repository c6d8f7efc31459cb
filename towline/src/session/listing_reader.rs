//! A listing's bytes as entries, while they arrive.

use towline_proto::listing::{Entry, Line, LineSplitter, ListingParser};

use super::listing_summary::ListingSummary;
use crate::error::Error;

/// Lines that are not understood are all counted; this many are kept.
const KEPT_UNKNOWN_LINES: usize = 100;
/// No file system has names near this long.
const LONGEST_LINE: usize = 64 * 1024;

/// Bytes to entries.
pub(super) struct ListingReader<'a> {
    splitter: LineSplitter,
    parser: ListingParser,
    summary: ListingSummary,
    /// Lines that are about nothing in the directory.
    ignored: u64,
    each: &'a mut (dyn FnMut(Entry) + Send),
    /// Bytes of memory still allowed.
    rest: u64,
}

impl<'a> ListingReader<'a> {
    pub(super) fn new(
        parser: ListingParser,
        limit: u64,
        each: &'a mut (dyn FnMut(Entry) + Send),
    ) -> Self {
        Self {
            splitter: LineSplitter::new(LONGEST_LINE),
            parser,
            summary: ListingSummary::default(),
            ignored: 0,
            each,
            rest: limit,
        }
    }

    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.charge(bytes.len())?;
        self.splitter.push(bytes);
        loop {
            let before = self.summary.entries;
            match self.splitter.next_line() {
                Ok(Some(line)) => {
                    let line = self.parser.line(line);
                    self.ignored += u64::from(matches!(line, Line::Ignored));
                    sort(line, &mut self.summary, self.each);
                    if let Some(half) = self.parser.left_over() {
                        sort(half, &mut self.summary, self.each);
                    }
                }
                Ok(None) => return Ok(()),
                Err(error) => {
                    let what = "a line of the listing is longer than allowed";
                    return Err(Error::protocol(what).with_source(error));
                }
            }
            if self.summary.entries > before {
                self.charge(size_of::<Entry>())?;
            }
        }
    }

    /// Whether there were lines that are about nothing in the directory.
    pub(super) fn has_ignored(&self) -> bool {
        self.ignored > 0
    }

    fn charge(&mut self, len: usize) -> Result<(), Error> {
        if self.rest == u64::MAX {
            return Ok(());
        }
        let rest = self.rest.checked_sub(len as u64);
        self.rest = rest.ok_or_else(|| Error::protocol("the listing is larger than allowed"))?;
        Ok(())
    }

    pub(super) fn finish(mut self) -> ListingSummary {
        if let Some(line) = self.splitter.finish() {
            sort(self.parser.line(&line), &mut self.summary, self.each);
        }
        while let Some(line) = self.parser.finish() {
            sort(line, &mut self.summary, self.each);
        }
        self.summary
    }
}

fn sort(line: Line, summary: &mut ListingSummary, each: &mut (dyn FnMut(Entry) + Send)) {
    match line {
        Line::Entry(entry) => {
            summary.entries += 1;
            each(entry);
        }
        Line::Ignored | Line::Pending => {}
        Line::Unknown(text) => {
            summary.unknown += 1;
            if summary.unknown_lines.len() < KEPT_UNKNOWN_LINES {
                summary.unknown_lines.push(text);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use towline_proto::listing::Dialect;

    use super::*;

    /// A server may send them for ever.
    #[test]
    fn keeps_no_halves() {
        let mut each = |_: Entry| {};
        let parser = ListingParser::new(Dialect::List, jiff::civil::date(2026, 11, 21).into());
        let mut reader = ListingReader::new(parser, u64::MAX, &mut each);
        reader.take(&b"A.TXT;1\r\n".repeat(1000)).expect("lines");
        assert_eq!(reader.summary.unknown, 999);
        assert_eq!(reader.finish().unknown, 1000);
    }

    #[test]
    fn tells_of_entries_on_two_lines_and_of_halves_that_stay_alone() {
        let mut names = Vec::new();
        let mut each = |entry: Entry| names.push(entry.name);
        let parser = ListingParser::new(Dialect::List, jiff::civil::date(2026, 11, 21).into());
        let mut reader = ListingReader::new(parser, u64::MAX, &mut each);
        let listing = b"A.TXT;1\r\n    4  12-MAR-2026 09:10\r\nB.TXT;1\r\n\r\nC.TXT;1";
        reader.take(listing).expect("a short listing");
        let summary = reader.finish();
        assert_eq!((summary.entries, summary.unknown), (1, 2));
        assert_eq!(
            summary.unknown_lines,
            [b"B.TXT;1".to_vec(), b"C.TXT;1".to_vec()]
        );
        assert_eq!(names, [b"A.TXT"]);
    }
}
