//! Decodes a client's bytes into command lines (RFC 959, section 5.3).
//!
//! A line ends with CRLF or a lone LF. A CR elsewhere and a NUL stay in the line.
//! [`Command::parse`](crate::command::Command::parse) refuses them: no path can contain them.
//!
//! Telnet in the bytes (RFC 854) is read as servers read it:
//!
//! | bytes | read as |
//! | --- | --- |
//! | IAC IAC | one byte 255 in the line |
//! | IAC IP | an interrupt |
//! | IAC DM | the mark of a Synch: the part of the line before it is dropped |
//! | IAC WILL, WONT, DO or DONT, and an option | nothing; options are not answered |
//! | IAC and any other byte | both bytes: names from clients that do not double 255 |
//!
//! A line break always ends the line, even inside a Telnet command.

use std::fmt;

use thiserror::Error;
use zeroize::Zeroizing;

use super::telnet::{Read, Telnet};

/// The default limit in bytes: a line with a path of 4 KiB in any character set.
const DEFAULT_LIMIT: usize = 8 << 10;

/// A line from a client, without its line break.
#[derive(Clone, PartialEq, Eq)]
pub struct CommandLine {
    /// The bytes of the line. They are wiped from memory when dropped, since they may contain a
    /// password.
    pub bytes: Zeroizing<Vec<u8>>,
    /// Whether a Telnet interrupt or Synch came before the line or within it. A client sends one
    /// before an urgent ABOR (RFC 959, section 4.1.3).
    pub is_interrupt: bool,
}

/// Shows only the length: the line may contain a password.
impl fmt::Debug for CommandLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CommandLine")
            .field("length", &self.bytes.len())
            .field("is_interrupt", &self.is_interrupt)
            .finish()
    }
}

/// A line is longer than the decoder's limit. A server answers 500. The decoder drops the
/// rest of the line and continues with the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a command line is longer than {limit} bytes")]
pub struct CommandTooLong {
    /// The limit in bytes.
    pub limit: usize,
}

/// Collects a client's bytes and returns lines. The result does not depend on how the bytes
/// are split.
///
/// A decoder keeps pushed bytes until it has processed them, and never keeps more of a line
/// than the limit. If a server reads from its socket only after
/// [`next_line`](Self::next_line) has returned `None`, the decoder keeps the bytes of one
/// read.
///
/// ```
/// use towline_proto::codec::CommandDecoder;
///
/// let mut decoder = CommandDecoder::default();
/// decoder.push(b"NOOP\r\nRETR big\r\n\xff\xf4\xff\xf2AB");
/// assert_eq!(*decoder.next_line()?.expect("a line").bytes, b"NOOP");
/// assert_eq!(*decoder.next_line()?.expect("a line").bytes, b"RETR big");
/// assert_eq!(decoder.next_line()?, None);
/// decoder.push(b"OR\r\n");
/// let line = decoder.next_line()?.expect("a line");
/// assert_eq!((line.bytes.as_slice(), line.is_interrupt), (b"ABOR".as_slice(), true));
/// # Ok::<(), towline_proto::codec::CommandTooLong>(())
/// ```
pub struct CommandDecoder {
    limit: usize,
    telnet: Telnet,
    input: Zeroizing<Vec<u8>>,
    /// The bytes of `input` before this index have been processed.
    start: usize,
    line: Zeroizing<Vec<u8>>,
    is_interrupt: bool,
    /// The line is too long, and its rest is being dropped.
    is_too_long: bool,
    ready: Option<Result<CommandLine, CommandTooLong>>,
}

impl Default for CommandDecoder {
    /// Returns a decoder for lines of at most 8 KiB.
    fn default() -> Self {
        Self::new(DEFAULT_LIMIT)
    }
}

/// Shows no bytes: they may contain a password.
impl fmt::Debug for CommandDecoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CommandDecoder")
            .field("limit", &self.limit)
            .field("is_empty", &self.is_empty())
            .finish_non_exhaustive()
    }
}

