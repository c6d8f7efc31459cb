//! The files that a pipeline has taken from the queue.

use std::collections::VecDeque;

use crate::batch::job::Job;
use crate::batch::queue::Claim;
use crate::batch::work::Work;

/// The number of setbacks after which the pipeline begins no further files.
const SETBACKS: usize = 16;

/// The files that a session has taken and not yet moved: the first is in progress, the second may
/// be prepared.
#[derive(Debug)]
pub(super) struct Taken {
    claims: VecDeque<Claim>,
    /// The files that must be moved one command at a time.
    left: Vec<Claim>,
}

impl Taken {
    pub(super) fn new(first: Claim) -> Self {
        Self {
            claims: VecDeque::from([first]),
            left: Vec::new(),
        }
    }

    /// Returns the current file; takes one if there is none. Returns `None` if no more may begin.
    pub(super) fn current(
        &mut self,
        work: &Work<'_>,
        fits: impl Fn(&Job) -> bool,
    ) -> Option<Claim> {
        if self.claims.is_empty() {
            self.take_next(work, fits);
        }
        self.claims.front().cloned()
    }

    /// Returns the next file; takes one if there is none.
    pub(super) fn following(
        &mut self,
        work: &Work<'_>,
        fits: impl Fn(&Job) -> bool,
    ) -> Option<Claim> {
        if self.claims.len() < 2 {
            self.take_next(work, fits);
        }
        self.claims.get(1).cloned()
    }

    fn take_next(&mut self, work: &Work<'_>, fits: impl Fn(&Job) -> bool) {
        if self.left.len() < SETBACKS && !(work.is_wanted)() {
            // A cancelled file is reported without sending anything to the server.
            let fits = |job: &Job| fits(job) && !job.cancel().is_cancelled();
            self.claims.extend(work.queue.take_if(fits));
        }
    }

    /// Removes the current file, which is finished.
    pub(super) fn done(&mut self) {
        self.claims.pop_front();
    }

    /// Marks the current file to be moved again.
    pub(super) fn set_back(&mut self) {
        self.left.extend(self.claims.pop_front());
    }

    /// Marks every file that has been taken to be moved again.
    pub(super) fn set_all_back(&mut self) {
        self.left.extend(self.claims.drain(..));
    }

    /// Whether any file must be moved again.
    pub(super) fn has_setbacks(&self) -> bool {
        !self.left.is_empty()
    }

    /// Adds a file to be moved again that is neither in progress nor prepared.
    pub(super) fn leave(&mut self, claim: Claim) {
        self.left.push(claim);
    }

    /// Returns the files that must be moved one command at a time.
    pub(super) fn into_left(self) -> Vec<Claim> {
        self.left
    }
}
