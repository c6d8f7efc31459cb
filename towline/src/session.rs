//! A logged-in session: the operations that need no data connection, and the recovery of those
//! that do.

use std::sync::Arc;

use towline_proto::body::{parse_mdtm, parse_size};
use towline_proto::command::Command;
use towline_proto::path::RemotePath;
use towline_proto::reply::{Reply, ReplyClass};

use crate::attempt::retrying;
use crate::client::Shared;
use crate::clock::Clock;
use crate::config::SessionReuse;
use crate::data::{self, Data, OpenError};
use crate::error::{Error, ErrorKind};
use crate::link::{FAREWELL, Link};
use crate::number::Number;
use crate::observer::Event;
use crate::policy::{Purpose, Recovery, ReuseDemand};

/// A session with a server: one control connection, logged in.
///
/// One operation runs at a time. An operation that is dropped before it has finished leaves the
/// control connection in an unknown state; the next operation then begins with a new one, as it does
/// after the server has closed it.
#[derive(Debug)]
pub struct Session {
    pub(crate) shared: Arc<Shared>,
    pub(crate) link: Link,
    /// What an upload has stored at the server and neither published nor removed so far.
    pub(crate) unfinished: Option<RemotePath>,
    pub(crate) clock: Clock,
    /// The observer knows that this server does not set times.
    pub(crate) told_of_times: bool,
    /// The server had no room for it when it last had to connect again.
    pub(crate) is_turned_away: bool,
}

impl Session {
    pub(crate) async fn open(shared: Arc<Shared>) -> Result<Self, Error> {
        let number = shared.numbers.take();
        Self::open_as(shared, number).await
    }

