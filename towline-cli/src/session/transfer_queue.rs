//! Files to move: queued by a command, moved by a pool of sessions, and handed back one by one.

use std::collections::BTreeSet;
use std::panic::resume_unwind;
use std::sync::Arc;

use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::task::JoinHandle;
use towline::{Job, JobResult, Pool, Queue, RemotePath};

use crate::operand::server::Server;

/// So many files may wait; a walk that finds more waits itself.
const MOST_WAITING: usize = 10_000;

/// The files on their way to or from one server.
#[derive(Debug)]
pub(crate) struct TransferQueue {
    server: Server,
    queue: Arc<Queue>,
    done: UnboundedReceiver<JobResult>,
    run: JoinHandle<()>,
    /// Files that were named on the command line, as opposed to what was found below a directory.
    operands: BTreeSet<RemotePath>,
}

impl TransferQueue {
    /// Begins to move what will be queued.
    pub(crate) fn new(server: Server, pool: &Pool) -> Self {
        let queue = Arc::new(Queue::new());
        let (sender, done) = mpsc::unbounded_channel();
        let run = {
            let (pool, queue) = (pool.clone(), Arc::clone(&queue));
            // Nobody is there to be told of only when the command is over.
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

    /// The server that files go to or come from.
    pub(crate) fn server(&self) -> &Server {
        &self.server
    }

    pub(crate) fn push(&mut self, job: Job, is_operand: bool) {
        if is_operand {
            self.operands.insert(job.remote().clone());
        }
        self.queue.push(job);
    }

    /// Whether `path` was named on the command line.
    pub(crate) fn is_operand(&self, path: &RemotePath) -> bool {
        self.operands.contains(path)
    }

    /// Whether no more should be queued for now.
    pub(crate) fn is_full(&self) -> bool {
        self.queue.len() >= MOST_WAITING
    }

    /// Takes out what is not being moved yet.
    pub(crate) fn clear(&self) -> Vec<Job> {
        self.queue.clear()
    }

    /// No more will come.
    pub(crate) fn close(&self) {
        self.queue.close();
    }

    /// The next file that is done with; `None` when all are, after [`Self::close`].
    pub(crate) async fn next(&mut self) -> Option<JobResult> {
        self.done.recv().await
    }

    /// Waits for the end, behind the last of [`Self::next`]. What has made it panic goes on here: files may
    /// be missing.
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
