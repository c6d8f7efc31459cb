//! One control connection from connect to login, and the tether that belongs to it.

use std::time::Duration;

use towline_proto::command::Command;
use towline_proto::features::Features;
use towline_proto::quirks::{Server, identify};

use super::dialogue::Control;
use super::login::{self, Failure};
use super::secure;
use crate::error::{Error, ErrorKind};
use crate::net::Route;
use crate::observer::Event;
use crate::server::{Shared, TakenId};
use crate::tls::{ControlStream, Tether};
use crate::verdict::ProtocolVersion;

/// How long a server may take to say goodbye.
pub(crate) const FAREWELL: Duration = Duration::from_secs(2);

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
        let config = shared.config();
        let reporter = config.reporter(id.id());
        let observe = |event: &Event<'_>| reporter.event(event);
        let (port, proxy) = (config.effective_port(), config.proxy.as_ref());
        let (route, tcp) = Route::open(&config.host, port, proxy, config.timeout, observe).await?;
        let tether = shared.profile().tether(only_tls12);
        let mut tether = tether.map_err(|error| error.explain("TLS cannot be set up"))?;
        #[cfg(feature = "test-internals")]
        if config.sabotage.no_ticket_copies {
            tether.without_copies();
        }
        let stream = ControlStream::Clear(tcp);
        let mut control = Control::new(stream, reporter.clone(), id.clone(), config.timeout);
        control.observe(&Event::AwaitingWelcome);
        // In TLS 1.3 a server may miss a certificate only after our side of the handshake is done.
        let explain = |tether: &Tether, error: Error| match error.kind() {
            ErrorKind::Tls | ErrorKind::Network if tether.lacks_client_certificate() => {
                let note = "the server had asked for a client certificate, and none is given";
                error.with_kind(ErrorKind::Tls).with_note(note)
            }
            _ => error,
        };
        let begun = secure::begin(&mut control, &mut tether, shared).await;
        let welcome = begun.map_err(|error| explain(&tether, error))?;
        // The login may hold what it reads in a way of its own.
        control.speak_to(identify(&welcome.greeting, None, &Features::default()));
        let is_secure = welcome.is_secure;
        let negotiated = control.stream().and_then(|stream| stream.negotiated());
        let may_queue = |features: &Features| {
            let server = identify(&welcome.greeting, None, features);
            may_queue && shared.queues_commands(&server)
        };
        let features = match login::log_in(&mut control, config, is_secure, may_queue).await {
            Ok(features) => features,
            Err(Failure::Plain(error)) => return Err(explain(&tether, error).into()),
            Err(Failure::Queued(error)) => {
                let text = shared.learned_of_surprise(&error, false);
                control.observe(&Event::Note { text: &text });
                // Some servers count connections.
                control.close(FAREWELL).await;
                return Err(Failure::Queued(error));
            }
        };

        let mut server = identify(&welcome.greeting, None, &features);
        if server == Server::UNKNOWN {
            let syst = control.command(&Command::Syst).await?;
            server = identify(&welcome.greeting, Some(&syst), &features);
        }
        control.speak_to(server);
        if is_secure && config.clear_control {
            control.expect(&Command::Ccc).await?;
            control.end_tls().await?;
        }
        control.logged_in();
        if server.demands_reuse == Some(true) {
            shared.lessons().learned_that_reuse_is_usually_demanded();
        }
        Ok(Self {
            tls13: negotiated
                .is_some_and(|negotiated| negotiated.protocol == ProtocolVersion::Tls13),
            control,
            tether,
            features,
            server,
            route,
            is_secure,
            only_tls12,
            reaches_ports: false,
        })
    }
}
