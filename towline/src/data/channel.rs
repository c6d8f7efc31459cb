//! The TCP connection under a data connection, in passive or active mode.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use socket2::{Domain, Socket, Type};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;
use towline_proto::address::{AddressError, parse_epsv, parse_pasv};
use towline_proto::command::Command;
use towline_proto::features::{Feature, Features};
use towline_proto::reply::{Reply, ReplyClass, ReplyCode};

use super::port_attempt::{PortAttempt, PortCommand, PortOutcome};
use crate::boxed::boxed;
use crate::config::{Active, DataMode};
use crate::control::{Control, Link};
use crate::error::{Error, ErrorDetail, ErrorKind};
use crate::net::{Route, prepare};
use crate::observer::Event;
use crate::server::Shared;

/// The most to wait for a connection when another way remains (`PASV` after `EPSV`).
const FIRST_TRY: Duration = Duration::from_secs(10);

/// Ports below this belong to well-known services (RFC 2577 section 4). A server could make the
/// client talk to one of them.
const FIRST_UNRESERVED: u16 = 1024;

/// Returns the part of the time limit to wait for a connection when another way remains. Both waits
/// together take no longer than `limit`.
fn first_try(limit: Duration) -> Duration {
    FIRST_TRY.min(limit / 3)
}

/// A data connection agreed on before its command is sent.
#[derive(Debug)]
pub(crate) enum Channel {
    /// Passive mode: connected.
    Connected(TcpStream),
    /// Passive mode: the server listens. The client connects after it has sent the command.
    Announced { route: Route, port: u16 },
    /// Active mode: the server connects after it has received the command.
    Listening(TcpListener, IpAddr),
}

/// Agrees with the server on the data connection for `command`. With `early`, the client may
/// connect after the command is sent.
#[boxed]
pub(crate) async fn agree(
    link: &mut Link,
    shared: &Shared,
    command: &Command,
    early: bool,
) -> Result<Channel, Error> {
    // Whatever was agreed on before is of no use after this.
    link.agreements += 1;
    Agreement::new(link, shared, early).reach(command).await
}

/// Returns the command that asks the server to listen, based on what is known so far.
pub(crate) fn passive_command(link: &Link, shared: &Shared) -> Command {
    match shared.lessons().refuses_epsv() && !link.route.is_ipv6() {
        true => Command::Pasv,
        false => Command::Epsv,
    }
}

/// Returns the data connection that the server offers in its reply to [`passive_command`].
pub(crate) fn announced(link: &Link, command: &Command, reply: &Reply) -> Result<Channel, Error> {
    Ok(Channel::Announced {
        route: link.route.clone(),
        port: announced_address(command, reply)?.1,
    })
}

/// Agreement on a data connection, and the attempts so far.
#[derive(Debug)]
pub(crate) struct Agreement<'a> {
    control: &'a mut Control,
    route: &'a Route,
    features: &'a Features,
    shared: &'a Shared,
    /// In passive mode, connect later.
    early: bool,
    /// Send `PASV` before `EPSV`.
    pub(crate) pasv_first: bool,
    attempts: Vec<PortAttempt>,
    /// The last command had a positive reply without a usable address.
    awaits_address: bool,
}

impl<'a> Agreement<'a> {
    pub(crate) fn new(link: &'a mut Link, shared: &'a Shared, early: bool) -> Self {
        Self {
            control: &mut link.control,
            route: &link.route,
            features: &link.features,
            shared,
            early,
            pasv_first: shared.lessons().refuses_epsv(),
            attempts: Vec::new(),
            awaits_address: false,
        }
    }

    /// Agrees on the data connection for `command`.
    #[boxed]
    pub(crate) async fn reach(&mut self, command: &Command) -> Result<Channel, Error> {
        match &self.shared.config().data_mode {
            DataMode::Active(active) => self.active(active).await,
            DataMode::Passive => self.passive_for(command).await,
        }
    }

    /// Returns the attempts so far, in order.
    pub(crate) fn into_attempts(self) -> Vec<PortAttempt> {
        self.attempts
    }

    /// Tries passive mode, with `PRET` where it is needed. A distributed server (drftpd) chooses
    /// the host that will serve a file before it listens, so it needs the command first. Pure-FTPd
    /// 1.0 announces `PRET` but does not need it.
    async fn passive_for(&mut self, command: &Command) -> Result<Channel, Error> {
        let announced = self.features.has(Feature::Pret);
        let mut refusal = None;
        if !announced || !self.shared.lessons().needs_pret() {
            match self.passive().await {
                Err(error) if announced && error.kind() == ErrorKind::Refused => {
                    refusal = Some(error);
                }
                outcome => return outcome,
            }
        }
        let pret = Command::Pret(Box::new(command.clone()));
        let reply = self.control.command(&pret).await?;
        if reply.class() != ReplyClass::Completion {
            let error = Error::refused("the server refuses it", reply);
            return Err(refusal.unwrap_or(error));
        }
        let channel = self.passive().await?;
        self.shared.lessons().learned_that_pret_is_needed();
        Ok(channel)
    }

