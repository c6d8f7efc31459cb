//! The events of a mirror while it works, passed to the task that prints.

use std::sync::Arc;

use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use towline::Direction;
use towline_sync::{Action, Comparison, Copied, Event, Method, Plan, Problem, Step, Times, Watch};

use crate::error::Error;
use crate::failure_kind::FailureKind;
use crate::output::closing::TreeCounts;
use crate::session::run::Run;
use crate::sync::plan_output;

/// Something that happened.
#[derive(Debug)]
pub(crate) enum Told {
    Comparison(Box<Comparison>),
    /// Nothing was moved before this.
    Planned(Arc<Plan>),
    Copied(Box<Copied>),
    Done(Step),
    Failed(Box<Failure>),
    Kept(String),
    Note(String),
}

/// An action that failed.
#[derive(Debug)]
pub(crate) struct Failure {
    action: Action,
    error: towline_sync::Error,
}

/// Passes on what happens.
#[derive(Debug)]
pub(crate) struct Teller(UnboundedSender<Told>);

impl Teller {
    pub(crate) fn new() -> (Self, UnboundedReceiver<Told>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (Self(sender), receiver)
    }
}

impl Watch for Teller {
    fn event(&self, event: Event<'_>) {
        let told = match event {
            Event::Comparison(comparison) => Told::Comparison(Box::new(comparison.clone())),
            Event::Planned(plan) => Told::Planned(Arc::clone(plan)),
            Event::Copied { copy, .. } => Told::Copied(Box::new(copy.clone())),
            Event::Done { action } => Told::Done(action.step),
            Event::Failed { action, error } => Told::Failed(Box::new(Failure {
                action: action.clone(),
                error,
            })),
            Event::Kept { path, why } => Told::Kept(format!("{path}: {why}")),
            Event::Note { text } => Told::Note(text.to_owned()),
            _ => return,
        };
        // The receiver is gone only if the command is over.
        let _ = self.0.send(told);
    }
}

impl Told {
    /// Whether files may be moved from now on.
    pub(crate) fn begins_work(&self) -> bool {
        matches!(self, Self::Planned(_))
    }

    /// Reports and counts it. `direction` is that of the transfers.
    ///
    /// # Errors
    /// A failure that ends the command.
    pub(crate) fn report(self, run: &mut Run, direction: Direction) -> Result<(), Error> {
        match self {
            Self::Comparison(comparison) => comparison_in_effect(run, &comparison),
            Self::Planned(plan) => {
                plan_output::actions_as_json(run, &plan)?;
                let counts = &plan.counts;
                run.printer()
                    .progress()
                    .expect_all(counts.copies, counts.bytes);
                run.outcomes().found(TreeCounts {
                    unchanged: counts.unchanged,
                    removed: 0,
                });
                run.outcomes()
                    .leave_alone(counts.newer + counts.maybe_newer + counts.unmarked);
                return problems(run, &plan);
            }
            Self::Copied(copied) => copy(run, &copied, direction),
            Self::Done(Step::Delete) => {
                run.outcomes().removed();
                run.outcomes().succeed();
            }
            // A moved file counts as a success once.
            Self::Done(Step::RemoveSource) => run.outcomes().removed(),
            Self::Done(_) => {}
            Self::Failed(failure) => {
                let Failure { action, error } = *failure;
                if matches!(action.step, Step::Copy | Step::Replace) {
                    let size = action.source.and_then(|source| source.size);
                    run.printer().progress().end_unseen(size);
                }
                return run.outcomes().fail(failed(&action, error));
            }
            Self::Kept(text) => run.outcomes().skip(&text),
            Self::Note(text) => run.printer().warning(&text),
        }
        Ok(())
    }
}

/// Says which comparison is in effect: aloud if it may miss changes.
fn comparison_in_effect(run: &Run, comparison: &Comparison) {
    let text = comparison.to_string();
    let is_exact = match comparison.method {
        Method::Hash => true,
        _ => {
            comparison.times == Times::Equal
                && comparison.shifts.is_empty()
                && comparison.because.is_none()
        }
    };
    match is_exact {
        true => run.printer().status(&text),
        false => run.printer().warning(&text),
    }
}

