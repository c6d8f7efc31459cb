//! One command at work: operations in sessions, and files moved beside them.

use std::pin::pin;
use std::sync::Arc;

use towline::{Cancel, Job, JobResult, PooledSession, RemotePath, Session};

use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::operand::server::Server;
use crate::output::outcomes::Outcomes;
use crate::output::printer::Printer;
use crate::session::interrupt::Interrupt;
use crate::session::server_health::ServerHealth;
use crate::session::server_pool::ServerPool;
use crate::session::transfer_queue::TransferQueue;

/// One command's run.
#[derive(Debug)]
pub(crate) struct Run {
    printer: Arc<Printer>,
    interrupt: Interrupt,
    outcomes: Outcomes,
    pool: ServerPool,
    health: ServerHealth,
    /// Files on their way to or from one server.
    transfers: Option<TransferQueue>,
    refused: Vec<RefusedDownload>,
}

/// An operand of which the server refused the download: it may be a directory.
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
        }
    }

    pub(crate) fn printer(&self) -> &Arc<Printer> {
        &self.printer
    }

    /// What became of things so far.
    pub(crate) fn outcomes(&mut self) -> &mut Outcomes {
        &mut self.outcomes
    }

    /// What ends transfers in order when the user wants to stop.
    pub(crate) fn cancel(&self) -> &Cancel {
        self.interrupt.cancel()
    }

    /// Runs one operation in a session with `server`, which is opened if need be and kept for the
    /// next one. `path` is what the operation is about. It is dropped when the user wants to stop.
    ///
    /// # Errors
    /// Those of the operation or of the login; [`Error::NotAttempted`] if the server was given up;
    /// [`Error::Interrupted`].
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

    /// As [`Self::on`], for an operation that ends by itself, in order, when the user wants to stop.
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

    /// Whether further operations on `server` would not be attempted.
    pub(crate) fn has_given_up(&self, server: &Server) -> bool {
        self.health.has_given_up(server)
    }

    /// Whether files are on their way to or from another server than this one.
    pub(crate) fn has_transfers_elsewhere(&self, server: &Server) -> bool {
        let queue = self.transfers.as_ref();
        queue.is_some_and(|queue| queue.server() != server)
    }

    /// Has the file of `job` moved, at some time before [`Self::finish_transfers`] returns. An operand
    /// was named on the command line; other files were found below a directory.
    ///
    /// # Errors
    /// Those of the login; the first failure of an earlier file that ends the run.
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
            // So that what is wrong with the login is found out once, before anything is queued.
            drop(self.session(server, job.remote()).await?);
        }
        if self.has_given_up(server) {
            return Err(self.health.not_attempted(server, job.remote()));
        }
        if let (None, Some(pool)) = (&self.transfers, self.pool.of(server)) {
            self.transfers = Some(TransferQueue::new(server.clone(), pool));
        }
        if let Some(queue) = &mut self.transfers {
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

    /// Waits until every file that was queued is moved, or is known not to be. What
    /// [`Self::take_refused`] returns then is not reported yet.
    ///
    /// # Errors
    /// The first failure that ends the run.
    pub(crate) async fn finish_transfers(&mut self) -> Result<(), Error> {
        if let Some(queue) = &self.transfers {
            queue.close();
        }
        let mut ended = Ok(());
        while let Some(done) = next_done(&mut self.transfers).await {
            match (self.conclude(done), &ended) {
                (Ok(()), _) => {}
                (Err(error), Ok(())) => ended = Err(error),
                // The same goes for each file that was on its way or waiting.
                (Err(error), Err(_)) if error.is_plain_interruption() => {}
                (Err(error), Err(_)) => self.outcomes.report(&error),
            }
        }
        if let Some(queue) = self.transfers.take() {
            queue.end().await;
        }
        ended
    }

    /// Operands whose downloads were refused. It is for the caller to report and count them.
    pub(crate) fn take_refused(&mut self) -> Vec<RefusedDownload> {
        std::mem::take(&mut self.refused)
    }

    /// Says goodbye to the server, reports what ended the run, and sums up.
    pub(crate) async fn finish(
        mut self,
        command: &'static str,
        outcome: Result<(), Error>,
    ) -> ExitCode {
        // Only where the run was ended early.
        self.transfers = None;
        let quit = async {
            self.pool.quit().await;
            Ok::<_, Error>(())
        };
        // Somebody who wants to stop need not wait for the goodbye.
        let _ = self.interrupt.guard(quit).await;
        self.outcomes.finish(command, outcome)
    }

    /// A session with `server`. The first one shows whether there is anything to be had from it.
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
            return self.meanwhile(interrupt.guard(pool.session())).await?;
        }
        let opened = interrupt.guard(self.pool.open(server, &self.printer)).await;
        let opened = opened.map_err(Error::while_connecting);
        if let Err(error) = &opened
            && !error.ends_the_run()
        {
            self.health.give_up(server, error.exit_code());
        }
        opened
    }

    /// Does `work`, and reports the files that are done with meanwhile.
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

    /// Reports a file that was moved, or why it was not.
    fn conclude(&mut self, done: JobResult) -> Result<(), Error> {
        let JobResult { job, outcome } = done;
        let outcome = outcome.map_err(Error::from);
        self.printer.progress().end(job.remote());
        let Some(queue) = &self.transfers else {
            return Ok(());
        };
        let server = queue.server().clone();
        self.health.record(&server, &outcome);
        if self.has_given_up(&server) {
            self.abandon(&server);
        }
        let error = match outcome {
            Ok(transferred) => {
                let local = job.local().to_string_lossy();
                let direction = if job.is_upload() {
                    "upload"
                } else {
                    "download"
                };
                self.outcomes
                    .moved(job.remote(), &local, direction, &transferred);
                return Ok(());
            }
            Err(error) => error,
        };
        if let Some(queue) = &self.transfers {
            if error.ends_the_run() {
                queue.clear();
            } else if error.is_refusal() && !job.is_upload() && queue.is_operand(job.remote()) {
                self.refused.push(RefusedDownload {
                    server,
                    path: job.remote().clone(),
                    refusal: error,
                });
                return Ok(());
            }
        }
        self.outcomes.fail(error)
    }

    /// Leaves what is queued for a server that was given up.
    fn abandon(&mut self, server: &Server) {
        let Some(queue) = &self.transfers else { return };
        let jobs = queue.clear();
        let (operands, others): (Vec<_>, Vec<_>) =
            jobs.iter().partition(|job| queue.is_operand(job.remote()));
        for job in operands {
            let error = self.health.not_attempted(server, job.remote());
            // It does not end the run.
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

/// The next file that is done with. `None`: there is none, and none will come.
async fn next_done(transfers: &mut Option<TransferQueue>) -> Option<JobResult> {
    match transfers {
        Some(queue) => queue.next().await,
        None => None,
    }
}
