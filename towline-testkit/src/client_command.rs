//! A command as the client sent it.

use std::borrow::Cow;

use towline_proto::command::{Command, CommandError, split_line};

/// A line, its parts and its meaning. Personalities treat a line without a meaning
/// differently.
#[derive(Clone)]
pub(crate) struct ClientCommand {
    /// The verb in capitals.
    pub(crate) verb: String,
    /// The bytes after the one space that follows the verb. Names may begin and
    /// end with spaces.
    pub(crate) argument: Vec<u8>,
    pub(crate) meaning: Result<Command, CommandError>,
}

impl ClientCommand {
    /// Parses a line without its line break.
    pub(crate) fn parse(line: &[u8]) -> Self {
        let (verb, argument) = split_line(line);
        Self {
            verb: String::from_utf8_lossy(verb).to_ascii_uppercase(),
            argument: argument.unwrap_or(b"").to_vec(),
            meaning: Command::parse(line),
        }
    }

    /// Returns the command with another name for its replies.
    pub(crate) fn named(&self, name: &[u8]) -> Self {
        Self {
            argument: name.to_vec(),
            ..self.clone()
        }
    }

    /// Returns the argument as text.
    pub(crate) fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.argument)
    }

    /// Returns whether the command carries a user name or a secret.
    pub(crate) fn is_secret(&self) -> bool {
        matches!(self.verb.as_str(), "USER" | "PASS" | "ACCT")
    }

    /// Returns the line without a password, safe to show.
    pub(crate) fn shown(&self) -> String {
        match self.verb.as_str() {
            "PASS" | "ACCT" => format!("{} ***", self.verb),
            _ if self.argument.is_empty() => self.verb.clone(),
            _ => format!("{} {}", self.verb, self.text()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbs_are_folded_and_spaces_in_names_kept() {
        let command = ClientCommand::parse(b"retr  two spaces ");
        assert_eq!(command.verb, "RETR");
        assert_eq!(command.argument, b" two spaces ");
    }

    #[test]
    fn a_password_is_not_shown() {
        assert_eq!(ClientCommand::parse(b"PASS secret").shown(), "PASS ***");
        assert_eq!(ClientCommand::parse(b"pwd").shown(), "PWD");
    }
}
