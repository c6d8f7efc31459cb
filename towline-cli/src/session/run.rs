//! Runs the operations of a command, and its transfers at the same time.

use std::path::Path;
use std::pin::pin;
use std::sync::Arc;

use towline::{
    Cancel, ErrorDetail, Job, JobResult, Pool, PooledSession, RemotePath, Session, Transferred,
};

use crate::error::{Error, escape_path};
use crate::exit_code::ExitCode;
use crate::operand::server::Server;
use crate::output::outcomes::Outcomes;
use crate::output::printer::Printer;
use crate::session::full_disks::FullDisks;
use crate::session::interrupt::Interrupt;
use crate::session::server_health::ServerHealth;
use crate::session::server_pool::ServerPool;
use crate::session::transfer_queue::TransferQueue;

/// The run of a command.
#[derive(Debug)]
pub(crate) struct Run {
    printer: Arc<Printer>,
    interrupt: Interrupt,
    outcomes: Outcomes,
    pool: ServerPool,
    health: ServerHealth,
    /// Transfers with one server.
    transfers: Option<TransferQueue>,
    refused: Vec<RefusedDownload>,
    full_disks: FullDisks,
    /// Files found in directories that were not attempted because a disk is full.
    unattempted: u64,
}

/// An operand whose download the server refused, perhaps because it is a directory.
#[derive(Debug)]
pub(crate) struct RefusedDownload {
    pub(crate) server: Server,
    pub(crate) path: RemotePath,
    pub(crate) refusal: Error,
}

impl Run {
    pub(crate) fn new(printer: Arc<Printer>, interrupt: Interrupt) -> Self {
        Self {
            outcomes: Outcomes::new(Arc::clone(&printer)),
            printer,
            interrupt,
            pool: ServerPool::default(),
            health: ServerHealth::default(),
            transfers: None,
            refused: Vec::new(),
            full_disks: FullDisks::default(),
            unattempted: 0,
        }
    }

    /// Shortens the listings of all sessions from now on: without owners and permissions.
    pub(crate) fn list_briefly(&mut self) {
        self.pool.brief_listings = true;
    }

    pub(crate) fn printer(&self) -> &Arc<Printer> {
        &self.printer
    }

    /// The outcomes so far.
    pub(crate) fn outcomes(&mut self) -> &mut Outcomes {
        &mut self.outcomes
    }

    /// Ends transfers cleanly when the user interrupts the command.
    pub(crate) fn cancel(&self) -> &Cancel {
        self.interrupt.cancel()
    }

    /// Runs an operation on `path` in a session with `server`. Opens the session if necessary, and
    /// keeps it for the next operation. Drops the operation if the user interrupts the command.
    ///
    /// # Errors
    /// [`Error::Connect`] if no session can be opened; [`Error::NotAttempted`] if the server was
    /// given up; [`Error::Interrupted`]; otherwise what `operation` fails with.
    pub(crate) async fn on<T, E: Into<Error>>(
        &mut self,
        server: &Server,
        path: &RemotePath,
        operation: impl AsyncFnOnce(&mut Session) -> Result<T, E>,
    ) -> Result<T, Error> {
        let interrupt = self.interrupt.clone();
        let guarded = async |session: &mut Session| interrupt.guard(operation(session)).await;
        self.until_done(server, path, guarded).await
    }

    /// As [`Self::on`], for an operation that ends cleanly by itself if the user interrupts the
    /// command.
    ///
    /// # Errors
    /// As [`Self::on`].
    pub(crate) async fn until_done<T, E: Into<Error>>(
        &mut self,
        server: &Server,
        path: &RemotePath,
        operation: impl AsyncFnOnce(&mut Session) -> Result<T, E>,
    ) -> Result<T, Error> {
        let outcome = match self.session(server, path).await {
            Ok(mut session) => {
                let outcome = self.meanwhile(Box::pin(operation(&mut session))).await?;
                outcome.map_err(Into::into)
            }
            Err(error) => Err(error),
        };
        self.health.record(server, &outcome);
        outcome
    }

    /// The pool of sessions with `server`, in which one is open.
    ///
    /// # Errors
    /// [`Error::Connect`], [`Error::NotAttempted`] or [`Error::Interrupted`].
    pub(crate) async fn pool(&mut self, server: &Server, path: &RemotePath) -> Result<Pool, Error> {
        drop(self.session(server, path).await?);
        let pool = self.pool.of(server);
        pool.cloned().ok_or(Error::Interrupted)
    }

    /// Completes when the user wants to stop the command.
    pub(crate) fn interrupt(&self) -> &Interrupt {
        &self.interrupt
    }

    /// Whether `server` was given up, so that operations on it are no longer attempted.
    pub(crate) fn has_given_up(&self, server: &Server) -> bool {
        self.health.has_given_up(server)
    }

    /// Whether `local` would be on a disk that is full, so that nothing more is downloaded to it.
    pub(crate) fn is_full(&self, local: &Path) -> bool {
        self.full_disks.hold(local)
    }

