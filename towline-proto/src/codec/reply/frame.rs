//! Finds the end of a reply, within limits.

use thiserror::Error;

use crate::name::escape;
use crate::reply::ReplyCode;

/// Limits on the size of one reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes in a line, not counting its line feed.
    pub line: usize,
    /// Lines in a reply.
    pub lines: usize,
    /// Bytes in a reply.
    pub reply: usize,
}

impl Default for Limits {
    /// Returns 8 KiB per line (paths are at most 4 KiB nearly everywhere), 4096 lines (`STAT` of
    /// a directory) and 256 KiB per reply.
    fn default() -> Self {
        Self {
            line: 8 << 10,
            lines: 4096,
            reply: 256 << 10,
        }
    }
}

/// The server sent something that is not a valid reply. The connection cannot be used again.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// A reply was expected, but the line has no valid code.
    #[error("not a reply: \"{excerpt}\"")]
    NotAReply {
        /// The start of the line, safe to print.
        excerpt: String,
    },
    /// A line is longer than [`Limits::line`].
    #[error("a reply line is longer than {limit} bytes")]
    LineTooLong {
        /// The limit that was exceeded.
        limit: usize,
    },
    /// A reply has more lines than [`Limits::lines`].
    #[error("a reply has more than {limit} lines")]
    TooManyLines {
        /// The limit that was exceeded.
        limit: usize,
    },
    /// A reply has more bytes than [`Limits::reply`].
    #[error("a reply is longer than {limit} bytes")]
    ReplyTooLong {
        /// The limit that was exceeded.
        limit: usize,
    },
}

/// The framing state of one reply. Positions are relative to its start.
#[derive(Debug, Default)]
pub(super) struct Frame {
    /// Where the reply begins, behind blank lines.
    pub(super) begin: usize,
    /// Where the current line begins.
    pub(super) line: usize,
    /// There is no line feed between `line` and this position.
    scanned: usize,
    lines: usize,
    /// The code that must end the reply, once `ddd-` has opened it.
    pub(super) open: Option<ReplyCode>,
    /// The code of the last line if it has the form of an end, but another code.
    pub(super) other: Option<ReplyCode>,
}

impl Frame {
    /// Examines each new whole line in `bytes` until one ends the reply. Returns the code and
    /// the length of the reply.
    pub(super) fn advance(
        &mut self,
        bytes: &[u8],
        limits: Limits,
    ) -> Result<Option<(ReplyCode, usize)>, DecodeError> {
        loop {
            let Some(found) = memchr::memchr(b'\n', &bytes[self.scanned..]) else {
                self.scanned = bytes.len();
                if self.scanned - self.line > limits.line {
                    return Err(DecodeError::LineTooLong { limit: limits.line });
                }
                return Ok(None);
            };
            let end = self.scanned + found;
            let line = &bytes[self.line..end];
            self.line = end + 1;
            self.scanned = end + 1;
            self.lines += 1;
            if line.len() > limits.line {
                return Err(DecodeError::LineTooLong { limit: limits.line });
            }
            if self.lines > limits.lines {
                return Err(DecodeError::TooManyLines {
                    limit: limits.lines,
                });
            }
            if self.line > limits.reply {
                return Err(DecodeError::ReplyTooLong {
                    limit: limits.reply,
                });
            }
            if self.open.is_none() && line.trim_ascii().is_empty() {
                // Some servers send blank lines between replies.
                self.begin = self.line;
                continue;
            }
            if let Some(code) = self.last_line_of(without_cr(line))? {
                return Ok(Some((code, self.line)));
            }
        }
    }

    /// Returns the code of the reply that ends with `line`, if one does.
    fn last_line_of(&mut self, line: &[u8]) -> Result<Option<ReplyCode>, DecodeError> {
        let head = ReplyCode::at_start_of(line).map(|code| (code, line.get(3)));
        // A blank line after the end changes nothing.
        if !line.trim_ascii().is_empty() {
            self.other = match head {
                Some((code, None | Some(b' '))) => Some(code),
                _ => None,
            };
        }
        match (self.open, head) {
            (None, Some((code, None | Some(b' ')))) => Ok(Some(code)),
            (None, Some((code, Some(b'-')))) => {
                self.open = Some(code);
                Ok(None)
            }
            (None, _) => Err(DecodeError::NotAReply {
                excerpt: excerpt(line),
            }),
            (Some(open), Some((code, None | Some(b' ')))) if code == open => Ok(Some(code)),
            (Some(_), _) => Ok(None),
        }
    }
}

pub(super) fn without_cr(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

fn excerpt(line: &[u8]) -> String {
    const LONGEST: usize = 160;
    match line.get(..LONGEST) {
        Some(start) if line.len() > LONGEST => escape(start) + "...",
        _ => escape(line),
    }
}
