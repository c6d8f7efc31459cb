//! The error for a line that is not a valid command.

use thiserror::Error;

use crate::reply::ReplyCode;

/// The reason why a client's line is refused. It contains only the verb of the line, since
/// the rest may be a password.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CommandError {
    /// The line does not begin with a word of ASCII letters and digits.
    #[error("the line does not begin with a command")]
    NotACommand,
    /// The line contains CR, LF or NUL, which no path or argument can contain.
    #[error("the line holds a NUL or a line break")]
    LineBreak,
    /// The command needs an argument.
    #[error("{verb} needs an argument")]
    MissingArgument {
        /// The verb of the command, in capital letters.
        verb: String,
    },
    /// The argument is malformed.
    #[error("the argument of {verb} is malformed")]
    BadArgument {
        /// The verb of the command, in capital letters.
        verb: String,
    },
    /// The parameter is not supported, for example the mode in `MODE B`.
    #[error("{verb} is not implemented for this parameter")]
    UnknownParameter {
        /// The verb of the command, in capital letters.
        verb: String,
    },
    /// PROT asks for a level that TLS does not have (RFC 4217, section 9).
    #[error("TLS does not have this protection level")]
    ProtectionLevel,
    /// EPRT or EPSV names a network protocol other than IPv4 and IPv6.
    #[error("{verb} names a network protocol other than IPv4 and IPv6")]
    NetworkProtocol {
        /// The verb of the command, in capital letters.
        verb: String,
    },
}

impl CommandError {
    /// Returns the reply code with which a server refuses the line: 500, 501, 504, 522
    /// (RFC 2428) or 536 (RFC 2228).
    #[must_use]
    pub fn refusal(&self) -> ReplyCode {
        match self {
            Self::NotACommand => ReplyCode::UNRECOGNISED,
            Self::LineBreak | Self::MissingArgument { .. } | Self::BadArgument { .. } => {
                ReplyCode::BAD_ARGUMENT
            }
            Self::UnknownParameter { .. } => ReplyCode::ARGUMENT_NOT_IMPLEMENTED,
            Self::ProtectionLevel => ReplyCode::PROTECTION_UNSUPPORTED,
            // The code has two meanings. This one is from RFC 2428.
            Self::NetworkProtocol { .. } => ReplyCode::SESSION_REFUSED,
        }
    }
}
