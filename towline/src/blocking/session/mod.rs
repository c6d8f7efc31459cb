//! A session without async.

mod transfers;

use std::ops::{Deref, DerefMut};
use std::panic::resume_unwind;
use std::path::Path;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::thread;

use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use towline_proto::features::Features;
use towline_proto::listing::{Entry, EntryKind, Modified};
use towline_proto::path::RemotePath;
use towline_proto::quirks::Software;
use towline_proto::reply::Reply;

use super::listing::{ListingStream, Walk};
use crate::batch::{Job, PooledSession};
use crate::error::Error;
use crate::session::{
    DirectoryMark, Listing, ListingCommand, ListingSummary, Removed, SizeAndTime, Trail,
    WalkOptions,
};
use crate::transfer::Transferred;

/// A session with a server. See [`crate::Session`]. A session from a
/// [`Pool`](crate::blocking::Pool) returns to it when it is dropped.
#[derive(Debug)]
pub struct Session {
    // Before the runtime, so that it is dropped first.
    session: Held,
    runtime: Arc<Runtime>,
}

/// The session itself, owned by the caller or by a pool.
#[derive(Debug)]
enum Held {
    Own(crate::Session),
    Pooled(PooledSession),
}

impl Deref for Held {
    type Target = crate::Session;

    fn deref(&self) -> &crate::Session {
        match self {
            Self::Own(session) => session,
            Self::Pooled(session) => session,
        }
    }
}

impl DerefMut for Held {
    fn deref_mut(&mut self) -> &mut crate::Session {
        match self {
            Self::Own(session) => session,
            Self::Pooled(session) => session,
        }
    }
}

impl Session {
    pub(super) fn new(session: crate::Session, runtime: Arc<Runtime>) -> Self {
        let session = Held::Own(session);
        Self { session, runtime }
    }

    pub(super) fn pooled(session: PooledSession, runtime: Arc<Runtime>) -> Self {
        let session = Held::Pooled(session);
        Self { session, runtime }
    }

    /// The session, and the runtime that it needs.
    pub(super) fn parts(&mut self) -> (&mut crate::Session, &Arc<Runtime>) {
        (&mut self.session, &self.runtime)
    }

    /// Whether the control connection is in step with the server. See
    /// [`crate::Session::is_usable`].
    #[must_use]
    pub fn is_usable(&self) -> bool {
        self.session.is_usable()
    }

    /// Returns the server software. See [`crate::Session::server`].
    #[must_use]
    pub fn server(&self) -> Software {
        self.session.server()
    }

    /// Returns the user who logged in. See [`crate::Session::user`].
    #[must_use]
    pub fn user(&self) -> &str {
        self.session.user()
    }

    /// Returns the path of the login directory. See [`crate::Session::login_directory`].
    ///
    /// # Errors
    ///
    /// As for [`crate::Session::login_directory`].
    pub fn login_directory(&mut self) -> Result<Option<RemotePath>, Error> {
        self.runtime.block_on(self.session.login_directory())
    }

    /// Compares a local file with one at the server. See [`crate::Session::has_same_contents`].
    ///
    /// # Errors
    ///
    /// As for [`crate::Session::has_same_contents`].
    pub fn has_same_contents(&mut self, path: &RemotePath, local: &Path) -> Result<bool, Error> {
        self.runtime
            .block_on(self.session.has_same_contents(path, local))
    }

    /// Converts a listed time to UTC. See [`crate::Session::in_utc`].
    #[must_use]
    pub fn in_utc(&self, listed: Modified) -> Modified {
        self.session.in_utc(listed)
    }

    /// Returns the number of unused TLS 1.3 tickets. See [`crate::Session::tickets`].
    #[must_use]
    pub fn tickets(&self) -> usize {
        self.session.tickets()
    }

    /// Returns the features that the server announced. See [`crate::Session::features`].
    #[must_use]
    pub fn features(&self) -> &Features {
        self.session.features()
    }

    /// Lists a directory. See [`crate::Session::list`].
    ///
    /// # Errors
    ///
    /// As for [`crate::Session::list`].
    pub fn list(&mut self, path: &RemotePath) -> Result<Listing, Error> {
        self.runtime.block_on(self.session.list(path))
    }

    /// Lists a directory of any size. See [`crate::Session::list_each`].
    ///
    /// # Errors
    ///
    /// As for [`crate::Session::list_each`].
    pub fn list_each(
        &mut self,
        path: &RemotePath,
        each: impl FnMut(Entry) + Send,
    ) -> Result<ListingSummary, Error> {
        self.runtime.block_on(self.session.list_each(path, each))
    }

