//! A command as a client sent it.

use std::borrow::Cow;

use towline_proto::command::{Command, CommandError, split_line};

/// A line taken apart, and what it means. Personalities differ in what they make of a
/// line that means nothing.
#[derive(Clone)]
pub(crate) struct ClientCommand {
    /// In capitals.
    pub(crate) verb: String,
    /// Bytes behind the one space that follows the verb; names may begin and
    /// end with spaces.
    pub(crate) argument: Vec<u8>,
    pub(crate) meaning: Result<Command, CommandError>,
}

impl ClientCommand {
    /// Reads a line without its end.
    pub(crate) fn parse(line: &[u8]) -> Self {
        let (verb, argument) = split_line(line);
        Self {
            verb: String::from_utf8_lossy(verb).to_ascii_uppercase(),
            argument: argument.unwrap_or(b"").to_vec(),
            meaning: Command::parse(line),
        }
    }

    /// The command with another name in its replies.
    pub(crate) fn named(&self, name: &[u8]) -> Self {
        Self {
            argument: name.to_vec(),
            ..self.clone()
        }
    }

    /// The argument as text.
    pub(crate) fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.argument)
    }

    /// Whether it tells who the client is, or proves it.
    pub(crate) fn is_secret(&self) -> bool {
        matches!(self.verb.as_str(), "USER" | "PASS" | "ACCT")
    }

    /// The line as it may be shown: without a password.
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
