//! Retries: how often, and after which wait.

use std::time::Duration;

/// How often to retry an operation after a transient failure, and how long to wait in between.
///
/// The backoff doubles from `first_wait` up to `longest_wait`. Each wait is a random part of it
/// (full jitter), so that many clients that lost one server do not return all at once. All waits of
/// one operation together stay within `budget`.
///
/// Only transient failures are retried: network errors, timeouts, 421, other 4yz replies, and a
/// server with too many connections. A refused password is never retried, and neither is one that
/// the server left unanswered, unless it accepted that password before.
///
/// ```
/// use std::time::Duration;
/// use towline::{Config, Retry};
///
/// let patient = Retry {
///     attempts: 10,
///     budget: Duration::from_secs(3600),
///     ..Retry::default()
/// };
/// let config = Config::new("ftp.example.com").retry(patient);
/// # let _ = config;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// The number of attempts in total. 0 counts as 1.
    pub attempts: u32,
    /// The upper bound of the first wait.
    pub first_wait: Duration,
    /// The upper bound of every wait.
    pub longest_wait: Duration,
    /// The upper bound of all waits of one operation together.
    pub budget: Duration,
}

impl Default for Retry {
    /// Three attempts with waits of up to 1 s and 2 s. Limits: 30 s for each wait, 5 minutes in
    /// total.
    fn default() -> Self {
        Self {
            attempts: 3,
            first_wait: Duration::from_secs(1),
            longest_wait: Duration::from_secs(30),
            budget: Duration::from_secs(300),
        }
    }
}

impl Retry {
    /// Returns a policy of one attempt without retries.
    #[must_use]
    pub fn none() -> Self {
        Self {
            attempts: 1,
            ..Self::default()
        }
    }

    /// Returns how long to wait after `failures` failures, at least one, when earlier waits took
    /// `waited` in total. `random` is in 0..=1. `None`: no more attempts.
    pub(crate) fn wait(&self, failures: u32, waited: Duration, random: f64) -> Option<Duration> {
        if failures >= self.attempts {
            return None;
        }
        let doublings = failures.saturating_sub(1).min(31);
        let longest = self.first_wait.saturating_mul(1 << doublings);
        let longest = longest.min(self.longest_wait);
        let wait = longest.as_secs_f64() * random.clamp(0.0, 1.0);
        let wait = Duration::try_from_secs_f64(wait).map_or(longest, |wait| wait.min(longest));
        (waited.checked_add(wait)? <= self.budget).then_some(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LONG: Duration = Duration::from_secs(1000);

    fn patient() -> Retry {
        Retry {
            attempts: 9,
            first_wait: Duration::from_secs(1),
            longest_wait: Duration::from_secs(10),
            budget: LONG,
        }
    }

    #[test]
    fn waits_grow_twofold_up_to_the_longest() {
        let waits = (1..=6).map(|failures| patient().wait(failures, Duration::ZERO, 1.0));
        let seconds: Vec<_> = waits.map(|wait| wait.unwrap().as_secs()).collect();
        assert_eq!(seconds, [1, 2, 4, 8, 10, 10]);
    }

    #[test]
    fn jitter_is_full() {
        let wait = |random| patient().wait(3, Duration::ZERO, random);
        assert_eq!(wait(0.0), Some(Duration::ZERO));
        assert_eq!(wait(0.5), Some(Duration::from_secs(2)));
    }

    #[test]
    fn none_never_waits() {
        assert_eq!(Retry::none().wait(1, Duration::ZERO, 0.0), None);
        let never = Retry {
            attempts: 0,
            ..Retry::default()
        };
        assert_eq!(never.wait(1, Duration::ZERO, 0.0), None);
    }

    #[test]
    fn a_wait_may_be_as_long_as_there_is() {
        let endless = Retry {
            attempts: 2,
            first_wait: Duration::MAX,
            longest_wait: Duration::MAX,
            budget: Duration::MAX,
        };
        assert_eq!(endless.wait(1, Duration::ZERO, 1.0), Some(Duration::MAX));
    }

    proptest! {
        #[test]
        fn attempts_and_budget_are_never_exceeded(
            attempts in 0_u32..100,
            first in 0_u64..u64::MAX / 2_000_000,
            longest in 0_u64..u64::MAX / 2_000_000,
            budget in 0_u64..100_000_000,
            random in prop::collection::vec(0.0_f64..=1.0, 100),
        ) {
            let retry = Retry {
                attempts,
                first_wait: Duration::from_millis(first),
                longest_wait: Duration::from_millis(longest),
                budget: Duration::from_millis(budget),
            };
            let mut waited = Duration::ZERO;
            let mut tried = 1;
            for random in random {
                let Some(wait) = retry.wait(tried, waited, random) else { break };
                prop_assert!(wait <= retry.longest_wait);
                waited += wait;
                tried += 1;
            }
            prop_assert!(waited <= retry.budget);
            prop_assert!(tried <= attempts.max(1));
        }
    }
}
