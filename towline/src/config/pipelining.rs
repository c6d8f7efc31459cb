//! Whether commands are pipelined.

/// Whether commands are pipelined, on servers that were observed to support it. Every other server
/// receives one command at a time, whatever is chosen here.
///
/// If such a server fails nevertheless, with a missing reply or a short file, its session is lost.
/// The operations in progress, and all later ones, are then done one command at a time.
///
/// ```
/// use towline::{Config, Pipelining};
///
/// // The reference: every reply is waited for before anything else is sent.
/// let config = Config::new("ftp.example.com").pipelining(Pipelining::Off);
/// # let _ = config;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Pipelining {
    /// A data connection is opened while its command is on its way, except the first one of a
    /// session, because a firewall may block the server's ports. The commands for the next of
    /// several small files follow directly behind the command for the current one, each of several
    /// listings in a row asks for the data port of the next, and the commands after a login are
    /// sent together. In TLS 1.3 only, the `close_notify` of a listing, or of a small download of
    /// known size, is sent before its data has arrived (RFC 8446 section 6.1).
    ///
    /// Together this saves up to five round trips per file, two per directory and four per login.
    #[default]
    Auto,
    /// One command at a time.
    Off,
    /// The steps one by one, for tests.
    #[cfg(feature = "test-internals")]
    #[doc(hidden)]
    Steps(PipeliningSteps),
}

/// The steps of [`Pipelining::Auto`], for tests.
#[cfg(feature = "test-internals")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PipeliningSteps {
    /// Open a data connection while its command is on its way.
    pub connect_early: bool,
    /// Send commands behind a transfer, and the commands after a login together.
    pub queue_commands: bool,
    /// End the client's direction of a listing or a small download before its data has arrived.
    pub close_early: bool,
}

impl Pipelining {
    /// Whether a data connection may be opened before the reply to its command.
    pub(crate) fn connects_early(self) -> bool {
        match self {
            Self::Auto => true,
            Self::Off => false,
            #[cfg(feature = "test-internals")]
            Self::Steps(steps) => steps.connect_early,
        }
    }

    /// Whether commands may be queued at the server.
    pub(crate) fn queues_commands(self) -> bool {
        match self {
            Self::Auto => true,
            Self::Off => false,
            #[cfg(feature = "test-internals")]
            Self::Steps(steps) => steps.queue_commands,
        }
    }

    /// Whether the client may end its direction of a listing or a small download before the data
    /// has arrived.
    pub(crate) fn closes_early(self) -> bool {
        match self {
            Self::Auto => true,
            Self::Off => false,
            #[cfg(feature = "test-internals")]
            Self::Steps(steps) => steps.close_early,
        }
    }
}
