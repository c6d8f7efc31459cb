//! Opening a data connection, with the recoveries that the policy allows.

use towline_proto::command::Command;
use towline_proto::path::RemotePath;

use super::Session;
use super::listing::Sample;
use crate::boxed::boxed;
use crate::config::SessionReuse;
use crate::data::{self, Data, OpenError, Purpose, recovery_after, trial_refused};
use crate::error::{Error, ErrorKind};
use crate::observer::{Event, RecoveryStep};
use crate::server::ReuseDemand;

/// Why TLS 1.2 is left out of the recovery. An on-path attacker can break any handshake, but only
/// the server can resume a session.
const NOT_THE_VERSION: &str =
    "TLS 1.2 was not tried, because TLS 1.3 sessions have resumed with this server before";

/// The purpose of the listing that fails.
const TRIAL: &str = "this listing was meant to show whether uploads need session reuse";

impl Session {
    /// Opens the data connection for a listing or a download.
    #[boxed]
    pub(crate) async fn open_retrieval(
        &mut self,
        command: &Command,
        offset: u64,
        path: &RemotePath,
    ) -> Result<Data, Error> {
        self.open_data(Purpose::Retrieve, command, offset, path)
            .await
    }

    /// Opens the data connection for `command`, from byte `offset`, with the recoveries that the
    /// policy allows.
    #[boxed]
    pub(crate) async fn open_data(
        &mut self,
        purpose: Purpose,
        command: &Command,
        offset: u64,
        path: &RemotePath,
    ) -> Result<Data, Error> {
        let opening = Opening {
            offset,
            ..Opening::new(self, purpose, command, path)
        };
        let opened = opening.run().await;
        if opened.is_err() && offset > 0 && self.is_usable() {
            // An offset left unused would apply to the next transfer. If this command fails, the
            // connection is given up, and the offset with it.
            let _ = self.link.control.command(&Command::Rest(0)).await;
        }
        opened
    }

    /// As [`Self::open_data`], in `TYPE A` for this command alone.
    #[boxed]
    pub(crate) async fn open_text_data(
        &mut self,
        purpose: Purpose,
        command: &Command,
        path: &RemotePath,
    ) -> Result<Data, Error> {
        let opening = Opening {
            text: true,
            ..Opening::new(self, purpose, command, path)
        };
        let opened = opening.run().await;
        self.wanted.ascii = false;
        opened
    }

    /// Whether the caller, or what is known of the server's software, vouches for resumption.
    fn resumes_by_repute(&self) -> bool {
        self.shared.config().session_reuse == SessionReuse::Require
            || self.shared.lessons().reuse_demand() == ReuseDemand::Demanded
    }

    /// Lists a directory to find out whether the server resumes sessions, or accepts a full
    /// handshake: the login directory, or that of the file at `path`.
    #[boxed]
    async fn trial(&mut self, path: &RemotePath) -> Result<Trial, Error> {
        self.note("listing a directory to find out whether the server requires session reuse");
        let login = RemotePath::login_directory();
        let parent = path.parent().filter(|parent| *parent != login);
        let mut refusal = None;
        let mut is_empty = false;
        for directory in [Some(login), parent].into_iter().flatten() {
            let sampled = self.sample(&directory).await;
            if !self.awaits_trial() {
                // A listing shows this even if none of its lines is understood.
                return Ok(Trial::Passed);
            }
            is_empty = matches!(sampled, Ok(Sample::Complete));
            match sampled {
                Ok(_) => {}
                Err(error) if matches!(error.kind(), ErrorKind::Refused | ErrorKind::NotFound) => {
                    refusal.get_or_insert(error);
                }
                Err(error) => return Err(error.with_note(TRIAL)),
            }
        }
        Ok(match refusal {
            Some(refusal) if !is_empty => Trial::Refused(refusal),
            _ => Trial::NothingThere,
        })
    }

    /// Whether uploads must wait until the server has shown what it requires of data connections.
    pub(crate) fn awaits_trial(&self) -> bool {
        data::awaits_trial(&self.link, &self.shared)
    }
}

/// The result of a listing that was meant to show what the server requires.
enum Trial {
    /// The server has shown it.
    Passed,
    /// The server lists an empty directory without a data connection.
    NothingThere,
    /// The server refuses it.
    Refused(Error),
}

/// A data connection that is being opened, with the recoveries so far.
struct Opening<'a> {
    session: &'a mut Session,
    purpose: Purpose,
    command: &'a Command,
    offset: u64,
    path: &'a RemotePath,
    /// The data is a text (`TYPE A`).
    text: bool,
    /// The last step of the recovery, and the refusal before it.
    last: Option<RecoveryStep>,
    refused: Option<Error>,
    /// The server itself has refused a data connection.
    refused_by_server: bool,
    had_trial: bool,
    /// An attempt may have created the target, whatever happened afterwards.
    target_may_exist: bool,
}

impl<'a> Opening<'a> {
    fn new(
        session: &'a mut Session,
        purpose: Purpose,
        command: &'a Command,
        path: &'a RemotePath,
    ) -> Self {
        Self {
            session,
            purpose,
            command,
            offset: 0,
            path,
            text: false,
            last: None,
            refused: None,
            refused_by_server: false,
            had_trial: false,
            target_may_exist: false,
        }
    }

    async fn run(mut self) -> Result<Data, Error> {
        let opened = self.open().await;
        opened.map_err(|error| match self.target_may_exist {
            true => error.with_target_in_doubt(),
            false => error,
        })
    }

