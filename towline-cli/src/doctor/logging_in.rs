//! The steps up to the login and the first listing, from the facts of a probe.

use towline::probe::{
    ConnectOutcome, Connected, DataOpened, Fact, Failure, Greeted, LoggedIn, PortCommand,
    PortOutcome, PortReached, Probe, Secured, Verification,
};
use towline::{
    DataConnection, ErrorDetail, ErrorKind, Feature, ProtocolVersion, Reply, Software, TicketSource,
};
use towline_proto::reply::ReplyClass;

use super::certificate;
use super::examination::{Examination, failed};
use super::step::{Shown, Step};
use crate::explain::finding::ServerSoftware;
use crate::output::certificate::Described;

/// The steps of a probe before the login, and their number.
const BEFORE_LOGIN: usize = 4;

/// Takes the steps of `probe` and reports them. Without `log_in`, it stops before the login.
pub(super) async fn examine(exam: &mut Examination, mut probe: Probe, log_in: bool) -> Probe {
    let mut taken = 0;
    while log_in || taken < BEFORE_LOGIN {
        match probe.next().await {
            Some(Ok(fact)) => report(exam, &fact),
            Some(Err(failure)) => report_failure(exam, &failure),
            None => break,
        }
        taken += 1;
    }
    probe
}

fn report(exam: &mut Examination, fact: &Fact) {
    match fact {
        Fact::Resolved(resolved) => {
            let addresses = resolved
                .addresses
                .iter()
                .map(|address| address.ip().to_string());
            let addresses: Vec<_> = addresses.collect();
            let line = format!("{}: {}", resolved.host, addresses.join(", "));
            exam.add(Step::good("address", line));
        }
        Fact::Connected(connected) => {
            let step = attempts(
                Step::good("connect", milliseconds(connected.took)),
                connected,
            );
            exam.add(step);
        }
        Fact::Greeted(greeted) => {
            exam.recognise(software(greeted));
            exam.add(greeting(Step::good("greeting", "received"), greeted));
        }
        Fact::Secured(secured) => {
            exam.protocol = secured.protocol;
            exam.add(tls(Step::good("tls", protection(secured)), secured));
            if !secured.chain.is_empty() {
                exam.chain = secured.chain.iter().filter_map(Described::of).collect();
                exam.add(certificate::step(secured, None));
            }
        }
        Fact::LoggedIn(logged_in) => login(exam, logged_in),
        Fact::PortReached(reached) => exam.add(port(Step::good("data-port", ""), reached)),
        Fact::DataOpened(data) => exam.add(listing(Step::good("data", ""), data)),
        _ => {}
    }
}

fn report_failure(exam: &mut Examination, failure: &Failure) {
    let error = &failure.error;
    let found = failure.found.as_deref();
    match found {
        Some(Fact::Connected(connected)) => exam.add(attempts(failed("connect", error), connected)),
        Some(Fact::Greeted(greeted)) => exam.add(greeting(failed("greeting", error), greeted)),
        Some(Fact::Secured(secured)) if secured.verification == Verification::Refused => {
            exam.chain = secured.chain.iter().filter_map(Described::of).collect();
            exam.add(Step::good("tls", "the server answers the handshake"));
            let refused = failed("certificate", error);
            exam.add(certificate::step(secured, Some((error, refused))));
        }
        Some(Fact::Secured(secured)) => exam.add(tls(failed("tls", error), secured)),
        Some(Fact::LoggedIn(logged_in)) => login_failed(exam, logged_in, error),
        Some(Fact::PortReached(reached)) => {
            exam.add(port(failed("data-port", error), reached));
        }
        Some(Fact::DataOpened(data)) => {
            let step = listing(failed("data", error), data);
            let is_mlsd = |shown: &Shown| shown.finding.id == "mlsd-advertised-but-broken";
            // LIST works as well.
            let is_usable = step.findings.iter().any(is_mlsd);
            exam.add(if is_usable {
                step.at_most_warning()
            } else {
                step
            });
        }
        _ => {
            let id = match failure.step {
                towline::probe::Step::Resolve => "address",
                towline::probe::Step::Connect => "connect",
                towline::probe::Step::Greet => "greeting",
                towline::probe::Step::Secure => "tls",
                towline::probe::Step::LogIn => "login",
                towline::probe::Step::ReachPort => "data-port",
                _ => "data",
            };
            exam.add(failed(id, error));
        }
    }
}

