//! The steps from a connection that TLS protects, where it is wanted, to a session that is ready:
//! user and password, and what is asked and set before the first operation.

use towline_proto::charset::Charset;
use towline_proto::command::{Argument, Command, SecretArgument};
use towline_proto::features::{Feature, Features};
use towline_proto::reply::{Reply, ReplyClass, ReplyCode};
use towline_proto::secret::Secret;
use zeroize::Zeroizing;

use super::dialogue::Control;
use crate::config::Config;
use crate::error::{Error, ErrorDetail, ErrorKind, wants_tls};
use crate::observer::Event;
use crate::server::is_too_many;

/// The name given to servers that ask for it (`CLNT`).
const CLIENT_NAME: &str = concat!("Towline ", env!("CARGO_PKG_VERSION"));

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

/// A command that the server refused without harm to the session.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RefusedCommand {
    /// The command's line, secrets masked.
    pub command: String,
    /// The server's reply.
    pub reply: Reply,
}

/// What the server says it can do, before the login. Says which host is meant where the server has
/// several; a server that has only one may refuse to hear of it, which is the second value.
pub(super) async fn announced(
    control: &mut Control,
    config: &Config,
) -> Result<(Features, Option<RefusedCommand>), Error> {
    // Before the login because of HOST, which has to come before USER (RFC 7151 section 3).
    let features = Features::parse(&control.command(&Command::Feat).await?);
    let has_name = config.host.parse::<std::net::IpAddr>().is_err();
    let refused = match features.has(Feature::Host) && has_name {
        true => choose_host(control, &config.host).await?,
        false => None,
    };
    if !features.is_empty() && !features.has(Feature::Utf8) && config.charset.is_none() {
        let text = "Server does not support non-ASCII characters.";
        control.observe(&Event::Note { text });
    }
    Ok((features, refused))
}

/// What is asked and set behind the login, with what it takes for each to succeed.
pub(super) fn steps(
    config: &Config,
    features: &Features,
    is_secure: bool,
) -> Result<Vec<(Command, Need)>, Error> {
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
    for command in &config.login_commands {
        let command = Command::Raw(encode(config, command.line(), "login command")?);
        steps.push((command, Need::LoginCommand));
    }
    steps.push((Command::TypeImage, Need::Plain));
    Ok(steps)
}

/// For what the answer to a command of the login has to be positive.
#[derive(Clone, Copy, Debug)]
pub(super) enum Need {
    None,
    Protection,
    LoginCommand,
    Plain,
}

impl Need {
    /// What a negative `reply` to `command` means.
    fn refused(self, command: &Command, reply: Reply) -> Result<RefusedCommand, Error> {
        let verb = command.verb();
        match self {
            Self::None => Ok(RefusedCommand {
                command: command.to_string(),
                reply,
            }),
            Self::Protection => {
                let what = format!("{verb} was refused: data would travel in clear text");
                let error = Error::new(ErrorKind::Tls, what).with_reply(reply);
                Err(error.with_detail(ErrorDetail::ProtectionRefused))
            }
            Self::LoginCommand => {
                let what = format!("the login command {command} was refused");
                Err(Error::refused(what, reply))
            }
            Self::Plain => Err(Error::refused(format!("{verb} was refused"), reply)),
        }
    }
}

/// Takes `steps`; with `may_queue` they are sent in one piece. What is refused without harm goes to
/// `refused`.
pub(super) async fn make_ready(
    control: &mut Control,
    steps: Vec<(Command, Need)>,
    may_queue: bool,
    refused: &mut Vec<RefusedCommand>,
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
            refused.push(need.refused(&command, reply)?);
        }
    }
    Ok(())
}

/// Says which of the server's hosts is meant (RFC 7151). A server that has only one knows no name
/// (ProFTPD 1.3.8: 504), and serves all the same.
async fn choose_host(control: &mut Control, host: &str) -> Result<Option<RefusedCommand>, Error> {
    let name = Argument::new(host).map_err(|_| unsendable("host"))?;
    let command = Command::Host(name);
    let reply = control.command(&command).await?;
    Ok(
        (reply.class() != ReplyClass::Completion).then(|| RefusedCommand {
            command: command.to_string(),
            reply,
        }),
    )
}

/// User, password, and the account where one is asked for.
pub(super) async fn identify_user(control: &mut Control, config: &Config) -> Result<(), Error> {
    let user = Command::User(encode(config, &config.user, "user name")?);
    let password = Command::Pass(encode_secret(config, &config.password, "password")?);
    let mut reply = control.command(&user).await?;
    if reply.code() == ReplyCode::NEED_PASSWORD {
        reply = control.command(&password).await?;
    }
    if reply.code() == ReplyCode::NEED_ACCOUNT {
        let Some(account) = &config.account else {
            let what = "the server asks for an account besides user and password";
            let error = Error::new(ErrorKind::LoginRefused, what).with_reply(reply);
            return Err(error.with_detail(ErrorDetail::AccountWanted));
        };
        let account = Command::Acct(encode_secret(config, account, "account")?);
        reply = control.command(&account).await?;
    }
    match reply.class() {
        ReplyClass::Completion => Ok(()),
        _ if is_too_many(&reply) => {
            let what = "the server allows no further connection";
            let error = Error::new(ErrorKind::Unavailable, what).with_reply(reply);
            Err(error.with_detail(ErrorDetail::TooManyConnections))
        }
        _ => {
            let what = "the server refuses the login";
            let detail = match wants_tls(&reply) {
                true => ErrorDetail::TlsWanted,
                false => ErrorDetail::LoginRefused,
            };
            let error = Error::new(ErrorKind::LoginRefused, what).with_reply(reply);
            Err(error.with_detail(detail))
        }
    }
}

fn encode(config: &Config, text: &str, what: &str) -> Result<Argument, Error> {
    let charset = config.charset.unwrap_or(Charset::UTF8);
    let bytes = charset.encode(text).map_err(|error| {
        let what = format!("the {what} cannot be sent");
        let unsendable = Error::new(ErrorKind::Usage, what).with_source(error);
        unsendable.with_detail(ErrorDetail::CannotBeSent)
    })?;
    Argument::new(bytes).map_err(|_| unsendable(what))
}

fn encode_secret(config: &Config, secret: &Secret, what: &str) -> Result<SecretArgument, Error> {
    let charset = config.charset.unwrap_or(Charset::UTF8);
    let bytes = charset.encode(secret.reveal()).map_err(|_| {
        let what = format!("the {what} cannot be written in {}", charset.name());
        Error::new(ErrorKind::Usage, what).with_detail(ErrorDetail::CannotBeSent)
    })?;
    SecretArgument::from_bytes(Zeroizing::new(bytes)).map_err(|_| unsendable(what))
}

fn unsendable(what: &str) -> Error {
    let what = format!("the {what} holds CR, LF or NUL");
    Error::new(ErrorKind::Usage, what).with_detail(ErrorDetail::CannotBeSent)
}
