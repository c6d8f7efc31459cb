//! Files that a command has moved, and what became of each.

use towline::{Done, Job};

use super::Context;
use crate::commands;
use crate::error::Error;
use crate::moving::Moving;
use crate::operand::server::Server;

impl Context {
    /// Has the file of `job` moved, at some time before [`Context::finish_moving`] returns. An operand
    /// was named on the command line; other files were found below a directory.
    ///
    /// # Errors
    /// Those of the login; the first failure of an earlier file that ends the run.
    pub(crate) async fn queue(
        &mut self,
        server: &Server,
        job: Job,
        is_operand: bool,
    ) -> Result<(), Error> {
        if self
            .moving
            .as_ref()
            .is_none_or(|moving| moving.server != *server)
        {
            self.finish_moving().await?;
            // So that what is wrong with the login is found out once, before anything is queued.
            drop(self.session(server, job.remote()).await?);
        }
        if self.has_given_up(server) {
            return Err(self.not_attempted(server, job.remote()));
        }
        if let (None, Some((_, pool))) = (&self.moving, &self.pool) {
            self.moving = Some(Moving::new(server.clone(), pool));
        }
        if let Some(moving) = &mut self.moving {
            moving.push(job, is_operand);
        }
        while self.moving.as_ref().is_some_and(Moving::is_full) {
            match next_done(&mut self.moving).await {
                Some(done) => self.settle(done)?,
                None => break,
            }
        }
        Ok(())
    }

    /// Waits until every file that was queued is moved, or is known not to be.
    ///
    /// # Errors
    /// The first failure that ends the run.
    pub(crate) async fn finish_moving(&mut self) -> Result<(), Error> {
        if let Some(moving) = &self.moving {
            moving.close();
        }
        let mut ended = Ok(());
        while let Some(done) = next_done(&mut self.moving).await {
            match (self.settle(done), &ended) {
                (Ok(()), _) => {}
                (Err(error), Ok(())) => ended = Err(error),
                // The same goes for each file that was on its way or waiting.
                (Err(error), Err(_)) if error.is_mere_interruption() => {}
                (Err(error), Err(_)) => self.report(&error),
            }
        }
        if let Some(moving) = &mut self.moving {
            moving.end().await;
        }
        let refused = self.moving.take().map(|mut moving| {
            let refused = std::mem::take(&mut moving.refused);
            (moving.server.clone(), refused)
        });
        if let Some((server, refused)) = refused {
            for (path, refusal) in refused {
                // Once that fails, what the server has said has to do.
                let explained = match &ended {
                    Ok(()) => Box::pin(commands::get::explain(self, &server, &path)).await,
                    Err(_) => Ok(None),
                };
                let explained = explained.unwrap_or_else(|error| {
                    ended = Err(error);
                    None
                });
                self.fail(explained.unwrap_or(refusal))?;
            }
        }
        match ended {
            Err(error) if error.ends_the_run() => Err(error),
            // It is no operand that has failed here.
            Err(error) => {
                self.report(&error);
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    /// Tells of a file that was moved, or why it was not.
    pub(super) fn settle(&mut self, done: Done) -> Result<(), Error> {
        let Done { job, outcome } = done;
        let outcome = outcome.map_err(Error::from);
        self.printer.progress().end(job.remote());
        let Some(server) = self.moving.as_ref().map(|moving| moving.server.clone()) else {
            return Ok(());
        };
        self.learn(&server, &outcome);
        if self.has_given_up(&server) {
            self.abandon(&server);
        }
        let error = match outcome {
            Ok(transferred) => {
                commands::moved(self, &job, &transferred);
                return Ok(());
            }
            Err(error) => error,
        };
        if let Some(moving) = &mut self.moving {
            if error.ends_the_run() {
                moving.clear();
            } else if error.is_refusal() && !job.is_upload() && moving.is_operand(job.remote()) {
                moving.refused.push((job.remote().clone(), error));
                return Ok(());
            }
        }
        self.fail(error)
    }

    /// Leaves what is queued for a server that was given up.
    fn abandon(&mut self, server: &Server) {
        let Some(moving) = &self.moving else { return };
        let jobs = moving.clear();
        let (operands, others): (Vec<_>, Vec<_>) =
            jobs.iter().partition(|job| moving.is_operand(job.remote()));
        let lost: Vec<_> = operands
            .iter()
            .map(|job| self.not_attempted(server, job.remote()))
            .collect();
        for error in lost {
            self.report(&error);
            self.tally.fail(error.exit_code());
        }
        let text = match others.len() {
            0 => return,
            1 => "one more file was not attempted after the failure above".to_owned(),
            files => format!("{files} more files were not attempted after the failure above"),
        };
        self.printer.warning(&text);
    }
}

/// The next file that is done with. `None`: there is none, and none will come.
pub(super) async fn next_done(moving: &mut Option<Moving>) -> Option<Done> {
    match moving {
        Some(moving) => moving.next().await,
        None => None,
    }
}
