//! One control connection from greeting to end.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use rustls::ProtocolVersion;
use tokio::net::TcpStream;

use crate::armed_fault::{Faults, names};
use crate::client_command::ClientCommand;
use crate::control::Control;
use crate::data::{Channel, DataPort};
use crate::digest::Algorithm;
use crate::fault::{Action, Fault, Point};
use crate::listing::Facts;
use crate::personality::{Reuse, Traits};
use crate::phrase::{Values, encode, raw};
use crate::port::DeadEnd;
use crate::report::{ControlEnd, DataReport, Ledger};
use crate::settings::Settings;
use crate::tls::{Tls, version_name};
use crate::tree::{Tree, VirtualPath};
use crate::{ListingFault, TlsMode};

mod action;
mod active;
mod channel;
mod digest;
mod early;
mod feature;
mod file;
mod login;
mod moving;
mod odd_listing;
mod parameter;
mod passive;
mod security;
mod transfer;

/// The state that all sessions of a server share.
pub(crate) struct Shared {
    pub(crate) traits: &'static Traits,
    pub(crate) settings: Settings,
    pub(crate) reuse: Option<Reuse>,
    pub(crate) tls: Tls,
    pub(crate) tree: Tree,
    pub(crate) faults: Faults,
    pub(crate) ledger: Ledger,
}

/// Whether there is room for a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Welcome {
    Room,
    /// The client exceeds the limit. The server refuses it after its password.
    Full,
}

/// Serves a client until the session ends.
pub(crate) async fn serve(
    shared: Arc<Shared>,
    stream: TcpStream,
    peer: SocketAddr,
    welcome: Welcome,
) {
    let id = shared.ledger.open(peer);
    let end = match Session::new(shared.clone(), stream, id, welcome) {
        Ok(mut session) => match session.run().await {
            Ok(never) => match never {},
            Err(Stop::Ended(end)) => end,
            Err(Stop::Failed(error)) if error.kind() == io::ErrorKind::TimedOut => {
                ControlEnd::ServerClosed
            }
            Err(Stop::Failed(_)) => ControlEnd::ClientVanished,
        },
        Err(_) => ControlEnd::ClientVanished,
    };
    shared
        .ledger
        .control(id, |control| control.ended = Some(end));
}

/// Why a session is over.
#[derive(Debug)]
enum Stop {
    Ended(ControlEnd),
    Failed(io::Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Failed(error)
    }
}

type Step<T = ()> = Result<T, Stop>;

struct Session {
    shared: Arc<Shared>,
    traits: &'static Traits,
    id: u64,
    faults: Faults,
    control: Control,
    /// Commands that arrived before their turn.
    waiting: VecDeque<ClientCommand>,
    /// Whether the current command was probably one of these.
    was_queued: bool,
    client: SocketAddr,
    local: SocketAddr,
    /// The TLS version, even after `CCC` has ended TLS.
    tls_version: Option<ProtocolVersion>,
    user: Option<String>,
    /// Whether name and password were correct and `ACCT` is still missing.
    account_due: bool,
    welcome: Welcome,
    logged_in: bool,
    directory: VirtualPath,
    pbsz: bool,
    /// Whether `PROT P` is set.
    private: bool,
    binary: bool,
    facts: Facts,
    /// The algorithm of `HASH`.
    hash: Algorithm,
    /// Where the next transfer starts.
    offset: u64,
    /// The first and the last byte that the next `RETR` sends.
    range: Option<(u64, u64)>,
    rename_from: Option<VirtualPath>,
    extended_only: bool,
    /// Whether `PRET` has announced a transfer.
    planned: bool,
    data_port: DataPort,
    /// The port that a fault announced instead.
    dead_end: Option<DeadEnd>,
    /// A data connection that a fault leaves open.
    abandoned: Option<Channel>,
    /// A reply that a fault sends again before the next one.
    again: Option<Vec<u8>>,
}

impl Session {
    fn new(shared: Arc<Shared>, stream: TcpStream, id: u64, welcome: Welcome) -> io::Result<Self> {
        let (client, local) = (stream.peer_addr()?, stream.local_addr()?);
        let traits = shared.traits;
        let faults = shared.faults.on_control(id);
        let nagle = faults.strikes(|fault| matches!(fault, Fault::Nagle));
        stream.set_nodelay(!nagle)?;
        let mut control = Control::new(stream, traits.reading, shared.settings.deadline);
        control.split = faults.strikes(|fault| matches!(fault, Fault::SplitReplies));
        control.blank_lines = faults.strikes(|fault| matches!(fault, Fault::BlankLines));
        let facts = match faults.lists(&ListingFault::FactsOff) {
            true => &[],
            false => traits.listing.facts,
        };
        Ok(Self {
            traits,
            id,
            faults,
            control,
            waiting: VecDeque::new(),
            was_queued: false,
            client,
            local,
            tls_version: None,
            user: None,
            account_due: false,
            welcome,
            logged_in: false,
            directory: VirtualPath::default(),
            pbsz: false,
            private: false,
            binary: false,
            facts: Facts {
                chosen: facts.to_vec(),
                milliseconds: traits.milliseconds,
                perm: traits.listing.perm,
            },
            hash: Algorithm::default(),
            offset: 0,
            range: None,
            rename_from: None,
            extended_only: false,
            planned: false,
            data_port: DataPort::None,
            dead_end: None,
            abandoned: None,
            again: None,
            shared,
        })
    }

