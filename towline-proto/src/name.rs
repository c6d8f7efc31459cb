//! The checks for every name that a server sends.
//!
//! The server chooses the names in a listing. A name must pass [`check_entry_name`] before it
//! becomes part of a remote path, and [`local_name`] before it becomes a local file name.
//! [`escape`] makes it safe to print on a terminal.

use std::ffi::OsString;
use std::fmt::{self, Write as _};

use thiserror::Error;

/// The reason why a name is refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NameError {
    /// The name is empty.
    #[error("the name is empty")]
    Empty,
    /// The name is `.` or `..`.
    #[error("the name is a directory reference")]
    DirectoryReference,
    /// The name contains a path separator.
    #[error("the name holds a path separator")]
    Separator,
    /// The name contains NUL, CR or LF, which no FTP command can carry.
    #[error("the name holds a NUL or a line break")]
    LineBreak,
    /// The name contains another control character.
    #[error("the name holds a control character")]
    Control,
    /// The name is one that Towline gives partial files. A file that a server has named so could be
    /// taken for the beginning of another file.
    #[error("the name is one that Towline gives partial files")]
    PartialFile,
    /// The local platform cannot have a file of this name.
    #[error("the local system cannot hold the name: {0}")]
    Platform(&'static str),
}

/// Checks that `raw` is a single component of a remote path: not empty, not `.` or `..`, and
/// without `/`, NUL, CR and LF.
///
/// # Errors
///
/// A [`NameError`] for the first rule that `raw` breaks.
pub fn check_entry_name(raw: &[u8]) -> Result<(), NameError> {
    match raw {
        b"" => return Err(NameError::Empty),
        b"." | b".." => return Err(NameError::DirectoryReference),
        _ => {}
    }
    if memchr::memchr(b'/', raw).is_some() {
        return Err(NameError::Separator);
    }
    if memchr::memchr3(0, b'\r', b'\n', raw).is_some() {
        return Err(NameError::LineBreak);
    }
    Ok(())
}

/// Turns a remote name into the name of one local file.
///
/// On Unix the bytes are kept unchanged. On other systems they must be UTF-8.
///
/// # Errors
///
/// A [`NameError`] if [`check_entry_name`] refuses the name, if it contains a control character, if
/// it is that of a [partial file](is_part_name), or if the local platform cannot have such a file
/// (on Windows: `\`, `:`, device names, a trailing dot or space, ...).
pub fn local_name(raw: &[u8]) -> Result<OsString, NameError> {
    check_entry_name(raw)?;
    let mut characters = raw.utf8_chunks().flat_map(|chunk| chunk.valid().chars());
    if characters.any(char::is_control) {
        return Err(NameError::Control);
    }
    if is_part_name(raw) {
        return Err(NameError::PartialFile);
    }
    platform_name(raw)
}

/// Returns whether `name` ends as those of Towline's partial files do: in `.`, eight hexadecimal
/// digits and `.part`. Upper and lower case are the same to some file systems.
#[must_use]
pub fn is_part_name(name: &[u8]) -> bool {
    const DIGITS: usize = 8;
    let ending = b".part";
    let Some((front, end)) = name.split_at_checked(name.len().saturating_sub(ending.len())) else {
        return false;
    };
    let Some((front, digits)) = front.split_at_checked(front.len().saturating_sub(DIGITS)) else {
        return false;
    };
    end.eq_ignore_ascii_case(ending)
        && digits.len() == DIGITS
        && digits.iter().all(u8::is_ascii_hexdigit)
        && front.ends_with(b".")
}

/// Returns `raw` as text that is safe to print: lossy UTF-8 in which control characters (as
/// `\x1b`), line separators and bidirectional overrides (as `\u{202e}`) are escaped.
#[must_use]
pub fn escape(raw: &[u8]) -> String {
    Escaped(raw).to_string()
}

/// Bytes that `Display` writes as [`escape`] does, without an allocation.
#[derive(Clone, Copy, Debug)]
pub struct Escaped<'a>(pub &'a [u8]);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            let text = chunk.valid();
            let mut clean = 0;
            for (at, character) in text.char_indices().filter(|(_, c)| is_unsafe_to_print(*c)) {
                f.write_str(&text[clean..at])?;
                clean = at + character.len_utf8();
                match u32::from(character) {
                    ascii @ 0..0x80 => write!(f, "\\x{ascii:02x}")?,
                    other => write!(f, "\\u{{{other:x}}}")?,
                }
            }
            f.write_str(&text[clean..])?;
            if !chunk.invalid().is_empty() {
                f.write_char(char::REPLACEMENT_CHARACTER)?;
            }
        }
        Ok(())
    }
}

fn is_unsafe_to_print(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            // Marks, embeddings, overrides and isolates that reorder the following text.
            '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            // Line and paragraph separators.
            | '\u{2028}' | '\u{2029}'
        )
}

#[cfg(unix)]
fn platform_name(raw: &[u8]) -> Result<OsString, NameError> {
    use std::os::unix::ffi::OsStringExt as _;
    Ok(OsString::from_vec(raw.to_vec()))
}

#[cfg(not(unix))]
fn platform_name(raw: &[u8]) -> Result<OsString, NameError> {
    let name = std::str::from_utf8(raw).map_err(|_| NameError::Platform("it is not UTF-8"))?;
    #[cfg(windows)]
    check_windows_name(name)?;
    Ok(OsString::from(name))
}

