//! Names that appear more than once in a listing.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};

/// Finds names that appear twice in one listing. A directory cannot contain a name twice: in a
/// copy, the second file would overwrite the first.
///
/// Stores a hash of each name instead of the name. Two different names have the same hash with a
/// probability of 1 in 2<sup>64</sup>. The hash key is random for each listing, so a server cannot
/// choose such names.
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
    /// Starts a new listing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns whether this was already called with the same `name`, byte for byte.
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
