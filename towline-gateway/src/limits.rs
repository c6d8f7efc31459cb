//! What a client may use up.

use std::time::Duration;

/// What a client may use up, and for how long it may keep the gateway waiting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The number of clients at a time. Further ones get `421`. Default: 256.
    pub clients: usize,
    /// The bytes in a command line. Default: 8192.
    pub line: usize,
    /// The commands of one client in a second. Further ones wait. Default: 2000.
    pub commands: u32,
    /// The time from the connection to the login. Default: 60 seconds.
    pub login: Duration,
    /// The time without a command. Default: 15 minutes.
    pub idle: Duration,
    /// The time for a data connection to be opened, and for each wait until some data moves.
    /// Default: 60 seconds.
    pub data: Duration,
    /// The time that running transfers get at the end. Default: 30 seconds.
    pub grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            clients: 256,
            line: 8192,
            commands: 2000,
            login: Duration::from_secs(60),
            idle: Duration::from_secs(15 * 60),
            data: Duration::from_secs(60),
            grace: Duration::from_secs(30),
        }
    }
}
