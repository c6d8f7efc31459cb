//! PASV, EPSV, PORT and EPRT: how the next data connection is opened.

use std::net::{IpAddr, SocketAddr};

use towline_proto::address::{NetworkProtocol, epsv_reply, pasv_reply};
use towline_proto::reply::ReplyCode;

use super::end::End;
use super::talk::Conversation;
use crate::data::{DataPort, Forbidden, Passive, check_own};

impl Conversation {
    pub(super) async fn pasv(&mut self) -> Result<(), End> {
        if self.front.extended_only {
            return self.only_extended().await;
        }
        if self.front.control.local().is_ipv6() {
            let text = "PASV is for IPv4; use EPSV.";
            return self.front.say(ReplyCode::SESSION_REFUSED, text).await;
        }
        match self.listen() {
            Ok(SocketAddr::V4(address)) => self.front.reply(&pasv_reply(address)).await,
            Ok(SocketAddr::V6(_)) | Err(_) => self.cannot_listen().await,
        }
    }

    pub(super) async fn epsv(&mut self, protocol: Option<NetworkProtocol>) -> Result<(), End> {
        let own = match self.front.control.local() {
            IpAddr::V4(_) => NetworkProtocol::V4,
            IpAddr::V6(_) => NetworkProtocol::V6,
        };
        if protocol.is_some_and(|protocol| protocol != own) {
            let text = format!(
                "Only the protocol of this connection, use ({})",
                own.number()
            );
            return self.front.say(ReplyCode::SESSION_REFUSED, text).await;
        }
        match self.listen() {
            Ok(address) => self.front.reply(&epsv_reply(address.port())).await,
            Err(_) => self.cannot_listen().await,
        }
    }

    pub(super) async fn epsv_all(&mut self) -> Result<(), End> {
        self.front.extended_only = true;
        self.front
            .say(ReplyCode::OKAY, "Only EPSV from now on.")
            .await
    }

    pub(super) async fn active(&mut self, address: SocketAddr) -> Result<(), End> {
        if self.front.extended_only {
            return self.only_extended().await;
        }
        match check_own(address, self.front.control.peer()) {
            Ok(address) => {
                self.front.port = DataPort::Active(address);
                self.front.say(ReplyCode::OKAY, "Noted.").await
            }
            Err(Forbidden) => {
                let text = "Only your own address, and a port above 1023.";
                self.front.say(ReplyCode::BAD_ARGUMENT, text).await
            }
        }
    }

    /// Listens for the client at the address that it has reached.
    fn listen(&mut self) -> std::io::Result<SocketAddr> {
        // Frees its port for the next one.
        self.front.port = DataPort::None;
        let (local, peer) = (self.front.control.local(), self.front.control.peer());
        let passive = Passive::listen(local, peer, self.front.shared.passive_ports.as_ref())?;
        let address = passive.address()?;
        self.front.port = DataPort::Passive(passive);
        Ok(address)
    }

    async fn cannot_listen(&mut self) -> Result<(), End> {
        let text = "There is no free port.";
        self.front.say(ReplyCode::NO_DATA_CONNECTION, text).await
    }

    async fn only_extended(&mut self) -> Result<(), End> {
        let text = "Only EPSV is allowed after EPSV ALL.";
        self.front.say(ReplyCode::BAD_SEQUENCE, text).await
    }
}
