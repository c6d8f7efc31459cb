//! Makes a plan from two snapshots and a journal. Pure: no server, no clock, no disk.

use super::clash::Clashes;
use super::decide::{Basis, Decision, decide};
use super::directories::{Extraneous, SourceDirectories, SourceState};
use super::march::{Materials, Place, each};
use super::rules::{MaxDelete, Rules};
use super::value::{
    Action, Leftover, Plan, Problem, ProblemKind, Reason, Step, TooManyDeletions, Unsure,
};
use crate::compare::{Method, Same};
use crate::error::Error;
use crate::node::{Node, NodeKind, Version};
use crate::path::TreePath;
use crate::record::{Record, State};
use crate::stamp::{ClockFace, Precision};
use crate::tree::{TreeTraits, stem_of_part};

/// Makes a plan.
///
/// # Errors
///
/// If the journal cannot be read.
pub fn make(materials: &Materials<'_>, rules: &Rules) -> Result<Plan, Error> {
    let basis = Basis::new(materials, rules)?;
    let mut maker = Maker {
        materials,
        rules,
        clashes: Clashes::among(&materials.source.nodes),
        plan: Plan::empty(basis.comparison.clone()),
        basis,
        directories: SourceDirectories::default(),
        extraneous: Extraneous::default(),
        claimed: Vec::new(),
    };
    maker.begin();
    each(materials, |place| maker.place(place))?;
    Ok(maker.end())
}

struct Maker<'m, 'd> {
    materials: &'m Materials<'d>,
    rules: &'m Rules,
    basis: Basis,
    clashes: Clashes,
    plan: Plan,
    directories: SourceDirectories,
    extraneous: Extraneous,
    /// Files that an earlier run was copying when it ended.
    claimed: Vec<TreePath>,
}

impl Maker<'_, '_> {
    fn begin(&mut self) {
        let Materials {
            source,
            destination,
            ..
        } = self.materials;
        let sides = [
            (source, ProblemKind::SourceDoubt, "the source: "),
            (
                destination,
                ProblemKind::DestinationDoubt,
                "the destination: ",
            ),
        ];
        for (snapshot, kind, side) in sides {
            for (path, doubt) in snapshot.doubts() {
                self.problem(path, kind, format!("{side}{doubt}"));
            }
        }
        self.plan.counts.filtered = source.excluded;
        self.plan.counts.parts = u64::try_from(source.parts.len()).unwrap_or(u64::MAX);
        let state = match destination.exists || !self.rules.lists_destination {
            true => SourceState::Exists,
            false => SourceState::Missing,
        };
        self.directories.enter(TreePath::root(), state, false);
    }

    fn place(&mut self, place: Place<'_>) {
        if let Some(record) = &place.record
            && record.state == State::Claimed
        {
            self.claimed.push(record.path.clone());
        }
        self.directories.leave_for(place.path);
        self.leave_extraneous(Some(place.path));
        match (place.source, place.destination) {
            (Some(source), destination) => match source.kind {
                NodeKind::Directory => self.directory(source, destination),
                NodeKind::File => self.file(source, destination, place.record),
                NodeKind::Link | NodeKind::Other => self.plan.counts.special += 1,
            },
            (None, Some(destination)) => self.only_at_destination(destination),
            (None, None) => self.gone(place.path),
        }
        // A directory of the destination where the source has something else.
        if let (Some(source), Some(destination)) = (place.source, place.destination)
            && destination.is_directory()
            && !source.is_directory()
        {
            self.enter_extraneous(destination);
        }
    }

