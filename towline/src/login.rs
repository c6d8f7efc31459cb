//! From the greeting to a session that is ready: TLS where it is wanted, user and password, and
//! what is asked and set before the first operation.

use towline_proto::charset::Charset;
use towline_proto::command::{Argument, Command, SecretArgument};
use towline_proto::features::{Feature, Features};
use towline_proto::reply::{Reply, ReplyClass, ReplyCode};
use towline_proto::secret::Secret;
use zeroize::Zeroizing;

use crate::client::Shared;
use crate::config::{Config, TlsMode};
use crate::control::Control;
use crate::error::{Error, ErrorKind};
use crate::observer::Event;
use crate::policy;
use crate::tls::Tether;
use crate::trust::Trust;

/// The name given to servers that ask for it (`CLNT`).
const CLIENT_NAME: &str = concat!("Towline ", env!("CARGO_PKG_VERSION"));

/// The verbs that login commands may not have: they would end protection, move a reply, or change
/// what a later transfer is of.
const RESERVED: [&str; 27] = [
    "ABOR", "APPE", "AUTH", "CCC", "EPRT", "EPSV", "LIST", "MLSD", "MODE", "NLST", "PASS", "PASV",
    "PBSZ", "PORT", "PRET", "PROT", "QUIT", "RANG", "REIN", "REST", "RETR", "SPSV", "STOR", "STOU",
    "STRU", "TYPE", "USER",
];

/// What the server said of itself before the login.
#[derive(Debug)]
pub(crate) struct Welcome {
    pub(crate) greeting: Reply,
    /// The control connection is inside TLS.
    pub(crate) is_secure: bool,
}

/// The greeting, and TLS as the configuration wants it.
pub(crate) async fn begin(
    control: &mut Control,
    tether: &mut Tether,
    shared: &Shared,
) -> Result<Welcome, Error> {
    let mode = shared.config.tls_mode;
    if mode == TlsMode::Implicit {
        control.begin_tls(tether).await?;
    }
    let greeting = welcome(control).await?;
    let refusal = match mode {
        TlsMode::Implicit => None,
        TlsMode::Explicit => match auth(control).await? {
            Auth::Accepted => {
                control.begin_tls(tether).await?;
                None
            }
            Auth::Unknown(reply) => return Err(refuses_tls(reply)),
        },
        TlsMode::IfAvailable => match auth(control).await? {
            Auth::Accepted => {
                control.begin_tls(tether).await?;
                None
            }
            Auth::Unknown(reply) => Some(may_do_without_tls(control, shared, reply).await?),
        },
        TlsMode::Off => Some("TLS is switched off".to_owned()),
    };
    match &refusal {
        Some(reason) => control.observe(&Event::ClearText { reason }),
        None => remember(control, tether, shared)?,
    }
    Ok(Welcome {
        greeting,
        is_secure: refusal.is_none(),
    })
}

async fn welcome(control: &mut Control) -> Result<Reply, Error> {
    let greeting = control.greeting().await?;
    if greeting.class() == ReplyClass::Completion {
        return Ok(greeting);
    }
    let is_full = policy::is_too_many(&greeting);
    let error = Error::refused("the server does not want to serve", greeting);
    Err(match is_full {
        true => error.with_kind(ErrorKind::Unavailable),
        false => error,
    })
}

/// What a server makes of `AUTH`.
enum Auth {
    Accepted,
    /// It knows neither `AUTH TLS` nor `AUTH SSL`.
    Unknown(Reply),
}

/// RFC 4217 section 4; `SSL` is how servers older than it call the same.
async fn auth(control: &mut Control) -> Result<Auth, Error> {
    let mut reply = control.command(&Command::AuthTls).await?;
    if is_unknown(reply.code()) {
        reply = control.command(&Command::AuthSsl).await?;
    }
    match reply.code() {
        ReplyCode::SECURITY_ACCEPTED => Ok(Auth::Accepted),
        code if is_unknown(code) => Ok(Auth::Unknown(reply)),
        _ => Err(refuses_tls(reply)),
    }
}

/// A command or its parameter that the server does not know, as opposed to one that it refuses now.
fn is_unknown(code: ReplyCode) -> bool {
    matches!(code.as_u16(), 500 | 502 | 504)
}

fn refuses_tls(reply: Reply) -> Error {
    let what = "the server refuses TLS on this port; nothing was sent in clear text";
    Error::new(ErrorKind::Tls, what).with_reply(reply)
}

