//! Lines of `LIST`, `NLST` and `MLSD` (RFC 959, RFC 3659 section 7).

use std::fs::Metadata;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::{Duration, SystemTime};

use crate::personality::{Fact, ListingStyle};
use crate::time::Civil;

/// What a line describes.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) name: Vec<u8>,
    pub(crate) kind: Kind,
    pub(crate) size: u64,
    pub(crate) modified: SystemTime,
    /// The number of the file on disk; `None` if the name stands in for it.
    pub(crate) number: Option<u64>,
    /// The target, if the entry is shown as a link.
    pub(crate) target: Option<Vec<u8>>,
    /// The number of hard links, if it is not the usual one.
    pub(crate) links: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    File,
    Directory,
    Link,
    /// The directory listed.
    Current,
    /// The directory above it.
    Parent,
}

/// How a session writes the times and facts of `MLSD`.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    pub(crate) chosen: Vec<Fact>,
    pub(crate) milliseconds: bool,
    /// The values of the fact `perm` for files and for directories.
    pub(crate) perm: (&'static str, &'static str),
}

/// The time at which a listing is created, and its time zone.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    pub(crate) now: SystemTime,
    /// Hours ahead of UTC.
    pub(crate) offset: i32,
}

impl Clock {
    fn listed(self, time: SystemTime, zero_padded: bool) -> String {
        Civil::new(self.local(time)).listed(self.local(self.now), zero_padded)
    }

    fn local(self, time: SystemTime) -> SystemTime {
        let hours = Duration::from_secs(u64::from(self.offset.unsigned_abs()) * 3600);
        match self.offset {
            0.. => time + hours,
            _ => time - hours,
        }
    }
}

impl Item {
    pub(crate) fn new(name: Vec<u8>, metadata: &Metadata) -> Self {
        Self {
            name,
            kind: if metadata.is_dir() {
                Kind::Directory
            } else {
                Kind::File
            },
            size: metadata.len(),
            modified: metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH),
            number: number(metadata),
            target: None,
            links: None,
        }
    }

    /// Returns the same entry, shown as a link to `target`.
    pub(crate) fn linked_to(mut self, target: Vec<u8>) -> Self {
        // That of the link, not of the target.
        self.number = None;
        self.kind = Kind::Link;
        self.size = target.len() as u64;
        self.target = Some(target);
        self
    }

    /// Returns the same entry, shown as a file that contains `target`.
    pub(crate) fn disguised(mut self, target: &[u8]) -> Self {
        self.kind = Kind::File;
        self.size = target.len() as u64;
        self
    }

    /// Returns the line as `ls -l` writes it.
    pub(crate) fn list(&self, style: &ListingStyle, clock: Clock) -> Vec<u8> {
        let (mode, links, size) = match self.kind {
            Kind::File => (style.modes.0, 1, self.size),
            Kind::Link => ("lrwxrwxrwx", 1, self.size),
            _ if style.directory_sizes => (style.modes.1, style.directory_links, self.size),
            _ => (style.modes.1, style.directory_links, 0),
        };
        let links = self.links.unwrap_or_else(|| links.into());
        let line = format!(
            "{mode} {links:>links_width$} {owner:<owner_width$} {group:<owner_width$} {size:>size_width$} {time} ",
            links_width = style.links_width,
            owner = style.owner,
            group = style.group,
            owner_width = style.owner_width,
            size_width = style.size_width,
            time = clock.listed(self.modified, style.zero_padded_day),
        );
        match &self.target {
            Some(target) => end(
                line.into_bytes(),
                &[&self.name, b" -> ".as_slice(), target].concat(),
            ),
            None => end(line.into_bytes(), &self.name),
        }
    }

    /// Returns the name only.
    pub(crate) fn nlst(&self) -> Vec<u8> {
        end(Vec::new(), &self.name)
    }

    /// Returns the facts and the name.
    pub(crate) fn mlsx(&self, facts: &Facts) -> Vec<u8> {
        let written = facts.chosen.iter().map(|&fact| self.fact(fact, facts));
        let mut line: String = written.collect();
        line.push(' ');
        end(line.into_bytes(), &self.name)
    }

    fn fact(&self, fact: Fact, facts: &Facts) -> String {
        let file = self.kind == Kind::File;
        let time = Civil::new(self.modified);
        match fact {
            Fact::Type => format!("type={};", self.type_name()),
            Fact::Size | Fact::SizeOrSizd if file => format!("size={};", self.size),
            Fact::Size => String::new(),
            Fact::SizeOrSizd => format!("sizd={};", self.size),
            Fact::SizeOfAll => format!("size={};", self.size),
            Fact::Modify if facts.milliseconds => {
                format!("modify={};", time.compact_with_milliseconds())
            }
            Fact::Modify => format!("modify={};", time.compact()),
            Fact::Perm => format!("perm={};", if file { facts.perm.0 } else { facts.perm.1 }),
            Fact::Perms if file => "perms=awrfd;".to_owned(),
            Fact::Perms if self.name == b"/" => "perms=cplem;".to_owned(),
            Fact::Perms => "perms=cplemd;".to_owned(),
            Fact::Unique => format!("unique=FE00U{:X};", self.number()),
            Fact::UnixMode => format!("UNIX.mode={};", if file { "0644" } else { "0755" }),
            Fact::UnixOwner => "UNIX.owner=1000;UNIX.ownername=demo;".to_owned(),
            Fact::UnixGroup => "UNIX.group=1000;UNIX.groupname=demo;".to_owned(),
            Fact::UnixUid => "UNIX.uid=1000;".to_owned(),
            Fact::UnixGid => "UNIX.gid=1000;".to_owned(),
        }
    }

    /// Returns the inode number, or a number that stands in for it.
    fn number(&self) -> u64 {
        if let Some(number) = self.number {
            return number;
        }
        let mut hasher = DefaultHasher::new();
        self.name.hash(&mut hasher);
        hasher.finish()
    }

    fn type_name(&self) -> &'static str {
        match self.kind {
            Kind::File => "file",
            Kind::Directory => "dir",
            Kind::Link => "OS.unix=symlink",
            Kind::Current => "cdir",
            Kind::Parent => "pdir",
        }
    }
}

#[cfg(unix)]
fn number(metadata: &Metadata) -> Option<u64> {
    use std::os::unix::fs::MetadataExt as _;
    Some(metadata.ino())
}

#[cfg(not(unix))]
fn number(_: &Metadata) -> Option<u64> {
    None
}

/// Splits an argument such as `-a dir` into options and path.
pub(crate) fn options(argument: &[u8]) -> (bool, &[u8]) {
    let mut all = false;
    let mut rest = argument;
    while let Some(option) = rest.strip_prefix(b"-") {
        let end = memchr::memchr(b' ', option).unwrap_or(option.len());
        all |= option[..end].contains(&b'a');
        rest = option[end..].trim_ascii_start();
    }
    (all, rest)
}

fn end(mut line: Vec<u8>, name: &[u8]) -> Vec<u8> {
    line.extend_from_slice(name);
    line.extend_from_slice(b"\r\n");
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_told_from_the_path() {
        assert_eq!(options(b""), (false, &b""[..]));
        assert_eq!(options(b"-la"), (true, &b""[..]));
        assert_eq!(options(b"-l -a  dir x"), (true, &b"dir x"[..]));
        assert_eq!(options(b"dir -a"), (false, &b"dir -a"[..]));
    }
}
