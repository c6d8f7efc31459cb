//! One control connection from connect to login, and the tether that belongs to it.

use std::net::SocketAddr;

use tokio::net::TcpStream;
use towline_proto::address::{parse_epsv, parse_pasv};
use towline_proto::command::{Argument, Command, SecretArgument};
use towline_proto::features::{Feature, Features};
use towline_proto::quirks::{Server, identify};
use towline_proto::reply::{Reply, ReplyClass, ReplyCode};

use crate::client::Shared;
use crate::config::TlsMode;
use crate::control::Control;
use crate::error::{Error, ErrorKind};
use crate::net;
use crate::observer::Event;
use crate::policy::ReuseDemand;
use crate::tls::{ControlStream, Tether};

/// A control connection that is logged in and protects its data connections.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) control: Control,
    pub(crate) tether: Tether,
    pub(crate) features: Features,
    pub(crate) server: Server,
    /// `EPSV` was refused once; `PASV` is used instead.
    without_epsv: bool,
    /// Nothing newer than TLS 1.2 was offered.
    pub(crate) only_tls12: bool,
    /// TLS 1.3 was agreed on.
    pub(crate) tls13: bool,
}

impl Link {
    /// Connects, begins TLS, logs in, and asks for protected data connections.
    pub(crate) async fn open(shared: &Shared, only_tls12: bool) -> Result<Self, Error> {
        let config = &shared.config;
        let observer = config.observer.clone();
        let tcp = net::connect_host(
            &config.host,
            config.effective_port(),
            config.timeout,
            |event| {
                if let Some(observer) = &observer {
                    observer.event(event);
                }
            },
        )
        .await?;
        let tether = shared.profile.tether(only_tls12);
        let mut tether = tether.map_err(|error| Error::tls("TLS cannot be set up", error))?;
        #[cfg(feature = "test-internals")]
        if config.sabotage.no_ticket_copies {
            tether.without_copies();
        }
        let peer = tcp.peer_addr();
        let peer = peer.map_err(|error| Error::network("the connection is lost at once", error))?;
        let stream = ControlStream::Clear(tcp);
        let mut control = Control::new(stream, peer.ip(), config.observer.clone(), config.timeout);
        control.observe(&Event::AwaitingWelcome);

        let greeting = match config.tls_mode {
            TlsMode::Explicit => {
                let greeting = welcome(&mut control).await?;
                auth_tls(&mut control).await?;
                control.begin_tls(&mut tether).await?;
                greeting
            }
            TlsMode::Implicit => {
                control.begin_tls(&mut tether).await?;
                welcome(&mut control).await?
            }
        };
        log_in(&mut control, &config.user, &config.password).await?;
        control.observe(&Event::LoggedIn);
        protect_data(&mut control).await?;
        let features = Features::parse(&control.command(&Command::Feat).await?);
        if features.has(Feature::Utf8) {
            // Some servers send UTF-8 in any case and know no such option.
            control.command(&Command::OptsUtf8On).await?;
        }
        control.expect(&Command::TypeImage).await?;

        let mut server = identify(&greeting, None, &features);
        if server == Server::UNKNOWN {
            let syst = control.command(&Command::Syst).await?;
            server = identify(&greeting, Some(&syst), &features);
        }
        let mut memory = shared.memory();
        if server.demands_reuse == Some(true) && memory.demand == ReuseDemand::Unknown {
            memory.demand = ReuseDemand::Demanded;
        }
        drop(memory);
        let negotiated = control.stream().and_then(|stream| stream.negotiated());
        Ok(Self {
            tls13: negotiated.is_some_and(|(protocol, _)| protocol == "TLSv1.3"),
            control,
            tether,
            features,
            server,
            without_epsv: false,
            only_tls12,
        })
    }

    /// Asks the server to listen, and connects to it: always on the host of the control connection,
    /// whatever address a reply to `PASV` names.
    pub(crate) async fn connect_data(&mut self, shared: &Shared) -> Result<TcpStream, Error> {
        let host = self.control.peer();
        let port = self.passive_port(host.is_ipv6()).await?;
        let address = SocketAddr::new(host, port);
        net::connect(address, shared.config.timeout)
            .await
            .map_err(|error| error.with_note("this is where the server said it would listen"))
    }

    async fn passive_port(&mut self, is_ipv6: bool) -> Result<u16, Error> {
        if !self.without_epsv {
            let reply = self.control.command(&Command::Epsv).await?;
            match reply.class() {
                ReplyClass::Completion => {
                    return parse_epsv(&reply).map_err(|error| unreadable("EPSV", reply, error));
                }
                // PASV knows IPv4 addresses alone (RFC 2428 section 1).
                ReplyClass::Permanent if !is_ipv6 => self.without_epsv = true,
                _ => return Err(Error::refused("EPSV was refused", reply)),
            }
        }
        let reply = self.control.expect(&Command::Pasv).await?;
        let address = parse_pasv(&reply).map_err(|error| unreadable("PASV", reply, error))?;
        Ok(address.port())
    }
}

fn unreadable(verb: &str, reply: Reply, error: towline_proto::address::AddressError) -> Error {
    Error::protocol(format!("the reply to {verb} names no usable address"))
        .with_reply(reply)
        .with_source(error)
}

async fn welcome(control: &mut Control) -> Result<Reply, Error> {
    let greeting = control.greeting().await?;
    if greeting.class() == ReplyClass::Completion {
        Ok(greeting)
    } else {
        Err(Error::refused(
            "the server does not want to serve",
            greeting,
        ))
    }
}

async fn auth_tls(control: &mut Control) -> Result<(), Error> {
    let reply = control.command(&Command::AuthTls).await?;
    if reply.code() == ReplyCode::SECURITY_ACCEPTED {
        return Ok(());
    }
    let what = "the server refuses TLS on this port; nothing was sent in clear text";
    Err(Error::new(ErrorKind::Tls, what).with_reply(reply))
}

async fn log_in(
    control: &mut Control,
    user: &str,
    password: &towline_proto::secret::Secret,
) -> Result<(), Error> {
    let bad = |what: &str| Error::new(ErrorKind::Usage, format!("the {what} holds CR, LF or NUL"));
    let user = Argument::new(user).map_err(|_| bad("user name"))?;
    let password = SecretArgument::new(password.clone()).map_err(|_| bad("password"))?;
    let mut reply = control.command(&Command::User(user)).await?;
    if reply.code() == ReplyCode::NEED_PASSWORD {
        reply = control.command(&Command::Pass(password)).await?;
    }
    match reply.class() {
        ReplyClass::Completion => Ok(()),
        _ if reply.code() == ReplyCode::NEED_ACCOUNT => {
            let what = "the server asks for an account besides user and password";
            Err(Error::new(ErrorKind::LoginRefused, what).with_reply(reply))
        }
        _ => Err(Error::login_refused(reply)),
    }
}

/// RFC 4217 section 8: `PBSZ`, then `PROT`. Data connections are never left in clear text.
async fn protect_data(control: &mut Control) -> Result<(), Error> {
    for command in [Command::Pbsz0, Command::ProtP] {
        let reply = control.command(&command).await?;
        if reply.class() != ReplyClass::Completion {
            let what = format!(
                "{} was refused: data would travel in clear text",
                command.verb()
            );
            return Err(Error::new(ErrorKind::Tls, what).with_reply(reply));
        }
    }
    Ok(())
}
