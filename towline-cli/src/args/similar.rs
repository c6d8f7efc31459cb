//! Finds what the user probably meant by a mistyped word.

/// The word of `known` that was probably meant by `typed`: the nearest one that differs from it by
/// a slip of the fingers, or else the only one that begins with it. Sharing some letters with a
/// word is not enough.
pub(crate) fn similar<'a>(typed: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let typed = typed.to_ascii_lowercase().replace('_', "-");
    let candidates: Vec<&str> = known.collect();
    let near = candidates.iter().filter_map(|&candidate| {
        let distance = strsim::osa_distance(&typed, candidate);
        is_slip(&typed, candidate, distance).then_some((distance, candidate))
    });
    if let Some((_, nearest)) = near.min_by_key(|&(distance, _)| distance) {
        return Some(nearest);
    }
    let mut begun = candidates
        .into_iter()
        .filter(|candidate| typed.len() >= SHORTEST_PREFIX && candidate.starts_with(&typed));
    begun.next().filter(|_| begun.next().is_none())
}

/// The end of a message about a word that is not known, with what was `meant`. Empty if that is
/// unknown.
pub(crate) fn did_you_mean(meant: Option<&str>) -> String {
    meant.map_or_else(String::new, |meant| format!("; did you mean \"{meant}\"?"))
}

/// The fewest letters that stand for the only word that begins with them.
const SHORTEST_PREFIX: usize = 3;

/// Whether `distance` edits turn one word into the other by a slip of the fingers.
fn is_slip(typed: &str, candidate: &str, distance: usize) -> bool {
    let (typed_len, len) = (typed.chars().count(), candidate.chars().count());
    let most = match typed_len.min(len) {
        0 | 1 => 0,
        2..=5 => 1,
        6..=9 => 2,
        _ => 3,
    };
    if distance > most {
        return false;
    }
    if typed_len.min(len) > 4 || have_the_same_letters(typed, candidate) {
        return true;
    }
    // In a short word, each letter counts.
    let begins_alike = typed.chars().next() == candidate.chars().next();
    begins_alike && (typed_len != len || len > 2)
}

fn have_the_same_letters(a: &str, b: &str) -> bool {
    let sorted = |text: &str| {
        let mut letters: Vec<char> = text.chars().collect();
        letters.sort_unstable();
        letters
    };
    sorted(a) == sorted(b)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const COMMANDS: &[&str] = &[
        "ls",
        "get",
        "put",
        "mirror",
        "check",
        "cat",
        "stat",
        "rm",
        "mv",
        "mkdir",
        "rmdir",
        "raw",
        "trust",
        "config",
        "completions",
        "man",
        "demo",
        "help",
        "doctor",
        "gateway",
    ];

    fn meant(typed: &str) -> Option<&'static str> {
        similar(typed, COMMANDS.iter().copied())
    }

    #[test]
    fn slips_of_the_fingers_are_recognised() {
        for (typed, command) in [
            ("gte", "get"),
            ("geet", "get"),
            ("pu", "put"),
            ("sl", "ls"),
            ("lss", "ls"),
            ("mirorr", "mirror"),
            ("miror", "mirror"),
            ("chekc", "check"),
            ("mkdri", "mkdir"),
            ("rmdri", "rmdir"),
            ("confg", "config"),
            ("completion", "completions"),
            ("comp", "completions"),
            ("HELP", "help"),
        ] {
            assert_eq!(meant(typed), Some(command), "{typed}");
        }
    }

    #[test]
    fn words_that_only_share_letters_suggest_nothing() {
        for typed in [
            "cp", "del", "copy", "delete", "dir", "sync", "open", "quit", "ssh", "set", "move",
            "cd", "c", "", "x", "ftp", "login", "upload", "download", "nonsense", "demon5",
            "truncate", "manage", "pwd", "lp", "rn",
        ] {
            assert_eq!(meant(typed), None, "{typed}");
        }
    }

    proptest! {
        #[test]
        fn a_word_always_means_itself(n in 0..COMMANDS.len()) {
            prop_assert_eq!(meant(COMMANDS[n]), Some(COMMANDS[n]));
        }

        #[test]
        fn any_text_is_looked_up(text in "\\PC*") {
            let _ = meant(&text);
        }
    }
}
