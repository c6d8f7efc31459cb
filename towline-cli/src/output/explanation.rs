//! A finding as text for a terminal, in 80 columns.

use crate::explain::finding::{Directive, Finding};
use crate::output::wrap::wrap;

/// The whole explanation. `evidence` is the text that shows it, ready for a terminal.
pub(crate) fn of(finding: &Finding, evidence: &str) -> String {
    let mut page = wrap(&format!("{} ({})", finding.title, finding.id), 0);
    if !evidence.is_empty() {
        page.push_str(&wrap(evidence, 2));
    }
    part(&mut page, "What it means", finding.meaning);
    part(&mut page, "Why", finding.cause);
    part(&mut page, "What to do", finding.cure);
    if let Some(hint) = plain_hint(finding) {
        part(&mut page, "With towline", &hint);
    }
    part(&mut page, "Where the fault lies", finding.side.name());
    if !finding.directives.is_empty() {
        page.push_str("\nFor the server's administrator\n");
        for directive in finding.directives {
            page.push_str(&setting(directive));
        }
    }
    page
}

/// A setting of a server, on a line of its own.
pub(crate) fn setting(directive: &Directive) -> String {
    let mut page = wrap(&format!("{}:", directive.software.name()), 2);
    page.push_str(&wrap(directive.setting, 4));
    page
}

/// The hint without the parts that only an error can fill in.
pub(crate) fn plain_hint(finding: &Finding) -> Option<String> {
    let hint = finding.hint?;
    Some(hint.replace("{pin}", "--pin").replace(" {pin-itself}", ""))
}

fn part(page: &mut String, title: &str, text: &str) {
    page.push_str(&format!("\n{title}\n{}", wrap(text, 2)));
}
