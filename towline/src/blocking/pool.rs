//! A pool without async.

use std::num::NonZeroU32;
use std::sync::Arc;

use tokio::runtime::Runtime;

use super::client::Client;
use super::runtime::runtime;
use super::session::Session;
use crate::batch::{JobResult, Queue};
use crate::error::Error;

/// Sessions with one server, up to a maximum number. Cheap to clone; clones share the sessions, and
/// may be used on other threads. See [`crate::Pool`].
///
/// ```no_run
/// use std::num::NonZeroU32;
///
/// use towline::RemotePath;
/// use towline::blocking::{Client, Pool};
///
/// # fn example(client: Client) -> Result<(), Box<dyn std::error::Error>> {
/// let pool = Pool::new(client, NonZeroU32::new(4).ok_or("not zero")?)?;
/// let mut session = pool.session()?;
/// session.list(&RemotePath::new("out")?)?;
/// // It goes back to the pool.
/// drop(session);
/// pool.quit();
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Pool {
    // Before the runtime, so that it is dropped first.
    pool: crate::Pool,
    runtime: Arc<Runtime>,
}

impl Pool {
    /// Creates a pool of at most `connections` sessions. Sends nothing yet. See
    /// [`crate::Pool::new`].
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Local`](crate::ErrorKind::Local) if the system does not allow a runtime to be
    /// set up.
    pub fn new(client: Client, connections: NonZeroU32) -> Result<Self, Error> {
        let pool = crate::Pool::new(client.0, connections);
        let runtime = Arc::new(runtime()?);
        Ok(Self { pool, runtime })
    }

    /// Returns the number of open sessions. See [`crate::Pool::open`].
    #[must_use]
    pub fn open(&self) -> u32 {
        self.pool.open()
    }

    /// Returns a session, which goes back to the pool when it is dropped. See
    /// [`crate::Pool::session`].
    ///
    /// # Errors
    ///
    /// As for [`crate::Pool::session`].
    pub fn session(&self) -> Result<Session, Error> {
        let session = self.runtime.block_on(self.pool.session())?;
        Ok(Session::pooled(session, Arc::clone(&self.runtime)))
    }

    /// Moves the files of `queue` until it is empty and closed, and calls `report` with the result
    /// of each. See [`crate::Pool::run`].
    ///
    /// # Panics
    ///
    /// Panics if `report` does.
    pub fn run(&self, queue: &Arc<Queue>, report: impl Fn(JobResult) + Send + Sync + 'static) {
        self.runtime.block_on(self.pool.run(queue, report));
    }

    /// Closes every session that is not in use. See [`crate::Pool::quit`].
    pub fn quit(&self) {
        self.runtime.block_on(self.pool.quit());
    }
}
