//! The lines of MLSD and MLST: `fact=value;fact=value; name` (RFC 3659, section 7.2).
//!
//! A malformed fact, or one with an invalid value, drops only itself, not the entry.

use super::columns::is_blank;
use super::{Entry, EntryKind, Modified, Precision, Zone, text};
use crate::number::number;
use crate::reply::{Reply, ReplyClass};
use crate::time::parse_datetime;

/// Reads one line of MLSD. Returns `None` if it is not in this form.
pub(super) fn parse(line: &[u8]) -> Option<Entry> {
    // A single leading space means that there are no facts.
    entry(line, 2)
}

/// Returns the entry in a reply to MLST (RFC 3659, section 7.2). Its name may be a whole path.
/// Returns `None` if the reply is a refusal or cannot be understood.
#[must_use]
pub fn parse_mlst(reply: &Reply) -> Option<Entry> {
    if reply.class() != ReplyClass::Completion {
        return None;
    }
    reply
        .inner_lines()
        .iter()
        .find_map(|line| parse_in_reply(line))
}

/// Reads a line of a reply. It begins with a space.
fn parse_in_reply(line: &[u8]) -> Option<Entry> {
    entry(line.strip_prefix(b" ").unwrap_or(line), 1)
}

/// Reads the entry in `line`. Facts may follow `fewest_blanks` blanks or more.
fn entry(line: &[u8], fewest_blanks: usize) -> Option<Entry> {
    let (facts_len, name) = split(line, fewest_blanks)?;
    if name.is_empty() {
        return None;
    }
    let mut entry = Entry::new(name, EntryKind::Unknown);
    entry.facts_len = facts_len;
    let mut mode = None;
    let (mut owner_number, mut group_number) = (None, None);
    for (fact, value) in well_formed(line[..facts_len].trim_ascii_start()) {
        let is = |name: &str| fact.eq_ignore_ascii_case(name.as_bytes());
        if value.is_empty() {
            continue;
        }
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

/// Returns the names and values of the facts that have both.
fn well_formed(facts: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    facts.split(|byte| *byte == b';').filter_map(|fact| {
        let equals = memchr::memchr(b'=', fact)?;
        Some((&fact[..equals], &fact[equals + 1..]))
    })
}

impl Entry {
    /// Returns the value of a fact of MLSx, as the server wrote it, or `None` if the entry has no
    /// such fact or comes from a `LIST`. The case of `name` does not matter.
    ///
    /// RFC 3659, section 7.5, defines `size`, `modify`, `create` (read it with
    /// [`parse_timestamp`](crate::time::parse_timestamp)), `type`, `unique`, `perm`, `lang`,
    /// `media-type` and `charset`. Servers add their own.
    #[must_use]
    pub fn fact(&self, name: &str) -> Option<&[u8]> {
        let facts = self.raw.get(..self.facts_len)?.trim_ascii_start();
        let found = well_formed(facts).find(|(fact, _)| fact.eq_ignore_ascii_case(name.as_bytes()));
        found.map(|(_, value)| value)
    }
}

/// Returns where the facts end, and the name. Facts may follow leading blanks only if one of them
/// is well known, because a name may begin with spaces. There must also be at least `fewest_blanks`
/// blanks, unless the first is a tab.
fn split(line: &[u8], fewest_blanks: usize) -> Option<(usize, &[u8])> {
    let blanks = line.iter().take_while(|byte| is_blank(byte)).count();
    let indented = &line[blanks..];
    if blanks == 0 {
        return split_facts(line);
    }
    if blanks >= fewest_blanks || line.starts_with(b"\t") {
        let found = split_facts(indented).filter(|(end, _)| has_known_fact(&indented[..*end]));
        if let Some((end, name)) = found {
            return Some((blanks + end, name));
        }
    }
    line.strip_prefix(b" ").map(|name| (0, name))
}

/// Returns where the facts at the start of `line` end, and the name after them. One space (a tab on
/// some servers) separates them. Every fact ends with `;`, so a space inside a value (a group
/// `domain users`) does not end the facts. If the last `;` is missing, the first space ends them.
fn split_facts(line: &[u8]) -> Option<(usize, &[u8])> {
    let gap = |end: &usize| line.get(end + 1).is_some_and(is_blank);
    if let Some(end) = memchr::memchr_iter(b';', line).find(gap) {
        let has_facts = well_formed(&line[..end]).next().is_some();
        return has_facts.then_some((end, &line[end + 2..]));
    }
    let end = memchr::memchr(b' ', line)?;
    let (facts, name) = (&line[..end], &line[end + 1..]);
    let is_whole = match memchr::memchr(b';', facts) {
        Some(_) => facts
            .split(|byte| *byte == b';')
            .all(|fact| fact.is_empty() || fact.contains(&b'=')),
        // A lone fact may be part of a name, unless it gives the type.
        None => well_formed(facts).any(|(fact, value)| {
            fact.eq_ignore_ascii_case(b"type")
                && !matches!(kind(value).0, EntryKind::Other | EntryKind::Unknown)
        }),
    };
    is_whole.then_some((end, name))
}

fn has_known_fact(facts: &[u8]) -> bool {
    const KNOWN: [&[u8]; 7] = [
        b"type", b"size", b"sizd", b"modify", b"create", b"perm", b"unique",
    ];
    well_formed(facts).any(|(name, _)| KNOWN.iter().any(|known| name.eq_ignore_ascii_case(known)))
}

/// Returns what the value of the fact `type` means, and the target if it contains one.
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
        return match link(value) {
            Some(target) => (EntryKind::Link, target),
            None if is_special(value) => (EntryKind::Other, None),
            None => (EntryKind::Unknown, None),
        };
    };
    (kind, None)
}

