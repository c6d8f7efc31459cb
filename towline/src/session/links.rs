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
    /// Whether the link itself may be `len` bytes long.
    pub(super) fn has_length(&self, len: u64) -> bool {
        let of_target = self.target.as_ref().map(|target| target.len() as u64);
        let len_in_digits = len.to_string();
        let mut words = self.line.split(u8::is_ascii_whitespace);
        of_target == Some(len) || words.any(|word| word == len_in_digits.as_bytes())
    }
}
