//! Decodes bytes into replies, in two stages (RFC 959, section 4.2).
//!
//! The first stage finds the *frame*: the end of the reply. A line `ddd text` or `ddd` is a
//! whole reply. `ddd-` opens a reply that ends with the next line `ddd text` or `ddd` of
//! the same code, whatever the lines between look like. The second stage *interprets* the
//! frame. Nothing inside a reply can therefore make the decoder lose its place in the stream.

mod frame;
mod unfinished;

pub use self::frame::{DecodeError, Limits};
use self::frame::{Frame, without_cr};
use crate::reply::{Reply, ReplyCode};

/// Collects bytes and returns replies.
///
/// After each [`push`](Self::push), call [`next_reply`](Self::next_reply) until it returns
/// `None`: the limits then bound the memory used between pushes. The work is linear in the
/// number of bytes, however they are split.
#[derive(Debug, Default)]
pub struct ReplyDecoder {
    limits: Limits,
    buffer: Vec<u8>,
    /// Where the next reply begins.
    start: usize,
    /// The framing state of the next reply.
    frame: Frame,
    failed: Option<DecodeError>,
}

impl ReplyDecoder {
    /// Returns a decoder with these limits.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    /// Adds bytes from the control connection. After an error, the bytes are dropped.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.failed.is_some() {
            return;
        }
        // Moving the tail only when it is the smaller part keeps the work linear.
        if self.start > self.buffer.len() / 2 {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// Returns the next whole reply, or `None` if more bytes are needed.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] if the bytes are not a valid reply. The error is permanent: every later
    /// call returns it again.
    pub fn next_reply(&mut self) -> Result<Option<Reply>, DecodeError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        match self.frame.advance(&self.buffer[self.start..], self.limits) {
            Ok(None) => Ok(None),
            Ok(Some((code, length))) => Ok(Some(self.take(code, length))),
            Err(error) => Err(self.failed.insert(error).clone()),
        }
    }

    /// Returns the code of an open multi-line reply and the code of its last line, if that line has
    /// the form of an end with another code of the same class, and nothing has arrived after it
    /// (glftpd ends replies in this way).
    #[must_use]
    pub fn other_end(&self) -> Option<(ReplyCode, ReplyCode)> {
        let open = self.frame.open.filter(|_| self.failed.is_none())?;
        let is_last = self.start + self.frame.line == self.buffer.len();
        let other = self.frame.other.filter(|_| is_last);
        let other = other.filter(|other| other.class() == open.class())?;
        Some((open, other))
    }

    /// Ends a multi-line reply at its [`other_end`](Self::other_end). Returns the reply, with the
    /// code of that line, and the code that should have ended it.
    ///
    /// The caller must have waited in vain for the proper end, and must make sure that it does not
    /// follow: in most replies, such a line is text.
    pub fn end_with_other_code(&mut self) -> Option<(Reply, ReplyCode)> {
        let (open, code) = self.other_end()?;
        Some((self.take(code, self.frame.line), open))
    }

    /// Removes the reply of `length` bytes at the start, and returns it.
    fn take(&mut self, code: ReplyCode, length: usize) -> Reply {
        let frame = &self.buffer[self.start + self.frame.begin..self.start + length];
        let reply = interpret(code, frame);
        self.start += length;
        self.frame = Frame::default();
        reply
    }

    /// Returns whether no bytes are waiting, not even part of a reply. Blank lines do not count.
    ///
    /// This must be true before TLS starts: bytes from before the handshake cannot be trusted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.buffer[self.start..]
            .iter()
            .all(u8::is_ascii_whitespace)
    }

    /// Removes and returns all bytes that are not part of a returned reply. After an error, these
    /// are the bytes that could not be decoded.
    pub fn take_remainder(&mut self) -> Vec<u8> {
        let mut remainder = std::mem::take(&mut self.buffer);
        remainder.drain(..self.start);
        self.start = 0;
        self.frame = Frame::default();
        remainder
    }
}