    fn directory(&mut self, source: &Node, destination: Option<&Node>) {
        let clashes = self.clashes.has(&source.path);
        let state = match destination {
            Some(destination) if destination.is_directory() => SourceState::Exists,
            Some(destination) if self.may_clear(destination) => {
                self.delete(destination, Reason::InTheWay);
                SourceState::Missing
            }
            Some(_) => {
                let what = "the destination has something else of that name".to_owned();
                self.problem(&source.path, ProblemKind::InTheWay, what);
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

    /// Whether a file at the destination may make room for a directory of the source.
    fn may_clear(&self, destination: &Node) -> bool {
        let parent = destination.path.parent().unwrap_or_default();
        self.rules.delete.is_some()
            && matches!(destination.kind, NodeKind::File | NodeKind::Link)
            && self.materials.source.is_complete(&parent)
    }

    fn file(&mut self, source: &Node, destination: Option<&Node>, record: Option<Record>) {
        let decision = decide(
            self.materials,
            self.rules,
            &self.basis,
            source,
            destination,
            record.as_ref(),
        );
        let counts = &mut self.plan.counts;
        match decision {
            Decision::Marker | Decision::Unmarked => counts.unmarked += 1,
            Decision::Filtered => counts.filtered += 1,
            Decision::Newer => counts.newer += 1,
            Decision::Copied => self.push(Step::RemoveSource, source, destination, Reason::Copied),
            Decision::Same(same) => {
                counts.unchanged += 1;
                self.same(source, destination, record.as_ref(), same);
            }
            Decision::Immutable(reason) => {
                let what = format!("it has changed ({reason}), and was not to");
                self.problem(&source.path, ProblemKind::Immutable, what);
            }
            Decision::Copy(reason) => self.copy(source, destination, reason),
        }
    }

    fn copy(&mut self, source: &Node, destination: Option<&Node>, reason: Reason) {
        if self.directories.is_blocked() {
            return;
        }
        if destination.is_some_and(|destination| !destination.is_file()) {
            let what = "the destination has something else of that name".to_owned();
            return self.problem(&source.path, ProblemKind::InTheWay, what);
        }
        if destination.is_none() && !self.admits(&source.path) {
            return;
        }
        if reason == Reason::Time {
            self.doubt_times(source, destination);
        }
        self.plan.counts.copies += 1;
        self.plan.counts.bytes += source.version.size.unwrap_or(0);
        self.directories.create(&mut self.plan);
        let step = match destination {
            Some(_) => Step::Replace,
            None => Step::Copy,
        };
        self.push(step, source, destination, reason);
    }

    /// A coarse time that differs may be exact, and the same, where the side is asked for it.
    fn doubt_times(&mut self, source: &Node, destination: Option<&Node>) {
        let is_coarse = |version: &Version, traits: &TreeTraits| {
            let coarse = version.modified.is_some_and(|modified| {
                modified.precision < Precision::Second || modified.clock == ClockFace::Server
            });
            coarse && traits.has_exact_times
        };
        let unsure = Unsure {
            source: is_coarse(&source.version, self.materials.source_traits),
            destination: destination.is_some_and(|destination| {
                is_coarse(&destination.version, self.materials.destination_traits)
            }),
            path: source.path.clone(),
        };
        if unsure.source || unsure.destination {
            self.plan.unsure.push(unsure);
        }
    }

    fn same(
        &mut self,
        source: &Node,
        destination: Option<&Node>,
        record: Option<&Record>,
        same: Same,
    ) {
        let version = destination
            .map(|destination| destination.version)
            .unwrap_or_default();
        let is_too_close = self.is_too_close(source, record);
        if is_too_close {
            self.doubt_times(source, destination);
        }
        let is_noted = record.is_some_and(|record| {
            record.state > State::Claimed
                && record.source.agrees(&source.version)
                && record.destination.agrees(&version)
        });
        let is_noted = is_noted && !is_too_close;
        // What was compared less closely is not worth noting.
        let is_close = self.rules.method == Method::SizeTime && version.size.is_some();
        let is_proved = self.is_proved(source, &version, record, same);
        // Either nobody has copied it yet, or the run that was killed may have.
        let is_open = match record {
            Some(record) => {
                record.state == State::Claimed
                    && record.moves
                    && record.source.agrees(&source.version)
            }
            None => is_close,
        };
        if self.rules.moves && !is_proved && is_open {
            self.doubt_times(source, destination);
            self.plan.counts.unchanged -= 1;
            return self.copy(source, destination, Reason::Unproved);
        }
        if !is_noted && is_close {
            self.plan
                .adopted
                .push((source.path.clone(), source.version, version));
        }
        match (self.rules.moves, is_proved) {
            (false, _) => {}
            (true, true) => self.push(Step::RemoveSource, source, destination, Reason::Copied),
            (true, false) => {
                self.doubt_times(source, destination);
                self.plan.counts.unproved += 1;
            }
        }
    }

    /// Whether the source was copied so soon after its listed change that it may have changed again.
    fn is_too_close(&self, source: &Node, record: Option<&Record>) -> bool {
        let Some(modified) = source.version.modified else {
            return false;
        };
        let was_coarse = record.is_some_and(|record| {
            let then = record.source.modified;
            then.is_some_and(|then| then.precision < Precision::Second)
        });
        let is_coarse = !self.materials.source_traits.lists_exact_times;
        (is_coarse || was_coarse) && record.is_some_and(|record| record.is_too_close(&modified))
    }

    /// Whether the copy is known to be this source's, so that the source may go. Equal size and time
    /// prove that only of a file that a mirror was moving: anything else may have the same time.
    fn is_proved(
        &self,
        source: &Node,
        destination: &Version,
        record: Option<&Record>,
        same: Same,
    ) -> bool {
        let is_exact = |version: &Version| {
            version
                .modified
                .is_some_and(|modified| modified.precision >= Precision::Second)
        };
        let Some(record) = record else {
            return false;
        };
        let was_moving = record.state == State::Claimed
            && record.moves
            && record.source.agrees(&source.version)
            && is_exact(&source.version)
            && is_exact(destination)
            && source.version.agrees(destination);
        match same {
            Same::Journal => record.state == State::Verified,
            Same::SizeAndTime => was_moving,
            _ => false,
        }
    }

    fn only_at_destination(&mut self, destination: &Node) {
        if destination.is_directory() {
            self.enter_extraneous(destination);
        } else if self.may_delete(destination) {
            self.delete(destination, Reason::Extraneous);
        } else {
            self.extraneous.keep();
        }
    }

    fn enter_extraneous(&mut self, destination: &Node) {
        let path = &destination.path;
        let snapshot = self.materials.destination;
        let stays = !self.may_delete(destination)
            || snapshot.holds_more.contains(path)
            || !snapshot.is_complete(path);
        self.extraneous.enter(path.clone(), stays);
    }

    /// Whether the source is known not to have what the destination has.
    fn may_delete(&self, destination: &Node) -> bool {
        let Materials { source, now, .. } = self.materials;
        let parent = destination.path.parent().unwrap_or_default();
        let is_wanted = match destination.kind {
            NodeKind::File => {
                let filter = &self.rules.filter;
                filter.judge_version(&destination.version, *now).is_taken()
            }
            NodeKind::Directory | NodeKind::Link => true,
            NodeKind::Other => false,
        };
        self.rules.delete.is_some() && source.exists && is_wanted && source.is_complete(&parent)
    }

    fn delete(&mut self, destination: &Node, reason: Reason) {
        self.plan.counts.deletions += 1;
        self.rely_on(&destination.path);
        let action = Action {
            step: Step::Delete,
            path: destination.path.clone(),
            reason,
            source: None,
            destination: Some(destination.version),
            clashes: false,
        };
        match reason {
            // Before the directory can be created.
            Reason::InTheWay => self.plan.actions.push(action),
            _ => self.plan.deletions.push(action),
        }
    }

    /// Notes the directory of the source whose listing shows that `path` is not there.
    fn rely_on(&mut self, path: &TreePath) {
        let source = self.materials.source;
        let is_directory =
            |at: &TreePath| at.is_root() || source.node(at).is_some_and(Node::is_directory);
        let mut at = path.parent();
        while let Some(directory) = at {
            if is_directory(&directory) {
                self.plan.relied_on.insert(directory);
                return;
            }
            at = directory.parent();
        }
    }

    fn leave_extraneous(&mut self, path: Option<&TreePath>) {
        let mut removed = Vec::new();
        self.extraneous
            .leave_for(path, |directory| removed.push(directory));
        for path in removed {
            self.rely_on(&path);
            self.plan.deletions.push(Action {
                step: Step::DeleteDirectory,
                path,
                reason: Reason::Extraneous,
                source: None,
                destination: None,
                clashes: false,
            });
        }
    }

    /// Neither side has it any more.
    fn gone(&mut self, path: &TreePath) {
        let parent = path.parent().unwrap_or_default();
        let Materials {
            source,
            destination,
            ..
        } = self.materials;
        if source.exists && source.is_complete(&parent) && destination.is_complete(&parent) {
            self.plan.forgotten.push(path.clone());
        }
    }

    fn end(mut self) -> Plan {
        self.leave_extraneous(None);
        self.find_leftovers();
        if let Some(most) = self.rules.delete {
            let allowed = self.allowed_deletions(most);
            if self.plan.counts.deletions > allowed {
                self.plan.too_many_deletions = Some(TooManyDeletions {
                    files: self.plan.counts.deletions,
                    allowed,
                });
                self.refuse_deletions();
            }
        }
        self.plan
    }

    /// Returns how many files may be deleted. A source without any file is more often a disk that is
    /// not mounted than a wish, so the default allows nothing then.
    fn allowed_deletions(&self, most: MaxDelete) -> u64 {
        let Materials {
            source,
            destination,
            ..
        } = self.materials;
        if most == MaxDelete::Default && !source.nodes.iter().any(Node::is_file) {
            return 0;
        }
        let files = destination.nodes.iter().filter(|node| !node.is_directory());
        most.of(u64::try_from(files.count()).unwrap_or(u64::MAX))
    }

    /// Finds the parts of files that an earlier run was copying when it ended. Other parts belong to
    /// other transfers, which may be going on.
    fn find_leftovers(&mut self) {
        let destination = self.materials.destination;
        for part in &destination.parts {
            let Some(stem) = stem_of_part(part.path.name()) else {
                continue;
            };
            let parent = part.path.parent();
            let mut claimed = self.claimed.iter();
            let file = claimed.find(|file| file.parent() == parent && stem.is_of(file.name()));
            if let Some(file) = file
                && part.is_file()
            {
                self.plan.leftovers.push(Leftover {
                    part: part.path.clone(),
                    file: file.clone(),
                    // It may be all that is left of the old file.
                    is_needed: stem.is_backup && destination.node(file).is_none(),
                });
            }
        }
    }

    fn refuse_deletions(&mut self) {
        let plan = &mut self.plan;
        plan.counts.deletions = 0;
        plan.deletions.clear();
        plan.relied_on.clear();
        let cleared = plan
            .actions
            .iter()
            .filter(|action| action.step == Step::Delete);
        let cleared: Vec<_> = cleared.map(|action| action.path.clone()).collect();
        if cleared.is_empty() {
            return;
        }
        let is_in_the_way = |path: &TreePath| {
            cleared
                .iter()
                .any(|cleared| path == cleared || path.is_below(cleared))
        };
        plan.actions.retain(|action| !is_in_the_way(&action.path));
        for path in cleared {
            let what = "the destination has something else of that name".to_owned();
            let kind = ProblemKind::InTheWay;
            plan.problems.push(Problem { path, kind, what });
        }
        let is_copy = |action: &&Action| matches!(action.step, Step::Copy | Step::Replace);
        let copies = || plan.actions.iter().filter(is_copy);
        let sizes = copies().filter_map(|action| action.source?.size);
        plan.counts.bytes = sizes.sum();
        plan.counts.copies = u64::try_from(copies().count()).unwrap_or(u64::MAX);
    }

    fn admits(&mut self, path: &TreePath) -> bool {
        match (self.materials.admits)(path.name()) {
            Ok(()) => true,
            Err(problem) => {
                self.problem(path, ProblemKind::Name, problem.to_string());
                false
            }
        }
    }

    fn problem(&mut self, path: &TreePath, kind: ProblemKind, what: String) {
        self.plan.problems.push(Problem {
            path: path.clone(),
            kind,
            what,
        });
    }

    fn push(&mut self, step: Step, source: &Node, destination: Option<&Node>, reason: Reason) {
        self.plan.actions.push(Action {
            step,
            path: source.path.clone(),
            reason,
            source: Some(source.version),
            destination: destination.map(|destination| destination.version),
            clashes: self.clashes.has(&source.path),
        });
    }
}
