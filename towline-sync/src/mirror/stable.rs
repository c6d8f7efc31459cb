//! Leaves out files that still change.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::builder::Mirror;
use crate::carry::Carrier;
use crate::error::Error;
use crate::node::Version;
use crate::path::TreePath;
use crate::plan::{Action, Explanation, Plan};
use crate::tree::{Child, Tree as _};
use crate::watch::Event;

const STILL_CHANGES: &str = "it is not copied, because it still changes";

impl<C: Carrier> Mirror<C> {
    /// Waits, and drops copies of files that have changed meanwhile.
    pub(super) async fn wait_for_stable(
        &self,
        plan: &mut Plan,
        time: Duration,
    ) -> Result<(), Error> {
        let copies = || plan.all().filter(|action| action.is_copy());
        let directories: BTreeSet<_> = copies().filter_map(|copy| copy.path.parent()).collect();
        if directories.is_empty() {
            return Ok(());
        }
        let now = self.versions_after(time, &directories).await?;
        let mut changing = Vec::new();
        for actions in [&mut plan.actions, &mut plan.late] {
            actions.retain(|action| {
                let is_stable = !action.is_copy() || is_stable(action, now.get(&action.path));
                if !is_stable {
                    changing.push(action.clone());
                }
                is_stable
            });
        }
        plan.keep_needless_room();
        for action in changing {
            plan.counts.leave_out(&action);
            plan.counts.changing += 1;
            self.watch.event(Event::Kept {
                path: &action.path,
                why: STILL_CHANGES,
            });
        }
        Ok(())
    }

    /// Waits, and adds to the explanation of a copy whether the file has changed meanwhile.
    pub(super) async fn explain_stable(
        &self,
        explanation: &mut Explanation,
        seen: Option<Version>,
        time: Duration,
    ) -> Result<(), Error> {
        let Some(directory) = explanation.path.parent() else {
            return Ok(());
        };
        let now = self
            .versions_after(time, &BTreeSet::from([directory]))
            .await?;
        match is_unchanged(seen, now.get(&explanation.path)) {
            true => explanation.add("stable", format!("it has not changed within {time:?}")),
            false => {
                explanation.add("stable", STILL_CHANGES);
                explanation.reason = "still_changes";
                explanation.step = None;
            }
        }
        Ok(())
    }

    /// Waits, and then lists `directories` of the source.
    async fn versions_after(
        &self,
        time: Duration,
        directories: &BTreeSet<TreePath>,
    ) -> Result<BTreeMap<TreePath, Version>, Error> {
        tokio::select! {
            () = tokio::time::sleep(time) => {}
            () = self.carrier.cancel().cancelled() => return Err(Error::Cancelled),
        }
        let mut versions = BTreeMap::new();
        for directory in directories {
            let contents = match self.carrier.source().list(directory).await {
                Err(error) if error.is_final() => return Err(error),
                // Its files are not known to be stable.
                Err(_) => continue,
                Ok(contents) => contents,
            };
            for Child { name, version, .. } in contents.entries {
                if let Ok(path) = directory.join(&name) {
                    versions.insert(path, version);
                }
            }
        }
        Ok(versions)
    }
}

fn is_stable(action: &Action, now: Option<&Version>) -> bool {
    is_unchanged(action.source, now)
}

/// Whether a file is still as it was seen, although one of the times may be more exact.
fn is_unchanged(seen: Option<Version>, now: Option<&Version>) -> bool {
    match (seen, now) {
        (Some(seen), Some(now)) => seen == *now || seen.agrees(now),
        _ => false,
    }
}
