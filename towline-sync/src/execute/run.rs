//! A run of a plan: what all of its steps share, and their order.

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::sync::Arc;

use towline::{Cancel, ErrorKind};

use super::shares::Shares;
use super::written::Written;
use crate::carry::Carrier;
use crate::error::Error;
use crate::journal::{Change, Journal};
use crate::node::Version;
use crate::path::TreePath;
use crate::plan::{Action, Adopted, Leftover, Marker, Plan, Step};
use crate::record::{Record, State};
use crate::tree::{Tree as _, TreeTraits};
use crate::watch::{Event, Watch};

/// A server is given up after this many lost connections in a row.
const MOST_LOST_CONNECTIONS: u32 = 3;

/// How many records are written at a time.
pub(super) const GROUP: usize = 500;

/// When deletions happen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeleteWhen {
    /// Before files are copied, to make room.
    Before,
    /// While files are copied: in each directory once everything was copied there.
    During,
    /// After all files were copied, if none failed.
    #[default]
    After,
}

/// How a plan is carried out.
#[derive(Clone, Debug)]
pub(crate) struct Orders {
    pub(crate) connections: NonZeroU32,
    pub(crate) moves: bool,
    pub(crate) marker: Option<Marker>,
    pub(crate) delete_when: DeleteWhen,
    /// What would be overwritten or deleted is kept in the backup directory.
    pub(crate) keeps_backup: bool,
    pub(crate) max_errors: Option<u64>,
    pub(crate) max_transfer: Option<u64>,
    pub(crate) lists_destination: bool,
    /// Transfers resume from parts of earlier runs.
    pub(crate) resumes: bool,
}

/// What a run has done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// Files that were copied.
    pub copied: u64,
    /// Bytes that were moved.
    pub bytes: u64,
    /// Files that were up to date.
    pub unchanged: u64,
    /// Files that were deleted at the destination.
    pub deleted: u64,
    /// Files of the source that were removed after their copies were verified.
    pub removed: u64,
    /// Actions that failed.
    pub failed: u64,
    /// Files that were kept, to be safe.
    pub kept: u64,
    /// Files that were to be copied, and were not begun, because the run ended early.
    pub left_out: u64,
    /// Why the run ended early, if it did.
    pub ended: Option<Ended>,
}

/// Why a run ended early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ended {
    /// There were as many failures as allowed.
    MaxErrors,
    /// As much was moved as allowed.
    MaxTransfer,
    /// The server cannot be reached any more, or refuses every call.
    GivenUp,
    /// The disk of the destination is full.
    DiskFull,
    /// It was cancelled.
    Cancelled,
}

/// A new copy on a server that the run has not looked at yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unseen {
    pub(super) source: Version,
    pub(super) state: State,
}

/// What both sides can do.
#[derive(Clone, Debug)]
pub(crate) struct Traits {
    pub(crate) source: TreeTraits,
    pub(crate) destination: TreeTraits,
}

impl Traits {
    /// Whether listings of the source do not show its times to the second, but it can be asked.
    pub(super) fn source_is_coarse(&self) -> bool {
        !self.source.lists_exact_times && self.source.has_exact_times
    }
}

/// A run of a plan.
pub(crate) struct Run<'r, C: Carrier> {
    pub(super) carrier: &'r Arc<C>,
    pub(super) orders: &'r Orders,
    pub(super) journal: Option<&'r Journal>,
    pub(super) watch: &'r Arc<dyn Watch>,
    /// Once it is cancelled, nothing new begins.
    pub(super) stop: Cancel,
    pub(super) report: Report,
    pub(super) lost_connections: u32,
    /// The second after the run began.
    began: i64,
    failed_copies: u64,
    /// How many bytes may still be moved, if there is a limit.
    pub(super) transfer_left: Option<u64>,
    pub(super) traits: &'r Traits,
    /// New copies on a server that the run has not looked at yet.
    pub(super) unseen: Vec<(TreePath, Unseen)>,
    /// Directories that could not be created, so that nothing in them can be copied.
    pub(super) blocked: BTreeSet<TreePath>,
    /// What is deleted while files are copied.
    pub(super) shares: Shares,
    /// What was written in the directories in which something is deleted.
    pub(super) written: Written,
}

