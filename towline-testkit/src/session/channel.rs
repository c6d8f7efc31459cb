//! A data connection up to the point where data may flow: accepted, secured,
//! checked, or refused.

use std::io;

use tokio::net::{TcpListener, TcpStream};

use super::early::Attended;
use super::{ControlEnd, Session, Step, Stop};
use crate::armed_fault::names;
use crate::client_command::ClientCommand;
use crate::control::within;
use crate::data::{Channel, DataPort, Opening, Security};
use crate::fault::{Action, Fault, Point};
use crate::personality::{HandshakeFailure, Reuse};
use crate::phrase::{code, raw};
use crate::port::accept;
use crate::report::DataReport;
use crate::tls::{DataTls, Shown};

impl Session {
    /// Returns a data connection that has passed the check. If there is none,
    /// the client has already had its final reply. `start` is the preliminary
    /// reply.
    pub(super) async fn open_channel(
        &mut self,
        command: &ClientCommand,
        start: &[u8],
        upload: bool,
        report: &DataReport,
    ) -> Step<Option<Channel>> {
        let phrases = &self.traits.phrases;
        let opened = match std::mem::replace(&mut self.data_port, DataPort::None) {
            DataPort::None => {
                self.say(phrases.no_data).await?;
                return Ok(None);
            }
            port @ (DataPort::Listening(_) | DataPort::Active(_)) => {
                let Some(stream) = self.meet(port).await? else {
                    return Ok(None);
                };
                self.control.send(start).await?;
                match self.secure_data(command, stream, upload, report).await? {
                    Some(secured) => secured,
                    None => return Ok(None),
                }
            }
            DataPort::Opening(opening) => {
                self.control.send(start).await?;
                match self.attend_handshake(opening, report).await? {
                    Some(opened) => opened,
                    None => return Ok(None),
                }
            }
            DataPort::Open(channel) => {
                self.control.send(start).await?;
                Ok(channel)
            }
        };
        let refuse = |fault: &Fault| matches!(fault, Fault::RefuseData);
        match opened {
            Ok(channel) if self.speaks_well(&channel) => {
                if self.faults.strikes(refuse) || !self.admits(&channel) {
                    self.refuse(channel, report.clone()).await?;
                    return Ok(None);
                }
                Ok(Some(channel))
            }
            _ => {
                self.refuse_handshake(report.clone()).await?;
                Ok(None)
            }
        }
    }

    /// Records the result of opening a data connection before its command. If
    /// it is refused, the command has no connection.
    pub(super) fn note_opened(&mut self, opened: io::Result<()>) {
        let passive = std::mem::replace(&mut self.data_port, DataPort::None);
        let (Ok(()), DataPort::Open(mut channel)) = (opened, passive) else {
            return;
        };
        if self.speaks_well(&channel) && self.admits(&channel) {
            self.data_port = DataPort::Open(channel);
            return;
        }
        let mut report = DataReport {
            refused: true,
            ..DataReport::default()
        };
        channel.look_at_end();
        channel.describe(self.id, &mut report);
        self.note_data(report);
    }

    /// Drops the negotiated next data connection, and a previous one that a
    /// fault left open.
    pub(super) fn close_data_port(&mut self) {
        self.data_port = DataPort::None;
        self.dead_end = None;
        self.abandoned = None;
    }

    /// Returns whether a data connection is secured before its command comes.
    /// A fault in the handshake belongs to a command, so then the command must
    /// come first.
    pub(super) fn secures_ahead(&self) -> bool {
        let fault = |fault: &Fault| matches!(fault, Fault::At(Point::DataTls(_), _));
        self.traits.tls_at_accept && !self.faults.any(fault)
    }

    /// Returns how the next data connection is secured.
    pub(super) fn data_security(&self, upload: bool) -> Security {
        let faults = &self.faults;
        let filezilla = Some(b"x-filezilla-ftp".as_slice());
        let shown = faults.strike(|fault| match fault {
            Fault::OtherDataCertificate => Some(Shown::Other),
            Fault::DataCertificateWithoutKey => Some(Shown::WithoutKey),
            _ => None,
        });
        let shown = shown.unwrap_or_default();
        let (config, issuer) = self.shared.tls.data(
            self.id,
            DataTls {
                upload,
                control_version: self.tls_version,
                filezilla_protocol: self.control.application_protocol() == filezilla,
                refuse_sessions: faults.strikes(|fault| matches!(fault, Fault::RefuseSessions)),
                tickets_serve_once: faults.any(|fault| matches!(fault, Fault::TicketsServeOnce)),
                withholds: faults.any(|fault| {
                    matches!(
                        fault,
                        Fault::At(
                            Point::Transfer { .. },
                            Action::EndlessTickets | Action::EndlessRecords(_)
                        )
                    )
                }),
                shown,
            },
        );
        Security {
            config,
            issuer,
            unchecked: shown != Shown::Own,
        }
    }