    /// Whether there are transfers with another server.
    pub(crate) fn has_transfers_elsewhere(&self, server: &Server) -> bool {
        let queue = self.transfers.as_ref();
        queue.is_some_and(|queue| queue.server() != server)
    }

    /// Queues a transfer, which ends before [`Self::finish_transfers`] returns. `is_operand` tells
    /// files on the command line from files found in a directory.
    ///
    /// # Errors
    /// [`Error::Connect`], [`Error::NotAttempted`] or [`Error::Interrupted`]; a failure of an
    /// earlier transfer, if it ends the command.
    pub(crate) async fn queue(
        &mut self,
        server: &Server,
        job: Job,
        is_operand: bool,
    ) -> Result<(), Error> {
        if self.has_transfers_elsewhere(server) {
            self.finish_transfers().await?;
        }
        if self.transfers.is_none() {
            // A failing login is reported once, before anything is queued.
            drop(self.session(server, job.remote()).await?);
        }
        if self.has_given_up(server) {
            return Err(self.health.not_attempted(server, job.remote()));
        }
        if !job.is_upload() && self.is_full(job.local()) {
            return self.leave_out(&job, is_operand);
        }
        if let (None, Some(pool)) = (&self.transfers, self.pool.of(server)) {
            self.transfers = Some(TransferQueue::new(server.clone(), pool));
        }
        if let Some(queue) = &mut self.transfers {
            self.printer.progress().expect(job.remote(), job.size());
            queue.push(job, is_operand);
        }
        while self.transfers.as_ref().is_some_and(TransferQueue::is_full) {
            match next_done(&mut self.transfers).await {
                Some(done) => self.conclude(done)?,
                None => break,
            }
        }
        Ok(())
    }

    /// Waits for all queued transfers, and reports them except those that [`Self::take_refused`]
    /// returns.
    ///
    /// # Errors
    /// The first failure that ends the command.
    pub(crate) async fn finish_transfers(&mut self) -> Result<(), Error> {
        if let Some(queue) = &self.transfers {
            self.printer.progress().no_more();
            queue.close();
        }
        let mut ended = Ok(());
        while let Some(done) = next_done(&mut self.transfers).await {
            match (self.conclude(done), &ended) {
                (Ok(()), _) => {}
                (Err(error), Ok(())) => ended = Err(error),
                // Each running or waiting transfer fails in this way.
                (Err(error), Err(_)) if error.is_plain_interruption() => {}
                (Err(error), Err(_)) => self.outcomes.report(&error),
            }
        }
        if let Some(queue) = self.transfers.take() {
            queue.end().await;
        }
        let unattempted = std::mem::take(&mut self.unattempted);
        self.leave_out_for_disk(unattempted);
        ended
    }

    /// Says how many files were not attempted because a disk is full.
    pub(crate) fn leave_out_for_disk(&self, files: u64) {
        let text = match files {
            0 => return,
            1 => "one more file was not attempted, because the disk is full".to_owned(),
            files => format!("{files} more files were not attempted, because the disk is full"),
        };
        self.printer.warning(&text);
    }

    /// Takes the operands whose downloads were refused. The caller must report them.
    pub(crate) fn take_refused(&mut self) -> Vec<RefusedDownload> {
        std::mem::take(&mut self.refused)
    }

    /// Ends the sessions, reports the error that ended the command, and prints the summary.
    pub(crate) async fn finish(
        mut self,
        command: &'static str,
        outcome: Result<(), Error>,
    ) -> ExitCode {
        // There are transfers only if the command ended early.
        self.transfers = None;
        let quit = async {
            self.pool.quit().await;
            Ok::<_, Error>(())
        };
        // An interrupted command does not wait for the server.
        let _ = self.interrupt.guard(quit).await;
        self.outcomes.finish(command, outcome)
    }

    /// Takes a session with `server`. If the first one cannot be opened, the server is given up.
    async fn session(
        &mut self,
        server: &Server,
        path: &RemotePath,
    ) -> Result<PooledSession, Error> {
        if self.has_given_up(server) {
            return Err(self.health.not_attempted(server, path));
        }
        self.outcomes.are_about(server);
        let interrupt = self.interrupt.clone();
        if let Some(pool) = self.pool.of(server) {
            let pool = pool.clone();
            let session = Box::pin(pool.session());
            return self.meanwhile(interrupt.guard(session)).await?;
        }
        let opening = Box::pin(self.pool.open(server, &self.printer));
        let opened = interrupt.guard(opening).await;
        let opened = opened.map_err(Error::while_connecting);
        if let Err(error) = &opened
            && !error.ends_the_run()
        {
            self.health.give_up(server, error.exit_code());
        }
        opened
    }

    /// Runs `work`, and reports transfers that end meanwhile.
    async fn meanwhile<T>(&mut self, work: impl Future<Output = T>) -> Result<T, Error> {
        let mut work = pin!(work);
        loop {
            tokio::select! {
                biased;
                done = work.as_mut() => return Ok(done),
                Some(done) = next_done(&mut self.transfers) => self.conclude(done)?,
            }
        }
    }

