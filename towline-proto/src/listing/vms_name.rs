//! Names of OpenVMS: `[DIRECTORY]NAME.TYPE;VERSION`.

use super::EntryKind;
use super::clock::clock;
use super::columns::{Columns, is_blank};
use super::compact::Compact;
use super::size::grouped;
use crate::number::number;

/// A name at the start of a line.
pub(super) struct Name<'a> {
    pub(super) bare: &'a [u8],
    pub(super) kind: EntryKind,
    /// Whether it has a type, even an empty one. VMS itself never omits the dot.
    pub(super) has_type: bool,
    pub(super) version: u64,
}

impl<'a> Name<'a> {
    /// Reads the name at the start of `line`. Also returns what follows it.
    pub(super) fn at_start_of(line: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (path, version, rest) = split_version(line)?;
        let is_word = !path.iter().any(u8::is_ascii_whitespace);
        Self::of(path, version)
            .filter(|_| is_word)
            .map(|name| (name, rest))
    }

    /// Reads a name with blanks in it, which ODS-5 allows, ahead of blocks and a date.
    pub(super) fn with_blanks(line: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (path, version, rest) = split_version(line)?;
        let columns = Columns::of(rest);
        let has_columns = columns.get(0).and_then(blocks).is_some()
            && columns.get(1).and_then(date_with_month).is_some();
        let is_name = path.trim_ascii() == path && memchr::memmem::find(path, b"  ").is_none();
        let name = Self::of(path, version)?;
        (has_columns && is_name && name.has_type).then_some((name, rest))
    }

    /// Reads a name whose version the server leaves out, ahead of a date and the protection.
    pub(super) fn without_version(line: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let blank = line.iter().position(is_blank).filter(|end| *end > 0)?;
        let (path, rest) = (&line[..blank], line[blank..].trim_ascii());
        let columns = Columns::of(rest);
        let date_at = columns
            .words()
            .position(|word| date_with_month(word).is_some())?;
        columns.get(date_at + 1).and_then(clock)?;
        let protection = between(rest, b'(', b')').filter(|_| rest.ends_with(b")"))?;
        let is_protection = protection.iter().all(|byte| b"RWED, ".contains(byte));
        let name = Self::of(path, 0)?;
        (is_protection && name.has_type).then_some((name, rest))
    }

    fn of(path: &'a [u8], version: u64) -> Option<Self> {
        let start = memchr::memrchr2(b']', b':', path).map_or(0, |end| end + 1);
        let name = &path[start..];
        let dot = memchr::memrchr(b'.', name);
        let (stem, file_type) = match dot {
            Some(dot) => (&name[..dot], &name[dot + 1..]),
            None => (name, b"".as_slice()),
        };
        let (bare, kind) = match stem {
            [] => (name, EntryKind::File),
            stem if file_type.eq_ignore_ascii_case(b"DIR") => (stem, EntryKind::Directory),
            stem if file_type.is_empty() => (stem, EntryKind::File),
            _ => (name, EntryKind::File),
        };
        // There is no name, or it is a pattern without a match.
        if bare.is_empty() || bare == b"." || bare.contains(&b'*') {
            return None;
        }
        Some(Self {
            bare,
            kind,
            has_type: dot.is_some(),
            version,
        })
    }
}

/// Splits a line at the version of its name: path, version, and what follows.
fn split_version(line: &[u8]) -> Option<(&[u8], u64, &[u8])> {
    let semicolon = memchr::memchr(b';', line)?;
    let (path, rest) = (&line[..semicolon], &line[semicolon + 1..]);
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let version = number(&rest[..digits])?;
    let rest = &rest[digits..];
    let is_delimited = rest.first().is_none_or(is_blank);
    is_delimited.then_some((path, version, rest.trim_ascii()))
}

fn date_with_month(word: &[u8]) -> Option<Compact<'_>> {
    Compact::of(word).filter(Compact::names_month)
}

/// Reads `213`, or `213/216` (used and allocated). The inner value is `None` for a size that is too
/// rough (`18KB`) or too wide for its column (`******`).
pub(super) fn blocks(word: &[u8]) -> Option<Option<u64>> {
    let used = word.split(|byte| *byte == b'/').next()?;
    if let Some(blocks) = number(used).or_else(|| grouped(used)) {
        return Some(Some(blocks));
    }
    let digits = used
        .iter()
        .take_while(|byte| byte.is_ascii_digit() || **byte == b'.')
        .count();
    let is_rough = digits > 0 && matches!(&used[digits..], b"KB" | b"MB" | b"GB");
    let is_too_wide = !used.is_empty() && used.iter().all(|byte| *byte == b'*');
    (is_rough || is_too_wide).then_some(None)
}

pub(super) fn between(text: &[u8], open: u8, close: u8) -> Option<&[u8]> {
    let start = memchr::memchr(open, text)? + 1;
    let end = memchr::memchr(close, &text[start..])?;
    Some(&text[start..start + end])
}
