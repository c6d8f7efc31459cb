//! A server's reply to a command (RFC 959, sections 4.2 and 5.4).

use std::fmt;

use thiserror::Error;

use crate::name::Escaped;
use crate::secret::Mask;

/// A three-digit reply code, 100 to 599.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReplyCode(u16);

impl ReplyCode {
    /// 120: the service will be ready later.
    pub const SERVICE_DELAYED: Self = Self(120);
    /// 125: the data connection is already open; the transfer starts.
    pub const TRANSFER_STARTING: Self = Self(125);
    /// 150: the server is about to open the data connection.
    pub const OPENING_DATA_CONNECTION: Self = Self(150);
    /// 200: the command is fine.
    pub const OKAY: Self = Self(200);
    /// 202: the command is superfluous here.
    pub const SUPERFLUOUS: Self = Self(202);
    /// 211: system status; the body of a FEAT reply.
    pub const SYSTEM_STATUS: Self = Self(211);
    /// 212: directory status.
    pub const DIRECTORY_STATUS: Self = Self(212);
    /// 213: file status; the body of SIZE and MDTM replies.
    pub const FILE_STATUS: Self = Self(213);
    /// 214: help for people.
    pub const HELP: Self = Self(214);
    /// 215: the system's name.
    pub const SYSTEM_NAME: Self = Self(215);
    /// 220: ready for a new user.
    pub const SERVICE_READY: Self = Self(220);
    /// 221: the server closes the control connection as asked.
    pub const CLOSING: Self = Self(221);
    /// 225: the data connection is open; no transfer is running.
    pub const DATA_CONNECTION_OPEN: Self = Self(225);
    /// 226: the transfer is complete; the data connection closes.
    pub const TRANSFER_COMPLETE: Self = Self(226);
    /// 227: entering passive mode; the body contains an address.
    pub const ENTERING_PASSIVE: Self = Self(227);
    /// 229: entering extended passive mode; the body contains a port.
    pub const ENTERING_EXTENDED_PASSIVE: Self = Self(229);
    /// 230: logged in.
    pub const LOGGED_IN: Self = Self(230);
    /// 232: logged in by the security exchange (RFC 2228).
    pub const LOGGED_IN_BY_SECURITY: Self = Self(232);
    /// 234: the security exchange may begin (RFC 4217).
    pub const SECURITY_ACCEPTED: Self = Self(234);
    /// 250: the file action is done.
    pub const FILE_ACTION_DONE: Self = Self(250);
    /// 257: a directory was created or is the current one; the body contains its path in quotes.
    pub const PATH_CREATED: Self = Self(257);
    /// 331: the user name is accepted; a password is needed.
    pub const NEED_PASSWORD: Self = Self(331);
    /// 332: an account is needed.
    pub const NEED_ACCOUNT: Self = Self(332);
    /// 350: the file action needs another command.
    pub const PENDING: Self = Self(350);
    /// 421: the server closes the control connection. This reply may come at any time.
    pub const SERVICE_UNAVAILABLE: Self = Self(421);
    /// 425: the data connection cannot be opened.
    pub const NO_DATA_CONNECTION: Self = Self(425);
    /// 426: the transfer was aborted.
    pub const TRANSFER_ABORTED: Self = Self(426);
    /// 450: the file action was not taken; the file is busy.
    pub const FILE_BUSY: Self = Self(450);
    /// 451: a local error ended the action.
    pub const LOCAL_ERROR: Self = Self(451);
    /// 452: there is not enough storage.
    pub const INSUFFICIENT_STORAGE: Self = Self(452);
    /// 500: the command is not recognised.
    pub const UNRECOGNISED: Self = Self(500);
    /// 501: the command's argument is wrong.
    pub const BAD_ARGUMENT: Self = Self(501);
    /// 502: the command is not implemented.
    pub const NOT_IMPLEMENTED: Self = Self(502);
    /// 503: the commands came in the wrong order.
    pub const BAD_SEQUENCE: Self = Self(503);
    /// 504: the command is not implemented for this argument.
    pub const ARGUMENT_NOT_IMPLEMENTED: Self = Self(504);
    /// 521: the data connection cannot be opened with this PROT setting (RFC 4217).
    pub const WRONG_PROTECTION: Self = Self(521);
    /// 522: the TLS session of the data connection is not acceptable (RFC 4217), or the
    /// network protocol is not supported (RFC 2428).
    pub const SESSION_REFUSED: Self = Self(522);
    /// 530: not logged in.
    pub const NOT_LOGGED_IN: Self = Self(530);
    /// 534: policy requires protection (RFC 2228).
    pub const POLICY_REQUIRES_PROTECTION: Self = Self(534);
    /// 536: the security mechanism does not support the protection level (RFC 2228).
    pub const PROTECTION_UNSUPPORTED: Self = Self(536);
    /// 550: the file is not available.
    pub const FILE_UNAVAILABLE: Self = Self(550);
    /// 552: the storage allocation is exceeded.
    pub const STORAGE_EXCEEDED: Self = Self(552);
    /// 553: the file name is not allowed.
    pub const NAME_NOT_ALLOWED: Self = Self(553);

