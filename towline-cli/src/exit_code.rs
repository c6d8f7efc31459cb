//! The exit codes, on which scripts depend.

use std::process;

use towline::ErrorKind;

/// The exit code of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum ExitCode {
    /// Everything was done.
    Done = 0,
    /// Operands failed in different ways, or some of many files failed.
    Mixed = 1,
    /// Wrong usage or configuration.
    Usage = 2,
    /// The network failed, or the peer does not speak FTP.
    Network = 3,
    /// TLS failed, or the certificate is not trusted.
    Tls = 4,
    /// The server refused the login.
    Login = 5,
    /// The server refused the operation: not found, no permission, already exists.
    Refused = 6,
    /// The server, or the policy, refused a data connection without TLS session reuse.
    SessionReuse = 7,
    /// A transfer is incomplete or failed its verification.
    Incomplete = 8,
    /// The local disk failed.
    Local = 9,
    /// The user interrupted the command.
    Interrupted = 130,
}

impl ExitCode {
    /// The exit code for an error of the library.
    pub(crate) fn of_session(error: &towline::Error) -> Self {
        Self::of_kind(error.kind())
    }

    /// The exit code for a kind of error.
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
            // Network, Timeout, Unavailable, Protocol, and kinds that a later version of the
            // library adds.
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
