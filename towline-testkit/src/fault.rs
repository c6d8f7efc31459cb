//! Faults on demand: what the server does wrong, where, and how often.

use std::net::Ipv4Addr;

use crate::{Early, EarlyClose, Gate, ListingFault};

/// Something that the server does wrong.
///
/// By default, a fault strikes on every occasion. [`nth`](Self::nth) and
/// [`from_nth`](Self::from_nth) limit the occasions. They are counted from 1
/// over all control connections of the server, or over one of them, see
/// [`on_control`](crate::ArmedFault::on_control).
///
/// Verbs are FTP verbs in capitals; `"*"` matches any verb.
///
/// Many faults seen in practice are written with [`At`](Self::At):
///
/// | what goes wrong | point | action |
/// | --- | --- | --- |
/// | the final reply and the control connection are lost | [`FinalReply`](Point::FinalReply) | [`Close`](Action::Close) |
/// | a complete transfer is answered with `426` | [`FinalReply`](Point::FinalReply) | [`Reply`](Action::Reply) |
/// | the server does not answer `AUTH` | [`Command`](Point::Command) | [`Silence`](Action::Silence) |
/// | a pipelined command is lost | [`Queued`](Point::Queued) | [`Skip`](Action::Skip) |
/// | the login is refused with a custom reply | [`Command("PASS")`](Point::Command) | [`Reply`](Action::Reply) |
/// | the connection is lost at the n-th command | [`Command("*")`](Point::Command), [`nth`](Self::nth) | [`Close`](Action::Close) |
/// | the n-th connection is refused | [`Greeting`](Point::Greeting), [`nth`](Self::nth) | [`Goodbye`](Action::Goodbye) |
/// | one connection of many is lost in a transfer | [`Transfer`](Point::Transfer), [`on_control`](crate::ArmedFault::on_control) | [`Close`](Action::Close) |
/// | a file grows or shrinks during its download | [`Transfer`](Point::Transfer) | [`Hold`](Action::Hold): the test changes the file, then opens the gate |
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Fault {
    /// Performs an action at a point of the session.
    At(Point, Action),
    /// Sends every byte of every reply in its own TLS record or TCP segment.
    SplitReplies,
    /// Sends these bytes in clear text directly after the 234 reply to `AUTH`.
    PlaintextBehindAuth(Vec<u8>),
    /// Answers `AUTH` with this, and expects the TLS handshake all the same.
    AuthReply(String),
    /// Accepts `AUTH`, but answers the `ClientHello` with this text in clear, and
    /// closes the connection. CRLF is added.
    NotReadyForTls(String),
    /// Sends a blank line after every reply.
    BlankLines,
    /// Sends the reply to a command twice.
    AnswerTwice {
        /// The verb of the command.
        command: &'static str,
        /// The second time comes once the next command has arrived, before its
        /// own reply.
        late: bool,
    },
    /// Leaves Nagle's algorithm on: a reply that follows another at once waits
    /// until the client has acknowledged that one.
    Nagle,
    /// Answers `EPSV` or `PASV` with this text, in which `{port}` is the port,
    /// `{numbers}` the address in the form of `PASV`, and `{spaced}` the same with
    /// blanks.
    PassiveReply {
        /// The verb of the command.
        command: &'static str,
        /// The text.
        text: &'static str,
    },
    /// Accepts a transfer, does not open its data connection, and answers with
    /// this. In active mode the client waits for a connection; in passive mode,
    /// for its TLS handshake.
    DataNotOpened {
        /// The verb of the transfer.
        command: &'static str,
        /// The final reply.
        reply: &'static str,
    },
    /// Completes the TLS handshake of a data connection before it looks at the
    /// transfer command, if the personality begins the handshake at accept. In
    /// FileZilla Server, the outcome of this race varies.
    HandshakeFirst,
    /// Announces another host in the reply to `PASV`. The port is correct.
    PasvAddress(Ipv4Addr),
    /// Announces port 0 in the replies to `PASV` and `EPSV`.
    PassivePortZero,
    /// Announces a closed port in the replies to `PASV` and `EPSV`: connections
    /// are refused. The transfer waits for a connection until the idle timeout.
    PassivePortClosed,
    /// Announces a port in the replies to `PASV` and `EPSV` that behaves as if
    /// behind a firewall: connections are neither accepted nor refused. The
    /// transfer waits for a connection until the idle timeout. Linux only.
    PassivePortBlocked,
    /// Connects in active mode from this address, for example `127.0.0.2`, not
    /// from the address that the client connected to. A client should refuse
    /// the connection.
    ActiveFrom(Ipv4Addr),
    /// Performs a full handshake on a data connection and shows another
    /// certificate of the same authority. Session reuse is not checked.
    OtherDataCertificate,
    /// Performs a full handshake on a data connection and shows the control
    /// connection's certificate without having its key.
    DataCertificateWithoutKey,
    /// Refuses a data connection in the personality's own way although it
    /// resumed a session.
    RefuseData,
    /// Declines every offered session, so data connections do full handshakes.
    RefuseSessions,
    /// Accepts each ticket once, as stateful servers do.
    TicketsServeOnce,
    /// Answers a transfer with 550 and leaves its data connection open, without
    /// a TLS handshake, until the client closes it or negotiates the next one.
    KeepDataOpen {
        /// The verb of the transfer.
        command: &'static str,
    },
    /// Lists this many invented files instead of the real ones. The listing is
    /// streamed and takes no memory.
    HugeListing(u64),
    /// Lists wrongly.
    Listing(ListingFault),
    /// Adds entries with these names, unescaped, to every listing.
    ListingNames(Vec<Vec<u8>>),
    /// Adds these lines, unchanged, to every listing.
    ListingLines(Vec<Vec<u8>>),
    /// Overrides how the personality treats a command that arrives during a
    /// transfer. The occasions are these commands, in order of arrival.
    Early {
        /// The verb of the early command.
        command: &'static str,
        /// How the server treats it.
        what: Early,
    },
    /// Cuts the end off a download if the client's `close_notify` arrives before
    /// the last byte is sent. The occasions are these downloads.
    EarlyClose(EarlyClose),
    /// Limits the speed of a transfer. The server also reads an upload at this
    /// pace, so all but a few kilobytes wait in the client's send queue.
    Pace {
        /// The verb of the transfer.
        command: &'static str,
        /// The limit in bytes per second.
        bytes_per_second: u64,
    },
    /// Closes the TCP connection of a download or a listing without
    /// `close_notify`.
    NoCloseNotify,
    /// Sends the final reply of a transfer and leaves its data connection open,
    /// without `close_notify` or FIN, until the client closes it or negotiates
    /// the next one. IIS does this for uploads.
    LeaveDataOpen,
    /// Sends at most this many bytes of a file and answers 226.
    CutDownload(u64),
    /// Sends the file, and then zeros for as long as the client reads.
    EndlessDownload,
    /// Gives what `STOR`, `MKD` and `RNTO` create a name other than the one that
    /// they ask for. Other commands take the name as it is.
    ChangeNames(NameChange),
    /// Stores at most this many bytes of an upload and answers 226.
    LoseUpload(u64),
    /// Reports a full disk after this many bytes of an upload.
    DiskFull(u64),
    /// Adds this number to the size in the reply to `SIZE`.
    WrongSize(i64),
    /// Keeps only the lower 31 bits of the offset of `REST`, as servers with
    /// signed 32-bit offsets do.
    RestWraps,
    /// Returns a wrong digest.
    WrongDigest,
    /// Refuses to rename over an existing file.
    RefuseReplace,
}

