//! Creates the directories of a plan.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::task::JoinSet;

use super::run::Run;
use crate::carry::Carrier;
use crate::error::Error;
use crate::plan::{Action, Step};
use crate::tree::Tree as _;

impl<C: Carrier> Run<'_, C> {
    /// Creates the directories, those of one depth at the same time.
    pub(super) async fn create_directories(&mut self, actions: &[Action]) {
        let mut by_depth: BTreeMap<usize, Vec<&Action>> = BTreeMap::new();
        for action in Self::actions(actions, &[Step::CreateDirectory]) {
            by_depth
                .entry(action.path.depth())
                .or_default()
                .push(action);
        }
        for (_, level) in by_depth {
            self.create_level(level).await;
        }
    }

    async fn create_level(&mut self, level: Vec<&Action>) {
        let most = usize::try_from(self.orders.connections.get()).unwrap_or(usize::MAX);
        let mut creating = JoinSet::new();
        let mut waiting = level.iter().copied().enumerate();
        loop {
            while creating.len() < most
                && !self.has_ended()
                && let Some((index, action)) = waiting.next()
            {
                if self.is_blocked(action) {
                    self.blocked.insert(action.path.clone());
                    continue;
                }
                let destination = Arc::clone(self.carrier.destination());
                let (path, clashes) = (action.path.clone(), action.clashes);
                creating.spawn(async move {
                    let created = async {
                        if clashes && destination.look(&path).await?.is_some() {
                            let what = "the destination has it already, under a name that it takes \
                                        for the same";
                            return Err(Error::changed(&path, what));
                        }
                        destination.create_dir(&path).await
                    };
                    (index, created.await)
                });
            }
            match creating.join_next().await {
                None => break,
                Some(Ok((index, Ok(())))) => {
                    self.written.wrote(&level[index].path);
                    self.done(level[index]);
                }
                Some(Ok((index, Err(error)))) => {
                    self.blocked.insert(level[index].path.clone());
                    self.failed(level[index], error);
                }
                Some(Err(error)) => {
                    if error.is_panic() {
                        std::panic::resume_unwind(error.into_panic());
                    }
                }
            }
        }
    }

    /// Whether a directory above could not be created.
    pub(super) fn is_blocked(&self, action: &Action) -> bool {
        if self.blocked.is_empty() {
            return false;
        }
        let mut at = Some(action.path.clone());
        while let Some(path) = at {
            if self.blocked.contains(&path) {
                return true;
            }
            at = path.parent();
        }
        false
    }
}
