//! Deletes what the source does not have.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::run::{DeleteWhen, Run};
use super::written::{Shown, Standing};
use crate::carry::Carrier;
use crate::error::Error;
use crate::journal::Change;
use crate::node::Node;
use crate::path::TreePath;
use crate::plan::{Action, Plan, Reason, Step};
use crate::tree::Tree;
use crate::watch::Event;

const NEEDS_NO_ROOM: &str = "no file of the source needs its place any more";
const IS_AT_SOURCE: &str = "the source has it again";
const HAS_CHANGED: &str = "it has changed";
const NOT_EMPTY: &str = "it is not empty";
const BEHIND_LINK: &str = "a directory above it is a link, or may be one";
const MAY_BE_NEW: &str = "a file that was written next to it, or next to a directory above it, is not \
                          listed under its own name: this may be that file";

/// What became of something that was to be deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deletion {
    /// It is gone.
    Gone,
    /// It stays, for this reason.
    Kept(&'static str),
}

/// The directories that are to be deleted, and which of them are links. Some servers list a link as
/// the directory that it leads to (ftp-srv 4.6, aioftp 0.28), whose files must stay.
struct Doomed<'a> {
    directories: BTreeSet<&'a TreePath>,
    links: BTreeMap<TreePath, bool>,
    /// The names that may be links, by their directories.
    disguised: BTreeMap<TreePath, Vec<Vec<u8>>>,
}

impl<'a> Doomed<'a> {
    fn of(deletions: &'a [Action]) -> Self {
        let directories = deletions
            .iter()
            .filter(|action| action.step == Step::DeleteDirectory);
        Self {
            directories: directories.map(|action| &action.path).collect(),
            links: BTreeMap::new(),
            disguised: BTreeMap::new(),
        }
    }

    /// Whether one of the directories above `path` is a link, or may be.
    async fn is_behind_link(&mut self, tree: &impl Tree, path: &TreePath) -> Result<bool, Error> {
        let mut above = path.parent();
        while let Some(directory) = above {
            if self.directories.contains(&directory) {
                let is_link = match self.links.get(&directory) {
                    Some(is_link) => *is_link,
                    None => {
                        let is_link = self.is_link(tree, &directory).await?;
                        self.links.insert(directory.clone(), is_link);
                        is_link
                    }
                };
                if is_link {
                    return Ok(true);
                }
            }
            above = directory.parent();
        }
        Ok(false)
    }

    /// Whether `directory` cannot be removed as a directory, because it is none, or may be a link.
    async fn is_link(&mut self, tree: &impl Tree, directory: &TreePath) -> Result<bool, Error> {
        let removed = tree.remove_dir(directory).await;
        if removed.is_err_and(|error| error.is_no_directory()) {
            return Ok(true);
        }
        let parent = directory.parent().unwrap_or_default();
        if !self.disguised.contains_key(&parent) {
            let names = tree.disguised_links(&parent).await?;
            self.disguised.insert(parent.clone(), names);
        }
        let mut names = self.disguised.get(&parent).into_iter().flatten();
        Ok(names.any(|name| name.as_slice() == directory.name()))
    }
}

