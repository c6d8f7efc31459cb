//! Finds explanations in text.

use super::catalogue;
use super::finding::Finding;
use super::pasted::Pasted;
use super::pattern::{self, Match};

/// A finding, and the line of the text that shows it.
#[derive(Debug)]
pub(crate) struct Recognised {
    pub(crate) finding: &'static Finding,
    pub(crate) line: String,
}

/// Finds everything that `text` is known to mean, the most telling first.
pub(crate) fn recognise(text: &str) -> Vec<Recognised> {
    let pasted = Pasted::new(text);
    let mut found: Vec<_> = matches(&pasted).collect();
    found.sort_by(|(one, _), (other, _)| other.cmp(one));
    if found.iter().any(|(matched, _)| !matched.is_weak()) {
        found.retain(|(matched, _)| !matched.is_weak());
    }
    let recognised = found.into_iter().map(|(matched, finding)| Recognised {
        finding,
        line: pasted.line_at(matched.start),
    });
    recognised.collect()
}

/// Finds what a server's reply means.
pub(crate) fn recognise_reply(reply: &towline::Reply) -> Option<&'static Finding> {
    let text = Pasted::new(&format!("{} {}", reply.code(), reply.text()));
    let (_, finding) = matches(&text).max_by_key(|(matched, _)| *matched)?;
    Some(finding)
}

/// Finds what a server's words mean that an error quotes.
pub(super) fn recognise_quoted(text: &str) -> Option<&'static Finding> {
    let text = Pasted::new(text);
    let replies = matches(&text).filter(|(matched, _)| matched.is_reply());
    let (_, finding) = replies.max_by_key(|(matched, _)| *matched)?;
    Some(finding)
}

/// The findings that `text` points to, each with its best match.
fn matches(text: &Pasted) -> impl Iterator<Item = (Match, &'static Finding)> {
    catalogue::all().filter_map(|finding| {
        let patterns = finding.patterns.iter();
        let matches = patterns.filter_map(|pattern| pattern::find(pattern, &text.text));
        Some((matches.max()?, finding))
    })
}
