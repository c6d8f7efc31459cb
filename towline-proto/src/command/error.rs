//! Why a line is not a command that can be obeyed.

use thiserror::Error;

use crate::reply::ReplyCode;

/// Why a client's line is refused. Holds nothing of the line but its verb, since the
/// rest may be a password.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CommandError {
    /// The line does not begin with a word of ASCII letters and digits.
    #[error("the line does not begin with a command")]
    NotACommand,
    /// The line holds CR, LF or NUL, which no path and no argument can.
    #[error("the line holds a NUL or a line break")]
    LineBreak,
    /// The command needs an argument.
    #[error("{verb} needs an argument")]
    MissingArgument {
        /// The command's verb, in capital letters.
        verb: String,
    },
    /// The argument is malformed.
    #[error("the argument of {verb} is malformed")]
    BadArgument {
        /// The command's verb, in capital letters.
        verb: String,
    },
    /// The parameter is none that is known here, such as the mode in `MODE B`.
    #[error("{verb} is not implemented for this parameter")]
    UnknownParameter {
        /// The command's verb, in capital letters.
        verb: String,
    },
    /// PROT asks for a level that TLS does not have (RFC 4217, section 9).
    #[error("TLS does not have this protection level")]
    ProtectionLevel,
    /// EPRT or EPSV names a network protocol other than IPv4 and IPv6.
    #[error("{verb} names a network protocol other than IPv4 and IPv6")]
    NetworkProtocol {
        /// The command's verb, in capital letters.
        verb: String,
    },
}

impl CommandError {
    /// The code of a server's refusal: 500, 501, 504, 522 (RFC 2428) or 536 (RFC 2228).
    #[must_use]
    pub fn refusal(&self) -> ReplyCode {
        match self {
            Self::NotACommand => ReplyCode::UNRECOGNISED,
            Self::LineBreak | Self::MissingArgument { .. } | Self::BadArgument { .. } => {
                ReplyCode::BAD_ARGUMENT
            }
            Self::UnknownParameter { .. } => ReplyCode::ARGUMENT_NOT_IMPLEMENTED,
            Self::ProtectionLevel => ReplyCode::PROTECTION_UNSUPPORTED,
            // The code has two meanings; RFC 2428 gave it this one.
            Self::NetworkProtocol { .. } => ReplyCode::SESSION_REFUSED,
        }
    }
}
