//! A gate at which the server waits for the test.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

/// A gate at which the server waits until the test opens it.
///
/// All clones are the same gate. A gate starts closed. Once opened, it stays
/// open.
///
/// ```
/// # use towline_testkit::{Action, Fault, Gate, Personality, Point, Server};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), towline_testkit::StartError> {
/// let gate = Gate::new();
/// let server = Server::builder(Personality::VsFtpd)
///     .fault(Fault::At(Point::FinalReply("STOR"), Action::Hold(gate.clone())))
///     .start()
///     .await?;
/// // ... a client uploads; `gate.reached().await` returns once all of it has come ...
/// gate.open();
/// # server.shutdown().await;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Gate {
    state: Arc<watch::Sender<State>>,
    limit: Option<Duration>,
}

#[derive(Debug, Clone, Copy, Default)]
struct State {
    arrivals: usize,
    open: bool,
}

impl Gate {
    /// Returns a closed gate.
    pub fn new() -> Self {
        Self {
            state: Arc::new(watch::Sender::new(State::default())),
            limit: None,
        }
    }

    /// Returns a gate that lets each visitor pass after `limit`, open or not: for
    /// servers without a test that could open it.
    pub fn timed(limit: Duration) -> Self {
        Self {
            limit: Some(limit),
            ..Self::new()
        }
    }

    /// Opens the gate for all current and future waits.
    pub fn open(&self) {
        self.state.send_modify(|state| state.open = true);
    }

    /// Waits until the server has reached the gate at least once.
    pub async fn reached(&self) {
        self.reached_times(1).await;
    }

    /// Waits until the server has reached the gate this many times.
    pub async fn reached_times(&self, times: usize) {
        // The sender lives as long as `self`.
        let _ = self
            .state
            .subscribe()
            .wait_for(|state| state.arrivals >= times)
            .await;
    }

    /// Waits at the gate.
    pub(crate) async fn pass(&self) {
        self.state.send_modify(|state| state.arrivals += 1);
        let mut state = self.state.subscribe();
        let opened = state.wait_for(|state| state.open);
        match self.limit {
            // The sender lives as long as `self`.
            None => drop(opened.await),
            Some(limit) => drop(timeout(limit, opened).await),
        }
    }
}

impl Default for Gate {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn waits_until_opened() {
        let gate = Gate::new();
        let waiting = tokio::spawn({
            let gate = gate.clone();
            async move { gate.pass().await }
        });
        gate.reached().await;
        assert!(!waiting.is_finished());
        gate.open();
        waiting.await.unwrap();
        gate.pass().await;
        gate.reached_times(2).await;
    }
}