impl Fault {
    /// Adds listing entries with names that a careful client refuses or
    /// escapes: separators, `..`, NUL, control characters, terminal escapes,
    /// bidirectional overrides, a name that is not UTF-8.
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

/// What a server makes of the name of something new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameChange {
    /// A blank at either end of the argument becomes `_`, also behind `./`.
    /// Pure-FTPd does this, without a fault.
    BlanksToUnderscores,
    /// Blanks at the ends of the argument are dropped.
    DropBlanks,
    /// Every blank becomes `_`.
    AllBlanksToUnderscores,
    /// ASCII letters become lower case.
    LowerCase,
    /// The last name loses what comes after this many bytes.
    Cut(usize),
}

impl NameChange {
    /// Returns what the server makes of an argument.
    pub(crate) fn of(self, argument: &[u8]) -> Vec<u8> {
        match self {
            Self::BlanksToUnderscores => {
                let mut relative = argument;
                while let Some(rest) = relative.strip_prefix(b"./") {
                    relative = rest;
                }
                let mut changed = relative.to_vec();
                if let Some(first @ b' ') = changed.first_mut() {
                    *first = b'_';
                }
                if let Some(last @ b' ') = changed.last_mut() {
                    *last = b'_';
                }
                changed
            }
            Self::DropBlanks => argument.trim_ascii().to_vec(),
            Self::AllBlanksToUnderscores => {
                let change = |&byte: &u8| if byte == b' ' { b'_' } else { byte };
                argument.iter().map(change).collect()
            }
            Self::LowerCase => argument.to_ascii_lowercase(),
            Self::Cut(most) => {
                let slash = argument.iter().rposition(|&byte| byte == b'/');
                let from = slash.map_or(0, |slash| slash + 1);
                argument[..argument.len().min(from + most)].to_vec()
            }
        }
    }
}

