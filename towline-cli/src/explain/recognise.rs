//! Finds explanations in text.

use super::catalogue;
use super::finding::Finding;
use super::pasted::{Pasted, Reading};
use super::pattern::{self, Match, Weight};

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
    found.sort_by_key(|it| std::cmp::Reverse(it.rank()));
    if found.iter().any(|it| !it.matched.weight.is_weak()) {
        found.retain(|it| !it.matched.weight.is_weak());
    }
    let recognised = found.into_iter().map(|it| Recognised {
        finding: it.finding,
        line: it.reading.line_at(it.matched.start),
    });
    recognised.collect()
}

/// Finds what a server's reply means.
pub(crate) fn recognise_reply(reply: &towline::Reply) -> Option<&'static Finding> {
    let text = Pasted::new(&format!("{} {}", reply.code(), reply.text()));
    let found = matches(&text).max_by_key(Found::rank)?;
    Some(found.finding)
}

/// Finds what a server's words mean that an error quotes.
pub(super) fn recognise_quoted(text: &str) -> Option<&'static Finding> {
    let text = Pasted::new(text);
    let replies = matches(&text).filter(|it| it.matched.weight.is_reply());
    let found = replies.max_by_key(Found::rank)?;
    Some(found.finding)
}

/// A finding that a text points to.
struct Found<'a> {
    finding: &'static Finding,
    matched: Match,
    reading: &'a Reading,
}

impl Found<'_> {
    /// How telling it is. Among equals, what comes later in the text is.
    fn rank(&self) -> (Weight, usize, usize) {
        let start = self.matched.start;
        (self.matched.weight, self.reading.line_number(start), start)
    }
}

/// The findings that `text` points to, each with its best match.
fn matches(text: &Pasted) -> impl Iterator<Item = Found<'_>> {
    catalogue::all().filter_map(|finding| {
        let best = |reading: &Reading| {
            let patterns = finding.patterns.iter();
            let matches = patterns.filter_map(|pattern| pattern::find(pattern, &reading.text));
            matches.max_by_key(|it| it.weight)
        };
        let [plain, joined] = text.readings();
        let (matched, reading) = match (best(plain), best(joined)) {
            (Some(in_plain), Some(in_joined)) if in_joined.weight > in_plain.weight => {
                (in_joined, joined)
            }
            (Some(in_plain), _) => (in_plain, plain),
            (None, in_joined) => (in_joined?, joined),
        };
        Some(Found {
            finding,
            matched,
            reading,
        })
    })
}