fn attempts(step: Step, connected: &Connected) -> Step {
    connected.attempts.iter().fold(step, |step, attempt| {
        let outcome = match &attempt.outcome {
            ConnectOutcome::Connected => "connected".to_owned(),
            ConnectOutcome::Overtaken => "another address was faster".to_owned(),
            ConnectOutcome::Failed(error) => error.to_string(),
            _ => "unknown".to_owned(),
        };
        step.and(format!("{}: {outcome}", attempt.address))
    })
}

/// The server software, also one that the library has no use for.
fn software(greeted: &Greeted) -> ServerSoftware {
    let says = |words| {
        let reply = greeted.reply.as_ref();
        reply.is_some_and(|reply| reply.text().contains(words))
    };
    match greeted.server {
        Software::Unknown if says("Microsoft FTP Service") => ServerSoftware::Iis,
        server => ServerSoftware::Known(server),
    }
}

fn greeting(mut step: Step, greeted: &Greeted) -> Step {
    if let Some(reply) = &greeted.reply {
        step = step.and(reply.to_string());
    }
    let software = software(greeted);
    match software.is_known() {
        true => step.and(format!("looks like {}", software.name())),
        false => step,
    }
}

fn protection(secured: &Secured) -> String {
    match (secured.protocol, &secured.cipher, secured.auth) {
        (Some(protocol), Some(cipher), Some(auth)) => format!("{auth}: {protocol}, {cipher}"),
        (Some(protocol), Some(cipher), None) => format!("implicit: {protocol}, {cipher}"),
        _ => "none".to_owned(),
    }
}

fn tls(mut step: Step, secured: &Secured) -> Step {
    if let Some(auth @ "AUTH SSL") = secured.auth {
        step = step.shows("only-auth-ssl", auth);
    }
    if let Some(reason) = &secured.clear_text {
        step = step.shows("clear-text", reason.to_string());
    }
    if secured.asked_for_client_certificate {
        step = step.and("the server asks for a client certificate");
    }
    step
}

fn login(exam: &mut Examination, logged_in: &LoggedIn) {
    exam.recognise(ServerSoftware::Known(logged_in.server));
    exam.tickets_at_login = logged_in.tickets;
    exam.add(Step::good("login", "accepted"));
    let protection = Step::good("protection", "PROT P: data connections are encrypted");
    let refused = logged_in.refused.iter().fold(protection, |step, refused| {
        let line = format!("{}: {}", refused.command, refused.reply);
        match refused.command.starts_with("PBSZ") {
            true => step.and(line.clone()).shows("pbsz-refused", line),
            false => step.and(line),
        }
    });
    exam.add(refused);
    exam.add(features(logged_in));
}

fn login_failed(exam: &mut Examination, logged_in: &LoggedIn, error: &towline::Error) {
    exam.recognise(ServerSoftware::Known(logged_in.server));
    if error.detail() == Some(&ErrorDetail::ProtectionRefused) {
        exam.add(Step::good("login", "accepted"));
        exam.add(failed("protection", error));
    } else {
        exam.add(failed("login", error));
    }
}

fn features(logged_in: &LoggedIn) -> Step {
    let features = &logged_in.features;
    let named = [
        (Feature::Mlst, "MLST"),
        (Feature::Size, "SIZE"),
        (Feature::Mdtm, "MDTM"),
        (Feature::RestStream, "REST STREAM"),
        (Feature::Utf8, "UTF8"),
        (Feature::Mfmt, "MFMT"),
        (Feature::Epsv, "EPSV"),
    ];
    let split = |has: bool| {
        let names = named
            .iter()
            .filter(|(feature, _)| features.has(*feature) == has);
        names.map(|(_, name)| *name).collect::<Vec<_>>().join(", ")
    };
    let (present, missing) = (split(true), split(false));
    let mut step = Step::good(
        "features",
        match present.as_str() {
            "" => "nothing is announced".to_owned(),
            present => format!("has {present}"),
        },
    );
    if !missing.is_empty() {
        step = step.and(format!("has no {missing}"));
    }
    let lacks = |feature| !features.has(feature);
    if lacks(Feature::Size) && lacks(Feature::Mlst) || lacks(Feature::RestStream) {
        step = step.shows("features-missing", format!("has no {missing}"));
    }
    if lacks(Feature::Utf8) {
        step = step.shows("utf8-refused", "FEAT does not list UTF8");
    }
    step
}

