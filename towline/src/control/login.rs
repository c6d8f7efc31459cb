//! The steps from a connection, with TLS if configured, to a session that is ready: user and
//! password, and the queries and settings before the first operation.

use towline_proto::charset::Charset;
use towline_proto::command::{Argument, Command, SecretArgument};
use towline_proto::features::{Feature, Features, MlstFact};
use towline_proto::quirks::Server;
use towline_proto::reply::{Reply, ReplyClass, ReplyCode};
use towline_proto::secret::Secret;
use zeroize::Zeroizing;

use super::dialogue::{Control, awaiting, refused_login};
use crate::config::Config;
use crate::error::{Error, ErrorDetail, ErrorKind};
use crate::observer::Event;
use crate::server::Lessons;

/// The name sent to servers that announce `CLNT`.
const CLIENT_NAME: &str = concat!("Towline ", env!("CARGO_PKG_VERSION"));

/// Why the login failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Sending one command at a time would fail in the same way.
    Plain(Error),
    /// The server accepted `AUTH`, but was not ready for TLS: it answered the handshake in plain
    /// text. Nothing secret was sent, so a new connection may be tried.
    NotReady(Error),
    /// The commands were pipelined. A server that does not support this may skip replies or reorder
    /// them, so a refusal may belong to another command than the one it seems to answer.
    Queued(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Plain(error)
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        let (Failure::Plain(error) | Failure::NotReady(error) | Failure::Queued(error)) = failure;
        error
    }
}

/// A command that the server refused without harm to the session.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct RefusedCommand {
    /// The command line, with secrets masked.
    pub command: String,
    /// The server's reply.
    pub reply: Reply,
}

