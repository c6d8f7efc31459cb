//! Opening a data connection, with the recoveries that the policy allows.

use towline_proto::command::Command;
use towline_proto::path::RemotePath;

use super::Session;
use crate::config::SessionReuse;
use crate::data::{self, Data, OpenError, Purpose, Recovery, trial_refused};
use crate::error::{Error, ErrorKind};
use crate::observer::Event;
use crate::server::ReuseDemand;

/// Why TLS 1.2 is left out of the recovery. An on-path attacker can break any handshake, but only
/// the server can resume a session.
const NOT_THE_VERSION: &str =
    "TLS 1.2 was not tried, because TLS 1.3 sessions have been resumed on this server";

impl Session {
    /// Opens the data connection for a listing or a download.
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
    pub(crate) async fn open_data(
        &mut self,
        purpose: Purpose,
        command: &Command,
        offset: u64,
        path: &RemotePath,
    ) -> Result<Data, Error> {
        let opened = self.open_recovering(purpose, command, offset, path).await;
        if opened.is_err() && offset > 0 && self.is_usable() {
            // An offset left unused would apply to the next transfer. If this command fails, the
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
    ) -> Result<Data, Error> {
        let mut target_may_exist = false;
        let opened = self
            .try_to_open(purpose, command, offset, path, &mut target_may_exist)
            .await;
        opened.map_err(|error| match target_may_exist {
            true => error.with_target_in_doubt(),
            false => error,
        })
    }

    /// Sets `target_may_exist` if any attempt leaves that in doubt, whatever happens afterwards.
    async fn try_to_open(
        &mut self,
        mut purpose: Purpose,
        command: &Command,
        offset: u64,
        path: &RemotePath,
        target_may_exist: &mut bool,
    ) -> Result<Data, Error> {
        let mut last = None;
        let mut refused = None;
        let mut had_trial = false;
        loop {
            self.ensure_usable().await?;
            let (link, shared) = (&mut self.link, &self.shared);
            let opened = data::open(link, shared, purpose, command, offset, path).await;
            if let Err(error) = &opened {
                *target_may_exist |= error.target_may_exist();
            }
            let refusal = match opened {
                Ok(data) => {
                    if last == Some(Recovery::NewControlConnectionTls12) {
                        self.shared.lessons().learned_that_only_tls12_resumes();
                    }
                    return Ok(data);
                }
                // vsftpd closes the control connection after its refusal, which shows only now.
                Err(OpenError::Failed(error) | OpenError::Refused(error)) => match refused.take() {
                    Some(refusal) if last == Some(Recovery::AnotherTicket) && !self.is_usable() => {
                        refusal
                    }
                    _ => return Err(error.with_path(path)),
                },
                Err(OpenError::Unreachable(error)) => {
                    // With the next control connection, the client connects before it sends the
                    // command, so this happens only once.
                    self.surprised(&error, false);
                    continue;
                }
                Err(OpenError::NeedsTrial { .. }) if !had_trial => {
                    had_trial = true;
                    let refusal = match Box::pin(self.trial()).await {
                        Ok(()) => continue,
                        Err(error)
                            if matches!(error.kind(), ErrorKind::Refused | ErrorKind::NotFound) =>
                        {
                            error
                        }
                        Err(error) => {
                            let purpose = "this listing was meant to show whether uploads need \
                                           session reuse";
                            return Err(error.with_note(purpose));
                        }
                    };
                    if purpose != Purpose::Replace {
                        return Err(trial_refused(refusal).with_path(path));
                    }
                    self.ensure_usable().await?;
                    let (link, shared) = (&mut self.link, &self.shared);
                    match Box::pin(data::open_ahead(link, shared, command, path)).await {
                        Ok(data) => return Ok(data),
                        Err(OpenError::NeedsTrial { .. }) if self.resumes_by_repute() => {
                            purpose = Purpose::Store;
                            continue;
                        }
                        Err(OpenError::NeedsTrial { .. }) => {
                            return Err(trial_refused(refusal).with_path(path));
                        }
                        Err(error) => {
                            *target_may_exist |= error.target_may_exist();
                            return Err(Error::from(error).with_path(path));
                        }
                    }
                }
                Err(error @ OpenError::NeedsTrial { .. }) => Error::from(error),
                Err(OpenError::NotReused { error, by_server }) => {
                    if by_server {
                        self.shared.lessons().learned_that_reuse_is_demanded();
                    }
                    error
                }
            }
            .with_path(path);
            if self.shared.config().session_reuse == SessionReuse::Off {
                return Err(refusal);
            }
            let may_fall_back = self.link.tls13 && self.shared.profile().allows_tls12();
            let resumes = self.shared.lessons().tls13_resumes();
            let step = Recovery::after(last, self.is_usable(), may_fall_back && !resumes);
            let Some(step) = step else {
                return Err(match may_fall_back && resumes {
                    true => refusal.with_note(NOT_THE_VERSION),
                    false => refusal,
                });
            };
            self.link.control.observe(&Event::Recovering {
                reason: &refusal.to_string(),
                step: step.describe(),
            });
            if step == Recovery::NewControlConnectionTls12 {
                self.link.control.observe(&Event::Downgrading);
            }
            match step {
                Recovery::AnotherTicket => {}
                Recovery::NewControlConnection => self.reconnect(self.link.only_tls12).await?,
                // If the server does not support TLS 1.2, its refusal had another reason.
                Recovery::NewControlConnectionTls12 => match self.reconnect(true).await {
                    Err(error) if error.kind() == ErrorKind::Tls => return Err(refusal),
                    outcome => outcome?,
                },
            }
            last = Some(step);
            refused = Some(refusal);
        }
    }

    /// Whether the caller, or what is known of the server's software, vouches for resumption.
    fn resumes_by_repute(&self) -> bool {
        self.shared.config().session_reuse == SessionReuse::Require
            || self.shared.lessons().reuse_demand() == ReuseDemand::Demanded
    }

    /// Retrieves a harmless listing to find out whether the server resumes sessions, or accepts a
    /// full handshake. Returns the refusal if the server refuses the listing.
    async fn trial(&mut self) -> Result<(), Error> {
        self.link.control.observe(&Event::Note {
            text: "a listing shows whether data connections must resume a session",
        });
        let path = RemotePath::login_directory();
        let listed = self.list_each(&path, |_| {}).await;
        listed.map(drop)
    }
}
