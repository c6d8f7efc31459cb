//! Parses the command line. clap quotes what it does not understand; because a URL may contain a
//! password, URLs are redacted here.

use std::ffi::OsString;

use clap::Parser as _;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::commands::Args;

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
    Args::try_parse_from(&command_line).map_err(|error| {
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
            "towline stat ftpes://h/x ftpes://demo:hunter2@h/x",
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
        let words = ["towline", "ls", "ftpes://h/a", "ftpes://h/b"].map(OsString::from);
        let Err(message) = parse(words.to_vec()) else {
            panic!("two operands were accepted")
        };
        assert!(
            message.plain.contains("more operands than"),
            "{}",
            message.plain
        );
        assert!(message.plain.contains("towline ls"), "{}", message.plain);
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
}
