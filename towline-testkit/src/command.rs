//! A command line, taken apart (RFC 959 section 4.1.3).

/// A verb in capitals and what follows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Command {
    pub(crate) verb: String,
    /// Bytes behind the one space that follows the verb; names may begin and
    /// end with spaces.
    pub(crate) argument: Vec<u8>,
}

impl Command {
    /// Takes a line without its end apart.
    pub(crate) fn parse(line: &[u8]) -> Self {
        let (verb, argument) = match memchr::memchr(b' ', line) {
            Some(space) => (&line[..space], &line[space + 1..]),
            None => (line, &line[..0]),
        };
        Self {
            verb: String::from_utf8_lossy(verb).to_ascii_uppercase(),
            argument: argument.to_vec(),
        }
    }

    /// The argument as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.argument).into_owned()
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
        let command = Command::parse(b"retr  two spaces ");
        assert_eq!(command.verb, "RETR");
        assert_eq!(command.argument, b" two spaces ");
    }

    #[test]
    fn a_password_is_not_shown() {
        assert_eq!(Command::parse(b"PASS secret").shown(), "PASS ***");
        assert_eq!(Command::parse(b"pwd").shown(), "PWD");
    }
}
