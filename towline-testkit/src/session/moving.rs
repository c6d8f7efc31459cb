//! A transfer from its data connection to its final reply.

use std::io;
use std::pin::pin;

use super::early::Attended;
use super::{ControlEnd, Session, Step, Stop, about};
use crate::EarlyClose;
use crate::armed_fault::names;
use crate::client_command::ClientCommand;
use crate::data::{Channel, DataPort};
use crate::fault::{Action, Fault, IdleRecord, Point};
use crate::flow::{Flow, Progress};
use crate::phrase::{Values, code, encode, raw};
use crate::report::DataReport;
use crate::tls::Tls;

/// The outcome of a transfer.
enum Outcome {
    Progress(Progress),
    /// The end of a download is lost, in this way.
    Shortened(EarlyClose),
    /// `ABOR` arrived.
    Aborted,
    /// A command that ends the data connection arrived.
    Cut,
}

impl Session {
    /// Opens the data connection, moves the data and answers. `start` is the
    /// preliminary reply with its `values`; `done` is the final reply.
    pub(super) async fn transfer(
        &mut self,
        command: &ClientCommand,
        mut flow: Flow,
        start: &str,
        values: Values,
        done: Vec<u8>,
    ) -> Step {
        if !self.may_transfer() {
            return self.say(self.traits.phrases.clear_data).await;
        }
        if self.keeps_open(command).await? {
            return Ok(());
        }
        let mut report = DataReport {
            command: command.verb.clone(),
            path: command.text().into_owned(),
            ..DataReport::default()
        };
        let first = |fault: &Fault| matches!(fault, Fault::HandshakeFirst);
        if self.faults.strikes(first) && matches!(self.data_port, DataPort::Opening(_)) {
            let opened = self.data_port.progress().await;
            self.note_opened(opened);
        }
        let start = self.preliminary(command, start, values);
        let unopened = self.faults.strike(|fault| match fault {
            Fault::DataNotOpened {
                command: pattern,
                reply,
            } if names(pattern, &command.verb) => Some(*reply),
            _ => None,
        });
        if let Some(reply) = unopened {
            self.control.send(&start).await?;
            return self.answer_transfer(report, raw(reply)).await;
        }
        let upload = flow.is_upload();
        let Some(mut channel) = self.open_channel(command, &start, upload, &report).await? else {
            return Ok(());
        };
        flow.take_faults(&self.faults, &command.verb);
        let mut lost_end = None;
        let outcome = loop {
            match self.move_data(&mut flow, &mut channel).await? {
                Outcome::Progress(Progress::Stopped(Action::Hold(gate))) => gate.pass().await,
                Outcome::Progress(Progress::Stopped(Action::KeyUpdate)) => channel.update_keys(),
                Outcome::Progress(Progress::ClosedEarly) => {
                    lost_end = self.meet_early_close(&flow);
                    if lost_end.is_some() {
                        flow.lose_end();
                    }
                }
                Outcome::Progress(Progress::Done) if let Some(how) = lost_end => {
                    break Outcome::Shortened(how);
                }
                outcome => break outcome,
            }
        };
        report.bytes = flow.bytes;
        drop(flow);
        self.conclude(command, outcome, channel, report, done, upload)
            .await
    }

    fn preliminary(&self, command: &ClientCommand, phrase: &str, values: Values) -> Vec<u8> {
        let when_open = self.traits.phrases.start_when_open;
        let active = self.traits.phrases.start_active;
        let mut values = values;
        let phrase = match self.data_port {
            DataPort::Open(_) | DataPort::Active(_) if !when_open.is_empty() => when_open,
            DataPort::Active(address) if !active.is_empty() => {
                values = values.with("port", address.port().to_string());
                active
            }
            _ => phrase,
        };
        let kind = if self.binary { "BINARY" } else { "ASCII" };
        let path = self.directory.resolve(&command.argument).to_bytes();
        let values = values.with("path", path).with("type", kind);
        encode(phrase, &about(command, values))
    }

    /// Moves data and meanwhile listens to the control connection.
    async fn move_data(&mut self, flow: &mut Flow, channel: &mut Channel) -> Step<Outcome> {
        let mut work = pin!(flow.run(channel));
        Ok(match self.attend(&mut work).await? {
            Attended::Done(progress) => Outcome::moved(progress),
            Attended::Closed(_) => Outcome::moved(work.await),
            Attended::Aborted => Outcome::Aborted,
            Attended::Cut => Outcome::Cut,
        })
    }

    /// Returns how a download loses its end to an early `close_notify`, if it
    /// does.
    fn meet_early_close(&self, flow: &Flow) -> Option<EarlyClose> {
        let fault = self.faults.strike(|fault| match fault {
            Fault::EarlyClose(how) => Some(*how),
            _ => None,
        });
        let limit = self.traits.early_close_limit;
        let own = limit.is_some_and(|limit| flow.length() > limit);
        fault.or_else(|| own.then_some(EarlyClose::Reset))
    }

