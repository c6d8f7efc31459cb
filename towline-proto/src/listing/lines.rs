//! Splits the bytes of a data connection into lines.

use thiserror::Error;

/// Splits bytes into lines that end with LF or CRLF. If all of them end with CR CR LF, because the
/// server adds a CR to lines that already have one, both CRs are removed.
///
/// After each [`push`](Self::push), call [`next_line`](Self::next_line) until it returns `None`.
/// The splitter then keeps at most one unfinished line. The work is linear in the number of bytes,
/// however they are split.
#[derive(Debug)]
pub struct LineSplitter {
    limit: usize,
    buffer: Vec<u8>,
    /// Where the next line begins.
    start: usize,
    /// There is no line feed between `start` and this position.
    scanned: usize,
    /// Whether all lines so far ended with CR CR LF. `None` before the first line.
    is_doubled: Option<bool>,
}

/// A line is longer than the limit. The rest of the listing cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("a line of the listing is longer than {limit} bytes")]
pub struct LineTooLong {
    /// The limit in bytes.
    pub limit: usize,
}

impl Default for LineSplitter {
    /// Allows 32 KiB for each line: a name of 4 KiB with every fact that a server may add.
    fn default() -> Self {
        Self::new(32 << 10)
    }
}

impl LineSplitter {
    /// Creates a splitter for lines of at most `limit` bytes, without the line feed.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            limit,
            buffer: Vec::new(),
            start: 0,
            scanned: 0,
            is_doubled: None,
        }
    }

    /// Adds bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        // Moving the tail only when it is the smaller part keeps the work linear.
        if self.start > self.buffer.len() / 2 {
            self.buffer.drain(..self.start);
            self.scanned -= self.start;
            self.start = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// Returns the next whole line without its line break, or `None` if it needs more bytes.
    ///
    /// # Errors
    ///
    /// [`LineTooLong`] if the line is longer than the limit, even if it has not ended yet.
    pub fn next_line(&mut self) -> Result<Option<&[u8]>, LineTooLong> {
        let found = memchr::memchr(b'\n', &self.buffer[self.scanned..]);
        let end = found.map_or(self.buffer.len(), |found| self.scanned + found);
        if end - self.start > self.limit {
            return Err(LineTooLong { limit: self.limit });
        }
        if found.is_none() {
            self.scanned = end;
            return Ok(None);
        }
        let line = &self.buffer[self.start..end];
        self.start = end + 1;
        self.scanned = self.start;
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        // A name may end with CR, but hardly every name of a listing.
        let is_doubled = self.is_doubled != Some(false) && line.ends_with(b"\r");
        self.is_doubled = Some(is_doubled);
        Ok(Some(match is_doubled {
            true => &line[..line.len() - 1],
            false => line,
        }))
    }

    /// Returns what is left when the data ends: a last line without a line break, or `None`. Resets
    /// the splitter.
    pub fn finish(&mut self) -> Option<Vec<u8>> {
        let mut rest = std::mem::take(&mut self.buffer);
        rest.drain(..self.start);
        self.start = 0;
        self.scanned = 0;
        self.is_doubled = None;
        if rest.last() == Some(&b'\r') {
            rest.pop();
        }
        (!rest.is_empty()).then_some(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(splitter: &mut LineSplitter) -> Vec<Vec<u8>> {
        let mut lines = Vec::new();
        while let Some(line) = splitter.next_line().expect("no line is too long") {
            lines.push(line.to_vec());
        }
        lines
    }

    #[test]
    fn cuts_at_lf_and_crlf() {
        let mut splitter = LineSplitter::default();
        splitter.push(b"a\r\n\nb\rc\nd");
        assert_eq!(lines(&mut splitter), [b"a".as_slice(), b"", b"b\rc"]);
        splitter.push(b"e\r");
        assert_eq!(lines(&mut splitter), [b""; 0]);
        splitter.push(b"\nlast");
        assert_eq!(lines(&mut splitter), [b"de"]);
        assert_eq!(splitter.finish(), Some(b"last".to_vec()));
        assert_eq!(splitter.finish(), None);
    }

    #[test]
    fn a_second_cr_is_part_of_the_end_where_all_lines_have_it() {
        let mut splitter = LineSplitter::default();
        splitter.push(b"a\r\r\n\r\r\nb\r\r\n");
        assert_eq!(lines(&mut splitter), [b"a".as_slice(), b"", b"b"]);
        splitter.push(b"c\r\nd\r\r\n");
        assert_eq!(lines(&mut splitter), [b"c".as_slice(), b"d\r"]);
        splitter.finish();
        splitter.push(b"total 4\r\nd\r\r\n");
        assert_eq!(lines(&mut splitter), [b"total 4".as_slice(), b"d\r"]);
    }

    #[test]
    fn bounds_a_line_before_it_ends() {
        let mut splitter = LineSplitter::new(4);
        splitter.push(b"1234\n1234");
        assert_eq!(lines(&mut splitter), [b"1234"]);
        splitter.push(b"5");
        assert_eq!(splitter.next_line(), Err(LineTooLong { limit: 4 }));
    }
}
