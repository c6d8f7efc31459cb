//! Prints plans.

use towline_sync::{Action, Counts, Plan, Step};

use crate::error::Error;
use crate::output::json;
use crate::session::run::Run;

/// Prints one line for each action, and a summary.
///
/// # Errors
/// [`Error::StdoutClosed`] or [`Error::Stdout`].
pub(crate) fn print(run: &Run, plan: &Plan) -> Result<(), Error> {
    if run.printer().is_json() {
        return actions_as_json(run, plan);
    }
    for action in plan.all() {
        run.printer().data(&format!("{action}\n"))?;
    }
    run.printer().data(&format!("{}\n", summary(plan)))
}

/// Prints each action as a JSON line, if standard output carries them.
///
/// # Errors
/// [`Error::StdoutClosed`] or [`Error::Stdout`].
pub(crate) fn actions_as_json(run: &Run, plan: &Plan) -> Result<(), Error> {
    if run.printer().is_json() {
        for action in plan.all() {
            run.printer().data(&run.printer().line_of(&event(action)))?;
        }
    }
    Ok(())
}

/// An action as a JSON line.
pub(crate) fn event(action: &Action) -> json::Event<'static> {
    let version = action.source.or(action.destination);
    json::Event::Plan {
        action: action.step.name(),
        path: String::from_utf8_lossy(action.path.as_bytes()).into_owned(),
        reason: action.reason.name(),
        size: version.and_then(|version| version.size),
        modified: version
            .and_then(|version| version.modified)
            .map(|stamp| stamp.to_string()),
    }
}

/// One line: how much there is to do, and how much is left alone.
pub(crate) fn summary(plan: &Plan) -> String {
    let Counts {
        unchanged,
        copies,
        bytes,
        deletions,
        filtered,
        special,
        newer,
        maybe_newer,
        unjudged,
        unmarked,
        markers,
        parts,
        changing,
        unproved,
        ..
    } = plan.counts;
    let removals = plan
        .all()
        .filter(|action| action.step == Step::RemoveSource)
        .count();
    let removals = u64::try_from(removals).unwrap_or(u64::MAX);
    // Each copy is followed by the removal of its source.
    let removals = removals.saturating_add(if plan.moves() { copies } else { 0 });
    let mut text =
        format!("{copies} to copy ({bytes} bytes), {deletions} to delete, {unchanged} unchanged");
    for (count, what) in [
        (removals, "sources to remove"),
        (filtered, "left out by filters"),
        (newer, "newer at the destination"),
        (maybe_newer, "that may be newer at the destination"),
        (unjudged, "left out because their age or size is not known"),
        (unmarked, "without a marker"),
        (markers, "markers"),
        (changing, "still changing"),
        (
            unproved,
            "sources kept, because their copies cannot be shown to be the same",
        ),
        (special, "links and special files skipped"),
        (parts, "partial files skipped"),
    ] {
        if count > 0 {
            text.push_str(&format!(", {count} {what}"));
        }
    }
    text
}
