//! A logged-in session with a server.
//!
//! Its fields are private to this folder. Whoever moves files says what is to be done by the methods
//! of `commands`, and has a session to itself, with a data connection, by way of a [`Lease`].

pub(crate) mod attempts;
mod clock;
mod commands;
mod create_dir_all;
mod keep_alive;
mod lease;
mod listing;
mod operations;
mod patience;
mod raw;
mod recovery;
mod remove_dir_all;
mod stat;
mod times;
mod walk;

use std::sync::Arc;

use towline_proto::command::Command;
use towline_proto::features::Features;

pub(crate) use self::attempts::Attempts;
use self::clock::Clock;
pub(crate) use self::lease::Lease;
pub use self::listing::{Completeness, Listing, ListingStream, ListingSummary};
pub(crate) use self::operations::Rename;
pub use self::raw::{ListFlags, ListingCommand, RawCommandError};
pub use self::remove_dir_all::{NotRemoved, Removed};
pub use self::walk::{Walk, WalkEntry, WalkOptions};
use crate::control::{FAREWELL, Link};
use crate::error::{Error, ErrorKind};
use crate::server::{Shared, TakenId};

/// A session with a server: one control connection, logged in.
///
/// One operation runs at a time. An operation that is dropped before it has finished leaves the
/// control connection in an unknown state; the next operation then begins with a new one, as it does
/// after the server has closed it.
#[derive(Debug)]
pub struct Session {
    shared: Arc<Shared>,
    link: Link,
    clock: Clock,
    /// The observer knows that this server does not set times.
    told_of_times: bool,
    /// The server had no room for it when it last had to connect again.
    is_turned_away: bool,
}

impl Session {
    /// Connects and logs in, over the control connection `id`.
    pub(crate) async fn open(shared: Arc<Shared>, id: TakenId) -> Result<Self, Error> {
        let only_tls12 = shared.lessons().only_tls12_resumes();
        let link = Link::open(&shared, id, only_tls12).await?;
        Ok(Self::over(shared, link))
    }

    /// A session over a control connection that is logged in.
    pub(crate) fn over(shared: Arc<Shared>, link: Link) -> Self {
        Self {
            shared,
            link,
            clock: Clock::default(),
            told_of_times: false,
            is_turned_away: false,
        }
    }

    /// Whether the control connection is in step with the server. If not, the next operation opens
    /// a new one.
    pub fn is_usable(&self) -> bool {
        self.link.control.is_usable()
    }

    /// The TLS 1.3 tickets that are held unused. Zero does not mean that nothing is left to
    /// resume with: further copies are made when needed, and TLS 1.2 needs none.
    pub fn tickets(&self) -> usize {
        self.link.tether.tickets()
    }

    /// The name of the server software, as far as its greeting and features tell.
    pub fn server(&self) -> &'static str {
        self.link.server.software.name()
    }

    /// What the server announces (`FEAT`, RFC 2389). Empty if it does not know that command.
    ///
    /// A server may know more than it announces, and announce what it refuses: the commands themselves
    /// tell. The list is that of the present control connection.
    ///
    /// ```no_run
    /// use towline::Feature;
    ///
    /// # fn example(session: &towline::Session) {
    /// let features = session.features();
    /// println!("MLSD: {}", features.has(Feature::Mlst));
    /// for line in features.lines() {
    ///     println!("{}", line.escape_ascii());
    /// }
    /// # }
    /// ```
    pub fn features(&self) -> &Features {
        &self.link.features
    }

    /// Does nothing, which keeps the session alive (`NOOP`).
    ///
    /// # Errors
    ///
    /// Those of the connection.
    pub async fn noop(&mut self) -> Result<(), Error> {
        self.ensure_usable().await?;
        self.link.control.expect(&Command::Noop).await.map(drop)
    }

    /// Says goodbye (`QUIT`) and closes the control connection in order.
    pub async fn quit(mut self) {
        if self.is_usable() {
            let goodbye = self.link.control.command(&Command::Quit);
            // Whatever the server answers, the session is over.
            let _ = tokio::time::timeout(FAREWELL, goodbye).await;
        }
        self.link.control.close(FAREWELL).await;
    }

    /// Makes sure that a command can be sent: opens a new control connection if the old one is
    /// broken.
    pub(crate) async fn ensure_usable(&mut self) -> Result<(), Error> {
        if self.is_usable() && self.link.control.look().await.is_ok() {
            return Ok(());
        }
        let only_tls12 = self.link.only_tls12 || self.shared.lessons().only_tls12_resumes();
        self.reconnect(only_tls12).await
    }

    async fn reconnect(&mut self, only_tls12: bool) -> Result<(), Error> {
        // First, because some servers count connections.
        self.link.control.close(FAREWELL).await;
        let id = self.link.control.id().clone();
        let opened = Link::open(&self.shared, id, only_tls12).await;
        let is_full = |error: &Error| error.kind() == ErrorKind::Unavailable;
        self.is_turned_away = opened.as_ref().is_err_and(is_full);
        self.link = opened?;
        Ok(())
    }
}
