//! Whether round trips are saved.

/// Whether round trips are saved, on servers that were seen to bear it. Every other server gets one
/// command at a time, whatever is chosen here.
///
/// A server that surprises all the same, by no reply or a short file, costs its session. What was
/// under way is done again one command at a time, and so is all that follows.
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
    /// session: the way to the server's ports may be blocked. What the next of several small files
    /// needs is sent behind the command for this one, and what follows a login in one piece. The
    /// `close_notify` of a small download whose size is known is sent before its data has come, in
    /// TLS 1.3 alone (RFC 8446 section 6.1).
    ///
    /// Together this saves up to five round trips a file, and four at each login.
    #[default]
    Auto,
    /// One command at a time.
    Off,
    /// The steps one by one, for tests.
    #[cfg(feature = "test-internals")]
    #[doc(hidden)]
    Steps(PipeliningSteps),
}

/// The steps of [`Pipelining::Auto`], for tests of each.
#[cfg(feature = "test-internals")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PipeliningSteps {
    /// Open a data connection while its command is on its way.
    pub connect_early: bool,
    /// Send commands behind a transfer, and what follows a login in one piece.
    pub queue_commands: bool,
    /// End our direction of a small download before its data has come.
    pub close_early: bool,
}

impl Pipelining {
    /// Whether a data connection may be opened before its command has been answered.
    pub(crate) fn connects_early(self) -> bool {
        match self {
            Self::Auto => true,
            Self::Off => false,
            #[cfg(feature = "test-internals")]
            Self::Steps(steps) => steps.connect_early,
        }
    }

    /// Whether commands may wait at the server behind others.
    pub(crate) fn queues_commands(self) -> bool {
        match self {
            Self::Auto => true,
            Self::Off => false,
            #[cfg(feature = "test-internals")]
            Self::Steps(steps) => steps.queue_commands,
        }
    }

    /// Whether our direction of a small download may end before its data.
    pub(crate) fn closes_early(self) -> bool {
        match self {
            Self::Auto => true,
            Self::Off => false,
            #[cfg(feature = "test-internals")]
            Self::Steps(steps) => steps.close_early,
        }
    }
}
