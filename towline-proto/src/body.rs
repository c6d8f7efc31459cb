//! Parses and writes replies whose code defines the form of the text: 213 to SIZE and MDTM
//! (RFC 3659, sections 3 and 4), 257 to PWD and MKD (RFC 959, appendix II).

use jiff::Timestamp;
use thiserror::Error;

use crate::number::number;
use crate::path::RemotePath;
use crate::reply::{Reply, ReplyClass, ReplyCode};
use crate::time::{parse_timestamp, write_timestamp};

/// The reason why a reply yields no value.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BodyError {
    /// The server refused.
    #[error("the server refused")]
    Refused,
    /// The text does not contain the value that the command asks for.
    #[error("the reply does not hold {0}")]
    Malformed(&'static str),
}

/// Returns the number of bytes in a reply to SIZE.
///
/// # Errors
///
/// [`BodyError`] if the reply is a refusal or contains no number.
pub fn parse_size(reply: &Reply) -> Result<u64, BodyError> {
    number(first_word(completed(reply)?)).ok_or(BodyError::Malformed("a size"))
}

/// Returns the time in a reply to MDTM.
///
/// # Errors
///
/// [`BodyError`] if the reply is a refusal or contains no time.
pub fn parse_mdtm(reply: &Reply) -> Result<Timestamp, BodyError> {
    parse_timestamp(first_word(completed(reply)?)).ok_or(BodyError::Malformed("a time"))
}

/// Returns the path in a reply to PWD or MKD. The path is in double quotes; a double quote
/// inside the path is doubled.
///
/// # Errors
///
/// [`BodyError`] if the reply is a refusal or contains no path.
pub fn parse_pwd(reply: &Reply) -> Result<RemotePath, BodyError> {
    let malformed = BodyError::Malformed("a path in quotes");
    let Some(mut rest) = completed(reply)?.strip_prefix(b"\"") else {
        return Err(malformed);
    };
    let mut path = Vec::new();
    while let Some(quote) = memchr::memchr(b'"', rest) {
        path.extend_from_slice(&rest[..quote]);
        rest = &rest[quote + 1..];
        match rest.strip_prefix(b"\"") {
            Some(after) => {
                path.push(b'"');
                rest = after;
            }
            None => return RemotePath::new(path).map_err(|_| malformed),
        }
    }
    Err(malformed)
}

/// Returns the reply to SIZE for a file of this many bytes.
#[must_use]
pub fn size_reply(size: u64) -> Reply {
    Reply::new(ReplyCode::FILE_STATUS, size.to_string())
}

/// Returns the reply to MDTM for this modification time, including any fraction of a second.
#[must_use]
pub fn mdtm_reply(modified: Timestamp) -> Reply {
    Reply::new(ReplyCode::FILE_STATUS, write_timestamp(modified))
}

/// Returns the reply to PWD or MKD: `path` in double quotes, followed by `text`.
#[must_use]
pub fn path_reply(path: &RemotePath, text: &str) -> Reply {
    let quoted = quote(path.as_bytes());
    Reply::new(
        ReplyCode::PATH_CREATED,
        [quoted.as_slice(), b" ", text.as_bytes()].concat(),
    )
}

/// Returns a path in double quotes. A double quote inside the path is doubled.
#[must_use]
pub fn quote(path: &[u8]) -> Vec<u8> {
    let mut quoted = vec![b'"'];
    for byte in path {
        let copies = if *byte == b'"' { 2 } else { 1 };
        quoted.extend(std::iter::repeat_n(*byte, copies));
    }
    quoted.push(b'"');
    quoted
}

fn completed(reply: &Reply) -> Result<&[u8], BodyError> {
    match reply.lines() {
        [first, ..] if reply.class() == ReplyClass::Completion => Ok(first),
        _ => Err(BodyError::Refused),
    }
}

fn first_word(text: &[u8]) -> &[u8] {
    text.trim_ascii()
        .split(u8::is_ascii_whitespace)
        .next()
        .unwrap_or(b"")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(text: &str) -> Reply {
        Reply::new(ReplyCode::FILE_STATUS, text)
    }

    #[test]
    fn reads_sizes() {
        assert_eq!(parse_size(&status("0")), Ok(0));
        assert_eq!(parse_size(&status(" 18446744073709551615 ")), Ok(u64::MAX));
        for text in [
            "",
            "-1",
            "+1",
            "1.5",
            "0x10",
            "18446744073709551616",
            "size 5",
        ] {
            assert_eq!(
                parse_size(&status(text)),
                Err(BodyError::Malformed("a size")),
                "{text}"
            );
        }
        assert_eq!(
            parse_size(&Reply::new(ReplyCode::FILE_UNAVAILABLE, "5")),
            Err(BodyError::Refused)
        );
    }

    #[test]
    fn reads_times() {
        let time = "2026-11-20T22:57:41.796Z".parse().expect("a time");
        assert_eq!(parse_mdtm(&status("20261120225741.796")), Ok(time));
        assert_eq!(
            parse_mdtm(&status("yesterday")),
            Err(BodyError::Malformed("a time"))
        );
    }

    #[test]
    fn reads_quoted_paths() {
        let pwd = |text: &str| parse_pwd(&Reply::new(ReplyCode::PATH_CREATED, text));
        for (text, path) in [
            ("\"/\" is the current directory", "/"),
            ("\"/a\"\"b\" created successfully.", "/a\"b"),
            ("\"/a b\"", "/a b"),
            ("\"\"\"\"", "\""),
            ("\"\"", ""),
        ] {
            assert_eq!(pwd(text).ok(), RemotePath::new(path).ok(), "{text}");
        }
        for text in ["", "/a", "\"/a", "\"/a\"\"", "\"a\rb\""] {
            assert!(pwd(text).is_err(), "{text}");
        }
    }

    #[test]
    fn writes_what_it_reads() {
        assert_eq!(size_reply(0).encode(), b"213 0\r\n");
        let time = "2026-11-20T22:57:41.796Z".parse().expect("a time");
        assert_eq!(mdtm_reply(time).encode(), b"213 20261120225741.796\r\n");
        let path = RemotePath::new("/a\"b ").expect("a path");
        let reply = path_reply(&path, "is the current directory");
        assert_eq!(
            reply.encode(),
            b"257 \"/a\"\"b \" is the current directory\r\n"
        );
    }
}
