//! When a walk over many paths gives a server up.

use crate::error::{Error, ErrorKind};

/// So many paths in a row may fail with the connection.
const MOST_LOSSES: u32 = 3;

/// Tells errors that concern one path from those that every further one would meet.
#[derive(Debug, Default)]
pub(super) struct Patience {
    losses: u32,
}

impl Patience {
    /// The server has answered.
    pub(super) fn restore(&mut self) {
        self.losses = 0;
    }

    /// Whether it makes no sense to go on after `error`.
    pub(super) fn ends_with(&mut self, error: &Error) -> bool {
        if error.is_lost() {
            self.losses += 1;
            return self.losses >= MOST_LOSSES;
        }
        self.restore();
        matches!(
            error.kind(),
            ErrorKind::LoginRefused
                | ErrorKind::Certificate
                | ErrorKind::Tls
                | ErrorKind::SessionReuseRefused
                | ErrorKind::Cancelled
        )
    }
}
