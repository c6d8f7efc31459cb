//! What the entries of a listing show about the path that the listing is of.

use std::hash::{DefaultHasher, Hash, Hasher};

use towline_proto::listing::{Entry, EntryKind};
use towline_proto::path::RemotePath;

/// What the entries of a listing of one path show.
///
/// A server that ignores the path lists the login directory, or the path's own name. Both listings
/// contain a name that is part of the path.
#[derive(Debug)]
pub(super) struct Sight {
    path: RemotePath,
    entries: u64,
    /// A sum over all entries, in any order.
    digest: u64,
    names_part_of_path: bool,
    has_slash: bool,
    /// The first entry's kind, if it has the name of the path.
    itself: Option<EntryKind>,
}

impl Sight {
    pub(super) fn of(path: &RemotePath) -> Self {
        Self {
            path: path.clone(),
            entries: 0,
            digest: 0,
            names_part_of_path: false,
            has_slash: false,
            itself: None,
        }
    }

    pub(super) fn saw(&mut self, entry: &Entry) {
        let name = entry.name.as_slice();
        self.entries += 1;
        let mut hasher = DefaultHasher::new();
        (name, entry.kind).hash(&mut hasher);
        self.digest = self.digest.wrapping_add(hasher.finish());
        // Some servers write `./sub`, or the whole path.
        let last = || name.rsplit(|byte| *byte == b'/').next();
        if self.entries == 1 && last() == self.path.file_name() {
            self.itself = Some(entry.kind);
        }
        self.names_part_of_path |= segments(self.path.as_bytes()).any(|segment| segment == name);
        self.has_slash |= name.contains(&b'/');
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries == 0
    }

    /// Returns the kind of the only entry, if it has the name of the path: a file that was listed
    /// itself, or a directory whose contents are not shown.
    pub(super) fn itself(&self) -> Option<EntryKind> {
        self.itself.filter(|_| self.entries == 1)
    }

    /// Returns whether the listing may be that of a directory above the path.
    pub(super) fn names_part_of_path(&self) -> bool {
        self.names_part_of_path
    }

    /// Returns whether the listing may be that of a directory above the path, or shows paths
    /// instead of names.
    pub(super) fn may_be_of_another(&self) -> bool {
        self.names_part_of_path || self.has_slash
    }

    /// Returns whether both listings have the same entries.
    pub(super) fn is_equal_to(&self, other: &Self) -> bool {
        (self.entries, self.digest) == (other.entries, other.digest)
    }
}

/// Returns whether the listing of the login directory `home` must show the first part of `path`, so
/// that a listing without it is of another directory. `home` is needed for an absolute path only.
pub(super) fn is_visible_from(home: Option<&RemotePath>, path: &RemotePath) -> bool {
    let mut below = segments(path.as_bytes());
    if path.is_absolute() {
        let Some(home) = home else { return false };
        for expected in segments(home.as_bytes()) {
            if below.next() != Some(expected) {
                return false;
            }
        }
    }
    let mut below = below.peekable();
    below.peek().is_some() && below.all(|segment| !segment.starts_with(b"."))
}

/// Returns whether both paths have the same components.
pub(super) fn is_same(one: &RemotePath, other: &RemotePath) -> bool {
    segments(one.as_bytes()).eq(segments(other.as_bytes()))
}

fn segments(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.split(|byte| *byte == b'/')
        .filter(|segment| !segment.is_empty() && *segment != b".")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> RemotePath {
        RemotePath::new(text).unwrap()
    }

    fn sight(of: &str, names: &[&str]) -> Sight {
        let mut sight = Sight::of(&path(of));
        for name in names {
            sight.saw(&Entry::new(*name, EntryKind::Directory));
        }
        sight
    }

    #[test]
    fn a_listing_that_names_part_of_the_path_may_be_of_another() {
        for (of, names, expected) in [
            ("sub", &["a", "sub"][..], true),
            ("sub", &["a", "b"][..], false),
            ("/home/u/sub", &["home"][..], true),
            ("/home/u/sub", &["a"][..], false),
            ("sub", &["sub/a"][..], true),
        ] {
            assert_eq!(
                sight(of, names).may_be_of_another(),
                expected,
                "{of} {names:?}"
            );
        }
    }

    #[test]
    fn only_a_single_entry_is_the_path_itself() {
        let directory = Some(EntryKind::Directory);
        assert_eq!(sight("a/sub", &["sub"]).itself(), directory);
        assert_eq!(sight("a/sub", &["a/sub"]).itself(), directory);
        assert_eq!(sight("a/sub", &["sub", "x"]).itself(), None);
        assert_eq!(sight("a/sub", &["x"]).itself(), None);
    }

    #[test]
    fn equal_listings_may_have_any_order() {
        let one = sight("a", &["x", "y"]);
        assert!(one.is_equal_to(&sight("a", &["y", "x"])));
        assert!(!one.is_equal_to(&sight("a", &["x", "z"])));
        assert!(!one.is_equal_to(&sight("a", &["x", "y", "y"])));
    }

    #[test]
    fn the_login_directory_shows_what_is_below_it() {
        let home = path("/home/u");
        for (of, expected) in [
            ("sub/x", true),
            ("./sub", true),
            (".hidden", false),
            ("../x", false),
            ("/home/u/sub", true),
            ("/home/u/.hidden", false),
            ("/home/u", false),
            ("/home", false),
            ("/home/other", false),
        ] {
            assert_eq!(is_visible_from(Some(&home), &path(of)), expected, "{of}");
        }
        assert!(!is_visible_from(None, &path("/a")));
        assert!(is_visible_from(None, &path("a")));
        assert!(is_same(&path("/a//b/"), &path("/a/b")));
    }
}
