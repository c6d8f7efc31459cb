//! Several control connections to one server, and many files over them.

use std::fmt;
use std::num::NonZeroU32;
use std::ops::{Deref, DerefMut};
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use towline_proto::path::RemotePath;

use super::driver::work;
use super::job::{Job, JobResult};
use super::landing::{Landing, Report};
use super::queue::{Claim, Queue};
use super::work::{Stopped, Work};
use crate::boxed::boxed;
use crate::cancel::cancelled;
use crate::client::Client;
use crate::error::{Error, ErrorKind, Outlook};
use crate::lock::lock;
use crate::session::Session;
use crate::transfer::{Download, Transferred, Upload, UploadOptions, own_download, own_upload};

/// How many files must be waiting before a further connection is worth its login.
const WORTH_A_LOGIN: usize = 4;

/// The largest number of connections that a run works over.
const MOST_MEMBERS: u32 = 256;

/// Sessions with one server, up to a maximum number, each with a control connection and a tether of
/// its own. Cheap to clone; clones share the sessions.
///
/// A session is opened when it is needed, and then kept for the next caller. If a further session
/// cannot be opened while others are open, the pool makes do with those: for good if the server
/// refused the login, otherwise until the pool opens another session or another caller asks for
/// one. A session in an unknown state is never reused.
#[derive(Clone)]
pub struct Pool {
    inner: Arc<Inner>,
}

struct Inner {
    client: Client,
    places: Arc<Semaphore>,
    /// Places that stay unused because a login has failed.
    resting: Mutex<Vec<OwnedSemaphorePermit>>,
    idle: Mutex<Vec<Session>>,
    /// The number of open sessions, including idle ones.
    open: AtomicU32,
    /// The number of callers that wait for a session, without those that work on a queue.
    wanted: AtomicU32,
    /// Held while no session is open and the first one is being opened, so that a wrong password is
    /// sent only once.
    first: tokio::sync::Mutex<()>,
    /// The reason why no session can ever be opened.
    hopeless: Mutex<Option<Error>>,
}

impl Pool {
    /// Creates a pool of at most `connections` sessions. Sends nothing yet.
    #[must_use]
    pub fn new(client: Client, connections: NonZeroU32) -> Self {
        let places = usize::try_from(connections.get()).unwrap_or(usize::MAX);
        let places = Arc::new(Semaphore::new(places.min(Semaphore::MAX_PERMITS)));
        let inner = Arc::new(Inner {
            client,
            places,
            resting: Mutex::default(),
            idle: Mutex::default(),
            open: AtomicU32::new(0),
            wanted: AtomicU32::new(0),
            first: tokio::sync::Mutex::default(),
            hopeless: Mutex::default(),
        });
        Self { inner }
    }

    /// Returns the number of open sessions.
    pub fn open(&self) -> u32 {
        self.inner.open.load(Ordering::Relaxed)
    }

    /// Returns a session for as long as the value lives. Waits for one if the maximum number is in
    /// use.
    ///
    /// # Errors
    ///
    /// As for [`Client::connect`]. A refused login is not retried: every later call returns the
    /// same error.
    pub async fn session(&self) -> Result<PooledSession, Error> {
        let _wanted = Wanted::new(&self.inner);
        self.inner.end_rest();
        self.acquire().await
    }

    /// Moves the files of `queue` until it is empty and [closed](Queue::close), over as many
    /// sessions as are worth their login (256 at most). Calls `report` with the result of each
    /// file. If another caller waits for a session with [`Self::session`], one is given back
    /// between two files.
    ///
    /// The run itself waits its turn for sessions. A caller that keeps a session while it awaits
    /// the end of the run therefore waits forever if the server allows no further session.
    ///
    /// On servers that are known to support it, small files are moved as
    /// [`Pipelining`](crate::Pipelining) says; every other file is moved as [`Session::perform`]
    /// does. A failure affects its own file only.
    ///
    /// ```no_run
    /// use std::num::NonZeroU32;
    /// use std::sync::Arc;
    ///
    /// use towline::{Client, DownloadOptions, EntryKind, Job, Pool, Queue, RemotePath};
    ///
    /// # async fn example(client: Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let pool = Pool::new(client, NonZeroU32::new(4).ok_or("not zero")?);
    /// let (directory, local) = (RemotePath::new("out")?, std::path::Path::new("in"));
    /// let listing = pool.session().await?.list(&directory).await?;
    /// let queue = Arc::new(Queue::new());
    /// for entry in listing.entries.iter().filter(|entry| entry.kind == EntryKind::File) {
    ///     // Servers can send names that lead elsewhere; this one takes plain ones alone.
    ///     let name = std::str::from_utf8(&entry.name)?;
    ///     if name.starts_with('.') || name.contains(['/', '\\', ':']) {
    ///         continue;
    ///     }
    ///     let remote = directory.join(&entry.name)?;
    ///     let job = Job::download(remote, local.join(name), DownloadOptions::default());
    ///     queue.push(job.listed(entry));
    /// }
    /// queue.close();
    /// let report = |done: towline::JobResult| println!("{}: {:?}", done.job.remote(), done.outcome);
    /// pool.run(&queue, report).await;
    /// pool.quit().await;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// If the future is dropped before its end, it leaves its transfers unfinished.
    ///
    /// # Panics
    ///
    /// Panics if `report` does.
    pub async fn run(
        &self,
        queue: &Arc<Queue>,
        report: impl Fn(JobResult) + Send + Sync + 'static,
    ) {
        let report: Report = Arc::new(move |claim: Claim, outcome: Result<Transferred, Error>| {
            let job = claim.job().clone();
            report(JobResult { job, outcome });
            // Files with the same destination wait until this result has been reported.
            drop(claim);
        });
        let landing = Arc::new(Landing::new(Arc::clone(&report)));
        let mut members = JoinSet::new();
        self.inner.end_rest();
        for index in 0..self.inner.places_in_all().min(MOST_MEMBERS) {
            let member = Member {
                pool: self.clone(),
                queue: Arc::clone(queue),
                landing: Arc::clone(&landing),
                report: Arc::clone(&report),
                least: if index == 0 { 1 } else { WORTH_A_LOGIN },
            };
            members.spawn(member.run());
        }
        while let Some(ended) = members.join_next().await {
            if let Err(error) = ended
                && error.is_panic()
            {
                // The other members end with it.
                drop(members);
                resume_unwind(error.into_panic());
            }
        }
        if let Some(landing) = Arc::into_inner(landing) {
            landing.end().await;
        }
    }