    async fn run(&mut self) -> Step<std::convert::Infallible> {
        if self.shared.settings.mode == TlsMode::Implicit {
            self.secure_control().await?;
        }
        let greeting = self.faults.at(|point| *point == Point::Greeting);
        if self.act(greeting).await? {
            self.say(self.traits.phrases.greeting).await?;
        }
        loop {
            let command = self.next_command().await?;
            if let Some(again) = self.again.take() {
                self.control.send(&again).await?;
            }
            self.obey(&command).await?;
            self.repeat(&command).await?;
        }
    }

    /// Sends the reply to a command again if a fault says so.
    async fn repeat(&mut self, command: &ClientCommand) -> Step {
        let late = self.faults.strike(|fault| match fault {
            Fault::AnswerTwice {
                command: pattern,
                late,
            } if names(pattern, &command.verb) => Some(*late),
            _ => None,
        });
        let last = self.control.last().to_vec();
        match late {
            None => {}
            Some(true) => self.again = Some(last),
            Some(false) => self.control.send(&last).await?,
        }
        Ok(())
    }

    /// Waits for the next command. Meanwhile a data connection may be opened.
    async fn next_command(&mut self) -> Step<ClientCommand> {
        // Bytes available without reading the socket arrived with, or before, the bytes read last.
        self.was_queued = true;
        if let Some(command) = self.waiting.pop_front() {
            return Ok(command);
        }
        if let Some(line) = self.control.buffered_line() {
            return Ok(self.hear(&line));
        }
        self.was_queued = false;
        let deadline = tokio::time::sleep(self.shared.settings.deadline);
        tokio::pin!(deadline);
        loop {
            let line = tokio::select! {
                biased;
                line = self.control.line() => line,
                opened = self.data_port.progress() => {
                    self.note_opened(opened);
                    continue;
                }
                () = left(&mut self.abandoned) => {
                    self.abandoned = None;
                    continue;
                }
                () = &mut deadline => {
                    self.say(self.traits.phrases.timeout).await?;
                    return Err(self.end(ControlEnd::ServerClosed).await);
                }
            };
            let Some(line) = line? else {
                return Err(self.end(ControlEnd::ClientClosed).await);
            };
            return Ok(self.hear(&line));
        }
    }

    /// Parses the command in a line and adds it to the report.
    fn hear(&self, line: &[u8]) -> ClientCommand {
        let command = ClientCommand::parse(line);
        let shown = command.shown();
        let exposed = command.is_secret() && !self.control.is_tls();
        self.shared.ledger.control(self.id, |control| {
            control.commands.push(shown);
            control.credentials_in_clear |= exposed;
        });
        command
    }

    async fn obey(&mut self, command: &ClientCommand) -> Step {
        let verb = command.verb.as_str();
        let due = self.faults.at(|point| match point {
            Point::Command(pattern) => names(pattern, verb),
            Point::Queued(pattern) => self.was_queued && names(pattern, verb),
            _ => false,
        });
        if !self.act(due).await? {
            return Ok(());
        }
        if !matches!(verb, "REST" | "RETR" | "STOR" | "APPE")
            && self.traits.rest_needs_transfer_next
        {
            self.offset = 0;
        }
        match verb {
            _ if self.shared.settings.lacks(verb) => {
                self.say_of(self.traits.phrases.unknown, command).await
            }
            "AUTH" => self.auth(command).await,
            "USER" => self.user(command).await,
            "PASS" => self.pass(command).await,
            "ACCT" if self.shared.settings.account.is_some() => self.acct(command).await,
            "HOST" if self.knows_hosts() => self.host(command).await,
            "PBSZ" | "PROT" => self.protect(command).await,
            "FEAT" => self.feat().await,
            "QUIT" => {
                self.say(self.traits.phrases.quit).await?;
                if self.traits.quits_with_close_notify {
                    return Err(self.end(ControlEnd::Quit).await);
                }
                Err(Stop::Ended(ControlEnd::Quit))
            }
            _ if !self.logged_in && !self.traits.before_login.contains(&verb) => {
                let phrases = &self.traits.phrases;
                let first = match self.may_log_in() {
                    true => phrases.login_first,
                    false => phrases.clear_first,
                };
                self.say_of(first, command).await
            }
            "ACCT" => self.say_of(self.traits.phrases.acct, command).await,
            "CLNT" => self.say_of(self.traits.phrases.clnt, command).await,
            "CCC" => self.ccc(command).await,
            "REIN" => self.rein(command).await,
            "PRET" => self.pret(command).await,
            "SYST" => self.syst().await,
            "NOOP" => {
                self.shared
                    .ledger
                    .control(self.id, |control| control.noops += 1);
                self.say(self.traits.phrases.noop).await
            }
            "HELP" => self.say(self.traits.phrases.help).await,
            "MODE" => self.mode(command).await,
            "STRU" => self.say(self.traits.phrases.structure).await,
            "ALLO" => self.say(self.traits.phrases.allo).await,
            "OPTS" => self.opts(command).await,
            "TYPE" => self.set_type(command).await,
            "EPSV" => self.epsv(command).await,
            "PASV" => self.pasv(command).await,
            "PORT" => self.port(command).await,
            "EPRT" => self.eprt(command).await,
            "ABOR" => self.say(self.traits.phrases.abor_idle).await,
            "REST" => self.rest(command).await,
            "RANG" if self.traits.ranges => self.rang(command).await,
            "LIST" | "NLST" => self.list(command).await,
            "MLSD" if self.traits.mlsd => self.mlsd(command).await,
            "RETR" => self.retr(command).await,
            "STOR" | "APPE" => self.stor(command).await,
            verb => match self.digest_command(verb) {
                Some(asked) => self.digest(asked, command).await,
                None => self.obey_about_files(command).await,
            },
        }
    }

