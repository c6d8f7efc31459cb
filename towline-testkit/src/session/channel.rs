//! A transfer from the check of its data connection to its final reply.

use std::io;

use tokio::net::{TcpListener, TcpStream};

use super::{ControlEnd, Protection, Session, Step, Stop, about};
use crate::command::Command;
use crate::control::{Overheard, within};
use crate::data::{Channel, Passive, Security, accept};
use crate::fault::{Action, Fault, Point, names};
use crate::flow::{Flow, Progress};
use crate::personality::{HandshakeFailure, Meanwhile};
use crate::phrase::{Values, code, fill};
use crate::report::DataReport;
use crate::tls::DataTls;

/// What a transfer that ran has come to.
enum Outcome {
    Progress(Progress),
    /// `ABOR` came.
    Aborted,
    /// A command came that ends the data connection.
    Cut,
}

impl Session {
    /// Opens the data connection, moves the data and answers. `start` is the
    /// preliminary reply with its `values`, `done` the final one.
    pub(super) async fn transfer(
        &mut self,
        command: &Command,
        mut flow: Flow,
        start: &str,
        values: Values,
        done: Vec<u8>,
    ) -> Step {
        if !self.secures_data() && !self.traits.phrases.clear_data.is_empty() {
            return self.say(self.traits.phrases.clear_data).await;
        }
        if self.keeps_open(command).await? {
            return Ok(());
        }
        let mut report = DataReport {
            command: command.verb.clone(),
            path: command.text(),
            ..DataReport::default()
        };
        let start = self.preliminary(command, start, values);
        let upload = flow.is_upload();
        let Some(mut channel) = self
            .open_channel(command, &start, upload, &mut report)
            .await?
        else {
            return Ok(());
        };
        flow.take_faults(&self.shared.faults, &command.verb);
        let outcome = loop {
            match self.move_data(&mut flow, &mut channel).await? {
                Outcome::Progress(Progress::Stopped(Action::Hold(gate))) => gate.pass().await,
                outcome => break outcome,
            }
        };
        report.bytes = flow.bytes;
        drop(flow);
        self.conclude(command, outcome, channel, report, done, upload)
            .await
    }

    /// Whether data connections are in TLS.
    pub(super) fn secures_data(&self) -> bool {
        self.protection == Protection::Private
    }

    /// How the next data connection is secured.
    pub(super) fn data_security(&self, upload: bool) -> Security {
        let faults = &self.shared.faults;
        let filezilla = Some(b"x-filezilla-ftp".as_slice());
        let other_certificate =
            faults.strikes(|fault| matches!(fault, Fault::OtherDataCertificate));
        let (config, desk) = self.shared.tls.data(
            self.id,
            DataTls {
                upload,
                control_version: self.control.version(),
                filezilla_protocol: self.control.application_protocol() == filezilla,
                refuse_sessions: faults.strikes(|fault| matches!(fault, Fault::RefuseSessions)),
                other_certificate,
            },
        );
        Security {
            config,
            desk,
            unchecked: other_certificate,
        }
    }

    /// Whether a fault leaves the data connection open behind a 550.
    async fn keeps_open(&mut self, command: &Command) -> Step<bool> {
        let keep = |fault: &Fault| match fault {
            Fault::KeepDataOpen { command: pattern } => names(pattern, &command.verb),
            _ => false,
        };
        if !self.shared.faults.strikes(keep) {
            return Ok(false);
        }
        if let Passive::Listening(listener) = std::mem::replace(&mut self.passive, Passive::None) {
            self.abandoned = self.accept_data(&listener).await?;
        }
        self.say("550 Requested action not taken.").await?;
        Ok(true)
    }

    fn preliminary(&self, command: &Command, phrase: &str, values: Values) -> Vec<u8> {
        let when_open = self.traits.phrases.start_when_open;
        let phrase = match self.passive {
            Passive::Open(_) if !when_open.is_empty() => when_open,
            _ => phrase,
        };
        let kind = if self.binary { "BINARY" } else { "ASCII" };
        let path = self.directory.resolve(&command.argument).to_bytes();
        let values = values.with("path", path).with("type", kind);
        fill(phrase, &about(command, values))
    }

