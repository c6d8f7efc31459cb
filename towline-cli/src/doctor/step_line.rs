//! A step as lines for a terminal.

use anstyle::Style;
use towline_proto::name::escape;

use crate::output::style;
use crate::output::wrap::wrap;

use super::step::{Step, Verdict};

/// The column in which evidence begins.
const EVIDENCE: usize = 24;

/// The verdict, the step and what was seen, in 80 columns.
pub(super) fn of(step: &Step, colour: bool) -> String {
    let style = match (colour, step.verdict) {
        (false, _) | (true, Verdict::Skipped) => style::PLAIN,
        (true, Verdict::Good) => style::HINT,
        (true, Verdict::Warning) => style::WARNING,
        (true, Verdict::Failed) => style::ERROR,
    };
    let mut text = String::new();
    for line in &step.evidence {
        text.push_str(&wrap(&escape(line.as_bytes()), EVIDENCE));
    }
    let head = head(step, style);
    match text.split_at_checked(EVIDENCE) {
        Some((_, rest)) => format!("{head}{rest}"),
        None => format!("{head}\n"),
    }
}

fn head(step: &Step, style: Style) -> String {
    format!("{style}{:<8}{style:#} {:<15}", step.verdict.name(), step.id)
}
