//! What a data connection has received: contents, each piece where it was decrypted, and behind them
//! what is not decrypted yet.

use std::collections::VecDeque;
use std::ops::Range;

/// Enough for the greatest record, so that a small file never costs more.
const SMALL: usize = 20 * 1024;
/// What one system call is to bring of a large file. It stays in a processor's cache on its way from the
/// socket to the file.
const LARGE: usize = 1024 * 1024;
/// With less of the buffer than this left behind contents, a read is not worth its system call.
const LEAST_SHARE: usize = 16;

/// See the module's documentation.
#[derive(Debug)]
pub(super) struct RecvBuffer {
    bytes: Vec<u8>,
    /// Where the contents lie: in order, and none of them empty.
    contents: VecDeque<Range<usize>>,
    /// What is not decrypted yet.
    rest: Range<usize>,
    /// How large the buffer is to be.
    size: usize,
}

impl RecvBuffer {
    pub(super) fn new() -> Self {
        Self {
            bytes: Vec::new(),
            contents: VecDeque::new(),
            rest: 0..0,
            size: SMALL,
        }
    }

    /// From now on of `size`, once it is empty.
    #[cfg(test)]
    pub(super) fn resize(&mut self, size: usize) {
        self.size = size;
        self.bytes.truncate(size.max(self.rest.end));
    }

    /// Whether there are no contents.
    pub(super) fn is_empty(&self) -> bool {
        self.contents.is_empty()
    }

    /// How many bytes the contents are.
    pub(super) fn len(&self) -> usize {
        self.contents.iter().map(ExactSizeIterator::len).sum()
    }

    /// The contents, in pieces.
    pub(super) fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        self.contents.iter().map(|piece| &self.bytes[piece.clone()])
    }

    /// Marks `len` bytes of the first piece as used.
    pub(super) fn consume(&mut self, len: usize) {
        if let Some(piece) = self.contents.front_mut() {
            piece.start = piece.end.min(piece.start + len);
            if piece.start == piece.end {
                self.contents.pop_front();
            }
        }
    }

    /// Marks all contents as used.
    pub(super) fn clear(&mut self) {
        self.contents.clear();
    }

    /// What is not decrypted yet.
    pub(super) fn rest(&mut self) -> &mut [u8] {
        &mut self.bytes[self.rest.clone()]
    }

    /// The first `len` bytes of [`Self::rest`] have been dealt with. Of them, those in `contents`
    /// are contents.
    pub(super) fn accept(&mut self, len: usize, contents: Option<Range<usize>>) {
        let start = self.rest.start;
        if let Some(piece) = contents.filter(|piece| !piece.is_empty()) {
            let piece = start + piece.start..start + piece.end;
            debug_assert!(piece.end <= start + len);
            match self.contents.back_mut() {
                Some(last) if last.end == piece.start => last.end = piece.end,
                _ => self.contents.push_back(piece),
            }
        }
        self.rest.start = self.rest.end.min(start + len);
    }

    /// Room to receive more; empty if that has to wait until the contents are gone.
    pub(super) fn room(&mut self) -> &mut [u8] {
        if self.contents.is_empty() {
            self.bytes.copy_within(self.rest.clone(), 0);
            self.rest = 0..self.rest.len();
            if self.rest.is_empty() && self.bytes.len() < self.size {
                self.bytes = vec![0; self.size];
            } else if self.bytes.len() < self.size {
                self.bytes.resize(self.size, 0);
            } else if self.rest.end == self.bytes.len() {
                // A handshake message in many records.
                self.bytes.resize(self.bytes.len() * 2, 0);
            }
        } else if self.bytes.len() - self.rest.end < self.bytes.len() / LEAST_SHARE {
            return &mut [];
        }
        &mut self.bytes[self.rest.end..]
    }

    /// `len` bytes have been put at the beginning of [`Self::room`].
    pub(super) fn received(&mut self, len: usize) {
        self.rest.end += len;
        if self.rest.end == self.bytes.len() {
            self.size = LARGE;
        }
    }
}
