//! The results of a probe, and the step that failed.

use super::fact::Fact;
use super::step::Step;
use crate::error::Error;

/// A step that failed.
#[derive(Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Failure {
    /// The step.
    pub step: Step,
    /// What the step found out before it failed. Fields that it did not reach are empty.
    pub found: Option<Box<Fact>>,
    /// What went wrong.
    pub error: Error,
}

/// All results of a probe.
#[derive(Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Report {
    /// The results of the successful steps, in order.
    pub facts: Vec<Fact>,
    /// The step that ended the probe, if one failed.
    pub failure: Option<Failure>,
}

impl Report {
    /// Returns all facts in order. What the failed step found out comes last.
    pub fn found(&self) -> impl Iterator<Item = &Fact> {
        let partial = self.failure.as_ref();
        let partial = partial.and_then(|failure| failure.found.as_deref());
        self.facts.iter().chain(partial)
    }
}