/// The attempts to agree on a data connection.
pub(super) fn port(step: Step, reached: &PortReached) -> Step {
    let mut step = step;
    step.evidence.retain(|line| !line.is_empty());
    let is_agreed = reached.attempts.iter().any(|attempt| {
        matches!(
            attempt.outcome,
            PortOutcome::Connected | PortOutcome::Agreed
        )
    });
    for attempt in &reached.attempts {
        let outcome = match &attempt.outcome {
            PortOutcome::Refused => format!("refused: {}", attempt.reply),
            PortOutcome::Connected => "connected".to_owned(),
            PortOutcome::Agreed => "agreed".to_owned(),
            PortOutcome::Unreachable(error) => error.to_string(),
            _ => "unknown".to_owned(),
        };
        let port = attempt
            .port
            .map_or_else(String::new, |port| format!(" port {port}"));
        let line = format!("{}:{port} {outcome}", attempt.command);
        step = step.and(line.clone());
        step = match (attempt.command, &attempt.outcome) {
            // Only if something else works.
            (PortCommand::Epsv, PortOutcome::Refused) if is_agreed => {
                step.shows("epsv-refused", line.clone())
            }
            (_, PortOutcome::Unreachable(_)) => step.shows("data-port-unreachable", line.clone()),
            _ => step,
        };
        if let (Some(announced), Some(used)) = (attempt.announced, attempt.used)
            && announced != used
            && attempt.command == PortCommand::Pasv
        {
            let line = format!("PASV announces {announced}, the server is at {used}");
            let is_private = match announced {
                std::net::IpAddr::V4(v4) => {
                    v4.is_private() || v4.is_unspecified() || v4.is_loopback() || v4.is_link_local()
                }
                std::net::IpAddr::V6(_) => false,
            };
            let id = match is_private {
                true => "passive-address-private",
                false => "passive-address-third-host",
            };
            step = step.and(line.clone()).shows(id, line);
        }
    }
    step
}

/// The data connection of a listing.
pub(super) fn listing(step: Step, data: &DataOpened) -> Step {
    let mut step = step;
    step.evidence.retain(|line| !line.is_empty());
    if let Some(verdict) = &data.verdict {
        step = step.and(verdict_line(verdict));
        let differs = "certificate-differs-on-data";
        let is_other = !verdict.same_certificate && is_encrypted(verdict);
        if is_other && !step.has_shown(differs) {
            let line = "the data connection's certificate is not the control connection's";
            step = step.shows(differs, line);
        }
    }
    if let Some(reply) = &data.reply {
        step = step.and(format!("{}: {} bytes, {reply}", data.command, data.bytes));
    }
    match data.ended_in_order {
        Some(false) => {
            let line = "the server ends the data without close_notify";
            step.and(line)
                .shows("close-notify-missing-from-server", line)
        }
        Some(true) if data.verdict.as_ref().is_some_and(is_encrypted) => {
            step.and("the data ends with close_notify")
        }
        None if data.reply.as_ref().is_some_and(is_success) => {
            let line = "the server leaves the data connection open after its final reply";
            step.and(line).shows("data-connection-left-open", line)
        }
        _ => step,
    }
}

fn is_success(reply: &Reply) -> bool {
    reply.class() == ReplyClass::Completion
}

fn is_encrypted(verdict: &DataConnection) -> bool {
    verdict.protocol != ProtocolVersion::ClearText
}

/// Whether and how a data connection resumed, in one line.
pub(super) fn verdict_line(verdict: &DataConnection) -> String {
    let how = match (verdict.resumed, verdict.ticket_source) {
        (true, TicketSource::Control) => "resumed with a new ticket of the control connection",
        (true, TicketSource::ControlCopy) => "resumed with a used ticket of the control connection",
        (true, TicketSource::Data) => "resumed with a ticket of an earlier data connection",
        (true, _) => "resumed",
        (false, TicketSource::None) => "full handshake, nothing was offered",
        (false, _) => "full handshake, although a session was offered",
    };
    format!("{how} ({})", verdict.protocol)
}

/// Whether an error says that session reuse is required.
pub(super) fn requires_reuse(error: &towline::Error) -> bool {
    error.kind() == ErrorKind::SessionReuseRefused
        || error.detail() == Some(&ErrorDetail::ReuseRequiredByServer)
}

pub(super) fn milliseconds(took: std::time::Duration) -> String {
    format!("after {:.1} ms", took.as_secs_f64() * 1000.0)
}