/// Whether the type is that of a device, a pipe or a socket on Unix (RFC 3659, section 7.5.1.5).
/// Pure-FTPd 1.0.50 calls these `unknown`. Nothing is known about any other type.
fn is_special(value: &[u8]) -> bool {
    const SPECIAL: [&[u8]; 7] = [
        b"chr", b"blk", b"fifo", b"pipe", b"sock", b"socket", b"door",
    ];
    if value.eq_ignore_ascii_case(b"unknown") {
        return true;
    }
    let Some((prefix, value)) = value.split_at_checked(PREFIX.len()) else {
        return false;
    };
    let end = value.iter().position(|byte| !byte.is_ascii_alphabetic());
    let word = &value[..end.unwrap_or(value.len())];
    prefix.eq_ignore_ascii_case(PREFIX)
        && SPECIAL
            .iter()
            .any(|special| word.eq_ignore_ascii_case(special))
}

/// Ahead of the types of Unix.
const PREFIX: &[u8] = b"OS.unix=";

/// Reads `OS.unix=slink:target` (RFC 3659, section 7.5.1.5), `OS.unix=slink`, and ProFTPD's
/// `OS.unix=symlink`.
fn link(value: &[u8]) -> Option<Option<Vec<u8>>> {
    let (prefix, value) = value.split_at_checked(PREFIX.len())?;
    let colon = memchr::memchr(b':', value).unwrap_or(value.len());
    let is_link = prefix.eq_ignore_ascii_case(PREFIX)
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
    use crate::reply::ReplyCode;

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
            ("OS.unix=sock", EntryKind::Other, None),
            ("OS.unix=slinky", EntryKind::Unknown, None),
            ("OS.windows=junction", EntryKind::Unknown, None),
            ("unknown", EntryKind::Other, None),
            ("regular", EntryKind::Unknown, None),
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
    fn reads_facts_behind_more_than_one_blank() {
        for ahead in ["  ", "   ", "\t", " \t"] {
            let line = format!("{ahead}Type=file;Size=42;Modify=20201213202400; magic-file");
            let entry = entry(&line);
            assert_eq!(
                (entry.name.as_slice(), entry.kind, entry.size),
                (b"magic-file".as_slice(), EntryKind::File, Some(42)),
                "{ahead:?}"
            );
            let time = entry.modified.map(|modified| modified.time);
            assert_eq!(time, Some(date(2020, 12, 13).at(20, 24, 0, 0)));
            assert_eq!(entry.fact("type"), Some(b"file".as_slice()));
            assert_eq!(entry.raw, line.as_bytes());
        }
        // A single space means that there are no facts. A name may begin with spaces.
        for (line, name) in [
            (" Type=file;Size=42; x", "Type=file;Size=42; x"),
            ("  x", " x"),
            ("  a=b; x", " a=b; x"),
        ] {
            let entry = entry(line);
            assert_eq!(
                (entry.name.as_slice(), entry.kind, entry.size),
                (name.as_bytes(), EntryKind::Unknown, None),
                "{line}"
            );
        }
    }

    #[test]
    fn reads_the_facts_of_a_reply_behind_any_blanks() {
        for line in ["type=file; x", " type=file; x", "   type=file; x"] {
            let entry = parse_in_reply(line.as_bytes()).expect("an entry");
            assert_eq!(
                (entry.name.as_slice(), entry.kind),
                (b"x".as_slice(), EntryKind::File)
            );
        }
        let entry = parse_in_reply(b"  x").expect("an entry");
        assert_eq!(
            (entry.name.as_slice(), entry.kind),
            (b"x".as_slice(), EntryKind::Unknown)
        );
    }

    #[test]
    fn a_tab_may_end_the_facts() {
        let entry = entry("size=5;type=file;\ta name 2009-07-22");
        assert_eq!(
            (entry.name.as_slice(), entry.size),
            (b"a name 2009-07-22".as_slice(), Some(5))
        );
    }

    #[test]
    fn an_entry_without_a_type_has_an_unknown_kind() {
        for line in ["size=5;modify=20261120225741; a", "type=;size=5; a", " a"] {
            assert_eq!(entry(line).kind, EntryKind::Unknown, "{line}");
        }
        assert_eq!(entry("TYPE=FILE; a").kind, EntryKind::File);
        assert_eq!(entry("tYpE=dIr; a").kind, EntryKind::Directory);
    }

    #[test]
    fn a_fact_that_is_none_costs_itself() {
        let entry = entry("type=dir;Size;=;perm=;UNIX.mode=0755; a name");
        assert_eq!(
            (entry.name.as_slice(), entry.kind),
            (b"a name".as_slice(), EntryKind::Directory)
        );
        assert_eq!(entry.permissions.as_deref(), Some("0755"));
    }

    #[test]
    fn reads_a_lone_type_without_a_semicolon() {
        let entry = entry("type=file a name");
        assert_eq!(
            (entry.name.as_slice(), entry.kind),
            (b"a name".as_slice(), EntryKind::File)
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
            "type=what name",
            "size=5 name",
            "type=file;size name",
            "type=file;size=5;name",
            "\tname",
            "total 12",
        ] {
            assert_eq!(parse(line.as_bytes()), None, "{line:?}");
        }
    }

    #[test]
    fn reads_the_entry_of_an_mlst_reply() {
        let mlst = |text: &str| parse_mlst(&Reply::new(ReplyCode::FILE_ACTION_DONE, text));
        let entry = mlst("Begin\n type=cdir;modify=20261120225741; /a b\nEnd").expect("an entry");
        assert_eq!(
            (entry.name.as_slice(), entry.kind),
            (b"/a b".as_slice(), EntryKind::CurrentDirectory)
        );
        assert_eq!(
            mlst("Begin\ntype=file; no space ahead\nEnd").map(|entry| entry.name),
            Some(b"no space ahead".to_vec())
        );
        assert_eq!(
            mlst("Begin\n  no facts\nEnd").map(|entry| entry.name),
            Some(b"no facts".to_vec())
        );
        assert_eq!(
            mlst("Begin\n   type=file; indented\nEnd").map(|entry| (entry.name, entry.kind)),
            Some((b"indented".to_vec(), EntryKind::File))
        );
        assert_eq!(mlst("type=file; a"), None);
        assert_eq!(mlst("Begin\nEnd"), None);
        let refusal = Reply::new(ReplyCode::FILE_UNAVAILABLE, "Begin\n type=file; a\nEnd");
        assert_eq!(parse_mlst(&refusal), None);
    }
}