    /// Begins to list a directory of any size. See [`crate::Session::listing`].
    ///
    /// # Errors
    ///
    /// As for [`crate::Session::listing`].
    pub fn listing(&mut self, path: &RemotePath) -> Result<ListingStream<'_>, Error> {
        let Self { session, runtime } = self;
        let listing = runtime.block_on(session.listing(path))?;
        Ok(ListingStream::new(listing, Arc::clone(runtime)))
    }

    /// Walks through a tree. See [`crate::Session::walk`].
    pub fn walk(&mut self, path: &RemotePath, options: &WalkOptions) -> Walk<'_> {
        let Self { session, runtime } = self;
        Walk::new(session.walk(path, options), Arc::clone(runtime))
    }

    /// Returns what the server knows about one path. See [`crate::Session::stat`].
    ///
    /// # Errors
    ///
    /// As for [`crate::Session::stat`].
    pub fn stat(&mut self, path: &RemotePath) -> Result<Entry, Error> {
        self.runtime.block_on(self.session.stat(path))
    }

    /// Returns what the server knows about one path, after links are followed. See
    /// [`crate::Session::follow`].
    ///
    /// # Errors
    ///
    /// As for [`crate::Session::follow`].
    pub fn follow(&mut self, path: &RemotePath) -> Result<Entry, Error> {
        self.runtime.block_on(self.session.follow(path))
    }

    /// Turns entries that only `LIST` shows as links into links. See
    /// [`crate::Session::reveal_links`].
    ///
    /// # Errors
    ///
    /// As for [`crate::Session::reveal_links`].
    pub fn reveal_links(
        &mut self,
        directory: &RemotePath,
        entries: &mut [Entry],
        kind: EntryKind,
    ) -> Result<(), Error> {
        let reveal = self.session.reveal_links(directory, entries, kind);
        self.runtime.block_on(reveal)
    }

    /// Fails if hard links show that a link is among the directories of a listing. Creates and
    /// removes a directory. See [`crate::Session::check_for_hidden_links`].
    ///
    /// # Errors
    ///
    /// As for [`crate::Session::check_for_hidden_links`].
    pub fn check_for_hidden_links(
        &mut self,
        directory: &RemotePath,
        entries: &[Entry],
    ) -> Result<(), Error> {
        let check = self.session.check_for_hidden_links(directory, entries);
        self.runtime.block_on(check)
    }

    /// Returns whether a listing shows a path as a link. See [`crate::Session::is_listed_as_link`].
    ///
    /// # Errors
    ///
    /// As for [`crate::Session::is_listed_as_link`].
    pub fn is_listed_as_link(&mut self, path: &RemotePath) -> Result<bool, Error> {
        self.runtime.block_on(self.session.is_listed_as_link(path))
    }

    /// Adds a directory to the directories above it. See [`crate::Session::descend`].
    ///
    /// # Errors
    ///
    /// As for [`crate::Session::descend`].
    pub fn descend(
        &mut self,
        trail: &Trail,
        path: &RemotePath,
        mark: DirectoryMark,
    ) -> Result<Trail, Error> {
        self.runtime
            .block_on(self.session.descend(trail, path, mark))
    }

    /// Returns the size of a file in bytes. See [`crate::Session::size`].
    ///
    /// # Errors
    ///
    /// As for [`crate::Session::size`].
    pub fn size(&mut self, path: &RemotePath) -> Result<Option<u64>, Error> {
        self.runtime.block_on(self.session.size(path))
    }

    /// Returns when a file was last changed. See [`crate::Session::modified`].
    ///
    /// # Errors
    ///
    /// As for [`crate::Session::modified`].
    pub fn modified(&mut self, path: &RemotePath) -> Result<Option<jiff::Timestamp>, Error> {
        self.runtime.block_on(self.session.modified(path))
    }

    /// Returns the sizes and the times of many files. See [`crate::Session::sizes_and_times`].
    ///
    /// # Errors
    ///
    /// As for [`crate::Session::sizes_and_times`].
    pub fn sizes_and_times(&mut self, paths: &[RemotePath]) -> Result<Vec<SizeAndTime>, Error> {
        self.runtime.block_on(self.session.sizes_and_times(paths))
    }

    /// Sets the modification time of a file. See [`crate::Session::set_modified`].
    ///
    /// # Errors
    ///
    /// As for [`crate::Session::set_modified`].
    pub fn set_modified(
        &mut self,
        path: &RemotePath,
        time: jiff::Timestamp,
    ) -> Result<bool, Error> {
        self.runtime.block_on(self.session.set_modified(path, time))
    }

    /// Renames a file or a directory. See [`crate::Session::rename`].
    ///
    /// # Errors
    ///
    /// As for [`crate::Session::rename`].
    pub fn rename(&mut self, from: &RemotePath, to: &RemotePath) -> Result<(), Error> {
        self.runtime.block_on(self.session.rename(from, to))
    }

    /// Removes a file. See [`crate::Session::remove_file`].
    ///
    /// # Errors
    ///
    /// As for [`crate::Session::remove_file`].
    pub fn remove_file(&mut self, path: &RemotePath) -> Result<(), Error> {
        self.runtime.block_on(self.session.remove_file(path))
    }

    /// Creates a directory. See [`crate::Session::create_dir`].
    ///
    /// # Errors
    ///
    /// As for [`crate::Session::create_dir`].
    pub fn create_dir(&mut self, path: &RemotePath) -> Result<(), Error> {
        self.runtime.block_on(self.session.create_dir(path))
    }

    /// Creates a directory and its missing parents. See [`crate::Session::create_dir_all`].
    ///
    /// # Errors
    ///
    /// As for [`crate::Session::create_dir_all`].
    pub fn create_dir_all(&mut self, path: &RemotePath) -> Result<(), Error> {
        self.runtime.block_on(self.session.create_dir_all(path))
    }

    /// Removes an empty directory. See [`crate::Session::remove_dir`].
    ///
    /// # Errors
    ///
    /// As for [`crate::Session::remove_dir`].
    pub fn remove_dir(&mut self, path: &RemotePath) -> Result<(), Error> {
        self.runtime.block_on(self.session.remove_dir(path))
    }

    /// Removes a directory and everything in it. See [`crate::Session::remove_dir_all`].
    ///
    /// # Errors
    ///
    /// As for [`crate::Session::remove_dir_all`].
    pub fn remove_dir_all(&mut self, path: &RemotePath) -> Result<Removed, Error> {
        self.runtime.block_on(self.session.remove_dir_all(path))
    }

    /// Sends a command as the caller wrote it. See [`crate::Session::raw`].
    ///
    /// # Errors
    ///
    /// As for [`crate::Session::raw`].
    pub fn raw(&mut self, command: impl AsRef<[u8]> + Send) -> Result<Reply, Error> {
        self.runtime.block_on(self.session.raw(command))
    }

    /// Returns the bytes of a listing. See [`crate::Session::raw_listing`].
    ///
    /// # Errors
    ///
    /// As for [`crate::Session::raw_listing`].
    pub fn raw_listing(
        &mut self,
        command: &ListingCommand,
        path: &RemotePath,
    ) -> Result<Vec<u8>, Error> {
        self.runtime
            .block_on(self.session.raw_listing(command, path))
    }

    /// Keeps the session alive (`NOOP`). See [`crate::Session::noop`].
    ///
    /// # Errors
    ///
    /// As for [`crate::Session::noop`].
    pub fn noop(&mut self) -> Result<(), Error> {
        self.runtime.block_on(self.session.noop())
    }

    /// Runs `work` on another thread, and keeps the session alive meanwhile. See
    /// [`crate::Session::keep_alive_while`].
    ///
    /// # Panics
    ///
    /// Panics if `work` does.
    pub fn keep_alive_while<T: Send>(&mut self, work: impl FnOnce() -> T + Send) -> T {
        let Self { session, runtime } = self;
        let (result, ()) = beside(work, |end| runtime.block_on(session.keep_alive_while(end)));
        result
    }

    /// Runs `work` on another thread, and sends nothing meanwhile. See
    /// [`crate::Session::idle_while`]. Returns once `work` is done, even if the session ends
    /// before.
    ///
    /// # Errors
    ///
    /// As for [`crate::Session::idle_while`].
    ///
    /// # Panics
    ///
    /// Panics if `work` does.
    pub fn idle_while<T: Send>(&mut self, work: impl FnOnce() -> T + Send) -> Result<T, Error> {
        let Self { session, runtime } = self;
        let (result, idle) = beside(work, |end| runtime.block_on(session.idle_while(end)));
        idle.map(|()| result)
    }

    /// Moves the file of one job. See [`crate::Session::perform`].
    ///
    /// # Errors
    ///
    /// As for [`crate::Session::perform`].
    pub fn perform(&mut self, job: &Job) -> Result<Transferred, Error> {
        self.runtime.block_on(self.session.perform(job))
    }

    /// Closes the control connection in order (`QUIT`). See [`crate::Session::quit`]. A session
    /// from a pool returns to it instead.
    pub fn quit(self) {
        let Self { session, runtime } = self;
        match session {
            Held::Own(session) => runtime.block_on(session.quit()),
            Held::Pooled(session) => drop(session),
        }
    }
}

/// Runs `work` on another thread, and `meanwhile` until it ends. Panics if `work` does.
fn beside<T: Send, M>(
    work: impl FnOnce() -> T + Send,
    meanwhile: impl FnOnce(Pin<&mut (dyn Future<Output = ()> + Send)>) -> M,
) -> (T, M) {
    let (done, ended) = oneshot::channel::<()>();
    thread::scope(|scope| {
        let worker = scope.spawn(move || {
            let result = work();
            // This ends `meanwhile`.
            let _ = done.send(());
            result
        });
        // An error means that `work` has panicked.
        let end = pin!(async { ended.await.unwrap_or_default() });
        let waited = meanwhile(end);
        (
            worker.join().unwrap_or_else(|panic| resume_unwind(panic)),
            waited,
        )
    })
}
