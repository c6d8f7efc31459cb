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
use crate::cancel::cancelled;
use crate::client::Client;
use crate::error::{Error, ErrorKind, Outlook};
use crate::lock::lock;
use crate::session::Session;
use crate::transfer::{Download, Transferred, Upload, UploadOptions, own_download, own_upload};

/// So many files have to be waiting for a further connection to be worth its login.
const WORTH_A_LOGIN: usize = 4;

/// No run works over more connections than that.
const MOST_MEMBERS: u32 = 256;

/// Sessions with one server, at most so many at a time, each with a control connection and a tether of its
/// own. Cheap to clone; clones share the sessions.
///
/// A session is opened when it is needed, and kept for the next one who needs one. Where a further one does
/// not come about while others are open, those have to do: for good if the server has refused it, else until
/// the pool opens another one or somebody else comes for sessions. A session that is left in an unknown state
/// is never given to anybody else.
#[derive(Clone)]
pub struct Pool {
    inner: Arc<Inner>,
}

struct Inner {
    client: Client,
    places: Arc<Semaphore>,
    /// Places that are kept free because a login has failed.
    resting: Mutex<Vec<OwnedSemaphorePermit>>,
    idle: Mutex<Vec<Session>>,
    /// Sessions that are open, idle ones included.
    open: AtomicU32,
    /// How many wait for a session, but for those who work on a queue.
    wanted: AtomicU32,
    /// Held while there is no session and the first one is opened, so that a password that is wrong is
    /// sent once.
    first: tokio::sync::Mutex<()>,
    /// Why no session will ever come about.
    hopeless: Mutex<Option<Error>>,
}

impl Pool {
    /// A pool of at most `connections` sessions. Nothing is sent yet.
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

    /// How many sessions are open.
    pub fn open(&self) -> u32 {
        self.inner.open.load(Ordering::Relaxed)
    }

    /// A session for as long as the value lives; waits for one where as many are in use as may be.
    ///
    /// # Errors
    ///
    /// Those of [`Client::connect`]. A refused login is not tried again: whoever asks from then on is told
    /// the same.
    pub async fn session(&self) -> Result<PooledSession, Error> {
        let _wanted = Wanted::new(&self.inner);
        self.inner.end_rest();
        self.acquire().await
    }

    /// Moves the files of `queue` until it is empty and [closed](Queue::close), over as many sessions as are
    /// worth their login (256 at most), and tells `report` what has become of each. Sessions that somebody
    /// else waits for, with [`Self::session`], are given back between two files.
    ///
    /// It waits for sessions in turn: whoever keeps one while awaiting the end of the run waits for ever
    /// where the server allows no further one.
    ///
    /// On servers that are known to bear it small files go as [`Pipelining`](crate::Pipelining) says; each
    /// file is moved as by [`Session::perform`] otherwise. A failure concerns its file alone.
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
    /// Dropped before its end, it leaves its transfers as they are.
    ///
    /// # Panics
    ///
    /// If `report` does.
    pub async fn run(
        &self,
        queue: &Arc<Queue>,
        report: impl Fn(JobResult) + Send + Sync + 'static,
    ) {
        let report: Report = Arc::new(move |claim: Claim, outcome: Result<Transferred, Error>| {
            let job = claim.job().clone();
            report(JobResult { job, outcome });
            // Files with the same destination wait until this one has been told of.
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
                // The others end with it.
                drop(members);
                resume_unwind(error.into_panic());
            }
        }
        if let Some(landing) = Arc::into_inner(landing) {
            landing.end().await;
        }
    }

    /// Says goodbye on every session that is not in use.
    pub async fn quit(&self) {
        let idle = std::mem::take(&mut *self.inner.idle());
        let mut farewells = JoinSet::new();
        for session in idle {
            self.inner.open.fetch_sub(1, Ordering::Relaxed);
            farewells.spawn(session.quit());
        }
        while farewells.join_next().await.is_some() {}
    }

    async fn acquire(&self) -> Result<PooledSession, Error> {
        let inner = &self.inner;
        loop {
            let closed = |_| Error::new(ErrorKind::Usage, "the pool is gone");
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
                // The same login has worked a moment ago, and works for others still: they do without
                // this place.
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
    async fn connect(&self) -> Result<Session, Error> {
        let first = self.first.lock().await;
        if let Some(error) = &*lock(&self.hopeless) {
            return Err(error.clone());
        }
        let first = (!self.has_sessions()).then_some(first);
        let connected = match &first {
            Some(_) => self.client.connect().await,
            // The others have to do if it fails.
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

    /// Connects once, and says so if that does not come about.
    async fn connect_further(&self) -> Result<Session, Error> {
        let shared = self.client.shared();
        let id = shared.connection_ids().take();
        let reporter = shared.config().reporter(id.id());
        let opened = Session::open(Arc::clone(shared), id).await;
        if let Err(error) = &opened {
            reporter.note(&format!(
                "a further connection does not come about: {error}"
            ));
        }
        opened
    }

    /// Has logins tried again that have failed.
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

/// Somebody waits for a session.
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

/// A [`Session`] that goes back to its [`Pool`] when it is dropped.
pub struct PooledSession {
    /// `None` only while it is dropped.
    session: Option<Session>,
    inner: Arc<Inner>,
    /// Free again only after the session is back.
    place: Option<OwnedSemaphorePermit>,
}

impl PooledSession {
    /// Begins to download a file, as [`Session::download`] does, and keeps the session until the
    /// download ends. Then it goes back to the pool.
    ///
    /// # Errors
    ///
    /// As for [`Session::download`].
    pub async fn into_download(self, path: &RemotePath) -> Result<Download<'static>, Error> {
        own_download(self, path).await
    }

    /// Begins to upload to `target`, as [`Session::upload`] does, and keeps the session until the
    /// upload ends. Then it goes back to the pool.
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

    /// Leaves one place fewer in the pool, for good. The session counts as closed already.
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
            Some(session) if session.is_usable() => self.inner.idle().push(session),
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

/// One of those who work on a queue.
struct Member {
    pool: Pool,
    queue: Arc<Queue>,
    landing: Arc<Landing>,
    report: Report,
    /// How many files have to be waiting for it to begin.
    least: usize,
}

impl Member {
    async fn run(mut self) {
        while self.queue.ready(self.least).await {
            let acquired = tokio::select! {
                biased;
                // Nobody who wants it to end has to wait for a login.
                () = self.queue.cancelled() => Err(cancelled()),
                () = self.queue.exhausted() => return,
                acquired = self.pool.acquire() => acquired,
            };
            match acquired {
                Ok(mut session) => {
                    // There is a login from now on.
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
                // Where something may remain is said nowhere else.
                session.note(&format!("left to another connection: {error}"));
                self.queue.give_back(claim);
                rest.into_iter()
                    .for_each(|claim| self.queue.give_back(claim));
                return Place::GivenUp;
            }
            // There is no other one.
            (self.report)(claim, Err(error));
            left = rest;
        }
    }
}

/// What becomes of the place of a session that no longer works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Kept,
    GivenUp,
}