/// Asks for the server's features before the login, and selects the host on a server that has
/// several. A server with only one host may refuse `HOST`; the second value is that refusal.
pub(super) async fn announced(
    control: &mut Control,
    config: &Config,
) -> Result<(Features, Option<RefusedCommand>), Error> {
    // Before the login, because HOST must precede USER (RFC 7151 section 3).
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

/// Returns the commands to send after the login, each with the reply that it needs.
pub(super) fn steps(
    config: &Config,
    features: &Features,
    server: &Server,
    is_secure: bool,
) -> Result<Vec<(Command, Need)>, Error> {
    let mut steps = Vec::new();
    if features.has(Feature::Clnt) {
        let name = Argument::new(CLIENT_NAME).map_err(|_| unsendable("client's name"))?;
        // For the server's log. The reply is ignored.
        steps.push((Command::Clnt(name), Need::None));
    }
    if is_secure {
        // RFC 4217 section 8. PROT P alone decides whether data connections are protected, and they
        // are never left in clear text.
        steps.push((Command::Pbsz0, Need::InStep));
        steps.push((Command::ProtP, Need::Protection));
    }
    if features.has(Feature::Utf8) && config.charset.is_none_or(|set| set == Charset::UTF8) {
        // Some servers always send UTF-8 and do not know this option.
        steps.push((Command::OptsUtf8On, Need::None));
    }
    if let Some(facts) = missing_facts(features, is_brief(config, server)) {
        let facts = Argument::new(facts).map_err(|_| unsendable("fact's name"))?;
        // A server may refuse, or announce facts that it does not send.
        steps.push((Command::OptsMlst(facts), Need::None));
    }
    for command in &config.login_commands {
        let command = Command::Raw(encode(config, command.line(), "login command")?);
        steps.push((command, Need::LoginCommand));
    }
    steps.push((Command::TypeImage, Need::Plain));
    Ok(steps)
}

/// Whether listings are to have only the facts that are needed, on `server`.
fn is_brief(config: &Config, server: &Server) -> bool {
    config.brief_listings && server.selects_facts
}

/// Returns the facts to select with `OPTS MLST` (RFC 3659 section 7.9): those that are needed and,
/// unless listings are to be `brief`, the others that are on. Returns `None` if exactly these are
/// on already.
fn missing_facts(features: &Features, brief: bool) -> Option<String> {
    let facts = features.mlst_facts();
    let is_wrong = |fact: &MlstFact| is_chosen(fact, brief) != fact.enabled;
    let missing = facts
        .iter()
        .any(is_wrong)
        .then(|| chosen_facts(features, brief));
    missing.filter(|facts| !facts.is_empty())
}

/// Returns the command that selects these facts, whether they are on already or not. Returns `None`
/// if the server announces no facts.
pub(crate) fn wanted_facts(
    config: &Config,
    features: &Features,
    server: &Server,
) -> Option<Command> {
    let chosen = chosen_facts(features, is_brief(config, server));
    let chosen = Some(chosen).filter(|chosen| !chosen.is_empty())?;
    Argument::new(chosen).ok().map(Command::OptsMlst)
}

/// Returns those of the announced facts that listings are to have.
fn chosen_facts(features: &Features, brief: bool) -> String {
    let facts = features.mlst_facts().iter();
    let chosen = facts.filter(|fact| is_chosen(fact, brief));
    chosen.map(|fact| format!("{};", fact.name)).collect()
}

fn is_chosen(fact: &MlstFact, brief: bool) -> bool {
    let is_needed = ["type", "size", "modify", "unique"].contains(&fact.name.as_str());
    is_needed || fact.enabled && !brief
}

/// Why the reply to a login command must be positive, if it must.
#[derive(Clone, Copy, Debug)]
pub(super) enum Need {
    None,
    /// None, unless commands are queued: then the refusal may show that the server does not support
    /// that.
    InStep,
    Protection,
    LoginCommand,
    Plain,
}

impl Need {
    /// Returns what a negative `reply` to `command` means; `is_queued`: other commands were sent
    /// with it.
    fn refused(
        self,
        command: &Command,
        reply: Reply,
        is_queued: bool,
    ) -> Result<RefusedCommand, Error> {
        let verb = command.verb();
        match self {
            Self::InStep if is_queued => Err(Error::refused(format!("{verb} was refused"), reply)),
            Self::None | Self::InStep => Ok(RefusedCommand {
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

/// Runs `steps`. With `may_queue`, they are pipelined. Harmless refusals are added to `refused`.
pub(super) async fn make_ready(
    control: &mut Control,
    steps: Vec<(Command, Need)>,
    may_queue: bool,
    refused: &mut Vec<RefusedCommand>,
) -> Result<(), Error> {
    let (mut options, mut is_repeated) = (None, false);
    if may_queue {
        let commands: Vec<_> = steps.iter().map(|(command, _)| command.clone()).collect();
        control.send_all(&commands).await?;
    }
    for (command, need) in steps {
        if !may_queue {
            control.send(&command).await?;
        }
        let waiting = awaiting(&command);
        let mut reply = control.final_reply(&waiting).await?;
        // Some servers answer OPTS twice. Others have the same refusal for every OPTS.
        if options.as_ref() == Some(&reply) {
            match reply.class() {
                ReplyClass::Completion => is_repeated = true,
                _ if command.verb() == Command::OptsUtf8On.verb() => is_repeated = true,
                _ => reply = control.next_reply_to(&command).await?,
            }
        }
        if command == Command::OptsUtf8On {
            options = Some(reply.clone());
        }
        if reply.class() != ReplyClass::Completion {
            refused.push(need.refused(&command, reply, may_queue)?);
        }
    }
    if is_repeated {
        // If this was the second reply to OPTS, the reply to the last command is still to come.
        control.earlier_reply().await?;
    }
    Ok(())
}

/// Selects the host on the server (RFC 7151). A server with only one host does not know the name
/// (ProFTPD 1.3.8: 504) and works nevertheless.
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

/// Sends the user name and the password, and the account if the server asks for one.
pub(super) async fn identify_user(
    control: &mut Control,
    config: &Config,
    lessons: &Lessons,
) -> Result<(), Error> {
    let is_proven = lessons.accepts_login();
    let user = Command::User(encode(config, &config.user, "user name")?);
    let password = Command::Pass(encode_secret(config, &config.password, "password")?);
    let mut reply = control.identify(&user, is_proven).await?;
    if reply.code() == ReplyCode::NEED_PASSWORD {
        reply = control.identify(&password, is_proven).await?;
    }
    if reply.code() == ReplyCode::NEED_ACCOUNT {
        let Some(account) = &config.account else {
            let what = "the server asks for an account besides user and password";
            let error = Error::new(ErrorKind::LoginRefused, what).with_reply(reply);
            return Err(error.with_detail(ErrorDetail::AccountWanted));
        };
        let account = Command::Acct(encode_secret(config, account, "account")?);
        reply = control.identify(&account, is_proven).await?;
    }
    match reply.class() {
        ReplyClass::Completion => {
            lessons.learned_that_login_is_accepted();
            Ok(())
        }
        _ => Err(refused_login(reply)),
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
    let what = format!("the {what} contains CR, LF or NUL");
    Error::new(ErrorKind::Usage, what).with_detail(ErrorDetail::CannotBeSent)
}
