//! One control connection from connect to login, and the tether that belongs to it.

use towline_proto::features::Features;
use towline_proto::quirks::Server;

use super::dialogue::Control;
use super::login::Failure;
use super::opening::Opening;
use crate::error::Error;
use crate::net::Route;
use crate::observer::Event;
use crate::server::{Shared, TakenId};
use crate::tls::Tether;
use crate::verdict::ProtocolVersion;

/// A control connection that is logged in.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) control: Control,
    pub(crate) tether: Tether,
    pub(crate) features: Features,
    pub(crate) server: Server,
    pub(crate) route: Route,
    /// Data connections are inside TLS.
    pub(crate) is_secure: bool,
    /// Nothing newer than TLS 1.2 was offered.
    pub(crate) only_tls12: bool,
    /// TLS 1.3 was agreed on.
    pub(crate) tls13: bool,
    /// A data connection has come about, so that the way to the server's ports is open.
    pub(crate) reaches_ports: bool,
}

impl Link {
    /// Connects, begins TLS, logs in, and asks for protected data connections.
    pub(crate) async fn open(
        shared: &Shared,
        id: TakenId,
        only_tls12: bool,
    ) -> Result<Self, Error> {
        let ahead = Self::open_once(shared, id.clone(), only_tls12, true).await;
        match ahead {
            Err(Failure::Queued(_)) => {
                let one_by_one = Self::open_once(shared, id, only_tls12, false).await;
                Ok(one_by_one?)
            }
            opened => Ok(opened?),
        }
    }

    /// With `may_queue` what follows the login is sent in one piece to servers that are known to bear it.
    async fn open_once(
        shared: &Shared,
        id: TakenId,
        only_tls12: bool,
        may_queue: bool,
    ) -> Result<Self, Failure> {
        let reporter = shared.config().reporter(id.id());
        let observe = |event: &Event<'_>| reporter.event(event);
        let destination = shared.config().destination();
        let addresses = destination.look_up(observe).await?;
        let (route, tcp) = destination.connect(addresses, observe).await.connection?;
        let mut opening = Opening::new(shared, id, only_tls12, route, tcp)?;
        opening.begin(shared).await?;
        match opening.log_in(shared, may_queue).await {
            Ok(()) => Ok(opening.into()),
            Err(Failure::Queued(error)) => {
                let text = shared.learned_of_surprise(&error, false);
                reporter.note(&text);
                // Some servers count connections.
                opening.close().await;
                Err(Failure::Queued(error))
            }
            Err(failure) => Err(failure),
        }
    }
}

/// A connection that has been logged in.
impl From<Opening> for Link {
    fn from(opening: Opening) -> Self {
        let is_secure = opening.is_secure();
        let negotiated = opening.negotiated.as_ref();
        Self {
            tls13: negotiated
                .is_some_and(|negotiated| negotiated.protocol == ProtocolVersion::Tls13),
            control: opening.control,
            tether: opening.tether,
            features: opening.features,
            server: opening.server,
            route: opening.route,
            is_secure,
            only_tls12: opening.only_tls12,
            reaches_ports: false,
        }
    }
}
