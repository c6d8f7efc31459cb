//! A client without async.

use std::num::NonZeroU32;
use std::sync::Arc;

use super::runtime::runtime;
use super::session::Session;
use crate::batch::{Job, JobResult, Queue};
use crate::config::Config;
use crate::error::Error;

/// A client without async. See [`crate::Client`].
#[derive(Clone, Debug)]
pub struct Client(pub(super) crate::Client);

impl Client {
    /// Creates a client. See [`crate::Client::new`].
    ///
    /// # Errors
    ///
    /// As for [`crate::Client::new`].
    pub fn new(config: Config) -> Result<Self, Error> {
        crate::Client::new(config).map(Self)
    }

    /// Connects, begins TLS, and logs in. See [`crate::Client::connect`].
    ///
    /// # Errors
    ///
    /// As for [`crate::Client::connect`].
    pub fn connect(&self) -> Result<Session, Error> {
        let runtime = Arc::new(runtime()?);
        let session = runtime.block_on(self.0.connect())?;
        Ok(Session::new(session, runtime))
    }

    /// Moves the files of `jobs` over at most `connections` sessions, and calls `report` with the
    /// result of each. See [`crate::Pool::run`].
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Local`](crate::ErrorKind::Local) if the system does not allow a runtime to be
    /// set up. Errors of a file go to `report`.
    pub fn run(
        &self,
        connections: NonZeroU32,
        jobs: impl IntoIterator<Item = Job>,
        report: impl Fn(JobResult) + Send + Sync + 'static,
    ) -> Result<(), Error> {
        let runtime = runtime()?;
        let queue = Arc::new(Queue::new());
        jobs.into_iter().for_each(|job| queue.push(job));
        queue.close();
        runtime.block_on(async {
            let pool = crate::Pool::new(self.0.clone(), connections);
            pool.run(&queue, report).await;
            pool.quit().await;
        });
        Ok(())
    }
}
