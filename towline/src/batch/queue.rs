//! Files that wait to be moved.

use std::sync::{Arc, Mutex, MutexGuard};

use tokio::sync::Notify;

use super::backlog::{Backlog, Waiting};
use super::job::{Destination, Job};
use crate::lock::lock;

/// Files that wait to be moved by any number of sessions. The largest come first, so that no large
/// file is left for the end, when the other sessions have nothing to do; files of the same size
/// come in the order in which they were added. A file of unknown size counts as large.
///
/// Files with the same destination are moved one after the other, in the order in which they were
/// added, whatever their sizes. The last one therefore wins. Destinations are compared by their
/// paths.
///
/// See [`Pool::run`](crate::Pool::run).
#[derive(Debug, Default)]
pub struct Queue {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    backlog: Backlog,
    is_closed: bool,
}

/// A file taken from a queue, with the exclusive use of its destination: the next file for that
/// destination may begin once this claim and its clones are dropped.
#[derive(Clone, Debug)]
pub(crate) struct Claim(Arc<Claimed>);

#[derive(Debug)]
struct Claimed {
    job: Job,
    queue: Arc<Shared>,
    destination: Destination,
}

impl Claim {
    pub(crate) fn job(&self) -> &Job {
        &self.0.job
    }
}

impl Queue {
    /// Creates an empty queue.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file.
    pub fn push(&self, job: Job) {
        let destination = job.destination();
        self.shared.state().backlog.add(job, destination);
        self.shared.changed.notify_waiters();
    }

    /// Puts back a file that was taken and not moved, ahead of the others with its destination.
    pub(crate) fn give_back(&self, claim: Claim) {
        let Claimed {
            job, destination, ..
        } = &*claim.0;
        self.shared
            .state()
            .backlog
            .add_in_front(job.clone(), destination.clone());
        // This lets the file begin.
        drop(claim);
    }

    /// Declares that no more files will be added, so that a run ends once the queue is empty.
    pub fn close(&self) {
        self.shared.state().is_closed = true;
        self.shared.changed.notify_waiters();
    }

    /// Returns how many files are waiting. Files in progress do not count.
    pub fn len(&self) -> usize {
        self.shared.state().backlog.len()
    }

    /// Whether no file is waiting.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Removes and returns all files that are still waiting.
    pub fn clear(&self) -> Vec<Job> {
        let waiting = self.shared.state().backlog.clear();
        self.shared.changed.notify_waiters();
        waiting.into_iter().map(|waiting| waiting.job).collect()
    }

    /// Takes the next file that may begin, if there is one.
    pub(crate) fn take(&self) -> Option<Claim> {
        self.take_if(|_| true)
    }

    /// Takes the next file that may begin, if there is one and it `fits`.
    pub(crate) fn take_if(&self, fits: impl FnOnce(&Job) -> bool) -> Option<Claim> {
        let mut state = self.shared.state();
        state.backlog.next().filter(|next| fits(next))?;
        let next = state.backlog.take();
        drop(state);
        let Waiting {
            job, destination, ..
        } = next?;
        self.shared.changed.notify_waiters();
        Some(Claim(Arc::new(Claimed {
            job,
            queue: Arc::clone(&self.shared),
            destination,
        })))
    }

    /// Waits until at least `least` files may begin (true), or until no file is waiting and the
    /// queue is closed (false). If a closed queue has fewer than `least` files left, waits until
    /// those are gone.
    pub(crate) async fn ready(&self, least: usize) -> bool {
        self.until(|state| match state.backlog.len() {
            0 if state.is_closed => Some(false),
            _ => (state.backlog.ready() >= least).then_some(true),
        })
        .await
    }

    /// Waits until no file is waiting and the queue is closed.
    pub(crate) async fn exhausted(&self) {
        self.until(|state| (state.is_closed && state.backlog.len() == 0).then_some(()))
            .await;
    }

