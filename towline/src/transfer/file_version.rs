//! Distinguishes one version of a file from another.

use jiff::Timestamp;
use sha2::{Digest, Sha256};

/// The size and time of the file that a transfer reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileVersion {
    pub(crate) size: Option<u64>,
    pub(crate) modified: Option<Timestamp>,
}

impl FileVersion {
    /// Whether both have the same time, to the second, which is the precision of every server.
    pub(crate) fn is_as_old_as(&self, other: &Self) -> bool {
        let second = |source: &Self| source.modified.map(Timestamp::as_second);
        second(self).is_some() && second(self) == second(other)
    }

    /// Returns eight hexadecimal digits that are the same for the same target name, size and time,
    /// and almost certainly different otherwise. The name is included because long names are
    /// shortened where the mark is used. Returns `None` without a size, because a time alone is not
    /// enough.
    pub(crate) fn mark(&self, name: &[u8]) -> Option<String> {
        let time = self.modified.map_or(i128::MIN, Timestamp::as_nanosecond);
        let digest = Sha256::new()
            .chain_update(self.size?.to_le_bytes())
            .chain_update(time.to_le_bytes())
            .chain_update(name)
            .finalize();
        Some(format!(
            "{:02x}{:02x}{:02x}{:02x}",
            digest[0], digest[1], digest[2], digest[3]
        ))
    }
}

/// How many bytes at the end of a part are compared with the file before the transfer resumes.
const TAIL: u64 = 64 * 1024;

/// Returns where the tail of a part of `len` bytes begins.
pub(crate) fn tail_start(len: u64) -> u64 {
    len.saturating_sub(TAIL)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn source(size: u64, second: i64) -> FileVersion {
        FileVersion {
            size: Some(size),
            modified: Timestamp::from_second(second).ok(),
        }
    }

    proptest! {
        #[test]
        fn the_mark_is_the_same_for_the_same_source(size: u64, second in 0_i64..4_000_000_000) {
            let mark = source(size, second).mark(b"a").unwrap();
            prop_assert_eq!(mark.len(), 8);
            prop_assert!(mark.bytes().all(|byte| byte.is_ascii_hexdigit()));
            prop_assert_eq!(&mark, &source(size, second).mark(b"a").unwrap());
            prop_assert_ne!(&mark, &source(size, second).mark(b"b").unwrap());
            prop_assert_ne!(&mark, &source(size ^ 1, second).mark(b"a").unwrap());
            prop_assert_ne!(&mark, &source(size, second + 1).mark(b"a").unwrap());
        }
    }

    /// Parts outlive the program that created them, so this must never change.
    #[test]
    fn the_mark_is_the_same_in_every_release() {
        assert_eq!(
            source(1 << 20, 1_500_000_000).mark(b"a").unwrap(),
            "0634ba42"
        );
        let timeless = FileVersion {
            size: Some(5),
            modified: None,
        };
        assert_eq!(timeless.mark(b"a").unwrap(), "44000501");
    }

    #[test]
    fn nothing_is_recognised_by_its_time_alone() {
        let source = FileVersion {
            size: None,
            ..source(1, 1)
        };
        assert_eq!(source.mark(b"a"), None);
    }
}
