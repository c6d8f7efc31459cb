//! The exit codes, which scripts depend on.

use std::process;

use towline::ErrorKind;

/// What the process tells its caller at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum ExitCode {
    /// Everything was done.
    Done = 0,
    /// Operands failed in different ways, or some of many files failed.
    Mixed = 1,
    /// Wrong usage or configuration.
    Usage = 2,
    /// The network, or a peer that does not speak FTP.
    Network = 3,
    /// TLS or the certificate.
    Tls = 4,
    /// The login was refused.
    Login = 5,
    /// The server refused: not found, no permission, exists already.
    Refused = 6,
    /// The server refused a data connection without TLS session reuse, or the policy did.
    SessionReuse = 7,
    /// A transfer is incomplete or failed its verification.
    Incomplete = 8,
    /// The local disk.
    Local = 9,
    /// Interrupted by the user.
    Interrupted = 130,
}

impl ExitCode {
    /// The code that stands for an error of the library.
    pub(crate) fn of_session(error: &towline::Error) -> Self {
        Self::of_kind(error.kind())
    }

    /// The code that stands for a kind of error.
    pub(crate) fn of_kind(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::Usage => Self::Usage,
            ErrorKind::Tls | ErrorKind::Certificate => Self::Tls,
            ErrorKind::LoginRefused => Self::Login,
            ErrorKind::NotFound
            | ErrorKind::Refused
            | ErrorKind::RenameRefused
            | ErrorKind::AlreadyExists => Self::Refused,
            ErrorKind::SessionReuseRefused => Self::SessionReuse,
            ErrorKind::Incomplete => Self::Incomplete,
            ErrorKind::Local => Self::Local,
            // Network, Timeout, Unavailable, Protocol, and whatever a later library adds: the peer or the way
            // to it did not behave.
            _ => Self::Network,
        }
    }
}

impl From<ExitCode> for process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documentation_has_every_code() {
        use ExitCode::*;
        let codes = [
            Done,
            Mixed,
            Usage,
            Network,
            Tls,
            Login,
            Refused,
            SessionReuse,
            Incomplete,
            Local,
            Interrupted,
        ];
        let rows = |document: &str| {
            let rows = document
                .lines()
                .filter_map(|line| line.strip_prefix("| ")?.split(' ').next()?.parse().ok());
            rows.collect::<Vec<u8>>()
        };
        let codes = codes.map(|code| code as u8).to_vec();
        assert_eq!(rows(include_str!("../../docs/exit-codes.md")), codes);
    }

    #[test]
    fn kinds_map_to_the_codes_of_the_contract() {
        let expected = [
            (ErrorKind::Usage, 2),
            (ErrorKind::Network, 3),
            (ErrorKind::Timeout, 3),
            (ErrorKind::Unavailable, 3),
            (ErrorKind::Protocol, 3),
            (ErrorKind::Tls, 4),
            (ErrorKind::Certificate, 4),
            (ErrorKind::LoginRefused, 5),
            (ErrorKind::NotFound, 6),
            (ErrorKind::Refused, 6),
            (ErrorKind::RenameRefused, 6),
            (ErrorKind::AlreadyExists, 6),
            (ErrorKind::SessionReuseRefused, 7),
            (ErrorKind::Incomplete, 8),
            (ErrorKind::Local, 9),
        ];
        for (kind, code) in expected {
            assert_eq!(ExitCode::of_kind(kind) as u8, code, "{kind:?}");
        }
    }
}
