//! Decides what to do with one file of the source.

use super::march::{Materials, each};
use super::rules::{Marker, Rules};
use super::value::Reason;
use crate::compare::{
    Comparison, Difference, JournalShifts, Known, Method, Same, ShiftCount, TimeQuality, Times,
    comparison,
};
use crate::error::Error;
use crate::node::Node;
use crate::record::{Record, State};
use crate::stamp::Precision;
use crate::tree::staged;

/// The basis of all decisions about files.
#[derive(Debug)]
pub(super) struct Basis {
    pub(super) comparison: Comparison,
    pub(super) shifts: JournalShifts,
}

impl Basis {
    /// Looks at everything once, to see what the times are good for.
    pub(super) fn new(materials: &Materials<'_>, rules: &Rules) -> Result<Self, Error> {
        let mut comparison = comparison(
            rules.method,
            materials.destination_traits.keeps_times,
            TimeQuality::of(&materials.source.nodes),
            TimeQuality::of(&materials.destination.nodes),
        );
        let [mut sides, mut sources, mut destinations] = [(); 3].map(|()| ShiftCount::default());
        each(materials, |place| {
            let version =
                |node: Option<&Node>| node.filter(|node| node.is_file()).map(|node| node.version);
            let source = version(place.source);
            let destination = version(place.destination);
            if let (Some(source), Some(destination)) = (&source, &destination) {
                sides.consider(source, destination);
            }
            if let Some(known) = place.record.as_ref().and_then(Record::known) {
                if let Some(source) = &source {
                    sources.consider(source, &known.source);
                }
                if let Some(destination) = &destination {
                    destinations.consider(destination, &known.destination);
                }
            }
        })?;
        if rules.method == Method::Hash && materials.digests.are_unavailable() {
            comparison.method = Method::SizeTime;
            let why = "the server offers no digests (HASH, XSHA256, XMD5, ...)";
            comparison.because = Some(match comparison.because.take() {
                Some(because) => format!("{why}, and {because}"),
                None => why.to_owned(),
            });
        }
        if comparison.times == Times::Equal {
            comparison.shifts = sides.common();
        }
        Ok(Self {
            comparison,
            shifts: JournalShifts {
                source: sources.common(),
                destination: destinations.common(),
            },
        })
    }
}

/// What to do with a file of the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    Marker,
    Unmarked,
    Filtered,
    /// Too little is known of it for the filter.
    Unjudged,
    Copied,
    Copy(Reason),
    Newer,
    /// Nothing shows whether the destination is newer.
    MaybeNewer,
    Immutable(Reason),
    Same(Same),
    /// The digests are to be compared.
    Unhashed,
}

/// Decides what to do with a file of the source.
pub(super) fn decide(
    materials: &Materials<'_>,
    rules: &Rules,
    basis: &Basis,
    source: &Node,
    destination: Option<&Node>,
    record: Option<&Record>,
) -> Decision {
    let marker = rules.marker.as_ref();
    if marker.is_some_and(|marker| marker.is_marker(source.path.name())) {
        return Decision::Marker;
    }
    let verdict = rules.filter.judge_version(&source.version, materials.now);
    // The marker of what was copied may be gone, because it goes first.
    let was_copied = record.is_some_and(|record| {
        may_be_copied(materials, rules, source, record)
            && is_told_apart(source, record)
            && is_same_source(source, Some(&record.versions()), basis)
    });
    match (verdict.is_taken(), was_copied) {
        (true, true) => return Decision::Copied,
        _ if marker.is_some_and(|marker| !has_marker(materials, marker, source)) => {
            return Decision::Unmarked;
        }
        (false, _) if verdict.is_open() => return Decision::Unjudged,
        (false, _) => return Decision::Filtered,
        (true, false) => {}
    }
    let known = record.and_then(Record::known);
    let Some(destination) = destination.filter(|node| node.is_file()) else {
        if !rules.lists_destination && is_same_source(source, known.as_ref(), basis) {
            return Decision::Same(Same::Journal);
        }
        return Decision::Copy(match (destination, rules.lists_destination) {
            (None, false) => Reason::NotInJournal,
            _ => Reason::Missing,
        });
    };
    let is_hashed = basis.comparison.method == Method::Hash
        && source.version.size.is_some()
        && source.version.size == destination.version.size;
    let decided = match materials.digests.of(&source.path).filter(|_| is_hashed) {
        Some(true) => Ok(Same::Contents),
        Some(false) => Err(Difference::Contents),
        None if is_hashed => return Decision::Unhashed,
        None => basis.comparison.decide(
            &source.version,
            &destination.version,
            known.as_ref(),
            &basis.shifts,
        ),
    };
    let reason: Reason = match decided {
        Ok(same) => return Decision::Same(same),
        Err(difference) => difference.into(),
    };
    let is_newer = destination.version.is_newer_than(&source.version);
    match () {
        () if rules.update && is_newer == Some(true) => Decision::Newer,
        () if rules.update && is_newer.is_none() => Decision::MaybeNewer,
        () if rules.immutable => Decision::Immutable(reason),
        () => Decision::Copy(reason),
    }
}

fn has_marker(materials: &Materials<'_>, marker: &Marker, file: &Node) -> bool {
    let name = marker.of(file.path.name());
    let at = file
        .path
        .parent()
        .and_then(|parent| parent.join(&name).ok());
    let found = at.and_then(|at| materials.source.node(&at));
    found.is_some_and(Node::is_file)
}

/// Whether the record may describe this source and a complete copy of it, so that only the removal
/// of the source is left.
pub(super) fn may_be_copied(
    materials: &Materials<'_>,
    rules: &Rules,
    source: &Node,
    record: &Record,
) -> bool {
    rules.moves
        && record.moves
        && record.source.size == source.version.size
        && (record.state == State::Verified || was_named(materials, record))
}

/// Whether a new file in the place of the one that was copied would show another time.
fn is_told_apart(source: &Node, record: &Record) -> bool {
    let (Some(now), Some(then)) = (source.version.modified, record.source.modified) else {
        return false;
    };
    now.precision.min(then.precision) >= Precision::Second || !record.is_too_close(&now)
}

/// Whether a copy that was about to get its name has got it: it is no longer at its temporary name.
/// Another program may have taken it since.
fn was_named(materials: &Materials<'_>, record: &Record) -> bool {
    if record.state != State::Fetched {
        return false;
    }
    let destination = materials.destination;
    let (Some(staged), Some(parent)) = (staged(&record.path), record.path.parent()) else {
        return false;
    };
    let has_directory =
        parent.is_root() || destination.node(&parent).is_some_and(Node::is_directory);
    destination.exists
        && has_directory
        && destination.is_complete(&parent)
        && !destination.parts.iter().any(|part| part.path == staged)
}

fn is_same_source(source: &Node, known: Option<&Known>, basis: &Basis) -> bool {
    let shifts = &basis.shifts.source;
    known.is_some_and(|known| {
        source.version.agrees(&known.source)
            || shifts
                .iter()
                .any(|&shift| source.version.agrees_shifted(&known.source, shift))
    })
}
