//! Kinds of paths that a server may honour or not, each for itself.

use towline_proto::path::RemotePath;

/// What a path has that a server may read wrongly: some take only its last or its first part, or
/// the text up to a blank.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct PathKinds(u8);

impl PathKinds {
    /// Every path has this.
    pub(crate) const PLAIN: Self = Self(1);
    const NESTED: Self = Self(1 << 1);
    const ABSOLUTE: Self = Self(1 << 2);
    const SPECIAL: Self = Self(1 << 3);

    pub(crate) fn of(path: &RemotePath) -> Self {
        let parts = path.as_bytes().split(|byte| *byte == b'/');
        let depth = parts.filter(|part| !part.is_empty()).count();
        let has = |has: bool, kind: Self| if has { kind } else { Self::default() };
        Self::PLAIN
            .and(has(depth > 1, Self::NESTED))
            .and(has(path.is_absolute(), Self::ABSOLUTE))
            .and(has(is_special(path), Self::SPECIAL))
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
}
