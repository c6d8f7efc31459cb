//! Finds explanations in text.

use super::catalogue;
use super::finding::{Finding, Severity, Step};
use super::pasted::{Pasted, Reading};
use super::pattern::{self, Match, Weight};
use super::progress::timed_out;
use super::refusal::refusals;

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
    add_refusals(&mut found, &pasted.plain);
    explain_timeout(&mut found, &pasted.plain);
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

/// Adds what refused commands mean.
fn add_refusals<'a>(found: &mut Vec<Found<'a>>, reading: &'a Reading) {
    for refusal in refusals(reading) {
        let new = Found {
            finding: refusal.finding,
            matched: Match {
                weight: Weight::of_refused(refusal.command),
                start: refusal.start,
            },
            reading,
        };
        put(found, new);
    }
}

/// Lets the step at which a time limit passed decide what it means, rather than the words of the
/// limit.
fn explain_timeout<'a>(found: &mut Vec<Found<'a>>, reading: &'a Reading) {
    let Some(end) = timed_out(reading) else {
        return;
    };
    let Some(finding) = catalogue::all().find(|it| it.timed_out.contains(&end.step)) else {
        return;
    };
    let is_active = end.step == Step::AwaitingData;
    found.retain(|it| {
        let is_other = !it.finding.timed_out.is_empty() && it.finding.id != finding.id;
        !is_other || (it.matched.weight.is_reply() && !is_active)
    });
    let weight = match is_active {
        true => Weight::of_active_mode(),
        false => Weight::of_step(),
    };
    let start = end.start;
    put(
        found,
        Found {
            finding,
            matched: Match { weight, start },
            reading,
        },
    );
}

/// Adds a finding, unless a better match of it is there.
fn put<'a>(found: &mut Vec<Found<'a>>, new: Found<'a>) {
    match found.iter_mut().find(|it| it.finding.id == new.finding.id) {
        Some(old) if old.rank() >= new.rank() => {}
        Some(old) => *old = new,
        None => found.push(new),
    }
}

/// Finds what a server's reply means.
pub(crate) fn recognise_reply(reply: &towline::Reply) -> Option<&'static Finding> {
    let text = Pasted::new(&format!("{} {}", reply.code(), reply.text()));
    let mut found: Vec<_> = matches(&text).collect();
    add_refusals(&mut found, &text.plain);
    let found = found.into_iter().max_by_key(Found::rank)?;
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
        // A client can do without the command.
        let is_aside =
            self.finding.severity != Severity::Error && !self.finding.commands.is_empty();
        let weight = match is_aside {
            true => self.matched.weight.as_aside(),
            false => self.matched.weight,
        };
        (weight, self.reading.line_number(start), start)
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
