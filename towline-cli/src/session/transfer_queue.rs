//! The queue of transfers with one server, which a pool of sessions works on.

use std::collections::BTreeSet;
use std::panic::resume_unwind;
use std::sync::Arc;

use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::task::JoinHandle;
use towline::{Job, JobResult, Pool, Queue, RemotePath};

use crate::operand::server::Server;

/// The most waiting transfers. A walk that finds more files waits.
const MOST_WAITING: usize = 10_000;

/// Queued and running transfers.
#[derive(Debug)]
pub(crate) struct TransferQueue {
    server: Server,
    queue: Arc<Queue>,
    done: UnboundedReceiver<JobResult>,
    run: JoinHandle<()>,
    /// Files from the command line, as opposed to files found in a directory.
    operands: BTreeSet<RemotePath>,
}

impl TransferQueue {
    /// Starts to work on what will be queued.
    pub(crate) fn new(server: Server, pool: &Pool) -> Self {
        let queue = Arc::new(Queue::new());
        let (sender, done) = mpsc::unbounded_channel();
        let run = {
            let (pool, queue) = (pool.clone(), Arc::clone(&queue));
            // Sending fails only when the command is over.
            let report = move |done| drop(sender.send(done));
            tokio::spawn(async move { pool.run(&queue, report).await })
        };
        Self {
            server,
            queue,
            done,
            run,
            operands: BTreeSet::new(),
        }
    }

    /// The server of the transfers.
    pub(crate) fn server(&self) -> &Server {
        &self.server
    }

    pub(crate) fn push(&mut self, job: Job, is_operand: bool) {
        if is_operand {
            self.operands.insert(job.remote().clone());
        }
        self.queue.push(job);
    }

    /// Whether `path` is from the command line.
    pub(crate) fn is_operand(&self, path: &RemotePath) -> bool {
        self.operands.contains(path)
    }

    /// Whether the queue is full.
    pub(crate) fn is_full(&self) -> bool {
        self.queue.len() >= MOST_WAITING
    }

    /// Takes out the transfers that have not started.
    pub(crate) fn clear(&self) -> Vec<Job> {
        self.queue.clear()
    }

    /// Closes the queue: nothing more will be queued.
    pub(crate) fn close(&self) {
        self.queue.close();
    }

    /// Waits for the end of a transfer. Returns `None` after the last one, if the queue is closed.
    pub(crate) async fn next(&mut self) -> Option<JobResult> {
        self.done.recv().await
    }

    /// Waits for the pool, after the last of [`Self::next`]. Resumes a panic, because files may be
    /// missing.
    pub(crate) async fn end(mut self) {
        if let Err(failed) = (&mut self.run).await
            && let Ok(panic) = failed.try_into_panic()
        {
            resume_unwind(panic);
        }
    }
}

impl Drop for TransferQueue {
    fn drop(&mut self) {
        self.run.abort();
    }
}
