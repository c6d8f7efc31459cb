//! Says what a connection waits for, once nothing has happened on it for a while.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::time::sleep;
use towline::{ConnectionId, Event};
use towline_proto::reply::ReplyClass;

use crate::lock::lock;
use crate::output::printer::Printer;
use crate::words::{self, Message};

/// How long a wait is not worth a word.
const AFTER: Duration = Duration::from_secs(3);

/// How often to look.
const TICK: Duration = Duration::from_millis(500);

/// The waits of all connections.
#[derive(Debug)]
pub(crate) struct Waits {
    printer: Arc<Printer>,
    /// Whether lines need the numbers of connections.
    has_several: bool,
    connections: Mutex<HashMap<ConnectionId, Connection>>,
}

/// A control connection, and what it waits for.
#[derive(Debug, Default)]
struct Connection {
    /// The commands without a final reply.
    awaited: VecDeque<String>,
    wait: Option<Wait>,
}

#[derive(Debug)]
struct Wait {
    what: What,
    since: Instant,
    is_said: bool,
}

/// What is waited for. The greeting has a warning of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    Address(String),
    Connection(String),
    Tls,
    /// The reply to this command.
    Reply(String),
    /// The end of the data of this command, which lists.
    Listing(String),
    /// The data of this command.
    Data(String),
}

impl Waits {
    /// Looks at the waits for as long as something refers to them, if there is a runtime.
    pub(crate) fn new(printer: Arc<Printer>, has_several: bool) -> Arc<Self> {
        let waits = Arc::new(Self {
            printer,
            has_several,
            connections: Mutex::default(),
        });
        let watched = Arc::downgrade(&waits);
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move {
                loop {
                    sleep(TICK).await;
                    let Some(waits) = watched.upgrade() else {
                        break;
                    };
                    waits.say(Instant::now());
                }
            });
        }
        waits
    }

    /// Learns from an event of a connection what it waits for.
    pub(crate) fn follow(&self, connection: ConnectionId, event: &Event<'_>) {
        let mut connections = lock(&self.connections);
        let connection = connections.entry(connection).or_default();
        connection.follow(event, Instant::now());
    }

    /// Says each wait that has become long, once.
    fn say(&self, now: Instant) {
        let mut long = Vec::new();
        for (id, connection) in lock(&self.connections).iter_mut() {
            let what = connection.long_wait(now);
            long.extend(what.map(|what| (id.get(), what)));
        }
        for (number, what) in long {
            let (message, value) = what.told();
            let values = [
                ("what", value.into()),
                ("seconds", AFTER.as_secs().to_string().into()),
            ];
            let text = self.printer.words().say(message, &values);
            self.printer.waiting(&match number {
                2.. if self.has_several => format!("[{number}] {text}"),
                _ => text,
            });
        }
    }
}

impl Connection {
    fn follow(&mut self, event: &Event<'_>, now: Instant) {
        let what = match event {
            Event::Resolving { host } => {
                self.awaited.clear();
                Some(What::Address((*host).to_owned()))
            }
            Event::Connecting { address } => {
                self.awaited.clear();
                Some(What::Connection(address.to_string()))
            }
            Event::InitializingTls => Some(What::Tls),
            Event::AwaitingWelcome | Event::TlsEstablished { .. } => None,
            Event::Command { verb, line } => {
                let verb = match *verb {
                    "" => line.split(' ').next().unwrap_or_default(),
                    verb => verb,
                };
                self.awaited.push_back(verb.to_owned());
                self.reply()
            }
            Event::Reply { reply } if reply.class() == ReplyClass::Preliminary => self.data(),
            Event::Reply { .. } => {
                self.awaited.pop_front();
                self.reply()
            }
            // It was reported as a reply before.
            Event::StrayReply { before, .. } => {
                self.awaited.push_front((*before).to_owned());
                self.reply()
            }
            Event::DataConnection(_) | Event::TransferStarted { .. } | Event::Progress { .. } => {
                self.data()
            }
            Event::WaitingToRetry { .. } | Event::Disconnected => {
                self.awaited.clear();
                None
            }
            _ => return,
        };
        self.wait = what.map(|what| Wait {
            what,
            since: now,
            is_said: false,
        });
    }

