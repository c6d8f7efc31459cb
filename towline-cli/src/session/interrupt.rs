//! Ctrl-C, SIGTERM and SIGHUP.

use std::io;
use std::time::{Duration, Instant};

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use towline::Cancel;

use crate::error::Error;

/// Signals that arrive this soon after another one are the same request: `timeout` of coreutils
/// signals a process and then its process group.
const DEBOUNCE: Duration = Duration::from_millis(200);

/// Tells whether the user wants to stop the command.
#[derive(Clone, Debug)]
pub(crate) struct Interrupt {
    /// The number of requests so far.
    requests: watch::Receiver<u32>,
    /// The number of SIGHUPs that were no requests.
    hangups: watch::Receiver<u32>,
    cancel: Cancel,
}

/// What SIGHUP means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hangup {
    /// The user wants to stop the command.
    Stops,
    /// The user has changed the configuration file.
    Renews,
}

impl Interrupt {
    /// Takes over SIGINT (Ctrl-C) and, on Unix, SIGTERM and SIGHUP.
    ///
    /// # Errors
    /// If the signals cannot be handled.
    pub(crate) fn listen(hangup: Hangup) -> io::Result<Self> {
        let (sender, requests) = watch::channel(0);
        let (noted, hangups) = watch::channel(0);
        let cancel = Cancel::new();
        let interrupt = Self {
            requests,
            hangups,
            cancel: cancel.clone(),
        };
        let mut signals = Signals::listen(hangup)?;
        tokio::spawn(async move {
            let mut counted: Option<Instant> = None;
            loop {
                if signals.next().await == Signalled::Hangup && hangup == Hangup::Renews {
                    noted.send_modify(|hangups| *hangups += 1);
                    continue;
                }
                if counted.is_some_and(|counted| counted.elapsed() < DEBOUNCE) {
                    continue;
                }
                counted = Some(Instant::now());
                cancel.cancel();
                sender.send_modify(|requests| *requests += 1);
            }
        });
        Ok(interrupt)
    }

    /// Changes with each SIGHUP that means [`Hangup::Renews`].
    pub(crate) fn hangups(&self) -> watch::Receiver<u32> {
        self.hangups.clone()
    }

    /// Ends transfers cleanly on the first request.
    pub(crate) fn cancel(&self) -> &Cancel {
        &self.cancel
    }

    /// Completes on the second request.
    pub(crate) async fn requested_twice(&self) {
        let _ = self
            .requests
            .clone()
            .wait_for(|requests| *requests > 1)
            .await;
    }

    /// Completes on the first request.
    pub(crate) async fn requested(&self) {
        // If the listener has ended, this counts as a request.
        let _ = self
            .requests
            .clone()
            .wait_for(|requests| *requests > 0)
            .await;
    }

    /// Runs `work`, and drops it on the first request.
    ///
    /// # Errors
    /// [`Error::Interrupted`] on a request; otherwise what `work` fails with.
    pub(crate) async fn guard<T, E: Into<Error>>(
        &self,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Error> {
        tokio::select! {
            biased;
            () = self.requested() => Err(Error::Interrupted),
            outcome = work => outcome.map_err(Into::into),
        }
    }
}

/// Which signal has arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Signalled {
    #[cfg_attr(not(unix), expect(dead_code, reason = "there is no SIGHUP"))]
    Hangup,
    Stop,
}

/// The signals that are requests.
#[cfg(unix)]
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Option<Signal>,
}

#[cfg(unix)]
impl Signals {
    fn listen(hangup: Hangup) -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: match hangup == Hangup::Stops && survives_hangup() {
                true => None,
                false => Some(signal(SignalKind::hangup())?),
            },
        })
    }

    async fn next(&mut self) -> Signalled {
        let hangup = async {
            match &mut self.hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.interrupt.recv() => Signalled::Stop,
            _ = self.terminate.recv() => Signalled::Stop,
            _ = hangup => Signalled::Hangup,
        }
    }
}

/// Whether SIGHUP is ignored, as by `nohup`, which a handler would undo. Assumed if unknown.
#[cfg(unix)]
fn survives_hangup() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        // SIGHUP is signal 1, the lowest bit.
        .is_none_or(|ignored| ignored & 1 == 1)
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen(_: Hangup) -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> Signalled {
        // Without a console, there is no Ctrl-C.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Signalled::Stop
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    #[tokio::test]
    async fn a_request_ends_work_and_no_request_leaves_it_alone() {
        let (sender, requests) = watch::channel(0);
        let (_, hangups) = watch::channel(0);
        let interrupt = Interrupt {
            requests,
            hangups,
            cancel: Cancel::new(),
        };
        let quick = interrupt.guard(async { Ok::<_, Error>(1) }).await;
        assert!(matches!(quick, Ok(1)));
        sender.send_replace(1);
        let stuck = interrupt.guard(pending::<Result<(), Error>>()).await;
        assert!(matches!(stuck, Err(Error::Interrupted)));
        let late = interrupt.guard(async { Ok::<_, Error>(1) }).await;
        assert!(matches!(late, Err(Error::Interrupted)));
    }
}