    /// Returns the code as a number.
    #[must_use]
    pub const fn as_u16(self) -> u16 {
        self.0
    }

    /// Returns the class: the meaning of the first digit.
    #[must_use]
    pub const fn class(self) -> ReplyClass {
        match self.0 {
            ..200 => ReplyClass::Preliminary,
            200..300 => ReplyClass::Completion,
            300..400 => ReplyClass::Intermediate,
            400..500 => ReplyClass::Transient,
            500.. => ReplyClass::Permanent,
        }
    }

    /// Returns the code at the start of `line`: three digits, the first from 1 to 5.
    pub(crate) fn at_start_of(line: &[u8]) -> Option<Self> {
        let digits = line.first_chunk::<3>()?;
        if !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let number = digits
            .iter()
            .fold(0, |number, digit| number * 10 + u16::from(digit - b'0'));
        Self::try_from(number).ok()
    }
}

impl TryFrom<u16> for ReplyCode {
    type Error = InvalidReplyCode;

    fn try_from(number: u16) -> Result<Self, InvalidReplyCode> {
        if (100..600).contains(&number) {
            Ok(Self(number))
        } else {
            Err(InvalidReplyCode(number))
        }
    }
}

impl fmt::Display for ReplyCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for ReplyCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A number outside the range 100 to 599.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0} is not a reply code")]
pub struct InvalidReplyCode(u16);

/// The meaning of a reply's first digit. Decisions should depend on the class; exact codes
/// matter only if the RFC defines a body for the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReplyClass {
    /// 1yz: the action has begun; another reply follows.
    Preliminary,
    /// 2yz: done.
    Completion,
    /// 3yz: accepted so far; the server awaits the next command of the sequence.
    Intermediate,
    /// 4yz: refused for now; the same command may succeed later.
    Transient,
    /// 5yz: refused permanently.
    Permanent,
}

/// A whole reply: a code and at least one line of text.
#[derive(Clone, PartialEq, Eq)]
pub struct Reply {
    code: ReplyCode,
    lines: Vec<Vec<u8>>,
    /// The lines to show, if secrets are masked in them.
    masked: Option<Vec<Vec<u8>>>,
}

impl Reply {
    /// Creates a reply with one line for each line of `text`.
    pub fn new(code: ReplyCode, text: impl AsRef<[u8]>) -> Self {
        let lines = text
            .as_ref()
            .split(|byte| *byte == b'\n')
            .map(<[u8]>::to_vec)
            .collect();
        Self::from_lines(code, lines)
    }

    /// Creates a reply with a list between its first and its last line: one line for each item,
    /// with a leading space, as in the replies to FEAT (RFC 2389, section 3.2) and MLST
    /// (RFC 3659, section 7.2). CR, LF and NUL in an item are escaped as in
    /// [`encode`](Self::encode).
    pub fn list<I>(code: ReplyCode, first: &str, items: I, last: &str) -> Self
    where
        I: IntoIterator<Item: AsRef<[u8]>>,
    {
        let one_line = |blank: &[u8], text: &[u8]| {
            let mut line = blank.to_vec();
            push_one_line(&mut line, text);
            line
        };
        let mut lines = vec![one_line(b"", first.as_bytes())];
        lines.extend(items.into_iter().map(|item| one_line(b" ", item.as_ref())));
        lines.push(one_line(b"", last.as_bytes()));
        Self::from_lines(code, lines)
    }

    /// `lines` must not be empty and must contain no line breaks.
    pub(crate) fn from_lines(code: ReplyCode, lines: Vec<Vec<u8>>) -> Self {
        Self {
            code,
            lines,
            masked: None,
        }
    }

    /// Masks secrets that the server has echoed, in [`text`](Self::text) and `Display`.
    /// [`lines`](Self::lines) stays as received.
    pub fn mask(&mut self, mask: &Mask) {
        if let Some(masked) = mask.applied_to_lines(&self.lines) {
            self.masked = Some(masked);
        }
    }

