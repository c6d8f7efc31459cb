//! Puts the words of a command line in the order that clap expects: options may come before the
//! command, and `-h` of `ls` means two things.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};

use clap::Command;

/// Moves options in front of the command behind it. `root` is the definition of the command line.
pub(crate) fn arrange(root: &Command, words: Vec<OsString>) -> Vec<OsString> {
    let options = Options::of(root);
    let mut words = words.into_iter();
    let mut arranged: Vec<OsString> = words.next().into_iter().collect();
    let mut rest: Vec<OsString> = words.collect();
    let Some(front) = options.front(&rest) else {
        arranged.append(&mut rest);
        return arranged;
    };
    let mut behind = rest.split_off(front);
    let commands = depth(root, &behind);
    if commands == 0 {
        // There is no command. clap says so, unless a word asks for the help or the version.
        arranged.extend(rest.into_iter().filter(|word| is_request(word)));
        arranged.append(&mut behind);
        return arranged;
    }
    let mut operands = behind.split_off(commands);
    arranged.append(&mut behind);
    arranged.append(&mut rest);
    arranged.append(&mut operands);
    if arranged.get(1).is_some_and(|word| word == "ls") {
        options.short_help_of_ls(&mut arranged);
    }
    if arranged.get(1).is_some_and(|word| word == "explain") {
        options.text_of_explain(&mut arranged);
    }
    arranged
}

/// The short options of `explain`.
const SHORT: &[u8] = b"hqvV";

/// The hidden option of `ls` for the short help.
pub(super) const SHORT_HELP: &str = "short-help";

/// Which of the options take the next word as their value.
struct Options(HashMap<String, bool>);

impl Options {
    fn of(root: &Command) -> Self {
        let mut options = HashMap::new();
        collect(root, &mut options);
        Self(options)
    }

    /// The number of words before the command. `None` if an option there is unknown, or if no
    /// option can be told from an operand.
    fn front(&self, words: &[OsString]) -> Option<usize> {
        let mut at = 0;
        while let Some(word) = words.get(at) {
            if word == "--" {
                return None;
            }
            if !is_option(word) {
                break;
            }
            at += self.words(word)?;
        }
        Some(at.min(words.len()))
    }

    /// The number of words of an option, with its value. `None` if there is no such option.
    fn words(&self, word: &OsStr) -> Option<usize> {
        let text = word.to_string_lossy();
        let Some(long) = text.strip_prefix("--") else {
            // No short option takes a value.
            return Some(1);
        };
        match long.split_once('=') {
            Some((name, _)) => self.0.contains_key(name).then_some(1),
            None => self
                .0
                .get(long)
                .map(|takes_value| 1 + usize::from(*takes_value)),
        }
    }

    /// Moves text of `explain` that begins with `-` behind the options and `--`.
    fn text_of_explain(&self, words: &mut Vec<OsString>) {
        let begins_with_sign = |word: &OsString| word.as_encoded_bytes().starts_with(b"-");
        let mut rest = words.iter().skip(2);
        let (mut given, mut text) = (Vec::new(), Vec::new());
        while let Some(word) = rest.next() {
            if word == "--" {
                text.extend(rest.by_ref().cloned());
            } else if looks_like_option(word) {
                given.push(word.clone());
                let values = self.words(word).unwrap_or(1) - 1;
                given.extend(rest.by_ref().take(values).cloned());
            } else {
                text.push(word.clone());
            }
        }
        if text
            .iter()
            .any(|word| begins_with_sign(word) && word != "-")
        {
            words.truncate(2);
            words.append(&mut given);
            words.push("--".into());
            words.append(&mut text);
        }
    }

    /// `ls -lh` and `ls -l -h` show sizes for people; `ls -h` alone asks for the help.
    fn short_help_of_ls(&self, words: &mut [OsString]) {
        let mut at = 2;
        let mut found = None;
        while let Some(word) = words.get(at) {
            if word == "--" {
                break;
            }
            if word == "-h" {
                found = Some(at);
            } else if word == "--long" || (is_short(word) && word.to_string_lossy().contains('l')) {
                return;
            }
            at += match is_option(word) {
                true => self.words(word).unwrap_or(1),
                false => 1,
            };
        }
        if let Some(word) = found.and_then(|at| words.get_mut(at)) {
            *word = format!("--{SHORT_HELP}").into();
        }
    }
}

/// Whether a word can be meant as an option, known or not. `---> PASV`, `- 522` and `-Error: 530`
/// are text.
fn looks_like_option(word: &OsStr) -> bool {
    let text = word.to_string_lossy();
    let is_name_part = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    match text.strip_prefix("--") {
        Some(long) => {
            let name = long.split('=').next().unwrap_or_default();
            name.starts_with(|c: char| c.is_ascii_lowercase()) && name.bytes().all(is_name_part)
        }
        None => match text.strip_prefix('-') {
            None | Some("") => false,
            Some(letters) => letters.len() == 1 || letters.bytes().all(|b| SHORT.contains(&b)),
        },
    }
}

