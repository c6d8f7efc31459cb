//! Whether a retry can help.

use towline_proto::reply::{Reply, ReplyClass};

use super::detail::ErrorDetail;
use super::kind::ErrorKind;
use super::library_error::Error;

/// What to expect of a retry with the same configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outlook {
    /// The cause may be transient: the same call may succeed later.
    MayPass,
    /// The same call will fail again. Other calls may succeed.
    SameAgain,
    /// Every call to this server will fail: it refuses the login or every data connection, or its
    /// certificate is not acceptable. A retry may lock the account.
    Hopeless,
}

impl Error {
    /// What to expect of a retry with the same configuration.
    #[must_use]
    pub fn outlook(&self) -> Outlook {
        let class = self.reply().map(Reply::class);
        match self.kind() {
            ErrorKind::LoginRefused | ErrorKind::Certificate | ErrorKind::SessionReuseRefused => {
                Outlook::Hopeless
            }
            _ if self.detail() == Some(&ErrorDetail::LoginUnanswered) => Outlook::Hopeless,
            _ if self.reply().is_some_and(says_it_stays_so) => Outlook::SameAgain,
            _ if self.detail().is_some_and(stays_so) => Outlook::SameAgain,
            ErrorKind::Network | ErrorKind::Timeout | ErrorKind::Unavailable => Outlook::MayPass,
            ErrorKind::Refused | ErrorKind::NotFound if class == Some(ReplyClass::Transient) => {
                Outlook::MayPass
            }
            // The transfer ended early.
            ErrorKind::Incomplete if class != Some(ReplyClass::Permanent) => Outlook::MayPass,
            _ => Outlook::SameAgain,
        }
    }

    /// Returns whether the same call may succeed later without any change ([`Outlook::MayPass`]).
    #[must_use]
    pub fn is_transient(&self) -> bool {
        self.outlook() == Outlook::MayPass
    }
}

/// Reasons that depend on nothing but the file and the options.
fn stays_so(detail: &ErrorDetail) -> bool {
    matches!(detail, ErrorDetail::FileTooLarge | ErrorDetail::NotVerified)
}

/// Transient replies (4yz) to which a retry makes no difference: wrong credentials (431 and 434 in
/// RFC 2228), no space (452 in RFC 959), and the replies of some servers to a missing file.
fn says_it_stays_so(reply: &Reply) -> bool {
    const CREDENTIALS: std::ops::RangeInclusive<u16> = 430..=434;
    const NO_SPACE: u16 = 452;
    let code = reply.code().as_u16();
    CREDENTIALS.contains(&code)
        || code == NO_SPACE
        || reply.contains_any(&["no such file", "not found", "permission denied"])
}

#[cfg(test)]
mod tests {
    use towline_proto::reply::ReplyCode;

    use super::*;

    fn refused(code: u16, text: &str) -> Error {
        let code = ReplyCode::try_from(code).unwrap();
        Error::refused("it was refused", Reply::new(code, text))
    }

    fn incomplete(code: u16, text: &str) -> Error {
        refused(code, text).with_kind(ErrorKind::Incomplete)
    }

    #[test]
    fn what_may_pass_is_worth_another_attempt() {
        for error in [
            Error::timeout(ErrorDetail::ReplyTimedOut, "nothing came"),
            refused(421, "Too many users."),
            refused(425, "Can't open data connection."),
            refused(450, "a: File is busy"),
            refused(451, "Local error in processing."),
            incomplete(426, "Connection closed."),
            incomplete(226, "Transfer complete."),
            Error::new(ErrorKind::Incomplete, "40 of 50 bytes have arrived"),
        ] {
            assert!(error.is_transient(), "{error}");
        }
    }

    #[test]
    fn what_will_not_pass_is_not() {
        for error in [
            refused(430, "Invalid username or password."),
            refused(452, "Insufficient storage space."),
            refused(450, "a: No such file or directory"),
            refused(451, "a: Permission denied"),
            refused(550, "Failed to open file."),
            incomplete(552, "Quota exceeded."),
            refused(530, "Login incorrect.").with_kind(ErrorKind::LoginRefused),
            Error::new(ErrorKind::Certificate, "it has expired"),
            Error::new(ErrorKind::Local, "the disk is full"),
            Error::new(ErrorKind::Cancelled, "cancelled"),
            Error::new(
                ErrorKind::RenameRefused,
                "there is a directory of that name",
            ),
        ] {
            assert!(!error.is_transient(), "{error}");
        }
    }

    #[test]
    fn some_errors_are_about_the_whole_server() {
        for kind in [
            ErrorKind::LoginRefused,
            ErrorKind::Certificate,
            ErrorKind::SessionReuseRefused,
        ] {
            assert_eq!(Error::new(kind, "no").outlook(), Outlook::Hopeless);
        }
        // With any code: 430 to 434 are for failed logins (RFC 959).
        let login = refused(431, "no").with_kind(ErrorKind::LoginRefused);
        assert_eq!(login.outlook(), Outlook::Hopeless);
        let unanswered = Error::timeout(ErrorDetail::LoginUnanswered, "nothing came");
        assert_eq!(unanswered.outlook(), Outlook::Hopeless);
        assert_eq!(refused(550, "no").outlook(), Outlook::SameAgain);
    }
}
