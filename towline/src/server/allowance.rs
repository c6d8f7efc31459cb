//! Whether a server still supports more than one command at a time.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{Error, ErrorKind};

/// The pipelining that is still allowed with one server after unexpected failures.
#[derive(Debug, Default)]
pub(crate) struct Allowance {
    /// A connection was lost while commands were queued. A single loss may have any cause.
    had_loss: AtomicBool,
    is_one_by_one: AtomicBool,
    closes_late: AtomicBool,
}

impl Allowance {
    /// Whether more than one command may be outstanding.
    pub(crate) fn allows_queueing(&self) -> bool {
        !self.is_one_by_one.load(Ordering::Relaxed)
    }

    /// Whether the client may end its direction of a download before the data has arrived.
    pub(crate) fn allows_early_close(&self) -> bool {
        self.allows_queueing() && !self.closes_late.load(Ordering::Relaxed)
    }

    /// Records that an early end of the client's direction may have done harm.
    pub(crate) fn learned_to_close_late(&self) {
        self.closes_late.store(true, Ordering::Relaxed);
    }

    /// Records `error`, which occurred while more than one command was outstanding. Returns whether
    /// more than one command is still allowed.
    pub(crate) fn learned_of_surprise(&self, error: &Error, closed_early: bool) -> bool {
        if closed_early {
            self.learned_to_close_late();
        }
        let is_forgiven = match error.kind() {
            // Networks fail and servers end sessions; the commands need not be the cause.
            ErrorKind::Network | ErrorKind::Unavailable => {
                !self.had_loss.swap(true, Ordering::Relaxed)
            }
            _ => false,
        };
        if !is_forgiven {
            self.is_one_by_one.store(true, Ordering::Relaxed);
        }
        self.allows_queueing()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorDetail;

    #[test]
    fn a_surprise_ends_it_and_so_does_a_second_loss() {
        let loss = || Error::new(ErrorKind::Network, "reset");
        let allowance = Allowance::default();
        assert!(allowance.learned_of_surprise(&loss(), true));
        assert!(allowance.allows_queueing() && !allowance.allows_early_close());
        assert!(!allowance.learned_of_surprise(&loss(), false));
        assert!(!allowance.allows_queueing() && !allowance.allows_early_close());

        let allowance = Allowance::default();
        assert!(!allowance.learned_of_surprise(
            &Error::timeout(ErrorDetail::ReplyTimedOut, "silence"),
            false
        ));
        let allowance = Allowance::default();
        let farewell = Error::new(ErrorKind::Unavailable, "421");
        assert!(allowance.learned_of_surprise(&farewell, false));
        assert!(!allowance.learned_of_surprise(&farewell, false));
    }
}
