//! Makes a plan from two snapshots and a journal. Pure: no server, no clock, no disk.

use towline_proto::name::NameError;

use super::clash::Clashes;
use super::decide::Basis;
use super::directories::{Extraneous, SourceDirectories, SourceState};
use super::draft::Draft;
use super::march::{Materials, Place, each};
use super::rules::Rules;
use super::value::{Plan, ProblemKind, Reason, SkipReason, Skipped};
use super::withhold::IN_THE_WAY;
use crate::error::Error;
use crate::node::{Node, NodeKind};
use crate::path::TreePath;
use crate::tree::Incompleteness;

/// Makes a plan.
///
/// # Errors
///
/// [`Error::Journal`] if the journal cannot be read.
pub fn make(materials: &Materials<'_>, rules: &Rules) -> Result<Plan, Error> {
    let basis = Basis::new(materials, rules)?;
    let mut draft = Draft {
        materials,
        rules,
        clashes: Clashes::between(materials.source, &materials.destination.nodes),
        plan: Plan::empty(basis.comparison.clone()),
        basis,
        directories: SourceDirectories::default(),
        extraneous: Extraneous::default(),
        awaited: None,
        lacks_copies: false,
        claimed: Vec::new(),
    };
    draft.begin();
    each(materials, |place| draft.place(place))?;
    Ok(draft.end())
}

impl Draft<'_, '_> {
    fn begin(&mut self) {
        let Materials {
            source,
            destination,
            ..
        } = self.materials;
        for (path, why) in source.incompleteness() {
            let what = format!("the source: {why}");
            self.report(path, ProblemKind::SourceIncomplete, what);
            // A name that cannot be used hides one entry. Any other reason may hide any number.
            self.lacks_copies |= !matches!(why, Incompleteness::Name { .. });
        }
        for (path, why) in destination.incompleteness() {
            if self.rules.delete.is_none() && matches!(why, Incompleteness::Name { .. }) {
                // It is left alone in any case.
                continue;
            }
            let what = format!("the destination: {why}");
            self.report(path, ProblemKind::DestinationIncomplete, what);
        }
        self.plan.counts.filtered = source.excluded;
        for part in &source.parts {
            if self.rules.filter.takes(&part.path, false) {
                let what = NameError::PartialFile.to_string();
                self.report(&part.path, ProblemKind::Name, what);
                self.plan.counts.parts += 1;
            } else {
                self.plan.counts.filtered += 1;
            }
        }
        let state = match destination.exists || !self.rules.lists_destination {
            true => SourceState::Exists,
            false => SourceState::Missing,
        };
        self.directories.enter(TreePath::root(), state, false);
    }

    fn place(&mut self, place: Place<'_>) {
        if let Some(record) = &place.record
            && !record.state.has_name()
        {
            self.claimed.push(record.clone());
        }
        self.directories.leave_for(place.path);
        self.leave_extraneous(Some(place.path));
        match (place.source, place.destination) {
            (Some(source), destination) => match source.kind {
                NodeKind::Directory => self.directory(source, destination),
                NodeKind::File => self.file(source, destination, place.record),
                NodeKind::Link => self.skip(source, SkipReason::Link),
                NodeKind::Other => self.skip(source, SkipReason::Special),
            },
            (None, Some(destination)) => {
                self.only_at_destination(destination);
                if place.record.as_ref().is_some_and(|record| record.moves) {
                    // Its source was removed. A file of the same name that comes later is another
                    // one.
                    self.forget_if_gone(place.path);
                }
            }
            (None, None) if self.destination_lacks(place.path) => self.forget_if_gone(place.path),
            (None, None) => {}
        }
        let awaited = self.awaited.take();
        // A directory of the destination where the source has something else.
        if let (Some(source), Some(destination)) = (place.source, place.destination)
            && destination.is_directory()
            && !source.is_directory()
        {
            match awaited {
                Some(copy) => self.enter_extraneous(destination, Some(copy)),
                None => self.leave_alone(destination),
            }
        }
    }

    fn skip(&mut self, source: &Node, why: SkipReason) {
        self.plan.counts.special += 1;
        let path = source.path.clone();
        self.plan.skipped.push(Skipped { path, why });
    }

    fn directory(&mut self, source: &Node, destination: Option<&Node>) {
        let clashes = self.clashes.has(&source.path);
        let state = match destination {
            Some(destination) if destination.is_directory() => self.existing(&source.path),
            Some(destination) if self.may_clear(destination) => {
                self.delete(destination, Reason::InTheWay);
                SourceState::Cleared
            }
            Some(_) => {
                self.problem(&source.path, ProblemKind::InTheWay, IN_THE_WAY);
                SourceState::Blocked
            }
            None => match self.admits(&source.path) {
                true => SourceState::Missing,
                false => SourceState::Blocked,
            },
        };
        self.directories.enter(source.path.clone(), state, clashes);
        if self.rules.empty_directories && !self.directories.is_blocked() {
            self.directories.create(&mut self.plan);
        }
    }

    /// A directory on another file system is not entered on either side: it may be mounted or not.
    fn existing(&mut self, path: &TreePath) -> SourceState {
        let incompleteness = self.materials.destination.incompleteness.get(path);
        match incompleteness
            .is_some_and(|incompleteness| incompleteness.contains(&Incompleteness::OtherFileSystem))
        {
            true => {
                self.lacks_copies = true;
                SourceState::Blocked
            }
            false => SourceState::Exists,
        }
    }

    /// Forgets what the journal has of a file that the source is known to lack.
    fn forget_if_gone(&mut self, path: &TreePath) {
        let Materials { source, now, .. } = self.materials;
        let parent = path.parent().unwrap_or_default();
        // The source may still have what the patterns leave out, and what is behind a link.
        let is_seen =
            self.rules.filter.judge(path, None, *now).is_taken() && !source.leads_on(path);
        if source.exists && source.is_complete(&parent) && is_seen {
            self.plan.forgotten.push(path.clone());
        }
    }

    fn destination_lacks(&self, path: &TreePath) -> bool {
        let parent = path.parent().unwrap_or_default();
        self.materials.destination.is_complete(&parent)
    }

    fn end(mut self) -> Plan {
        self.leave_extraneous(None);
        self.find_leftovers();
        self.limit_deletions();
        self.plan
    }
}
