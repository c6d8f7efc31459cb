//! Names that a listing holds more than once.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};

/// Tells a name that comes again in one listing, which a directory cannot hold twice: in a
/// copy, the later would take the place of the earlier.
///
/// Keeps a number for each name, not the name: two names that differ are taken for one
/// once in 2<sup>64</sup>, and as the numbers are drawn anew for each listing, a server
/// cannot choose such names.
///
/// ```
/// use towline_proto::listing::DuplicateNames;
///
/// let mut names = DuplicateNames::new();
/// let found = ["a", "b", "a"].map(|name| names.is_duplicate(name.as_bytes()));
/// assert_eq!(found, [false, false, true]);
/// ```
#[derive(Clone, Debug, Default)]
pub struct DuplicateNames {
    hasher: RandomState,
    seen: HashSet<u64>,
}

impl DuplicateNames {
    /// For a listing of which nothing has come yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether `name`, byte for byte, has been asked about before.
    pub fn is_duplicate(&mut self, name: &[u8]) -> bool {
        !self.seen.insert(self.hasher.hash_one(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_a_name_again() {
        let mut names = DuplicateNames::new();
        for (name, expected) in [
            ("a", false),
            ("A", false),
            ("a ", false),
            ("", false),
            ("a", true),
            ("a", true),
            ("", true),
        ] {
            assert_eq!(names.is_duplicate(name.as_bytes()), expected, "{name:?}");
        }
        assert!(!DuplicateNames::new().is_duplicate(b"a"));
    }

    #[test]
    fn takes_no_two_names_for_one() {
        let mut names = DuplicateNames::new();
        let is_duplicate = |number: u32| names.is_duplicate(&number.to_be_bytes());
        assert!(!(0..100_000).any(is_duplicate));
    }
}
