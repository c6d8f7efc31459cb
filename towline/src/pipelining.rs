//! Which round trips are saved, and where that has been given up.

use std::sync::atomic::{AtomicBool, Ordering};

use towline_proto::quirks::Server;

use crate::control::Control;
use crate::error::{Error, ErrorKind};
use crate::observer::Event;

/// Which round trips are saved. Each step is taken only on servers that were seen to bear it, by their
/// greeting or features; every other server gets one command at a time. A server that surprises all
/// the same, by no reply or a short file, costs its session; what was under way is done again one command
/// at a time, and so is all that follows.
///
/// ```
/// use towline::{Config, Pipelining};
///
/// // The reference: every reply is waited for before anything else is sent.
/// let config = Config::new("ftp.example.com").pipelining(Pipelining::none());
/// # let _ = config;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pipelining {
    /// The data connection is opened while the command that it is for is on its way. Never a session's
    /// first one: the way to the server's ports may be blocked. Saves one round trip a file.
    pub connect_early: bool,
    /// Where several small files are to be moved, what the next one needs is sent behind the command for
    /// this one, and a rename of an upload together with the next upload. Saves two to four round trips
    /// a file. What follows a login is sent in one piece, which saves four; where that ends badly there is
    /// another login at once.
    pub queue_commands: bool,
    /// The `close_notify` of a small download whose size is known is sent before its data has come, in
    /// TLS 1.3 alone (RFC 8446 section 6.1). Saves one round trip a file on servers that wait for it.
    pub close_early: bool,
}

impl Default for Pipelining {
    fn default() -> Self {
        Self {
            connect_early: true,
            queue_commands: true,
            close_early: true,
        }
    }
}

impl Pipelining {
    /// Nothing: one command at a time.
    #[must_use]
    pub fn none() -> Self {
        Self {
            connect_early: false,
            queue_commands: false,
            close_early: false,
        }
    }
}

/// What of it still holds for one server, after its surprises.
#[derive(Debug)]
pub(crate) struct Allowance {
    wish: Pipelining,
    /// A connection was lost while commands were queued. Once that may be anybody's doing.
    had_loss: AtomicBool,
    is_one_by_one: AtomicBool,
    closes_late: AtomicBool,
}

impl Allowance {
    pub(crate) fn new(wish: Pipelining) -> Self {
        Self {
            wish,
            had_loss: AtomicBool::new(false),
            is_one_by_one: AtomicBool::new(false),
            closes_late: AtomicBool::new(false),
        }
    }

    /// Whether a data connection may be opened before its command has been answered.
    pub(crate) fn connects_early(&self, server: &Server) -> bool {
        self.wish.connect_early && self.is_trusted(server)
    }

    /// Whether commands may wait at the server behind a transfer.
    pub(crate) fn queues_commands(&self, server: &Server) -> bool {
        self.wish.queue_commands && self.is_trusted(server)
    }

    /// Whether our direction of a download of `size` bytes may end before its data.
    pub(crate) fn closes_early(&self, server: &Server, size: u64) -> bool {
        self.wish.close_early
            && self.is_trusted(server)
            && !self.closes_late.load(Ordering::Relaxed)
            && server.bears_early_close(size)
    }

    fn is_trusted(&self, server: &Server) -> bool {
        server.queues_commands() && !self.is_one_by_one.load(Ordering::Relaxed)
    }

    /// Gives up `control`, on which `error` came while more than one command was under way.
    pub(crate) fn give_up(&self, control: &mut Control, error: &Error, closed_early: bool) {
        control.mark_broken();
        let consequence = match self.surprised(error, closed_early) {
            true => "one command at a time from now on",
            false => "trying again",
        };
        let text = format!("commands sent ahead did not end well: {error}; {consequence}");
        control.observe(&Event::Note { text: &text });
    }

    /// Takes note of what went wrong while more than one command was under way. Returns whether there is
    /// one command at a time from now on.
    fn surprised(&self, error: &Error, closed_early: bool) -> bool {
        if closed_early {
            self.closes_late.store(true, Ordering::Relaxed);
        }
        let is_forgiven = match error.kind() {
            // The network breaks, and a server says goodbye; neither need be about the commands.
            ErrorKind::Network | ErrorKind::Unavailable => {
                !self.had_loss.swap(true, Ordering::Relaxed)
            }
            _ => false,
        };
        if !is_forgiven {
            self.is_one_by_one.store(true, Ordering::Relaxed);
        }
        self.is_one_by_one.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use towline_proto::features::Features;
    use towline_proto::quirks::identify;
    use towline_proto::reply::{Reply, ReplyCode};

    use super::*;

    fn greeted(text: &str) -> Server {
        let greeting = Reply::new(ReplyCode::SERVICE_READY, text);
        identify(&greeting, None, &Features::default())
    }

    #[test]
    fn nothing_is_risked_with_a_server_that_is_not_known_to_bear_it() {
        let allowance = Allowance::new(Pipelining::default());
        for server in [greeted("Welcome."), greeted("pyftpdlib 2.2.0 ready.")] {
            assert!(!allowance.connects_early(&server));
            assert!(!allowance.queues_commands(&server));
            assert!(!allowance.closes_early(&server, 0));
        }
        let known = greeted("(vsFTPd 3.0.3)");
        assert!(allowance.connects_early(&known) && allowance.queues_commands(&known));
        assert!(allowance.closes_early(&known, 4096));
    }

    #[test]
    fn each_step_can_be_switched_off() {
        let known = greeted("(vsFTPd 3.0.3)");
        let allowance = Allowance::new(Pipelining::none());
        assert!(!allowance.connects_early(&known) && !allowance.queues_commands(&known));
        assert!(!allowance.closes_early(&known, 4096));
    }

    #[test]
    fn a_surprise_ends_it_and_so_does_a_second_loss() {
        let known = greeted("(vsFTPd 3.0.3)");
        let loss = || Error::new(ErrorKind::Network, "reset");
        let allowance = Allowance::new(Pipelining::default());
        assert!(!allowance.surprised(&loss(), true));
        assert!(allowance.queues_commands(&known) && !allowance.closes_early(&known, 1));
        assert!(allowance.surprised(&loss(), false));
        assert!(!allowance.queues_commands(&known) && !allowance.connects_early(&known));

        let allowance = Allowance::new(Pipelining::default());
        assert!(allowance.surprised(&Error::timeout("silence"), false));
        let allowance = Allowance::new(Pipelining::default());
        let farewell = Error::new(ErrorKind::Unavailable, "421");
        assert!(!allowance.surprised(&farewell, false));
        assert!(allowance.surprised(&farewell, false));
    }
}
