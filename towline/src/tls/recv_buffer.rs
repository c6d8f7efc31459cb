//! The receive buffer of a data connection: decrypted contents, in segments that stay where they
//! were decrypted, followed by the bytes that are not decrypted yet.

use std::collections::VecDeque;
use std::ops::Range;

/// Enough for the largest record. A small file never needs more.
const SMALL: usize = 20 * 1024;
/// The bytes of a large file to read in one system call. They still fit in a processor's cache on
/// their way from the socket to the file.
const LARGE: usize = 1024 * 1024;
/// A read is worth its system call only if at least one part in this many of the buffer is free
/// behind the contents.
const LEAST_SHARE: usize = 16;

/// See the module documentation.
#[derive(Debug)]
pub(super) struct RecvBuffer {
    bytes: Vec<u8>,
    /// The segments of the contents, in order. None is empty.
    contents: VecDeque<Range<usize>>,
    /// The bytes that are not decrypted yet.
    rest: Range<usize>,
    /// The intended size of the buffer.
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

    /// Changes the size of the buffer to `size`, once it is empty.
    #[cfg(test)]
    pub(super) fn resize(&mut self, size: usize) {
        self.size = size;
        self.bytes.truncate(size.max(self.rest.end));
    }

    /// Whether there are no contents.
    pub(super) fn is_empty(&self) -> bool {
        self.contents.is_empty()
    }

    /// The length of the contents in bytes.
    pub(super) fn len(&self) -> usize {
        self.contents.iter().map(ExactSizeIterator::len).sum()
    }

    /// The segments of the contents.
    pub(super) fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        self.contents.iter().map(|piece| &self.bytes[piece.clone()])
    }

    /// Marks `len` bytes of the first segment as used.
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

    /// The bytes that are not decrypted yet.
    pub(super) fn rest(&mut self) -> &mut [u8] {
        &mut self.bytes[self.rest.clone()]
    }

    /// Marks the first `len` bytes of [`Self::rest`] as processed. The range `contents` of them
    /// becomes part of the contents.
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

    /// Returns free space to receive into; empty if the contents must be used first.
    pub(super) fn room(&mut self) -> &mut [u8] {
        if self.contents.is_empty() {
            if self.bytes.len() < self.size {
                self.relocate(self.size);
            } else {
                self.bytes.copy_within(self.rest.clone(), 0);
                self.rest = 0..self.rest.len();
            }
            if self.rest.end == self.bytes.len() {
                // A handshake message can span many records.
                self.relocate(self.bytes.len() * 2);
            }
        } else if self.bytes.len() - self.rest.end < self.bytes.len() / LEAST_SHARE {
            return &mut [];
        }
        &mut self.bytes[self.rest.end..]
    }

    /// Moves the bytes that are not decrypted yet to the start of a new buffer. The system hands out
    /// zeroed memory for less than it costs to fill it here.
    fn relocate(&mut self, size: usize) {
        let mut bytes = vec![0; size];
        bytes[..self.rest.len()].copy_from_slice(&self.bytes[self.rest.clone()]);
        self.rest = 0..self.rest.len();
        self.bytes = bytes;
    }

    /// Adds the `len` bytes that were written to the start of [`Self::room`].
    pub(super) fn received(&mut self, len: usize) {
        self.rest.end += len;
        if self.rest.end == self.bytes.len() {
            self.size = LARGE;
        }
    }
}
