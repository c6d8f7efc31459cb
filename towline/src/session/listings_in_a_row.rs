//! Listings that follow each other, and the data port of the next one.

use std::time::Duration;

use tokio::time::Instant;

use crate::data::Channel;

/// How long a port that was requested in advance is used. The server may close it after a while.
const FRESH: Duration = Duration::from_secs(5);

/// After this many listings in a row, another one is likely.
const ENOUGH: u32 = 2;

/// The listings that have followed each other without another transfer.
#[derive(Debug, Default)]
pub(super) struct ListingsInARow {
    count: u32,
    /// Where the server listens for the next data connection, and since when.
    next: Option<(Channel, Instant)>,
}

impl ListingsInARow {
    /// A listing has succeeded.
    pub(super) fn count(&mut self) {
        self.count = self.count.saturating_add(1);
    }

    /// Whether another listing is likely.
    pub(super) fn are_enough(&self) -> bool {
        self.count >= ENOUGH
    }

    /// The server listens for the next data connection.
    pub(super) fn keep_port(&mut self, channel: Channel) {
        self.next = Some((channel, Instant::now()));
    }

    /// Returns where the server listens for the next data connection, if it still does.
    pub(super) fn take_port(&mut self) -> Option<Channel> {
        let (channel, since) = self.next.take()?;
        (since.elapsed() < FRESH).then_some(channel)
    }

    /// The server is asked to listen elsewhere.
    pub(super) fn lose_port(&mut self) {
        self.next = None;
    }

    /// Another transfer follows.
    pub(super) fn end(&mut self) {
        *self = Self::default();
    }
}