/// Collects the long options of a command and of those below it.
fn collect(command: &Command, options: &mut HashMap<String, bool>) {
    for arg in command.get_arguments() {
        let Some(long) = arg.get_long() else { continue };
        let takes_value = arg.get_action().takes_values() && !arg.is_require_equals_set();
        options.insert(long.to_owned(), takes_value);
        for alias in arg.get_all_aliases().unwrap_or_default() {
            options.insert(alias.to_owned(), takes_value);
        }
    }
    for (long, takes_value) in [("help", false), ("version", false)] {
        options.entry(long.to_owned()).or_insert(takes_value);
    }
    for below in command.get_subcommands() {
        collect(below, options);
    }
}

/// The number of words that name the command, such as two for `config show`.
fn depth(root: &Command, words: &[OsString]) -> usize {
    let mut command = root;
    let mut depth = 0;
    for word in words {
        let Some(below) = command.find_subcommand(word) else {
            break;
        };
        command = below;
        depth += 1;
    }
    // The first word is meant as a command, even if there is none of that name.
    depth.max(usize::from(!words.is_empty()))
}

fn is_option(word: &OsStr) -> bool {
    is_short(word) || word.as_encoded_bytes().starts_with(b"--")
}

fn is_short(word: &OsStr) -> bool {
    matches!(word.as_encoded_bytes(), [b'-', second, ..] if *second != b'-')
}

/// Whether a word asks for the help or the version.
fn is_request(word: &OsStr) -> bool {
    ["-h", "--help", "-V", "--version"]
        .iter()
        .any(|request| word == *request)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::definition;

    fn arranged(line: &str) -> String {
        let words = line.split(' ').map(OsString::from).collect();
        let words = arrange(&definition::command(), words);
        let words: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
        words.join(" ")
    }

    #[test]
    fn options_before_the_command_move_behind_it() {
        for (written, meant) in [
            ("towline ls u", "towline ls u"),
            ("towline --json ls u", "towline ls --json u"),
            ("towline --ca-file f ls u", "towline ls --ca-file f u"),
            (
                "towline --ca-file=f -v ls -l u",
                "towline ls --ca-file=f -v -l u",
            ),
            ("towline --resume get a b", "towline get --resume a b"),
            (
                "towline --timeout 5 config show x",
                "towline config show --timeout 5 x",
            ),
            ("towline --json ls -- --json", "towline ls --json -- --json"),
            ("towline -v nonsense u", "towline nonsense -v u"),
            ("towline --json -h", "towline -h"),
            ("towline --json --version", "towline --version"),
            ("towline --json", "towline"),
            ("towline -h ls", "towline ls --short-help"),
        ] {
            assert_eq!(arranged(written), meant);
        }
    }

    #[test]
    fn text_of_explain_may_begin_with_a_sign() {
        for (given, meant) in [
            (&["--->_PASV"][..], "towline explain -- --->_PASV"),
            (&["-_522"], "towline explain -- -_522"),
            (&["----_Connecting"], "towline explain -- ----_Connecting"),
            (&["-Error:_530"], "towline explain -- -Error:_530"),
            (&["-Error:", "530"], "towline explain -- -Error: 530"),
            (
                &["-->_522", "--lang", "zh", "-v"],
                "towline explain --lang zh -v -- -->_522",
            ),
            (
                &["--json", "--->_a", "-<_b"],
                "towline explain --json -- --->_a -<_b",
            ),
            (&["--", "--json"], "towline explain -- --json"),
            (&["-"], "towline explain -"),
            (&["522", "--json"], "towline explain 522 --json"),
            (&["--jsn"], "towline explain --jsn"),
            (&["--all"], "towline explain --all"),
        ] {
            let words = ["towline", "explain"].iter().chain(given);
            let words = words.map(OsString::from).collect();
            let words = arrange(&definition::command(), words);
            let words: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
            assert_eq!(words.join(" "), meant);
        }
    }

    #[test]
    fn an_unknown_option_moves_nothing() {
        for line in ["towline --jsn ls u", "towline -- ls", "towline"] {
            assert_eq!(arranged(line), line);
        }
    }

    #[test]
    fn a_single_h_of_ls_asks_for_help_unless_the_listing_is_long() {
        for (written, meant) in [
            ("towline ls -h", "towline ls --short-help"),
            ("towline ls -h -R u", "towline ls --short-help -R u"),
            ("towline ls -lh u", "towline ls -lh u"),
            ("towline ls -l -h u", "towline ls -l -h u"),
            ("towline ls -h --long u", "towline ls -h --long u"),
            ("towline ls --charset -h u", "towline ls --charset -h u"),
            ("towline ls -- -h", "towline ls -- -h"),
            ("towline get -h", "towline get -h"),
        ] {
            assert_eq!(arranged(written), meant);
        }
    }

    #[test]
    fn an_option_takes_a_value_in_every_command_or_in_none() {
        fn check(command: &Command, seen: &mut HashMap<String, bool>) {
            for arg in command.get_arguments() {
                let takes_value = arg.get_action().takes_values() && !arg.is_require_equals_set();
                assert!(arg.get_short().is_none() || !takes_value, "{arg}");
                if let Some(long) = arg.get_long() {
                    let before = seen.insert(long.to_owned(), takes_value);
                    assert!(before.is_none_or(|before| before == takes_value), "{long}");
                }
            }
            for below in command.get_subcommands() {
                check(below, seen);
            }
        }
        check(&definition::command(), &mut HashMap::new());
    }
}
