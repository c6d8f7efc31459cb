//! The server's limits: `--slow`. Takes minutes, and several logins.

use std::time::Duration;

use tokio::time::sleep;
use towline::{Client, Config, ErrorKind, Retry, Session};

use super::step::Step;

/// The most sessions to open at the same time.
pub(super) const SESSIONS: usize = 8;

/// How long sessions do nothing.
const IDLE: [Duration; 4] = [
    Duration::from_secs(30),
    Duration::from_secs(60),
    Duration::from_secs(120),
    Duration::from_secs(300),
];

/// Opens sessions until the server refuses one, and leaves the first ones idle for various times.
pub(super) async fn examine(config: &Config) -> Step {
    let client = match Client::new(config.clone().retry(Retry::none())) {
        Ok(client) => client,
        Err(error) => return Step::skipped("limits", error.to_string()),
    };
    let mut sessions = Vec::new();
    let mut refusal = None;
    while sessions.len() < SESSIONS && refusal.is_none() {
        match client.connect().await {
            Ok(session) => sessions.push(session),
            Err(error) => refusal = Some(error),
        }
    }
    let open = sessions.len();
    let step = match &refusal {
        None => Step::good(
            "limits",
            format!("{open} connections at the same time are accepted"),
        ),
        Some(error) => {
            let line =
                format!("{open} connections at the same time are accepted, no more: {error}");
            Step::good("limits", line.clone()).shows("connection-limit", line)
        }
    };
    let spare = sessions.split_off(open.min(IDLE.len()));
    for session in spare {
        session.quit().await;
    }
    idle(step, sessions).await
}

async fn idle(step: Step, sessions: Vec<Session>) -> Step {
    let mut waited = Duration::ZERO;
    let mut alive = Duration::ZERO;
    let mut waits = IDLE.iter();
    for mut session in sessions {
        let Some(&wait) = waits.next() else { break };
        sleep(wait.saturating_sub(waited)).await;
        waited = wait;
        // A refusal is an answer, too: aioftp 0.28 has no NOOP.
        if let Err(error) = session.noop().await
            && error.kind() != ErrorKind::Refused
        {
            let seconds = (alive.as_secs(), wait.as_secs());
            let line = format!(
                "idle sessions end after {} to {} seconds: {error}",
                seconds.0, seconds.1
            );
            return step.and(line.clone()).shows("idle-limit", line);
        }
        alive = wait;
        session.quit().await;
    }
    step.and(format!(
        "a session may be idle for at least {} seconds",
        alive.as_secs()
    ))
}
