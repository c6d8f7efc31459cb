//! The course of a conversation: the greeting, one command after the other, the farewell.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;

use async_recursion::async_recursion as boxed;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until};
use towline_proto::codec::CommandLine;
use towline_proto::command::{Command, CommandError};
use towline_proto::reply::ReplyCode;

use super::end::End;
use super::front::Front;
use super::pace::Pace;
use super::visitor::Visitor;
use crate::control::{Control, Line};
use crate::event::Event;
use crate::shared::{Ending, Shared};

/// After this many lines in a row that are not commands, the client is not an FTP client.
const MOST_NONSENSE: u32 = 20;

/// How a conversation begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Begins {
    InClearText,
    WithTls,
}

/// Talks with a client until one side leaves.
// In a box, so that it is built in this crate and not in each program that awaits it.
#[boxed]
pub(crate) async fn converse(shared: Arc<Shared>, stream: TcpStream, begins: Begins) {
    let Some(id) = shared.take_number(&stream) else {
        return;
    };
    let end = match Control::new(stream, shared.limits.line) {
        Ok(control) => {
            let front = Front::new(id, Arc::clone(&shared), control);
            Conversation::new(front).run(begins).await
        }
        Err(_) => End::Gone,
    };
    shared.event(&Event::Disconnected {
        gateway_client: id,
        reason: end.reason(),
    });
}

/// The conversation with one client.
pub(super) struct Conversation {
    pub(super) front: Front,
    pub(super) visitor: Visitor,
    pace: Pace,
    nonsense: u32,
    pub(super) login_by: Instant,
}

impl Conversation {
    fn new(front: Front) -> Self {
        Self {
            login_by: Instant::now() + front.shared.limits.login,
            front,
            visitor: Visitor::default(),
            pace: Pace::new(),
            nonsense: 0,
        }
    }

    async fn run(mut self, begins: Begins) -> End {
        let end = match self.talk(begins).await {
            Err(end) => end,
            Ok(never) => match never {},
        };
        if let Some(farewell) = end.farewell() {
            self.front.say_farewell(farewell).await;
        }
        self.front.control.close().await;
        if let Some(behind) = self.visitor.leave() {
            behind.session.quit().await;
        }
        end
    }

    async fn talk(&mut self, begins: Begins) -> Result<Infallible, End> {
        if begins == Begins::WithTls {
            self.secure().await?;
        }
        let ready = "Towline gateway ready.";
        self.front.say(ReplyCode::SERVICE_READY, ready).await?;
        loop {
            let line = self.next_line().await?;
            self.front.doubt = None;
            self.pace.keep(self.front.shared.limits.commands).await;
            match line {
                Ok(line) => self.obey_line(line).await?,
                Err(_) => {
                    let what = "The line is too long.";
                    self.front.current = "a line that is too long".to_owned();
                    self.front.say(ReplyCode::UNRECOGNISED, what).await?;
                    self.count_nonsense()?;
                }
            }
        }
    }

    /// Waits for the next line, and keeps the session with the server alive meanwhile.
    async fn next_line(&mut self) -> Result<Line, End> {
        let mut ending = self.front.shared.ending.clone();
        let line = self.front.control.line();
        let (late, limit) = match self.visitor.route() {
            Some(_) => (End::Idle, Instant::now() + self.front.shared.limits.idle),
            None => (End::LoginLate, self.login_by),
        };
        let line = async {
            match self.visitor.behind_mut() {
                Some(behind) => behind.session.keep_alive_while(line).await,
                None => line.await,
            }
        };
        tokio::select! {
            biased;
            line = line => match line {
                Ok(Some(line)) => Ok(line),
                Ok(None) => Err(End::Gone),
                Err(error) => {
                    // Its system has told that the reply was not read.
                    let is_reset = error.kind() == io::ErrorKind::ConnectionReset;
                    if let Some(doubt) = self.front.doubt.take().filter(|_| is_reset) {
                        self.front.warn_of_doubt(&doubt);
                    }
                    Err(End::Gone)
                }
            },
            _ = ending.wait_for(|ending| *ending >= Ending::Idle) => Err(End::GatewayEnds),
            () = sleep_until(limit) => Err(late),
        }
    }

    async fn obey_line(&mut self, line: CommandLine) -> Result<(), End> {
        let command = Command::parse(&line.bytes);
        self.front.current = match &command {
            // A misspelt PASS.
            Ok(command @ Command::Other(other))
                if self.visitor.route().is_none() && other.argument().is_some() =>
            {
                let shown = command.to_string();
                let verb = shown.split_once(' ').map(|(verb, _)| format!("{verb} ***"));
                verb.unwrap_or(shown)
            }
            Ok(command) => command.to_string(),
            Err(error) => verb_of(error),
        };
        self.front.shared.event(&Event::Dialogue {
            gateway_client: self.front.id,
            from_client: true,
            line: &self.front.current,
        });
        match command {
            Ok(command) => {
                self.nonsense = 0;
                Box::pin(self.obey(command, &line.bytes)).await
            }
            Err(error) => {
                let refusal = error.refusal();
                self.front.say(refusal, error.to_string()).await?;
                match refusal {
                    ReplyCode::UNRECOGNISED => self.count_nonsense(),
                    _ => Ok(()),
                }
            }
        }
    }

    fn count_nonsense(&mut self) -> Result<(), End> {
        self.nonsense += 1;
        match self.nonsense < MOST_NONSENSE {
            true => Ok(()),
            false => Err(End::NotFtp),
        }
    }
}

/// What is reported of a line that is no valid command: its verb, since the rest may be a password.
fn verb_of(error: &CommandError) -> String {
    match error {
        CommandError::MissingArgument { verb }
        | CommandError::BadArgument { verb }
        | CommandError::UnknownParameter { verb }
        | CommandError::NetworkProtocol { verb } => verb.clone(),
        CommandError::ProtectionLevel => "PROT".to_owned(),
        _ => "a line that is not a command".to_owned(),
    }
}
