//! A control connection from TCP to login. Each step is its own function.

use std::sync::Arc;

use tokio::net::TcpStream;
use tokio::time::sleep;
use towline_proto::command::Command;
use towline_proto::features::{Feature, Features};
use towline_proto::quirks::{Evidence, Server, identify};
use towline_proto::reply::{Reply, ReplyClass, ReplyCode};

use super::dialogue::{Control, FAREWELL};
use super::greeting;
use super::login::{self, Failure, RefusedCommand};
use super::secure::{self, Protection};
use crate::boxed::boxed;
use crate::config::TlsMode;
use crate::error::{Error, ErrorDetail, ErrorKind};
use crate::net::Route;
use crate::observer::Event;
use crate::server::{Introduction, Shared, TakenId};
use crate::tls::{ControlStream, Negotiated, Tether};

/// A control connection before login, with the results of the steps so far.
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
    status: Option<Reply>,
    /// The server, identified only by what no attacker can have changed on the way.
    pub(super) server: Server,
    refused: Vec<RefusedCommand>,
}

impl Opening {
    /// Starts over `tcp`, which was connected through `route`.
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
        let mask = Arc::clone(shared.mask());
        let ends = shared.other_ends().clone();
        let control = Control::new(stream, reporter, id, config.timeout, mask, ends);
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
            status: None,
            server: Server::UNKNOWN,
            refused: Vec::new(),
        })
    }

    /// Connects, and starts over that connection.
    #[boxed]
    pub(crate) async fn connect(
        shared: &Shared,
        id: TakenId,
        only_tls12: bool,
    ) -> Result<Self, Error> {
        let reporter = shared.config().reporter(id.id());
        let observe = |event: &Event<'_>| reporter.event(event);
        let destination = shared.config().destination();
        let addresses = destination.look_up(observe).await?;
        let (route, tcp) = destination.connect(addresses, observe).await.connection?;
        Self::new(shared, id, only_tls12, route, tcp)
    }

    /// Takes the place of a connection whose server was not ready for TLS, up to the same point.
    #[boxed]
    pub(crate) async fn start_over(&mut self, shared: &Shared) -> Result<(), Error> {
        self.close().await;
        let id = self.control.id().clone();
        *self = Self::connect(shared, id, self.only_tls12).await?;
        self.greet(shared).await?;
        self.protect(shared).await
    }

    /// Reads the greeting and starts TLS, in the order that the configuration requires.
    pub(super) async fn begin(&mut self, shared: &Shared) -> Result<(), Failure> {
        if shared.config().tls_mode == TlsMode::Implicit {
            self.protect(shared).await?;
            return Ok(self.greet(shared).await?);
        }
        self.greet(shared).await?;
        let protected = self.protect(shared).await;
        protected.map_err(|error| match self.was_not_ready(shared, &error) {
            true => Failure::NotReady(error),
            false => error.into(),
        })
    }

    /// Whether `error` shows that the server accepted `AUTH` before it was ready for TLS. Nothing
    /// secret has been sent, and the next connection may find it ready.
    pub(crate) fn was_not_ready(&self, shared: &Shared, error: &Error) -> bool {
        shared.config().tls_mode != TlsMode::Implicit
            && error.detail() == Some(&ErrorDetail::PlaintextAnswered)
            && self.is_secure()
    }

    /// Waits for the greeting. Fails if the server refuses to serve the client.
    #[boxed]
    pub(crate) async fn greet(&mut self, shared: &Shared) -> Result<(), Error> {
        let Self {
            control,
            tether,
            route,
            ..
        } = self;
        let greeted = match greeting::wait(control, tether, route, shared.config()).await {
            Ok(greeting) => {
                let welcome = secure::check_greeting(&greeting);
                self.greeting = Some(greeting);
                self.identify_server();
                welcome
            }
            Err(error) => {
                // A server with no free connection says so and ends the session.
                self.greeting = error.reply().cloned();
                Err(error)
            }
        };
        greeted.map_err(|error| self.explain(error))
    }

    /// Starts TLS as the configuration says.
    #[boxed]
    pub(crate) async fn protect(&mut self, shared: &Shared) -> Result<(), Error> {
        let protected = self.try_to_protect(shared).await;
        protected.map_err(|error| self.explain(error))
    }

    async fn try_to_protect(&mut self, shared: &Shared) -> Result<(), Error> {
        let protection = secure::ask_for_tls(&mut self.control, shared).await?;
        match self.protection.insert(protection) {
            Protection::Tls { agreed } => {
                let pause = shared.lessons().pause_before_tls();
                if agreed.is_some() && !pause.is_zero() {
                    sleep(pause).await;
                }
                let (control, tether) = (&mut self.control, &mut self.tether);
                let begun = secure::begin_tls(control, tether, shared).await;
                let remembered = secure::remember_tls(control, tether, shared, &begun).await;
                begun?;
                remembered?;
                let stream = self.control.stream();
                self.negotiated = stream.and_then(|stream| stream.negotiated());
            }
            Protection::ClearText { reason } => {
                self.control.observe(&Event::ClearText { reason });
            }
        }
        Ok(())
    }

    /// Logs in and prepares the session. With `may_queue`, the commands after the login are
    /// pipelined to servers known to support it.
    #[boxed]
    pub(crate) async fn log_in(&mut self, shared: &Shared, may_queue: bool) -> Result<(), Failure> {
        let identified = self.identify_user(shared, may_queue).await;
        identified.map_err(|failure| match failure {
            Failure::Plain(error) => Failure::Plain(self.explain(error)),
            other => other,
        })?;
        self.complete_login(shared).await?;
        Ok(())
    }

    /// Sends user and password, then applies the settings that follow the login.
    async fn identify_user(&mut self, shared: &Shared, may_queue: bool) -> Result<(), Failure> {
        let config = shared.config();
        if self.is_secure() {
            secure::remember_certificate(&self.control, &self.tether, shared).await?;
        }
        let (features, refused) = login::announced(&mut self.control, config).await?;
        self.features = features;
        self.refused.extend(refused);
        // Some servers expect the login commands in a form of their own.
        self.identify_server();
        login::identify_user(&mut self.control, config, shared.lessons()).await?;
        self.control.observe(&Event::LoggedIn);
        if self.features.is_empty() {
            self.features = Features::parse(&self.control.command(&Command::Feat).await?);
        }
        self.identify_server();
        let steps = login::steps(config, &self.features, &self.presumed(), self.is_secure())?;
        // The effect of a user's login command on later commands is unknown.
        let may_queue = may_queue
            && config.login_commands.is_empty()
            && shared.queues_commands(&self.presumed());
        let (control, refused) = (&mut self.control, &mut self.refused);
        match login::make_ready(control, steps, may_queue, refused).await {
            Err(error) if may_queue => Err(Failure::Queued(error)),
            ready => Ok(ready?),
        }
    }

    /// Completes the setup after the required login steps.
    async fn complete_login(&mut self, shared: &Shared) -> Result<(), Error> {
        if self.server == Server::UNKNOWN {
            self.be_introduced(shared).await?;
        }
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

    /// Asks the server what it is, once for all connections of the client.
    async fn be_introduced(&mut self, shared: &Shared) -> Result<(), Error> {
        let is_secure = self.is_secure();
        if let Some(told) = shared.lessons().introduction(is_secure) {
            (self.status, self.system) = (told.status, told.system);
            self.identify_server();
            return Ok(());
        }
        // vsftpd names itself only in its reply to STAT. Nothing but listings by LIST depends on
        // that.
        if !self.features.has(Feature::Mlst) {
            self.status = Some(self.control.command(&Command::Stat(None)).await?);
            self.identify_server();
        }
        let mut is_in_step = true;
        if self.server == Server::UNKNOWN {
            let system = self.control.command(&Command::Syst).await?;
            // A server that has answered OPTS twice may send the reply to an earlier command here,
            // which looks like an odd system name. The next connection must notice that as well.
            is_in_step =
                system.class() != ReplyClass::Completion || system.code() == ReplyCode::SYSTEM_NAME;
            self.system = Some(match is_in_step {
                true => system,
                false => self.control.earlier_reply().await?.unwrap_or(system),
            });
            self.identify_server();
        }
        if is_in_step {
            shared.lessons().learned_of_introduction(Introduction {
                status: self.status.clone(),
                system: self.system.clone(),
                is_secure,
            });
        }
        Ok(())
    }

    /// Identifies the server from everything that it has sent so far, and adopts its form of
    /// commands. In explicit mode the greeting does not count: an on-path attacker can change it.
    fn identify_server(&mut self) {
        let is_as_sent = match &self.protection {
            Some(Protection::Tls { agreed }) => agreed.is_none(),
            Some(Protection::ClearText { .. }) => true,
            None => false,
        };
        self.server = identify(&Evidence {
            greeting: self.greeting.as_ref().filter(|_| is_as_sent),
            system: self.system.as_ref(),
            status: self.status.as_ref(),
            features: Some(&self.features),
        });
        self.control.speak_to(self.server);
    }

    /// Returns the identified server, or else the one that the greeting names. Use it only for
    /// decisions that cost nothing but time if an attacker has changed the greeting.
    pub(crate) fn presumed(&self) -> Server {
        if self.server != Server::UNKNOWN {
            return self.server;
        }
        identify(&Evidence {
            greeting: self.greeting.as_ref(),
            ..Evidence::default()
        })
    }

    /// Adds a note if the server asked for a client certificate. In TLS 1.3, a server may report a
    /// missing certificate only after the client's side of the handshake is complete.
    fn explain(&self, error: Error) -> Error {
        match error.kind() {
            ErrorKind::Tls | ErrorKind::Network if self.tether.lacks_client_certificate() => {
                let note = "the server asked for a client certificate, and none is configured";
                let error = error.with_kind(ErrorKind::Tls).with_note(note);
                // The server's alert has another meaning here than its name suggests.
                let error = error.without_source();
                error.with_detail(ErrorDetail::ClientCertificateWanted)
            }
            _ => error,
        }
    }

    /// Reports a note to the observer.
    pub(crate) fn note(&self, text: &str) {
        self.control.observe(&Event::Note { text });
    }

    /// Returns the server's first reply.
    pub(crate) fn greeting(&self) -> Option<&Reply> {
        self.greeting.as_ref()
    }

    /// Returns how the connection is protected, once that is decided.
    pub(crate) fn protection(&self) -> Option<&Protection> {
        self.protection.as_ref()
    }

    pub(super) fn is_secure(&self) -> bool {
        matches!(self.protection, Some(Protection::Tls { .. }))
    }

    /// Returns the negotiated TLS parameters.
    pub(crate) fn negotiated(&self) -> Option<&Negotiated> {
        self.negotiated.as_ref()
    }

    pub(crate) fn tether(&self) -> &Tether {
        &self.tether
    }

    /// Returns the features that the server has announced so far.
    pub(crate) fn features(&self) -> &Features {
        &self.features
    }

    /// Returns the server's system name (`SYST`), if the command was needed.
    pub(crate) fn system(&self) -> Option<&Reply> {
        self.system.as_ref()
    }

    /// Returns the commands that the server refused without harm to the session.
    pub(crate) fn refused(&self) -> &[RefusedCommand] {
        &self.refused
    }

    /// Closes the connection.
    pub(crate) async fn close(&mut self) {
        self.control.close(FAREWELL).await;
    }
}