    /// Reports the end of a transfer.
    fn conclude(&mut self, done: JobResult) -> Result<(), Error> {
        let JobResult { job, outcome } = done;
        let outcome = outcome.map_err(Error::from);
        self.printer.progress().end(job.remote(), job.size());
        let Some(queue) = &self.transfers else {
            return Ok(());
        };
        let server = queue.server().clone();
        self.health.record(&server, &outcome);
        let is_full = is_disk_full(&outcome) && !job.is_upload();
        let reported = self.report_end(&server, &job, outcome);
        // What is not attempted comes after the failure that is the reason.
        if self.has_given_up(&server) {
            self.abandon(&server);
        }
        if is_full {
            self.stop_for_disk(job.local())?;
        }
        reported
    }

    /// Reports the outcome of a transfer.
    fn report_end(
        &mut self,
        server: &Server,
        job: &Job,
        outcome: Result<Transferred, Error>,
    ) -> Result<(), Error> {
        let error = match outcome {
            Ok(transferred) => {
                let local = job.local().to_string_lossy();
                self.outcomes
                    .moved(job.remote(), &local, job.direction(), &transferred);
                return Ok(());
            }
            Err(error) if exists_already(&error, job, server) => {
                let is_operand = self
                    .transfers
                    .as_ref()
                    .is_some_and(|queue| queue.is_operand(job.remote()));
                let name = match job.is_upload() {
                    true => job.remote().to_string(),
                    false => escape_path(job.local()),
                };
                self.outcomes.leave_existing(&name, is_operand);
                // The target may have appeared during the transfer.
                if let Error::Session(error) = &error {
                    for remains in error.remains() {
                        self.printer.warning(&format!("{name}: {remains}"));
                    }
                }
                return Ok(());
            }
            Err(error) => error,
        };
        if let Some(queue) = &self.transfers {
            if error.ends_the_run() {
                queue.clear();
            } else if error.is_refusal() && !job.is_upload() && queue.is_operand(job.remote()) {
                self.refused.push(RefusedDownload {
                    server: server.clone(),
                    path: job.remote().clone(),
                    refusal: error,
                });
                return Ok(());
            }
        }
        self.outcomes.fail(error)
    }

    /// Takes downloads to the full disk of `local` out of the queue.
    fn stop_for_disk(&mut self, local: &Path) -> Result<(), Error> {
        self.full_disks.add(local);
        let Some(queue) = &mut self.transfers else {
            return Ok(());
        };
        let mut left_out = Vec::new();
        for job in queue.clear() {
            let is_operand = queue.is_operand(job.remote());
            if job.is_upload() || !self.full_disks.hold(job.local()) {
                queue.push(job, is_operand);
            } else {
                left_out.push((job, is_operand));
            }
        }
        for (job, is_operand) in left_out {
            self.printer.progress().end(job.remote(), job.size());
            if let Err(error) = self.leave_out(&job, is_operand) {
                self.outcomes.fail(error)?;
            }
        }
        Ok(())
    }

    /// Counts a download that is not attempted because its disk is full. For an operand, returns
    /// the error.
    fn leave_out(&mut self, job: &Job, is_operand: bool) -> Result<(), Error> {
        if is_operand {
            return Err(Error::NotAttempted {
                path: job.remote().clone(),
                code: ExitCode::Local,
            });
        }
        self.unattempted += 1;
        Ok(())
    }

    /// Empties the queue of a server that was given up, and reports what was in it.
    fn abandon(&mut self, server: &Server) {
        let Some(queue) = &self.transfers else { return };
        let jobs = queue.clear();
        for job in &jobs {
            self.printer.progress().end(job.remote(), job.size());
        }
        let (operands, others): (Vec<_>, Vec<_>) =
            jobs.iter().partition(|job| queue.is_operand(job.remote()));
        for job in operands {
            let error = self.health.not_attempted(server, job.remote());
            // This error never ends the command.
            let _ = self.outcomes.fail(error);
        }
        let text = match others.len() {
            0 => return,
            1 => "one more file was not attempted after the failure above".to_owned(),
            files => format!("{files} more files were not attempted after the failure above"),
        };
        self.printer.warning(&text);
    }
}

/// Whether a transfer failed because the local disk is full.
fn is_disk_full<T>(outcome: &Result<T, Error>) -> bool {
    let Err(Error::Session(error)) = outcome else {
        return false;
    };
    error.detail() == Some(&ErrorDetail::DiskFull)
}

/// Whether the target of a job exists, which `--no-clobber` leaves alone.
fn exists_already(error: &Error, job: &Job, server: &Server) -> bool {
    let Error::Session(error) = error else {
        return false;
    };
    let exists = match error.detail() {
        Some(ErrorDetail::TargetExists) => job.is_upload(),
        // A part may exist as well.
        Some(ErrorDetail::LocalTargetExists) => job.local().symlink_metadata().is_ok(),
        _ => false,
    };
    exists && !server.settings.transfer.overwrite
}

/// Waits for the end of a transfer. Returns `None` if there are no more transfers.
async fn next_done(transfers: &mut Option<TransferQueue>) -> Option<JobResult> {
    match transfers {
        Some(queue) => queue.next().await,
        None => None,
    }
}
