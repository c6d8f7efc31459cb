//! A reply whose end has not arrived.

use super::ReplyDecoder;
use super::frame::without_cr;
use crate::reply::{Reply, ReplyClass, ReplyCode};

impl ReplyDecoder {
    /// Returns the reply whose end has not arrived, as far as it has arrived. Its code is the
    /// higher one of those that begin its first and its last line.
    ///
    /// Use it only to find out why a connection ended or fell silent: no command may follow.
    #[must_use]
    pub fn unfinished(&self) -> Option<Reply> {
        let arrived = self.failed.is_none().then(|| {
            let begin = self.start + self.frame.begin;
            self.buffer.get(begin..).unwrap_or_default()
        })?;
        let arrived = arrived.trim_ascii_end();
        let lines = arrived.split(|byte| *byte == b'\n').map(without_cr);
        let first = lines.clone().next().and_then(code_of)?;
        let code = lines
            .clone()
            .next_back()
            .and_then(code_of)
            .max(Some(first))?;
        let text = lines.map(|line| match code_of(line) {
            Some(_) => line.get(4..).unwrap_or_default().to_vec(),
            None => line.to_vec(),
        });
        Some(Reply::from_lines(code, text.collect()))
    }

    /// Whether the last line has the form of an end of the open multi-line reply, but a code of
    /// another class, and nothing has arrived after it.
    #[must_use]
    pub fn contradicts_itself(&self) -> bool {
        let is_last = self.start + self.frame.line == self.buffer.len();
        match (self.frame.open, self.frame.other) {
            // A number ahead of a word, such as 120 GB, is no code of a final reply.
            (Some(open), Some(other)) => {
                is_last && other.class() != ReplyClass::Preliminary && open.class() != other.class()
            }
            _ => false,
        }
    }
}

/// Returns the code that begins `line`, the first one of a reply or the last one.
fn code_of(line: &[u8]) -> Option<ReplyCode> {
    let code = ReplyCode::at_start_of(line)?;
    matches!(line.get(3), None | Some(b' ' | b'-')).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoder(wire: &[u8]) -> ReplyDecoder {
        let mut decoder = ReplyDecoder::default();
        decoder.push(wire);
        assert_eq!(decoder.next_reply(), Ok(None));
        decoder
    }

    #[test]
    fn an_unfinished_reply_has_the_worse_one_of_its_codes() {
        for (wire, code, text) in [
            (b"\r\n230-Hello\r\n530 no\r\n".as_slice(), 530, "Hello\nno"),
            (b"530-no\r\n230 Hello\r\n", 530, "no\nHello"),
            (b"230-Hello\r\n530 n", 530, "Hello\nn"),
            (b"230-Hello\r\n5", 230, "Hello\n5"),
            (b"230-Hello\r\n530\r\n\r\n", 530, "Hello\n"),
            (b"530-no\r\n more\r\n", 530, "no\n more"),
            (b"530 Login inc", 530, "Login inc"),
            (b"530", 530, ""),
        ] {
            let unfinished = decoder(wire).unfinished().expect("a reply");
            let reply = (unfinished.code().as_u16(), unfinished.text());
            assert_eq!(reply, (code, text.into()), "{}", wire.escape_ascii());
        }
        for wire in [b"".as_slice(), b"\r\n", b"53", b"hello"] {
            assert_eq!(decoder(wire).unfinished(), None);
        }
    }

    #[test]
    fn only_another_class_at_the_very_end_is_a_contradiction() {
        for (wire, contradicts) in [
            (b"230-Hello\r\n530 no\r\n".as_slice(), true),
            (b"230-Hello\r\n530\r\n", true),
            (b"230-Hello\r\n530 no\r\n\r\n", true),
            (b"530-no\r\n230 Hello\r\n", true),
            (b"230-Hello\r\n250 there\r\n", false),
            (b"230-Hello\r\n120 GB free\r\n", false),
            (b"230-Hello\r\n530-no\r\n", false),
            (b"230-Hello\r\n530 no\r\nmore\r\n", false),
            (b"230-Hello\r\n530 no\r\n2", false),
            (b"230-Hello\r\n530 no", false),
            (b"230-Hello\r\n", false),
        ] {
            let found = decoder(wire).contradicts_itself();
            assert_eq!(found, contradicts, "{}", wire.escape_ascii());
        }
    }
}