    /// Returns the reply with secrets [masked](Self::mask) in its [`lines`](Self::lines), too.
    #[must_use]
    pub fn into_masked(mut self) -> Self {
        if let Some(masked) = self.masked.take() {
            self.lines = masked;
        }
        self
    }

    fn shown(&self) -> &[Vec<u8>] {
        self.masked.as_deref().unwrap_or(&self.lines)
    }

    /// Returns the code.
    #[must_use]
    pub fn code(&self) -> ReplyCode {
        self.code
    }

    /// Returns the class of the code.
    #[must_use]
    pub fn class(&self) -> ReplyClass {
        self.code.class()
    }

    /// Returns the text of each line, without code, separator and line break. There is always
    /// at least one line.
    #[must_use]
    pub fn lines(&self) -> &[Vec<u8>] {
        &self.lines
    }

    /// Returns the lines between the first and the last one. They are the contents of a reply to
    /// FEAT or MLST.
    #[must_use]
    pub fn inner_lines(&self) -> &[Vec<u8>] {
        self.lines
            .get(1..self.lines.len().saturating_sub(1))
            .unwrap_or(&[])
    }

    /// Returns whether a line contains `words`, whatever the case of ASCII letters. Looks at the
    /// lines as received: secrets that are [masked](Self::mask) for people hide no words from
    /// decisions.
    #[must_use]
    pub fn contains(&self, words: &str) -> bool {
        let words = words.as_bytes();
        let is_there = |line: &Vec<u8>| {
            let mut places = line.windows(words.len());
            places.any(|place| place.eq_ignore_ascii_case(words))
        };
        words.is_empty() || self.lines.iter().any(is_there)
    }

    /// Returns whether a line contains any of `words` with no ASCII letter or digit beside it,
    /// whatever the case. Looks at the same lines as [`contains`](Self::contains).
    #[must_use]
    pub fn has_word(&self, words: &[&str]) -> bool {
        let parts = self
            .lines
            .iter()
            .flat_map(|line| line.split(|byte| !byte.is_ascii_alphanumeric()));
        let mut parts = parts.filter(|part| !part.is_empty());
        parts.any(|part| {
            let mut words = words.iter();
            words.any(|word| part.eq_ignore_ascii_case(word.as_bytes()))
        })
    }

    /// Returns whether a line [contains](Self::contains) any of `words`.
    #[must_use]
    pub fn contains_any(&self, words: &[&str]) -> bool {
        words.iter().any(|words| self.contains(words))
    }

    /// Returns the text of all lines, joined by line feeds and safe to print, with secrets
    /// [masked](Self::mask).
    #[must_use]
    pub fn text(&self) -> String {
        let lines: Vec<_> = self
            .shown()
            .iter()
            .map(|line| crate::name::escape(line))
            .collect();
        lines.join("\n")
    }

    /// Returns the reply as a server sends it (RFC 959, section 4.2), including CRLF.
    ///
    /// The lines between the first and the last one are sent unchanged, so a listing stays a
    /// listing. A line that begins with a digit gets the code in front, since clients could
    /// take it for the end of the reply. CR, LF and NUL in the text are written as `\x0d`,
    /// `\x0a` and `\x00`, so no text can end a line or begin a reply.
    /// [`ReplyDecoder`](crate::codec::ReplyDecoder) reads the same reply back.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        self.encode_with(|line| line.first().is_some_and(u8::is_ascii_digit))
    }

    /// Returns the reply with the code in front of every line that does not begin with a space.
    /// Some servers write their greeting in this form.
    #[must_use]
    pub fn encode_repeating_code(&self) -> Vec<u8> {
        self.encode_with(|line| !line.starts_with(b" "))
    }

    fn encode_with(&self, repeats_code: impl Fn(&[u8]) -> bool) -> Vec<u8> {
        let code = self.code.to_string();
        let mut wire = Vec::new();
        for (at, line) in self.lines.iter().enumerate() {
            let is_last = at + 1 == self.lines.len();
            if is_last || at == 0 || repeats_code(line) {
                wire.extend_from_slice(code.as_bytes());
                wire.push(if is_last { b' ' } else { b'-' });
            }
            push_one_line(&mut wire, line);
            wire.extend_from_slice(b"\r\n");
        }
        wire
    }
}