    /// Closes the connection in an orderly way.
    async fn end(&mut self, end: ControlEnd) -> Stop {
        self.control.close().await;
        Stop::Ended(end)
    }

    async fn say(&mut self, phrase: &str) -> Step {
        self.say_with(phrase, Values::none()).await
    }

    /// Sends a phrase in which `{name}` is the command's argument and `{verb}`
    /// its verb. An empty phrase means that the command is unknown.
    async fn say_of(&mut self, phrase: &str, command: &ClientCommand) -> Step {
        let phrase = if phrase.is_empty() {
            self.traits.phrases.unknown
        } else {
            phrase
        };
        let values = Values::none().with("user", self.user.clone().unwrap_or_default());
        self.say_with(phrase, about(command, values)).await
    }

    async fn say_with(&mut self, phrase: &str, values: Values) -> Step {
        let reply = encode(phrase, &values);
        Ok(self.control.send(&reply).await?)
    }

    fn note_tickets(&self, tickets: usize) {
        self.shared.ledger.control(self.id, |control| {
            control.tickets_sent_on_control += tickets
        });
    }

    fn note_data(&self, report: DataReport) {
        self.shared
            .ledger
            .control(self.id, |control| control.data.push(report));
    }

    /// Performs the TLS handshake on the control connection.
    async fn secure_control(&mut self) -> Step {
        let due = self.faults.at(|point| *point == Point::ControlTls);
        if !self.act(due).await? {
            return Err(Stop::Ended(ControlEnd::ServerClosed));
        }
        let unready = self.faults.strike(|fault| match fault {
            Fault::NotReadyForTls(text) => Some(raw(text)),
            _ => None,
        });
        if let Some(text) = unready {
            self.control.ignore_some().await?;
            self.control.send(&text).await?;
            return Err(self.end(ControlEnd::ServerClosed).await);
        }
        let (config, issuer) = self.shared.tls.control(self.id);
        self.control.upgrade(config).await?;
        self.tls_version = self.control.version();
        let version = version_name(self.tls_version);
        let certificate = self.control.client_certificate();
        self.shared.ledger.control(self.id, |control| {
            control.protocol = version;
            control.client_certificate = certificate;
        });
        if self.withheld_ticket().is_none() {
            self.note_tickets(issuer.issued());
        }
        Ok(())
    }

    /// Returns the token to write to send a withheld ticket.
    fn withheld_ticket(&self) -> Option<&'static [u8]> {
        let version = self.control.version();
        let token = self.shared.tls.ticket_token();
        token.filter(|_| version == Some(ProtocolVersion::TLSv1_3))
    }

    /// Sends the ticket that precedes a reply about a data port.
    async fn release_ticket(&mut self) -> Step {
        if let Some(token) = self.withheld_ticket() {
            self.control.send_token(token).await?;
            self.note_tickets(1);
        }
        Ok(())
    }

    /// Performs the action of a fault. Returns `true` to continue normally.
    async fn act(&mut self, action: Option<Action>) -> Step<bool> {
        match action {
            None => Ok(true),
            Some(action) => self.perform(action).await,
        }
    }
}

/// Waits until the client has closed the data connection, if there is one.
async fn left(channel: &mut Option<Channel>) {
    match channel {
        Some(channel) => channel.closed().await,
        None => std::future::pending().await,
    }
}

/// Adds the values for `{name}` and `{verb}`.
fn about(command: &ClientCommand, values: Values) -> Values {
    values
        .with("name", command.argument.clone())
        .with("verb", command.verb.clone())
}