    async fn open(&mut self) -> Result<Data, Error> {
        loop {
            // A trial in between ends in `TYPE I`.
            self.session.wanted.ascii |= self.text;
            self.session.ensure_usable().await?;
            match self.command {
                Command::Mlsd(_) | Command::List(_) | Command::ListAll(_) => {
                    self.session.listings_in_a_row.lose_port();
                }
                _ => self.session.listings_in_a_row.end(),
            }
            let (link, shared) = (&mut self.session.link, &self.session.shared);
            let (command, offset, path) = (self.command, self.offset, self.path);
            let opened = data::open(link, shared, self.purpose, command, offset, path).await;
            let error = match opened {
                Ok(data) => {
                    if self.last == Some(RecoveryStep::NewControlConnectionTls12) {
                        shared.lessons().learned_that_only_tls12_resumes();
                    }
                    return Ok(data);
                }
                Err(error) => self.noticed(error),
            };
            match error {
                OpenError::Failed(error) | OpenError::Refused(error) => match self.late_refusal() {
                    Some(refusal) => self.recover(refusal).await?,
                    None => return Err(error.with_path(path)),
                },
                OpenError::Unreachable(error) => {
                    // With the next control connection, the client connects before it sends the
                    // command, so this happens only once.
                    self.session.surprised(&error, false);
                }
                OpenError::NeedsTrial { .. } if !self.had_trial => {
                    self.had_trial = true;
                    if let Some(data) = self.undergo_trial().await? {
                        return Ok(data);
                    }
                }
                OpenError::NeedsTrial { .. } => self.recover(Error::from(error)).await?,
                OpenError::NotReused { error, evidence } => {
                    if let Some(evidence) = evidence {
                        let lessons = self.session.shared.lessons();
                        lessons.learned_that_reuse_is_demanded(evidence);
                    }
                    self.recover(error).await?;
                }
            }
        }
    }

    /// Records whether `error` leaves the target of an upload in doubt.
    fn noticed(&mut self, error: OpenError) -> OpenError {
        self.target_may_exist |= error.target_may_exist();
        error
    }

    /// Returns the last refusal if it is the reason for what happened since: vsftpd closes the
    /// control connection after its refusal, which shows only at the next command.
    fn late_refusal(&mut self) -> Option<Error> {
        let refusal = self.refused.take();
        let shows_late =
            self.last == Some(RecoveryStep::AnotherTicket) && !self.session.is_usable();
        refusal.filter(|_| shows_late)
    }

    /// Takes the next step of the recovery from `refusal`, or fails with it.
    async fn recover(&mut self, refusal: Error) -> Result<(), Error> {
        let refusal = refusal.with_path(self.path);
        self.refused_by_server |= refusal.reply().is_some();
        let session = &mut *self.session;
        if session.shared.config().session_reuse == SessionReuse::Off {
            return Err(refusal);
        }
        let may_fall_back = session.link.tls13 && session.shared.profile().allows_tls12();
        let resumes = session.shared.lessons().tls13_resumes();
        let may_take_tls12 = may_fall_back && !resumes;
        let Some(step) = recovery_after(self.last, session.is_usable(), may_take_tls12) else {
            return Err(match may_fall_back && resumes {
                true => refusal.with_note(NOT_THE_VERSION),
                false => refusal,
            });
        };
        session.observe(&Event::Recovering {
            error: &refusal,
            step,
        });
        if step == RecoveryStep::NewControlConnectionTls12 {
            session.observe(&Event::Downgrading {
                refused_by_server: self.refused_by_server,
            });
        }
        match step {
            RecoveryStep::AnotherTicket => {}
            RecoveryStep::NewControlConnection => {
                session.reconnect(session.link.only_tls12).await?
            }
            // If the server does not support TLS 1.2, its refusal had another reason.
            RecoveryStep::NewControlConnectionTls12 => match session.reconnect(true).await {
                Err(error) if error.kind() == ErrorKind::Tls => return Err(refusal),
                outcome => outcome?,
            },
        }
        self.last = Some(step);
        self.refused = Some(refusal);
        Ok(())
    }

    /// Finds out what the server requires. Returns the data connection if it is open already.
    async fn undergo_trial(&mut self) -> Result<Option<Data>, Error> {
        let refusal = match self.session.trial(self.path).await? {
            Trial::Passed => return Ok(None),
            // Nothing can be emptied in an empty directory.
            Trial::NothingThere => {
                self.purpose = Purpose::StoreUntried;
                return Ok(None);
            }
            Trial::Refused(refusal) => refusal,
        };
        if self.purpose == Purpose::Store && self.session.resumes_by_repute() {
            self.purpose = Purpose::StoreUntried;
            return Ok(None);
        }
        self.session.wanted.ascii |= self.text;
        self.session.ensure_usable().await?;
        self.session.listings_in_a_row.end();
        let (link, shared) = (&mut self.session.link, &self.session.shared);
        let ahead = data::open_ahead(link, shared, self.command, self.offset, self.path);
        let ahead = Box::pin(ahead).await;
        match ahead.map_err(|error| self.noticed(error)) {
            Ok(data) => Ok(Some(data)),
            // A later listing may still show what the server requires, so session reuse is not at
            // fault yet.
            Err(OpenError::NeedsTrial { .. }) if refusal.is_transient() => {
                Err(refusal.of_transfer().with_note(TRIAL))
            }
            Err(OpenError::NeedsTrial { .. }) => Err(trial_refused(refusal).with_path(self.path)),
            Err(error) => Err(Error::from(error).with_path(self.path)),
        }
    }
}
