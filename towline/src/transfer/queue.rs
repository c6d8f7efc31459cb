//! Files that wait to be moved.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::Job;

/// Files that wait to be moved, by however many sessions take from it: the largest first, so that no large
/// one is left for the end, when the other sessions have nothing to do any more; of equal ones the one that
/// came first. A file whose size is not known counts as a large one.
///
/// See [`Pool::run`](crate::Pool::run).
#[derive(Debug, Default)]
pub struct Queue {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    waiting: BinaryHeap<Waiting>,
    pushed: u64,
    is_closed: bool,
}

#[derive(Debug)]
struct Waiting {
    job: Job,
    number: u64,
}

impl Queue {
    /// An empty queue.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file.
    pub fn push(&self, job: Job) {
        let mut state = self.state();
        let number = state.pushed;
        state.pushed += 1;
        state.waiting.push(Waiting { job, number });
        drop(state);
        self.changed.notify_waiters();
    }

    /// Says that no more will be added, so that whoever works on it ends once it is empty.
    pub fn close(&self) {
        self.state().is_closed = true;
        self.changed.notify_waiters();
    }

    /// How many files are waiting. Those that are being moved do not count.
    pub fn len(&self) -> usize {
        self.state().waiting.len()
    }

    /// Whether no file is waiting.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes out all files that are still waiting.
    pub fn clear(&self) -> Vec<Job> {
        let waiting = std::mem::take(&mut self.state().waiting);
        self.changed.notify_waiters();
        waiting.into_iter().map(|waiting| waiting.job).collect()
    }

    /// The next file, if there is one.
    pub(crate) fn take(&self) -> Option<Job> {
        self.take_if(|_| true)
    }

    /// The next file, if there is one and it `fits`.
    pub(crate) fn take_if(&self, fits: impl FnOnce(&Job) -> bool) -> Option<Job> {
        let mut state = self.state();
        state.waiting.peek().filter(|next| fits(&next.job))?;
        let next = state.waiting.pop().map(|next| next.job);
        if state.waiting.is_empty() {
            self.changed.notify_waiters();
        }
        next
    }

    /// Waits until at least `least` files are waiting (true), or until there are none and none will come
    /// any more (false). What is left in a closed queue is fewer than `least` for good: that too is waited
    /// out.
    pub(crate) async fn ready(&self, least: usize) -> bool {
        self.until(|state| match state.waiting.len() {
            0 if state.is_closed => Some(false),
            waiting => (waiting >= least).then_some(true),
        })
        .await
    }

    /// Waits until no file is waiting and none will come any more.
    pub(crate) async fn exhausted(&self) {
        self.until(|state| (state.is_closed && state.waiting.is_empty()).then_some(()))
            .await;
    }

    /// Waits until the next file is one that has been cancelled.
    pub(crate) async fn cancelled(&self) {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            let next = self
                .state()
                .waiting
                .peek()
                .map(|next| next.job.cancel().clone());
            let cancelled = async {
                match next {
                    Some(cancel) => cancel.cancelled().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = cancelled => return,
                () = changed => {}
            }
        }
    }

    async fn until<T>(&self, look: impl Fn(&State) -> Option<T>) -> T {
        loop {
            // Before the look, so that no change in between is missed.
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            if let Some(seen) = look(&self.state()) {
                return seen;
            }
            changed.await;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn rank(&self) -> (u64, std::cmp::Reverse<u64>) {
        let size = self.job.size().unwrap_or(u64::MAX);
        (size, std::cmp::Reverse(self.number))
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use towline_proto::path::RemotePath;

    use super::*;
    use crate::transfer::DownloadOptions;

    fn job(name: &str, size: Option<u64>) -> Job {
        let remote = RemotePath::new(name).unwrap();
        let job = Job::download(remote, name.into(), DownloadOptions::default());
        match size {
            Some(size) => job.sized(size),
            None => job,
        }
    }

    fn names(queue: &Queue) -> Vec<String> {
        std::iter::from_fn(|| queue.take())
            .map(|job| job.remote().to_string())
            .collect()
    }

    #[test]
    fn gives_out_the_largest_first_and_equal_ones_in_order() {
        let queue = Queue::new();
        for (name, size) in [
            ("a", Some(1)),
            ("b", Some(9)),
            ("c", Some(1)),
            ("d", None),
            ("e", Some(9)),
        ] {
            queue.push(job(name, size));
        }
        assert_eq!(names(&queue), ["d", "b", "e", "a", "c"]);
    }

    #[test]
    fn what_does_not_fit_stays() {
        let queue = Queue::new();
        queue.push(job("a", Some(9)));
        assert!(queue.take_if(|job| job.size() < Some(5)).is_none());
        assert_eq!(queue.clear().len(), 1);
        assert!(queue.is_empty());
    }

    #[tokio::test]
    async fn wakes_whoever_waits_for_files_or_for_the_end() {
        let queue = Arc::new(Queue::new());
        let waiting = |least| {
            let queue = Arc::clone(&queue);
            tokio::spawn(async move { queue.ready(least).await })
        };
        let (one, two, end) = (waiting(1), waiting(2), {
            let queue = Arc::clone(&queue);
            tokio::spawn(async move { queue.exhausted().await })
        });
        queue.push(job("a", None));
        assert!(one.await.unwrap());
        queue.push(job("b", None));
        assert!(two.await.unwrap());
        let three = waiting(3);
        queue.close();
        assert_eq!(names(&queue), ["a", "b"]);
        assert!(!three.await.unwrap());
        end.await.unwrap();
    }
}