    /// Returns whether a fault leaves the data connection open after a 550.
    pub(super) async fn keeps_open(&mut self, command: &ClientCommand) -> Step<bool> {
        let keep = |fault: &Fault| match fault {
            Fault::KeepDataOpen { command: pattern } => names(pattern, &command.verb),
            _ => false,
        };
        if !self.faults.strikes(keep) {
            return Ok(false);
        }
        // A connection accepted before the command stays open unchanged.
        if let DataPort::Listening(_) = &self.data_port
            && let DataPort::Listening(listener) =
                std::mem::replace(&mut self.data_port, DataPort::None)
        {
            let deadline = self.shared.settings.deadline;
            let stream = self.accept_data(&listener).await?;
            self.abandoned = stream.map(|stream| Channel::clear(stream, deadline));
        }
        self.say("550 Requested action not taken.").await?;
        Ok(true)
    }

    /// Returns whether the application protocol is the one that FileZilla
    /// Server requires if the control connection negotiated FileZilla's own.
    fn speaks_well(&self, channel: &Channel) -> bool {
        self.control.application_protocol() != Some(b"x-filezilla-ftp".as_slice())
            || channel.application_protocol() == Some(b"ftp-data".as_slice())
    }

    /// Returns whether a data connection passes the check of session reuse.
    fn admits(&self, channel: &Channel) -> bool {
        // As with ProFTPD, `CCC` ends the check along with the TLS session.
        channel.unchecked
            || !self.control.is_tls()
            || match self.shared.reuse {
                None => true,
                Some(Reuse::Any) => channel.is_resumed(),
                Some(Reuse::Bound) => channel.is_bound(self.id),
            }
    }

    /// Accepts the client or connects to it. If there is no connection, the
    /// client has already had its final reply.
    async fn meet(&mut self, port: DataPort) -> Step<Option<TcpStream>> {
        let phrases = &self.traits.phrases;
        let stream = match port {
            DataPort::Listening(listener) => self.accept_data(&listener).await?,
            DataPort::Active(address) => {
                let stream = self.connect_data(address).await;
                if stream.is_none() {
                    self.say_active(phrases.connect_failed, address).await?;
                }
                return Ok(stream);
            }
            DataPort::None | DataPort::Opening(_) | DataPort::Open(_) => None,
        };
        if stream.is_none() {
            self.say(phrases.accept_failed).await?;
        }
        Ok(stream)
    }

    /// Accepts a data connection. Returns `None` if none comes.
    async fn accept_data(&mut self, listener: &TcpListener) -> Step<Option<TcpStream>> {
        let accepted = tokio::select! {
            accepted = within(self.shared.settings.deadline, accept(listener, self.client.ip())) => accepted,
            end = self.control.closed() => return Err(Stop::Ended(end)),
        };
        Ok(accepted.ok())
    }

    /// Performs the TLS handshake on a data connection if it uses TLS. Returns
    /// `None` if a fault has answered.
    async fn secure_data(
        &mut self,
        command: &ClientCommand,
        stream: TcpStream,
        upload: bool,
        report: &DataReport,
    ) -> Step<Option<io::Result<Channel>>> {
        let deadline = self.shared.settings.deadline;
        if !self.private {
            return Ok(Some(Ok(Channel::clear(stream, deadline))));
        }
        let due = self.faults.at(|point| match point {
            Point::DataTls(pattern) => names(pattern, &command.verb),
            _ => false,
        });
        match due {
            None => {}
            Some(Action::Hold(gate)) => gate.pass().await,
            Some(Action::Reset) => {
                stream.set_zero_linger()?;
                return Ok(Some(Err(io::ErrorKind::ConnectionReset.into())));
            }
            Some(action) => {
                self.note_data(report.clone());
                self.perform(action).await?;
                return Ok(None);
            }
        }
        let security = self.data_security(upload);
        let opening = Box::pin(Channel::secure(stream, security, deadline));
        self.attend_handshake(opening, report).await
    }

    /// Secures a data connection after its preliminary reply. Returns `None` if
    /// a command ends it.
    async fn attend_handshake(
        &mut self,
        opening: Opening,
        report: &DataReport,
    ) -> Step<Option<io::Result<Channel>>> {
        let deadline = self.shared.settings.deadline;
        let mut opening = Box::pin(within(deadline, opening));
        match self.attend(&mut opening).await? {
            Attended::Done(opened) => Ok(Some(opened)),
            Attended::Closed(end) => Err(Stop::Ended(end)),
            Attended::Cut => {
                self.note_data(report.clone());
                Ok(None)
            }
            Attended::Aborted => {
                drop(opening);
                self.note_data(report.clone());
                for reply in self.traits.phrases.aborted {
                    self.say(reply).await?;
                }
                Ok(None)
            }
        }
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
                self.control.send_below_tls(&raw(text)).await?;
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
            // The client may have disconnected, which does not matter.
            let _ = channel.finish_sending(true).await;
            channel.await_close_notify().await;
        }
        channel.look_at_end();
        channel.describe(self.id, &mut report);
        // OpenSSL forgets the session that the connection began.
        channel.spoil_session();
        drop(channel);
        self.note_data(report);
        self.say(refusal.reply).await?;
        if refusal.ends_control {
            return Err(Stop::Ended(ControlEnd::ServerClosed));
        }
        Ok(())
    }
}
