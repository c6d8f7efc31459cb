//! What may stand in the place of an operand.

use std::ffi::OsStr;

use clap_complete::engine::{CompletionCandidate, PathCompleter, ValueCompleter as _};

use super::given;
use super::remote as remote_paths;

/// Sites, remote paths, and local paths.
pub(super) fn any(current: &OsStr) -> Vec<CompletionCandidate> {
    let mut found = remote(current);
    if !is_remote(current) {
        found.extend(PathCompleter::any().complete(current));
    }
    found
}

/// Sites, and paths on a server.
pub(super) fn remote(current: &OsStr) -> Vec<CompletionCandidate> {
    match is_remote(current) {
        true => remote_paths::complete(current),
        false => sites(current, ":"),
    }
}

/// Names of sites alone.
pub(super) fn site(current: &OsStr) -> Vec<CompletionCandidate> {
    sites(current, "")
}

fn sites(current: &OsStr, end: &str) -> Vec<CompletionCandidate> {
    let (Some(begun), Some(configuration)) = (current.to_str(), given::configuration()) else {
        return Vec::new();
    };
    let names = configuration.file().sites();
    let names = names.filter(|name| name.starts_with(begun));
    names
        .map(|name| CompletionCandidate::new(format!("{name}{end}")))
        .collect()
}

/// Whether a colon before the first slash makes an operand remote.
fn is_remote(current: &OsStr) -> bool {
    let bytes = current.as_encoded_bytes();
    let first = bytes.iter().find(|byte| matches!(byte, b':' | b'/'));
    first == Some(&b':')
}
