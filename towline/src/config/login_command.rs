//! The user's commands to send after each login.

use std::error::Error as StdError;
use std::fmt;
use std::str::FromStr;

use super::reserved::ReservedFor;

/// A command that is sent after each login, such as `SITE UMASK 002`.
///
/// ```
/// use towline::{Config, LoginCommand};
///
/// let umask: LoginCommand = "SITE UMASK 002".parse()?;
/// let config = Config::new("ftp.example.com").login_commands(vec![umask]);
/// # let _ = config;
/// assert!("PROT C".parse::<LoginCommand>().is_err());
/// # Ok::<(), towline::LoginCommandError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct LoginCommand {
    line: String,
}

impl LoginCommand {
    pub(crate) fn line(&self) -> &str {
        &self.line
    }

    /// Returns the argument if it is a secret: that of `PASS` and `ACCT`.
    pub(crate) fn secret(&self) -> Option<&str> {
        let (verb, secret) = self.line.trim_start().split_once(' ')?;
        let is_secret = ["PASS", "ACCT"]
            .iter()
            .any(|known| verb.eq_ignore_ascii_case(known));
        is_secret.then_some(secret)
    }
}

impl FromStr for LoginCommand {
    type Err = LoginCommandError;

    fn from_str(line: &str) -> Result<Self, LoginCommandError> {
        let verb = line.split_ascii_whitespace().next().unwrap_or_default();
        let is_reserved = match ReservedFor::verb(verb) {
            // Harmless at login: relative paths then start at the same place every time.
            Some(ReservedFor::WorkingDirectory | ReservedFor::Account) | None => false,
            Some(_) => true,
        };
        if is_reserved || verb.is_empty() {
            let verb = verb.to_owned();
            return Err(LoginCommandError::Reserved { verb });
        }
        if line.contains(['\r', '\n', '\0']) {
            return Err(LoginCommandError::NotOneLine);
        }
        Ok(Self {
            line: line.to_owned(),
        })
    }
}

/// Omits the argument, which may be a secret.
impl fmt::Debug for LoginCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = self.line.split_ascii_whitespace().next();
        f.debug_tuple("LoginCommand").field(&verb).finish()
    }
}

/// The error for a text that is not a [`LoginCommand`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoginCommandError {
    /// Only the client may send this command.
    Reserved {
        /// The command's verb; empty if there is none.
        verb: String,
    },
    /// The text contains CR, LF or NUL.
    NotOneLine,
}

impl fmt::Display for LoginCommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reserved { verb } => write!(
                f,
                "{verb:?} cannot be a login command: only the client sends it"
            ),
            Self::NotOneLine => f.write_str("the login command holds CR, LF or NUL"),
        }
    }
}

impl StdError for LoginCommandError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_command_may_not_undo_what_the_client_has_done() {
        for line in ["PROT C", "ccc", "  Rein", "", "PASS x", "RANG 0 9", "MIC x"] {
            let error = line.parse::<LoginCommand>().unwrap_err();
            assert!(
                matches!(error, LoginCommandError::Reserved { .. }),
                "{line}"
            );
            assert!(!error.to_string().contains(" x"), "{error}");
        }
        for line in ["SITE UMASK 002", "CWD /in", "ACCT x"] {
            assert_eq!(line.parse::<LoginCommand>().unwrap().line(), line);
        }
    }

    #[test]
    fn a_login_command_is_one_line() {
        for line in ["SITE A\r\nPROT C", "SITE A\nX", "SITE \0"] {
            let error = line.parse::<LoginCommand>().unwrap_err();
            assert_eq!(error, LoginCommandError::NotOneLine, "{line:?}");
        }
    }
}