    /// Closes every session that is not in use (`QUIT`).
    pub async fn quit(&self) {
        let idle = std::mem::take(&mut *self.inner.idle());
        let mut farewells = JoinSet::new();
        for session in idle {
            self.inner.open.fetch_sub(1, Ordering::Relaxed);
            farewells.spawn(session.quit());
        }
        while farewells.join_next().await.is_some() {}
    }

    #[boxed]
    async fn acquire(&self) -> Result<PooledSession, Error> {
        let inner = &self.inner;
        loop {
            let closed = |_| Error::new(ErrorKind::Usage, "the pool is closed");
            let place = Arc::clone(&inner.places).acquire_owned();
            let place = place.await.map_err(closed)?;
            let idle = inner.idle().pop();
            let opened = match idle {
                Some(session) => Ok(session),
                None => inner.connect().await,
            };
            match opened {
                Ok(session) => {
                    return Ok(PooledSession {
                        session: Some(session),
                        inner: Arc::clone(inner),
                        place: Some(place),
                    });
                }
                // The same login worked a moment ago and still works for other sessions, so the
                // pool does without this place.
                Err(error) if inner.has_sessions() => {
                    let is_full = error.kind() == ErrorKind::Unavailable;
                    match is_full || error.outlook() == Outlook::Hopeless {
                        true => place.forget(),
                        false => lock(&inner.resting).push(place),
                    }
                }
                Err(error) => return Err(error),
            }
        }
    }
}

impl Inner {
    #[boxed]
    async fn connect(&self) -> Result<Session, Error> {
        let first = self.first.lock().await;
        if let Some(error) = &*lock(&self.hopeless) {
            return Err(error.clone());
        }
        let first = (!self.has_sessions()).then_some(first);
        let connected = match &first {
            Some(_) => self.client.connect().await,
            // If it fails, the other sessions do the work.
            None => self.connect_further().await,
        };
        match &connected {
            Ok(_) => {
                self.open.fetch_add(1, Ordering::Relaxed);
                self.end_rest();
            }
            Err(error) if first.is_some() && error.outlook() == Outlook::Hopeless => {
                *lock(&self.hopeless) = Some(error.clone());
            }
            Err(_) => {}
        }
        connected
    }

    /// Connects once, and reports a failure.
    async fn connect_further(&self) -> Result<Session, Error> {
        let shared = self.client.shared();
        let id = shared.connection_ids().take();
        let reporter = shared.config().reporter(id.id());
        let opened = Session::open(Arc::clone(shared), id).await;
        if let Err(error) = &opened {
            reporter.note(&format!("another connection cannot be opened: {error}"));
        }
        opened
    }

    /// Allows failed logins to be tried again.
    fn end_rest(&self) {
        lock(&self.resting).clear();
    }

    fn has_sessions(&self) -> bool {
        self.open.load(Ordering::Relaxed) > 0
    }

    /// Counts a session as closed, unless it is the last one.
    fn leave(&self) -> bool {
        let left = |open: u32| (open > 1).then(|| open - 1);
        let left = self
            .open
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, left);
        left.is_ok()
    }

    fn places_in_all(&self) -> u32 {
        let free = u32::try_from(self.places.available_permits()).unwrap_or(u32::MAX);
        let idle = u32::try_from(self.idle().len()).unwrap_or(0);
        let acquired = self.open.load(Ordering::Relaxed).saturating_sub(idle);
        free.saturating_add(acquired).max(1)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Session>> {
        lock(&self.idle)
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("open", &self.open())
            .field("free", &self.inner.places.available_permits())
            .finish_non_exhaustive()
    }
}

