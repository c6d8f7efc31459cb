//! Faults on demand: what a server does wrong, where, and how often.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::{Early, EarlyClose, Gate};

/// Something that a server does wrong.
///
/// Without more, a fault strikes on every occasion. [`nth`](Self::nth) and
/// [`from_nth`](Self::from_nth) narrow it down; occasions are counted over
/// all control connections of the server, from 1, or over one of them, see
/// [`on_control`](ArmedFault::on_control).
///
/// Verbs are FTP verbs in capitals; `"*"` stands for any.
///
/// Much of what goes wrong in the field is [`At`](Self::At) some point:
///
/// | what goes wrong | point | action |
/// | --- | --- | --- |
/// | the final reply is lost, and the control connection with it | [`FinalReply`](Point::FinalReply) | [`Close`](Action::Close) |
/// | a complete transfer is answered `426` | [`FinalReply`](Point::FinalReply) | [`Reply`](Action::Reply) |
/// | `AUTH` is met with silence | [`Command`](Point::Command) | [`Silence`](Action::Silence) |
/// | a command that does not wait for its turn is lost | [`Queued`](Point::Queued) | [`Skip`](Action::Skip) |
/// | the log-in is refused in words of one's own | [`Command("PASS")`](Point::Command) | [`Reply`](Action::Reply) |
/// | the n-th command costs the connection | [`Command("*")`](Point::Command), [`nth`](Self::nth) | [`Close`](Action::Close) |
/// | the n-th connection is turned away | [`Greeting`](Point::Greeting), [`nth`](Self::nth) | [`Goodbye`](Action::Goodbye) |
/// | one connection of many is lost in a transfer | [`Transfer`](Point::Transfer), [`on_control`](ArmedFault::on_control) | [`Close`](Action::Close) |
/// | a file grows or shrinks while it is fetched | [`Transfer`](Point::Transfer) | [`Hold`](Action::Hold): the test changes the file, then opens the gate |
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Fault {
    /// Does something unexpected at a point of the session.
    At(Point, Action),
    /// Sends every byte of every reply in a TLS record, or a TCP segment, of
    /// its own.
    SplitReplies,
    /// Sends these bytes in clear directly behind the 234 reply to `AUTH`.
    PlaintextBehindAuth(Vec<u8>),
    /// Names another host in the reply to `PASV`. The port is the right one.
    PasvAddress(Ipv4Addr),
    /// Names port 0 in the replies to `PASV` and `EPSV`.
    PassivePortZero,
    /// Names a port in the replies to `PASV` and `EPSV` at which nobody
    /// listens: connections are refused. The transfer waits for one until the
    /// idle timeout.
    PassivePortClosed,
    /// Names a port in the replies to `PASV` and `EPSV` that lies behind a
    /// firewall, as it were: connections are neither made nor refused. The
    /// transfer waits for one until the idle timeout. On Linux only.
    PassivePortBlocked,
    /// Connects in active mode from this address, which is not the one that
    /// the client came to: `127.0.0.2`, say. A client should refuse it.
    ActiveFrom(Ipv4Addr),
    /// Does a full handshake on a data connection and shows another
    /// certificate of the same authority. There is no check of session reuse.
    OtherDataCertificate,
    /// Does a full handshake on a data connection and shows the control
    /// connection's certificate without holding its key.
    DataCertificateWithoutKey,
    /// Refuses a data connection in the personality's own way although its
    /// session was resumed.
    RefuseData,
    /// Declines every session offered: data connections get full handshakes.
    RefuseSessions,
    /// Answers a transfer with a 550 and leaves its data connection open,
    /// without a TLS handshake, until the client closes it or the next one is
    /// agreed on.
    KeepDataOpen {
        /// The transfer's verb.
        command: &'static str,
    },
    /// Lists this many made-up files instead of what is there. The listing
    /// is written as it is made and takes no memory.
    HugeListing(u64),
    /// Adds entries with these names to every listing, written as they are.
    ListingNames(Vec<Vec<u8>>),
    /// Adds these lines, as they are, to every listing.
    ListingLines(Vec<Vec<u8>>),
    /// Does something else with a command that comes while a transfer runs
    /// than the personality does. Occasions are the commands, in the order in
    /// which they come.
    Early {
        /// The verb of the command that comes early.
        command: &'static str,
        /// What becomes of it.
        what: Early,
    },
    /// Cuts the end off a download that meets the client's `close_notify`
    /// before its last byte is sent. Occasions are such downloads.
    EarlyClose(EarlyClose),
    /// Moves the data of a transfer no faster than this. What the client sends
    /// is taken off the wire at this pace: all but a few kilobytes of it waits
    /// in the client's own send queue.
    Pace {
        /// The transfer's verb.
        command: &'static str,
        /// Bytes of data moved each second.
        bytes_per_second: u64,
    },
    /// Closes the TCP connection of a download or a listing without
    /// `close_notify`.
    NoCloseNotify,
    /// Says the final reply of a transfer and leaves its data connection
    /// open, without `close_notify` or FIN, until the client closes it or the
    /// next one is agreed on. IIS does so with uploads.
    LeaveDataOpen,
    /// Sends no more than this many bytes of a file, and answers 226.
    CutDownload(u64),
    /// Stores nothing of an upload beyond this many bytes, and answers 226.
    LoseUpload(u64),
    /// Finds the disk full after this many bytes of an upload.
    DiskFull(u64),
    /// Adds this to the number that `SIZE` answers.
    WrongSize(i64),
    /// Answers a digest that is not the file's.
    WrongDigest,
    /// Refuses to rename over a file that exists.
    RefuseReplace,
}