impl<'r, C: Carrier> Run<'r, C> {
    pub(crate) fn new(
        carrier: &'r Arc<C>,
        orders: &'r Orders,
        journal: Option<&'r Journal>,
        watch: &'r Arc<dyn Watch>,
        traits: &'r Traits,
    ) -> Self {
        Self {
            carrier,
            orders,
            journal,
            watch,
            stop: Cancel::new(),
            report: Report::default(),
            lost_connections: 0,
            began: now().saturating_add(1),
            failed_copies: 0,
            transfer_left: orders.max_transfer,
            traits,
            unseen: Vec::new(),
            blocked: BTreeSet::new(),
            shares: Shares::default(),
            written: Written::default(),
        }
    }

    /// Carries out `plan`.
    ///
    /// # Errors
    ///
    /// [`Error::Journal`] if the journal cannot be written: nothing more can then be done safely.
    pub(crate) async fn go(mut self, plan: &Plan) -> Result<Report, Error> {
        self.report.unchanged = plan.counts.unchanged;
        self.adopt(plan).await?;
        self.sweep(plan, |leftover, resumes| !leftover.is_needed && !resumes)
            .await?;
        if !self.orders.resumes {
            self.remove_strays(plan).await;
        }
        self.written = Written::before(plan);
        let (deletions, room) = plan.deletions_by_purpose();
        // What may be the old version of a new file stays until the new file is there.
        let is_early =
            |action: &Action| self.orders.delete_when != DeleteWhen::After && !action.meets;
        let (early, last): (Vec<_>, Vec<_>) = deletions.into_iter().partition(is_early);
        match self.orders.delete_when {
            DeleteWhen::Before => self.delete(&early).await?,
            DeleteWhen::During => {
                self.shares = Shares::of(plan, early);
                self.delete_due().await?;
            }
            DeleteWhen::After => {}
        }
        self.create_directories(&plan.actions).await;
        Box::pin(self.copy(&plan.actions)).await?;
        self.look_at_unseen().await?;
        self.finish_moves(&plan.actions).await?;
        if self.orders.delete_when == DeleteWhen::During {
            self.delete_rest();
        }
        self.delete_after(&last).await?;
        Box::pin(self.copy_late(plan, &room)).await?;
        if self.report.failed == 0 && self.report.ended.is_none() {
            self.sweep(plan, |_, _| true).await?;
            self.remove_strays(plan).await;
        }
        self.forget(&plan.forgotten).await?;
        if self.carrier.cancel().is_cancelled() {
            self.report.ended = Some(Ended::Cancelled);
        }
        if self.report.ended.is_some() {
            let begun = self.report.copied + self.failed_copies;
            self.report.left_out = plan.counts.copies.saturating_sub(begun);
        }
        Ok(self.report)
    }

    /// Whether nothing new may begin.
    pub(super) fn has_ended(&self) -> bool {
        self.report.ended.is_some() || self.carrier.cancel().is_cancelled()
    }

    pub(super) fn end(&mut self, why: Ended) {
        self.report.ended.get_or_insert(why);
        self.stop.cancel();
    }

    /// Counts and reports a failure, and ends the run if there are too many.
    pub(super) fn failed(&mut self, action: &Action, error: Error) {
        if matches!(&error, Error::Cancelled) {
            // It has not begun.
            return;
        }
        let is_lost = match &error {
            Error::Remote(error) => matches!(
                error.kind(),
                ErrorKind::Network
                    | ErrorKind::Timeout
                    | ErrorKind::Unavailable
                    | ErrorKind::Tls
                    | ErrorKind::Protocol
            ),
            _ => false,
        };
        self.lost_connections = if is_lost {
            self.lost_connections + 1
        } else {
            0
        };
        let is_final = error.is_final();
        let is_full = self.traits.destination.is_local && error.is_disk_full();
        self.report.failed += 1;
        self.failed_copies += u64::from(action.is_copy());
        self.watch.event(Event::Failed { action, error });
        if self.carrier.cancel().is_cancelled() {
            self.end(Ended::Cancelled);
        } else if is_final || self.lost_connections >= MOST_LOST_CONNECTIONS {
            self.end(Ended::GivenUp);
        } else if is_full {
            self.end(Ended::DiskFull);
        } else if self
            .orders
            .max_errors
            .is_some_and(|most| self.report.failed >= most)
        {
            self.end(Ended::MaxErrors);
        }
    }

