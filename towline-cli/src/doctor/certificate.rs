//! The step about a server's certificate.

use jiff::Timestamp;
use towline::probe::{Secured, Verification};

use super::step::Step;
use crate::output::certificate::Described;

/// Certificates that expire within this many days are warned of.
const EARLY: i64 = 30;

const DAY: i64 = 24 * 60 * 60;

/// The step about the certificate in `secured`, with the reason why it was refused.
pub(super) fn step(secured: &Secured, refusal: Option<(&towline::Error, Step)>) -> Step {
    let Some(own) = secured.chain.first() else {
        return Step::skipped("certificate", "no certificate arrived");
    };
    let mut step = match (secured.verification, refusal) {
        (_, Some((_, step))) => step,
        (Verification::Accepted, None) => Step::good("certificate", "trusted"),
        _ => Step::skipped("certificate", "not verified"),
    };
    let Some(described) = Described::of(own) else {
        return step.and("it cannot be read");
    };
    step = step.and(format!("subject {}", described.subject));
    if !described.names.is_empty() {
        step = step.and(format!("names {}", described.names.join(", ")));
    }
    step = step.and(format!(
        "issuer {}; {} in the chain",
        described.issuer,
        match secured.chain.len() {
            1 => "1 certificate".to_owned(),
            count => format!("{count} certificates"),
        }
    ));
    step = step.and(format!(
        "{}, signed with {}",
        described.key, described.signature
    ));
    if let (Some(from), Some(until)) = (described.valid_from, described.valid_until) {
        let days = (until.as_second() - Timestamp::now().as_second()) / DAY;
        let line = format!("valid from {} to {} ({days} days)", date(from), date(until));
        step = match days {
            0..EARLY => step
                .and(line.clone())
                .shows("certificate-expires-soon", line),
            _ => step.and(line),
        };
    }
    if let Some(pin) = described.pin {
        step = step.and(format!("pin {pin}"));
    }
    step
}

/// The day of a time, in UTC.
pub(crate) fn date(time: Timestamp) -> String {
    time.to_string().chars().take(10).collect()
}
