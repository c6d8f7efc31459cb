//! A logged-in session with a server.
//!
//! The fields are private to this folder. Transfers call the methods in `commands`. They get
//! exclusive use of a session, with a data connection, through a [`Lease`].

pub(crate) mod attempts;
mod clock;
mod commands;
mod create_dir_all;
mod error_budget;
mod final_name;
mod hidden;
mod hidden_links;
mod keep_alive;
mod lease;
mod link_size;
mod links;
mod listing;
mod listings_in_a_row;
mod operations;
mod raw;
mod recovery;
mod remove_dir_all;
mod sizes_and_times;
mod stat;
mod surroundings;
mod times;
mod trail;
mod walk;
mod working_directory;

use std::sync::Arc;

use towline_proto::command::Command;
use towline_proto::features::Features;
use towline_proto::path::RemotePath;
use towline_proto::quirks::Software;

pub(crate) use self::attempts::Attempts;
use self::clock::Clock;
pub(crate) use self::commands::out_of_step;
pub(crate) use self::final_name::{Look, NOT_SEEN, OtherName, other_name};
use self::hidden::Hidden;
pub(crate) use self::lease::Lease;
use self::links::Links;
pub(crate) use self::listing::too_large;
pub use self::listing::{Completeness, Listing, ListingStream, ListingSummary};
use self::listings_in_a_row::ListingsInARow;
pub(crate) use self::operations::{OldName, Rename};
pub use self::raw::{ListFlags, ListingCommand, RawCommandError, RawListing};
pub use self::remove_dir_all::{NotRemoved, Removed};
pub(crate) use self::sizes_and_times::SizeAndTime;
use self::surroundings::Surroundings;
pub use self::trail::{DirectoryMark, Trail};
pub use self::walk::{Walk, WalkEntry, WalkOptions};
use crate::boxed::boxed;
use crate::control::{FAREWELL, Link};
use crate::error::{Error, ErrorKind};
use crate::observer::Event;
use crate::server::{Shared, TakenId};
use crate::trust::KnownServers;

/// A session with a server: one logged-in control connection.
///
/// One operation runs at a time. If an operation is dropped before it has finished, the state of
/// the control connection is unknown. The next operation then opens a new one, as it does after the
/// server has closed the connection.
#[derive(Debug)]
pub struct Session {
    shared: Arc<Shared>,
    link: Link,
    clock: Clock,
    /// The observer was told that this server does not set times.
    told_of_times: bool,
    /// A directory in which the server has not shown what was stored.
    hidden: Option<Hidden>,
    /// The links in the directory that was last searched for one.
    links: Option<Links>,
    /// The server had no room for this session at its last reconnect.
    is_turned_away: bool,
    /// The caller has selected other facts of `MLST` than listings rely on.
    has_other_facts: bool,
    listings_in_a_row: ListingsInARow,
    /// What the next command relies on.
    wanted: Surroundings,
    /// What is in effect on the control connection.
    actual: Surroundings,
}

impl Session {
    /// Connects and logs in, on the control connection `id`.
    #[boxed]
    pub(crate) async fn open(shared: Arc<Shared>, id: TakenId) -> Result<Self, Error> {
        let only_tls12 = shared.lessons().only_tls12_resumes();
        let link = Link::open(&shared, id, only_tls12).await?;
        Ok(Self::over(shared, link))
    }

    /// Creates a session over a logged-in control connection.
    pub(crate) fn over(shared: Arc<Shared>, link: Link) -> Self {
        Self {
            shared,
            link,
            clock: Clock::default(),
            told_of_times: false,
            hidden: None,
            links: None,
            is_turned_away: false,
            has_other_facts: false,
            listings_in_a_row: ListingsInARow::default(),
            wanted: Surroundings::default(),
            actual: Surroundings::default(),
        }
    }

    /// Returns whether the control connection is in step with the server. If it is not, the next
    /// operation opens a new one.
    pub fn is_usable(&self) -> bool {
        self.link.control.is_usable()
    }

    /// Whether no reply is due. What has arrived since is looked at before the next command.
    pub(crate) fn is_in_step(&self) -> bool {
        self.link.control.is_in_step()
    }

