//! What a session needs to work on a queue.

use super::landing::{Landing, Report};
use super::queue::{Claim, Queue};
use crate::error::Error;

/// The queue that a session takes files from, and where it reports their results.
pub(crate) struct Work<'a> {
    pub(crate) queue: &'a Queue,
    pub(crate) landing: &'a Landing,
    pub(crate) report: &'a Report,
    /// Whether another caller waits for the session.
    pub(crate) is_wanted: &'a (dyn Fn() -> bool + Send + Sync),
}

/// Why a session no longer takes files from a queue.
#[derive(Debug)]
pub(crate) enum Stopped {
    /// The queue has no more files.
    Empty,
    /// Another caller waits for the session.
    Wanted,
    /// The server has no room for the session. Another session may do `claim`, which failed with
    /// `error`, and `left`, none of which has begun.
    NoRoom {
        claim: Claim,
        error: Error,
        left: Vec<Claim>,
    },
}