impl CommandDecoder {
    /// Returns a decoder that interprets Telnet, for lines of at most `limit` bytes, not
    /// counting the LF.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            limit,
            telnet: Telnet::default(),
            input: Zeroizing::default(),
            start: 0,
            line: Zeroizing::default(),
            is_interrupt: false,
            is_too_long: false,
            ready: None,
        }
    }

    /// Turns Telnet off: every byte except the line break is part of a line.
    #[must_use]
    pub fn without_telnet(mut self) -> Self {
        self.telnet = Telnet::Off;
        self
    }

    /// Adds bytes from the control connection.
    pub fn push(&mut self, bytes: &[u8]) {
        // Moving the tail only when it is the smaller part keeps the work linear.
        if self.start > self.input.len() / 2 {
            self.input.drain(..self.start);
            self.start = 0;
        }
        self.input.extend_from_slice(bytes);
    }

    /// Returns the next line, or `None` if more bytes are needed.
    ///
    /// # Errors
    ///
    /// [`CommandTooLong`], once for each line that is too long, as soon as the limit is
    /// exceeded. Later calls return the lines after it.
    pub fn next_line(&mut self) -> Result<Option<CommandLine>, CommandTooLong> {
        self.advance();
        self.ready.take().transpose()
    }

    /// Returns whether [`next_line`](Self::next_line) would return a line or an error.
    pub fn has_line(&mut self) -> bool {
        self.advance();
        self.ready.is_some()
    }

    /// Returns whether no bytes are waiting, not even part of a line.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ready.is_none()
            && self.start == self.input.len()
            && self.line.is_empty()
            && self.telnet.is_idle()
            && !self.is_too_long
    }

    /// Drops all waiting bytes and lines. A server must do this when TLS starts: bytes from
    /// before the handshake may come from an on-path attacker.
    pub fn clear(&mut self) {
        *self = Self {
            telnet: self.telnet.anew(),
            ..Self::new(self.limit)
        };
    }

    /// Processes the input until a line is ready or no input is left.
    fn advance(&mut self) {
        while self.ready.is_none() {
            let rest = &self.input[self.start..];
            if self.is_too_long {
                let end = memchr::memchr(b'\n', rest);
                self.is_too_long = end.is_none();
                self.start += end.map_or(rest.len(), |end| end + 1);
                if end.is_none() {
                    return;
                }
                continue;
            }
            let is_at_start = self.line.is_empty() && self.is_interrupt;
            let Some((read, length)) = self.telnet.read(rest, is_at_start) else {
                return;
            };
            match read {
                Read::Text(text) => {
                    // One byte beyond the limit is enough to detect the excess.
                    let room = self.limit.saturating_sub(self.line.len()).saturating_add(1);
                    self.line.extend_from_slice(&text[..text.len().min(room)]);
                }
                Read::Nothing => {}
                Read::Interrupt => self.is_interrupt = true,
                Read::Mark => {
                    self.line.clear();
                    self.is_interrupt = true;
                }
                Read::LineFeed => self.finish(),
            }
            self.start += length;
            if self.line.len() > self.limit {
                self.give_up();
            }
        }
    }

    fn finish(&mut self) {
        let mut bytes = std::mem::take(&mut self.line);
        if bytes.last() == Some(&b'\r') {
            bytes.pop();
        }
        self.ready = Some(Ok(CommandLine {
            bytes,
            is_interrupt: std::mem::take(&mut self.is_interrupt),
        }));
    }

    fn give_up(&mut self) {
        self.line = Zeroizing::default();
        self.is_interrupt = false;
        self.is_too_long = true;
        self.ready = Some(Err(CommandTooLong { limit: self.limit }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOO_LONG: Result<(&[u8], bool), usize> = Err(8);

    /// Decodes `wire` as a whole and byte by byte.
    fn lines(mut decoder: CommandDecoder, wire: &[u8]) -> Vec<Result<(Vec<u8>, bool), usize>> {
        let mut read = |pieces: std::slice::Chunks<'_, u8>| {
            let mut lines = Vec::new();
            for piece in pieces {
                decoder.push(piece);
                while let Some(line) = decoder.next_line().transpose() {
                    let line = line.map(|line| (line.bytes.to_vec(), line.is_interrupt));
                    lines.push(line.map_err(|error| error.limit));
                }
            }
            decoder.clear();
            lines
        };
        let whole = read(wire.chunks(wire.len().max(1)));
        assert_eq!(read(wire.chunks(1)), whole, "{}", wire.escape_ascii());
        whole
    }

    fn plain(wire: &[u8]) -> Vec<Vec<u8>> {
        let lines = lines(CommandDecoder::default(), wire).into_iter();
        lines.map(|line| line.expect("short").0).collect()
    }

    #[test]
    fn reads_lines_of_either_end() {
        assert_eq!(
            plain(b"USER jo\r\nRETR  a \n\r\n\nrest"),
            [b"USER jo".as_slice(), b"RETR  a ", b"", b""]
        );
        assert_eq!(plain(b"a\rb\0\r\r\n"), [b"a\rb\0\r"]);
    }

    #[test]
    fn takes_telnet_out_of_a_line() {
        for (wire, line) in [
            (&b"PWD\r\n"[..], &b"PWD"[..]),
            (b"DELE a\xff\xffb\r\n", b"DELE a\xffb"),
            (b"DELE a\xff\xff\r\n", b"DELE a\xff"),
            (b"\xff\xfd\x01PWD\r\n", b"PWD"),
            (b"P\xff\xfb\xffWD\xff\xf4\r\n", b"PWD"),
            // Names from old clients, which do not double the byte.
            (b"DELE a\xffb\r\n", b"DELE a\xffb"),
            (b"DELE a\xff\r\n", b"DELE a\xff"),
            (b"DELE a\xff\n", b"DELE a\xff"),
            (b"DELE \xff\xfb\r\n", b"DELE "),
            (b"DELE \xff\xfb\n", b"DELE "),
            (b"DELE \xff\xf1\n", b"DELE \xff\xf1"),
        ] {
            assert_eq!(plain(wire), [line], "{}", wire.escape_ascii());
        }
        let raw = CommandDecoder::default().without_telnet();
        let wire = b"\xff\xf4\xff\xf2ABOR\xff\xff\r\n";
        assert_eq!(
            lines(raw, wire),
            [Ok((wire[..wire.len() - 2].to_vec(), false))]
        );
    }

    #[test]
    fn recognises_an_urgent_abort() {
        let abort = [Ok((b"ABOR".to_vec(), true)), Ok((b"NOOP".to_vec(), false))];
        for wire in [
            &b"\xff\xf4\xff\xf2ABOR\r\nNOOP\r\n"[..],
            b"\xff\xf4ABOR\r\nNOOP\r\n",
            b"\xff\xf2ABOR\r\nNOOP\r\n",
            // The urgent byte was lost.
            b"\xff\xf4\xf2ABOR\r\nNOOP\r\n",
            // In the middle of a line that is never finished.
            b"RETR bi\xff\xf4\xff\xf2ABOR\r\nNOOP\r\n",
        ] {
            let read = lines(CommandDecoder::default(), wire);
            assert_eq!(read, abort, "{}", wire.escape_ascii());
        }
    }

    #[test]
    fn drops_a_line_that_is_too_long_and_goes_on() {
        let read = |wire: &[u8]| lines(CommandDecoder::new(8), wire);
        let line = |line: &[u8]| Ok((line.to_vec(), false));
        let too_long = || TOO_LONG.map(|(bytes, flag)| (bytes.to_vec(), flag));
        assert_eq!(
            read(b"12345678\n1234567\r\n"),
            [line(b"12345678"), line(b"1234567")]
        );
        assert_eq!(read(b"123456789\nNOOP\r\n"), [too_long(), line(b"NOOP")]);
        assert_eq!(read(b"12345678\r\nNOOP\r\n"), [too_long(), line(b"NOOP")]);
        assert_eq!(read(b"123456789 and more"), [too_long()]);
        assert_eq!(
            read(b"123456789\xff\xf4\xff\xf2ABOR\r\n123456789\xff\r\nPWD\n"),
            [too_long(), too_long(), line(b"PWD")]
        );
        // A doubled byte counts as one.
        assert_eq!(read(b"1234567\xff\xff\n"), [line(b"1234567\xff")]);
        assert_eq!(read(b"12345678\xff\xff\n"), [too_long()]);
    }

    #[test]
    fn keeps_little_of_a_line_without_end() {
        let mut decoder = CommandDecoder::default();
        let mut errors = 0;
        for _ in 0..1000 {
            decoder.push(&[b'x'; 1000]);
            errors += usize::from(decoder.next_line().is_err());
            assert!(decoder.input.len() <= 2000 && decoder.line.len() <= DEFAULT_LIMIT);
        }
        assert_eq!(errors, 1);
    }

    #[test]
    fn knows_what_is_waiting() {
        let mut decoder = CommandDecoder::default();
        assert!(decoder.is_empty() && !decoder.has_line());
        decoder.push(b"PWD\r\nUS");
        assert!(decoder.has_line() && !decoder.is_empty());
        assert!(decoder.next_line().is_ok_and(|line| line.is_some()));
        assert!(!decoder.has_line() && !decoder.is_empty());
        decoder.clear();
        assert!(decoder.is_empty());
        for part in [&b"\xff"[..], b"\xff\xfd", b"x"] {
            decoder.push(part);
            assert_eq!(decoder.next_line(), Ok(None));
            assert!(!decoder.is_empty(), "{}", part.escape_ascii());
            decoder.clear();
        }
        decoder.push(b"ER jo\r\n");
        let line = decoder.next_line().expect("short").expect("a line");
        assert_eq!(*line.bytes, b"ER jo");
    }

    #[test]
    fn shows_no_password() {
        let mut decoder = CommandDecoder::default();
        decoder.push(b"PASS hunter2\r\nPASS hunter2");
        let line = decoder.next_line();
        assert!(!format!("{decoder:?} {line:?}").contains("hunter"));
    }
}
