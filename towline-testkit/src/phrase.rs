//! Phrases with their places filled in, as they go over the wire.

/// What the places of a phrase are filled with.
#[derive(Debug, Clone, Default)]
pub(crate) struct Values(Vec<(&'static str, Vec<u8>)>);

impl Values {
    pub(crate) fn none() -> Self {
        Self::default()
    }

    /// A value for a place. The first one given for a place counts.
    pub(crate) fn with(mut self, place: &'static str, value: impl Into<Vec<u8>>) -> Self {
        self.0.push((place, value.into()));
        self
    }

    fn find(&self, place: &str) -> Option<&[u8]> {
        let found = self.0.iter().find(|(name, _)| *name == place);
        found.map(|(_, value)| value.as_slice())
    }
}

/// Fills `{place}`s and ends every line with CRLF. A place that has no value
/// stays as it is.
pub(crate) fn fill(phrase: &str, values: &Values) -> Vec<u8> {
    let mut out = Vec::with_capacity(phrase.len() + 64);
    let mut rest = phrase;
    while let Some((before, place, after)) = next_place(rest) {
        push_text(&mut out, before);
        match values.find(place) {
            Some(value) => out.extend_from_slice(value),
            None => out.extend_from_slice(format!("{{{place}}}").as_bytes()),
        }
        rest = after;
    }
    push_text(&mut out, rest);
    out.extend_from_slice(b"\r\n");
    out
}

/// The code that a reply begins with.
pub(crate) fn code(phrase: &[u8]) -> Option<u16> {
    std::str::from_utf8(phrase.get(..3)?).ok()?.parse().ok()
}

/// Doubles quotation marks, as RFC 959 appendix II wants it in a 257 reply.
pub(crate) fn double_quotes(path: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(path.len());
    for &byte in path {
        out.push(byte);
        if byte == b'"' {
            out.push(byte);
        }
    }
    out
}

fn next_place(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('{')?;
    let (place, after) = rest.split_once('}')?;
    Some((before, place, after))
}

fn push_text(out: &mut Vec<u8>, text: &str) {
    for (line, part) in text.split('\n').enumerate() {
        if line > 0 {
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(part.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_filled_once() {
        let values = Values::none().with("name", "{error}").with("error", "gone");
        let filled = fill("550 {name}: {error}", &values);
        assert_eq!(filled, b"550 {error}: gone\r\n");
    }

    #[test]
    fn lines_end_in_crlf_and_values_are_left_alone() {
        let values = Values::none().with("lines", " type=file; x\r\n");
        let filled = fill("250-Begin\n{lines}250 End.", &values);
        assert_eq!(filled, b"250-Begin\r\n type=file; x\r\n250 End.\r\n");
    }

    #[test]
    fn quotes_are_doubled() {
        assert_eq!(double_quotes(b"/a\"b"), b"/a\"\"b");
    }
}
