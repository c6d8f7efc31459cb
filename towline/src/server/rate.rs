//! How fast all transfers of a client together may be.

use std::future::Future;
use std::num::NonZeroU64;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

use crate::lock::lock;

/// Credit that builds up while less is moved than allowed, so that late timers cost no speed.
const BURST: Duration = Duration::from_millis(100);
/// Pieces in which a second's allowance is moved, so that it flows instead of pulsing.
const PIECES_PER_SECOND: u64 = 8;

/// A token bucket, kept as the time at which it will have been paid off.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    rate: NonZeroU64,
    paid_at: Instant,
}

impl Bucket {
    fn new(rate: NonZeroU64, now: Instant) -> Self {
        Self { rate, paid_at: now }
    }

    /// Books `bytes` that have been moved at `now`.
    fn spend(&mut self, now: Instant, bytes: u64) {
        let price = Duration::from_secs_f64(bytes as f64 / self.rate.get() as f64);
        let earliest = now.checked_sub(BURST).unwrap_or(now);
        self.paid_at = self.paid_at.max(earliest) + price;
    }
}

/// The limit that the transfers of a client share.
#[derive(Debug)]
pub(crate) struct RateLimit {
    bucket: Mutex<Bucket>,
    piece: usize,
}

impl RateLimit {
    /// At most `rate` bytes a second.
    pub(crate) fn new(rate: NonZeroU64) -> Self {
        Self {
            bucket: Mutex::new(Bucket::new(rate, Instant::now())),
            piece: usize::try_from((rate.get() / PIECES_PER_SECOND).max(1)).unwrap_or(usize::MAX),
        }
    }

    /// The most bytes to be moved in one go.
    pub(crate) fn piece(&self) -> usize {
        self.piece
    }

    /// Waits until more may be moved.
    pub(crate) async fn ready(&self) {
        loop {
            let paid_at = self.bucket().paid_at;
            if paid_at <= Instant::now() {
                return;
            }
            // Another transfer may spend meanwhile.
            sleep_until(paid_at).await;
        }
    }

    /// As [`Self::ready`]. The wait is kept in `pause` between two polls.
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
                // Another transfer has spent meanwhile.
                timer.as_mut().reset(paid_at);
            }
            ready!(timer.as_mut().poll(cx));
        }
    }

    /// Books `bytes` that have been moved.
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
        /// Whatever is moved, and whenever: a bucket that is waited for lets no more through than
        /// the rate, the burst, and the last piece.
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
        // 80 pieces of 125 bytes at 1000 a second, but for the burst and one piece each.
        let elapsed = began.elapsed();
        assert!(elapsed >= Duration::from_millis(9_500), "{elapsed:?}");
        assert!(elapsed <= Duration::from_millis(10_100), "{elapsed:?}");
    }
}
