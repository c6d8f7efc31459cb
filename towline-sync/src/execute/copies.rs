//! Copies the files of a plan.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};

use super::run::{Ended, GROUP, Run, Unseen, now};
use crate::carry::{Cargo, Carried, Carrier};
use crate::error::{Error, NameProblem};
use crate::journal::Change;
use crate::node::Version;
use crate::path::TreePath;
use crate::plan::{Action, Step};
use crate::record::{Record, State};
use crate::tree::{Kept, Staged, Tree as _, staged};
use crate::watch::{Copied, Event};

/// How many files the carrier has at a time.
const UNDER_WAY: usize = 1000;

/// In a directory with more copies than this, all are looked at by one listing.
const WORTH_A_LISTING: usize = 4;

/// A file that the carrier has.
struct Outstanding<'p> {
    action: &'p Action,
    /// The source just before it was copied, if that is more exact than the plan.
    source: Version,
    kept: Option<Kept>,
    /// Where the copy is until it gets its name.
    staged: Option<TreePath>,
    /// A change while it is copied may not show in its time.
    is_too_fresh: bool,
}

/// A copy that the journal does not have yet.
pub(super) struct Fresh<'p> {
    pub(super) action: &'p Action,
    pub(super) source: Version,
    pub(super) is_verified: bool,
    /// A change while it was copied may not show in its time.
    pub(super) is_too_fresh: bool,
    destination: Version,
}

