//! Commands that arrive during a transfer.

use std::pin::Pin;

use super::{ControlEnd, Session, Step};
use crate::Early;
use crate::armed_fault::names;
use crate::client_command::ClientCommand;
use crate::fault::Fault;
use crate::personality::Meanwhile;
use crate::phrase::raw;

/// The maximum number of commands that a client may send ahead.
const LIMIT: usize = 1000;

/// The result of work during which the server listens to the control connection.
pub(super) enum Attended<T> {
    Done(T),
    /// `ABOR` arrived.
    Aborted,
    /// A command that ends the data connection arrived. It waits its turn.
    Cut,
    /// No more commands can arrive.
    Closed(ControlEnd),
}

/// How a command is treated.
enum Fate {
    Waits,
    Aborts,
    Early(Early),
}

impl Session {
    /// Runs work on a data connection and meanwhile reads the client's commands.
    /// Whatever ends this, the caller can continue the work afterwards.
    pub(super) async fn attend<F>(&mut self, work: &mut F) -> Step<Attended<F::Output>>
    where
        F: Future + Unpin,
    {
        loop {
            let line = tokio::select! {
                biased;
                line = self.control.line(), if self.waiting.len() < LIMIT => line,
                done = &mut *work => return Ok(Attended::Done(done)),
            };
            let command = match line {
                Ok(Some(line)) => self.hear(&line),
                Ok(None) => return Ok(Attended::Closed(ControlEnd::ClientClosed)),
                Err(_) => return Ok(Attended::Closed(ControlEnd::ClientVanished)),
            };
            self.note_early(&command);
            match self.fate(&command) {
                Fate::Waits => self.waiting.push_back(command),
                Fate::Aborts => return Ok(Attended::Aborted),
                Fate::Early(Early::Cut) => {
                    self.waiting.push_back(command);
                    return Ok(Attended::Cut);
                }
                Fate::Early(early) => self.treat(early, &command).await?,
            }
        }
    }

    /// Reads the commands received so far, when all data has been moved and the
    /// final reply is due.
    pub(super) async fn catch_up(&mut self) -> Step {
        self.control.take_in().await;
        while self.waiting.len() < LIMIT
            && let Some(line) = self.control.buffered_line()
        {
            let command = self.hear(&line);
            self.note_early(&command);
            match self.fault_fate(&command) {
                None | Some(Early::Cut) => self.waiting.push_back(command),
                Some(early) => self.treat(early, &command).await?,
            }
        }
        Ok(())
    }

    fn note_early(&self, command: &ClientCommand) {
        let shown = command.shown();
        let noop = usize::from(command.verb == "NOOP");
        self.shared.ledger.control(self.id, |control| {
            control.early.push(shown);
            control.noops_in_transfer += noop;
        });
    }

    /// Returns how to treat a command that arrives while data moves.
    fn fate(&self, command: &ClientCommand) -> Fate {
        if let Some(early) = self.fault_fate(command) {
            return Fate::Early(early);
        }
        let first = self.waiting.is_empty();
        match (self.traits.meanwhile, command.verb.as_str()) {
            (Meanwhile::Abort | Meanwhile::Answer, "ABOR") if first => Fate::Aborts,
            (Meanwhile::Answer, "EPSV" | "PASV" | "EPRT" | "PORT") if first => {
                Fate::Early(Early::Cut)
            }
            (Meanwhile::Answer, verb) if first && verb != "QUIT" && !needs_data(verb) => {
                Fate::Early(Early::Answer)
            }
            _ => Fate::Waits,
        }
    }

    /// Returns how a fault treats a command.
    fn fault_fate(&self, command: &ClientCommand) -> Option<Early> {
        let early = self.faults.strike(|fault| match fault {
            Fault::Early {
                command: pattern,
                what,
            } if names(pattern, &command.verb) => Some(what.clone()),
            _ => None,
        });
        early.filter(|early| *early != Early::Answer || !needs_data(&command.verb))
    }

    async fn treat(&mut self, early: Early, command: &ClientCommand) -> Step {
        match early {
            Early::Drop | Early::Cut => Ok(()),
            Early::Answer => self.obey_at_once(command).await,
            Early::Refuse(reply) => Ok(self.control.send(&raw(&reply)).await?),
        }
    }

    /// Executes a command during another command.
    fn obey_at_once<'a>(
        &'a mut self,
        command: &'a ClientCommand,
    ) -> Pin<Box<dyn Future<Output = Step> + Send + 'a>> {
        Box::pin(self.obey(command))
    }
}

/// Returns whether a command is itself a transfer.
fn needs_data(verb: &str) -> bool {
    matches!(verb, "LIST" | "NLST" | "MLSD" | "RETR" | "STOR" | "APPE")
}
