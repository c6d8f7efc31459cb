//! `PORT` and `EPRT` (RFC 959, RFC 2428): the server connects, but is still the
//! TLS server (RFC 4217 section 7).

use std::net::{IpAddr, SocketAddr};

use tokio::net::TcpStream;
use towline_proto::command::{Command, CommandError};

use super::{Session, Step, about};
use crate::client_command::ClientCommand;
use crate::control::within;
use crate::data::{Channel, DataPort};
use crate::fault::Fault;
use crate::phrase::Values;
use crate::port::connect;

impl Session {
    pub(super) async fn port(&mut self, command: &ClientCommand) -> Step {
        let phrases = &self.traits.phrases;
        if self.extended_only {
            return self.say_of(phrases.port_refused, command).await;
        }
        match &command.meaning {
            Ok(Command::Port(address)) => {
                self.open_active(command, "PASV", (*address).into()).await
            }
            _ => self.say_of(phrases.port_invalid, command).await,
        }
    }

    pub(super) async fn eprt(&mut self, command: &ClientCommand) -> Step {
        let phrases = &self.traits.phrases;
        if self.extended_only && !phrases.eprt_refused.is_empty() {
            return self.say_of(phrases.eprt_refused, command).await;
        }
        match command.meaning {
            Ok(Command::Eprt(address))
                if address.is_ipv4() != self.local.is_ipv4() && !phrases.eprt_family.is_empty() =>
            {
                self.refuse_address(phrases.eprt_family, command, address)
                    .await
            }
            Ok(Command::Eprt(address)) => self.open_active(command, "EPSV", address).await,
            Err(CommandError::NetworkProtocol { .. }) => {
                self.say_of(phrases.eprt_protocol, command).await
            }
            _ => self.say_of(phrases.eprt_invalid, command).await,
        }
    }

    /// `passive` is the command that a server may recommend instead.
    async fn open_active(
        &mut self,
        command: &ClientCommand,
        passive: &str,
        address: SocketAddr,
    ) -> Step {
        let phrases = &self.traits.phrases;
        if !address.ip().is_loopback() {
            return self
                .refuse_address(phrases.port_foreign, command, address)
                .await;
        }
        self.close_data_port();
        self.data_port = DataPort::Active(address);
        if self.traits.connects_at_port && !self.connect_ahead(address).await? {
            return self.say_active(phrases.connect_failed, address).await;
        }
        self.release_ticket().await?;
        let values = Values::none().with("passive", passive);
        self.say_with(phrases.port, about(command, values)).await
    }

    async fn refuse_address(
        &mut self,
        phrase: &str,
        command: &ClientCommand,
        address: SocketAddr,
    ) -> Step {
        let family = if self.local.is_ipv4() { "1" } else { "2" };
        let values = Values::none()
            .with("host", address.ip().to_string())
            .with("port", address.port().to_string())
            .with("client", self.client.ip().to_string())
            .with("family", family);
        self.say_with(phrase, about(command, values)).await
    }

    /// Connects and starts the TLS handshake before a transfer command comes.
    /// Returns `false` if the client does not listen.
    async fn connect_ahead(&mut self, address: SocketAddr) -> Step<bool> {
        if self.private && !self.secures_ahead() {
            return Ok(true);
        }
        self.data_port = DataPort::None;
        let Some(stream) = self.connect_data(address).await else {
            return Ok(false);
        };
        let deadline = self.shared.settings.deadline;
        self.data_port = if self.private {
            let security = self.data_security(false);
            DataPort::Opening(Box::pin(Channel::secure(stream, security, deadline)))
        } else {
            DataPort::Open(Channel::clear(stream, deadline))
        };
        Ok(true)
    }

    /// Connects to the client. Returns `None` if it does not listen.
    pub(super) fn connect_data(
        &self,
        address: SocketAddr,
    ) -> impl Future<Output = Option<TcpStream>> + use<> {
        let elsewhere = self.faults.strike(|fault| match fault {
            Fault::ActiveFrom(source) => Some(IpAddr::V4(*source)),
            _ => None,
        });
        let source = elsewhere.unwrap_or_else(|| self.local.ip());
        let deadline = self.shared.settings.deadline;
        async move { within(deadline, connect(source, address)).await.ok() }
    }

    /// Sends a phrase about the client's port.
    pub(super) async fn say_active(&mut self, phrase: &str, address: SocketAddr) -> Step {
        let port = address.port().to_string();
        self.say_with(phrase, Values::none().with("port", port))
            .await
    }
}