/// Appends `text` and escapes bytes that could end the line.
fn push_one_line(wire: &mut Vec<u8>, text: &[u8]) {
    let mut rest = text;
    while let Some(at) = memchr::memchr3(b'\r', b'\n', 0, rest) {
        wire.extend_from_slice(&rest[..at]);
        wire.extend_from_slice(format!("\\x{:02x}", rest[at]).as_bytes());
        rest = &rest[at + 1..];
    }
    wire.extend_from_slice(rest);
}

/// Writes the code and the text on one line, joined by ` / ` and safe to print, with secrets
/// [masked](Reply::mask).
impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.code.fmt(f)?;
        for (at, line) in self.shown().iter().enumerate() {
            write!(f, "{}{}", if at == 0 { " " } else { " / " }, Escaped(line))?;
        }
        Ok(())
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reply({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_class_from_the_first_digit() {
        let classes = [
            (150, ReplyClass::Preliminary),
            (299, ReplyClass::Completion),
            (331, ReplyClass::Intermediate),
            (400, ReplyClass::Transient),
            (599, ReplyClass::Permanent),
        ];
        for (number, class) in classes {
            assert_eq!(ReplyCode::try_from(number).map(ReplyCode::class), Ok(class));
        }
    }

    #[test]
    fn refuses_numbers_that_are_no_codes() {
        for number in [0, 99, 600, 1000] {
            assert_eq!(ReplyCode::try_from(number), Err(InvalidReplyCode(number)));
        }
    }

    #[test]
    fn shows_text_escaped() {
        let reply = Reply::new(ReplyCode::FILE_UNAVAILABLE, b"no \x1b[31m\xff\nat all");
        assert_eq!(reply.text(), "no \\x1b[31m\u{fffd}\nat all");
        assert_eq!(reply.to_string(), "550 no \\x1b[31m\u{fffd} / at all");
    }

    #[test]
    fn masks_what_is_shown_alone() {
        let mut mask = Mask::default();
        mask.add(b"hunter2");
        let mut reply = Reply::new(ReplyCode::NOT_LOGGED_IN, "'PASS hunter2'\nno");
        let whole = reply.clone();
        reply.mask(&mask);
        assert_eq!(reply.text(), "'PASS ***'\nno");
        assert_eq!(format!("{reply} {reply:?}").matches("***").count(), 2);
        assert_eq!(reply.lines(), whole.lines());
        assert!(
            reply.contains("pass HUNTER2") && !reply.contains("***"),
            "decisions see all"
        );
        assert!(reply.contains_any(&["yes", "NO"]) && !reply.contains_any(&[]));
        let mut other = Reply::new(ReplyCode::OKAY, "yes");
        other.mask(&mask);
        assert_eq!(other.text(), "yes");
    }

    #[test]
    fn encodes_like_a_server() {
        let feat = Reply::new(ReplyCode::SYSTEM_STATUS, "Features:\n UTF8\nodd\nEnd");
        assert_eq!(
            feat.encode_repeating_code(),
            b"211-Features:\r\n UTF8\r\n211-odd\r\n211 End\r\n"
        );
        assert_eq!(
            feat.encode(),
            b"211-Features:\r\n UTF8\r\nodd\r\n211 End\r\n"
        );
        assert_eq!(feat.inner_lines(), [b" UTF8".to_vec(), b"odd".to_vec()]);
        let okay = Reply::new(ReplyCode::OKAY, "");
        assert_eq!(okay.encode(), b"200 \r\n");
        assert_eq!(okay.inner_lines(), [b""; 0]);
    }

    #[test]
    fn writes_no_line_that_could_be_taken_for_an_end() {
        let stat = Reply::new(
            ReplyCode::FILE_STATUS,
            "Status:\n-rw-r--r-- 1 a\n213 x\n2026\n\nEnd",
        );
        assert_eq!(
            stat.encode(),
            b"213-Status:\r\n-rw-r--r-- 1 a\r\n213-213 x\r\n213-2026\r\n\r\n213 End\r\n"
        );
    }

    #[test]
    fn writes_no_line_break_of_a_text() {
        let reply = Reply::new(ReplyCode::FILE_UNAVAILABLE, b"a\r226 \0done\r");
        assert_eq!(reply.encode(), b"550 a\\x0d226 \\x00done\\x0d\r\n");
        let list = Reply::list(
            ReplyCode::SYSTEM_STATUS,
            "Features:",
            [b"UTF8".as_slice(), b"a\r\n211 b"],
            "End",
        );
        assert_eq!(
            list.encode(),
            b"211-Features:\r\n UTF8\r\n a\\x0d\\x0a211 b\r\n211 End\r\n"
        );
        assert_eq!(list.inner_lines().len(), 2);
    }
}