    /// Gives a data connection that has passed the check; where there is none
    /// the client has had its final reply.
    async fn open_channel(
        &mut self,
        command: &Command,
        start: &[u8],
        upload: bool,
        report: &mut DataReport,
    ) -> Step<Option<Channel>> {
        let phrases = &self.traits.phrases;
        let deadline = self.shared.deadline;
        let opened = match std::mem::replace(&mut self.passive, Passive::None) {
            Passive::None => {
                self.say(phrases.no_data).await?;
                return Ok(None);
            }
            Passive::Listening(listener) => {
                let Some(stream) = self.accept_data(&listener).await? else {
                    self.say(phrases.accept_failed).await?;
                    return Ok(None);
                };
                drop(listener);
                self.control.send(start).await?;
                if self.secures_data() {
                    match self.secure_data(command, stream, upload).await? {
                        Some(secured) => secured,
                        None => {
                            self.note_data(report.clone());
                            return Ok(None);
                        }
                    }
                } else {
                    Ok(Channel::clear(stream, deadline))
                }
            }
            Passive::Opening(opening) => {
                self.control.send(start).await?;
                tokio::select! {
                    opened = within(deadline, opening) => opened,
                    Overheard::Closed = self.control.overhear(|_| false) => {
                        return Err(Stop::Ended(ControlEnd::ClientClosed));
                    }
                }
            }
            Passive::Open(channel) => {
                self.control.send(start).await?;
                Ok(channel)
            }
        };
        let Ok(channel) = opened else {
            self.refuse_handshake(report.clone()).await?;
            return Ok(None);
        };
        let refuse = |fault: &Fault| matches!(fault, Fault::RefuseData);
        if self.shared.faults.strikes(refuse) || !(self.admits(&channel) || !self.secures_data()) {
            self.refuse(channel, report.clone()).await?;
            return Ok(None);
        }
        Ok(Some(channel))
    }

    /// Accepts a data connection; `None` if none comes.
    async fn accept_data(&mut self, listener: &TcpListener) -> Step<Option<TcpStream>> {
        let accepted = tokio::select! {
            accepted = within(self.shared.deadline, accept(listener, self.client.ip())) => accepted,
            Overheard::Closed = self.control.overhear(|_| false) => {
                return Err(Stop::Ended(ControlEnd::ClientClosed));
            }
        };
        Ok(accepted.ok())
    }

    /// Shakes hands on a data connection; `None` where a fault has answered.
    async fn secure_data(
        &mut self,
        command: &Command,
        stream: TcpStream,
        upload: bool,
    ) -> Step<Option<io::Result<Channel>>> {
        let due = self.shared.faults.at(|point| match point {
            Point::DataTls(pattern) => names(pattern, &command.verb),
            _ => false,
        });
        match due {
            Some(Action::Reset) => {
                stream.set_zero_linger()?;
                return Ok(Some(Err(io::ErrorKind::ConnectionReset.into())));
            }
            due => {
                if !self.act(due).await? {
                    return Ok(None);
                }
            }
        }
        let security = self.data_security(upload);
        Ok(Some(
            Channel::secure(stream, security, self.shared.deadline).await,
        ))
    }

    /// Answers a data connection whose handshake failed.
    async fn refuse_handshake(&mut self, mut report: DataReport) -> Step {
        match self.traits.handshake_failure {
            HandshakeFailure::Reply(phrase) => {
                report.reply = code(phrase.as_bytes());
                self.note_data(report);
                self.say(phrase).await
            }
            HandshakeFailure::Plaintext(text) => {
                self.note_data(report);
                self.control
                    .send_below_tls(&fill(text, &Values::none()))
                    .await?;
                Err(Stop::Ended(ControlEnd::ServerClosed))
            }
            HandshakeFailure::Close => {
                self.note_data(report);
                Err(Stop::Ended(ControlEnd::ServerClosed))
            }
        }
    }

    /// Answers a data connection that failed the check of session reuse.
    async fn refuse(&mut self, mut channel: Channel, mut report: DataReport) -> Step {
        let refusal = self.traits.refusal;
        report.refused = true;
        report.reply = code(refusal.reply.as_bytes());
        if refusal.close_notify {
            // A client that has gone has had its answer all the same.
            let _ = channel.finish_sending(true).await;
            channel.await_close_notify().await;
        }
        channel.look_at_end();
        channel.describe(self.id, &mut report);
        drop(channel);
        self.note_data(report);
        self.say(refusal.reply).await?;
        if refusal.ends_control {
            return Err(Stop::Ended(ControlEnd::ServerClosed));
        }
        Ok(())
    }

    /// Moves data, and listens to the control connection meanwhile.
    async fn move_data(&mut self, flow: &mut Flow, channel: &mut Channel) -> Step<Outcome> {
        let meanwhile = self.traits.meanwhile;
        let wanted = |command: &Command| match meanwhile {
            Meanwhile::Queue => false,
            Meanwhile::Abort => command.verb == "ABOR",
            Meanwhile::Cut => !matches!(command.verb.as_str(), "STAT" | "QUIT"),
        };
        let work = flow.run(channel);
        tokio::pin!(work);
        let overheard = tokio::select! {
            biased;
            overheard = self.control.overhear(wanted) => overheard,
            progress = &mut work => return Ok(Outcome::moved(progress)),
        };
        match overheard {
            Overheard::Closed => Ok(Outcome::moved(work.await)),
            Overheard::Command(command) if command.verb == "ABOR" => {
                self.next_command().await?;
                Ok(Outcome::Aborted)
            }
            Overheard::Command(_) => Ok(Outcome::Cut),
        }
    }

