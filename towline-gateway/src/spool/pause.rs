//! The pause after the server could not be reached for a client's command.
//!
//! Clients repeat commands at once, and each attempt is a login. Too many of them lock an account.

use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use tokio::time::Instant;
use towline_proto::reply::Reply;

use super::destination::Destination;
use crate::lock::lock;

/// The longest pause, unless the login was refused.
const LONGEST: Duration = Duration::from_secs(10);

/// The pause of all clients of a spool.
#[derive(Debug, Default)]
pub(super) struct Pause(Mutex<Option<Begun>>);

/// A pause that has begun.
#[derive(Debug)]
struct Begun {
    failures: u32,
    until: Instant,
    reply: Reply,
}

impl Pause {
    /// Returns what the last attempt was answered with, if it is too early for the next one.
    pub(super) fn reply(&self) -> Option<Reply> {
        let begun = self.lock();
        let begun = begun.as_ref().filter(|it| Instant::now() < it.until);
        begun.map(|begun| begun.reply.clone())
    }

    /// Begins, after an attempt that was answered with `reply`.
    pub(super) fn begin(&self, reply: Reply, refused_login: bool, destination: &Destination) {
        let mut begun = self.lock();
        let failures = begun.as_ref().map_or(0, |begun| begun.failures);
        let wait = match refused_login {
            true => destination.longest_retry,
            false => destination.wait(failures).min(LONGEST),
        };
        *begun = Some(Begun {
            failures: failures.saturating_add(1),
            until: Instant::now() + wait,
            reply,
        });
    }

    /// Lets the next command ask the server: it is there, or somebody wants to know.
    pub(super) fn end(&self) {
        *self.lock() = None;
    }

    fn lock(&self) -> MutexGuard<'_, Option<Begun>> {
        lock(&self.0)
    }
}