/// Interprets a frame, which ends with a line feed.
fn interpret(code: ReplyCode, frame: &[u8]) -> Reply {
    let mut rest = frame;
    let mut lines = Vec::new();
    while let Some(end) = memchr::memchr(b'\n', rest) {
        let line = without_cr(&rest[..end]);
        rest = &rest[end + 1..];
        let is_edge = lines.is_empty() || rest.is_empty();
        let repeats_code =
            || ReplyCode::at_start_of(line) == Some(code) && line.get(3) == Some(&b'-');
        let text = if is_edge || repeats_code() {
            line.get(4..).unwrap_or(b"")
        } else {
            line
        };
        lines.push(text.to_vec());
    }
    Reply::from_lines(code, lines)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::escape;

    fn decode(bytes: &[u8]) -> Result<Vec<Reply>, DecodeError> {
        let mut decoder = ReplyDecoder::default();
        decoder.push(bytes);
        std::iter::from_fn(|| decoder.next_reply().transpose())
            .take(100)
            .collect()
    }

    fn reply(code: u16, text: &str) -> Reply {
        Reply::new(ReplyCode::try_from(code).expect("a code"), text)
    }

    #[test]
    fn reads_single_lines() {
        assert_eq!(
            decode(b"220 ready\r\n200\r\n226 \r\n331 lf only\n"),
            Ok(vec![
                reply(220, "ready"),
                reply(200, ""),
                reply(226, ""),
                reply(331, "lf only")
            ])
        );
    }

    #[test]
    fn ends_a_multi_line_reply_at_its_own_code_only() {
        let wire = b"230-Welcome\r\n226 not the end\r\n230- still\r\n2300 no\r\n230x no\r\n\r\n 230 no\r\n230 end\r\n200 next\r\n";
        assert_eq!(
            decode(wire),
            Ok(vec![
                reply(
                    230,
                    "Welcome\n226 not the end\n still\n2300 no\n230x no\n\n 230 no\nend"
                ),
                reply(200, "next")
            ])
        );
        assert_eq!(decode(b"220-a\r\n220\r\n"), Ok(vec![reply(220, "a\n")]));
    }

    #[test]
    fn passes_over_blank_lines_between_replies_but_not_within_them() {
        let wire = b"\r\n220 ready\r\n\r\n \t\r\n\n211-a\r\n\r\n211 b\r\n\r\n";
        assert_eq!(
            decode(wire),
            Ok(vec![reply(220, "ready"), reply(211, "a\n\nb")])
        );
        let mut decoder = ReplyDecoder::default();
        decoder.push(b"234 go\r\n\r\n\r");
        assert_eq!(decoder.next_reply(), Ok(Some(reply(234, "go"))));
        assert!(decoder.is_empty());
        assert_eq!(decoder.next_reply(), Ok(None));
        decoder.push(b"\n2");
        assert!(!decoder.is_empty());
        decoder.push(b"00 ok\r\n");
        assert_eq!(decoder.next_reply(), Ok(Some(reply(200, "ok"))));
    }

    #[test]
    fn blank_lines_have_an_end() {
        let mut decoder = ReplyDecoder::default();
        let limit = Limits::default().lines;
        decoder.push(&b"\r\n".repeat(limit));
        assert_eq!(decoder.next_reply(), Ok(None));
        decoder.push(b"\r\n");
        assert_eq!(
            decoder.next_reply(),
            Err(DecodeError::TooManyLines { limit })
        );
    }

    #[test]
    fn ends_a_reply_at_another_code_only_when_told_to() {
        let ended = |wire: &[u8]| {
            let mut decoder = ReplyDecoder::default();
            decoder.push(wire);
            assert_eq!(decoder.next_reply(), Ok(None));
            let ended = decoder.end_with_other_code();
            assert_eq!(ended.is_some(), decoder.is_empty());
            ended
        };
        let open = |code| ReplyCode::try_from(code).expect("a code");
        assert_eq!(
            ended(b"\r\n230-Welcome\r\n text\r\n200 done\r\n"),
            Some((reply(200, "Welcome\n text\ndone"), open(230)))
        );
        for wire in [
            b"230-Welcome\r\n".as_slice(),
            b"230-Welcome\r\n200 done\r\n more\r\n",
            b"230-Welcome\r\n200 done\r\n2",
            b"230-Welcome\r\n200-not done\r\n",
            b"230-Welcome\r\n200 done",
            // A refusal inside a welcome is too strange to be believed.
            b"230-Welcome\r\n530 sorry\r\n",
        ] {
            assert_eq!(ended(wire), None, "{}", wire.escape_ascii());
        }
    }

    #[test]
    fn keeps_binary_bytes_of_the_text() {
        let replies = decode(b"550 a\0b\xff\rc\r\r\n").expect("one reply");
        assert_eq!(replies[0].lines(), [b"a\0b\xff\rc\r".to_vec()]);
    }

    #[test]
    fn refuses_a_line_without_a_code() {
        for line in [
            "hello",
            "12",
            "099 low",
            "600 high",
            "2200 long",
            "220:colon",
            "220\ttab",
            " 220 space",
            "-20 x",
        ] {
            let wire = format!("{line}\r\n");
            assert_eq!(
                decode(wire.as_bytes()),
                Err(DecodeError::NotAReply {
                    excerpt: escape(line.as_bytes())
                })
            );
        }
    }

    #[test]
    fn shows_what_came_instead_bounded_and_escaped() {
        let mut wire = b"\x1b[2JOOPS: ".to_vec();
        wire.extend(std::iter::repeat_n(b'x', 1000));
        wire.push(b'\n');
        let Err(DecodeError::NotAReply { excerpt }) = decode(&wire) else {
            panic!("accepted")
        };
        assert!(excerpt.starts_with("\\x1b[2JOOPS: xxx") && excerpt.ends_with("x..."));
        assert!(excerpt.len() < 200);
    }

    #[test]
    fn repeats_an_error_for_ever() {
        let mut decoder = ReplyDecoder::default();
        decoder.push(b"200 fine\r\nnonsense\r\n");
        assert_eq!(decoder.next_reply(), Ok(Some(reply(200, "fine"))));
        let error = decoder.next_reply();
        assert!(error.is_err());
        decoder.push(b"200 too late\r\n");
        assert_eq!(decoder.next_reply(), error);
        assert_eq!(decoder.take_remainder(), b"nonsense\r\n");
        assert_eq!(decoder.next_reply(), error);
    }

    #[test]
    fn holds_the_limits_exactly() {
        let limits = Limits {
            line: 8,
            lines: 3,
            reply: 20,
        };
        let outcome = |wire: &[u8]| {
            let mut decoder = ReplyDecoder::new(limits);
            decoder.push(wire);
            decoder.next_reply().map(|reply| reply.is_some())
        };
        assert_eq!(outcome(b"200 abc\r\n"), Ok(true));
        assert_eq!(
            outcome(b"200 abcd\r\n"),
            Err(DecodeError::LineTooLong { limit: 8 })
        );
        assert_eq!(outcome(b"200 abcd"), Ok(false));
        assert_eq!(
            outcome(b"200 abcde"),
            Err(DecodeError::LineTooLong { limit: 8 })
        );
        assert_eq!(outcome(b"200-\n\n200 \n"), Ok(true));
        assert_eq!(
            outcome(b"200-\n\n\n200 \n"),
            Err(DecodeError::TooManyLines { limit: 3 })
        );
        assert_eq!(outcome(b"200-abcd\n1\n200 abcd\n"), Ok(true));
        assert_eq!(
            outcome(b"200-abcd\n12\n200 abcd\n"),
            Err(DecodeError::ReplyTooLong { limit: 20 })
        );
    }

    #[test]
    fn stays_linear_when_split_at_every_byte() {
        // Quadratic work would take minutes.
        const LENGTH: usize = 4 << 20;
        let unlimited = Limits {
            line: usize::MAX,
            lines: usize::MAX,
            reply: usize::MAX,
        };
        let mut decoder = ReplyDecoder::new(unlimited);
        let start = std::time::Instant::now();
        decoder.push(b"220-");
        for _ in 0..LENGTH {
            decoder.push(b"x");
            assert_eq!(decoder.next_reply(), Ok(None));
        }
        decoder.push(b"\n220 end\n");
        let reply = decoder.next_reply().expect("a reply").expect("a whole one");
        assert_eq!(reply.lines()[0].len(), LENGTH);
        assert!(start.elapsed().as_secs() < 30);
    }

    #[test]
    fn gives_back_what_was_not_a_reply_yet() {
        let mut decoder = ReplyDecoder::default();
        assert!(decoder.is_empty());
        decoder.push(b"234 go\r\n230-smugg");
        assert_eq!(decoder.next_reply(), Ok(Some(reply(234, "go"))));
        assert_eq!(decoder.next_reply(), Ok(None));
        assert!(!decoder.is_empty());
        decoder.push(b"led\r\n");
        assert_eq!(decoder.next_reply(), Ok(None));
        assert_eq!(decoder.take_remainder(), b"230-smuggled\r\n");
        assert!(decoder.is_empty());
        decoder.push(b"200 new\r\n");
        assert_eq!(decoder.next_reply(), Ok(Some(reply(200, "new"))));
    }
}