/// Why clear text is allowed; an error where it is not.
async fn may_do_without_tls(
    control: &mut Control,
    shared: &Shared,
    refusal: Reply,
) -> Result<String, Error> {
    let config = &shared.config;
    let known = match &config.known_servers {
        Some(known) => known.find(&config.host, config.effective_port())?,
        None => None,
    };
    let forbidden = if let Some(wish) = config.insists_on_tls() {
        format!("{wish}, so there is no going on without TLS")
    } else if known.is_some() || shared.memory().speaks_tls {
        "this server is known to speak TLS".to_owned()
    } else {
        let features = Features::parse(&control.command(&Command::Feat).await?);
        if !features.has(Feature::AuthTls) && !features.has(Feature::AuthSsl) {
            return Ok(format!("the server knows no TLS: {refusal}"));
        }
        "it announces TLS all the same".to_owned()
    };
    Err(refuses_tls(refusal).with_note(forbidden))
}

/// Remembers that, and on first use with which certificate, the server speaks TLS. Before the
/// password is sent: what cannot be remembered is not trusted.
fn remember(control: &Control, tether: &Tether, shared: &Shared) -> Result<(), Error> {
    let config = &shared.config;
    shared.memory().speaks_tls = true;
    let (host, port) = (&config.host, config.effective_port());
    let Some((fingerprint, issuer)) = tether.shown() else {
        return Ok(());
    };
    match &config.trust {
        Trust::FirstUse(servers) => {
            let is_new = servers.enter(host, port, Some(fingerprint), issuer.clone())?;
            let issuer = issuer.as_deref();
            let met = Event::TrustedOnFirstUse {
                host,
                port,
                fingerprint,
                issuer,
            };
            if is_new {
                control.observe(&met);
            }
        }
        _ if config.tls_mode == TlsMode::IfAvailable => {
            if let Some(servers) = &config.known_servers {
                servers.enter(host, port, None, None)?;
            }
        }
        _ => {}
    }
    Ok(())
}

/// Why there is no login.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It would be the same with one command at a time.
    Plain(Error),
    /// Commands waited at the server. One that does not bear that answers some of them never, or not in
    /// turn, so that a refusal need not be of the command that it seems to belong to.
    Queued(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Plain(error)
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        let (Failure::Plain(error) | Failure::Queued(error)) = failure;
        error
    }
}

/// Logs in and makes the session ready. Gives what the server can do. With `may_queue`, which is asked
/// once that is known, what makes it ready is sent in one piece.
pub(crate) async fn log_in(
    control: &mut Control,
    config: &Config,
    is_secure: bool,
    may_queue: impl FnOnce(&Features) -> bool,
) -> Result<Features, Failure> {
    // Before the login because of HOST, which has to come before USER (RFC 7151 section 3).
    let mut features = Features::parse(&control.command(&Command::Feat).await?);
    if features.has(Feature::Host) && config.host.parse::<std::net::IpAddr>().is_err() {
        choose_host(control, &config.host).await?;
    }
    if !features.is_empty() && !features.has(Feature::Utf8) && config.charset.is_none() {
        let text = "Server does not support non-ASCII characters.";
        control.observe(&Event::Note { text });
    }
    identify_user(control, config).await?;
    control.observe(&Event::LoggedIn);
    if features.is_empty() {
        features = Features::parse(&control.command(&Command::Feat).await?);
    }
    let mut steps = Vec::new();
    if features.has(Feature::Clnt) {
        let name = Argument::new(CLIENT_NAME).map_err(|_| unsendable("client's name"))?;
        // For the server's log; its opinion changes nothing.
        steps.push((Command::Clnt(name), Need::None));
    }
    if is_secure {
        // RFC 4217 section 8. Data connections are never left in clear text.
        steps.push((Command::Pbsz0, Need::Protection));
        steps.push((Command::ProtP, Need::Protection));
    }
    if features.has(Feature::Utf8) && config.charset.is_none_or(|set| set == Charset::UTF8) {
        // Some servers send UTF-8 in any case and know no such option.
        steps.push((Command::OptsUtf8On, Need::None));
    }
    for line in &config.login_commands {
        let command = Command::Raw(encode(config, line, "login command")?);
        steps.push((command, Need::LoginCommand));
    }
    steps.push((Command::TypeImage, Need::Plain));
    // What a user's own command does to those behind it nobody knows.
    let may_queue = config.login_commands.is_empty() && may_queue(&features);
    match make_ready(control, steps, may_queue).await {
        Ok(()) => Ok(features),
        Err(error) if may_queue => Err(Failure::Queued(error)),
        Err(error) => Err(Failure::Plain(error)),
    }
}

/// For what the answer to a command of the login has to be positive.
#[derive(Clone, Copy, Debug)]
enum Need {
    None,
    Protection,
    LoginCommand,
    Plain,
}

