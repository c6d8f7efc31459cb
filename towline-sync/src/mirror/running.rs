//! Runs of a mirror: plans, and carries them out.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::builder::Mirror;
use super::overlap::Overlap;
use super::seen::{Seen, blocking, with_materials};
use crate::carry::Carrier;
use crate::error::Error;
use crate::execute::{Orders, Report, Run};
use crate::journal::Journal;
use crate::path::TreePath;
use crate::plan::{self, Explanation, Plan, Skipped, Step, Terms};
use crate::state_files::{Lock, StateFiles};
use crate::tree::Tree as _;
use crate::watch::Event;

impl<C: Carrier> Mirror<C> {
    /// Looks at both sides, and says what a run would do. Where one side may be the other, or
    /// inside it, creates a directory at the destination for a moment, as a run does.
    ///
    /// # Errors
    ///
    /// [`Error::Remote`] or [`Error::Local`] if one of the sides cannot be listed,
    /// [`Error::Journal`] if the journal cannot be read, [`Error::Usage`] if one side is the other,
    /// or inside it.
    pub async fn plan(&self) -> Result<Plan, Error> {
        self.check_rules()?;
        let journal = self.open_journal(false).await?;
        let seen = Box::pin(self.look()).await?;
        let (plan, seen) = Box::pin(self.make(seen, journal.as_ref())).await?;
        Box::pin(self.refuse_overlap(self.suspected(&plan, &seen))).await?;
        self.watch.event(Event::Comparison(&plan.comparison));
        self.tell_skipped(&plan);
        Ok(plan)
    }

    /// Makes a plan, and carries it out.
    ///
    /// # Errors
    ///
    /// [`Error::Running`] if another run of this mirror is in progress. [`Error::Journal`] if the
    /// journal cannot be written. Otherwise as for [`plan`](Self::plan). The failure of a file is
    /// not an error: the [`Report`] counts it.
    pub async fn run(&self) -> Result<Report, Error> {
        self.check_run()?;
        let _lock = self.lock().await?;
        let journal = self.open_journal(true).await?;
        let seen = Box::pin(self.look()).await?;
        let (plan, seen) = Box::pin(self.make(seen, journal.as_ref())).await?;
        Box::pin(self.execute(plan, seen, journal.as_ref())).await
    }

    /// Carries out a plan that was made earlier. What has changed since is left alone, and is among
    /// the problems of the plan that the observer gets.
    ///
    /// # Errors
    ///
    /// [`Error::Plan`] if it is the plan of another mirror, or if only one of the plan and this
    /// mirror moves files, keeps a backup, or has this marker; otherwise as [`run`](Self::run).
    pub async fn run_plan(&self, mut plan: Plan) -> Result<Report, Error> {
        if plan.source != self.source || plan.destination != self.destination {
            let what = format!(
                "is for another mirror: from {} to {}",
                plan.source, plan.destination
            );
            return Err(Error::Plan { what });
        }
        if let Some(conflict) = plan.terms.conflict(&self.terms()) {
            let what = conflict.to_owned();
            return Err(Error::Plan { what });
        }
        self.check_run()?;
        let _lock = self.lock().await?;
        let journal = self.open_journal(true).await?;
        let mut seen = Box::pin(self.look()).await?;
        let relied_on = relied_on(&plan);
        self.confirm(&mut seen, &relied_on).await?;
        plan.confirm(&seen.source, &seen.destination);
        Box::pin(self.execute(plan, seen, journal.as_ref())).await
    }

    /// Explains what a run would do with the file at `path`, and why.
    ///
    /// # Errors
    ///
    /// As for [`plan`](Self::plan).
    pub async fn explain(&self, path: &TreePath) -> Result<Explanation, Error> {
        let journal = self.open_journal(false).await?;
        let seen = Box::pin(self.look()).await?;
        let (plan, seen) = Box::pin(self.make_at_once(seen, journal.as_ref())).await?;
        Box::pin(self.refuse_overlap(self.suspected(&plan, &seen))).await?;
        let (carrier, rules) = (Arc::clone(&self.carrier), Arc::clone(&self.rules));
        let version = seen.source.node(path).map(|node| node.version);
        let at = path.clone();
        let mut explanation = blocking(move || {
            let record = journal.as_ref().map(|journal| journal.record(&at));
            let record = record.transpose()?.flatten();
            with_materials(&*carrier, &seen, journal.as_ref(), |materials| {
                plan::explain(materials, &rules, record.as_ref(), &plan, &at)
            })
        })
        .await?;
        if let (Some(time), Some(Step::Copy | Step::Replace)) = (self.stable_for, explanation.step)
        {
            self.explain_stable(&mut explanation, version, time).await?;
        }
        Ok(explanation)
    }