    /// The reply to the oldest command, if one is due.
    fn reply(&self) -> Option<What> {
        self.awaited.front().cloned().map(What::Reply)
    }

    /// The data of the oldest command.
    fn data(&self) -> Option<What> {
        let verb = self.awaited.front()?.clone();
        Some(match verb.as_str() {
            "LIST" | "MLSD" | "NLST" => What::Listing(verb),
            _ => What::Data(verb),
        })
    }

    /// What is waited for, if that has become long and was not said.
    fn long_wait(&mut self, now: Instant) -> Option<What> {
        let wait = self.wait.as_mut().filter(|wait| !wait.is_said)?;
        wait.is_said = now.saturating_duration_since(wait.since) >= AFTER;
        wait.is_said.then(|| wait.what.clone())
    }
}

impl What {
    /// The message, and its value.
    fn told(self) -> (Message, String) {
        match self {
            Self::Address(host) => (words::WAITING_FOR_ADDRESS, host),
            Self::Connection(address) => (words::WAITING_FOR_CONNECTION, address),
            Self::Tls => (words::WAITING_FOR_TLS, String::new()),
            Self::Reply(verb) => (words::WAITING_FOR_REPLY, verb),
            Self::Listing(verb) => (words::WAITING_FOR_LISTING, verb),
            Self::Data(verb) => (words::WAITING_FOR_DATA, verb),
        }
    }
}

#[cfg(test)]
mod tests {
    use towline::{Reply, ReplyCode};

    use super::*;

    fn reply(code: u16) -> Reply {
        Reply::new(ReplyCode::try_from(code).unwrap(), "text")
    }

    fn command(connection: &mut Connection, verb: &'static str, now: Instant) {
        let line = verb;
        connection.follow(&Event::Command { verb, line }, now);
    }

    #[test]
    fn a_wait_is_said_once_and_ends_with_what_was_waited_for() {
        let (mut connection, began) = (Connection::default(), Instant::now());
        let after = |seconds| began + Duration::from_secs(seconds);
        command(&mut connection, "NOOP", began);
        assert_eq!(connection.long_wait(after(2)), None);
        let what = What::Reply("NOOP".to_owned());
        assert_eq!(connection.long_wait(after(3)), Some(what));
        assert_eq!(connection.long_wait(after(9)), None, "it was said");
        let reply = reply(200);
        connection.follow(&Event::Reply { reply: &reply }, after(9));
        assert_eq!(connection.long_wait(after(99)), None);
    }

    #[test]
    fn each_command_in_a_row_is_waited_for_in_turn() {
        let (mut connection, began) = (Connection::default(), Instant::now());
        let later = began + AFTER;
        for verb in ["MLSD", "EPSV"] {
            command(&mut connection, verb, began);
        }
        let (begins, ends) = (reply(150), reply(226));
        connection.follow(&Event::Reply { reply: &begins }, began);
        let what = What::Listing("MLSD".to_owned());
        assert_eq!(connection.long_wait(later), Some(what));
        let stray = Event::StrayReply {
            reply: &ends,
            before: "MLSD",
        };
        connection.follow(&Event::Reply { reply: &ends }, began);
        connection.follow(&stray, began);
        let what = What::Reply("MLSD".to_owned());
        assert_eq!(connection.long_wait(later), Some(what));
        connection.follow(&Event::Reply { reply: &ends }, began);
        let what = What::Reply("EPSV".to_owned());
        assert_eq!(connection.long_wait(later), Some(what));
        connection.follow(&Event::Disconnected, began);
        assert_eq!(connection.long_wait(later), None);
    }
}
