//! Explains what happens to one file, and why.

use std::fmt;

use serde::Serialize;

use super::decide::{Basis, Decision, decide};
use super::march::Materials;
use super::rules::Rules;
use super::value::{Plan, ProblemKind, Step};
use crate::compare::Same;
use crate::error::Error;
use crate::node::{Node, Version};
use crate::path::TreePath;
use crate::record::{Record, State};

/// What happens to one file, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The file.
    pub path: TreePath,
    /// What a run would do with it; `None` if nothing.
    pub step: Option<Step>,
    /// Why, as a code in snake case that later versions keep: that of a [`Reason`](super::Reason),
    /// or one of those for files with which nothing is done.
    pub reason: &'static str,
    /// The facts and reasons, in the order in which they are considered.
    pub facts: Vec<Fact>,
}

/// One fact or reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fact {
    /// What it is about: `source`, `destination`, `filter`, `marker`, `journal`, `comparison`,
    /// `decision` or `stable`.
    pub about: &'static str,
    /// It in words, as a sentence without a full stop.
    pub what: String,
}

impl Explanation {
    pub(crate) fn add(&mut self, about: &'static str, what: impl Into<String>) {
        let what = what.into();
        self.facts.push(Fact { about, what });
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.path)?;
        for (index, fact) in self.facts.iter().enumerate() {
            let space = if index == 0 { "" } else { " " };
            let mut letters = fact.what.chars();
            let first = letters.next().map(char::to_uppercase);
            let first: String = first.into_iter().flatten().collect();
            write!(f, "{space}{first}{}.", letters.as_str())?;
        }
        Ok(())
    }
}

fn describe(side: &str, node: Option<&Node>) -> String {
    match node {
        None => format!("the {side} does not have it"),
        Some(node) if node.is_directory() => format!("the {side} has a directory of that name"),
        Some(node) if node.is_file() => format!("the {side} has {}", version(&node.version)),
        Some(_) => format!("the {side} has a link or something else of that name"),
    }
}

fn version(version: &Version) -> String {
    let size = match version.size {
        Some(1) => "1 byte".to_owned(),
        Some(size) => format!("{size} bytes"),
        None => "an unknown number of bytes".to_owned(),
    };
    match version.modified {
        Some(modified) => format!("{size} of {modified}"),
        None => format!("{size}, of unknown time"),
    }
}

/// Explains what `plan` does with the file at `path`, and why.
///
/// # Errors
///
/// [`Error::Journal`] if the journal cannot be read.
pub(crate) fn explain(
    materials: &Materials<'_>,
    rules: &Rules,
    record: Option<&Record>,
    plan: &Plan,
    path: &TreePath,
) -> Result<Explanation, Error> {
    let source = materials.source.node(path);
    let destination = materials.destination.node(path);
    let mut explanation = Explanation {
        path: path.clone(),
        step: plan
            .all()
            .find(|action| action.path == *path)
            .map(|action| action.step),
        reason: "filtered",
        facts: Vec::new(),
    };
    let verdict = rules
        .filter
        .judge(path, source.map(|node| &node.version), materials.now);
    if !verdict.is_taken() && explanation.step.is_none() {
        if verdict.is_open() {
            explanation.reason = "unjudged";
        }
        explanation.add("filter", verdict.to_string());
        explanation.add("decision", "it is left alone on both sides");
        return Ok(explanation);
    }
    explanation.add("source", describe("source", source));
    explanation.add("destination", describe("destination", destination));
    if !rules.filter.is_empty() {
        explanation.add("filter", verdict.to_string());
    }
    for (side, snapshot) in [
        ("source", materials.source),
        ("destination", materials.destination),
    ] {
        let parent = path.parent().unwrap_or_default();
        if !snapshot.is_complete(&parent) {
            let what = format!("the {side} may have more than its listing shows");
            explanation.add(side, what);
        }
    }
    explanation.add("journal", journal(record));
    let step = explanation.step;
    let mut problems = plan.problems.iter().filter(|problem| {
        let is_of_listing = matches!(
            problem.kind,
            ProblemKind::SourceIncomplete | ProblemKind::DestinationIncomplete
        );
        problem.path == *path && !is_of_listing
    });
    if let Some(problem) = problems.next() {
        explanation.reason = problem.kind.name();
        explanation.add("decision", format!("it is not copied: {}", problem.what));
        return Ok(explanation);
    }
    match source.filter(|node| node.is_file()) {
        Some(source) => {
            let basis = Basis::new(materials, rules)?;
            let decision = decide(materials, rules, &basis, source, destination, record);
            if !matches!(decision, Decision::Marker | Decision::Unmarked) {
                explanation.add("comparison", basis.comparison.to_string());
            }
            let is_late = plan.late.iter().any(|action| action.path == *path);
            let (reason, about, what) = conclusion(&decision, step, is_late, rules.moves);
            explanation.reason = reason;
            explanation.add(about, what);
        }
        None => {
            let (reason, what) = without_source(materials, rules, plan, source, destination, step);
            explanation.reason = reason;
            explanation.add("decision", what);
        }
    }
    Ok(explanation)
}

