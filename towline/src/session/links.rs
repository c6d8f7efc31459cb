//! The links in a directory, as one listing shows them.

use std::collections::HashMap;

use towline_proto::path::RemotePath;

#[derive(Debug)]
pub(super) struct Links {
    pub(super) parent: RemotePath,
    /// What each link points to, by its name.
    pub(super) targets: HashMap<Vec<u8>, Vec<u8>>,
}
