//! One control connection from connect to login, and its tether.

use towline_proto::features::Features;
use towline_proto::quirks::Server;

use super::dialogue::Control;
use super::login::Failure;
use super::opening::Opening;
use crate::boxed::boxed;
use crate::error::Error;
use crate::net::Route;
use crate::server::{Shared, TakenId};
use crate::tls::Tether;
use crate::verdict::ProtocolVersion;

/// The most connections to a server that accepts `AUTH` before it is ready for TLS. Servers were
/// seen to fail at one connection in five.
pub(crate) const MOST_UNREADY: u32 = 6;

/// A logged-in control connection.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) control: Control,
    pub(crate) tether: Tether,
    pub(crate) features: Features,
    pub(crate) server: Server,
    pub(crate) route: Route,
    /// Data connections use TLS.
    pub(crate) is_secure: bool,
    /// Nothing newer than TLS 1.2 was offered.
    pub(crate) only_tls12: bool,
    /// TLS 1.3 was negotiated.
    pub(crate) tls13: bool,
    /// A data connection has succeeded, so the server's ports are reachable.
    pub(crate) reaches_ports: bool,
    /// The number of data connections that were agreed on one at a time.
    pub(crate) agreements: u64,
}

impl Link {
    /// Connects, starts TLS, logs in, and requests protected data connections.
    pub(crate) async fn open(
        shared: &Shared,
        id: TakenId,
        only_tls12: bool,
    ) -> Result<Self, Error> {
        let (mut may_queue, mut tries) = (true, 1);
        loop {
            match Self::open_once(shared, id.clone(), only_tls12, may_queue).await {
                Err(Failure::Queued(_)) if may_queue => may_queue = false,
                Err(Failure::NotReady(error)) if tries < MOST_UNREADY => {
                    tries += 1;
                    let text = shared.learned_of_delay(&error);
                    shared.config().reporter(id.id()).note(&text);
                }
                opened => return Ok(opened?),
            }
        }
    }

    /// With `may_queue`, the commands after the login are pipelined to servers known to support it.
    #[boxed]
    async fn open_once(
        shared: &Shared,
        id: TakenId,
        only_tls12: bool,
        may_queue: bool,
    ) -> Result<Self, Failure> {
        let reporter = shared.config().reporter(id.id());
        let mut opening = Opening::connect(shared, id, only_tls12).await?;
        opening.begin(shared).await?;
        match opening.log_in(shared, may_queue).await {
            Ok(()) => Ok(opening.into()),
            Err(Failure::Queued(error)) => {
                let text = shared.learned_of_surprise(&error, false);
                reporter.note(&text);
                // Some servers limit the number of connections.
                opening.close().await;
                Err(Failure::Queued(error))
            }
            Err(failure) => Err(failure),
        }
    }
}

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
            agreements: 0,
        }
    }
}