fn journal(record: Option<&Record>) -> String {
    let Some(record) = record else {
        return "the journal has nothing about it".to_owned();
    };
    let source = version(&record.source);
    match record.state {
        State::Claimed => format!("a run that ended early was copying {source}"),
        State::Fetched => {
            format!("a run that ended early had a copy of {source} that may have got its name")
        }
        State::Published => format!("the journal has a complete copy of {source}"),
        State::Verified => format!("the journal has a verified copy of {source}"),
    }
}

/// The code, the topic and the words.
fn conclusion(
    decision: &Decision,
    step: Option<Step>,
    is_late: bool,
    moves: bool,
) -> (&'static str, &'static str, String) {
    let decided = |reason, what: &str| (reason, "decision", what.to_owned());
    match (decision, step) {
        (Decision::Marker, _) => {
            let what = "it is a marker, and never copied".to_owned();
            ("marker", "marker", what)
        }
        (Decision::Unmarked, _) => {
            let what = "it is not copied, because its marker is not there".to_owned();
            ("unmarked", "marker", what)
        }
        (Decision::Filtered, _) => {
            let what = "it is left alone on both sides".to_owned();
            ("filtered", "filter", what)
        }
        (Decision::Unjudged, _) => {
            let what = "it is left alone on both sides".to_owned();
            ("unjudged", "filter", what)
        }
        (_, Some(Step::RemoveSource)) => {
            decided("copied", "it has been copied, and the source is removed")
        }
        (Decision::Same(_), Some(_)) => decided(
            "unproved",
            "it is copied again, because nothing shows that the copy is the same, and the source \
             is to be removed",
        ),
        (_, Some(_)) if is_late => decided(
            match decision {
                Decision::Copy(reason) => reason.name(),
                _ => "in_the_way",
            },
            "it is copied once what is in its way is deleted, after everything else was copied",
        ),
        (Decision::Copy(_), None) => decided(
            "no_directory",
            "it is not copied, because its directory cannot be created",
        ),
        (Decision::Copy(reason), Some(_)) => {
            decided(reason.name(), &format!("it is copied, because {reason}"))
        }
        (Decision::Newer, _) => decided(
            "newer",
            "it is not copied, because the destination is newer",
        ),
        (Decision::MaybeNewer, _) => decided(
            "maybe_newer",
            "it is not copied, because nothing shows whether the destination is newer",
        ),
        (Decision::Immutable(reason), _) => decided(
            "immutable",
            &format!("it has changed ({reason}), which is an error, because files must not change"),
        ),
        (Decision::Copied, _) => decided("copied", "nothing is done with it"),
        (Decision::Unhashed, _) => decided("unhashed", "nothing is done with it"),
        (Decision::Same(same), None) => {
            let (reason, why) = match same {
                Same::SizeAndTime => ("same_size_time", "size and time agree"),
                Same::NotOlder => (
                    "same_size_not_older",
                    "the sizes agree, and the copy is not older",
                ),
                Same::Size => ("same_size", "the sizes agree"),
                Same::Contents => ("same_contents", "the digests agree"),
                Same::Exists => ("exists", "it exists"),
                Same::Journal => (
                    "unchanged_since_copy",
                    "neither side has changed since it was copied",
                ),
            };
            let source = match moves {
                true => "; its source stays, because nothing shows that the copy is the same",
                false => "",
            };
            decided(reason, &format!("it is not copied, because {why}{source}"))
        }
    }
}

/// The code and the words for something that is no file of the source.
fn without_source(
    materials: &Materials<'_>,
    rules: &Rules,
    plan: &Plan,
    source: Option<&Node>,
    destination: Option<&Node>,
    step: Option<Step>,
) -> (&'static str, &'static str) {
    let is_complete = |node: &Node| {
        let parent = node.path.parent().unwrap_or_default();
        materials.source.is_complete(&parent)
    };
    match (source, destination) {
        _ if matches!(step, Some(Step::Delete | Step::DeleteDirectory)) => match source {
            Some(_) => ("in_the_way", "it is deleted at the destination"),
            None => ("extraneous", "it is deleted at the destination"),
        },
        (Some(node), _) if node.is_directory() => {
            ("directory", "a directory is only created for its files")
        }
        (Some(_), _) => (
            "not_a_file",
            "only files are copied; links are not followed",
        ),
        (None, None) => ("nowhere", "there is nothing to do"),
        (None, Some(_)) if rules.delete.is_none() => (
            "not_deleting",
            "it stays at the destination, because nothing is to be deleted",
        ),
        (None, Some(_)) if plan.too_many_deletions.is_some() => (
            "too_many_deletions",
            "it stays at the destination, because more would be deleted than may be",
        ),
        (None, Some(_)) if plan.withheld_deletions.is_some() => (
            "deletions_withheld",
            "it stays at the destination, because not everything can be copied",
        ),
        (None, Some(node)) if !is_complete(node) => (
            "source_incomplete",
            "it stays at the destination, because the source is not known to lack it",
        ),
        (None, Some(_)) => (
            "left_alone",
            "it stays at the destination, because it is left alone, or something in it is",
        ),
    }
}
