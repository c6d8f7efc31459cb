//! Trying again: what has been tried, and the wait before the next attempt.

use std::time::Duration;

use tokio::time::sleep;

use crate::cancel::Cancel;
use crate::config::Config;
use crate::error::Error;
use crate::number::Number;
use crate::observer::Event;
use crate::session::Session;

/// The attempts at one operation.
#[derive(Debug, Default)]
pub(crate) struct Attempts {
    failures: u32,
    waited: Duration,
}

impl Attempts {
    /// Books a failure on the control connection `number`, and gives the wait before the next attempt.
    ///
    /// # Errors
    ///
    /// `error` itself, where there is to be no further attempt.
    pub(crate) fn failed(
        &mut self,
        config: &Config,
        number: &Number,
        error: Error,
    ) -> Result<Duration, Error> {
        self.failures = self.failures.saturating_add(1);
        let wait = config
            .retry
            .wait(self.failures, self.waited, rand::random());
        match wait {
            Some(wait) if error.is_worth_retrying() => {
                self.waited += wait;
                if let Some(observer) = &config.observer {
                    let event = Event::WaitingToRetry {
                        wait,
                        attempt: self.failures.saturating_add(1),
                        error: &error,
                    };
                    observer.event_on(number.value(), &event);
                }
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
    /// `error` itself, where there is to be no further attempt.
    pub(crate) async fn wait_to_retry(
        &mut self,
        attempts: &mut Attempts,
        error: Error,
        cancel: &Cancel,
    ) -> Result<(), Error> {
        let number = self.link.control.number();
        let wait = attempts.failed(&self.shared.config, &number, error)?;
        cancel.or(self.keep_alive_while(sleep(wait))).await
    }
}

/// Awaits `$operation`, which can be done again without harm, as often as the configuration allows.
///
/// A macro, because an async closure over a borrowed session is not known to be `Send`.
macro_rules! retrying {
    ($session:expr, $operation:expr) => {{
        let never = $crate::cancel::Cancel::new();
        $crate::attempt::retrying!($session, $operation, unless & never)
    }};
    ($session:expr, $operation:expr, unless $cancel:expr) => {{
        let mut attempts = $crate::attempt::Attempts::default();
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