/// Checks the rules of Win32 file names. A name that breaks them does not fail on Windows: it
/// opens a device, another stream or another file.
#[cfg(any(windows, test))]
fn check_windows_name(name: &str) -> Result<(), NameError> {
    if name.contains('\\') {
        return Err(NameError::Separator);
    }
    if name.contains(['<', '>', ':', '"', '|', '?', '*']) {
        return Err(NameError::Platform("it holds one of < > : \" | ? *"));
    }
    if name.ends_with(['.', ' ']) {
        return Err(NameError::Platform("it ends with a dot or a space"));
    }
    if is_windows_device(name) {
        return Err(NameError::Platform("it names a device"));
    }
    Ok(())
}

/// Returns whether Windows treats the name as a device, whatever its extension.
#[cfg(any(windows, test))]
fn is_windows_device(name: &str) -> bool {
    let is_one_of = |stem: &str, devices: &[&str]| {
        devices
            .iter()
            .any(|device| stem.eq_ignore_ascii_case(device))
    };
    let is_one_digit = |text: &str| {
        let mut characters = text.chars();
        // Windows accepts superscripts as digits.
        let digit = characters
            .next()
            .is_some_and(|c| c.is_ascii_digit() || "\u{b9}\u{b2}\u{b3}".contains(c));
        digit && characters.next().is_none()
    };
    let stem = name.split('.').next().unwrap_or(name).trim_end();
    is_one_of(stem, &["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"])
        || stem.split_at_checked(3).is_some_and(|(device, number)| {
            is_one_of(device, &["COM", "LPT"]) && is_one_digit(number)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_is_not_one_component() {
        let refused: [(&[u8], NameError); 9] = [
            (b"", NameError::Empty),
            (b".", NameError::DirectoryReference),
            (b"..", NameError::DirectoryReference),
            (b"/", NameError::Separator),
            (b"../../etc/passwd", NameError::Separator),
            (b"a/", NameError::Separator),
            (b"a\0b", NameError::LineBreak),
            (b"a\rDELE b", NameError::LineBreak),
            (b"a\n", NameError::LineBreak),
        ];
        for (name, error) in refused {
            assert_eq!(check_entry_name(name), Err(error.clone()), "{name:?}");
            assert_eq!(local_name(name), Err(error), "{name:?}");
        }
    }

    #[test]
    fn refuses_control_characters_locally() {
        for name in ["a\x1b[2J", "tab\there", "del\x7f", "c1\u{9b}31m"] {
            assert_eq!(check_entry_name(name.as_bytes()), Ok(()), "{name:?}");
            assert_eq!(
                local_name(name.as_bytes()),
                Err(NameError::Control),
                "{name:?}"
            );
        }
    }

    #[test]
    fn refuses_the_names_of_partial_files_locally() {
        for name in [
            ".a.0123abcd.part",
            "a.0123ABCD.part",
            ".0123abcd.part",
            ".towline.0123abcd.PART",
        ] {
            assert_eq!(check_entry_name(name.as_bytes()), Ok(()), "{name}");
            let refused = Err(NameError::PartialFile);
            assert_eq!(local_name(name.as_bytes()), refused, "{name}");
        }
        for name in [
            "a.part",
            "a.0123abc.part",
            "a.0123abcg.part",
            "a0123abcd.part",
            ".part",
        ] {
            assert_eq!(
                local_name(name.as_bytes()),
                Ok(OsString::from(name)),
                "{name}"
            );
        }
    }

    #[test]
    fn keeps_ordinary_names() {
        for name in [
            "a",
            "...",
            ".hidden",
            " lead and trail ",
            "caf\u{e9}",
            "-rf",
            "a\u{202e}b",
        ] {
            assert_eq!(
                local_name(name.as_bytes()),
                Ok(OsString::from(name)),
                "{name:?}"
            );
        }
    }

    #[cfg(unix)]
    #[test]
    fn keeps_bytes_that_are_not_utf8() {
        use std::os::unix::ffi::OsStrExt as _;
        let name = local_name(b"caf\xe9\x9b").expect("a Unix name");
        assert_eq!(name.as_bytes(), b"caf\xe9\x9b");
    }

    #[test]
    fn knows_the_rules_of_windows() {
        for name in [
            "file.txt",
            "CONSOLE",
            "com",
            "com10",
            "nul1",
            ".com1",
            "lpt",
            "caf\u{e9}",
        ] {
            assert_eq!(check_windows_name(name), Ok(()), "{name:?}");
        }
        for name in [
            "a\\b",
            "c:",
            "file:stream",
            "a?",
            "a ",
            "a.",
            "CON",
            "con.txt",
            "NUL .tar.gz",
            "Com1",
            "LPT9.x",
            "com\u{b9}",
            "COM0",
            "CONIN$",
        ] {
            assert!(check_windows_name(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn escapes_what_could_steer_a_terminal() {
        assert_eq!(escape(b"plain \xc3\xa9"), "plain \u{e9}");
        assert_eq!(
            escape(b"\x1b]0;x\x07\r\n\t\x7f"),
            "\\x1b]0;x\\x07\\x0d\\x0a\\x09\\x7f"
        );
        assert_eq!(
            escape("\u{9b}m \u{202e}gpj.exe \u{2028}".as_bytes()),
            "\\u{9b}m \\u{202e}gpj.exe \\u{2028}"
        );
        assert_eq!(escape(b"a\xffb\xe2\x82"), "a\u{fffd}b\u{fffd}");
    }
}
