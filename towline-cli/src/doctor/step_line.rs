//! A step as lines for a terminal.

use anstyle::Style;
use towline_proto::name::escape;
use unicode_width::UnicodeWidthStr as _;

use crate::output::style;
use crate::output::wrap::wrap;
use crate::words::{self, Words};

use super::step::{Step, Verdict};

/// The columns of the verdict.
const VERDICT: usize = 8;

/// The column in which evidence begins.
const EVIDENCE: usize = 24;

/// The verdict, the step and what was seen, in 80 columns.
pub(super) fn of(step: &Step, colour: bool, words: &Words) -> String {
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
    let head = head(step, style, words);
    match text.strip_prefix(&" ".repeat(EVIDENCE)) {
        Some(rest) => format!("{head}{rest}"),
        // A long word has less margin.
        None => format!("{head}\n{text}"),
    }
}

fn head(step: &Step, style: Style, words: &Words) -> String {
    let verdict = match step.verdict {
        Verdict::Good => words::VERDICT_GOOD,
        Verdict::Warning => words::VERDICT_WARNING,
        Verdict::Failed => words::VERDICT_FAILED,
        Verdict::Skipped => words::VERDICT_SKIPPED,
    };
    let verdict = words.say(verdict, &[]);
    // Wide characters take two columns.
    let gap = " ".repeat(VERDICT.saturating_sub(verdict.width()));
    format!("{style}{verdict}{style:#}{gap} {:<15}", step.id)
}
