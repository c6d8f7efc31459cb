//! Kinds of paths. A server may honour one kind of path in a listing, and ignore another.

use towline_proto::path::RemotePath;

/// The kinds to which a path belongs. Some servers read only its first or its last part, or the
/// text up to a blank, so they list other paths than the plain ones wrongly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct PathKinds(u32);

impl PathKinds {
    /// The kind of every path.
    pub(crate) const PLAIN: Self = Self(1);
    const NESTED: Self = Self(1 << 1);
    const ABSOLUTE: Self = Self(1 << 2);
    const SPECIAL: Self = Self(1 << 3);

    pub(crate) fn of(path: &RemotePath) -> Self {
        let depth = depth(path);
        let has = |has: bool, kind: Self| if has { kind } else { Self::default() };
        Self::PLAIN
            .and(has(depth > 1, Self::NESTED))
            .and(has(path.is_absolute(), Self::ABSOLUTE))
            .and(has(is_special(path), Self::SPECIAL))
    }

    /// Returns the kinds of a path by the number of its parts. A deeper path has all the kinds of a
    /// shallower one.
    pub(crate) fn depth_of(path: &RemotePath) -> Self {
        /// Paths of two parts are `NESTED` already.
        const FIRST: usize = 3;
        const BITS: usize = 24;
        let bits = (depth(path) + 1).saturating_sub(FIRST).min(BITS);
        Self(((1 << bits) - 1) << 4)
    }

    /// Returns whether a program that takes the path as an argument may read it as something else.
    pub(crate) fn is_special(self) -> bool {
        self.has_any_of(Self::SPECIAL)
    }

    pub(crate) fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub(crate) fn has_any_of(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }
}

fn depth(path: &RemotePath) -> usize {
    let parts = path.as_bytes().split(|byte| *byte == b'/');
    parts.filter(|part| !part.is_empty()).count()
}

fn is_special(path: &RemotePath) -> bool {
    const SPECIAL: &[u8] = b"*?[]{}~\\'\"`$&;|<>()!#";
    let bytes = path.as_bytes();
    let is_special = |byte: &u8| byte.is_ascii_whitespace() || SPECIAL.contains(byte);
    bytes.starts_with(b"-") || bytes.iter().any(is_special)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_several_kinds() {
        let kinds = |path: &str| PathKinds::of(&RemotePath::new(path).unwrap());
        assert_eq!(kinds("a"), PathKinds::PLAIN);
        assert_eq!(kinds("a/b"), PathKinds::PLAIN.and(PathKinds::NESTED));
        assert_eq!(kinds("/a"), PathKinds::PLAIN.and(PathKinds::ABSOLUTE));
        let both = PathKinds::PLAIN.and(PathKinds::NESTED);
        assert_eq!(kinds("a b/c"), both.and(PathKinds::SPECIAL));
        for path in ["a b", "-a", "a*", "[a]", "~a", "a'b"] {
            assert!(kinds(path).is_special(), "{path}");
        }
        assert!(!kinds("a-b.c_d/\u{e4}").is_special());
    }

    #[test]
    fn a_deeper_path_has_what_the_others_have() {
        let depth = |path: &str| PathKinds::depth_of(&RemotePath::new(path).unwrap());
        assert!(depth("a").is_empty() && depth("/a/b/").is_empty());
        let (three, four) = (depth("a/b/c"), depth("/a/b/c/d"));
        assert!(three.without(four).is_empty() && !four.without(three).is_empty());
        assert!(
            !three
                .without(PathKinds::of(&RemotePath::new("/a/b c").unwrap()))
                .is_empty()
        );
        let deep = "a/".repeat(60);
        assert!(four.without(depth(&deep)).is_empty());
    }
}