impl Need {
    /// What a negative `reply` to `command` means.
    fn refused(self, command: &Command, reply: Reply) -> Result<(), Error> {
        let verb = command.verb();
        match self {
            Self::None => Ok(()),
            Self::Protection => {
                let what = format!("{verb} was refused: data would travel in clear text");
                Err(Error::new(ErrorKind::Tls, what).with_reply(reply))
            }
            Self::LoginCommand => {
                let what = format!("the login command {command} was refused");
                Err(Error::refused(what, reply))
            }
            Self::Plain => Err(Error::refused(format!("{verb} was refused"), reply)),
        }
    }
}

async fn make_ready(
    control: &mut Control,
    steps: Vec<(Command, Need)>,
    may_queue: bool,
) -> Result<(), Error> {
    if may_queue {
        let commands: Vec<_> = steps.iter().map(|(command, _)| command.clone()).collect();
        control.send_all(&commands).await?;
    }
    for (command, need) in steps {
        if !may_queue {
            control.send(&command).await?;
        }
        let waiting = format!("waiting for the reply to {}", command.verb());
        let reply = control.final_reply(&waiting).await?;
        if reply.class() != ReplyClass::Completion {
            need.refused(&command, reply)?;
        }
    }
    Ok(())
}

/// Says which of the server's hosts is meant (RFC 7151). A server that has only one knows no name
/// (ProFTPD 1.3.8: 504), and serves all the same.
async fn choose_host(control: &mut Control, host: &str) -> Result<(), Error> {
    let name = Argument::new(host).map_err(|_| unsendable("host"))?;
    control.command(&Command::Host(name)).await.map(drop)
}

async fn identify_user(control: &mut Control, config: &Config) -> Result<(), Error> {
    let user = Command::User(encode(config, &config.user, "user name")?);
    let password = Command::Pass(encode_secret(config, &config.password, "password")?);
    let mut reply = control.command(&user).await?;
    if reply.code() == ReplyCode::NEED_PASSWORD {
        reply = control.command(&password).await?;
    }
    if reply.code() == ReplyCode::NEED_ACCOUNT {
        let Some(account) = &config.account else {
            let what = "the server asks for an account besides user and password";
            return Err(Error::new(ErrorKind::LoginRefused, what).with_reply(reply));
        };
        let account = Command::Acct(encode_secret(config, account, "account")?);
        reply = control.command(&account).await?;
    }
    match reply.class() {
        ReplyClass::Completion => Ok(()),
        _ if policy::is_too_many(&reply) => {
            let what = "the server allows no further connection";
            Err(Error::new(ErrorKind::Unavailable, what).with_reply(reply))
        }
        _ => {
            let what = "the server refuses the login";
            Err(Error::new(ErrorKind::LoginRefused, what).with_reply(reply))
        }
    }
}

/// Finds login commands that would break a session.
pub(crate) fn check_commands(lines: &[String]) -> Result<(), Error> {
    for line in lines {
        let verb = line.split_ascii_whitespace().next().unwrap_or_default();
        let is_reserved = RESERVED.iter().any(|word| verb.eq_ignore_ascii_case(word));
        if is_reserved || verb.is_empty() {
            let what = format!("{verb:?} cannot be a login command: it is for the client to send");
            return Err(Error::new(ErrorKind::Usage, what));
        }
    }
    Ok(())
}

fn encode(config: &Config, text: &str, what: &str) -> Result<Argument, Error> {
    let charset = config.charset.unwrap_or(Charset::UTF8);
    let bytes = charset.encode(text).map_err(|error| {
        Error::new(ErrorKind::Usage, format!("the {what} cannot be sent")).with_source(error)
    })?;
    Argument::new(bytes).map_err(|_| unsendable(what))
}

fn encode_secret(config: &Config, secret: &Secret, what: &str) -> Result<SecretArgument, Error> {
    let charset = config.charset.unwrap_or(Charset::UTF8);
    let bytes = charset.encode(secret.reveal()).map_err(|_| {
        let what = format!("the {what} cannot be written in {}", charset.name());
        Error::new(ErrorKind::Usage, what)
    })?;
    SecretArgument::from_bytes(Zeroizing::new(bytes)).map_err(|_| unsendable(what))
}

fn unsendable(what: &str) -> Error {
    Error::new(ErrorKind::Usage, format!("the {what} holds CR, LF or NUL"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_command_may_not_undo_what_the_client_has_done() {
        for line in ["PROT C", "ccc", "  Rein", "", "PASS x", "RANG 0 9"] {
            let error = check_commands(&[line.to_owned()]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Usage, "{line}");
            assert!(!error.to_string().contains(" x"), "{error}");
        }
        check_commands(&["SITE UMASK 002".to_owned(), "CWD /in".to_owned()]).unwrap();
    }
}
