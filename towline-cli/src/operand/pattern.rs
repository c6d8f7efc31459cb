//! Patterns for names: `*`, `?` and `[...]` in the last part of a remote path.
//!
//! A percent-encoded character matches only itself, so that a pattern can match any name: `%2A` is
//! an asterisk, `%3F` a question mark, `%5B` a bracket. Inside brackets, where this is not
//! possible, such a character is an error.

use std::fmt;

use glob::MatchOptions;
use percent_encoding::percent_decode;

use crate::error::Error;
use crate::operand::name_codec::NameCodec;

/// A pattern for names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern {
    /// The pattern as the user wrote it.
    written: String,
    matcher: glob::Pattern,
    /// Decodes names. `None` if the pattern itself is not valid text; then bytes are compared.
    codec: Option<NameCodec>,
}

/// As in a shell, a pattern matches hidden files only if it begins with a dot.
const OPTIONS: MatchOptions = MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: true,
};

/// Whether an encoded path, or a part of it, contains a pattern.
pub(crate) fn is_pattern(encoded: &[u8]) -> bool {
    encoded.iter().any(|b| matches!(b, b'*' | b'?' | b'['))
}

/// The error for a pattern that is not allowed.
pub(crate) fn no_pattern() -> Error {
    Error::usage(
        "only the last part of a path may be a pattern, and only for ls, get, cat and rm; write *, \
         ? and [ themselves as %2A, %3F and %5B",
    )
}

impl Pattern {
    /// Parses the last part of an encoded path, for which [`is_pattern`] is true.
    ///
    /// # Errors
    /// [`Error::Usage`] if the pattern is not valid.
    pub(crate) fn parse(encoded: &[u8], codec: NameCodec) -> Result<Self, Error> {
        let written = String::from_utf8_lossy(encoded).into_owned();
        if has_encoded_mark_in_class(encoded) {
            return Err(Error::usage(format!(
                "\"{written}\" is not a valid pattern: !, -, ?, *, [ and ] cannot be percent-encoded \
                 inside brackets"
            )));
        }
        let raw = codec.decoded(&protect(encoded)).map_err(Error::usage)?;
        let (text, is_text) = match codec.text(&raw) {
            Some(text) => (text, true),
            None => (one_by_one(&raw), false),
        };
        let matcher = glob::Pattern::new(&text).map_err(|error| {
            Error::usage(format!(
                "\"{written}\" is not a valid pattern: {}; write [ itself as %5B",
                error.msg
            ))
        })?;
        Ok(Self {
            written,
            matcher,
            codec: is_text.then_some(codec),
        })
    }

    /// Whether a name matches. Names that are not valid text are compared byte by byte.
    pub(crate) fn matches(&self, name: &[u8]) -> bool {
        let text = self.codec.and_then(|codec| codec.text(name));
        let text = text.unwrap_or_else(|| one_by_one(name));
        // The crate lets an asterisk match the empty text before the dot.
        let is_hidden = text.starts_with('.') && !self.matcher.as_str().starts_with('.');
        !is_hidden && self.matcher.matches_with(&text, OPTIONS)
    }
}

/// Puts each percent-encoded special character into a class of its own, where it matches only
/// itself.
fn protect(encoded: &[u8]) -> Vec<u8> {
    let mut protected = Vec::with_capacity(encoded.len());
    let mut rest = encoded;
    while let [first, ..] = rest {
        let end = if *first == b'%' { 3.min(rest.len()) } else { 1 };
        let (part, after) = rest.split_at(end);
        match percent_decode(part).collect::<Vec<u8>>().as_slice() {
            [b'*' | b'?' | b'[' | b']'] if end == 3 => {
                protected.extend([b"[", part, b"]"].concat());
            }
            _ => protected.extend_from_slice(part),
        }
        rest = after;
    }
    protected
}