    /// What a run does in addition to the actions of its plan.
    pub(super) fn terms(&self) -> Terms {
        Terms {
            moves: self.rules.moves,
            keeps_backup: self.keeps_backup,
            marker: self.rules.marker.clone(),
        }
    }

    /// Refuses rules that would delete what was just moved.
    fn check_rules(&self) -> Result<(), Error> {
        match self.rules.moves && self.rules.delete.is_some() {
            true => Err(Error::Usage(
                "what is moved is no longer at the source, so a mirror that moves cannot delete"
                    .to_owned(),
            )),
            false => Ok(()),
        }
    }

    /// Refuses rules that are not to be carried out.
    fn check_run(&self) -> Result<(), Error> {
        self.check_rules()?;
        match self.rules.only_compares {
            true => Err(Error::Usage(
                "rules that only compare cannot be run".to_owned(),
            )),
            false => Ok(()),
        }
    }

    async fn execute(
        &self,
        plan: Plan,
        seen: Seen,
        journal: Option<&Journal>,
    ) -> Result<Report, Error> {
        let overlap = self.suspected(&plan, &seen);
        // Boxed, because the futures of transfers are large and deep.
        Box::pin(self.refuse_overlap(overlap)).await?;
        self.watch.event(Event::Comparison(&plan.comparison));
        let plan = Arc::new(plan);
        self.watch.event(Event::Planned(&plan));
        self.tell_skipped(&plan);
        let orders = Orders {
            connections: self.connections,
            moves: self.rules.moves,
            marker: self.rules.marker.clone(),
            delete_when: self.delete_when,
            keeps_backup: self.keeps_backup,
            max_errors: self.max_errors,
            max_transfer: self.max_transfer,
            lists_destination: self.rules.lists_destination,
            resumes: self.resumes,
        };
        let traits = seen.traits.clone();
        drop(seen);
        let run = Run::new(&self.carrier, &orders, journal, &self.watch, &traits);
        Box::pin(run.go(&plan)).await
    }

    fn suspected(&self, plan: &Plan, seen: &Seen) -> Overlap {
        let names = self.carrier.destination().root_names();
        Overlap::suspected(plan, seen, &names, &self.rules)
    }

    fn tell_skipped(&self, plan: &Plan) {
        for Skipped { path, why } in &plan.skipped {
            let why = why.text();
            self.watch.event(Event::Kept { path, why });
        }
    }

    fn state_files(&self) -> Option<StateFiles> {
        let directory = self.state.as_deref()?;
        Some(StateFiles::new(directory, &self.source, &self.destination))
    }

    async fn lock(&self) -> Result<Option<Lock>, Error> {
        let Some(files) = self.state_files() else {
            return Ok(None);
        };
        let waits = self.waits;
        blocking(move || files.lock(waits)).await.map(Some)
    }

    /// Opens the journal. If there is none, creates it, or does without.
    async fn open_journal(&self, creates: bool) -> Result<Option<Journal>, Error> {
        let Some(files) = self.state_files().filter(|_| self.has_journal) else {
            return Ok(None);
        };
        if !creates && !files.journal().exists() {
            return Ok(None);
        }
        let (journal, aside) = blocking(move || Journal::open(&files.journal())).await?;
        if let Some(aside) = aside {
            let text = format!(
                "the journal was damaged, and is now {}; files are compared anew",
                aside.display()
            );
            self.watch.event(Event::Note { text: &text });
        }
        Ok(Some(journal))
    }
}

/// The directories of the source that the deletions of a saved plan rely on.
fn relied_on(plan: &Plan) -> BTreeSet<TreePath> {
    let parents = plan
        .deletions
        .iter()
        .filter_map(|action| action.path.parent());
    let gone: BTreeSet<_> = plan
        .deletions
        .iter()
        .filter(|action| action.step == Step::DeleteDirectory)
        .map(|action| action.path.clone())
        .collect();
    parents.filter(|parent| !gone.contains(parent)).collect()
}
