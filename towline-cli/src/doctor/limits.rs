//! The server's limits: `--slow`. Takes minutes, and several logins.

use std::time::{Duration, Instant};

use tokio::time::sleep;
use towline::{Client, Config, Error, ErrorKind, Retry, Session};

use super::site_block::Advice;
use super::step::Step;

/// The most sessions to open at the same time.
pub(super) const SESSIONS: usize = 8;

/// How long a session does nothing, at most.
const IDLE: Duration = Duration::from_secs(300);

/// Opens sessions until the server refuses one, and leaves the last one idle.
pub(super) async fn examine(config: &Config, advice: &mut Advice) -> Step {
    let client = match Client::new(config.clone().retry(Retry::none())) {
        Ok(client) => client,
        Err(error) => return Step::skipped("limits", error.to_string()),
    };
    let mut sessions = Vec::new();
    let mut refusal = None;
    let mut since = Instant::now();
    while sessions.len() < SESSIONS && refusal.is_none() {
        match client.connect().await {
            Ok(session) => {
                since = Instant::now();
                sessions.push(session);
            }
            Err(error) => refusal = Some(error),
        }
    }
    let open = sessions.len();
    let step = at_once(open, refusal.as_ref());
    if step.findings.iter().any(|shown| shown.finding.id == LIMIT) {
        advice.most_connections = Some(open);
    }
    let last = sessions.pop();
    for spare in sessions {
        spare.quit().await;
    }
    match last {
        Some(session) => idle(step, session, since).await,
        None => step,
    }
}

const LIMIT: &str = "connection-limit";

/// How many sessions the server accepts at the same time.
fn at_once(open: usize, refusal: Option<&Error>) -> Step {
    let accepted = match open {
        1 => "1 connection at a time is accepted".to_owned(),
        open => format!("{open} connections at the same time are accepted"),
    };
    match refusal {
        None => Step::good("limits", accepted),
        Some(error) if open == 0 => {
            Step::skipped("limits", format!("no further connection: {error}"))
        }
        // Slowness is no limit.
        Some(error) if error.kind() == ErrorKind::Timeout => Step::good(
            "limits",
            format!("{accepted}, and the next one failed: {error}"),
        ),
        Some(error) => {
            let line = format!("{accepted}, no more: {error}");
            Step::good("limits", line.clone()).shows(LIMIT, line)
        }
    }
}

/// How long the server lets a session be idle, which is so since `began`.
async fn idle(step: Step, mut session: Session, began: Instant) -> Step {
    let ended = match session.idle_while(sleep(IDLE)).await {
        // A firewall may have forgotten the connection.
        Ok(()) => session.noop().await.err(),
        Err(error) => Some(error),
    };
    match ended {
        // A refusal is an answer, too: aioftp 0.28 has no NOOP.
        Some(error) if error.kind() != ErrorKind::Refused => {
            let seconds = began.elapsed().as_secs_f64().round();
            let line = format!("an idle session ended after {seconds} seconds: {error}");
            step.and(line.clone()).shows("idle-limit", line)
        }
        _ => {
            session.quit().await;
            let seconds = IDLE.as_secs();
            step.and(format!(
                "a session may be idle for at least {seconds} seconds"
            ))
        }
    }
}
