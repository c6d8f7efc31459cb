//! Looks at both sides, and makes a plan of what they show.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::task::JoinSet;

use super::builder::Mirror;
use super::seen::{Seen, blocking, with_materials};
use crate::carry::Carrier;
use crate::error::Error;
use crate::execute::Traits;
use crate::journal::Journal;
use crate::node::Node;
use crate::path::TreePath;
use crate::plan::{self, Plan, Unsure};
use crate::scan::{Snapshot, confirm, scan_at_most};
use crate::stamp::{CLOCKS_APART, ClockFace, Stamp};
use crate::tree::Tree as _;

/// How many files one connection is asked about in a row.
const AT_A_TIME: usize = 128;

impl<C: Carrier> Mirror<C> {
    /// Lists both sides at the same time.
    pub(super) async fn look(&self) -> Result<Seen, Error> {
        let filter = &self.rules.filter;
        let (from, to) = (self.carrier.source(), self.carrier.destination());
        let traits = Traits {
            source: from.traits().await?,
            destination: to.traits().await?,
        };
        let destination = async {
            if !self.rules.lists_destination {
                return Ok(Snapshot::nothing());
            }
            match scan_at_most(to, filter, self.connections, self.max_entries).await {
                // It is created with the first file.
                Err(error) if error.is_not_found() => Ok(Snapshot::nothing()),
                scanned => scanned,
            }
        };
        let source = scan_at_most(from, filter, self.connections, self.max_entries);
        let (source, destination) = tokio::try_join!(source, destination)?;
        if let Some(backup) = to.backup_inside().filter(|_| self.keeps_backup)
            && source.node(&backup).is_some()
        {
            return Err(Error::Usage(format!(
                "the source has {backup} too, where the destination keeps its backups; choose \
                 another backup directory"
            )));
        }
        Ok(Seen {
            source: Arc::new(source),
            destination: Arc::new(destination),
            traits,
            digests: Arc::default(),
        })
    }

    /// Makes a plan, and leaves out files that still change.
    pub(super) async fn make(
        &self,
        seen: Seen,
        journal: Option<&Journal>,
    ) -> Result<(Plan, Seen), Error> {
        let (mut plan, seen) = self.make_at_once(seen, journal).await?;
        if let Some(time) = self.stable_for {
            self.wait_for_stable(&mut plan, time).await?;
        }
        Ok((plan, seen))
    }

    /// Makes a plan. Asks for exact times where they decide, and looks a second time at what
    /// deletions rely on.
    pub(super) async fn make_at_once(
        &self,
        mut seen: Seen,
        journal: Option<&Journal>,
    ) -> Result<(Plan, Seen), Error> {
        let mut plan = self.make_once(&seen, journal).await?;
        if !plan.unhashed.is_empty() {
            self.compare_digests(&mut seen, std::mem::take(&mut plan.unhashed))
                .await?;
            plan = self.make_once(&seen, journal).await?;
        }
        if !plan.unsure.is_empty() {
            self.ask(&mut seen, std::mem::take(&mut plan.unsure))
                .await?;
            plan = self.make_once(&seen, journal).await?;
        }
        if !plan.relied_on.is_empty() {
            let relied_on = std::mem::take(&mut plan.relied_on);
            if self.confirm(&mut seen, &relied_on).await? {
                plan = self.make_once(&seen, journal).await?;
            }
        }
        plan.terms = self.terms();
        plan.source.clone_from(&self.source);
        plan.destination.clone_from(&self.destination);
        Ok((plan, seen))
    }

    async fn make_once(&self, seen: &Seen, journal: Option<&Journal>) -> Result<Plan, Error> {
        let (carrier, rules) = (Arc::clone(&self.carrier), Arc::clone(&self.rules));
        let seen = seen.clone();
        let journal = journal.cloned();
        blocking(move || {
            with_materials(&*carrier, &seen, journal.as_ref(), |materials| {
                plan::make(materials, &rules)
            })
        })
        .await
    }

    /// Asks for the exact times of files whose coarse ones do not decide, several at the same time.
    async fn ask(&self, seen: &mut Seen, unsure: Vec<Unsure>) -> Result<(), Error> {
        let most = usize::try_from(self.connections.get()).unwrap_or(usize::MAX);
        let at_a_time = unsure.len().div_ceil(most).clamp(1, AT_A_TIME);
        let mut asking = JoinSet::new();
        let mut waiting = unsure.into_iter();
        loop {
            while asking.len() < most {
                let group = waiting.by_ref().take(at_a_time);
                let group: Vec<_> = group
                    .map(|unsure| {
                        let node = seen.source.node(&unsure.path);
                        let listed = node.and_then(|node| node.version.modified);
                        (
                            unsure,
                            listed.filter(|listed| listed.clock == ClockFace::Utc),
                        )
                    })
                    .collect();
                if group.is_empty() {
                    break;
                }
                let carrier = Arc::clone(&self.carrier);
                asking.spawn(async move { exact(&*carrier, group).await });
            }
            let (source, destination) = match asking.join_next().await {
                None => return Ok(()),
                Some(Ok(exact)) => exact?,
                Some(Err(error)) if error.is_panic() => {
                    std::panic::resume_unwind(error.into_panic());
                }
                Some(Err(_)) => return Err(Error::Cancelled),
            };
            for node in source {
                Arc::make_mut(&mut seen.source).refine(node);
            }
            for node in destination {
                Arc::make_mut(&mut seen.destination).refine(node);
            }
        }
    }

    /// Looks a second time at the directories of the source that deletions rely on. Returns whether
    /// that shows something else.
    pub(super) async fn confirm(
        &self,
        seen: &mut Seen,
        directories: &BTreeSet<TreePath>,
    ) -> Result<bool, Error> {
        let source = Arc::make_mut(&mut seen.source);
        let incompleteness = source.incompleteness().count();
        confirm(
            self.carrier.source(),
            source,
            directories,
            &self.rules.filter,
        )
        .await?;
        Ok(source.incompleteness().count() != incompleteness)
    }
}

/// Returns the exact versions of files, from the sides that are to be asked for them.
async fn exact<C: Carrier>(
    carrier: &C,
    group: Vec<(Unsure, Option<Stamp>)>,
) -> Result<(Vec<Node>, Vec<Node>), Error> {
    let (mut source, mut destination) = (Vec::new(), Vec::new());
    for (unsure, listed) in group {
        if unsure.is_equal
            && let Some(listed) = listed
            && let Some(made) = carrier.destination().made(&unsure.path).await
            && made > listed.end().saturating_add(CLOCKS_APART)
        {
            // No change within the minute can have come after the copy.
            continue;
        }
        source.extend(unsure.source.then(|| unsure.path.clone()));
        destination.extend(unsure.destination.then_some(unsure.path));
    }
    let source = carrier.source().look_at_all(source).await?;
    let destination = carrier.destination().look_at_all(destination).await?;
    let there = |seen: Vec<Option<Node>>| seen.into_iter().flatten().collect();
    Ok((there(source), there(destination)))
}
