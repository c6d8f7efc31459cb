//! The reply texts by which servers report an empty directory.

use towline_proto::reply::Reply;

/// Returns whether a reply says that the directory is empty. Only the words tell it from a
/// directory that may not be listed; whether there is a directory is checked before.
pub(crate) fn says_empty(reply: &Reply) -> bool {
    const WORDS: [&str; 9] = [
        "no files",
        "no file found",
        "no file(s)",
        "no entries",
        "no items",
        "no members",
        "no data sets",
        "no matching",
        "empty",
    ];
    reply.contains_any(&WORDS) && !denies_access(reply)
}

/// Returns whether a refusal gives access rights as its reason. The same listing in another manner
/// would then be refused as well.
pub(crate) fn denies_access(reply: &Reply) -> bool {
    reply.contains_any(&["permission", "denied", "privilege"])
}

#[cfg(test)]
mod tests {
    use towline_proto::reply::ReplyCode;

    use super::*;

    #[test]
    fn only_some_words_say_that_a_directory_is_empty() {
        let says = |text: &str| says_empty(&Reply::new(ReplyCode::FILE_UNAVAILABLE, text));
        for text in [
            "No files found.",
            "No members found.",
            "The directory is empty",
        ] {
            assert!(says(text), "{text}");
        }
        for text in [
            "No such file or directory",
            "Permission denied",
            "File not found",
            "No access to files",
            "No files found or permission problem",
        ] {
            assert!(!says(text), "{text}");
        }
    }
}