/// Counts a caller that waits for a session.
struct Wanted<'a>(&'a AtomicU32);

impl<'a> Wanted<'a> {
    fn new(inner: &'a Inner) -> Self {
        inner.wanted.fetch_add(1, Ordering::Relaxed);
        Self(&inner.wanted)
    }
}

impl Drop for Wanted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A [`Session`] that returns to its [`Pool`] when it is dropped.
pub struct PooledSession {
    /// `None` only while it is being dropped.
    session: Option<Session>,
    inner: Arc<Inner>,
    /// Released only after the session has returned.
    place: Option<OwnedSemaphorePermit>,
}

impl PooledSession {
    /// Begins to download a file, as [`Session::download`] does, and keeps the session until the
    /// download ends. The session then returns to the pool.
    ///
    /// # Errors
    ///
    /// As for [`Session::download`].
    pub async fn into_download(self, path: &RemotePath) -> Result<Download<'static>, Error> {
        own_download(self, path).await
    }

    /// Begins to upload to `target`, as [`Session::upload`] does, and keeps the session until the
    /// upload ends. The session then returns to the pool.
    ///
    /// # Errors
    ///
    /// As for [`Session::upload`].
    pub async fn into_upload(
        self,
        target: &RemotePath,
        options: &UploadOptions,
    ) -> Result<Upload<'static>, Error> {
        own_upload(self, target, options).await
    }

    /// Removes one place from the pool for good. The session already counts as closed.
    fn give_up_place(mut self) {
        self.session = None;
        if let Some(place) = self.place.take() {
            place.forget();
        }
    }
}

impl Deref for PooledSession {
    type Target = Session;

    #[expect(
        clippy::expect_used,
        reason = "the session is taken out in `drop` alone"
    )]
    fn deref(&self) -> &Session {
        self.session.as_ref().expect("a session")
    }
}

impl DerefMut for PooledSession {
    #[expect(
        clippy::expect_used,
        reason = "the session is taken out in `drop` alone"
    )]
    fn deref_mut(&mut self) -> &mut Session {
        self.session.as_mut().expect("a session")
    }
}

impl Drop for PooledSession {
    fn drop(&mut self) {
        match self.session.take() {
            Some(session) if session.is_in_step() => self.inner.idle().push(session),
            Some(_) => {
                self.inner.open.fetch_sub(1, Ordering::Relaxed);
            }
            None => {}
        }
    }
}

impl fmt::Debug for PooledSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PooledSession").field(&self.session).finish()
    }
}

/// A task that works on a queue.
struct Member {
    pool: Pool,
    queue: Arc<Queue>,
    landing: Arc<Landing>,
    report: Report,
    /// How many files must be waiting before it begins.
    least: usize,
}

impl Member {
    #[boxed]
    async fn run(mut self) {
        while self.queue.ready(self.least).await {
            let acquired = tokio::select! {
                biased;
                // A cancelled job does not wait for a login.
                () = self.queue.cancelled() => Err(cancelled()),
                () = self.queue.exhausted() => return,
                acquired = self.pool.acquire() => acquired,
            };
            match acquired {
                Ok(mut session) => {
                    // The login has been paid for, so a single file is enough from now on.
                    self.least = 1;
                    if self.work(&mut session).await == Place::GivenUp {
                        session.give_up_place();
                    }
                }
                Err(error) => {
                    let concerns = |job: &Job| {
                        error.kind() != ErrorKind::Cancelled || job.cancel().is_cancelled()
                    };
                    if let Some(claim) = self.queue.take_if(concerns) {
                        let error = error.with_path(claim.job().remote());
                        (self.report)(claim, Err(error));
                    }
                }
            }
        }
    }

    async fn work(&self, session: &mut Session) -> Place {
        let inner = &self.pool.inner;
        let surroundings = Work {
            queue: &self.queue,
            landing: &self.landing,
            report: &self.report,
            is_wanted: &|| {
                inner.wanted.load(Ordering::Relaxed) > 0 && inner.places.available_permits() == 0
            },
        };
        let mut left = Vec::new();
        loop {
            let (claim, error, rest) = match work(session, &surroundings, left).await {
                Stopped::Empty | Stopped::Wanted => return Place::Kept,
                Stopped::NoRoom { claim, error, left } => (claim, error, left),
            };
            if inner.leave() {
                // The note is the only record of what may remain.
                session.note(&format!("the file is left to another connection: {error}"));
                self.queue.give_back(claim);
                rest.into_iter()
                    .for_each(|claim| self.queue.give_back(claim));
                return Place::GivenUp;
            }
            // This is the last session.
            (self.report)(claim, Err(error));
            if (surroundings.is_wanted)() {
                rest.into_iter()
                    .for_each(|claim| self.queue.give_back(claim));
                return Place::Kept;
            }
            left = rest;
        }
    }
}

/// What happens to the place of a session that no longer works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Kept,
    GivenUp,
}