    /// Returns the number of unused TLS 1.3 tickets. Zero does not mean that there is nothing to
    /// resume with: further copies are made when needed, and TLS 1.2 needs no tickets.
    pub fn tickets(&self) -> usize {
        self.link.tether.tickets()
    }

    /// Returns the server software, based on its replies to `FEAT`, `STAT` and `SYST`, and on its
    /// greeting unless that arrived before TLS; [`Software::Unknown`] if they do not show it.
    pub fn server(&self) -> Software {
        self.link.server.software
    }

    /// Returns the path of the login directory, to which paths without a leading slash are
    /// relative. `None` if the server does not say (`PWD`, RFC 959 section 4.1.3). The server is
    /// asked once.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Network`](crate::ErrorKind::Network) or
    /// [`ErrorKind::Timeout`](crate::ErrorKind::Timeout) if the connection fails.
    pub async fn login_directory(&mut self) -> Result<Option<RemotePath>, Error> {
        self.home().await
    }

    /// Returns the user who logged in.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.shared.config().user
    }

    /// Returns the features that the server announces (`FEAT`, RFC 2389). Empty if it does not know
    /// that command.
    ///
    /// A server may support more than it announces, and refuse what it announces; only the commands
    /// themselves show it. The list belongs to the current control connection.
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

    /// Sends `NOOP`, which keeps the session alive.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Refused`] if the server does not know the command (aioftp 0.28); the session is
    /// usable all the same. [`ErrorKind::Network`] or [`ErrorKind::Timeout`] if the connection
    /// fails.
    pub async fn noop(&mut self) -> Result<(), Error> {
        self.ensure_usable().await?;
        self.link.control.expect(&Command::Noop).await.map(drop)
    }

    /// Sends `QUIT` and closes the control connection in order.
    pub async fn quit(mut self) {
        self.record_resumption().await;
        if self.is_usable() {
            let goodbye = self.link.control.command(&Command::Quit);
            // The session ends, whatever the server answers.
            let _ = tokio::time::timeout(FAREWELL, goodbye).await;
        }
        self.link.control.close(FAREWELL).await;
    }

    /// Records, once, that TLS 1.3 sessions resume on this server. A later run then does not try
    /// TLS 1.2, to which an on-path attacker could lead it.
    #[boxed]
    async fn record_resumption(&self) {
        if !self.shared.lessons().take_new_resumption() {
            return;
        }
        let config = self.shared.config();
        let Some(servers) = config.remembered() else {
            return;
        };
        let (host, port) = (config.host.clone(), config.effective_port());
        let enter = move |servers: &KnownServers| servers.enter_resumption(&host, port);
        if let Err(error) = servers.aside(enter).await {
            let text = format!("{error}; what this server supports is not remembered");
            self.link.control.observe(&Event::Warning { text: &text });
        }
    }

    /// Ensures that a command can be sent, and refers to the login directory. Opens a new control
    /// connection if the old one is broken.
    #[boxed]
    pub(crate) async fn ensure_usable(&mut self) -> Result<(), Error> {
        self.record_resumption().await;
        // A reply that is tolerated may wait to be read.
        if self.link.control.is_in_step()
            && let Err(error) = self.link.control.look().await
        {
            self.note(&format!("{error}; a new connection is opened"));
        }
        if !self.is_usable() {
            let only_tls12 = self.link.only_tls12 || self.shared.lessons().only_tls12_resumes();
            self.reconnect(only_tls12).await?;
        }
        if self.actual == self.wanted {
            return Ok(());
        }
        self.restore_surroundings().await
    }

    async fn reconnect(&mut self, only_tls12: bool) -> Result<(), Error> {
        // Before the new connection, because some servers limit the number of connections.
        self.link.control.close(FAREWELL).await;
        let id = self.link.control.id().clone();
        let opened = Link::open(&self.shared, id, only_tls12).await;
        let is_full = |error: &Error| error.kind() == ErrorKind::Unavailable;
        self.is_turned_away = opened.as_ref().is_err_and(is_full);
        let agreements = self.link.agreements + 1;
        self.link = opened?;
        self.listings_in_a_row.lose_port();
        self.link.agreements = agreements;
        self.actual = Surroundings::default();
        self.has_other_facts = false;
        Ok(())
    }
}
