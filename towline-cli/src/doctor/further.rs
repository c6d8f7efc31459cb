//! Steps on connections of their own: without session reuse, with the other version of TLS, in active
//! mode, and with a ticket that was used before. Each logs in once, and lists once or twice; nothing is
//! uploaded.

use std::time::Duration;

use towline::probe::{DataOpened, Fact, Probe, Report};
use towline::{
    Active, Config, DataMode, Error, ErrorDetail, ErrorKind, ProtocolVersion, SessionReuse,
    TlsVersion,
};

use super::examination::{Examination, failed};
use super::logging_in::{listing, port, requires_reuse, verdict_line};
use super::recorder::CONNECTION_LOST;
use super::site_block::Advice;
use super::step::{Step, Verdict};
use super::used_ticket;

/// The steps, in their order.
const STEPS: [&str; 4] = ["without-reuse", "other-tls", "active-mode", "used-ticket"];

/// How long active mode may take. It usually fails because nothing arrives.
const ACTIVE: Duration = Duration::from_secs(10);

/// Examines all four, each if one more login is allowed.
pub(super) async fn connections(
    exam: &mut Examination,
    config: &Config,
    may_log_in: impl Fn() -> bool,
    advice: &mut Advice,
) {
    let usual = Way {
        pasv_first: false,
        without_mlsd: exam.has_found("mlsd-advertised-but-broken"),
    };
    let way = Way {
        pasv_first: true,
        ..usual
    };
    if !may_log_in() {
        exam.skip(&STEPS, CONNECTION_LOST);
        return;
    }
    let report = run(config.clone().session_reuse(SessionReuse::Off), way).await;
    without_reuse(exam, &report);
    if !may_log_in() {
        exam.skip(&STEPS[1..], CONNECTION_LOST);
        return;
    }
    other_version(exam, config, usual, advice).await;
    if !may_log_in() {
        exam.skip(&STEPS[2..], CONNECTION_LOST);
        return;
    }
    let active = config
        .clone()
        .data_mode(DataMode::Active(Active::default()));
    active_mode(exam, &run(active.timeout(ACTIVE), usual).await, advice);
    if !may_log_in() {
        exam.skip(&STEPS[3..], CONNECTION_LOST);
        return;
    }
    if !has_data(exam) {
        exam.skip(&STEPS[3..], "no data connection");
        return;
    }
    if exam.protocol != Some(ProtocolVersion::Tls13) {
        let reason = "only TLS 1.3 has tickets that a server may accept once";
        exam.skip(&STEPS[3..], reason);
        return;
    }
    let step = match usual.probe(config.clone()) {
        Ok(probe) => used_ticket::step(probe).await,
        Err(error) => Step::skipped("used-ticket", error.to_string()),
    };
    exam.add(step);
}

/// How a connection gets its listing.
#[derive(Clone, Copy)]
struct Way {
    pasv_first: bool,
    without_mlsd: bool,
}

impl Way {
    fn probe(self, config: Config) -> Result<Probe, Error> {
        let mut probe = Probe::new(config)?;
        if self.pasv_first {
            probe = probe.pasv_first();
        }
        if self.without_mlsd {
            probe = probe.without_mlsd();
        }
        Ok(probe)
    }
}

async fn run(config: Config, way: Way) -> Result<Report, Error> {
    Ok(way.probe(config)?.run().await)
}

fn data(report: &Report) -> Option<&DataOpened> {
    report.found().find_map(|fact| match fact {
        Fact::DataOpened(data) => Some(data),
        _ => None,
    })
}

