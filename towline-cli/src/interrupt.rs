//! Ctrl-C, requests to terminate and the end of the terminal: noticed once, seen by everybody who
//! waits.

use std::io;

use tokio::sync::watch;

use crate::error::Error;

/// A handle on whether the user wants to stop.
#[derive(Clone, Debug)]
pub(crate) struct Interrupt(watch::Receiver<bool>);

impl Interrupt {
    /// Takes over SIGINT (Ctrl-C) and, on Unix, SIGTERM and SIGHUP.
    ///
    /// # Errors
    /// Where the system does not let us listen.
    pub(crate) fn listen() -> io::Result<Self> {
        let (sender, receiver) = watch::channel(false);
        let signal = signals()?;
        tokio::spawn(async move {
            signal.await;
            // Nobody left to tell is as good as told.
            let _ = sender.send(true);
            // A sender that goes away would look like a request to everybody who asks later.
            sender.closed().await;
        });
        Ok(Self(receiver))
    }

    /// Completes when the user has asked to stop.
    pub(crate) async fn requested(&self) {
        // A listener that ended cannot tell any more, and is taken for a request.
        let _ = self.0.clone().wait_for(|asked| *asked).await;
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

#[cfg(unix)]
fn signals() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = match survives_hangup() {
        true => None,
        false => Some(signal(SignalKind::hangup())?),
    };
    Ok(async move {
        let hangup = async {
            match &mut hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup => {}
        }
    })
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
fn signals() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        // Without a console there is no Ctrl-C to wait for.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    #[tokio::test]
    async fn a_request_ends_work_and_no_request_leaves_it_alone() {
        let (sender, receiver) = watch::channel(false);
        let interrupt = Interrupt(receiver);
        let quick = interrupt.guard(async { Ok::<_, Error>(1) }).await;
        assert!(matches!(quick, Ok(1)));
        sender.send_replace(true);
        let stuck = interrupt.guard(pending::<Result<(), Error>>()).await;
        assert!(matches!(stuck, Err(Error::Interrupted)));
        let late = interrupt.guard(async { Ok::<_, Error>(1) }).await;
        assert!(matches!(late, Err(Error::Interrupted)));
    }
}
