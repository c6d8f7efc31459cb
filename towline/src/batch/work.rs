//! What a session at work on a queue has to do with.

use super::landing::{Landing, Report};
use super::queue::{Claim, Queue};
use crate::error::Error;

/// What a session at work takes files from, and who is told what became of them.
pub(crate) struct Work<'a> {
    pub(crate) queue: &'a Queue,
    pub(crate) landing: &'a Landing,
    pub(crate) report: &'a Report,
    /// Whether somebody else waits for the session.
    pub(crate) is_wanted: &'a (dyn Fn() -> bool + Send + Sync),
}

/// Why a session no longer takes files from a queue.
#[derive(Debug)]
pub(crate) enum Stopped {
    /// There are none.
    Empty,
    /// Somebody else waits for the session.
    Wanted,
    /// The server has no room for it. Another session may do `claim`, which failed with `error`, and
    /// `left`, none of which has begun.
    NoRoom {
        claim: Claim,
        error: Error,
        left: Vec<Claim>,
    },
}
