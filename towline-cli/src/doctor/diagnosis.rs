//! The end of an examination: what it means, and what to do.

use crate::explain::finding::Severity;
use crate::output::explanation;
use crate::output::wrap::wrap;

use super::examination::Examination;
use super::step::{Shown, Verdict};

/// The diagnosis, and the settings for the server's administrator.
pub(super) fn of(exam: &Examination) -> String {
    let findings = exam.findings();
    let mut page = "\nDiagnosis\n".to_owned();
    let failed = exam.count(Verdict::Failed);
    let warned = exam.count(Verdict::Warning);
    page.push_str(&wrap(
        &match (failed, warned) {
            (0, 0) => "Everything that was tried works.".to_owned(),
            (0, 1) => "Everything works; one step has a warning.".to_owned(),
            (0, _) => format!("Everything works; {warned} steps have warnings."),
            (1, _) => "One step failed.".to_owned(),
            (_, _) => format!("{failed} steps failed."),
        },
        2,
    ));
    for shown in &findings {
        page.push('\n');
        add(&mut page, shown);
    }
    page.push_str(&settings(&findings, exam.software));
    page
}

fn add(page: &mut String, shown: &Shown) {
    let (finding, severity) = (shown.finding, shown.severity);
    let head = format!("{}: {} ({})", severity.name(), finding.title, finding.id);
    page.push_str(&wrap(&head, 2));
    if severity == Severity::Note {
        return;
    }
    let evidence = towline_proto::name::escape(shown.evidence.as_bytes());
    page.push_str(&wrap(&evidence, 4));
    page.push_str(&wrap(finding.meaning, 4));
    if severity == Severity::Error {
        page.push_str(&wrap(&format!("Why: {}", finding.cause), 4));
    }
    page.push_str(&wrap(&format!("What to do: {}", finding.cure), 4));
    if severity == Severity::Error
        && let Some(hint) = explanation::plain_hint(finding)
    {
        page.push_str(&wrap(&format!("With towline: {hint}"), 4));
    }
}

/// The settings for the server program, or for all that are known if it is not.
fn settings(findings: &[Shown], software: &str) -> String {
    let mut page = String::new();
    let worth = findings
        .iter()
        .filter(|shown| shown.severity > Severity::Note);
    for finding in worth.map(|shown| shown.finding) {
        let known = finding.directives.iter();
        let known: Vec<_> = known
            .filter(|directive| directive.software.is(software))
            .collect();
        let directives = if known.is_empty() && software == "unknown" {
            finding.directives.iter().collect()
        } else {
            known
        };
        if directives.is_empty() {
            continue;
        }
        page.push_str(&wrap(&format!("{}:", finding.id), 2));
        for directive in directives {
            page.push_str(&wrap(&format!("{}:", directive.software.name()), 4));
            page.push_str(&wrap(directive.setting, 6));
        }
    }
    match page.is_empty() {
        true => page,
        false => format!("\nFor the server's administrator\n{page}"),
    }
}