/// Whether the server accepts a data connection that resumes nothing. Also shows the address that
/// `PASV` announces.
fn without_reuse(exam: &mut Examination, report: &Result<Report, Error>) {
    let report = match report {
        Ok(report) => report,
        Err(error) => return exam.add(Step::skipped("without-reuse", error.to_string())),
    };
    let failure = report.failure.as_ref();
    let step = match failure.map(|failure| &failure.error) {
        None => {
            let line = "a data connection without session reuse is accepted";
            Step::good("without-reuse", line).shows("session-reuse-full-handshake", line)
        }
        Some(error) if requires_reuse(error) || is_refusal(error) && has_data(exam) => {
            let why = error
                .reply()
                .map_or_else(|| error.to_string(), ToString::to_string);
            let line = format!("refused, as the server requires reuse: {why}");
            // It may refuse those that resume as well.
            let is_refused_too =
                exam.has_found("session-reuse-required") && !exam.has_found("nothing-to-resume");
            match has_data(exam) {
                true => {
                    Step::good("without-reuse", line.clone()).shows("session-reuse-demanded", line)
                }
                false if is_refused_too => Step::skipped(
                    "without-reuse",
                    format!("refused like those that offer a session: {why}"),
                ),
                false => Step::good("without-reuse", line),
            }
        }
        Some(error) => Step::skipped("without-reuse", error.to_string()),
    };
    let step = report.found().fold(step, |step, fact| match fact {
        Fact::PortReached(reached) => port(step, reached),
        _ => step,
    });
    exam.add(step);
}

/// Whether the same listing works with session reuse.
fn has_data(exam: &Examination) -> bool {
    matches!(exam.verdict("data"), Some(Verdict::Good | Verdict::Warning))
}

/// Whether a listing without reuse failed in one of the ways in which servers refuse it.
fn is_refusal(error: &Error) -> bool {
    error.data_connection().is_some()
        || matches!(error.kind(), ErrorKind::Tls) && error.reply().is_some()
}

/// Session reuse under the version of TLS that was not chosen.
async fn other_version(exam: &mut Examination, config: &Config, way: Way, advice: &mut Advice) {
    if exam.protocol != Some(ProtocolVersion::Tls13) {
        exam.skip(
            &["other-tls"],
            "the server has TLS 1.2 only, or the settings allow no other",
        );
        return;
    }
    let version = TlsVersion::Tls12;
    let report = match run(config.clone().tls_versions(version, version), way).await {
        Ok(report) => report,
        Err(error) => return exam.add(Step::skipped("other-tls", error.to_string())),
    };
    let resumed = data(&report).and_then(|data| data.verdict.as_ref());
    let resumed = resumed.map(|verdict| (verdict.resumed, verdict_line(verdict)));
    exam.add(match (&report.failure, resumed) {
        (None, Some((true, line))) => {
            let resumed_none = ["nothing-to-resume", "offered-session-refused"];
            if resumed_none.iter().any(|id| exam.has_found(id))
                || exam.verdict("data") == Some(Verdict::Failed)
            {
                advice.only_tls12 = true;
                advice.resumes = true;
            }
            Step::good("other-tls", format!("TLS 1.2: {line}"))
        }
        (None, Some((false, line))) => Step::good("other-tls", format!("TLS 1.2: {line}")),
        (None, None) => Step::good("other-tls", "TLS 1.2: no data connection"),
        (Some(failure), _) if failure.error.detail() == Some(&ErrorDetail::NoCommonVersion) => {
            Step::skipped("other-tls", "the server has no TLS 1.2")
        }
        (Some(failure), _) => failed("other-tls", &failure.error)
            .and("with TLS 1.2")
            .at_most_warning(),
    });
}

/// Whether the server can connect to this computer.
fn active_mode(exam: &mut Examination, report: &Result<Report, Error>, advice: &mut Advice) {
    let report = match report {
        Ok(report) => report,
        Err(error) => return exam.add(Step::skipped("active-mode", error.to_string())),
    };
    let step = match &report.failure {
        None => {
            advice.active = !has_data(exam) && exam.verdict("data-port") == Some(Verdict::Failed);
            Step::good("active-mode", "works")
        }
        // Active mode is not needed.
        Some(failure) if has_data(exam) => {
            let mut step = failed("active-mode", &failure.error).at_most_note();
            step.evidence
                .insert(0, "not needed, because passive mode works".to_owned());
            step
        }
        Some(failure) => failed("active-mode", &failure.error).at_most_warning(),
    };
    let step = report.found().fold(step, |step, fact| match fact {
        Fact::PortReached(reached) => port(step, reached),
        Fact::DataOpened(data) => listing(step, data),
        _ => step,
    });
    exam.add(step);
}
