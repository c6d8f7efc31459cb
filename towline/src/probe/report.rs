//! What a probe has found out, and the step that failed.

use super::fact::Fact;
use super::step::Step;
use crate::error::Error;

/// A step that failed.
#[derive(Debug)]
#[non_exhaustive]
pub struct Failure {
    /// Which step.
    pub step: Step,
    /// What the step had found out by then. Fields that it had not reached are empty.
    pub found: Option<Box<Fact>>,
    /// What went wrong.
    pub error: Error,
}

/// Everything that a probe has found out.
#[derive(Debug)]
#[non_exhaustive]
pub struct Report {
    /// What the steps that succeeded have found out, in order.
    pub facts: Vec<Fact>,
    /// The step that ended the probe, if one failed.
    pub failure: Option<Failure>,
}

impl Report {
    /// All facts in order, with what the step that failed had found out as the last one.
    pub fn found(&self) -> impl Iterator<Item = &Fact> {
        let partial = self.failure.as_ref();
        let partial = partial.and_then(|failure| failure.found.as_deref());
        self.facts.iter().chain(partial)
    }
}
