//! Paths as a client means them, without a look at the server.

use towline::RemotePath;

/// Returns `path` as seen from `directory`, without a look at what is in it.
pub(crate) fn join(directory: &RemotePath, path: &RemotePath) -> RemotePath {
    if path.is_absolute() || directory.is_login_directory() {
        return path.clone();
    }
    if path.is_login_directory() {
        return directory.clone();
    }
    let mut joined = directory.as_bytes().to_vec();
    if !joined.ends_with(b"/") {
        joined.push(b'/');
    }
    joined.extend_from_slice(path.as_bytes());
    // Both have been paths before.
    RemotePath::new(joined).unwrap_or_else(|_| path.clone())
}

/// Returns a path without empty parts and without `.`, so that two spellings of it are equal. What
/// `..` means depends on links at the server, so it stays.
pub(crate) fn plain(path: &RemotePath) -> RemotePath {
    let parts = path.as_bytes().split(|byte| *byte == b'/');
    let parts: Vec<_> = parts.filter(|part| !matches!(*part, b"" | b".")).collect();
    let root: &[u8] = if path.is_absolute() { b"/" } else { b"" };
    let bytes = [root, &parts.join(&b"/"[..])].concat();
    RemotePath::new(bytes).unwrap_or_else(|_| path.clone())
}

/// Whether a file can have this path: it names neither a directory nor its parent.
pub(crate) fn can_be_of_a_file(path: &RemotePath) -> bool {
    path.file_name().is_some() && !path.as_bytes().ends_with(b"/")
}

/// Returns an absolute path without `.` and `..`; another path as it is.
pub(crate) fn without_dots(path: &RemotePath) -> RemotePath {
    if !path.is_absolute() {
        return path.clone();
    }
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in path.as_bytes().split(|byte| *byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    let bytes = [&b"/"[..], &parts.join(&b"/"[..])].concat();
    RemotePath::new(bytes).unwrap_or_else(|_| path.clone())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn a_path_is_seen_from_the_working_directory_byte_for_byte() {
        for (directory, path, joined) in [
            (&b"/a"[..], &b"b"[..], &b"/a/b"[..]),
            (b"/", b"b", b"/b"),
            (b"/a", b"/b", b"/b"),
            (b"/a", b"../b", b"/a/../b"),
            (b"/a", b"", b"/a"),
            (b"", b"b", b"b"),
            (b"/\xe9", b" \xfc ", b"/\xe9/ \xfc "),
        ] {
            let directory = RemotePath::new(directory).unwrap();
            let path = RemotePath::new(path).unwrap();
            assert_eq!(join(&directory, &path).as_bytes(), joined);
        }
    }

    #[test]
    fn two_spellings_of_a_path_are_equal_and_no_link_is_passed_over() {
        for (path, written) in [
            ("/a//./b", "/a/b"),
            ("./a", "a"),
            ("/./", "/"),
            (".", ""),
            ("a/../b/.", "a/../b"),
            ("//a", "/a"),
        ] {
            let path = RemotePath::new(path).unwrap();
            assert_eq!(plain(&path).as_bytes(), written.as_bytes());
        }
    }

    #[test]
    fn a_directory_is_no_path_of_a_file() {
        for (path, can_be) in [
            ("/", false),
            ("", false),
            (".", false),
            ("..", false),
            ("/a/..", false),
            ("/a/.", false),
            ("a/", false),
            ("/a/b", true),
            ("..a", true),
        ] {
            let path = RemotePath::new(path).unwrap();
            assert_eq!(can_be_of_a_file(&path), can_be, "{path}");
        }
    }

    #[test]
    fn dots_lead_up() {
        for (path, plain) in [
            ("/a/../b", "/b"),
            ("/..", "/"),
            ("/a/./b/", "/a/b"),
            ("a/..", "a/.."),
        ] {
            let path = RemotePath::new(path).unwrap();
            assert_eq!(without_dots(&path).to_string(), plain);
        }
    }
}
