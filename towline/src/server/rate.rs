//! The rate limit shared by all transfers of a client.

use std::future::Future;
use std::num::NonZeroU64;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

use crate::lock::lock;

/// Credit that accumulates below the limit, so that late timers cost no throughput.
const BURST: Duration = Duration::from_millis(100);
/// Chunks into which the allowance of a second is divided, so that data flows evenly.
const PIECES_PER_SECOND: u64 = 8;

/// A token bucket, represented by the time at which its debt will be paid off.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    rate: NonZeroU64,
    paid_at: Instant,
}

impl Bucket {
    fn new(rate: NonZeroU64, now: Instant) -> Self {
        Self { rate, paid_at: now }
    }

    /// Records `bytes` transferred at `now`.
    fn spend(&mut self, now: Instant, bytes: u64) {
        let price = Duration::from_secs_f64(bytes as f64 / self.rate.get() as f64);
        let earliest = now.checked_sub(BURST).unwrap_or(now);
        self.paid_at = self.paid_at.max(earliest) + price;
    }
}

/// The rate limit shared by the transfers of a client.
#[derive(Debug)]
pub(crate) struct RateLimit {
    bucket: Mutex<Bucket>,
    piece: usize,
}

impl RateLimit {
    /// Creates a limit of `rate` bytes per second.
    pub(crate) fn new(rate: NonZeroU64) -> Self {
        Self {
            bucket: Mutex::new(Bucket::new(rate, Instant::now())),
            piece: usize::try_from((rate.get() / PIECES_PER_SECOND).max(1)).unwrap_or(usize::MAX),
        }
    }

    /// Returns the most bytes to transfer at once.
    pub(crate) fn piece(&self) -> usize {
        self.piece
    }

    /// Waits until more bytes may be transferred.
    pub(crate) async fn ready(&self) {
        loop {
            let paid_at = self.bucket().paid_at;
            if paid_at <= Instant::now() {
                return;
            }
            // Another transfer may spend in the meantime.
            sleep_until(paid_at).await;
        }
    }

    /// Polls like [`Self::ready`]. `pause` keeps the wait between two polls.
    pub(crate) fn poll_ready(
        &self,
        pause: &mut Option<Pin<Box<Sleep>>>,
        cx: &mut Context<'_>,
    ) -> Poll<()> {
        loop {
            let paid_at = self.bucket().paid_at;
            if paid_at <= Instant::now() {
                *pause = None;
                return Poll::Ready(());
            }
            let timer = pause.get_or_insert_with(|| Box::pin(sleep_until(paid_at)));
            if timer.deadline() != paid_at {
                // Another transfer has spent in the meantime.
                timer.as_mut().reset(paid_at);
            }
            ready!(timer.as_mut().poll(cx));
        }
    }

    /// Records `bytes` as transferred.
    pub(crate) fn spend(&self, bytes: usize) {
        self.bucket().spend(Instant::now(), bytes as u64);
    }

    fn bucket(&self) -> MutexGuard<'_, Bucket> {
        lock(&self.bucket)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rate(bytes: u64) -> NonZeroU64 {
        NonZeroU64::new(bytes).unwrap()
    }

    proptest! {
        /// Whatever is transferred, and whenever: if the callers wait for the bucket, it lets no
        /// more through than the rate, the burst, and the last chunk.
        #[test]
        fn never_more_than_the_rate(
            limit in 1_u64..1_000_000_000,
            steps in prop::collection::vec((1_u64..100_000, 0_u64..200), 1..50),
        ) {
            let start = Instant::now();
            let mut now = start;
            let mut bucket = Bucket::new(rate(limit), start);
            let mut before_last = 0;
            let mut moved = 0;
            for (bytes, idle) in steps {
                now = (now + Duration::from_millis(idle)).max(bucket.paid_at);
                before_last = moved;
                moved += bytes;
                bucket.spend(now, bytes);
            }
            let allowed = (now - start + BURST).as_secs_f64() * limit as f64;
            prop_assert!(before_last as f64 <= allowed * 1.000_001 + 1.0);
        }
    }

    #[test]
    fn idle_time_is_no_credit_beyond_the_burst() {
        let start = Instant::now();
        let mut bucket = Bucket::new(rate(1000), start);
        let later = start + Duration::from_secs(3600);
        bucket.spend(later, 1000);
        assert_eq!(bucket.paid_at, later - BURST + Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn two_transfers_share_one_limit() {
        let limit = RateLimit::new(rate(1000));
        let began = Instant::now();
        let transfer = || async {
            for _ in 0..40 {
                limit.ready().await;
                limit.spend(limit.piece());
            }
        };
        tokio::join!(transfer(), transfer());
        // 80 chunks of 125 bytes at 1000 bytes per second, less the burst and one chunk each.
        let elapsed = began.elapsed();
        assert!(elapsed >= Duration::from_millis(9_500), "{elapsed:?}");
        assert!(elapsed <= Duration::from_millis(10_100), "{elapsed:?}");
    }
}