    /// Asks the server to listen, and connects. The client always connects to the host of the
    /// control connection, whatever address a reply to `PASV` names.
    ///
    /// A command that the server refuses, or answers with no usable address, is followed by the
    /// other one.
    async fn passive(&mut self) -> Result<Channel, Error> {
        let limit = self.shared.config().timeout;
        // PASV supports only IPv4 addresses (RFC 2428 section 1).
        if self.route.is_ipv6() {
            let port = self.ask(&Command::Epsv).await?;
            return self.connect(port, limit).await;
        }
        let lessons = self.shared.lessons();
        let (first, second) = match self.pasv_first {
            false => (Command::Epsv, Command::Pasv),
            true => (Command::Pasv, Command::Epsv),
        };
        let failure = match self.ask(&first).await {
            Ok(port) if first == Command::Pasv => return self.connect(port, limit).await,
            Ok(port) => match self.connect(port, first_try(limit)).await {
                Ok(channel) => return Ok(channel),
                Err(error) => error,
            },
            Err(error) => error,
        };
        if !self.control.is_usable() {
            return Err(failure);
        }
        let is_unreachable = failure.reply().is_none();
        if is_unreachable {
            // Some firewalls open the port that PASV names, but do not know EPSV.
            let text = format!("{failure}; trying {}", second.verb());
            self.control.observe(&Event::Note { text: &text });
        }
        let limit = match is_unreachable {
            true => limit.saturating_sub(first_try(limit)),
            false => limit,
        };
        let answered = match self.ask(&second).await {
            Ok(port) => self.connect(port, limit).await,
            Err(error) => Err(error),
        };
        match answered {
            Ok(channel) => {
                match second {
                    Command::Pasv => lessons.learned_that_epsv_is_refused(),
                    _ => lessons.learned_that_epsv_works(),
                }
                Ok(channel)
            }
            Err(error) if !self.control.is_usable() => Err(error),
            Err(error) => match error.detail() {
                _ if is_unreachable => Err(failure),
                Some(ErrorDetail::UnknownCommand) => Err(failure),
                _ => Err(error),
            },
        }
    }

    /// Sends `command`, `EPSV` or `PASV`, and returns the port that the server offers.
    async fn ask(&mut self, command: &Command) -> Result<u16, Error> {
        let reply = self.control.command(command).await?;
        let (is_positive, form) = (reply.class() == ReplyClass::Completion, reply.code());
        let offered = self.offered(command, reply);
        // A server that has answered EPSV with the reply to an earlier command answers it now.
        let is_late = *command == Command::Pasv
            && form == ReplyCode::ENTERING_EXTENDED_PASSIVE
            && std::mem::replace(&mut self.awaits_address, false);
        self.awaits_address = is_positive && offered.is_err();
        if is_late {
            self.control.mark_broken();
            let what = "the replies of the server are out of step";
            return Err(Error::protocol(ErrorDetail::StrayReply, what));
        }
        offered
    }

    /// Returns the port that the server offers in its `reply` to `command`.
    fn offered(&mut self, command: &Command, reply: Reply) -> Result<u16, Error> {
        let used = self.route.peer().map(|peer| peer.ip());
        let asked = match command {
            Command::Pasv => PortCommand::Pasv,
            _ => PortCommand::Epsv,
        };
        let mut attempt = PortAttempt::new(asked, reply.clone(), used);
        let offered = match reply.class() {
            ReplyClass::Completion => announced_address(command, &reply),
            _ => {
                let what = format!("{} was refused", command.verb());
                Err(Error::refused(what, reply))
            }
        };
        if let Ok((announced, port)) = &offered {
            (attempt.announced, attempt.port) = (*announced, Some(*port));
            attempt.outcome = PortOutcome::Agreed;
        }
        self.attempts.push(attempt);
        offered.map(|(_, port)| port)
    }

    /// Connects to the last offered port, unless the connection may wait.
    async fn connect(&mut self, port: u16, limit: Duration) -> Result<Channel, Error> {
        if self.early {
            let route = self.route.clone();
            return Ok(Channel::Announced { route, port });
        }
        let began = Instant::now();
        let connecting = self.route.connect(port, limit);
        let connected = self.control.watch(connecting).await?;
        if let Some(attempt) = self.attempts.last_mut() {
            attempt.took = began.elapsed();
            attempt.outcome = match &connected {
                Ok(_) => PortOutcome::Connected,
                Err(error) => PortOutcome::Unreachable(error.clone()),
            };
        }
        let connected = connected.map_err(misdirected);
        connected.map(Channel::Connected)
    }