    /// Waits until the next file is cancelled.
    pub(crate) async fn cancelled(&self) {
        loop {
            let mut changed = std::pin::pin!(self.shared.changed.notified());
            changed.as_mut().enable();
            let next = self
                .shared
                .state()
                .backlog
                .next()
                .map(|next| next.cancel().clone());
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
            // Registered before the check, so that no change in between is missed.
            let mut changed = std::pin::pin!(self.shared.changed.notified());
            changed.as_mut().enable();
            if let Some(seen) = look(&self.shared.state()) {
                return seen;
            }
            changed.await;
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

impl Drop for Claimed {
    fn drop(&mut self) {
        let may_begin = self.queue.state().backlog.release(&self.destination);
        if may_begin {
            self.queue.changed.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use towline_proto::path::RemotePath;

    use super::*;
    use crate::cancel::Cancel;
    use crate::transfer::{DownloadOptions, UploadOptions};

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
            .map(|claim| claim.job().remote().to_string())
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

    /// One of several files with the same destination.
    fn same(name: &str, size: u64) -> Job {
        let remote = RemotePath::new(name).unwrap();
        Job::download(remote, "same".into(), DownloadOptions::default()).sized(size)
    }

    fn take(queue: &Queue) -> Option<(String, Claim)> {
        let claim = queue.take()?;
        Some((claim.job().remote().to_string(), claim))
    }

    #[test]
    fn those_with_one_destination_are_given_out_one_at_a_time_and_in_order() {
        let queue = Queue::new();
        for job in [same("a", 1), same("b", 9), same("c", 5), job("d", Some(3))] {
            queue.push(job);
        }
        let (name, d) = take(&queue).unwrap();
        assert_eq!(name, "d");
        let (name, a) = take(&queue).unwrap();
        assert_eq!((name.as_str(), queue.len()), ("a", 2));
        drop(d);
        assert!(queue.take().is_none());
        let clone = a.clone();
        drop(a);
        assert!(queue.take().is_none(), "a clone is under way");
        drop(clone);
        assert_eq!(names(&queue), ["b", "c"]);
        queue.push(same("e", 1));
        assert_eq!(names(&queue), ["e"], "nothing is under way any more");
    }

    #[test]
    fn one_that_is_given_back_comes_ahead_of_those_behind_it() {
        let queue = Queue::new();
        queue.push(same("a", 1));
        queue.push(same("b", 9));
        let (_, a) = take(&queue).unwrap();
        let clone = a.clone();
        queue.give_back(a);
        assert!(queue.take().is_none(), "a clone is under way");
        assert_eq!(queue.len(), 2);
        drop(clone);
        assert_eq!(names(&queue), ["a", "b"]);
        assert!(queue.is_empty());
    }

    #[test]
    fn clears_those_that_are_held_back_too() {
        let queue = Queue::new();
        for job in [same("a", 1), same("b", 2), job("c", None), job("c", None)] {
            queue.push(job);
        }
        let (_, c) = take(&queue).unwrap();
        assert_eq!(queue.clear().len(), 3);
        assert!(queue.is_empty() && queue.take().is_none());
        queue.push(same("d", 1));
        queue.push(job("c", None));
        let (name, d) = take(&queue).unwrap();
        assert_eq!(name, "d", "c is under way");
        drop((c, d));
        assert_eq!(names(&queue), ["c"]);
    }

    #[test]
    fn a_destination_is_a_path_at_one_of_the_ends() {
        let queue = Queue::new();
        queue.push(job("a", None));
        let upload = |local: &str, remote: &str| {
            let remote = RemotePath::new(remote).unwrap();
            Job::upload(local.into(), remote, UploadOptions::default())
        };
        let here = std::env::current_dir().unwrap();
        let (same, other) = (here.join("./a"), "a/../a".into());
        for local in [same, other] {
            let remote = RemotePath::new("b").unwrap();
            queue.push(Job::download(remote, local, DownloadOptions::default()));
        }
        queue.push(upload("c", "a"));
        queue.push(upload("d", "a"));
        let taken: Vec<_> = std::iter::from_fn(|| queue.take()).collect();
        assert_eq!((taken.len(), queue.len()), (3, 2));
    }

    #[tokio::test]
    async fn wakes_whoever_waits_for_a_destination() {
        let queue = Arc::new(Queue::new());
        queue.push(same("a", 1));
        queue.push(same("b", 1));
        queue.close();
        let (_, a) = take(&queue).unwrap();
        let waiting = {
            let queue = Arc::clone(&queue);
            tokio::spawn(async move { queue.ready(1).await })
        };
        tokio::task::yield_now().await;
        assert!(
            !waiting.is_finished(),
            "it is neither over nor can it begin"
        );
        drop(a);
        assert!(waiting.await.unwrap());
        assert_eq!(names(&queue), ["b"]);
        queue.exhausted().await;
    }

    #[tokio::test]
    async fn watches_the_file_that_is_next_by_now() {
        let queue = Arc::new(Queue::new());
        let cancel = Cancel::new();
        queue.push(job("a", Some(2)));
        let options = DownloadOptions::default().cancel(&cancel);
        let remote = RemotePath::new("b").unwrap();
        queue.push(Job::download(remote, "b".into(), options).sized(1));
        let watching = {
            let queue = Arc::clone(&queue);
            tokio::spawn(async move { queue.cancelled().await })
        };
        tokio::task::yield_now().await;
        let _a = queue.take();
        cancel.cancel();
        watching.await.unwrap();
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