    /// Closes the data connection and answers.
    async fn conclude(
        &mut self,
        command: &Command,
        outcome: Outcome,
        mut channel: Channel,
        mut report: DataReport,
        done: Vec<u8>,
        upload: bool,
    ) -> Step {
        let traits = self.traits;
        let phrases = &traits.phrases;
        let reply = match outcome {
            Outcome::Progress(Progress::Done) => {
                let due = self.shared.faults.at(|point| match point {
                    Point::FinalReply(pattern) => names(pattern, &command.verb),
                    _ => false,
                });
                if !self.act(due).await? {
                    channel.describe(self.id, &mut report);
                    self.note_data(report);
                    return Ok(());
                }
                self.close_data(&mut channel, upload).await;
                done
            }
            Outcome::Progress(Progress::Stopped(Action::Reset)) => {
                channel.describe(self.id, &mut report);
                channel.reset();
                return self
                    .answer_transfer(report, fill(phrases.transfer_failed, &Values::none()))
                    .await;
            }
            Outcome::Progress(Progress::Stopped(action)) => {
                channel.describe(self.id, &mut report);
                self.note_data(report);
                self.perform(action).await?;
                return Ok(());
            }
            Outcome::Progress(Progress::Truncated) => {
                self.spoil(&channel);
                channel.look_at_end();
                fill(traits.upload_without_close_notify, &Values::none())
            }
            Outcome::Progress(Progress::Lost) => {
                // What came before the end may hold a `close_notify`.
                channel.await_close_notify().await;
                channel.look_at_end();
                channel.describe(self.id, &mut report);
                if !report.close_notify {
                    self.spoil(&channel);
                    if traits.abrupt_end_is_fatal && channel.is_broken_pipe() {
                        self.note_data(report);
                        return Err(Stop::Ended(ControlEnd::ServerClosed));
                    }
                }
                let reply = if upload {
                    traits.upload_reset
                } else {
                    phrases.transfer_failed
                };
                fill(reply, &Values::none())
            }
            Outcome::Progress(Progress::DiskFull) => {
                // The rest of the upload is not read: the client's system may
                // see a reset.
                let _ = channel.finish_sending(true).await;
                fill(phrases.disk_full, &Values::none())
            }
            Outcome::Aborted => {
                let _ = channel.finish_sending(true).await;
                channel.look_at_end();
                return self.answer_abort(channel, report).await;
            }
            Outcome::Cut => {
                channel.describe(self.id, &mut report);
                self.note_data(report);
                return Ok(());
            }
        };
        channel.describe(self.id, &mut report);
        drop(channel);
        self.answer_transfer(report, reply).await
    }

    /// Closes a data connection behind a transfer that came to its end.
    async fn close_data(&mut self, channel: &mut Channel, upload: bool) {
        let bare = |fault: &Fault| matches!(fault, Fault::NoCloseNotify);
        let close_notify = upload || !self.shared.faults.strikes(bare);
        // Whether the client is still there shows below; its reply is due
        // either way.
        let _ = channel.finish_sending(close_notify).await;
        if !upload && close_notify {
            channel.await_close_notify().await;
        }
        channel.look_at_end();
    }

    /// Says what `ABOR` and the transfer that it ended are due.
    async fn answer_abort(&mut self, channel: Channel, mut report: DataReport) -> Step {
        let replies = self.traits.phrases.aborted;
        channel.describe(self.id, &mut report);
        drop(channel);
        report.reply = replies.last().and_then(|reply| code(reply.as_bytes()));
        self.note_data(report);
        for reply in replies {
            self.say(reply).await?;
        }
        Ok(())
    }

    fn spoil(&self, channel: &Channel) {
        if self.traits.abrupt_end_spoils_session {
            channel.spoil_session();
        }
    }

    /// Reports a transfer, then says its final reply: whoever has read the
    /// reply finds the report.
    async fn answer_transfer(&mut self, mut report: DataReport, reply: Vec<u8>) -> Step {
        report.reply = code(&reply);
        self.note_data(report);
        Ok(self.control.send(&reply).await?)
    }
}

impl Outcome {
    /// Deadlines and errors of the disk end a transfer like a lost client.
    fn moved(progress: io::Result<Progress>) -> Self {
        Self::Progress(progress.unwrap_or(Progress::Lost))
    }
}
