//! Decides what to do with one file of the source.

use super::march::{Materials, each};
use super::rules::Rules;
use super::value::Reason;
use crate::compare::{
    Comparison, JournalShifts, Known, Same, ShiftCount, TimeQuality, Times, comparison,
};
use crate::error::Error;
use crate::node::Node;
use crate::record::{Record, State};
use crate::stamp::Stamp;

/// What all decisions about files rest on.
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
    Copied,
    Copy(Reason),
    Newer,
    Immutable(Reason),
    Same(Same),
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
    if let Some(marker) = &rules.marker {
        if marker.is_marker(source.path.name()) {
            return Decision::Marker;
        }
        let marker = marker.of(source.path.name());
        let at = source
            .path
            .parent()
            .and_then(|parent| parent.join(&marker).ok());
        let is_there = at
            .and_then(|at| materials.source.node(&at))
            .is_some_and(Node::is_file);
        if !is_there {
            return Decision::Unmarked;
        }
    }
    if !rules
        .filter
        .judge_version(&source.version, materials.now)
        .is_taken()
    {
        return Decision::Filtered;
    }
    let known = record.and_then(Record::known);
    if let (true, Some(record)) = (rules.moves, record)
        && record.moves
        && record.state == State::Verified
        && is_same_source(source, known.as_ref(), basis)
    {
        return Decision::Copied;
    }
    let Some(destination) = destination.filter(|node| node.is_file()) else {
        if !rules.lists_destination && is_same_source(source, known.as_ref(), basis) {
            return Decision::Same(Same::Journal);
        }
        return Decision::Copy(match (destination, rules.lists_destination) {
            (None, false) => Reason::NotInJournal,
            _ => Reason::Missing,
        });
    };
    let decided = basis.comparison.decide(
        &source.version,
        &destination.version,
        known.as_ref(),
        &basis.shifts,
    );
    let reason: Reason = match decided {
        Ok(same) => return Decision::Same(same),
        Err(difference) => difference.into(),
    };
    match () {
        () if rules.update && is_newer(destination, source) => Decision::Newer,
        () if rules.immutable => Decision::Immutable(reason),
        () => Decision::Copy(reason),
    }
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

fn is_newer(destination: &Node, source: &Node) -> bool {
    let time = |node: &Node| node.version.modified;
    matches!((time(source), time(destination)), (Some(ours), Some(theirs))
        if Stamp::is_before(&ours, &theirs))
}