impl Fault {
    /// The fault on the n-th occasion only, counted from 1.
    pub fn nth(self, n: usize) -> ArmedFault {
        ArmedFault::new(self, n, n)
    }

    /// The fault on the n-th occasion, counted from 1, and on all that follow.
    pub fn from_nth(self, n: usize) -> ArmedFault {
        ArmedFault::new(self, n, usize::MAX)
    }

    /// Listing entries with names that a careful client refuses or escapes:
    /// separators, `..`, NUL, control characters, terminal escapes,
    /// overrides of the writing direction, a name that is no UTF-8.
    pub fn hostile_names() -> Self {
        let names: [&[u8]; 11] = [
            b"../escape",
            b"..",
            b"/etc/passwd",
            b"a/b",
            b"back\\slash",
            b"nul\0byte",
            b"\x1b]0;title\x07\x1b[31mred",
            b"bell\x07tab\tdel\x7f",
            "\u{9b}31mC1".as_bytes(),
            "right\u{202e}gpj.exe".as_bytes(),
            b"\xff\xfe",
        ];
        Self::ListingNames(names.map(<[u8]>::to_vec).to_vec())
    }
}

/// Where in a session something happens.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Point {
    /// In place of the greeting.
    Greeting,
    /// In place of the handshake of the control connection.
    ControlTls,
    /// In place of the answer to a command. With [`Action::Hold`]: before it.
    Command(&'static str),
    /// The same, only where the command had come before the one ahead of it
    /// was answered.
    Queued(&'static str),
    /// On a data connection, in place of the TLS handshake.
    DataTls(&'static str),
    /// In the middle of a transfer.
    Transfer {
        /// The transfer's verb.
        command: &'static str,
        /// Bytes transferred before it happens. A transfer that is shorter
        /// meets it at its end.
        after: u64,
    },
    /// In place of the final reply to a transfer, when all data has come or
    /// gone. With [`Action::Hold`] and [`Action::Silence`] the server has not
    /// closed the data connection yet.
    FinalReply(&'static str),
}

/// What happens at a [`Point`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Action {
    /// Nothing at all. The session goes on.
    Skip,
    /// Nothing any more, on any connection of the session, until the client
    /// closes the control connection or the idle timeout is over.
    Silence,
    /// Waits at the gate, then goes on as if nothing had been. There is no
    /// deadline but the end of the server.
    Hold(Gate),
    /// Says this instead of what was due. Lines are separated by `\n`; CRLF
    /// is added. The session goes on.
    Reply(String),
    /// Says `421` and closes the control connection.
    Goodbye,
    /// Closes the control connection without a reply.
    Close,
    /// Resets the connection: in a transfer, before and behind it the data
    /// connection, elsewhere the control connection.
    Reset,
    /// Writes this in clear into the middle of the TLS stream of the control
    /// connection and closes it, as vsftpd does with its `500 OOPS`. CRLF is
    /// added.
    Plaintext(String),
    /// A reply of many lines that never ends.
    EndlessReply,
    /// A reply of about this many bytes, which ends. The session goes on.
    HugeReply(usize),
    /// Bytes of every value in place of a reply. The session goes on.
    BinaryReply,
}

/// A fault and the occasions on which it strikes.
#[derive(Debug, Clone)]
pub struct ArmedFault {
    fault: Fault,
    first: usize,
    last: usize,
    control: Option<u64>,
    occasions: usize,
}

impl ArmedFault {
    fn new(fault: Fault, first: usize, last: usize) -> Self {
        Self {
            fault,
            first,
            last,
            control: None,
            occasions: 0,
        }
    }

    /// The fault on one control connection only, given by its
    /// [`id`](crate::ControlReport::id): 1 is the first that was accepted.
    /// Occasions are counted on that connection alone.
    pub fn on_control(mut self, id: u64) -> Self {
        self.control = Some(id);
        self
    }

    fn strikes(&mut self) -> bool {
        self.occasions += 1;
        (self.first..=self.last).contains(&self.occasions)
    }
}

impl From<Fault> for ArmedFault {
    fn from(fault: Fault) -> Self {
        Self::new(fault, 1, usize::MAX)
    }
}

/// The faults of a server, as one of its control connections meets them.
#[derive(Debug, Default, Clone)]
pub(crate) struct Faults {
    armed: Arc<Mutex<Vec<ArmedFault>>>,
    /// The control connection.
    control: u64,
}

impl Faults {
    pub(crate) fn new(faults: Vec<ArmedFault>) -> Self {
        Self {
            armed: Arc::new(Mutex::new(faults)),
            control: 0,
        }
    }

    /// The same faults as another control connection meets them.
    pub(crate) fn on_control(&self, control: u64) -> Self {
        Self {
            armed: Arc::clone(&self.armed),
            control,
        }
    }

    pub(crate) fn arm(&self, fault: ArmedFault) {
        self.lock().push(fault);
    }

    pub(crate) fn disarm(&self) {
        self.lock().clear();
    }

    /// The first fault of a kind that strikes on this occasion. `kind` gives
    /// what of the fault is wanted, if it is of the kind; every fault of the
    /// kind counts the occasion.
    pub(crate) fn strike<T>(&self, kind: impl Fn(&Fault) -> Option<T>) -> Option<T> {
        let mut found = None;
        for armed in self.lock().iter_mut().filter(|armed| self.concerns(armed)) {
            if let Some(wanted) = kind(&armed.fault)
                && armed.strikes()
                && found.is_none()
            {
                found = Some(wanted);
            }
        }
        found
    }

    /// Whether there is a fault of a kind, on whatever occasion.
    pub(crate) fn any(&self, kind: impl Fn(&Fault) -> bool) -> bool {
        self.lock()
            .iter()
            .any(|armed| self.concerns(armed) && kind(&armed.fault))
    }

    fn concerns(&self, armed: &ArmedFault) -> bool {
        armed.control.is_none_or(|control| control == self.control)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<ArmedFault>> {
        self.armed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a fault without particulars strikes.
    pub(crate) fn strikes(&self, kind: impl Fn(&Fault) -> bool) -> bool {
        self.strike(|fault| kind(fault).then_some(())).is_some()
    }

    /// What happens at a point. Not for [`Point::Transfer`].
    pub(crate) fn at(&self, point: impl Fn(&Point) -> bool) -> Option<Action> {
        self.strike(|fault| match fault {
            Fault::At(at, action) if point(at) => Some(action.clone()),
            _ => None,
        })
    }

    /// What happens in the middle of a transfer, and after how many bytes.
    pub(crate) fn in_transfer(&self, verb: &str) -> Option<(u64, Action)> {
        self.strike(|fault| match fault {
            Fault::At(Point::Transfer { command, after }, action) if names(command, verb) => {
                Some((*after, action.clone()))
            }
            _ => None,
        })
    }
}

/// Whether a fault's verb stands for a command's.
pub(crate) fn names(pattern: &str, verb: &str) -> bool {
    pattern == "*" || pattern == verb
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_strikes_on_its_occasions_only() {
        let faults = Faults::new(vec![
            Fault::RefuseData.nth(2),
            Fault::RefuseSessions.from_nth(2),
        ]);
        let struck = |kind: fn(&Fault) -> bool| [(); 3].map(|()| faults.strikes(kind));
        assert_eq!(
            struck(|fault| matches!(fault, Fault::RefuseData)),
            [false, true, false]
        );
        assert_eq!(
            struck(|fault| matches!(fault, Fault::RefuseSessions)),
            [false, true, true]
        );
        assert_eq!(
            struck(|fault| matches!(fault, Fault::NoCloseNotify)),
            [false; 3]
        );
    }

    #[test]
    fn a_fault_can_be_bound_to_a_control_connection() {
        let faults = Faults::new(vec![Fault::RefuseData.nth(2).on_control(7)]);
        let strikes = |control| {
            faults
                .on_control(control)
                .strikes(|fault| matches!(fault, Fault::RefuseData))
        };
        assert!(!strikes(7));
        assert!(!strikes(1));
        assert!(strikes(7));
    }

    #[test]
    fn two_faults_at_one_point_both_count() {
        let at = |text: &str| Fault::At(Point::Command("*"), Action::Reply(text.to_owned()));
        let faults = Faults::new(vec![at("1").nth(1), at("2").nth(2)]);
        let next = || match faults.at(|point| matches!(point, Point::Command(_))) {
            Some(Action::Reply(text)) => text,
            _ => String::new(),
        };
        assert_eq!([next(), next(), next()], ["1", "2", ""]);
    }
}