    /// Closes the data connection and answers.
    async fn conclude(
        &mut self,
        command: &ClientCommand,
        outcome: Outcome,
        mut channel: Channel,
        mut report: DataReport,
        done: Vec<u8>,
        upload: bool,
    ) -> Step {
        let traits = self.traits;
        let reply = match outcome {
            Outcome::Progress(Progress::Done | Progress::ClosedEarly) => {
                let due = self.faults.at(|point| match point {
                    Point::FinalReply(pattern) => names(pattern, &command.verb),
                    _ => false,
                });
                let instead = match due {
                    None => None,
                    Some(Action::Hold(gate)) => {
                        gate.pass().await;
                        None
                    }
                    Some(action @ (Action::Silence | Action::Reset)) => {
                        return self.interrupt(action, channel, report).await;
                    }
                    Some(action) => Some(action),
                };
                let open = |fault: &Fault| matches!(fault, Fault::LeaveDataOpen);
                if instead.is_none() && self.faults.strikes(open) {
                    return self.leave_open(channel, report, done).await;
                }
                let bare = |fault: &Fault| matches!(fault, Fault::NoCloseNotify);
                let close_notify = upload || !self.faults.strikes(bare);
                channel.close(traits.closing, close_notify, upload).await;
                if let Some(action) = instead {
                    return self.interrupt(action, channel, report).await;
                }
                match traits.phrases.done_when_empty {
                    "" => done,
                    phrase if upload && report.bytes == 0 => encode(phrase, &Values::none()),
                    _ => done,
                }
            }
            Outcome::Shortened(how) => {
                match how {
                    EarlyClose::Reset => channel.reset_at_end(),
                    EarlyClose::Shorten | EarlyClose::Fail => {
                        channel.close(traits.closing, true, false).await;
                    }
                }
                match how {
                    EarlyClose::Reset | EarlyClose::Shorten => done,
                    EarlyClose::Fail => encode(traits.phrases.transfer_failed, &Values::none()),
                }
            }
            Outcome::Progress(Progress::Stopped(action)) => {
                return self.interrupt(action, channel, report).await;
            }
            Outcome::Progress(Progress::Truncated) => {
                self.spoil(&channel);
                channel.look_at_end();
                encode(traits.upload_without_close_notify, &Values::none())
            }
            Outcome::Progress(Progress::Lost) => {
                return self.answer_lost(channel, report, upload).await;
            }
            Outcome::Progress(Progress::DiskFull) => {
                // The rest of the upload is not read, so the client's system may
                // see a reset.
                let _ = channel.finish_sending(true).await;
                encode(traits.phrases.disk_full, &Values::none())
            }
            Outcome::Aborted => return self.answer_abort(channel, report).await,
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

    /// Sends the final reply and leaves it to the client to close the data
    /// connection.
    async fn leave_open(
        &mut self,
        mut channel: Channel,
        mut report: DataReport,
        done: Vec<u8>,
    ) -> Step {
        // The client may have disconnected; its reply is sent anyway.
        let _ = channel.flush().await;
        channel.look_at_end();
        channel.describe(self.id, &mut report);
        self.abandoned = Some(channel);
        self.answer_transfer(report, done).await
    }

    /// Lets a fault answer instead of the transfer. An open data connection
    /// stays unchanged meanwhile and is closed afterwards without `close_notify`.
    async fn interrupt(
        &mut self,
        action: Action,
        mut channel: Channel,
        mut report: DataReport,
    ) -> Step {
        channel.describe(self.id, &mut report);
        if matches!(action, Action::Reset) {
            channel.reset_at_end();
            drop(channel);
            let reply = encode(self.traits.phrases.transfer_failed, &Values::none());
            return self.answer_transfer(report, reply).await;
        }
        self.note_data(report);
        if matches!(action, Action::EndlessTickets) {
            // The client must end this.
            while let Some(token) = self.shared.tls.storm_token() {
                if channel.send(token).await.is_err() {
                    break;
                }
            }
            return Err(Stop::Ended(ControlEnd::ServerClosed));
        }
        if let Action::EndlessRecords(record) = action {
            // The client must end this as well.
            let tls = &self.shared.tls;
            while send_idle(tls, record, &mut channel).await.is_ok() {}
            return Err(Stop::Ended(ControlEnd::ServerClosed));
        }
        self.perform(action).await?;
        Ok(())
    }

    /// Answers a transfer whose client has disconnected.
    async fn answer_lost(
        &mut self,
        mut channel: Channel,
        mut report: DataReport,
        upload: bool,
    ) -> Step {
        // The bytes before the end may contain a `close_notify`.
        channel.await_close_notify().await;
        channel.look_at_end();
        channel.describe(self.id, &mut report);
        if !report.close_notify {
            self.spoil(&channel);
            if self.traits.abrupt_end_is_fatal && channel.is_broken_pipe() {
                self.note_data(report);
                return Err(Stop::Ended(ControlEnd::ServerClosed));
            }
        }
        let reply = match upload {
            true => self.traits.upload_reset,
            false => self.traits.phrases.transfer_failed,
        };
        self.answer_transfer(report, encode(reply, &Values::none()))
            .await
    }

    /// Sends the replies to `ABOR` and to the transfer that it ended.
    async fn answer_abort(&mut self, mut channel: Channel, mut report: DataReport) -> Step {
        let replies = self.traits.phrases.aborted;
        // The client may have closed already.
        let _ = channel.finish_sending(true).await;
        channel.look_at_end();
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

    /// Records a transfer in the report, then sends its final reply, if there is
    /// one. A test that has seen the reply therefore finds the record.
    async fn answer_transfer(&mut self, mut report: DataReport, reply: Vec<u8>) -> Step {
        report.reply = code(&reply);
        self.note_data(report);
        self.catch_up().await?;
        if reply != b"\r\n" {
            self.control.send(&reply).await?;
        }
        Ok(())
    }
}

async fn send_idle(tls: &Tls, record: IdleRecord, channel: &mut Channel) -> io::Result<()> {
    if record == IdleRecord::KeyUpdate {
        return channel.update_key().await;
    }
    let forgery = tls.forgery(record).ok_or(io::ErrorKind::Unsupported)?;
    channel.send(&forgery).await
}

impl Outcome {
    /// Timeouts and disk errors end a transfer like a lost client.
    fn moved(progress: io::Result<Progress>) -> Self {
        Self::Progress(progress.unwrap_or(Progress::Lost))
    }
}
