//! The end of an examination: what it means, and what to do.

use crate::explain::finding::{ServerSoftware, Severity};
use crate::output::explanation;
use crate::output::wrap::wrap;
use crate::words::{self, Message, Words};

use super::examination::Examination;
use super::step::{Shown, Verdict};

/// The diagnosis, and the settings for the server's administrator.
pub(super) fn of(exam: &Examination, words: &Words) -> String {
    let findings = exam.findings();
    let failed = exam.count(Verdict::Failed);
    let warned = exam.count(Verdict::Warning);
    let (outcome, count) = match (failed, warned) {
        (0, 0) => (words::EVERYTHING_WORKS, 0),
        (0, warned) => (words::WORKS_WITH_WARNINGS, warned),
        (failed, _) => (words::STEPS_FAILED, failed),
    };
    let outcome = words.say(outcome, &[("count", count.into())]);
    let mut page = format!(
        "\n{}\n{}",
        words.say(words::DIAGNOSIS, &[]),
        wrap(&outcome, 2)
    );
    for shown in &findings {
        page.push('\n');
        add(&mut page, shown, words);
    }
    page.push_str(&settings(&findings, exam.software, words));
    page
}

fn add(page: &mut String, shown: &Shown, words: &Words) {
    let (finding, severity) = (shown.finding, shown.severity);
    let told = finding.told(words);
    let head = format!("{} ({})", told.title, finding.id);
    page.push_str(&wrap(&part(&severity.told(words), &head, words), 2));
    if severity == Severity::Note {
        return;
    }
    let evidence = towline_proto::name::escape(shown.evidence.as_bytes());
    page.push_str(&wrap(&evidence, 4));
    page.push_str(&wrap(&told.meaning, 4));
    let mut add = |title: Message, text: &str| {
        page.push_str(&wrap(&part(&words.say(title, &[]), text, words), 4));
    };
    if severity == Severity::Error {
        add(words::WHY, &told.cause);
    }
    add(words::WHAT_TO_DO, &told.cure);
    let hint = match finding.id {
        // Where more is known, another finding is the error.
        "session-reuse-required" => Some(words.say(words::HINT_REUSE_EARLY, &[])),
        _ => explanation::plain_hint(finding, words),
    };
    if severity == Severity::Error
        && let Some(hint) = hint
    {
        add(words::WITH_TOWLINE, &hint);
    }
}

fn part(title: &str, text: &str, words: &Words) -> String {
    words.say(
        words::PART,
        &[("title", title.into()), ("text", text.into())],
    )
}

/// The settings for the server program, or for all that are known if it is not.
fn settings(findings: &[Shown], software: ServerSoftware, words: &Words) -> String {
    let mut page = String::new();
    let worth = findings
        .iter()
        .filter(|shown| shown.severity > Severity::Note);
    for finding in worth.map(|shown| shown.finding) {
        let directives = finding.directives_for(software);
        if directives.is_empty() {
            continue;
        }
        page.push_str(&wrap(&format!("{}:", finding.id), 2));
        for directive in directives {
            page.push_str(&explanation::setting(finding, directive, 4, words));
        }
    }
    match page.is_empty() {
        true => page,
        false => format!("\n{}\n{page}", words.say(words::FOR_THE_ADMINISTRATOR, &[])),
    }
}
