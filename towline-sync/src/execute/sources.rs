//! Removes files of the source whose copies are known to be complete.

use std::sync::Arc;

use tokio::task::JoinSet;

use super::copies::Fresh;
use super::run::Run;
use crate::carry::Carrier;
use crate::error::Error;
use crate::journal::Change;
use crate::node::Version;
use crate::path::TreePath;
use crate::plan::{Action, Marker, Step};
use crate::tree::Tree;

/// How many removed sources the journal still has at most.
const SOON_FORGOTTEN: usize = 50;

/// What became of a source file.
enum Removal {
    Removed,
    /// It is not the one that was copied.
    Changed,
}

impl<C: Carrier> Run<'_, C> {
    /// Removes the sources of new copies, which the journal has.
    pub(super) async fn remove_sources(&mut self, fresh: Vec<Fresh<'_>>) -> Result<(), Error> {
        let mut due = Vec::new();
        for copy in fresh {
            let why = match copy {
                Fresh {
                    is_verified: false, ..
                } => {
                    "the source is not removed, because the server has not shown the size of its copy"
                }
                Fresh {
                    is_too_fresh: true, ..
                } => {
                    "the source is not removed in this run, because the server shows its time only \
                     to the minute or the day, and that was not over when it was copied"
                }
                Fresh { .. } => {
                    due.push((copy.action, copy.source));
                    continue;
                }
            };
            self.kept(&copy.action.path, why);
        }
        self.remove_all(due).await
    }

    /// Removes sources that earlier runs have copied.
    pub(super) async fn finish_moves(&mut self, actions: &[Action]) -> Result<(), Error> {
        let due = Self::actions(actions, &[Step::RemoveSource]);
        let due = due.map(|action| (action, action.source.unwrap_or_default()));
        self.remove_all(due.collect()).await
    }

    /// Removes sources, several at a time, each after a second look. If the journal cannot be
    /// written, those that have begun are ended in order: nothing is left between a marker and its
    /// file.
    async fn remove_all(&mut self, due: Vec<(&Action, Version)>) -> Result<(), Error> {
        let most = usize::try_from(self.orders.connections.get()).unwrap_or(usize::MAX);
        let mut removing = JoinSet::new();
        let mut waiting = due.iter().enumerate();
        let mut forgotten = Vec::new();
        let mut written = Ok(());
        loop {
            while removing.len() < most
                && written.is_ok()
                && !self.has_ended()
                && let Some((index, (action, version))) = waiting.next()
            {
                let source = Arc::clone(self.carrier.source());
                let (path, version) = (action.path.clone(), *version);
                let marker = self.orders.marker.clone();
                removing.spawn(async move {
                    let removed = remove(&*source, &path, &version, marker.as_ref()).await;
                    (index, removed)
                });
            }
            let (index, removed) = match removing.join_next().await {
                None => break,
                Some(Ok(removed)) => removed,
                Some(Err(error)) if error.is_panic() => {
                    std::panic::resume_unwind(error.into_panic());
                }
                Some(Err(_)) => continue,
            };
            let action = due[index].0;
            match removed {
                Ok(Removal::Removed) => {
                    self.report.removed += 1;
                    forgotten.push(Change::Forget(action.path.clone()));
                    if forgotten.len() >= SOON_FORGOTTEN && written.is_ok() {
                        // A file of the same name that comes later is another one.
                        written = self.write(std::mem::take(&mut forgotten)).await;
                    }
                    let step = Step::RemoveSource;
                    self.done(&Action {
                        step,
                        ..action.clone()
                    });
                }
                Ok(Removal::Changed) => {
                    let why =
                        "the source is not removed, because it has changed since it was copied";
                    self.kept(&action.path, why);
                }
                Err(error) => {
                    let step = Step::RemoveSource;
                    self.failed(
                        &Action {
                            step,
                            ..action.clone()
                        },
                        error,
                    );
                }
            }
        }
        let rest = self.write(forgotten).await;
        written.and(rest)
    }
}

/// Removes the marker of a source file, and then the file, if it is still the version that was
/// copied. A marker that outlived its file would vouch for the next one of that name, whole or not.
async fn remove<T: Tree>(
    source: &T,
    path: &TreePath,
    version: &Version,
    marker: Option<&Marker>,
) -> Result<Removal, Error> {
    let found = source.look(path).await?;
    if let Some(found) = &found
        && (!found.is_file() || !found.version.agrees(version))
    {
        return Ok(Removal::Changed);
    }
    if let Some(marker) = marker
        && let Some(parent) = path.parent()
        && let Ok(marker) = parent.join(&marker.of(path.name()))
    {
        remove_if_there(source, &marker).await?;
    }
    if found.is_some() {
        remove_if_there(source, path).await?;
    }
    Ok(Removal::Removed)
}

async fn remove_if_there<T: Tree>(tree: &T, path: &TreePath) -> Result<(), Error> {
    match tree.remove_file(path).await {
        Err(error) if error.is_not_found() => Ok(()),
        // Not every server says in so many words that it is gone.
        Err(refused) => match tree.look(path).await {
            Ok(None) => Ok(()),
            _ => Err(refused),
        },
        Ok(()) => Ok(()),
    }
}