impl<C: Carrier> Run<'_, C> {
    /// Copies files, several at a time. With `moves`, removes each source once its copy is in the
    /// journal.
    pub(super) async fn copy(&mut self, actions: &[Action]) -> Result<(), Error> {
        let (plain, clashing): (Vec<_>, Vec<_>) =
            Self::actions(actions, &[Step::Copy, Step::Replace])
                .partition(|action| !action.clashes);
        self.copy_all(plain).await?;
        for action in clashing {
            // One at a time, since each may show that the destination has the name already.
            if self.may_take_name(action).await {
                self.copy_all(vec![action]).await?;
            }
        }
        Ok(())
    }

    /// Whether the destination tells the name from that of another file. Reports if not.
    async fn may_take_name(&mut self, action: &Action) -> bool {
        if action.step == Step::Replace || self.has_ended() {
            return true;
        }
        match self.carrier.destination().look(&action.path).await {
            Ok(None) => true,
            Ok(Some(_)) => {
                let path = action.path.clone();
                let source = NameProblem::Clash;
                self.failed(action, Error::Name { path, source });
                false
            }
            Err(error) => {
                self.failed(action, error);
                false
            }
        }
    }

    async fn copy_all(&mut self, actions: Vec<&Action>) -> Result<(), Error> {
        if actions.is_empty() || self.has_ended() {
            return Ok(());
        }
        let (files, to_carry) = mpsc::unbounded_channel();
        let (report, mut done) = mpsc::unbounded_channel();
        let carrying = {
            let (carrier, stop) = (Arc::clone(self.carrier), self.stop.clone());
            tokio::spawn(async move { carrier.carry(to_carry, report, &stop).await })
        };
        let mut carrying = AbortOnDrop(carrying);
        let fed = self.feed(actions, files, &mut done).await;
        if let Err(error) = (&mut carrying.0).await
            && error.is_panic()
        {
            std::panic::resume_unwind(error.into_panic());
        }
        fed
    }

    /// Hands out files as results come in, until all are done.
    async fn feed(
        &mut self,
        actions: Vec<&Action>,
        files: UnboundedSender<Cargo>,
        done: &mut UnboundedReceiver<Carried>,
    ) -> Result<(), Error> {
        let mut files = Some(files);
        let mut outstanding: HashMap<TreePath, Outstanding<'_>> = HashMap::new();
        let mut waiting = actions.into_iter().peekable();
        loop {
            let has_room = outstanding.len() < UNDER_WAY / 2;
            if self.has_ended() || waiting.peek().is_none() {
                // The carrier ends once it has no more to do.
                files = None;
            } else if has_room && let Some(files) = &files {
                let mut group = Vec::new();
                while group.len() < self.group()
                    && let Some(action) = waiting.next()
                {
                    group.push(action);
                }
                self.hand_out(group, files, &mut outstanding).await?;
                continue;
            }
            if outstanding.is_empty() && files.is_none() {
                return Ok(());
            }
            let mut results = Vec::new();
            if done.recv_many(&mut results, GROUP).await == 0 {
                return Ok(());
            }
            self.take(results, &mut outstanding).await?;
        }
    }

    /// How many files are handed out together: few if the source is asked about each one first.
    fn group(&self) -> usize {
        const SMALL: usize = 16;
        let asks = self.orders.moves && self.traits.source_is_coarse();
        if asks || self.orders.keeps_backup {
            SMALL
        } else {
            GROUP
        }
    }

    /// Claims a group of files in the journal, and then hands them to the carrier.
    async fn hand_out<'p>(
        &mut self,
        group: Vec<&'p Action>,
        files: &UnboundedSender<Cargo>,
        outstanding: &mut HashMap<TreePath, Outstanding<'p>>,
    ) -> Result<(), Error> {
        let mut ready = Vec::new();
        for action in group {
            if self.is_blocked(action) {
                // The failure of the directory has been reported.
                self.report.failed += 1;
                continue;
            }
            let size = action.source.and_then(|source| source.size).unwrap_or(0);
            if self.orders.max_transfer.is_some_and(|most| size > most) {
                // It must not keep the others waiting for ever.
                let path = action.path.clone();
                self.failed(action, Error::OverLimit { path, size });
                continue;
            }
            if let Some(left) = &mut self.transfer_left {
                match left.checked_sub(size) {
                    Some(rest) => *left = rest,
                    None => {
                        self.report.ended.get_or_insert(Ended::MaxTransfer);
                        break;
                    }
                }
            }
            match self.prepare(action).await {
                Ok(prepared) => ready.push(prepared),
                Err(error) => self.failed(action, error),
            }
            if self.carrier.cancel().is_cancelled() {
                break;
            }
        }
        let claims = ready
            .iter()
            .map(|ready| self.begun(ready.action, ready.source, State::Claimed));
        let claims: Vec<_> = claims.collect();
        self.write(claims).await?;
        for prepared in ready {
            let action = prepared.action;
            let source = action.source.unwrap_or_default();
            let replaces = action.step == Step::Replace;
            let staged = prepared.staged.clone();
            let cargo = Cargo::new(action.path.clone(), source, replaces, staged);
            outstanding.insert(action.path.clone(), prepared);
            // Without a receiver, the carrier has ended, and the results end too.
            let _ = files.send(cargo);
        }
        Ok(())
    }

    /// Does what has to be done just before a copy.
    async fn prepare<'p>(&self, action: &'p Action) -> Result<Outstanding<'p>, Error> {
        let mut source = action.source.unwrap_or_default();
        if self.orders.moves && self.traits.source_is_coarse() {
            // A listing to the minute would not show that the file changes while it is copied.
            let found = self.carrier.source().look(&action.path).await?;
            let found = found.filter(|found| found.is_file());
            source = found
                .ok_or_else(|| Error::changed(&action.path, "it is gone"))?
                .version;
        }
        let kept = match self.orders.keeps_backup && self.replaces(action).await? {
            true => Some(self.carrier.destination().keep(&action.path).await?),
            false => None,
        };
        let stages = self.orders.moves && self.carrier.destination().stages();
        let modified = source.modified.filter(|_| self.orders.moves);
        Ok(Outstanding {
            action,
            source,
            kept,
            staged: stages.then(|| staged(&action.path)).flatten(),
            is_too_fresh: modified.is_some_and(|modified| modified.may_still_be(now())),
        })
    }

    /// Whether the copy takes the place of a file, perhaps of one whose name the destination does
    /// not tell from this one.
    async fn replaces(&self, action: &Action) -> Result<bool, Error> {
        if action.step == Step::Replace || !action.meets {
            return Ok(action.step == Step::Replace);
        }
        let found = self.carrier.destination().look(&action.path).await?;
        Ok(found.is_some_and(|found| found.is_file()))
    }

    async fn take<'p>(
        &mut self,
        results: Vec<Carried>,
        outstanding: &mut HashMap<TreePath, Outstanding<'p>>,
    ) -> Result<(), Error> {
        let mut complete = Vec::new();
        for Carried { path, outcome } in results {
            let Some(file) = outstanding.remove(&path) else {
                continue;
            };
            match outcome {
                Ok(copied) => complete.push((file, copied)),
                Err(error) => {
                    self.restore(&file).await;
                    self.failed(file.action, error);
                }
            }
        }
        let mut fresh = Vec::new();
        for (file, copied) in self.publish(complete).await? {
            self.copied(file, &copied, &mut fresh);
        }
        self.note(fresh).await?;
        self.delete_due().await
    }

    /// Gives their names to the copies that do not have them yet. The journal records first that
    /// this is about to happen. Otherwise a copy that another program takes at once would look as
    /// if it had never existed.
    async fn publish<'p>(
        &mut self,
        complete: Vec<(Outstanding<'p>, Copied)>,
    ) -> Result<Vec<(Outstanding<'p>, Copied)>, Error> {
        let is_staged = |(file, _): &(Outstanding<'p>, Copied)| file.staged.is_some();
        let (waiting, mut named): (Vec<_>, Vec<_>) = complete.into_iter().partition(is_staged);
        if waiting.is_empty() {
            return Ok(named);
        }
        let verified = waiting.iter().filter(|(_, copied)| copied.is_verified);
        let fetched =
            verified.map(|(file, _)| self.begun(file.action, file.source, State::Fetched));
        self.write(fetched.collect()).await?;
        let staged = waiting.iter().filter_map(|(file, _)| {
            Some(Staged {
                at: file.staged.clone()?,
                path: file.action.path.clone(),
                replaces: file.action.step == Step::Replace,
            })
        });
        let destination = Arc::clone(self.carrier.destination());
        let results = destination.publish(staged.collect()).await;
        for ((file, copied), result) in waiting.into_iter().zip(results) {
            match result {
                Ok(()) => named.push((file, copied)),
                Err(error) => {
                    self.withdraw(&file).await?;
                    self.failed(file.action, error);
                }
            }
        }
        Ok(named)
    }

    /// Removes a copy that could not get its name. The journal records this first. Otherwise the
    /// missing copy would look as if it had got its name and been taken.
    async fn withdraw(&self, file: &Outstanding<'_>) -> Result<(), Error> {
        let Some(staged) = &file.staged else {
            return Ok(());
        };
        let claim = self.begun(file.action, file.source, State::Claimed);
        self.write(vec![claim]).await?;
        // If it stays, the next run removes it.
        let _ = self.carrier.destination().remove_file(staged).await;
        Ok(())
    }

    /// The record of a copy that does not have its name yet.
    fn begun(&self, action: &Action, source: Version, state: State) -> Change {
        Change::Put(Record {
            path: action.path.clone(),
            state,
            moves: self.orders.moves,
            source,
            destination: Version::default(),
            at: now(),
        })
    }

    fn copied<'p>(&mut self, file: Outstanding<'p>, copied: &Copied, fresh: &mut Vec<Fresh<'p>>) {
        self.report.copied += 1;
        self.report.bytes += copied.bytes;
        self.lost_connections = 0;
        let action = file.action;
        self.shares.copied(&action.path);
        self.written.wrote(&action.path);
        self.watch.event(Event::Copied {
            action,
            copy: copied,
        });
        fresh.push(Fresh {
            action,
            source: file.source,
            is_verified: copied.is_verified,
            is_too_fresh: file.is_too_fresh,
            destination: Version::default(),
        });
    }

    /// Gives the old file its name back, if it was moved to the backup directory and there is no
    /// new one.
    async fn restore(&self, file: &Outstanding<'_>) {
        let Some(kept) = file.kept.as_ref().filter(|kept| kept.is_moved) else {
            return;
        };
        let (path, destination) = (&file.action.path, self.carrier.destination());
        let restored = match destination.look(path).await {
            Ok(None) => destination.put_back(path, kept).await,
            other => other.map(drop),
        };
        if let Err(error) = restored {
            let text = format!("{path}: the old file stays in the backup directory: {error}");
            self.watch.event(Event::Note { text: &text });
        }
    }

    /// Writes new copies to the journal, and removes their sources if they are moved.
    async fn note(&mut self, mut fresh: Vec<Fresh<'_>>) -> Result<(), Error> {
        if self.traits.destination.is_local {
            self.look_at(&mut fresh).await;
        }
        self.write(fresh.iter().map(|copy| self.record(copy)).collect())
            .await?;
        match () {
            () if self.orders.moves => self.remove_sources(fresh).await,
            () if self.traits.destination.is_local => Ok(()),
            () => {
                let unseen = fresh
                    .into_iter()
                    .map(|copy| (copy.action.path.clone(), copy.forget()));
                self.unseen.extend(unseen);
                Ok(())
            }
        }
    }

    fn record(&self, copy: &Fresh<'_>) -> Change {
        Change::Put(Record {
            path: copy.action.path.clone(),
            state: match copy.is_verified {
                true => State::Verified,
                false => State::Published,
            },
            moves: self.orders.moves,
            source: copy.source,
            destination: copy.destination,
            at: now(),
        })
    }

    async fn look_at(&self, fresh: &mut [Fresh<'_>]) {
        for copy in fresh {
            if let Ok(Some(node)) = self.carrier.destination().look(&copy.action.path).await {
                copy.destination = node.version;
            }
        }
    }

    /// Looks at the sizes and times that the server shows for new copies, once all are there: a few
    /// one by one, many by listing their directory. The journal then knows the copies even if the
    /// server sets no times, or other ones.
    pub(super) async fn look_at_unseen(&mut self) -> Result<(), Error> {
        let mut unseen = std::mem::take(&mut self.unseen);
        if self.journal.is_none() || !self.orders.lists_destination {
            return Ok(());
        }
        unseen.sort_unstable_by_key(|(path, _)| path.parent());
        for copies in unseen.chunk_by_mut(|(a, _), (b, _)| a.parent() == b.parent()) {
            if self.has_ended() {
                return Ok(());
            }
            // What cannot be seen is compared anew by the next run.
            let seen = self.see(copies).await.unwrap_or_default();
            self.write(seen).await?;
        }
        Ok(())
    }

    /// Returns the records of copies in one directory.
    async fn see(&self, copies: &[(TreePath, Unseen)]) -> Result<Vec<Change>, Error> {
        let destination = self.carrier.destination();
        let mut shown = HashMap::new();
        let directory = copies
            .first()
            .and_then(|(path, _)| path.parent())
            .unwrap_or_default();
        if copies.len() > WORTH_A_LISTING {
            let contents = destination.list(&directory).await?.entries.into_iter();
            shown.extend(contents.map(|child| (child.name, child.version)));
        } else {
            for (path, _) in copies {
                if let Some(node) = destination.look(path).await? {
                    shown.insert(path.name().to_vec(), node.version);
                }
            }
        }
        let record = |(path, unseen): &(TreePath, Unseen)| {
            let destination = *shown.get(path.name())?;
            Some(Change::Put(Record {
                path: path.clone(),
                state: unseen.state,
                moves: false,
                source: unseen.source,
                destination,
                at: now(),
            }))
        };
        Ok(copies.iter().filter_map(record).collect())
    }
}

impl Fresh<'_> {
    fn forget(&self) -> Unseen {
        Unseen {
            source: self.source,
            state: match self.is_verified {
                true => State::Verified,
                false => State::Published,
            },
        }
    }
}

/// Ends the carrier if the run is dropped.
struct AbortOnDrop(tokio::task::JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}
