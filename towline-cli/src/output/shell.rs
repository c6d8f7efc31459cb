//! Quotes text for a shell.

use std::path::Path;

/// A path, quoted if a shell would split or expand it.
pub(crate) fn quoted(path: &Path) -> String {
    let text = path.to_string_lossy();
    let plain = |c: char| c.is_alphanumeric() || "/._-+:@%".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.into_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_quoted_where_a_shell_would_split_or_expand_them() {
        for (path, shown) in [
            ("/tmp/a-b_1.pem", "/tmp/a-b_1.pem"),
            ("/tmp/a b", "'/tmp/a b'"),
            ("/tmp/$x'y", r"'/tmp/$x'\''y'"),
            ("", "''"),
        ] {
            assert_eq!(quoted(Path::new(path)), shown);
        }
    }
}
