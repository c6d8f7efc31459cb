//! Counts outcomes and derives the exit code.

use crate::exit_code::ExitCode;

/// Counts the outcomes of operands and of files below them.
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

    pub(crate) fn skip_all(&mut self, files: u64) {
        self.skipped += files;
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

    /// The exit code for all outcomes: the code of the failures if everything failed alike, or
    /// [`ExitCode::Mixed`] if failures differ or something succeeded.
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
}
