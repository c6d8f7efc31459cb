//! Records what happens on the connections of an examination.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use towline::{ConnectionId, DataConnection, Event, Observer};

use crate::lock::lock;
use crate::output::status::Reporter;

/// A line of the dialogue, with secrets masked.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    /// The time since the examination began.
    pub(crate) at: Duration,
    /// The number of the control connection, over the whole examination.
    pub(crate) connection: usize,
    pub(crate) sent: bool,
    pub(crate) text: String,
}

/// Keeps the dialogue and the verdicts, and passes all events on.
#[derive(Debug)]
pub(super) struct Recorder {
    began: Instant,
    reporter: Reporter,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    dialogue: Vec<Line>,
    /// The passwords that were sent, over all connections.
    logins: usize,
    verdicts: Vec<DataConnection>,
    /// The first reply that belonged to no command, and the command before whose reply it came.
    stray_reply: Option<String>,
    /// The numbers of the connections that are open. Each client begins its own at 1.
    open: HashMap<u32, usize>,
    /// The number of connections so far.
    connections: usize,
}

impl Kept {
    fn number(&mut self, connection: ConnectionId) -> usize {
        let Self {
            open, connections, ..
        } = self;
        *open.entry(connection.get()).or_insert_with(|| {
            *connections += 1;
            *connections
        })
    }
}

/// Why a step is skipped that might need another login.
pub(super) const CONNECTION_LOST: &str =
    "the connection was lost; more logins than announced could be needed";

/// The most lines to keep.
const LIMIT: usize = 10_000;

impl Recorder {
    pub(super) fn new(reporter: Reporter) -> Arc<Self> {
        Arc::new(Self {
            began: Instant::now(),
            reporter,
            kept: Mutex::default(),
        })
    }

    /// The whole dialogue.
    pub(super) fn dialogue(&self) -> Vec<Line> {
        self.kept().dialogue.clone()
    }

    /// The logins so far, refused ones included, over all connections.
    pub(super) fn logins(&self) -> usize {
        self.kept().logins
    }

    /// Whether the first session has not been lost so far. Otherwise each further operation might
    /// need another login.
    pub(super) fn is_first_session(&self) -> bool {
        self.logins() < 2
    }

    /// The number of lines so far.
    pub(super) fn mark(&self) -> usize {
        self.kept().dialogue.len()
    }

    /// Whether a command with this verb was sent since `mark`.
    pub(super) fn has_sent(&self, mark: usize, verb: &str) -> bool {
        let kept = self.kept();
        let since = kept.dialogue.get(mark..).unwrap_or_default();
        since
            .iter()
            .any(|line| line.sent && line.text.starts_with(verb))
    }

    /// Takes the verdicts on data connections since the last call.
    pub(super) fn take_verdicts(&self) -> Vec<DataConnection> {
        std::mem::take(&mut self.kept().verdicts)
    }

    /// The first reply that belonged to no command, if there was one.
    pub(super) fn stray_reply(&self) -> Option<String> {
        self.kept().stray_reply.clone()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        lock(&self.kept)
    }

    fn keep(&self, connection: ConnectionId, sent: bool, text: String) {
        let at = self.began.elapsed();
        let mut kept = self.kept();
        let line = Line {
            at,
            connection: kept.number(connection),
            sent,
            text,
        };
        if kept.dialogue.len() < LIMIT {
            kept.dialogue.push(line);
        }
    }
}

impl Observer for Recorder {
    fn event(&self, connection: ConnectionId, event: &Event<'_>) {
        match event {
            Event::Connecting { .. } => {
                self.kept().open.remove(&connection.get());
            }
            Event::Command { verb, line } => {
                if *verb == "PASS" {
                    self.kept().logins += 1;
                }
                self.keep(connection, true, (*line).to_owned());
            }
            Event::Reply { reply } => {
                for line in reply.text().split('\n') {
                    self.keep(connection, false, format!("{} {line}", reply.code()));
                }
            }
            Event::StrayReply { reply, before } => {
                let line = format!("before the reply to {before}: {reply}");
                self.kept().stray_reply.get_or_insert(line);
            }
            Event::DataConnection(verdict) => self.kept().verdicts.push((*verdict).clone()),
            _ => {}
        }
        self.reporter.event(connection, event);
    }
}
