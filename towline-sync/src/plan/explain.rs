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
        None => format!("{size} of an unknown time"),
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
        facts: Vec::new(),
    };
    let verdict = rules
        .filter
        .judge(path, source.map(|node| &node.version), materials.now);
    if !verdict.is_taken() && explanation.step.is_none() {
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
            let (about, what) = conclusion(&decision, step, is_late, rules.moves);
            explanation.add(about, what);
        }
        None => {
            let what = without_source(materials, rules, plan, source, destination, step);
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

fn conclusion(
    decision: &Decision,
    step: Option<Step>,
    is_late: bool,
    moves: bool,
) -> (&'static str, String) {
    let decided = |what: &str| ("decision", what.to_owned());
    match (decision, step) {
        (Decision::Marker, _) => ("marker", "it is a marker, and never copied".to_owned()),
        (Decision::Unmarked, _) => (
            "marker",
            "it is not copied, because its marker is not there".to_owned(),
        ),
        (Decision::Filtered | Decision::Unjudged, _) => {
            ("filter", "it is left alone on both sides".to_owned())
        }
        (_, Some(Step::RemoveSource)) => decided("it has been copied, and the source is removed"),
        (Decision::Same(_), Some(_)) => decided(
            "it is copied again, because nothing shows that the copy is the same, and the source \
             is to be removed",
        ),
        (_, Some(_)) if is_late => decided(
            "it is copied once what is in its way is deleted, after everything else was copied",
        ),
        (Decision::Copy(_), None) => {
            decided("it is not copied, because its directory cannot be created")
        }
        (Decision::Copy(reason), Some(_)) => {
            ("decision", format!("it is copied, because {reason}"))
        }
        (Decision::Newer, _) => decided("it is not copied, because the destination is newer"),
        (Decision::MaybeNewer, _) => {
            decided("it is not copied, because nothing shows whether the destination is newer")
        }
        (Decision::Immutable(reason), _) => {
            let what =
                format!("it has changed ({reason}), which is an error, because files must not");
            ("decision", what)
        }
        (Decision::Copied | Decision::Unhashed, _) => decided("nothing is done with it"),
        (Decision::Same(same), None) => {
            let why = match same {
                Same::SizeAndTime => "size and time agree",
                Same::NotOlder => "the sizes agree, and the copy is not older",
                Same::Size => "the sizes agree",
                Same::Contents => "the digests agree",
                Same::Exists => "it exists",
                Same::Journal => "neither side has changed since it was copied",
            };
            let source = match moves {
                true => "; its source stays, because nothing shows that the copy is the same",
                false => "",
            };
            (
                "decision",
                format!("it is not copied, because {why}{source}"),
            )
        }
    }
}

fn without_source(
    materials: &Materials<'_>,
    rules: &Rules,
    plan: &Plan,
    source: Option<&Node>,
    destination: Option<&Node>,
    step: Option<Step>,
) -> String {
    let is_complete = |node: &Node| {
        let parent = node.path.parent().unwrap_or_default();
        materials.source.is_complete(&parent)
    };
    let what = match (source, destination) {
        _ if matches!(step, Some(Step::Delete | Step::DeleteDirectory)) => {
            "it is deleted at the destination"
        }
        (Some(node), _) if node.is_directory() => "a directory is only created for its files",
        (Some(_), _) => "only files are copied; links are not followed",
        (None, None) => "there is nothing to do",
        (None, Some(_)) if rules.delete.is_none() => {
            "it stays at the destination, because nothing is to be deleted"
        }
        (None, Some(_)) if plan.too_many_deletions.is_some() => {
            "it stays at the destination, because more would be deleted than may be"
        }
        (None, Some(_)) if plan.withheld_deletions.is_some() => {
            "it stays at the destination, because not everything can be copied"
        }
        (None, Some(node)) if !is_complete(node) => {
            "it stays at the destination, because the source is not known to lack it"
        }
        (None, Some(_)) => {
            "it stays at the destination, because it is left alone, or something in it is"
        }
    };
    what.to_owned()
}