    /// Listens, and tells the server the address.
    async fn active(&mut self, active: &Active) -> Result<Channel, Error> {
        let Route::Direct { local, peer } = *self.route else {
            let what = "a server cannot open data connections through a proxy";
            let error = Error::new(ErrorKind::Usage, what);
            return Err(error.with_detail(ErrorDetail::ContradictorySettings));
        };
        let listener = listen(local, active)?;
        let port = listener.local_addr();
        let port = port.map_err(|error| cannot_listen("cannot listen", error))?;
        let address = SocketAddr::new(active.address.unwrap_or_else(|| local.ip()), port.port());
        let (command, told) = match address {
            SocketAddr::V4(address) if !self.features.has(Feature::Eprt) => {
                (Command::Port(address), PortCommand::Port)
            }
            _ => (Command::Eprt(address), PortCommand::Eprt),
        };
        let reply = self.control.command(&command).await?;
        let mut attempt = PortAttempt::new(told, reply.clone(), Some(local.ip()));
        (attempt.announced, attempt.port) = (Some(address.ip()), Some(address.port()));
        let is_agreed = reply.class() == ReplyClass::Completion;
        if is_agreed {
            attempt.outcome = PortOutcome::Agreed;
        }
        self.attempts.push(attempt);
        match is_agreed {
            true => Ok(Channel::Listening(listener, peer.ip())),
            false => {
                let what = format!("{} was refused", command.verb());
                Err(Error::refused(what, reply))
            }
        }
    }
}

impl Channel {
    /// Returns the TCP connection. In passive mode, connects within `limit`. In active mode, waits
    /// for the server to connect, without limit.
    pub(crate) async fn connection(
        self,
        limit: Duration,
        observe: impl Fn(&Event<'_>),
    ) -> Result<TcpStream, Error> {
        match self {
            Self::Connected(tcp) => Ok(tcp),
            Self::Announced { route, port } => {
                let connected = route.connect(port, first_try(limit)).await;
                connected.map_err(misdirected)
            }
            Self::Listening(listener, peer) => accept(&listener, peer, observe).await,
        }
    }
}

/// Waits for a connection from `peer`. Closes connections from any other address.
async fn accept(
    listener: &TcpListener,
    peer: IpAddr,
    observe: impl Fn(&Event<'_>),
) -> Result<TcpStream, Error> {
    let accepted = accept_from(listener, peer, observe).await;
    let tcp = accepted.map_err(|error| Error::network("cannot accept a data connection", error))?;
    prepare(&tcp).map_err(|error| Error::network("cannot set up the socket", error))?;
    Ok(tcp)
}

async fn accept_from(
    listener: &TcpListener,
    peer: IpAddr,
    observe: impl Fn(&Event<'_>),
) -> io::Result<TcpStream> {
    loop {
        let (tcp, from) = listener.accept().await?;
        if from.ip().to_canonical() != peer.to_canonical() {
            let stranger = from.ip();
            let text = format!("a connection from {stranger} is not the server's ({peer}): closed");
            observe(&Event::Note { text: &text });
            continue;
        }
        return Ok(tcp);
    }
}

/// Listens on the first free port.
fn listen(local: SocketAddr, active: &Active) -> Result<TcpListener, Error> {
    let any = 0..=0;
    let ports = active.ports.as_ref().unwrap_or(&any);
    let mut busy = io::Error::from(io::ErrorKind::AddrInUse);
    for port in ports.clone() {
        let mut address = local;
        address.set_port(port);
        match listen_on(address) {
            Ok(listener) => return Ok(listener),
            Err(error) => busy = error,
        }
    }
    let what = format!(
        "cannot listen on {local}, ports {} to {}",
        ports.start(),
        ports.end()
    );
    Err(cannot_listen(what, busy))
}

fn cannot_listen(what: impl Into<String>, error: io::Error) -> Error {
    Error::network(what, error).with_detail(ErrorDetail::CannotListen)
}

fn listen_on(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    // Allows a recently used port to be reused.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(1)?;
    TcpListener::from_std(socket.into())
}

fn misdirected(error: Error) -> Error {
    error.with_note("this is where the server said it would listen")
}

/// Returns where the server listens, from its positive reply to `EPSV` or `PASV`. Some servers
/// answer either in the form of the other. Callers must not connect to the address in a `PASV`
/// reply.
fn announced_address(command: &Command, reply: &Reply) -> Result<(Option<IpAddr>, u16), Error> {
    let pasv = || parse_pasv(reply).map(|it| (Some(IpAddr::V4(*it.ip())), it.port()));
    let epsv = || parse_epsv(reply).map(|port| (None, port));
    let or = |error: AddressError, other: Result<_, _>| other.map_err(|_| error);
    let parsed = match command {
        Command::Pasv => pasv().or_else(|error| or(error, epsv())),
        _ => epsv().or_else(|error| or(error, pasv())),
    };
    let (ip, port) = parsed.map_err(|error| {
        let what = format!("the reply to {} names no usable address", command.verb());
        let unreadable = Error::protocol(ErrorDetail::UnreadableReply, what);
        unreadable.with_reply(reply.clone()).with_source(error)
    })?;
    if port < FIRST_UNRESERVED {
        let what = format!(
            "{} names port {port}, which belongs to another service",
            command.verb()
        );
        let reserved = Error::protocol(ErrorDetail::ReservedPort, what);
        return Err(reserved.with_reply(reply.clone()));
    }
    Ok((ip, port))
}
