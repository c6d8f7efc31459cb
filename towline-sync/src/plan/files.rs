//! Plans what happens to the files of the source.

use super::decide::{Decision, decide, may_be_copied};
use super::draft::Draft;
use super::value::{Action, Adopted, ProblemKind, Reason, Step, Unsure};
use super::withhold::IN_THE_WAY;
use crate::compare::{Method, Same};
use crate::node::{Node, Version};
use crate::record::{Record, State};
use crate::stamp::{ClockFace, Precision};
use crate::tree::TreeTraits;

impl Draft<'_, '_> {
    pub(super) fn file(
        &mut self,
        source: &Node,
        destination: Option<&Node>,
        record: Option<Record>,
    ) {
        let decision = decide(
            self.materials,
            self.rules,
            &self.basis,
            source,
            destination,
            record.as_ref(),
        );
        let is_open = matches!(decision, Decision::Unmarked | Decision::Copy(_));
        if is_open
            && record
                .as_ref()
                .is_some_and(|record| may_be_copied(self.materials, self.rules, source, record))
        {
            // The exact time may show that only the removal of the source is left.
            self.doubt_times(source, None);
        }
        let counts = &mut self.plan.counts;
        match decision {
            Decision::Marker => counts.markers += 1,
            Decision::Unmarked => counts.unmarked += 1,
            Decision::Filtered => counts.filtered += 1,
            Decision::Unjudged => {
                counts.unjudged += 1;
                self.doubt_times(source, None);
            }
            Decision::Newer => counts.newer += 1,
            Decision::MaybeNewer => {
                counts.maybe_newer += 1;
                self.doubt_times(source, destination);
            }
            Decision::Copied => self.push(Step::RemoveSource, source, destination, Reason::Copied),
            Decision::Same(same) => {
                counts.unchanged += 1;
                self.same(source, destination, record.as_ref(), same);
            }
            Decision::Immutable(reason) => {
                let what = format!("it has changed ({reason}), although it must not");
                self.problem(&source.path, ProblemKind::Immutable, what);
            }
            Decision::Copy(reason) => self.copy(source, destination, reason),
            Decision::Unhashed => self.plan.unhashed.push(source.path.clone()),
        }
    }

    fn copy(&mut self, source: &Node, destination: Option<&Node>, reason: Reason) {
        if self.directories.is_blocked() {
            return;
        }
        if let Some(destination) = destination.filter(|destination| !destination.is_file()) {
            return self.copy_over(source, destination);
        }
        if destination.is_none() && !self.admits(&source.path) {
            return;
        }
        if reason == Reason::Time {
            self.doubt_times(source, destination);
        }
        self.count_copy(Some(&source.version));
        self.directories.create(&mut self.plan);
        let step = match destination {
            Some(_) => Step::Replace,
            None => Step::Copy,
        };
        self.push(step, source, destination, reason);
    }

    /// Copies a file to where the destination has something other than a file, which is deleted
    /// first.
    fn copy_over(&mut self, source: &Node, destination: &Node) {
        let copy = Action {
            step: Step::Copy,
            path: source.path.clone(),
            reason: Reason::Missing,
            source: Some(source.version),
            destination: None,
            clashes: self.clashes.has(&source.path),
            meets: self.clashes.meets(&source.path),
        };
        if destination.is_directory() && self.rules.delete.is_some() {
            // What is in the directory decides.
            self.awaited = Some(copy);
        } else if self.may_clear(destination) {
            self.delete(destination, Reason::InTheWay);
            self.count_copy(Some(&source.version));
            self.plan.late.push(copy);
        } else {
            self.problem(&source.path, ProblemKind::InTheWay, IN_THE_WAY);
        }
    }

    pub(super) fn count_copy(&mut self, source: Option<&Version>) {
        let size = source.and_then(|source| source.size);
        self.plan.counts.copies += 1;
        self.plan.counts.bytes += size.unwrap_or(0);
    }
    /// Coarse times that differ may turn out to be equal once the side is asked for the exact ones.
    fn doubt_times(&mut self, source: &Node, destination: Option<&Node>) {
        self.doubt(source, destination, false);
    }

    /// Equal times may differ within the minute if one of them is coarse. The journal would know
    /// the exact version, but has no record.
    fn doubt_equal_times(&mut self, source: &Node, destination: Option<&Node>) {
        self.doubt(source, destination, true);
    }

    fn doubt(&mut self, source: &Node, destination: Option<&Node>, is_equal: bool) {
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
            is_equal,
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
        } else if record.is_none() && may_hide_change(same, &source.version, &version) {
            self.doubt_equal_times(source, destination);
        }
        let is_proved = self.is_proved(source, &version, record, same);
        let is_moved = self.rules.moves && is_proved;
        let is_noted = record.is_some_and(|record| {
            let has_copy = match is_moved {
                true => record.moves && record.state == State::Verified,
                false => record.state.has_name(),
            };
            has_copy && record.source.agrees(&source.version) && record.destination.agrees(&version)
        });
        let is_noted = is_noted && !is_too_close;
        // What was compared less closely is not worth noting.
        let is_close =
            matches!(self.rules.method, Method::SizeTime | Method::Hash) && version.size.is_some();
        // No move has copied the file yet, a killed one may have, or one has copied a file that no
        // time tells from this one.
        let is_open = match record {
            Some(record) if record.moves => {
                let may_be_older =
                    record.state == State::Verified && self.rules.method != Method::Exists;
                // The look at that copy was refused, and this one shows its size.
                let may_be_verified = record.state == State::Published && is_close;
                (!record.state.has_name() || may_be_older || may_be_verified)
                    && record.source.agrees(&source.version)
            }
            _ => is_close,
        };
        if self.rules.moves && !is_proved && is_open {
            self.doubt_times(source, destination);
            self.plan.counts.unchanged -= 1;
            return self.copy(source, destination, Reason::Unproved);
        }
        if !is_noted && is_close {
            self.plan.adopted.push(Adopted {
                path: source.path.clone(),
                source: source.version,
                destination: version,
                is_verified: is_moved,
                moves: is_moved || self.rules.moves && record.is_some_and(|record| record.moves),
            });
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

    /// Whether the source was copied so soon after its listed change that it may have changed
    /// again.
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

    /// Whether the copy is known to be this source's, so that the source may go. Equal size and
    /// time prove that only of a file that a mirror was moving: anything else may have the same
    /// time.
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
        if same == Same::Contents {
            return true;
        }
        let Some(record) = record else {
            return false;
        };
        let was_moving = !record.state.has_name()
            && record.moves
            && record.source.agrees(&source.version)
            && is_exact(&source.version)
            && is_exact(destination)
            && source.version.agrees(destination);
        match same {
            // Without a time that tells it from another one, the file may be a new one.
            Same::Journal => {
                record.state == State::Verified
                    && source.version.modified.is_some()
                    && !self.is_too_close(source, Some(record))
            }
            Same::SizeAndTime => was_moving,
            _ => false,
        }
    }
}

/// Whether a change of the source after its copy may not show, because a time is exact only to the
/// minute or the day.
fn may_hide_change(same: Same, source: &Version, destination: &Version) -> bool {
    match (same, source.modified, destination.modified) {
        (Same::SizeAndTime, ..) => true,
        (Same::NotOlder, Some(ours), Some(theirs)) => ours.agrees(&theirs, 0),
        _ => false,
    }
}
