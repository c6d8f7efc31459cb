//! The TCP connection under a data connection, whoever opens it.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use socket2::{Domain, Socket, Type};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use towline_proto::address::{parse_epsv, parse_pasv};
use towline_proto::command::Command;
use towline_proto::features::{Feature, Features};
use towline_proto::reply::{Reply, ReplyClass};

use crate::config::{Active, DataMode};
use crate::control::{Control, Link};
use crate::error::{Error, ErrorKind};
use crate::net::{Route, prepare};
use crate::observer::Event;
use crate::server::Shared;

/// How long to wait for a connection where there is another way to try (`PASV` for `EPSV`).
const FIRST_TRY: Duration = Duration::from_secs(10);

/// A data connection that is agreed on before its command goes out.
#[derive(Debug)]
pub(crate) enum Channel {
    /// Passive mode: connected.
    Connected(TcpStream),
    /// Passive mode: the server listens, and is connected to while the command is on its way.
    Announced { route: Route, port: u16 },
    /// Active mode: the server connects once it has the command.
    Listening(TcpListener, IpAddr),
}

/// Agrees with the server on the data connection for `command`. With `early` the connection itself
/// may wait until the command is on its way.
pub(crate) async fn agree(
    link: &mut Link,
    shared: &Shared,
    command: &Command,
    early: bool,
) -> Result<Channel, Error> {
    let mut agreement = Agreement {
        control: &mut link.control,
        route: &link.route,
        features: &link.features,
        shared,
        early,
    };
    match &shared.config().data_mode {
        DataMode::Active(active) => agreement.active(active).await,
        DataMode::Passive => agreement.passive_for(command).await,
    }
}

/// The command that asks the server to listen, as far as is known by now.
pub(crate) fn passive_command(link: &Link, shared: &Shared) -> Command {
    match shared.lessons().refuses_epsv() && !link.route.is_ipv6() {
        true => Command::Pasv,
        false => Command::Epsv,
    }
}

/// The data connection that the server offers in its reply to [`passive_command`].
pub(crate) fn announced(link: &Link, command: &Command, reply: Reply) -> Result<Channel, Error> {
    Ok(Channel::Announced {
        route: link.route.clone(),
        port: announced_port(command, reply)?,
    })
}

/// What a data connection is agreed on with.
struct Agreement<'a> {
    control: &'a mut Control,
    route: &'a Route,
    features: &'a Features,
    shared: &'a Shared,
    /// In passive mode, leave the connection for later.
    early: bool,
}

impl Agreement<'_> {
    /// A distributed server chooses the host that will serve a file before it listens, and wants to
    /// hear of the command first (drftpd). Pure-FTPd 1.0 announces `PRET` and does without.
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

    /// Asks the server to listen, and connects to it: always on the host of the control connection,
    /// whatever address a reply to `PASV` names.
    async fn passive(&mut self) -> Result<Channel, Error> {
        // PASV knows IPv4 addresses alone (RFC 2428 section 1).
        let can_pasv = !self.route.is_ipv6();
        if self.shared.lessons().refuses_epsv() && can_pasv {
            return self.pasv().await;
        }
        let reply = self.control.command(&Command::Epsv).await?;
        match reply.class() {
            ReplyClass::Completion => {}
            ReplyClass::Permanent if can_pasv => {
                self.shared.lessons().learned_that_epsv_is_refused();
                return self.pasv().await;
            }
            _ => return Err(Error::refused("EPSV was refused", reply)),
        }
        let port = announced_port(&Command::Epsv, reply)?;
        if self.early {
            return Ok(self.announced(port));
        }
        let limit = self.shared.config().timeout;
        let limit = if can_pasv {
            limit.min(FIRST_TRY)
        } else {
            limit
        };
        let error = match self.route.connect(port, limit).await {
            Ok(tcp) => return Ok(Channel::Connected(tcp)),
            Err(error) if can_pasv => error,
            Err(error) => return Err(misdirected(error)),
        };
        // Some firewalls open what PASV names, and do not know EPSV.
        let text = format!("{error}; trying PASV");
        self.control.observe(&Event::Note { text: &text });
        match self.pasv().await {
            Ok(channel) => {
                self.shared.lessons().learned_that_epsv_is_refused();
                Ok(channel)
            }
            Err(_) => Err(misdirected(error)),
        }
    }

    async fn pasv(&mut self) -> Result<Channel, Error> {
        let reply = self.control.expect(&Command::Pasv).await?;
        let port = announced_port(&Command::Pasv, reply)?;
        if self.early {
            return Ok(self.announced(port));
        }
        let limit = self.shared.config().timeout;
        let connected = self.route.connect(port, limit).await;
        connected.map(Channel::Connected).map_err(misdirected)
    }

    fn announced(&self, port: u16) -> Channel {
        let route = self.route.clone();
        Channel::Announced { route, port }
    }

    /// Listens, and tells the server where.
    async fn active(&mut self, active: &Active) -> Result<Channel, Error> {
        let Route::Direct { local, peer } = *self.route else {
            let what = "a server cannot open data connections through a proxy";
            return Err(Error::new(ErrorKind::Usage, what));
        };
        let listener = listen(local, active)?;
        let port = listener.local_addr();
        let port = port.map_err(|error| Error::network("cannot listen", error))?;
        let address = SocketAddr::new(active.address.unwrap_or_else(|| local.ip()), port.port());
        if let SocketAddr::V4(v4) = address
            && !self.features.has(Feature::Eprt)
        {
            self.control.expect(&Command::Port(v4)).await?;
        } else {
            self.control.expect(&Command::Eprt(address)).await?;
        }
        Ok(Channel::Listening(listener, peer.ip()))
    }
}

impl Channel {
    /// The connection itself; waits for the server in active mode.
    pub(crate) async fn connection(
        self,
        limit: Duration,
        observe: impl Fn(&Event<'_>),
    ) -> Result<TcpStream, Error> {
        match self {
            Self::Connected(tcp) => Ok(tcp),
            Self::Announced { route, port } => {
                let connected = route.connect(port, limit).await;
                connected.map_err(misdirected)
            }
            Self::Listening(listener, peer) => accept(&listener, peer, limit, observe).await,
        }
    }
}

/// Waits for a connection from `peer`. Others are closed: they may be anybody's.
async fn accept(
    listener: &TcpListener,
    peer: IpAddr,
    limit: Duration,
    observe: impl Fn(&Event<'_>),
) -> Result<TcpStream, Error> {
    let accepted = timeout(limit, accept_from(listener, peer, observe)).await;
    let tcp = accepted
        .map_err(|_| Error::timeout("the server does not open the data connection"))?
        .map_err(|error| Error::network("cannot accept a data connection", error))?;
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

/// Listens on the first of the ports that is free.
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
    Err(Error::network(what, busy))
}

fn listen_on(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    // A port that has served a moment ago may serve again.
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

/// Where the server listens, by its positive reply to `EPSV` or `PASV`. The address in the latter counts
/// for nothing.
fn announced_port(command: &Command, reply: Reply) -> Result<u16, Error> {
    let parsed = match command {
        Command::Pasv => parse_pasv(&reply).map(|address| address.port()),
        _ => parse_epsv(&reply),
    };
    parsed.map_err(|error| {
        let what = format!("the reply to {} names no usable address", command.verb());
        Error::protocol(what).with_reply(reply).with_source(error)
    })
}