    /// As [`Self::open`], over the control connection `number`.
    pub(crate) async fn open_as(shared: Arc<Shared>, number: Number) -> Result<Self, Error> {
        let only_tls12 = shared.memory().only_tls12;
        let link = Link::open(&shared, number, only_tls12).await?;
        Ok(Self {
            shared,
            link,
            unfinished: None,
            clock: Clock::default(),
            told_of_times: false,
            is_turned_away: false,
        })
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

    /// The size of a file in bytes (`SIZE`, RFC 3659 section 4). `None` if the server does not
    /// know the command or has no answer for this path.
    ///
    /// # Errors
    ///
    /// Those of the connection.
    pub async fn size(&mut self, path: &RemotePath) -> Result<Option<u64>, Error> {
        retrying!(self, self.ask_size(path))
    }

    pub(crate) async fn ask_size(&mut self, path: &RemotePath) -> Result<Option<u64>, Error> {
        let reply = self.ask(&Command::Size(path.clone())).await?;
        Ok(reply.and_then(|reply| parse_size(&reply).ok()))
    }

    /// When a file was last changed (`MDTM`, RFC 3659 section 3). `None` as for [`Self::size`].
    ///
    /// # Errors
    ///
    /// Those of the connection.
    pub async fn modified(&mut self, path: &RemotePath) -> Result<Option<jiff::Timestamp>, Error> {
        retrying!(self, self.ask_modified(path))
    }

    pub(crate) async fn ask_modified(
        &mut self,
        path: &RemotePath,
    ) -> Result<Option<jiff::Timestamp>, Error> {
        let reply = self.ask(&Command::Mdtm(path.clone())).await?;
        Ok(reply.and_then(|reply| parse_mdtm(&reply).ok()))
    }

    /// Renames `from` to `to` on the server (`RNFR`, `RNTO`). Whether an existing target is replaced
    /// is the server's decision; the observed ones replace files.
    ///
    /// # Errors
    ///
    /// If the server refuses.
    pub async fn rename(&mut self, from: &RemotePath, to: &RemotePath) -> Result<(), Error> {
        self.ensure_usable().await?;
        self.rename_plainly(from, to).await
    }

    /// Removes a file, or a link but not what it points to (`DELE`).
    ///
    /// # Errors
    ///
    /// If the server refuses.
    pub async fn remove_file(&mut self, path: &RemotePath) -> Result<(), Error> {
        self.act(&Command::Dele(path.clone()), "cannot be removed", path)
            .await
    }

    /// Makes a directory (`MKD`).
    ///
    /// # Errors
    ///
    /// If the server refuses, as it does for one that exists.
    pub async fn create_dir(&mut self, path: &RemotePath) -> Result<(), Error> {
        self.act(&Command::Mkd(path.clone()), "cannot be created", path)
            .await
    }

    /// Removes an empty directory (`RMD`).
    ///
    /// # Errors
    ///
    /// If the server refuses, as it does for one that is not empty.
    pub async fn remove_dir(&mut self, path: &RemotePath) -> Result<(), Error> {
        self.act(&Command::Rmd(path.clone()), "cannot be removed", path)
            .await
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
        let only_tls12 = self.link.only_tls12 || self.shared.memory().only_tls12;
        self.reconnect(only_tls12).await
    }

    /// Opens the data connection for a listing or a download.
    pub(crate) async fn open_retrieval(
        &mut self,
        command: &Command,
        offset: u64,
        path: &RemotePath,
    ) -> Result<Data, Error> {
        let mut stored = false;
        self.open_data(Purpose::Retrieve, command, offset, path, &mut stored)
            .await
    }

    /// Opens the data connection for `command`, which begins at byte `offset`, with every recovery
    /// that the policy allows.
    ///
    /// `stored` is set as soon as an upload's command may have created its target.
    pub(crate) async fn open_data(
        &mut self,
        purpose: Purpose,
        command: &Command,
        offset: u64,
        path: &RemotePath,
        stored: &mut bool,
    ) -> Result<Data, Error> {
        let opened = self
            .open_recovering(purpose, command, offset, path, stored)
            .await;
        if opened.is_err() && offset > 0 && self.is_usable() {
            // What was not used up would have the next transfer begin there. Where this fails the
            // connection is given up, and the offset with it.
            let _ = self.link.control.command(&Command::Rest(0)).await;
        }
        opened
    }

    async fn open_recovering(
        &mut self,
        purpose: Purpose,
        command: &Command,
        offset: u64,
        path: &RemotePath,
        stored: &mut bool,
    ) -> Result<Data, Error> {
        let mut last = None;
        let mut refused = None;
        let mut had_trial = false;
        loop {
            self.ensure_usable().await?;
            let (link, shared) = (&mut self.link, &self.shared);
            let attempt = data::open(link, shared, purpose, command, offset, path, stored);
            let refusal = match attempt.await {
                Ok(data) => {
                    if last == Some(Recovery::NewControlConnectionTls12) {
                        self.shared.memory().only_tls12 = true;
                    }
                    return Ok(data);
                }
                // vsftpd closes the control connection behind its refusal, which shows only now.
                Err(OpenError::Failed(error)) => match refused.take() {
                    Some(refusal) if last == Some(Recovery::AnotherTicket) && !self.is_usable() => {
                        refusal
                    }
                    _ => return Err(error.with_path(path)),
                },
                Err(OpenError::Unreachable(error)) => {
                    // The next control connection connects first, so this happens once.
                    self.surprised(&error, false);
                    continue;
                }
                Err(OpenError::NeedsTrial) => {
                    if !had_trial {
                        had_trial = true;
                        Box::pin(self.trial()).await?;
                        continue;
                    }
                    let what =
                        "the server resumes no session, and has not shown that it needs none";
                    Error::new(ErrorKind::SessionReuseRefused, what)
                }
                Err(OpenError::NotReused { error, by_server }) => {
                    if by_server {
                        self.shared.memory().demand = ReuseDemand::Demanded;
                    }
                    error
                }
            }
            .with_path(path);
            if self.shared.config.session_reuse == SessionReuse::Off {
                return Err(refusal);
            }
            let may_fall_back = self.link.tls13 && self.shared.profile.allows_tls12();
            let Some(step) = Recovery::after(last, self.is_usable(), may_fall_back) else {
                return Err(refusal);
            };
            self.link.control.observe(&Event::Recovering {
                reason: &refusal.to_string(),
                step: step.describe(),
            });
            match step {
                Recovery::AnotherTicket => {}
                Recovery::NewControlConnection => self.reconnect(self.link.only_tls12).await?,
                // A server that cannot do TLS 1.2 has refused for another reason.
                Recovery::NewControlConnectionTls12 => match self.reconnect(true).await {
                    Err(error) if error.kind() == ErrorKind::Tls => return Err(refusal),
                    outcome => outcome?,
                },
            }
            last = Some(step);
            refused = Some(refusal);
        }
    }

    /// A harmless listing that shows whether the server welcomes a full handshake.
    async fn trial(&mut self) -> Result<(), Error> {
        self.link.control.observe(&Event::Note {
            text: "nothing to resume with: a listing shows whether the server minds",
        });
        let path = RemotePath::login_directory();
        let listed = self.list_each(&path, |_| {}).await;
        listed.map(drop).map_err(|error| {
            error.with_note("this listing was to show whether uploads need session reuse")
        })
    }

    /// Gives the connection up on which `error` came while more than one command was under way.
    pub(crate) fn surprised(&mut self, error: &Error, closed_early: bool) {
        let control = &mut self.link.control;
        self.shared.pipelining.give_up(control, error, closed_early);
    }

    /// Tells the observer something that is no error.
    pub(crate) fn note(&self, text: &str) {
        self.link.control.observe(&Event::Note { text });
    }

    pub(crate) async fn rename_plainly(
        &mut self,
        from: &RemotePath,
        to: &RemotePath,
    ) -> Result<(), Error> {
        let reply = self
            .link
            .control
            .command(&Command::Rnfr(from.clone()))
            .await?;
        if !matches!(reply.class(), ReplyClass::Intermediate) {
            return Err(Error::refused("cannot be renamed", reply).with_path(from));
        }
        let reply = self
            .link
            .control
            .command(&Command::Rnto(to.clone()))
            .await?;
        if reply.class() != ReplyClass::Completion {
            let what = format!("cannot be renamed to {to}");
            return Err(Error::refused(what, reply).with_path(from));
        }
        Ok(())
    }

    /// A question that a server may leave unanswered with 5yz.
    pub(crate) async fn ask(&mut self, command: &Command) -> Result<Option<Reply>, Error> {
        self.ensure_usable().await?;
        let reply = self.link.control.command(command).await?;
        match reply.class() {
            ReplyClass::Completion => Ok(Some(reply)),
            ReplyClass::Permanent | ReplyClass::Transient => Ok(None),
            _ => Err(Error::refused(
                format!("{} went wrong", command.verb()),
                reply,
            )),
        }
    }

    async fn act(&mut self, command: &Command, what: &str, path: &RemotePath) -> Result<(), Error> {
        self.ensure_usable().await?;
        let reply = self.link.control.command(command).await?;
        if reply.class() == ReplyClass::Completion {
            return Ok(());
        }
        Err(Error::refused(what, reply).with_path(path))
    }

    async fn reconnect(&mut self, only_tls12: bool) -> Result<(), Error> {
        // First, because some servers count connections.
        self.link.control.close(FAREWELL).await;
        let number = self.link.control.number();
        let opened = Link::open(&self.shared, number, only_tls12).await;
        let is_full = |error: &Error| error.kind() == ErrorKind::Unavailable;
        self.is_turned_away = opened.as_ref().is_err_and(is_full);
        self.link = opened?;
        Ok(())
    }
}
