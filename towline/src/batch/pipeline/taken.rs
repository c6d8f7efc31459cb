//! The files that a pipeline has taken from the queue.

use std::collections::VecDeque;

use crate::batch::job::Job;
use crate::batch::queue::Claim;
use crate::batch::work::Work;

/// So many files that did not go smoothly are done before others are begun.
const SETBACKS: usize = 16;

/// Files that a session has taken and not yet moved: the first is under way, the second may be prepared.
#[derive(Debug)]
pub(super) struct Taken {
    claims: VecDeque<Claim>,
    /// Those that have to be done one command at a time.
    left: Vec<Claim>,
}

impl Taken {
    pub(super) fn new(first: Claim) -> Self {
        Self {
            claims: VecDeque::from([first]),
            left: Vec::new(),
        }
    }

    /// The file under way; takes one if there is none. `None`: nothing more is to begin.
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

    /// The file behind the one under way; takes one if there is none.
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
            // What is cancelled is told of without a word to the server.
            let fits = |job: &Job| fits(job) && !job.cancel().is_cancelled();
            self.claims.extend(work.queue.take_if(fits));
        }
    }

    /// The file under way is done with.
    pub(super) fn done(&mut self) {
        self.claims.pop_front();
    }

    /// The file under way has to be done again.
    pub(super) fn set_back(&mut self) {
        self.left.extend(self.claims.pop_front());
    }

    /// Everything that has been taken has to be done again.
    pub(super) fn set_all_back(&mut self) {
        self.left.extend(self.claims.drain(..));
    }

    /// Whether any file has to be done again.
    pub(super) fn has_setbacks(&self) -> bool {
        !self.left.is_empty()
    }

    /// Has a file done again that is neither under way nor prepared.
    pub(super) fn leave(&mut self, claim: Claim) {
        self.left.push(claim);
    }

    /// The files that have to be done one command at a time.
    pub(super) fn into_left(self) -> Vec<Claim> {
        self.left
    }
}
