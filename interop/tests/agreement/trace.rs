//! What a script observes, line by line, and how two such traces compare.

use std::fmt::{self, Display, Formatter};
use std::sync::{Arc, Mutex};

use similar::TextDiff;

/// What a script has observed so far: `C:` is the client, `S:` the server on the control
/// connection, `D:` the data connection, and `=` a heading. All clones share one trace.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trace(Arc<Mutex<String>>);

impl Trace {
    pub(crate) fn note(&self, line: impl Display) {
        let mut lines = self.0.lock().unwrap();
        lines.push_str(&format!("{line}\n"));
    }

    /// Begins a part of the script.
    pub(crate) fn part(&self, title: &str) {
        self.note(format_args!("= {title}"));
    }
}

impl Display for Trace {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.lock().unwrap())
    }
}

/// Returns where the personality differs from the real server, with the dialogue around it. Returns
/// `None` if the traces are equal.
pub(crate) fn difference(real: &Trace, played: &Trace) -> Option<String> {
    let (real, played) = (real.to_string(), played.to_string());
    if real == played {
        return None;
    }
    let diff = TextDiff::from_lines(&real, &played);
    let mut unified = diff.unified_diff();
    Some(unified.context_radius(6).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trace(lines: &[&str]) -> Trace {
        let trace = Trace::default();
        for line in lines {
            trace.note(line);
        }
        trace
    }

    #[test]
    fn equal_traces_have_no_difference() {
        let lines = ["C: NOOP", "S: 200 ok"];
        assert_eq!(difference(&trace(&lines), &trace(&lines)), None);
    }

    #[test]
    fn a_difference_shows_both_sides_and_the_command() {
        let real = trace(&["C: NOOP", "S: 200 ok"]);
        let played = trace(&["C: NOOP", "S: 250 ok"]);
        let shown = difference(&real, &played).unwrap();
        assert!(
            shown.contains(" C: NOOP\n-S: 200 ok\n+S: 250 ok\n"),
            "{shown}"
        );
    }

    #[test]
    fn what_one_says_more_is_a_difference() {
        let real = trace(&["C: NOOP"]);
        assert!(difference(&real, &trace(&["C: NOOP", "S: 200 ok"])).is_some());
    }
}
