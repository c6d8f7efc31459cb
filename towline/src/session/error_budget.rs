//! When an operation over many paths stops trying a server.

use crate::error::{Error, ErrorKind, Outlook};

/// The number of paths in a row that may fail with a lost connection.
const MOST_LOSSES: u32 = 3;

/// Tells errors that concern one path from errors that every further path would meet.
#[derive(Debug, Default)]
pub(super) struct ErrorBudget {
    losses: u32,
}

impl ErrorBudget {
    /// Records that the server has answered.
    pub(super) fn restore(&mut self) {
        self.losses = 0;
    }

    /// Returns whether it is pointless to continue after `error`.
    pub(super) fn ends_with(&mut self, error: &Error) -> bool {
        if error.outlook() == Outlook::Hopeless {
            return true;
        }
        if error.is_lost() {
            self.losses += 1;
            return self.losses >= MOST_LOSSES;
        }
        self.restore();
        matches!(error.kind(), ErrorKind::Tls | ErrorKind::Cancelled)
    }
}