/// Whether a character with a special meaning inside brackets is percent-encoded there.
fn has_encoded_mark_in_class(encoded: &[u8]) -> bool {
    let mut rest = encoded;
    while let Some(open) = rest.iter().position(|&b| b == b'[') {
        let class = &rest[open + 1..];
        let class = class.strip_prefix(b"!").unwrap_or(class);
        // A closing bracket that comes first does not close.
        let end = class.iter().skip(1).position(|&b| b == b']');
        let (class, after) = class.split_at(end.map_or(class.len(), |end| end + 1));
        let is_mark = |escape: &[u8]| {
            escape.starts_with(b"%") && percent_decode(escape).any(|b| b"!-?*[]".contains(&b))
        };
        if class.windows(3).any(is_mark) {
            return true;
        }
        rest = after;
    }
    false
}

/// One character for each byte.
fn one_by_one(raw: &[u8]) -> String {
    raw.iter().copied().map(char::from).collect()
}

/// As the user wrote it.
impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn matches(pattern: &str, name: &[u8]) -> bool {
        Pattern::parse(pattern.as_bytes(), NameCodec::default())
            .unwrap()
            .matches(name)
    }

    #[test]
    fn stars_questions_and_classes_match_as_in_a_shell() {
        assert!(matches("*.csv", b"a.csv"));
        assert!(!matches("*.csv", b"a.csv.bak"));
        assert!(!matches("*.csv", b"A.CSV"));
        assert!(matches("a?[0-9]", b"ab7"));
        assert!(!matches("*", b".hidden"));
        assert!(matches(".*", b".hidden"));
        assert!(!matches("*.csv", b".csv"));
        assert!(!matches("*.*", b".git"));
        assert!(!matches("[.]csv", b".csv"));
        assert!(matches("{a,b}*", b"{a,b}c"));
    }

    #[test]
    fn what_is_encoded_stands_for_itself() {
        assert!(matches("%2A*", b"*x"));
        assert!(!matches("%2A*", b"xx"));
        assert!(matches("*%3F", b"a?"));
        assert!(!matches("*%3F", b"ab"));
        assert!(matches("%5Bab%5D*", b"[ab]"));
        assert!(!matches("%5Bab%5D*", b"a"));
        assert!(matches("100%25*", b"100%x"));
    }

    #[test]
    fn nothing_that_would_change_a_class_is_encoded_in_it() {
        for pattern in ["[%21a]", "[a%2Dz]", "[!%2A]", "[%5Ba]", "[]%2D]", "[!]%5D]"] {
            let refused = Pattern::parse(pattern.as_bytes(), NameCodec::default());
            assert!(matches!(refused, Err(Error::Usage(_))), "{pattern}");
        }
        assert!(matches("[%C3%A9b]", "\u{e9}".as_bytes()));
        assert!(matches("[ab]%2D", b"a-"));
    }

    #[test]
    fn characters_count_and_not_their_bytes() {
        assert!(matches("caf?", "caf\u{e9}".as_bytes()));
        assert!(matches("caf%C3%A9*", "caf\u{e9}s".as_bytes()));
        assert!(matches("caf?", b"caf\xe9"));
        assert!(matches("caf%E9*", b"caf\xe9.txt"));
        assert!(!matches("caf%E9*", b"caf\xe8.txt"));
    }

    #[test]
    fn an_open_bracket_is_refused_with_the_way_to_write_it() {
        let Err(Error::Usage(text)) = Pattern::parse(b"a[1", NameCodec::default()) else {
            panic!("accepted")
        };
        assert!(text.contains("%5B"), "{text}");
    }

    proptest! {
        #[test]
        fn a_name_that_is_encoded_matches_itself_alone(
            name in proptest::collection::vec(any::<u8>(), 1..12),
            other in proptest::collection::vec(any::<u8>(), 1..12),
        ) {
            let encoded: String = name.iter().map(|b| format!("%{b:02X}")).collect();
            let pattern = Pattern::parse(encoded.as_bytes(), NameCodec::default()).unwrap();
            prop_assert!(pattern.matches(&name));
            prop_assert_eq!(pattern.matches(&other), name == other);
        }

        #[test]
        fn any_text_is_a_pattern_or_refused(text in "\\PC*", name in ".*") {
            if let Ok(pattern) = Pattern::parse(text.as_bytes(), NameCodec::default()) {
                pattern.matches(name.as_bytes());
            }
        }
    }
}
