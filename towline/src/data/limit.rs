//! A time limit for waits without progress.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

/// A time limit from the start of a wait to the next progress. It is kept between polls, so that a
/// tokio reader or writer can hold it.
#[derive(Debug)]
pub(crate) struct Limit {
    limit: Duration,
    timer: Option<Pin<Box<Sleep>>>,
    is_running: bool,
}

impl Limit {
    pub(crate) fn new(limit: Duration) -> Self {
        Self {
            limit,
            timer: None,
            is_running: false,
        }
    }

    /// Records progress.
    pub(crate) fn moved(&mut self) {
        self.is_running = false;
    }

    /// Ready once the limit has passed since the first call after the last progress.
    pub(crate) fn poll_expired(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let limit = self.limit;
        let timer = self
            .timer
            .get_or_insert_with(|| Box::pin(sleep_until(deadline(limit))));
        if !self.is_running {
            timer.as_mut().reset(deadline(limit));
            self.is_running = true;
        }
        timer.as_mut().poll(cx)
    }
}

/// Returns the deadline of a wait that starts now. If the clock cannot represent it, the deadline
/// is far in the future.
pub(super) fn deadline(limit: Duration) -> Instant {
    const FAR: Duration = Duration::from_secs(60 * 60 * 24 * 365);
    let now = Instant::now();
    now.checked_add(limit).unwrap_or(now + FAR)
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn begins_again_after_progress() {
        let mut limit = Limit::new(Duration::from_secs(10));
        let began = Instant::now();
        let expired = poll_fn(|cx| limit.poll_expired(cx));
        let waited = tokio::time::timeout(Duration::from_secs(6), expired).await;
        assert!(waited.is_err());
        limit.moved();
        poll_fn(|cx| limit.poll_expired(cx)).await;
        assert_eq!(began.elapsed(), Duration::from_secs(16));
    }

    #[tokio::test(start_paused = true)]
    async fn a_limit_without_end_never_expires() {
        let mut limit = Limit::new(Duration::MAX);
        let expired = poll_fn(|cx| limit.poll_expired(cx));
        let waited = tokio::time::timeout(Duration::from_secs(1_000_000), expired).await;
        assert!(waited.is_err());
    }
}