impl<C: Carrier> Run<'_, C> {
    /// Deletes, unless something has failed.
    pub(super) async fn delete_after(&mut self, deletions: &[Action]) -> Result<(), Error> {
        if self.report.failed > 0 || self.has_ended() {
            self.withhold(deletions);
            return Ok(());
        }
        self.delete(deletions).await
    }

    /// Deletes in the directories in which everything was copied.
    pub(super) async fn delete_due(&mut self) -> Result<(), Error> {
        let due = self.shares.take_due();
        self.delete(&due).await
    }

    /// Reports what was not deleted while files were copied.
    pub(super) fn delete_rest(&mut self) {
        let rest = self.shares.take_rest();
        self.withhold(&rest);
    }

    fn withhold(&mut self, deletions: &[Action]) {
        if deletions.is_empty() {
            return;
        }
        let files = deletions
            .iter()
            .filter(|action| action.step == Step::Delete);
        self.report.kept += u64::try_from(files.count()).unwrap_or(u64::MAX);
        let text = match self.orders.delete_when {
            DeleteWhen::After => "nothing is deleted, because not everything was copied",
            // Something may be gone already.
            DeleteWhen::Before | DeleteWhen::During => {
                "not everything is deleted, because not everything was copied"
            }
        };
        self.watch.event(Event::Note { text });
    }

    /// Carries out the deletions of `room`, unless something has failed, and then copies what
    /// needed the room. If it would not be copied at once, nothing is deleted for it.
    pub(super) async fn copy_late(&mut self, plan: &Plan, room: &[Action]) -> Result<(), Error> {
        if self.report.failed > 0 || self.has_ended() {
            let why = "it is not copied, because what is in its way is not deleted";
            for action in plan.late.iter().filter(|action| action.is_copy()) {
                self.kept(&action.path, why);
            }
            return Ok(());
        }
        self.delete(room).await?;
        self.create_directories(&plan.late).await;
        Box::pin(self.copy(&plan.late)).await?;
        self.look_at_unseen().await
    }

    /// Deletes files, and then the directories that have become empty.
    pub(super) async fn delete(&mut self, deletions: &[Action]) -> Result<(), Error> {
        let mut forgotten = Vec::new();
        let mut doomed = Doomed::of(deletions);
        let mut entered = BTreeSet::new();
        let mut shown = Shown::default();
        for action in deletions {
            if self.has_ended() {
                break;
            }
            let destination = Arc::clone(self.carrier.destination());
            let standing = match self.check_absence(action, &mut entered).await {
                Ok(_) => {
                    let standing = shown.standing(&*destination, &self.written, &action.path);
                    standing.await
                }
                Err(error) => Err(error),
            };
            let deleted = match standing {
                Err(error) => Err(error),
                Ok(Standing::Gone) => Ok(Deletion::Gone),
                Ok(Standing::Doubtful) => Ok(Deletion::Kept(MAY_BE_NEW)),
                Ok(Standing::Apart) if action.step == Step::DeleteDirectory => {
                    self.delete_directory(action).await
                }
                Ok(Standing::Apart) => {
                    match doomed.is_behind_link(&*destination, &action.path).await {
                        Ok(false) => self.delete_file(action).await,
                        Ok(true) => Ok(Deletion::Kept(BEHIND_LINK)),
                        Err(error) => Err(error),
                    }
                }
            };
            match deleted {
                Ok(Deletion::Gone) => {
                    forgotten.push(Change::Forget(action.path.clone()));
                    continue;
                }
                Ok(Deletion::Kept(why)) if action.reason == Reason::InTheWay => {
                    let what = format!("it is in the way, and not deleted, because {why}");
                    self.failed(action, Error::changed(&action.path, what));
                }
                Ok(Deletion::Kept(why)) => {
                    let why = format!("it is not deleted, because {why}");
                    self.kept(&action.path, &why);
                }
                Err(error) => self.failed(action, error),
            }
            if action.reason == Reason::InTheWay {
                self.blocked.insert(action.path.clone());
            }
        }
        self.write(forgotten).await
    }

    /// Checks, once for each directory, that the source shows its entries. Only then is an entry
    /// that it does not show known to be absent.
    async fn check_absence(
        &self,
        action: &Action,
        entered: &mut BTreeSet<TreePath>,
    ) -> Result<(), Error> {
        let directory = action.path.parent().unwrap_or_default();
        if action.reason == Reason::InTheWay || entered.contains(&directory) {
            return Ok(());
        }
        self.carrier.source().check_entry(&directory).await?;
        entered.insert(directory);
        Ok(())
    }

    /// Deletes a file at the destination if both sides are still as planned.
    async fn delete_file(&mut self, action: &Action) -> Result<Deletion, Error> {
        let path = &action.path;
        let (source, destination) = (self.carrier.source(), self.carrier.destination());
        let ours = source.look(path).await?;
        if action.reason == Reason::InTheWay {
            let needs_room = |ours: &Node| ours.is_directory() || ours.is_file();
            if !ours.as_ref().is_some_and(needs_room) {
                return Ok(Deletion::Kept(NEEDS_NO_ROOM));
            }
        } else if ours.is_some() {
            return Ok(Deletion::Kept(IS_AT_SOURCE));
        }
        let Some(found) = destination.look(path).await? else {
            return Ok(Deletion::Gone);
        };
        if found.is_file() && ours.is_some_and(|ours| ours.is_file()) {
            return Ok(Deletion::Kept(NEEDS_NO_ROOM));
        }
        let planned = action.destination.unwrap_or_default();
        let is_as_planned = found.version == planned || found.version.agrees(&planned);
        if found.is_directory() || !is_as_planned {
            return Ok(Deletion::Kept(HAS_CHANGED));
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
        Ok(Deletion::Gone)
    }

    async fn delete_directory(&mut self, action: &Action) -> Result<Deletion, Error> {
        let path = &action.path;
        let (source, destination) = (self.carrier.source(), self.carrier.destination());
        let ours = source.look(path).await?;
        if action.reason == Reason::InTheWay && !ours.as_ref().is_some_and(Node::is_file) {
            return Ok(Deletion::Kept(NEEDS_NO_ROOM));
        }
        if ours.is_some_and(|ours| ours.is_directory()) {
            return Ok(Deletion::Kept(IS_AT_SOURCE));
        }
        let contents = match destination.list(path).await {
            Ok(contents) => contents,
            Err(error) if error.is_not_found() => return Ok(Deletion::Gone),
            Err(error) => return Err(error),
        };
        if !contents.entries.is_empty() || !contents.incompleteness.is_empty() {
            return Ok(Deletion::Kept(NOT_EMPTY));
        }
        destination.remove_dir(path).await?;
        self.done(action);
        Ok(Deletion::Gone)
    }
}
