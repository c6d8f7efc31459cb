//! The exit codes, which scripts depend on, and how many outcomes become one of them.

use std::process;

use towline::ErrorKind;

use crate::error::Error;

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
    /// The code that stands for one error.
    pub(crate) fn of(error: &Error) -> Self {
        match error {
            Error::Usage(_) => Self::Usage,
            Error::Session(error) | Error::Connect(error) => Self::of_session(error),
            Error::Remote { kind, .. } => Self::of_kind(*kind),
            Error::NotAttempted { code, .. } => *code,
            Error::Local { .. } | Error::LocalName { .. } | Error::Stdout(_) => Self::Local,
            Error::StdoutClosed => Self::Done,
            Error::Interrupted | Error::Cancelled(_) => Self::Interrupted,
        }
    }

    /// The code that stands for an error of the library.
    pub(crate) fn of_session(error: &towline::Error) -> Self {
        Self::of_kind(error.kind())
    }

    fn of_kind(kind: ErrorKind) -> Self {
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

/// Counts the outcomes of a command's operands, or of the files below them.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    succeeded: u64,
    skipped: u64,
    failed: u64,
    common: Option<ExitCode>,
    differ: bool,
}

impl Tally {
    pub(crate) fn succeed(&mut self) {
        self.succeeded += 1;
    }

    pub(crate) fn skip(&mut self) {
        self.skipped += 1;
    }

    pub(crate) fn fail(&mut self, code: ExitCode) {
        self.failed += 1;
        match self.common {
            None => self.common = Some(code),
            Some(common) => self.differ |= common != code,
        }
    }

    pub(crate) fn succeeded(&self) -> u64 {
        self.succeeded
    }

    pub(crate) fn skipped(&self) -> u64 {
        self.skipped
    }

    pub(crate) fn failed(&self) -> u64 {
        self.failed
    }

    /// One code for all: the common one when everything failed alike, [`ExitCode::Mixed`] when
    /// something succeeded beside a failure or the failures differ.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self.common {
            None => ExitCode::Done,
            Some(ExitCode::Interrupted) => ExitCode::Interrupted,
            Some(_) if self.differ || self.succeeded > 0 => ExitCode::Mixed,
            Some(common) => common,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(succeeded: u64, failures: &[ExitCode]) -> ExitCode {
        let mut tally = Tally::default();
        for _ in 0..succeeded {
            tally.succeed();
        }
        for code in failures {
            tally.fail(*code);
        }
        tally.exit_code()
    }

    #[test]
    fn nothing_failed_is_done() {
        assert_eq!(tally(0, &[]), ExitCode::Done);
        assert_eq!(tally(3, &[]), ExitCode::Done);
    }

    #[test]
    fn failures_that_are_alike_keep_their_code() {
        assert_eq!(tally(0, &[ExitCode::Refused]), ExitCode::Refused);
        assert_eq!(tally(0, &[ExitCode::Local; 3]), ExitCode::Local);
    }

    #[test]
    fn some_of_many_or_different_failures_are_mixed() {
        assert_eq!(tally(1, &[ExitCode::Refused]), ExitCode::Mixed);
        let different = [ExitCode::Refused, ExitCode::Local, ExitCode::Refused];
        assert_eq!(tally(0, &different), ExitCode::Mixed);
    }

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
