//! Retries: the attempts so far, and the backoff before the next one.

use std::time::Duration;

use tokio::time::sleep;

use super::Session;
use crate::boxed::boxed;
use crate::cancel::Cancel;
use crate::config::Config;
use crate::connection_id::ConnectionId;
use crate::error::Error;
use crate::observer::Event;

/// The attempts at one operation.
#[derive(Debug, Default)]
pub(crate) struct Attempts {
    failures: u32,
    waited: Duration,
}

impl Attempts {
    /// Records a failure on the control connection `id`, and returns the wait before the next
    /// attempt.
    ///
    /// # Errors
    ///
    /// `error` itself, if there is no further attempt.
    pub(crate) fn failed(
        &mut self,
        config: &Config,
        id: ConnectionId,
        error: Error,
    ) -> Result<Duration, Error> {
        self.failures = self.failures.saturating_add(1);
        let wait = config
            .retry
            .wait(self.failures, self.waited, rand::random());
        match wait {
            Some(wait) if error.is_transient() => {
                self.waited += wait;
                config.reporter(id).event(&Event::WaitingToRetry {
                    wait,
                    attempt: self.failures.saturating_add(1),
                    error: &error,
                });
                Ok(wait)
            }
            _ => Err(error),
        }
    }
}

impl Session {
    /// Waits for the next attempt after `error`.
    ///
    /// # Errors
    ///
    /// `error` itself, if there is no further attempt.
    #[boxed]
    pub(crate) async fn wait_to_retry(
        &mut self,
        attempts: &mut Attempts,
        error: Error,
        cancel: &Cancel,
    ) -> Result<(), Error> {
        let id = self.link.control.id().id();
        let wait = attempts.failed(self.shared.config(), id, error)?;
        cancel.or(self.keep_alive_while(sleep(wait))).await
    }
}

/// Awaits `$operation`, and repeats it as often as the configuration allows. The operation must be
/// safe to repeat.
///
/// A macro, because an async closure over a borrowed session is not known to be `Send`.
macro_rules! retrying {
    ($session:expr, $operation:expr) => {{
        let never = $crate::cancel::Cancel::new();
        $crate::session::attempts::retrying!($session, $operation, unless & never)
    }};
    ($session:expr, $operation:expr, unless $cancel:expr) => {{
        let mut attempts = $crate::session::attempts::Attempts::default();
        loop {
            match $operation.await {
                Ok(done) => break Ok(done),
                Err(error) => {
                    let waited = $session.wait_to_retry(&mut attempts, error, $cancel);
                    if let Err(error) = waited.await {
                        break Err(error);
                    }
                }
            }
        }
    }};
}

pub(crate) use retrying;
