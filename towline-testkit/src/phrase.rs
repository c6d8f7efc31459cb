//! Phrases with their placeholders filled in, encoded for the wire.

use towline_proto::reply::{Reply, ReplyCode};

/// The values for the placeholders of a phrase.
#[derive(Debug, Clone, Default)]
pub(crate) struct Values(Vec<(&'static str, Vec<u8>)>);

impl Values {
    pub(crate) fn none() -> Self {
        Self::default()
    }

    /// Adds a value for a placeholder. The first value for a placeholder wins.
    pub(crate) fn with(mut self, place: &'static str, value: impl Into<Vec<u8>>) -> Self {
        self.0.push((place, value.into()));
        self
    }

    fn find(&self, place: &str) -> Option<&[u8]> {
        let found = self.0.iter().find(|(name, _)| *name == place);
        found.map(|(_, value)| value.as_slice())
    }
}

/// Fills in the placeholders of a phrase and encodes it as a reply. A placeholder without a
/// value stays unchanged. A text that is not a reply, such as an empty phrase, is encoded as
/// by [`raw`].
pub(crate) fn encode(phrase: &str, values: &Values) -> Vec<u8> {
    let text = fill(phrase, values);
    let lines: Vec<&[u8]> = text
        .split(|byte| *byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .collect();
    match read(&lines) {
        Some((reply, true)) => reply.encode_repeating_code(),
        Some((reply, false)) => reply.encode(),
        None => end(lines),
    }
}

/// Encodes the text of a fault, which need not be a reply: every line ends with CRLF.
pub(crate) fn raw(text: &str) -> Vec<u8> {
    end(text.as_bytes().split(|byte| *byte == b'\n').collect())
}

/// Returns the code at the start of a reply.
pub(crate) fn code(reply: &[u8]) -> Option<u16> {
    std::str::from_utf8(reply.get(..3)?).ok()?.parse().ok()
}

/// Returns the reply in these lines, and whether the lines between the first and the last
/// one repeat its code.
fn read(lines: &[&[u8]]) -> Option<(Reply, bool)> {
    let number = code(lines.first()?)?;
    let code = ReplyCode::try_from(number).ok()?;
    let (one_of_more, last) = (format!("{number}-"), format!("{number} "));
    let text = |line: &[u8], head: &str| line.strip_prefix(head.as_bytes()).map(<[u8]>::to_vec);
    let mut repeats_code = false;
    let mut texts = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let is_last = at + 1 == lines.len();
        texts.push(
            match text(line, if is_last { &last } else { &one_of_more }) {
                Some(text) => {
                    repeats_code |= at > 0 && !is_last;
                    text
                }
                None if at > 0 && !is_last => line.to_vec(),
                None => return None,
            },
        );
    }
    Some((Reply::new(code, texts.join(&b'\n')), repeats_code))
}

fn end(lines: Vec<&[u8]>) -> Vec<u8> {
    let mut wire = lines.join(b"\r\n".as_slice());
    wire.extend_from_slice(b"\r\n");
    wire
}

fn fill(phrase: &str, values: &Values) -> Vec<u8> {
    let mut out = Vec::with_capacity(phrase.len() + 64);
    let mut rest = phrase;
    while let Some((before, place, after)) = next_place(rest) {
        out.extend_from_slice(before.as_bytes());
        match values.find(place) {
            Some(value) => out.extend_from_slice(value),
            None => out.extend_from_slice(format!("{{{place}}}").as_bytes()),
        }
        rest = after;
    }
    out.extend_from_slice(rest.as_bytes());
    out
}

fn next_place(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('{')?;
    let (place, after) = rest.split_once('}')?;
    Some((before, place, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_filled_once() {
        let values = Values::none().with("name", "{error}").with("error", "gone");
        let filled = encode("550 {name}: {error}", &values);
        assert_eq!(filled, b"550 {error}: gone\r\n");
    }

    #[test]
    fn lines_end_in_crlf_and_values_are_left_alone() {
        let values = Values::none().with("lines", " type=file; x\r\n");
        let filled = encode("250-Begin\n{lines}250 End.", &values);
        assert_eq!(filled, b"250-Begin\r\n type=file; x\r\n250 End.\r\n");
    }

    #[test]
    fn a_name_cannot_end_a_line() {
        let values = Values::none().with("name", "a\r226 b");
        let filled = encode("550 {name}: gone", &values);
        assert_eq!(filled, b"550 a\\x0d226 b: gone\r\n");
    }

    #[test]
    fn lines_keep_the_code_that_a_server_repeats() {
        for phrase in [
            "220-Welcome\n220-You are user 1.\n220 Goodbye",
            "211-Features:\n UTF8\n\n211 End",
            "213-Status:\n-rw-r--r-- 1 a\n213 End",
        ] {
            let wire = format!("{}\r\n", phrase.replace('\n', "\r\n"));
            assert_eq!(encode(phrase, &Values::none()), wire.as_bytes());
        }
    }

    #[test]
    fn what_is_no_reply_goes_out_as_it_is() {
        for text in ["", "hello", "220-only\n220-begun", "999 far out", "22"] {
            let wire = format!("{}\r\n", text.replace('\n', "\r\n"));
            assert_eq!(encode(text, &Values::none()), wire.as_bytes());
            assert_eq!(raw(text), wire.as_bytes());
        }
    }
}
