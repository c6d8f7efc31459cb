//! Explains what happens to one file, and why.

use std::fmt;

use serde::Serialize;

use super::decide::{Basis, Decision, decide};
use super::march::Materials;
use super::rules::Rules;
use super::value::Step;
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

/// Explains what a run would do with the file at `path`, and why.
///
/// # Errors
///
/// If the journal cannot be read.
pub(crate) fn explain(
    materials: &Materials<'_>,
    rules: &Rules,
    record: Option<&Record>,
    path: &TreePath,
) -> Result<Explanation, Error> {
    let source = materials.source.node(path);
    let destination = materials.destination.node(path);
    let mut facts = Vec::new();
    let mut add = |about, what: String| facts.push(Fact { about, what });
    let verdict = rules
        .filter
        .judge(path, source.map(|node| &node.version), materials.now);
    if !verdict.is_taken() {
        add("filter", verdict.to_string());
        add("decision", "it is left alone on both sides".to_owned());
        let path = path.clone();
        return Ok(Explanation {
            path,
            step: None,
            facts,
        });
    }
    add("source", describe("source", source));
    add("destination", describe("destination", destination));
    if !rules.filter.is_empty() {
        add("filter", verdict.to_string());
    }
    for (side, snapshot) in [
        ("source", materials.source),
        ("destination", materials.destination),
    ] {
        let parent = path.parent().unwrap_or_default();
        if !snapshot.is_complete(&parent) {
            add(
                side,
                format!("the {side} may have more than its listing shows"),
            );
        }
    }
    add("journal", journal(record));
    let step = match source.filter(|node| node.is_file()) {
        Some(source) if destination.is_some_and(|node| !node.is_file()) => {
            let (step, what) = in_the_way(rules, source, materials);
            add("decision", what);
            step
        }
        Some(source) => {
            let basis = Basis::new(materials, rules)?;
            let decision = decide(materials, rules, &basis, source, destination, record);
            if !matches!(decision, Decision::Marker | Decision::Unmarked) {
                add("comparison", basis.comparison.to_string());
            }
            let (step, about, what) = conclusion(&decision, destination);
            add(about, what);
            step
        }
        None => {
            let (step, what) = without_source(materials, rules, source, destination);
            add("decision", what);
            step
        }
    };
    let path = path.clone();
    Ok(Explanation { path, step, facts })
}

fn journal(record: Option<&Record>) -> String {
    let Some(record) = record else {
        return "the journal has nothing about it".to_owned();
    };
    let source = version(&record.source);
    match record.state {
        State::Claimed => format!("a run that ended early was copying {source}"),
        State::Published => format!("the journal has a complete copy of {source}"),
        State::Verified => format!("the journal has a verified copy of {source}"),
    }
}

/// What happens to a file of the source where the destination has something else.
fn in_the_way(rules: &Rules, source: &Node, materials: &Materials<'_>) -> (Option<Step>, String) {
    let parent = source.path.parent().unwrap_or_default();
    match rules.delete.is_some() && materials.source.is_complete(&parent) {
        true => (
            Some(Step::Copy),
            "it is copied once what is in its way is deleted, after everything else was copied"
                .to_owned(),
        ),
        false => (
            None,
            "it is not copied, because something else is in its way, and nothing is to be deleted"
                .to_owned(),
        ),
    }
}

fn conclusion(
    decision: &Decision,
    destination: Option<&Node>,
) -> (Option<Step>, &'static str, String) {
    let step = match destination {
        Some(_) => Step::Replace,
        None => Step::Copy,
    };
    match decision {
        Decision::Marker => (
            None,
            "marker",
            "it is a marker, and never copied".to_owned(),
        ),
        Decision::Unmarked => (
            None,
            "marker",
            "it is not copied, because its marker is not there".to_owned(),
        ),
        Decision::Filtered => (None, "filter", "it is left alone on both sides".to_owned()),
        Decision::Copied => {
            let what = "it has been copied, and the source is removed".to_owned();
            (Some(Step::RemoveSource), "decision", what)
        }
        Decision::Copy(reason) => (
            Some(step),
            "decision",
            format!("it is copied, because {reason}"),
        ),
        Decision::Newer => {
            let what = "it is not copied, because the destination is newer".to_owned();
            (None, "decision", what)
        }
        Decision::Immutable(reason) => {
            let what =
                format!("it has changed ({reason}), which is an error, because files must not");
            (None, "decision", what)
        }
        Decision::Same(same) => {
            let why = match same {
                Same::SizeAndTime => "size and time agree",
                Same::NotOlder => "the sizes agree, and the copy is not older",
                Same::Size => "the sizes agree",
                Same::Exists => "it exists",
                Same::Journal => "neither side has changed since it was copied",
            };
            (None, "decision", format!("it is not copied, because {why}"))
        }
    }
}

fn without_source(
    materials: &Materials<'_>,
    rules: &Rules,
    source: Option<&Node>,
    destination: Option<&Node>,
) -> (Option<Step>, String) {
    let nothing = |what: &str| (None, what.to_owned());
    match (source, destination) {
        (Some(node), _) if node.is_directory() => {
            nothing("a directory is only created for its files")
        }
        (Some(_), _) => nothing("only files are copied; links are not followed"),
        (None, None) => nothing("there is nothing to do"),
        (None, Some(_)) if rules.delete.is_none() => {
            nothing("it stays at the destination, because nothing is to be deleted")
        }
        (None, Some(node)) => {
            let parent = node.path.parent().unwrap_or_default();
            match materials.source.is_complete(&parent) {
                true => {
                    let step = if node.is_directory() {
                        Step::DeleteDirectory
                    } else {
                        Step::Delete
                    };
                    (Some(step), "it is deleted at the destination".to_owned())
                }
                false => nothing(
                    "it stays at the destination, because the source is not known to lack it",
                ),
            }
        }
    }
}
