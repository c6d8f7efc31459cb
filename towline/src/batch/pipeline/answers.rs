//! The results of the files of a pipeline.

use tokio::time::Instant;

use crate::data::OpenError;
use crate::error::Error;
use crate::transfer::{Outcome, Transferred};

/// A failure while more than one command was pending.
#[derive(Debug)]
pub(super) struct Surprise {
    pub(super) error: Error,
    /// Whether our direction of the data connection was closed early.
    pub(super) closed_early: bool,
}

impl From<Error> for Surprise {
    fn from(error: Error) -> Self {
        Self {
            error,
            closed_early: false,
        }
    }
}

impl From<OpenError> for Surprise {
    fn from(error: OpenError) -> Self {
        Self::from(Error::from(error))
    }
}

/// Returns the result of a complete file that moved since `began`.
pub(super) fn moved(bytes: u64, outcome: Outcome, began: Instant) -> Transferred {
    Transferred {
        bytes,
        resumed_at: None,
        outcome,
        digest: None,
        elapsed: began.elapsed(),
    }
}