/// A point in a session.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Point {
    /// Instead of the greeting.
    Greeting,
    /// Instead of the TLS handshake of the control connection.
    ControlTls,
    /// Instead of the answer to a command. With [`Action::Hold`]: before it.
    Command(&'static str),
    /// The same, but only if the command arrived before the previous one was
    /// answered.
    Queued(&'static str),
    /// On a data connection, instead of the TLS handshake.
    DataTls(&'static str),
    /// In the middle of a transfer.
    Transfer {
        /// The verb of the transfer.
        command: &'static str,
        /// The number of bytes transferred before the action. In a shorter
        /// transfer the action happens at the end.
        after: u64,
    },
    /// Instead of the final reply to a transfer, when all data has been received
    /// or sent. With [`Action::Hold`] and [`Action::Silence`] the server has not
    /// closed the data connection yet.
    FinalReply(&'static str),
}

/// A TLS 1.3 record that may come at any time and carries no data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum IdleRecord {
    /// Application data of no bytes (RFC 8446 section 5.1).
    Empty,
    /// The alert `user_canceled` (RFC 8446 section 6.1).
    Alert,
    /// `KeyUpdate` (RFC 8446 section 4.6.3).
    KeyUpdate,
}

/// What the server does at a [`Point`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Action {
    /// Does nothing. The session continues.
    Skip,
    /// Does nothing more on any connection of the session, until the client
    /// closes the control connection or the idle timeout expires.
    Silence,
    /// Waits at the gate, then continues normally. Only the end of the server
    /// limits the wait.
    Hold(Gate),
    /// Sends this instead of the normal reply. Lines are separated by `\n`;
    /// CRLF is added. The session continues.
    Reply(String),
    /// Sends this, and then continues normally. CRLF is added.
    Precede(String),
    /// Sends `421` and closes the control connection.
    Goodbye,
    /// Closes the control connection without a reply.
    Close,
    /// Resets the connection: the data connection before, during and after a
    /// transfer; otherwise the control connection.
    Reset,
    /// Writes this in clear text into the TLS stream of the control connection
    /// and closes it, as vsftpd does with its `500 OOPS`. CRLF is added.
    Plaintext(String),
    /// Sends a multi-line reply that never ends.
    EndlessReply,
    /// Sends TLS 1.3 tickets without end. On the data connection, at
    /// [`Point::Transfer`]; on the control connection, at [`Point::Command`]
    /// and only with [`Personality::FileZilla1`](crate::Personality::FileZilla1).
    EndlessTickets,
    /// Sends TLS 1.3 records of this kind without end, on the data connection, at
    /// [`Point::Transfer`].
    EndlessRecords(IdleRecord),
    /// Changes the TLS 1.3 keys of the data connection (RFC 8446 section 4.6.3),
    /// at [`Point::Transfer`]. The transfer continues.
    KeyUpdate,
    /// Sends a finite reply of about this many bytes. The session continues.
    HugeReply(usize),
    /// Sends bytes of every value instead of a reply. The session continues.
    BinaryReply,
}
