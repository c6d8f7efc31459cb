//! What an examination has found so far, printed step by step.

use std::sync::Arc;
use std::time::Instant;

use towline::{ErrorKind, ProtocolVersion, TicketSource};

use crate::exit_code::ExitCode;
use crate::explain::catalogue;
use crate::explain::finding::{ServerSoftware, Severity};
use crate::output::certificate::Described;
use crate::output::error_report;
use crate::output::json;
use crate::output::printer::Printer;

use super::step::{Shown, Step, Verdict};
use super::step_line;

/// The results of an examination.
#[derive(Debug)]
pub(crate) struct Examination {
    printer: Arc<Printer>,
    began: Instant,
    pub(crate) steps: Vec<Step>,
    pub(crate) software: ServerSoftware,
    pub(crate) chain: Vec<Described>,
    /// The TLS 1.3 tickets that came with the login, on the control connection.
    pub(super) tickets_at_login: usize,
    /// The version of TLS that the server chose.
    pub(super) protocol: Option<ProtocolVersion>,
}

impl Examination {
    pub(super) fn new(printer: Arc<Printer>) -> Self {
        Self {
            printer,
            began: Instant::now(),
            steps: Vec::new(),
            software: ServerSoftware::UNKNOWN,
            chain: Vec::new(),
            tickets_at_login: 0,
            protocol: None,
        }
    }

    /// Records the server software, if it is known.
    pub(super) fn recognise(&mut self, software: ServerSoftware) {
        if software.is_known() {
            self.software = software;
        }
    }

    /// Adds a step and prints it.
    pub(super) fn add(&mut self, step: Step) {
        // A server that can be used has no errors.
        let mut step = match step.verdict {
            Verdict::Failed => step,
            _ => step.at_most_warning(),
        };
        step.at = self.began.elapsed();
        if self.printer.is_json() {
            self.printer.event(&json::Event::Step {
                step: step.id,
                verdict: step.verdict.name(),
                evidence: step.evidence.clone(),
                exit_code: step.code.map(|code| code as u8),
            });
            for shown in &step.findings {
                let evidence = Some(shown.evidence.clone());
                let event =
                    json::Event::finding(shown.finding, shown.severity, Some(step.id), evidence);
                self.printer.event(&event);
            }
        } else {
            let text = step_line::of(&step, self.printer.has_colour(), self.printer.words());
            // The first failure to write is reported at the end.
            let _ = self.printer.data(&text);
        }
        self.steps.push(step);
    }

    /// Adds steps that are not taken, for the same reason. On a terminal they share a line.
    pub(super) fn skip(&mut self, ids: &[&'static str], reason: &str) {
        if self.printer.is_json() || ids.len() == 1 {
            for id in ids {
                self.add(Step::skipped(id, reason));
            }
            return;
        }
        let line = Step::skipped("other steps", format!("{reason}: {}", ids.join(", ")));
        let _ = self
            .printer
            .data(&step_line::of(&line, false, self.printer.words()));
        for id in ids {
            let mut step = Step::skipped(id, reason);
            step.at = self.began.elapsed();
            self.steps.push(step);
        }
    }

    /// Whether a step was taken.
    pub(super) fn has(&self, id: &str) -> bool {
        self.steps.iter().any(|step| step.id == id)
    }

    /// The verdict on a step.
    pub(super) fn verdict(&self, id: &str) -> Option<Verdict> {
        let step = self.steps.iter().find(|step| step.id == id)?;
        Some(step.verdict)
    }

    /// All findings, each once, the worst first. In each degree, in the order of the steps.
    pub(crate) fn findings(&self) -> Vec<Shown> {
        let mut all: Vec<Shown> = Vec::new();
        for shown in self.steps.iter().flat_map(|step| &step.findings) {
            match all
                .iter_mut()
                .find(|known| known.finding.id == shown.finding.id)
            {
                Some(known) => known.severity = known.severity.max(shown.severity),
                None => all.push(shown.clone()),
            }
        }
        all.sort_by_key(|shown| std::cmp::Reverse(shown.severity));
        all
    }

    /// Whether something was found.
    pub(super) fn has_found(&self, id: &str) -> bool {
        let mut findings = self.steps.iter().flat_map(|step| &step.findings);
        findings.any(|shown| shown.finding.id == id)
    }

    /// The number of steps with a verdict.
    pub(crate) fn count(&self, verdict: Verdict) -> u64 {
        let steps = self.steps.iter().filter(|step| step.verdict == verdict);
        steps.count() as u64
    }

    /// The code of the first step that failed.
    pub(crate) fn exit_code(&self) -> ExitCode {
        let code = self.steps.iter().find_map(|step| step.code);
        code.unwrap_or(ExitCode::Done)
    }
}

/// A step that an error ended.
pub(super) fn failed(id: &'static str, error: &towline::Error) -> Step {
    let text = error_report::of_session(error);
    let step = Step::failed(id, ExitCode::of_session(error), text.clone());
    let found = crate::explain::of_error(error);
    let is_reuse = error.kind() == ErrorKind::SessionReuseRefused;
    let data = error.data_connection().filter(|_| is_reuse);
    let closer = data.and_then(|data| match (data.resumed, data.ticket_source) {
        (true, _) => catalogue::find("resumed-session-refused"),
        (false, TicketSource::None) => catalogue::find("nothing-to-resume"),
        (false, _) => catalogue::find("offered-session-refused"),
    });
    match (found, closer) {
        (Some(finding), Some(closer)) if closer.id != finding.id => step
            .shows_as(closer, Severity::Error, text.clone())
            .shows_as(finding, Severity::Note, text),
        (Some(finding), _) => step.shows(finding.id, text),
        (None, _) => step,
    }
}
