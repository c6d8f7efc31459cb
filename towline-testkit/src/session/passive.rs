//! `EPSV` and `PASV` (RFC 2428, RFC 959), and the `PRET` of drftpd.

use std::net::{IpAddr, SocketAddr, SocketAddrV4};

use towline_proto::address::{NetworkProtocol, port_argument};
use towline_proto::command::Command;

use super::{Session, Step};
use crate::armed_fault::names;
use crate::client_command::ClientCommand;
use crate::data::{Channel, DataPort};
use crate::fault::Fault;
use crate::phrase::Values;
use crate::port::{DeadEnd, accept, listen};

const PRET_FIRST: &str =
    "500 You need to use a client supporting PRET (PRE Transfer) to use {verb}";

/// The size of the receive buffer in bytes for a transfer with a pace.
const SMALL_WINDOW: u32 = 4096;

impl Session {
    pub(super) async fn epsv(&mut self, command: &ClientCommand) -> Step {
        let phrases = &self.traits.phrases;
        let family = match self.local {
            SocketAddr::V4(_) => NetworkProtocol::V4,
            SocketAddr::V6(_) => NetworkProtocol::V6,
        };
        match &command.meaning {
            Ok(Command::EpsvAll) => {
                self.extended_only = true;
                return self.say_of(phrases.epsv_all, command).await;
            }
            Ok(Command::Epsv) => {}
            Ok(Command::EpsvProtocol(wanted)) if *wanted == family => {}
            _ if phrases.epsv_protocol.is_empty() => {}
            _ => return self.say_of(phrases.epsv_protocol, command).await,
        }
        if !self.may_listen() {
            return self.say_of(PRET_FIRST, command).await;
        }
        let Some(address) = self.open_passive().await? else {
            return self.say_of(phrases.accept_failed, command).await;
        };
        let port = self.announced_port(address).await?;
        self.announce(command, phrases.epsv, address.ip(), port)
            .await
    }

    pub(super) async fn pasv(&mut self, command: &ClientCommand) -> Step {
        let phrases = &self.traits.phrases;
        let IpAddr::V4(mut host) = self.local.ip() else {
            return self.say(phrases.pasv_refused).await;
        };
        if self.extended_only {
            return self.say(phrases.pasv_refused).await;
        }
        if !self.may_listen() {
            return self.say_of(PRET_FIRST, command).await;
        }
        let Some(address) = self.open_passive().await? else {
            return self.say(phrases.accept_failed).await;
        };
        let elsewhere = self.faults.strike(|fault| match fault {
            Fault::PasvAddress(address) => Some(*address),
            _ => None,
        });
        host = elsewhere.unwrap_or(host);
        let port = self.announced_port(address).await?;
        self.announce(command, phrases.pasv, host.into(), port)
            .await
    }

    /// Answers with a port, in the words of `phrase` or of a fault.
    async fn announce(
        &mut self,
        command: &ClientCommand,
        phrase: &str,
        host: IpAddr,
        port: u16,
    ) -> Step {
        let other = self.faults.strike(|fault| match fault {
            Fault::PassiveReply {
                command: verb,
                text,
            } if names(verb, &command.verb) => Some(*text),
            _ => None,
        });
        let mut values = Values::none().with("port", port.to_string());
        if let IpAddr::V4(host) = host {
            let numbers = port_argument(SocketAddrV4::new(host, port));
            let spaced = numbers.replace(',', ", ");
            values = values.with("numbers", numbers).with("spaced", spaced);
        }
        self.release_ticket().await?;
        self.say_with(other.unwrap_or(phrase), values).await
    }

    /// Handles `PRET`, which announces the next transfer, so that drftpd can
    /// select the machine for it.
    pub(super) async fn pret(&mut self, command: &ClientCommand) -> Step {
        if !self.shared.settings.requires_pret {
            return self.say_of(self.traits.phrases.pret, command).await;
        }
        let transfer = ClientCommand::parse(&command.argument);
        self.planned = matches!(
            transfer.meaning,
            Ok(Command::List(_)
                | Command::ListAll(_)
                | Command::ListWith(..)
                | Command::Nlst(_)
                | Command::NlstWith(..)
                | Command::Mlsd(_)
                | Command::Retr(_)
                | Command::Stor(_)
                | Command::Appe(_))
        );
        let phrase = match self.planned {
            true => "200 OK, planning to use master for upcoming {verb} transfer",
            false => "504 Command not implemented for that parameter.",
        };
        self.say_of(phrase, &transfer).await
    }

    /// Returns whether passive mode may start. A `PRET` is valid for one data
    /// connection.
    fn may_listen(&mut self) -> bool {
        std::mem::take(&mut self.planned) || !self.shared.settings.requires_pret
    }

    /// Opens a port. Returns `None` if the system has none.
    async fn open_passive(&mut self) -> Step<Option<SocketAddr>> {
        self.close_data_port();
        let paced = |fault: &Fault| matches!(fault, Fault::Pace { .. });
        let window = self.faults.any(paced).then_some(SMALL_WINDOW);
        let Ok(listener) = listen(self.local, window).await else {
            return Ok(None);
        };
        let address = listener.local_addr()?;
        self.data_port = if self.private && self.secures_ahead() {
            let security = self.data_security(false);
            let (client, deadline) = (self.client.ip(), self.shared.settings.deadline);
            DataPort::Opening(Box::pin(async move {
                let stream = accept(&listener, client).await?;
                drop(listener);
                Channel::secure(stream, security, deadline).await
            }))
        } else {
            DataPort::Listening(listener)
        };
        Ok(Some(address))
    }

    /// Returns the port of `address`, or the one that a fault announces instead.
    async fn announced_port(&mut self, address: SocketAddr) -> Step<u16> {
        let strikes = |kind: fn(&Fault) -> bool| self.faults.strikes(kind);
        if strikes(|fault| matches!(fault, Fault::PassivePortZero)) {
            return Ok(0);
        }
        if strikes(|fault| matches!(fault, Fault::PassivePortClosed)) {
            self.dead_end = Some(DeadEnd::closed(self.local)?);
        } else if strikes(|fault| matches!(fault, Fault::PassivePortBlocked)) {
            self.dead_end = Some(DeadEnd::blocked(self.local).await?);
        }
        let named = self.dead_end.as_ref().map_or(address, |it| it.address);
        Ok(named.port())
    }
}
