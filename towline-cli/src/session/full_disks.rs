//! The local disks that are full, so that nothing more is downloaded to them.

use std::fs::{self, Metadata};
use std::path::Path;

/// The local disks that were found to be full.
#[derive(Debug, Default)]
pub(crate) struct FullDisks(Vec<u64>);

impl FullDisks {
    /// Records that the disk of `local` is full.
    pub(crate) fn add(&mut self, local: &Path) {
        let disk = disk_of(local);
        self.0.extend(disk.filter(|disk| !self.0.contains(disk)));
    }

    /// Whether `local` would be on a full disk.
    pub(crate) fn hold(&self, local: &Path) -> bool {
        // Looks at the disk only if there may be a reason.
        !self.0.is_empty() && disk_of(local).is_some_and(|disk| self.0.contains(&disk))
    }
}

/// The disk of `local`, or of the nearest directory above that exists.
fn disk_of(local: &Path) -> Option<u64> {
    let local = std::path::absolute(local).ok()?;
    let mut above = local.ancestors();
    above.find_map(|path| fs::metadata(path).ok()).map(number)
}

#[cfg(unix)]
fn number(metadata: Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::dev(&metadata)
}

/// Without a number, all files count as on one disk.
#[cfg(not(unix))]
fn number(_: Metadata) -> u64 {
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_holds_what_would_be_on_it() {
        let directory = tempfile::tempdir().unwrap();
        let mut full = FullDisks::default();
        assert!(!full.hold(directory.path()));
        full.add(&directory.path().join("a"));
        assert!(full.hold(&directory.path().join("not/yet/there")));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn another_disk_is_not_full() {
        let directory = tempfile::tempdir().unwrap();
        let mut full = FullDisks::default();
        full.add(Path::new("/proc/self/fd"));
        assert!(!full.hold(directory.path()));
    }
}
