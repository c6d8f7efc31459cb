//! How fast a client may send commands.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// Lets a client send so many commands in a second.
pub(super) struct Pace {
    since: Instant,
    commands: u32,
}

impl Pace {
    pub(super) fn new() -> Self {
        Self {
            since: Instant::now(),
            commands: 0,
        }
    }

    pub(super) async fn keep(&mut self, most: u32) {
        let next = self.since + Duration::from_secs(1);
        if self.commands >= most {
            sleep_until(next).await;
        }
        if Instant::now() >= next {
            *self = Self::new();
        }
        self.commands += 1;
    }
}
