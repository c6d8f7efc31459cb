//! Paths on the server: bytes, with `/` as the separator.
//!
//! RFC 959 leaves the form of a path to the server. Every server in use accepts `/`.
//! Character sets matter only at the edges (RFC 2640).

use std::fmt;

use thiserror::Error;

use crate::name::{Escaped, NameError, check_entry_name};

/// A path on the server.
///
/// Invariant: the path contains no CR, LF or NUL, so a command can carry it. The empty path
/// is the login directory. A path without a leading `/` is relative to the login directory.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RemotePath(Vec<u8>);

/// The reason why bytes are not a remote path.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PathError {
    /// The path contains CR, LF or NUL.
    #[error("the path holds a NUL or a line break")]
    LineBreak,
    /// The name to join is not a single component.
    #[error(transparent)]
    Name(#[from] NameError),
}

impl RemotePath {
    /// Creates a path from bytes.
    ///
    /// # Errors
    ///
    /// [`PathError::LineBreak`] if the path contains CR, LF or NUL, which no command can carry.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Result<Self, PathError> {
        let bytes = bytes.into();
        match memchr::memchr3(b'\r', b'\n', 0, &bytes) {
            Some(_) => Err(PathError::LineBreak),
            None => Ok(Self(bytes)),
        }
    }

    /// Returns the empty path: the directory that the server selects at login.
    #[must_use]
    pub fn login_directory() -> Self {
        Self::default()
    }

    /// Returns whether this is the empty path.
    #[must_use]
    pub fn is_login_directory(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the bytes of the path.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Returns whether the path starts at the server's root.
    #[must_use]
    pub fn is_absolute(&self) -> bool {
        self.0.starts_with(b"/")
    }

    /// Returns the path of the entry `name` in this directory.
    ///
    /// # Errors
    ///
    /// [`PathError::Name`] if `name` is not a single component.
    pub fn join(&self, name: &[u8]) -> Result<Self, PathError> {
        check_entry_name(name)?;
        let mut path = Vec::with_capacity(self.0.len() + 1 + name.len());
        path.extend_from_slice(&self.0);
        if !path.is_empty() && !path.ends_with(b"/") {
            path.push(b'/');
        }
        path.extend_from_slice(name);
        Ok(Self(path))
    }

    /// Returns the directory that contains this entry. Returns `None` for the root, for the
    /// login directory, and for a path that ends in `.` or `..`, whose parent only the server
    /// knows.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        let name = self.file_name()?;
        let path = trim_slashes(&self.0);
        let parent = &path[..path.len() - name.len()];
        let trimmed = trim_slashes(parent);
        // Only slashes remain: this is the root, written as one slash.
        let parent = if trimmed.is_empty() {
            &parent[..parent.len().min(1)]
        } else {
            trimmed
        };
        Some(Self(parent.to_vec()))
    }

    /// Returns the last component. Returns `None` for the root, for the login directory, and
    /// for a path that ends in `.` or `..`.
    #[must_use]
    pub fn file_name(&self) -> Option<&[u8]> {
        let path = trim_slashes(&self.0);
        let name = memchr::memrchr(b'/', path).map_or(path, |slash| &path[slash + 1..]);
        check_entry_name(name).ok().map(|()| name)
    }
}

impl fmt::Display for RemotePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Escaped(&self.0).fmt(f)
    }
}

impl fmt::Debug for RemotePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

impl TryFrom<&str> for RemotePath {
    type Error = PathError;

    fn try_from(text: &str) -> Result<Self, PathError> {
        Self::new(text)
    }
}

fn trim_slashes(mut path: &[u8]) -> &[u8] {
    while let [rest @ .., b'/'] = path {
        path = rest;
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> RemotePath {
        RemotePath::new(text).expect("a path")
    }

    #[test]
    fn rejects_path_with_line_break() {
        for bytes in ["a\r", "a\nDELE b", "a\0b"] {
            assert_eq!(RemotePath::new(bytes), Err(PathError::LineBreak));
        }
    }

    #[test]
    fn joins_single_components_only() {
        for (directory, joined) in [
            ("", "x"),
            ("/", "/x"),
            ("a", "a/x"),
            ("a/", "a/x"),
            ("/a/b", "/a/b/x"),
        ] {
            assert_eq!(path(directory).join(b"x"), Ok(path(joined)));
        }
        for name in ["", ".", "..", "a/b", "/", "a\n"] {
            assert!(
                matches!(path("/a").join(name.as_bytes()), Err(PathError::Name(_))),
                "{name:?}"
            );
        }
    }

    #[test]
    fn knows_parent_and_name() {
        let cases = [
            ("/a/b", Some("/a"), Some("b")),
            ("/a", Some("/"), Some("a")),
            ("//a", Some("/"), Some("a")),
            ("a", Some(""), Some("a")),
            ("a/b//", Some("a"), Some("b")),
            ("a//b", Some("a"), Some("b")),
            ("/", None, None),
            ("", None, None),
            ("/a/..", None, None),
            (".", None, None),
        ];
        for (text, parent, name) in cases {
            assert_eq!(path(text).parent(), parent.map(path), "{text:?}");
            assert_eq!(path(text).file_name(), name.map(str::as_bytes), "{text:?}");
        }
    }

    #[test]
    fn shows_itself_escaped() {
        let hostile = RemotePath::new(b"a\x1b[2J\xff".to_vec()).expect("a path");
        assert_eq!(
            format!("{hostile} {hostile:?}"),
            "a\\x1b[2J\u{fffd} \"a\\x1b[2J\u{fffd}\""
        );
    }
}
