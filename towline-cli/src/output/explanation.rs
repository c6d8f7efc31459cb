//! A finding as text for a terminal, in 80 columns.

use crate::explain::finding::{Directive, Finding};
use crate::output::wrap::wrap;
use crate::words::{self, Message, Words};

/// The whole explanation. `evidence` is the text that shows it, ready for a terminal.
pub(crate) fn of(finding: &Finding, evidence: &str, words: &Words) -> String {
    let told = finding.told(words);
    let mut page = wrap(&format!("{} ({})", told.title, finding.id), 0);
    if !evidence.is_empty() {
        page.push_str(&wrap(evidence, 2));
    }
    let mut part = |title: Message, text: &str| {
        page.push_str(&format!("\n{}\n{}", words.say(title, &[]), wrap(text, 2)));
    };
    part(words::WHAT_IT_MEANS, &told.meaning);
    part(words::WHY, &told.cause);
    part(words::WHAT_TO_DO, &told.cure);
    if let Some(hint) = plain_hint(finding, words) {
        part(words::WITH_TOWLINE, &hint);
    }
    part(words::WHERE_THE_FAULT_LIES, &finding.side.told(words));
    if !finding.directives.is_empty() {
        page.push_str(&format!(
            "\n{}\n",
            words.say(words::FOR_THE_ADMINISTRATOR, &[])
        ));
        for directive in finding.directives {
            page.push_str(&setting(finding, directive, 2, words));
        }
    }
    page
}

/// A setting of a server, below its name.
pub(crate) fn setting(
    finding: &Finding,
    directive: &Directive,
    indent: usize,
    words: &Words,
) -> String {
    let mut page = wrap(&format!("{}:", directive.software.name()), indent);
    page.push_str(&wrap(&finding.setting(directive, words), indent + 2));
    page
}

/// The hint without the parts that only an error can fill in.
pub(crate) fn plain_hint(finding: &Finding, words: &Words) -> Option<String> {
    let hint = finding.told(words).hint?;
    Some(hint.replace("{pin}", "--pin").replace(" {pin-itself}", ""))
}
