//! A time limit on waiting without progress.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

/// A time limit that begins with a wait and ends with the next progress. It is kept between two polls,
/// so that a reader or writer of tokio can have it.
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

    /// There was progress.
    pub(crate) fn moved(&mut self) {
        self.is_running = false;
    }

    /// Ready once the limit has passed since the first of these calls after the last progress.
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

/// The end of a wait that begins now; far away where the clock cannot tell.
fn deadline(limit: Duration) -> Instant {
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