fn copy(run: &mut Run, copied: &Copied, direction: Direction) {
    let Copied {
        transferred,
        remote,
        local,
        ..
    } = copied;
    let (Some(transferred), Some(remote)) = (transferred, remote) else {
        return run.outcomes().succeed();
    };
    run.printer().progress().end(remote, None);
    let local = local.as_deref().unwrap_or_else(|| std::path::Path::new(""));
    let local = local.to_string_lossy();
    run.outcomes().moved(remote, &local, direction, transferred);
}

/// The error for an action that failed.
fn failed(action: &Action, error: towline_sync::Error) -> Error {
    match Error::from(error) {
        Error::Mirror { kind, path, reason } => Error::Mirror {
            kind,
            path: path.or_else(|| Some(action.path.to_string())),
            reason,
        },
        error => error,
    }
}

/// Reports what cannot be done.
///
/// # Errors
/// A failure that ends the command.
pub(crate) fn problems(run: &mut Run, plan: &Plan) -> Result<(), Error> {
    let counts = &plan.counts;
    let unproved = match counts.unproved {
        0 => None,
        1 => Some(
            "one file is at the destination already, but nothing shows that it is the same; its \
             source is kept"
                .to_owned(),
        ),
        files => Some(format!(
            "{files} files are at the destination already, but nothing shows that they are the \
             same; their sources are kept"
        )),
    };
    let maybe_newer = match counts.maybe_newer {
        0 => None,
        1 => Some(
            "one file differs and is kept, because nothing shows whether it is newer at the \
             destination"
                .to_owned(),
        ),
        files => Some(format!(
            "{files} files differ and are kept, because nothing shows whether they are newer at \
             the destination"
        )),
    };
    for text in [unproved, maybe_newer].into_iter().flatten() {
        run.printer().warning(&text);
    }
    if counts.unjudged > 0 {
        let files = match counts.unjudged {
            1 => "one file is".to_owned(),
            files => format!("{files} files are"),
        };
        run.outcomes().fail(Error::Mirror {
            kind: FailureKind::Incomplete,
            path: None,
            reason: format!(
                "{files} left out, because the server does not show the age or size that the \
                 filter asks for"
            ),
        })?;
    }
    for problem in &plan.problems {
        run.outcomes().fail(problem_error(problem))?;
    }
    if let Some(files) = plan.withheld_deletions {
        let text = match files {
            1 => "one file that would be deleted is kept, because not everything can be copied"
                .into(),
            files => format!(
                "{files} files that would be deleted are kept, because not everything can be copied"
            ),
        };
        run.printer().warning(&text);
    }
    if let Some(too_many) = plan.too_many_deletions {
        let files = match too_many.files {
            1 => "one file".to_owned(),
            files => format!("{files} files"),
        };
        let reason = format!(
            "nothing is deleted: {files} would be, and at most {} may be; if all of them should go, \
             use --max-delete {}",
            too_many.allowed, too_many.files
        );
        run.outcomes().fail(Error::Mirror {
            kind: FailureKind::TooManyDeletions,
            path: None,
            reason,
        })?;
    }
    Ok(())
}

fn problem_error(problem: &Problem) -> Error {
    use towline_sync::ProblemKind;
    let kind = match problem.kind {
        ProblemKind::Name => FailureKind::Name,
        ProblemKind::SourceIncomplete | ProblemKind::DestinationIncomplete => {
            FailureKind::Incomplete
        }
        ProblemKind::InTheWay => FailureKind::InTheWay,
        ProblemKind::Immutable => FailureKind::Immutable,
        // Also the kinds that a later version of the library adds.
        _ => FailureKind::Changed,
    };
    Error::Mirror {
        kind,
        path: Some(problem.path.to_string()).filter(|_| !problem.path.is_root()),
        reason: problem.what.clone(),
    }
}
