//! Ctrl-C, requests to terminate and the end of the terminal: noticed once, seen by everybody who
//! waits.

use std::io;
use std::time::{Duration, Instant};

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use towline::Cancel;

use crate::error::Error;

/// Signals that come so soon after one are the same wish: `timeout` of coreutils signals a program and then
/// its process group.
const DEBOUNCE: Duration = Duration::from_millis(200);

/// A handle on whether the user wants to stop.
#[derive(Clone, Debug)]
pub(crate) struct Interrupt {
    /// How often the user has requests.
    requests: watch::Receiver<u32>,
    cancel: Cancel,
}

impl Interrupt {
    /// Takes over SIGINT (Ctrl-C) and, on Unix, SIGTERM and SIGHUP.
    ///
    /// # Errors
    /// Where the system does not let us listen.
    pub(crate) fn listen() -> io::Result<Self> {
        let (sender, requests) = watch::channel(0);
        let cancel = Cancel::new();
        let interrupt = Self {
            requests,
            cancel: cancel.clone(),
        };
        let mut signals = Signals::listen()?;
        tokio::spawn(async move {
            let mut counted: Option<Instant> = None;
            loop {
                signals.next().await;
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

    /// What ends transfers in order.
    pub(crate) fn cancel(&self) -> &Cancel {
        &self.cancel
    }

    /// Completes when the user has requests a second time.
    pub(crate) async fn requested_twice(&self) {
        let _ = self
            .requests
            .clone()
            .wait_for(|requests| *requests > 1)
            .await;
    }

    /// Completes when the user has requests to stop.
    pub(crate) async fn requested(&self) {
        // A listener that ended cannot tell any more, and is taken for a request.
        let _ = self
            .requests
            .clone()
            .wait_for(|requests| *requests > 0)
            .await;
    }

    /// Runs `work` unless, or until, the user asks to stop; then `work` is dropped.
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

/// What the system tells us.
#[cfg(unix)]
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Option<Signal>,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: match survives_hangup() {
                true => None,
                false => Some(signal(SignalKind::hangup())?),
            },
        })
    }

    async fn next(&mut self) {
        let hangup = async {
            match &mut self.hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = hangup => {}
        }
    }
}

/// Whether whoever started us wants us to outlive the terminal, as `nohup` does: a handler would
/// undo that. Where the system does not tell, it is taken for granted.
#[cfg(unix)]
fn survives_hangup() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        // SIGHUP is number 1 everywhere, the lowest bit.
        .is_none_or(|ignored| ignored & 1 == 1)
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        // Without a console there is no Ctrl-C to wait for.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    #[tokio::test]
    async fn a_request_ends_work_and_no_request_leaves_it_alone() {
        let (sender, requests) = watch::channel(0);
        let interrupt = Interrupt {
            requests,
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
