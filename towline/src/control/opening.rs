//! A control connection on its way from TCP to a login. Each step is a function of its own.

use tokio::net::TcpStream;
use towline_proto::command::Command;
use towline_proto::features::Features;
use towline_proto::quirks::{Server, identify};
use towline_proto::reply::Reply;

use super::dialogue::{Control, FAREWELL};
use super::login::{self, Failure, RefusedCommand};
use super::secure::{self, Protection};
use crate::config::TlsMode;
use crate::error::{Error, ErrorDetail, ErrorKind};
use crate::net::Route;
use crate::observer::Event;
use crate::server::{Shared, TakenId};
use crate::tls::{ControlStream, Negotiated, Tether};

/// A control connection that is not logged in yet, and what the steps so far have found out.
#[derive(Debug)]
pub(crate) struct Opening {
    pub(super) control: Control,
    pub(super) tether: Tether,
    pub(super) route: Route,
    /// Nothing newer than TLS 1.2 is offered.
    pub(super) only_tls12: bool,
    greeting: Option<Reply>,
    protection: Option<Protection>,
    pub(super) negotiated: Option<Negotiated>,
    pub(super) features: Features,
    system: Option<Reply>,
    pub(super) server: Server,
    refused: Vec<RefusedCommand>,
}

impl Opening {
    /// Over `tcp`, which `route` has led to.
    pub(crate) fn new(
        shared: &Shared,
        id: TakenId,
        only_tls12: bool,
        route: Route,
        tcp: TcpStream,
    ) -> Result<Self, Error> {
        let config = shared.config();
        let tether = shared.profile().tether(only_tls12);
        #[cfg_attr(not(feature = "test-internals"), expect(unused_mut))]
        let mut tether = tether.map_err(|error| error.explain("TLS cannot be set up"))?;
        #[cfg(feature = "test-internals")]
        if config.sabotage.no_ticket_copies {
            tether.without_copies();
        }
        let (stream, reporter) = (ControlStream::Clear(tcp), config.reporter(id.id()));
        let control = Control::new(stream, reporter, id, config.timeout);
        control.observe(&Event::AwaitingWelcome);
        Ok(Self {
            control,
            tether,
            route,
            only_tls12,
            greeting: None,
            protection: None,
            negotiated: None,
            features: Features::default(),
            system: None,
            server: Server::UNKNOWN,
            refused: Vec::new(),
        })
    }

    /// Greeting and TLS, in the order that the configuration wants.
    pub(super) async fn begin(&mut self, shared: &Shared) -> Result<(), Error> {
        if shared.config().tls_mode == TlsMode::Implicit {
            self.protect(shared).await?;
            self.greet().await
        } else {
            self.greet().await?;
            self.protect(shared).await
        }
    }

    /// Waits for the greeting, which has to welcome us.
    pub(crate) async fn greet(&mut self) -> Result<(), Error> {
        let greeted = match self.control.greeting().await {
            Ok(greeting) => {
                let welcome = secure::check_greeting(&greeting);
                // The login may hold what the server reads in a way of its own.
                self.server = identify(&greeting, None, &Features::default());
                self.control.speak_to(self.server);
                self.greeting = Some(greeting);
                welcome
            }
            Err(error) => {
                // A server that has no room says so, and ends the session.
                self.greeting = error.reply().cloned();
                Err(error)
            }
        };
        greeted.map_err(|error| self.explain(error))
    }

    /// Begins TLS as the configuration wants it.
    pub(crate) async fn protect(&mut self, shared: &Shared) -> Result<(), Error> {
        let protected = self.try_to_protect(shared).await;
        protected.map_err(|error| self.explain(error))
    }

    async fn try_to_protect(&mut self, shared: &Shared) -> Result<(), Error> {
        let protection = secure::ask_for_tls(&mut self.control, shared).await?;
        match self.protection.insert(protection) {
            Protection::Tls { .. } => {
                secure::begin_tls(&mut self.control, &mut self.tether, shared).await?;
                let stream = self.control.stream();
                self.negotiated = stream.and_then(|stream| stream.negotiated());
            }
            Protection::ClearText { reason } => {
                self.control.observe(&Event::ClearText { reason });
            }
        }
        Ok(())
    }

