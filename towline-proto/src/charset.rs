//! Character sets of names, for servers that do not support UTF-8 (RFC 2640).
//!
//! A name on the wire is bytes. It becomes text only when it is shown or typed.

use encoding_rs::Encoding;
use thiserror::Error;

/// A character set in which ASCII stands for itself.
///
/// The sets are those of the WHATWG Encoding Standard, so a label means the same as in a
/// browser: `iso-8859-1` is `windows-1252`, which agrees with it on every printable
/// character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charset(&'static Encoding);

/// The character set cannot represent a text.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the character set {charset} cannot represent {character:?}")]
pub struct CharsetError {
    /// The name of the character set.
    pub charset: &'static str,
    /// The first character that the set cannot represent.
    pub character: char,
}

impl Charset {
    /// UTF-8, the character set of RFC 2640.
    pub const UTF8: Self = Self(encoding_rs::UTF_8);

    /// Returns the character set of a label such as `windows-1252`, `shift_jis`, `latin1` or
    /// `gbk`, in any case. Returns `None` if there is no such set, and for sets in which a
    /// byte that looks like `/` may mean something else (UTF-16, ISO-2022-JP).
    #[must_use]
    pub fn for_label(label: &str) -> Option<Self> {
        Encoding::for_label_no_replacement(label.as_bytes())
            .filter(|encoding| encoding.is_ascii_compatible())
            .map(Self)
    }

    /// Returns the name in the standard, such as `windows-1252`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.0.name()
    }

    /// Encodes `text`.
    ///
    /// # Errors
    ///
    /// [`CharsetError`] if a character would change when decoded again: the set does not have
    /// it, or has only a similar one (`¥` in Shift_JIS).
    pub fn encode(&self, text: &str) -> Result<Vec<u8>, CharsetError> {
        let mut bytes = Vec::with_capacity(text.len());
        for character in text.chars() {
            let mut buffer = [0; 4];
            let one = character.encode_utf8(&mut buffer);
            let (encoded, _, _) = self.0.encode(one);
            if self.decode(&encoded).as_deref() != Some(one) {
                return Err(CharsetError {
                    charset: self.name(),
                    character,
                });
            }
            bytes.extend_from_slice(&encoded);
        }
        Ok(bytes)
    }

    /// Decodes `bytes`. Returns `None` if they are not valid in this character set.
    #[must_use]
    pub fn decode(&self, bytes: &[u8]) -> Option<String> {
        self.0
            .decode_without_bom_handling_and_without_replacement(bytes)
            .map(std::borrow::Cow::into_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn charset(label: &str) -> Charset {
        Charset::for_label(label).expect("a character set")
    }

    #[test]
    fn is_found_by_its_label() {
        for (label, name) in [
            ("utf-8", "UTF-8"),
            ("UTF8", "UTF-8"),
            ("windows-1252", "windows-1252"),
            ("iso-8859-1", "windows-1252"),
            ("Shift_JIS", "Shift_JIS"),
            ("koi8-r", "KOI8-R"),
        ] {
            assert_eq!(charset(label).name(), name);
        }
        for label in ["", "utf-9", "utf-16le", "iso-2022-jp", "replacement"] {
            assert_eq!(Charset::for_label(label), None, "{label}");
        }
    }

    #[test]
    fn encodes_and_decodes() {
        for (label, text, bytes) in [
            ("utf-8", "café", b"caf\xc3\xa9".as_slice()),
            ("windows-1252", "café €", b"caf\xe9 \x80"),
            ("shift_jis", "日本/語", b"\x93\xfa\x96\x7b/\x8c\xea"),
            ("koi8-r", "Отчёт", b"\xef\xd4\xde\xa3\xd4"),
        ] {
            assert_eq!(charset(label).encode(text).as_deref(), Ok(bytes), "{label}");
            assert_eq!(
                charset(label).decode(bytes).as_deref(),
                Some(text),
                "{label}"
            );
        }
    }

    #[test]
    fn names_the_character_that_it_cannot_hold() {
        for (label, text, character) in [
            ("windows-1252", "a日b本", '日'),
            ("shift_jis", "5 ¥", '¥'),
            ("koi8-r", "é", 'é'),
        ] {
            let error = charset(label).encode(text).expect_err("no such character");
            assert_eq!(error.character, character);
            assert!(error.to_string().contains(charset(label).name()));
        }
    }

    #[test]
    fn decodes_nothing_that_is_malformed() {
        assert_eq!(Charset::UTF8.decode(b"caf\xe9"), None);
        assert_eq!(charset("shift_jis").decode(b"\x93"), None);
        assert_eq!(
            Charset::UTF8.decode(b"\xef\xbb\xbfa").as_deref(),
            Some("\u{feff}a")
        );
    }
}
