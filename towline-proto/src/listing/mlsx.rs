//! The lines of MLSD and MLST: `fact=value;fact=value; name` (RFC 3659, section 7.2).

use memchr::memmem;

use super::{Entry, EntryKind, Modified, Precision, Zone, text};
use crate::time::parse_datetime;

/// Reads one line; `None` where it is not of this form.
pub(super) fn parse(line: &[u8]) -> Option<Entry> {
    let (facts, name) = split(line)?;
    if name.is_empty() {
        return None;
    }
    let mut entry = Entry::new(name, EntryKind::Other);
    let mut mode = None;
    let (mut owner_number, mut group_number) = (None, None);
    for fact in facts
        .split(|byte| *byte == b';')
        .filter(|fact| !fact.is_empty())
    {
        let equals = memchr::memchr(b'=', fact)?;
        let (fact, value) = (&fact[..equals], &fact[equals + 1..]);
        let is = |name: &str| fact.eq_ignore_ascii_case(name.as_bytes());
        if is("type") {
            (entry.kind, entry.link_target) = kind(value);
        } else if is("size") || is("sizd") {
            entry.size = std::str::from_utf8(value)
                .ok()
                .and_then(|digits| digits.parse().ok());
        } else if is("modify") {
            entry.modified = parse_datetime(value).map(|time| Modified {
                time,
                precision: Precision::Second,
                zone: Zone::Utc,
            });
        } else if is("perm") || is("perms") {
            // FileZilla Server 1.9.4 announces `perm` and writes `perms`.
            entry.permissions = Some(text(value));
        } else if is("unix.mode") {
            mode = Some(value);
        } else if is("unix.ownername") {
            entry.owner = Some(text(value));
        } else if is("unix.groupname") {
            entry.group = Some(text(value));
        } else if is("unix.owner") || is("unix.uid") {
            owner_number = Some(value);
        } else if is("unix.group") || is("unix.gid") {
            group_number = Some(value);
        }
    }
    entry.permissions = entry.permissions.or_else(|| mode.map(text));
    entry.owner = entry.owner.or_else(|| owner_number.map(text));
    entry.group = entry.group.or_else(|| group_number.map(text));
    entry.raw = line.to_vec();
    Some(entry)
}

/// Facts and name. One space stands between them, and every fact ends with `;`:
/// a space inside a value (a group `domain users`) does not end the facts.
fn split(line: &[u8]) -> Option<(&[u8], &[u8])> {
    if let Some(name) = line.strip_prefix(b" ") {
        return Some((b"", name));
    }
    let end = memmem::find(line, b"; ")?;
    Some((&line[..end], &line[end + 2..]))
}

/// The value of the fact `type`, and the target that it may hold.
fn kind(value: &[u8]) -> (EntryKind, Option<Vec<u8>>) {
    let is = |name: &str| value.eq_ignore_ascii_case(name.as_bytes());
    let kind = if is("file") {
        EntryKind::File
    } else if is("dir") {
        EntryKind::Directory
    } else if is("cdir") {
        EntryKind::CurrentDirectory
    } else if is("pdir") {
        EntryKind::ParentDirectory
    } else {
        return link(value).map_or((EntryKind::Other, None), |target| (EntryKind::Link, target));
    };
    (kind, None)
}

/// `OS.unix=slink:target` (RFC 3659, section 7.5.1.5), `OS.unix=slink` and
/// ProFTPD's `OS.unix=symlink`.
fn link(value: &[u8]) -> Option<Option<Vec<u8>>> {
    const PREFIX: usize = "OS.unix=".len();
    let (prefix, value) = value.split_at_checked(PREFIX)?;
    let colon = memchr::memchr(b':', value).unwrap_or(value.len());
    let is_link = prefix.eq_ignore_ascii_case(b"OS.unix=")
        && (value[..colon].eq_ignore_ascii_case(b"slink")
            || value[..colon].eq_ignore_ascii_case(b"symlink"));
    is_link.then(|| {
        value
            .get(colon + 1..)
            .filter(|target| !target.is_empty())
            .map(<[u8]>::to_vec)
    })
}
