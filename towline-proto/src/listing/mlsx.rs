//! The lines of MLSD and MLST: `fact=value;fact=value; name` (RFC 3659, section 7.2).

use memchr::memmem;

use super::{Entry, EntryKind, Modified, Precision, Zone, text};
use crate::number::number;
use crate::time::parse_datetime;

/// Reads one line; `None` where it is not of this form.
pub(super) fn parse(line: &[u8]) -> Option<Entry> {
    let (facts, name) = split(line)?;
    if name.is_empty() {
        return None;
    }
    let mut entry = Entry::new(name, EntryKind::Other);
    entry.facts_len = facts.len();
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
            entry.size = number(value);
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
    if entry.kind == EntryKind::Link {
        entry.size = None;
    }
    entry.permissions = entry.permissions.or_else(|| mode.map(text));
    entry.owner = entry.owner.or_else(|| owner_number.map(text));
    entry.group = entry.group.or_else(|| group_number.map(text));
    entry.raw = line.to_vec();
    Some(entry)
}

impl Entry {
    /// The value of a fact of MLSx, as the server wrote it. `name` is in any case; RFC
    /// 3659, section 7.5, knows `size`, `modify`, `create` (read it with
    /// [`parse_timestamp`](crate::time::parse_timestamp)), `type`, `unique`, `perm`,
    /// `lang`, `media-type` and `charset`, and servers add their own. `None` where the
    /// fact is not there, and for an entry of a `LIST`.
    #[must_use]
    pub fn fact(&self, name: &str) -> Option<&[u8]> {
        let mut facts = self.raw.get(..self.facts_len)?.split(|byte| *byte == b';');
        facts.find_map(|fact| {
            let equals = memchr::memchr(b'=', fact)?;
            fact[..equals]
                .eq_ignore_ascii_case(name.as_bytes())
                .then_some(&fact[equals + 1..])
        })
    }
}

/// Facts and name. One space stands between them, and every fact ends with `;`:
/// a space inside a value (a group `domain users`) does not end the facts. Only where
/// the last `;` is left out does the first space.
fn split(line: &[u8]) -> Option<(&[u8], &[u8])> {
    if let Some(name) = line.strip_prefix(b" ") {
        return Some((b"", name));
    }
    let (end, gap) = match memmem::find(line, b"; ") {
        Some(end) => (end, 2),
        None => (
            memchr::memchr(b' ', line).filter(|end| line[..*end].contains(&b';'))?,
            1,
        ),
    };
    Some((&line[..end], &line[end + gap..]))
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

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn entry(line: &str) -> Entry {
        parse(line.as_bytes()).expect("an entry")
    }

    #[test]
    fn reads_facts_in_any_case_and_order() {
        let entry =
            entry("SIZE=1024990;Perm=r;Modify=20261120225741.796;TYPE=File;x.unknown=a=b; a name");
        assert_eq!(entry.name, b"a name");
        assert_eq!(entry.kind, EntryKind::File);
        assert_eq!(entry.size, Some(1_024_990));
        assert_eq!(entry.permissions.as_deref(), Some("r"));
        let modified = entry.modified.expect("a time");
        assert_eq!(
            modified.time,
            date(2026, 11, 20).at(22, 57, 41, 796_000_000)
        );
        assert_eq!(
            modified.timestamp(),
            "2026-11-20T22:57:41.796Z".parse().ok()
        );
    }

    #[test]
    fn keeps_the_name_as_it_is() {
        for name in [
            " lead",
            "trail ",
            "a; b=c;",
            "x -> y",
            "=;=",
            "tab\t",
            "esc\x1b[m",
        ] {
            assert_eq!(entry(&format!("type=file; {name}")).name, name.as_bytes());
            assert_eq!(entry(&format!(" {name}")).name, name.as_bytes());
        }
    }

    #[test]
    fn prefers_names_to_numbers() {
        let both = entry(
            "UNIX.owner=0;UNIX.ownername=root;UNIX.group=100;UNIX.groupname=domain users;UNIX.mode=0644; a",
        );
        assert_eq!(
            (both.owner.as_deref(), both.group.as_deref()),
            (Some("root"), Some("domain users"))
        );
        assert_eq!(both.permissions.as_deref(), Some("0644"));
        let numbers = entry("UNIX.uid=7;UNIX.gid=8;UNIX.mode=0644;perms=adfr; a");
        assert_eq!(
            (numbers.owner.as_deref(), numbers.group.as_deref()),
            (Some("7"), Some("8"))
        );
        assert_eq!(numbers.permissions.as_deref(), Some("adfr"));
    }

    #[test]
    fn knows_the_types() {
        for (value, expected, target) in [
            ("dir", EntryKind::Directory, None),
            ("cdir", EntryKind::CurrentDirectory, None),
            ("pdir", EntryKind::ParentDirectory, None),
            (
                "OS.unix=slink:/a b=c",
                EntryKind::Link,
                Some(b"/a b=c".to_vec()),
            ),
            ("OS.unix=slink:", EntryKind::Link, None),
            ("os.UNIX=symlink", EntryKind::Link, None),
            ("OS.unix=chr-13/29", EntryKind::Other, None),
            ("OS.unix=slinky", EntryKind::Other, None),
            ("unknown", EntryKind::Other, None),
        ] {
            assert_eq!(kind(value.as_bytes()), (expected, target), "{value}");
        }
    }

    #[test]
    fn gives_every_fact() {
        let entry = entry(
            "type=file;create=20261120225741;unique=801U3;Lang=en-GB;media-type=text/plain;charset=utf-8;X.mine=a=b; n;lang=de",
        );
        for (name, value) in [
            ("create", Some(b"20261120225741".as_slice())),
            ("unique", Some(b"801U3")),
            ("LANG", Some(b"en-GB")),
            ("media-type", Some(b"text/plain")),
            ("charset", Some(b"utf-8")),
            ("x.mine", Some(b"a=b")),
            ("size", None),
        ] {
            assert_eq!(entry.fact(name), value, "{name}");
        }
        assert_eq!(Entry::new("type=file", EntryKind::File).fact("type"), None);
    }

    #[test]
    fn reads_facts_without_the_last_semicolon() {
        let entry = entry("type=dir;size=1 a name");
        assert_eq!(
            (entry.name.as_slice(), entry.kind),
            (b"a name".as_slice(), EntryKind::Directory)
        );
    }

    #[test]
    fn keeps_an_entry_whose_fact_is_unreadable() {
        let entry = entry("type=file;size=many;modify=yesterday; a");
        assert_eq!(
            (entry.name.as_slice(), entry.size, entry.modified),
            (b"a".as_slice(), None, None)
        );
    }

    #[test]
    fn refuses_what_is_not_facts_and_name() {
        for line in [
            "",
            " ",
            "name",
            "type=file;",
            "type=file; ",
            "type=file;size=1",
            "type; name",
            "type=file name",
            "type=file;size name",
            "total 12",
        ] {
            assert_eq!(parse(line.as_bytes()), None, "{line:?}");
        }
    }
}