    /// Logs in and makes the session ready. With `may_queue` what follows the login is sent in one
    /// piece to servers that are known to bear it.
    pub(crate) async fn log_in(&mut self, shared: &Shared, may_queue: bool) -> Result<(), Failure> {
        let identified = self.identify_user(shared, may_queue).await;
        identified.map_err(|failure| match failure {
            Failure::Plain(error) => Failure::Plain(self.explain(error)),
            queued @ Failure::Queued(_) => queued,
        })?;
        self.settle_in(shared).await?;
        Ok(())
    }

    /// User and password, and what has to be set behind them.
    async fn identify_user(&mut self, shared: &Shared, may_queue: bool) -> Result<(), Failure> {
        let config = shared.config();
        if self.is_secure() {
            secure::remember(&self.control, &self.tether, shared).await?;
        }
        let (features, refused) = login::announced(&mut self.control, config).await?;
        self.features = features;
        self.refused.extend(refused);
        login::identify_user(&mut self.control, config).await?;
        self.control.observe(&Event::LoggedIn);
        if self.features.is_empty() {
            self.features = Features::parse(&self.control.command(&Command::Feat).await?);
        }
        self.identify_server();
        let steps = login::steps(config, &self.features, self.is_secure())?;
        // What a user's own command does to those behind it nobody knows.
        let may_queue =
            may_queue && config.login_commands.is_empty() && shared.queues_commands(&self.server);
        let (control, refused) = (&mut self.control, &mut self.refused);
        match login::make_ready(control, steps, may_queue, refused).await {
            Err(error) if may_queue => Err(Failure::Queued(error)),
            ready => Ok(ready?),
        }
    }

    /// What is left to do once the session could be used.
    async fn settle_in(&mut self, shared: &Shared) -> Result<(), Error> {
        if self.server == Server::UNKNOWN {
            self.system = Some(self.control.command(&Command::Syst).await?);
            self.identify_server();
        }
        self.control.speak_to(self.server);
        if self.is_secure() && shared.config().clear_control {
            self.control.expect(&Command::Ccc).await?;
            self.control.end_tls().await?;
        }
        self.control.logged_in();
        if self.server.demands_reuse == Some(true) {
            shared.lessons().learned_that_reuse_is_usually_demanded();
        }
        Ok(())
    }

    /// Finds out which server this is, from all that it has said of itself.
    fn identify_server(&mut self) {
        if let Some(greeting) = &self.greeting {
            self.server = identify(greeting, self.system.as_ref(), &self.features);
        }
    }

    /// In TLS 1.3 a server may miss a certificate only after our side of the handshake is done.
    fn explain(&self, error: Error) -> Error {
        match error.kind() {
            ErrorKind::Tls | ErrorKind::Network if self.tether.lacks_client_certificate() => {
                let note = "the server had asked for a client certificate, and none is given";
                let error = error.with_kind(ErrorKind::Tls).with_note(note);
                // The server's alert means something else here than its name says.
                let error = error.without_source();
                error.with_detail(ErrorDetail::ClientCertificateWanted)
            }
            _ => error,
        }
    }

    /// What the server said first.
    pub(crate) fn greeting(&self) -> Option<&Reply> {
        self.greeting.as_ref()
    }

    /// How the connection is to be protected, once that is agreed.
    pub(crate) fn protection(&self) -> Option<&Protection> {
        self.protection.as_ref()
    }

    pub(super) fn is_secure(&self) -> bool {
        matches!(self.protection, Some(Protection::Tls { .. }))
    }

    /// What was agreed on in TLS.
    pub(crate) fn negotiated(&self) -> Option<&Negotiated> {
        self.negotiated.as_ref()
    }

    pub(crate) fn tether(&self) -> &Tether {
        &self.tether
    }

    /// What the server announces, as far as it has been asked.
    pub(crate) fn features(&self) -> &Features {
        &self.features
    }

    /// What the server calls its system (`SYST`), where it had to be asked.
    pub(crate) fn system(&self) -> Option<&Reply> {
        self.system.as_ref()
    }

    /// Which server this is, as far as it has shown.
    pub(crate) fn server(&self) -> Server {
        self.server
    }

    /// What the server has refused without harm to the session.
    pub(crate) fn refused(&self) -> &[RefusedCommand] {
        &self.refused
    }

    /// Ends the connection.
    pub(crate) async fn close(&mut self) {
        self.control.close(FAREWELL).await;
    }
}
