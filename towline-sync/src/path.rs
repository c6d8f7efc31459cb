//! Paths inside a tree: bytes, relative to its root, with `/` between the names.

use std::cmp::Ordering;
use std::fmt;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use towline_proto::name::{Escaped, NameError, check_entry_name};

/// A path inside a tree.
///
/// Invariant: empty (the root), or names separated by single slashes, none of which is empty, `.`
/// or `..`, or contains a NUL or a line break. A path therefore never leads out of its tree.
///
/// Paths are in *tree order*: a directory comes before everything in it, and everything in it
/// before its next sibling.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct TreePath(Box<[u8]>);

impl TreePath {
    /// Returns the root.
    #[must_use]
    pub fn root() -> Self {
        Self::default()
    }

    /// Creates a path from names separated by slashes.
    ///
    /// # Errors
    ///
    /// A [`NameError`] if one of the names could lead elsewhere.
    pub fn new(bytes: &[u8]) -> Result<Self, NameError> {
        if !bytes.is_empty() {
            bytes
                .split(|&byte| byte == b'/')
                .try_for_each(check_entry_name)?;
        }
        Ok(Self(bytes.into()))
    }

    /// Returns the path of the entry `name` in this directory.
    ///
    /// # Errors
    ///
    /// A [`NameError`] if `name` is not a single name.
    pub fn join(&self, name: &[u8]) -> Result<Self, NameError> {
        check_entry_name(name)?;
        let mut path = Vec::with_capacity(self.0.len() + 1 + name.len());
        path.extend_from_slice(&self.0);
        if !path.is_empty() {
            path.push(b'/');
        }
        path.extend_from_slice(name);
        Ok(Self(path.into()))
    }

    /// Returns the bytes of the path.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether this is the root.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the last name; empty for the root.
    #[must_use]
    pub fn name(&self) -> &[u8] {
        let slash = self.0.iter().rposition(|&byte| byte == b'/');
        &self.0[slash.map_or(0, |slash| slash + 1)..]
    }

    /// Returns the directory that contains this entry; `None` for the root.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        if self.is_root() {
            return None;
        }
        let slash = self.0.iter().rposition(|&byte| byte == b'/');
        Some(Self(self.0[..slash.unwrap_or(0)].into()))
    }

    /// Returns the names from the root downwards.
    pub fn names(&self) -> impl Iterator<Item = &[u8]> {
        let names = self.0.split(|&byte| byte == b'/');
        names.filter(|name| !name.is_empty())
    }

    /// Returns the number of names.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.names().count()
    }

    /// Whether this is in `directory`, at any depth.
    #[must_use]
    pub fn is_below(&self, directory: &Self) -> bool {
        match self.0.strip_prefix(&*directory.0) {
            Some(rest) if directory.is_root() => !rest.is_empty(),
            Some(rest) => rest.first() == Some(&b'/'),
            None => false,
        }
    }

    /// Returns bytes that sort, compared one by one, as the paths do.
    pub(crate) fn key(&self) -> Vec<u8> {
        self.0.iter().map(|&byte| rank(byte)).collect()
    }

    /// Returns the path with this [`key`](Self::key).
    pub(crate) fn from_key(key: &[u8]) -> Result<Self, NameError> {
        let bytes: Vec<_> = key
            .iter()
            .map(|&byte| if byte == 0 { b'/' } else { byte })
            .collect();
        Self::new(&bytes)
    }
}

/// No name contains a NUL, so the separator can take its place.
fn rank(byte: u8) -> u8 {
    if byte == b'/' { 0 } else { byte }
}

impl Ord for TreePath {
    fn cmp(&self, other: &Self) -> Ordering {
        let mut pairs = self.0.iter().zip(&*other.0);
        match pairs.find(|(a, b)| a != b) {
            Some((a, b)) => rank(*a).cmp(&rank(*b)),
            None => self.0.len().cmp(&other.0.len()),
        }
    }
}

impl PartialOrd for TreePath {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The path as text that is safe to print. The root is `.`.
impl fmt::Display for TreePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.is_root() {
            true => f.write_str("."),
            false => Escaped(&self.0).fmt(f),
        }
    }
}

impl fmt::Debug for TreePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

/// A string, or an object with the bytes in Base64 if they are not UTF-8.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Text(String),
    Bytes { base64: String },
}

impl Serialize for TreePath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let written = match std::str::from_utf8(&self.0) {
            Ok(text) => Written::Text(text.to_owned()),
            Err(_) => Written::Bytes {
                base64: BASE64_STANDARD.encode(&self.0),
            },
        };
        written.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for TreePath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = match Written::deserialize(deserializer)? {
            Written::Text(text) => text.into_bytes(),
            Written::Bytes { base64 } => {
                BASE64_STANDARD.decode(base64).map_err(de::Error::custom)?
            }
        };
        Self::new(&bytes).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn path(text: &str) -> TreePath {
        TreePath::new(text.as_bytes()).unwrap()
    }

    #[test]
    fn nothing_leads_out_of_the_tree() {
        for text in [
            "/a", "a/", "a//b", "..", "a/../b", ".", "a/.", "a\0b", "a\nb", "/",
        ] {
            assert!(TreePath::new(text.as_bytes()).is_err(), "{text:?}");
        }
        for name in ["", "..", "a/b", "/"] {
            assert!(path("a").join(name.as_bytes()).is_err(), "{name:?}");
        }
    }

    #[test]
    fn a_directory_comes_before_its_contents_and_they_before_its_siblings() {
        let mut paths = ["a!b", "a/c", "a", "ab", "a/c/d", "a/b", ""].map(path);
        paths.sort();
        assert_eq!(
            paths,
            ["", "a", "a/b", "a/c", "a/c/d", "a!b", "ab"].map(path)
        );
    }

    #[test]
    fn parents_and_names() {
        assert_eq!(path("a/b").parent(), Some(path("a")));
        assert_eq!(path("a").parent(), Some(TreePath::root()));
        assert_eq!(TreePath::root().parent(), None);
        assert_eq!(path("a/b").name(), b"b");
        assert!(path("a/b").is_below(&path("a")) && path("a").is_below(&TreePath::root()));
        assert!(!path("ab").is_below(&path("a")) && !path("a").is_below(&path("a")));
    }

    proptest! {
        #[test]
        fn keys_sort_as_paths_do(a in "[a!/]{0,6}", b in "[a!/]{0,6}") {
            if let (Ok(a), Ok(b)) = (TreePath::new(a.as_bytes()), TreePath::new(b.as_bytes())) {
                prop_assert_eq!(a.cmp(&b), a.key().cmp(&b.key()));
                prop_assert_eq!(TreePath::from_key(&a.key()), Ok(a));
            }
        }

        #[test]
        fn what_is_written_reads_back(bytes in proptest::collection::vec(1u8.., 1..12)) {
            if let Ok(path) = TreePath::new(&bytes) {
                let text = serde_json::to_string(&path).unwrap();
                prop_assert_eq!(serde_json::from_str::<TreePath>(&text).unwrap(), path);
            }
        }
    }
}
