//! The links in a directory, as one listing shows them.

use std::collections::HashMap;

use towline_proto::path::RemotePath;

#[derive(Debug)]
pub(super) struct Links {
    pub(super) parent: RemotePath,
    pub(super) by_name: HashMap<Vec<u8>, ListedLink>,
}

/// A link, as a listing shows it.
#[derive(Clone, Debug)]
pub(super) struct ListedLink {
    /// The whole line.
    pub(super) line: Vec<u8>,
    /// What it points to. Some servers do not show it, or show another path than the one that it
    /// contains.
    pub(super) target: Option<Vec<u8>>,
}

impl ListedLink {
    /// Whether the link itself may be `len` bytes long: its target is, or the column for the size
    /// in a line of `ls -l` says so.
    pub(super) fn has_length(&self, len: u64) -> bool {
        /// The columns before it are mode, number of links, owner and group.
        const SIZE: usize = 4;
        let of_target = self.target.as_ref().map(|target| target.len() as u64);
        let words = self.line.split(u8::is_ascii_whitespace);
        let size = words.filter(|word| !word.is_empty()).nth(SIZE);
        of_target == Some(len) || size == Some(len.to_string().as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_column_of_the_size_is_a_length() {
        let link = |target: Option<&str>| ListedLink {
            line: b"lrwxrwxrwx   1 1000 1000   9 Nov 21  2026 link".to_vec(),
            target: target.map(|target| target.as_bytes().to_vec()),
        };
        assert!(link(None).has_length(9));
        for other in [1, 21, 1000, 2026] {
            assert!(!link(None).has_length(other), "{other}");
        }
        assert!(link(Some("old/a.csv")).has_length(9));
        assert!(link(Some("a.csv")).has_length(5));
    }
}
