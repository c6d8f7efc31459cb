//! Deletes what the source does not have.

use super::run::Run;
use crate::carry::Carrier;
use crate::error::Error;
use crate::journal::Change;
use crate::plan::{Action, Plan, Reason, Step};
use crate::tree::Tree as _;

impl<C: Carrier> Run<'_, C> {
    /// Deletes, unless something has failed.
    pub(super) async fn delete_after(&mut self, plan: &Plan) -> Result<(), Error> {
        if plan.deletions.is_empty() {
            return Ok(());
        }
        if self.report.failed > 0 || self.has_ended() {
            let text = "nothing is deleted, because not everything was copied";
            self.watch.event(crate::watch::Event::Note { text });
            self.report.kept += plan.counts.deletions;
            return Ok(());
        }
        self.delete(&plan.deletions).await
    }

    /// Deletes files, and then the directories that have become empty.
    pub(super) async fn delete(&mut self, deletions: &[Action]) -> Result<(), Error> {
        let mut forgotten = Vec::new();
        for action in deletions {
            if self.has_ended() {
                break;
            }
            let deleted = match action.step {
                Step::DeleteDirectory => self.delete_directory(action).await,
                _ => self.delete_file(action).await,
            };
            match deleted {
                Ok(true) => forgotten.push(Change::Forget(action.path.clone())),
                Ok(false) => {}
                Err(error) => self.failed(action, error),
            }
        }
        self.write(forgotten).await
    }

    /// Deletes a file at the destination if both sides are still as planned. Returns whether it is
    /// gone.
    pub(super) async fn delete_file(&mut self, action: &Action) -> Result<bool, Error> {
        let path = &action.path;
        let (source, destination) = (self.carrier.source(), self.carrier.destination());
        if action.reason == Reason::Extraneous && source.look(path).await?.is_some() {
            self.kept(path, "it is not deleted, because the source has it again");
            return Ok(false);
        }
        let Some(found) = destination.look(path).await? else {
            return Ok(true);
        };
        let planned = action.destination.unwrap_or_default();
        let is_as_planned = found.version == planned || found.version.agrees(&planned);
        if found.is_directory() || !is_as_planned {
            self.kept(path, "it is not deleted, because it has changed");
            return Ok(false);
        }
        if self.orders.keeps_backup && found.is_file() {
            let kept = destination.keep(path).await?;
            if !kept.is_moved {
                destination.remove_file(path).await?;
            }
        } else {
            destination.remove_file(path).await?;
        }
        self.report.deleted += 1;
        self.done(action);
        Ok(true)
    }

    async fn delete_directory(&mut self, action: &Action) -> Result<bool, Error> {
        let path = &action.path;
        let (source, destination) = (self.carrier.source(), self.carrier.destination());
        let again = source.look(path).await?;
        if again.is_some_and(|again| again.is_directory()) {
            self.kept(path, "it is not deleted, because the source has it again");
            return Ok(false);
        }
        let contents = match destination.list(path).await {
            Ok(contents) => contents,
            Err(error) if error.is_not_found() => return Ok(true),
            Err(error) => return Err(error),
        };
        if !contents.entries.is_empty() || !contents.doubts.is_empty() {
            self.kept(
                path,
                "the directory is not deleted, because it is not empty",
            );
            return Ok(false);
        }
        destination.remove_dir(path).await?;
        self.done(action);
        Ok(true)
    }
}
