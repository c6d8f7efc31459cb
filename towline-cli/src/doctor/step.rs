//! The steps of an examination, and their results.

use std::time::Duration;

use crate::exit_code::ExitCode;
use crate::explain::catalogue;
use crate::explain::finding::{Finding, Severity};

/// The result of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Good,
    Warning,
    Failed,
    Skipped,
}

impl Verdict {
    /// The word, in lower case.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Warning => "warning",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

/// A finding, and what shows it.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    pub(crate) finding: &'static Finding,
    /// Lower than the finding's own severity if the server can be used nevertheless.
    pub(crate) severity: Severity,
    pub(crate) evidence: String,
}

/// A step that was taken or skipped.
#[derive(Debug)]
pub(crate) struct Step {
    /// For scripts. Does not change.
    pub(crate) id: &'static str,
    pub(crate) verdict: Verdict,
    /// What was seen, line by line.
    pub(crate) evidence: Vec<String>,
    /// The findings that the evidence shows.
    pub(crate) findings: Vec<Shown>,
    /// The exit code of a failed step.
    pub(crate) code: Option<ExitCode>,
    /// When it ended, since the examination began.
    pub(crate) at: Duration,
}

impl Step {
    pub(crate) fn good(id: &'static str, evidence: impl Into<String>) -> Self {
        Self {
            id,
            verdict: Verdict::Good,
            evidence: vec![evidence.into()],
            findings: Vec::new(),
            code: None,
            at: Duration::ZERO,
        }
    }

    pub(crate) fn skipped(id: &'static str, reason: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Skipped,
            ..Self::good(id, reason)
        }
    }

    pub(crate) fn failed(id: &'static str, code: ExitCode, evidence: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Failed,
            code: Some(code),
            ..Self::good(id, evidence)
        }
    }

    /// Adds a line.
    pub(crate) fn and(mut self, evidence: impl Into<String>) -> Self {
        self.evidence.push(evidence.into());
        self
    }

    /// Whether it has this finding.
    pub(crate) fn has_shown(&self, id: &str) -> bool {
        self.findings.iter().any(|shown| shown.finding.id == id)
    }

    /// Adds a finding. A step that was good becomes a warning, unless the finding is only a note.
    pub(crate) fn shows(mut self, id: &str, evidence: impl Into<String>) -> Self {
        if let Some(finding) = catalogue::find(id) {
            if self.verdict == Verdict::Good && finding.severity > Severity::Note {
                self.verdict = Verdict::Warning;
            }
            self.findings.push(Shown {
                finding,
                severity: finding.severity,
                evidence: evidence.into(),
            });
        }
        self
    }

    /// Adds a line about something that failed, and what explains it, if that is known.
    pub(crate) fn also_failed(self, line: impl Into<String>, error: &towline::Error) -> Self {
        let line = line.into();
        let step = self.and(line.clone());
        match explained(error).filter(|id| !step.has_shown(id)) {
            Some(id) => step.shows(id, line),
            None => step,
        }
    }

    /// Adds a finding that is as severe as this here, whatever it is elsewhere.
    pub(crate) fn shows_as(
        mut self,
        finding: &'static Finding,
        severity: Severity,
        evidence: impl Into<String>,
    ) -> Self {
        self.findings.push(Shown {
            finding,
            severity,
            evidence: evidence.into(),
        });
        self
    }

    /// Adds a finding as a note, because another one says more.
    pub(crate) fn shows_note(self, id: &str, evidence: impl Into<String>) -> Self {
        match catalogue::find(id) {
            Some(finding) => self.shows_as(finding, Severity::Note, evidence),
            None => self,
        }
    }

    /// Makes it good and its findings notes: what it tried is not needed.
    pub(crate) fn at_most_note(mut self) -> Self {
        self.verdict = Verdict::Good;
        self.code = None;
        for shown in &mut self.findings {
            shown.severity = Severity::Note;
        }
        self
    }

    /// Makes it and its findings warnings at most.
    pub(crate) fn at_most_warning(mut self) -> Self {
        if self.verdict == Verdict::Failed {
            self.verdict = Verdict::Warning;
            self.code = None;
        }
        for shown in &mut self.findings {
            shown.severity = shown.severity.min(Severity::Warning);
        }
        self
    }
}

/// The identifier of what explains an error, if that is known.
pub(super) fn explained(error: &towline::Error) -> Option<&'static str> {
    crate::explain::of_error(error).map(|finding| finding.id)
}