    pub(super) fn done(&mut self, action: &Action) {
        self.lost_connections = 0;
        self.watch.event(Event::Done { action });
    }

    pub(super) fn kept(&mut self, path: &TreePath, why: &str) {
        self.report.kept += 1;
        self.watch.event(Event::Kept { path, why });
    }

    pub(super) async fn write(&self, changes: Vec<Change>) -> Result<(), Error> {
        match self.journal {
            Some(journal) => journal.write(changes).await,
            None => Ok(()),
        }
    }

    /// Notes files that are up to date, and that the journal does not know yet.
    pub(super) async fn adopt(&self, plan: &Plan) -> Result<(), Error> {
        for group in plan.adopted.chunks(GROUP) {
            let put = |file: &Adopted| {
                Change::Put(Record {
                    path: file.path.clone(),
                    state: match file.is_verified {
                        // It is not copied again, even if another program takes the copy.
                        true => State::Verified,
                        // This program has not verified it.
                        false => State::Published,
                    },
                    moves: file.moves,
                    source: file.source,
                    destination: file.destination,
                    at: now(),
                })
            };
            self.write(group.iter().map(put).collect()).await?;
        }
        Ok(())
    }

    pub(super) async fn forget(&self, paths: &[TreePath]) -> Result<(), Error> {
        for group in paths.chunks(GROUP) {
            let forget = |path: &TreePath| Change::Forget(path.clone());
            self.write(group.iter().map(forget).collect()).await?;
        }
        Ok(())
    }

    /// Removes parts that earlier runs have left, and that are `due`.
    async fn sweep(&self, plan: &Plan, due: impl Fn(&Leftover, bool) -> bool) -> Result<(), Error> {
        for leftover in &plan.leftovers {
            if !due(leftover, self.orders.resumes) || self.has_ended() {
                continue;
            }
            if leftover.record.state == State::Fetched && !self.reclaim(leftover).await? {
                continue;
            }
            match self.carrier.destination().remove_file(&leftover.part).await {
                // The transfer that resumed from it has used it up.
                Err(error) if error.is_not_found() => {}
                Ok(()) => {}
                Err(error) => {
                    let text = format!("{}: {error}", leftover.part);
                    self.watch.event(Event::Note { text: &text });
                }
            }
        }
        Ok(())
    }

    /// Records that a copy which never got its name is to be made again. Otherwise its absence
    /// would look as if it had got its name and been taken. Returns false if the journal has a
    /// newer record, which counts instead.
    async fn reclaim(&self, leftover: &Leftover) -> Result<bool, Error> {
        let Some(journal) = self.journal else {
            return Ok(true);
        };
        let path = leftover.record.path.clone();
        let reader = journal.clone();
        let now = tokio::task::spawn_blocking(move || reader.record(&path)).await;
        let now = now.unwrap_or(Ok(None))?;
        if now.as_ref() != Some(&leftover.record) {
            return Ok(now.is_none_or(|now| now.state != State::Fetched));
        }
        self.write(vec![Change::Put(Record {
            state: State::Claimed,
            ..leftover.record.clone()
        })])
        .await?;
        Ok(true)
    }

    /// Removes parts from before this run that no transfer is writing to.
    async fn remove_strays(&self, plan: &Plan) {
        for part in &plan.strays {
            if self.has_ended() {
                return;
            }
            match self
                .carrier
                .destination()
                .remove_stray(part, self.began)
                .await
            {
                Err(error) if !error.is_not_found() => {
                    let text = format!("{part}: {error}");
                    self.watch.event(Event::Note { text: &text });
                }
                _ => {}
            }
        }
    }

    pub(super) fn actions<'p>(
        actions: &'p [Action],
        steps: &'static [Step],
    ) -> impl Iterator<Item = &'p Action> {
        actions.iter().filter(|action| steps.contains(&action.step))
    }
}

/// The present second.
pub(super) fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}
