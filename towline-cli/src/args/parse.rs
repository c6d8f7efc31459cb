//! Parses the command line. clap quotes what it does not understand; because a URL may contain a
//! password, URLs are redacted here.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, FromArgMatches as _};

use super::commands::{Args, Colour};
use super::{arrange, definition, suggest};

/// What to print instead of running a command: an error, the help or the version.
pub(crate) struct Message {
    pub(crate) plain: String,
    /// The same text with terminal colours.
    pub(crate) coloured: String,
    /// Whether it is an error, rather than the help or the version.
    pub(crate) is_error: bool,
}

/// Parses the command line.
///
/// # Errors
/// What to print instead of running a command.
pub(crate) fn parse(command_line: Vec<OsString>) -> Result<Args, Message> {
    let mut definition = definition::command();
    let command_line = arrange::arrange(&definition, command_line);
    let parsed = definition
        .try_get_matches_from_mut(&command_line)
        .and_then(|matches| Args::from_arg_matches(&matches));
    parsed.map_err(|mut error| {
        suggest::improve(&mut error, &definition, named(&definition, &command_line));
        if let Some(text) = one_too_many(&error) {
            return Message {
                coloured: text.clone(),
                plain: text,
                is_error: true,
            };
        }
        let rendered = error.render();
        Message {
            plain: redact(rendered.to_string(), &command_line),
            coloured: redact(rendered.ansi().to_string(), &command_line),
            is_error: error.use_stderr(),
        }
    })
}

/// The value of `--color`, wherever it is, for messages about the rest of the command line.
pub(crate) fn colour(command_line: &[OsString]) -> Colour {
    let mut words = command_line.iter().map(|word| word.to_string_lossy());
    let mut given = Colour::Auto;
    while let Some(word) = words.next().filter(|word| *word != "--") {
        let value = match word.strip_prefix("--color") {
            Some("") => words.next().unwrap_or_default().into_owned(),
            Some(value) => value.trim_start_matches('=').to_owned(),
            None => continue,
        };
        given = clap::ValueEnum::from_str(&value, false).unwrap_or(given);
    }
    given
}

/// The command that the words name, or the whole program.
fn named<'c>(root: &'c Command, words: &[OsString]) -> &'c Command {
    let mut command = root;
    for word in words.iter().skip(1) {
        match command.find_subcommand(word) {
            Some(below) => command = below,
            None => break,
        }
    }
    command
}

/// The message for a surplus operand, which clap takes for a mistyped option.
fn one_too_many(error: &clap::Error) -> Option<String> {
    let Some(ContextValue::String(argument)) = error.get(ContextKind::InvalidArg) else {
        return None;
    };
    if error.kind() != ErrorKind::UnknownArgument || argument.starts_with('-') {
        return None;
    }
    let usage = match error.get(ContextKind::Usage) {
        Some(ContextValue::StyledStr(usage)) => usage.to_string(),
        _ => String::new(),
    };
    Some(format!(
        "error: there are more operands than this command takes\n\n{usage}\n\nFor more \
         information, try '--help'.\n"
    ))
}

fn redact(text: String, command_line: &[OsString]) -> String {
    command_line
        .iter()
        .flat_map(|word| {
            let word = word.to_string_lossy().into_owned();
            let value = word.split_once('=').map(|(_, value)| value.to_owned());
            [Some(word), value].into_iter().flatten()
        })
        .filter(|word| word.contains("://") || word.contains('@'))
        .fold(text, |text, word| text.replace(&word, "***"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_message_quotes_a_url() {
        for line in [
            "towline ftpes://demo:hunter2@h/x",
            "towline demo:hunter2@h",
            "towline mkdir ftpes://h/x ftpes://demo:hunter2@h/x",
            "towline --json demo:hunter2@h",
            "towline --nonsense ls ftpes://demo:hunter2@h/x",
            "towline mv ftpes://h/x y ftpes://demo:hunter2@h/x",
            "towline ls --tls ftpes://demo:hunter2@h/x",
            "towline ls --tls=ftpes://demo:hunter2@h/x",
            "towline ls --timeout ftpes://demo:hunter2@h/x",
            "towline demo ftpes://demo:hunter2@h/x",
            "towline ls --json=ftpes://demo:hunter2@h/x ftpes://h/",
        ] {
            let words = line.split(' ').map(OsString::from).collect();
            let Err(message) = parse(words) else {
                panic!("{line} was accepted")
            };
            assert!(message.is_error);
            assert!(!message.plain.contains("hunter2"), "{}", message.plain);
            assert!(!message.coloured.contains("hunter2"), "{}", message.plain);
        }
    }

    #[test]
    fn an_operand_too_many_is_called_that() {
        let words = ["towline", "mkdir", "ftpes://h/a", "ftpes://h/b"].map(OsString::from);
        let Err(message) = parse(words.to_vec()) else {
            panic!("two operands were accepted")
        };
        assert!(
            message.plain.contains("more operands than"),
            "{}",
            message.plain
        );
        assert!(message.plain.contains("towline mkdir"), "{}", message.plain);
    }

    #[test]
    fn help_is_no_error() {
        let words = ["towline", "--help"].map(OsString::from).to_vec();
        let Err(message) = parse(words) else {
            panic!("help was taken for a command")
        };
        assert!(!message.is_error);
        assert!(message.plain.contains("Exit codes"));
    }

    fn refusal(line: &str) -> String {
        let words = line.split(' ').map(OsString::from).collect();
        let Err(message) = parse(words) else {
            panic!("{line} was accepted")
        };
        message.plain
    }

    #[test]
    fn a_mistyped_command_is_answered_with_the_one_that_was_meant_or_none() {
        let text = refusal("towline mirorr a b");
        assert!(text.contains("'mirror'"), "{text}");
        let text = refusal("towline config shwo");
        assert!(text.contains("'show'"), "{text}");
        for line in [
            "towline cp a b",
            "towline del a",
            "towline nonsense",
            "towline trust dir",
        ] {
            let text = refusal(line);
            for nonsense in ["completions", "demo", "similar", "'rmdir'"] {
                assert!(!text.contains(nonsense), "{line}: {text}");
            }
        }
        let text = refusal("towline cp a b");
        assert!(
            text.contains("'towline get'") && text.contains("'towline put'"),
            "{text}"
        );
        let text = refusal("towline --json DELETE a");
        assert!(text.contains("'towline rm'"), "{text}");
    }

    #[test]
    fn a_mistyped_option_or_value_is_answered_with_the_one_that_was_meant_or_none() {
        let text = refusal("towline get --resmue a");
        assert!(text.contains("'--resume'"), "{text}");
        let text = refusal("towline ls --verbos a");
        assert!(text.contains("'--verbose'"), "{text}");
        let text = refusal("towline ls --tls explict a");
        assert!(
            text.contains("'explicit'") && text.contains("if-available"),
            "{text}"
        );
        for line in [
            "towline ls --frobnicate a",
            "towline get --size a",
            "towline ls --tls on a",
        ] {
            let text = refusal(line);
            assert!(!text.contains("similar"), "{line}: {text}");
        }
    }

    #[test]
    fn the_colour_is_found_before_anything_else_is_understood() {
        let colour = |line: &str| {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            colour(&words)
        };
        assert_eq!(colour("towline --color never nonsense"), Colour::Never);
        assert_eq!(colour("towline ls --color=always a"), Colour::Always);
        assert_eq!(colour("towline ls a"), Colour::Auto);
        assert_eq!(colour("towline ls --color sometimes a"), Colour::Auto);
        assert_eq!(colour("towline ls -- --color=always"), Colour::Auto);
    }
}
