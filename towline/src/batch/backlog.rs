//! Files that wait: which one is next, and which ones wait for another with their destination.

use std::cmp::{Ordering, Reverse};
use std::collections::{BinaryHeap, HashMap, VecDeque};

use super::job::{Destination, Job};

/// Files that wait, the largest first.
#[derive(Debug, Default)]
pub(super) struct Backlog {
    /// Files that may begin: at most one for each destination.
    ready: BinaryHeap<Waiting>,
    /// Files that wait for another one with their destination, in order. Contains an entry for the
    /// destination of each file that is ready or in progress.
    behind: HashMap<Destination, VecDeque<Waiting>>,
    /// The number of files in `behind`.
    held_back: usize,
    pushed: u64,
}

#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) job: Job,
    pub(super) destination: Destination,
    number: u64,
}

impl Backlog {
    /// Returns how many files wait.
    pub(super) fn len(&self) -> usize {
        self.ready.len() + self.held_back
    }

    /// Returns how many files may begin.
    pub(super) fn ready(&self) -> usize {
        self.ready.len()
    }

    /// Adds a file.
    pub(super) fn add(&mut self, job: Job, destination: Destination) {
        let waiting = self.numbered(job, destination);
        match self.behind.get_mut(&waiting.destination) {
            Some(behind) => {
                behind.push_back(waiting);
                self.held_back += 1;
            }
            None => self.begin(waiting),
        }
    }

    /// Adds a file that is itself still in progress.
    pub(super) fn add_in_front(&mut self, job: Job, destination: Destination) {
        let waiting = self.numbered(job, destination.clone());
        self.behind
            .entry(destination)
            .or_default()
            .push_front(waiting);
        self.held_back += 1;
    }

    fn numbered(&mut self, job: Job, destination: Destination) -> Waiting {
        let number = self.pushed;
        self.pushed += 1;
        Waiting {
            job,
            destination,
            number,
        }
    }

    fn begin(&mut self, waiting: Waiting) {
        self.behind.entry(waiting.destination.clone()).or_default();
        self.ready.push(waiting);
    }

    /// Records that the transfer to `destination` has ended. Returns whether another file may begin
    /// now.
    pub(super) fn release(&mut self, destination: &Destination) -> bool {
        let behind = self.behind.get_mut(destination);
        match behind.and_then(VecDeque::pop_front) {
            Some(next) => {
                self.held_back -= 1;
                self.ready.push(next);
                true
            }
            None => {
                self.behind.remove(destination);
                false
            }
        }
    }

    /// Returns the next file that may begin.
    pub(super) fn next(&self) -> Option<&Job> {
        self.ready.peek().map(|next| &next.job)
    }

    /// Takes the next file that may begin. Its destination stays in use until it is
    /// [released](Self::release).
    pub(super) fn take(&mut self) -> Option<Waiting> {
        self.ready.pop()
    }

    /// Removes and returns all files.
    pub(super) fn clear(&mut self) -> Vec<Waiting> {
        let mut cleared: Vec<_> = self.ready.drain().collect();
        for n in 0..cleared.len() {
            let behind = self.behind.remove(&cleared[n].destination);
            cleared.extend(behind.into_iter().flatten());
        }
        // These wait for a file in progress.
        for behind in self.behind.values_mut() {
            cleared.extend(behind.drain(..));
        }
        self.held_back = 0;
        cleared
    }
}

impl Waiting {
    fn rank(&self) -> (u64, Reverse<u64>) {
        let size = self.job.size().unwrap_or(u64::MAX);
        (size, Reverse(self.number))
    }
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> Ordering {
        self.rank().cmp(&other.rank())
    }
}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.rank() == other.rank()
    }
}

impl Eq for Waiting {}
