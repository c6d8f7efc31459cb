//! What the server saw: its own proof, independent of what a client claims.

use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Everything a [`Server`](crate::Server) has seen so far.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Report {
    /// One entry per accepted control connection, in the order of acceptance.
    pub control: Vec<ControlReport>,
}

impl Report {
    /// The data connections of all control connections, in order.
    pub fn data(&self) -> impl Iterator<Item = &DataReport> {
        self.control.iter().flat_map(|control| &control.data)
    }
}

/// One control connection as the server saw it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ControlReport {
    /// A number that no other control connection of this server has, from 1.
    pub id: u64,
    /// The client's end of the connection.
    pub peer: SocketAddr,
    /// The TLS version once TLS is up, such as `TLSv1.3`; `None` where all of
    /// the connection was clear.
    pub protocol: Option<&'static str>,
    /// The SHA-256 fingerprint, in hexadecimal digits, of the certificate that
    /// the client showed.
    pub client_certificate: Option<String>,
    /// Whether `USER`, `PASS` or `ACCT` ever came in clear.
    pub credentials_in_clear: bool,
    /// The user who logged in.
    pub user: Option<String>,
    /// TLS 1.3 tickets, or TLS 1.2 tickets, sent on this control connection.
    pub tickets_sent_on_control: usize,
    /// How many `NOOP`s were answered.
    pub noops: usize,
    /// How many `NOOP`s had come before the final reply of a transfer.
    pub noops_in_transfer: usize,
    /// The commands received, in order; the argument of `PASS` is not kept.
    pub commands: Vec<String>,
    /// Those of them that came while a transfer ran: behind its preliminary
    /// reply and ahead of its final one.
    pub early: Vec<String>,
    /// The data connections that were opened for a transfer, in order.
    pub data: Vec<DataReport>,
    /// How the connection ended; `None` while it lasts.
    pub ended: Option<ControlEnd>,
}

impl ControlReport {
    /// How many data connections resumed a TLS session.
    pub fn resumed(&self) -> usize {
        self.data.iter().filter(|data| data.resumed).count()
    }

    /// How many data connections resumed a session of this control connection.
    pub fn bound(&self) -> usize {
        let bound = |data: &&DataReport| data.bound_to_this_control;
        self.data.iter().filter(bound).count()
    }
}

/// How a control connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ControlEnd {
    /// After `QUIT`.
    Quit,
    /// The client closed in order: TLS `close_notify`, or FIN before TLS.
    ClientClosed,
    /// The client closed without `close_notify`, or reset the connection.
    ClientVanished,
    /// The server ended it: a refusal, a fault, a deadline.
    ServerClosed,
}

/// One data connection as the server saw it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct DataReport {
    /// The command that used it, in capitals.
    pub command: String,
    /// The command's argument, decoded lossily.
    pub path: String,
    /// The TLS version; `None` for a clear data connection and for a
    /// handshake that did not end.
    pub protocol: Option<&'static str>,
    /// The fingerprint of the certificate that the client showed, in this
    /// handshake or in the one that began the session.
    pub client_certificate: Option<String>,
    /// Whether the data went without TLS.
    pub clear: bool,
    /// Whether the handshake resumed a session.
    pub resumed: bool,
    /// Whether the session resumed was of this control connection: taken from
    /// it or from one of its earlier data connections.
    pub bound_to_this_control: bool,
    /// Where the session that was resumed had come from.
    pub session_from: Option<SessionOrigin>,
    /// Tickets sent to the client on this data connection.
    pub tickets_sent: usize,
    /// Whether the server refused the connection for want of session reuse.
    pub refused: bool,
    /// Bytes of file or listing that were sent or received.
    pub bytes: u64,
    /// The code of the final reply; `None` if none was sent or a fault said
    /// something in its place.
    pub reply: Option<u16>,
    /// Whether the client sent `close_notify`.
    pub close_notify: bool,
    /// Whether the client's `close_notify` was there before the server's data
    /// had ended, in a download or a listing.
    pub early_close_notify: bool,
    /// The client's end of the TCP connection when the final reply was sent.
    pub end: ClientEnd,
}

impl DataReport {
    /// Whether the client had given up its socket before the final reply was
    /// sent: its system answered with a reset.
    pub fn closed_before_reply(&self) -> bool {
        self.end == ClientEnd::Reset
    }
}

/// Which connection a TLS session was first handed out on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SessionOrigin {
    /// A control connection.
    Control,
    /// A data connection.
    Data,
}

/// What the server had seen of the client's closing of a data connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ClientEnd {
    /// Nothing yet.
    #[default]
    Open,
    /// FIN: the client has closed its sending direction, or the whole socket
    /// with nothing left unread.
    Fin,
    /// RST: the client closed while bytes were unread or still came.
    Reset,
}

/// The report while it grows, shared by all connections of a server.
#[derive(Debug, Default)]
pub(crate) struct Ledger(Mutex<Vec<ControlReport>>);

impl Ledger {
    /// Opens the account of a new control connection and gives its number.
    pub(crate) fn open(&self, peer: SocketAddr) -> u64 {
        let mut controls = self.lock();
        let id = controls.len() as u64 + 1;
        controls.push(ControlReport {
            id,
            peer,
            protocol: None,
            client_certificate: None,
            credentials_in_clear: false,
            user: None,
            tickets_sent_on_control: 0,
            noops: 0,
            noops_in_transfer: 0,
            commands: Vec::new(),
            early: Vec::new(),
            data: Vec::new(),
            ended: None,
        });
        id
    }

    pub(crate) fn control(&self, id: u64, note: impl FnOnce(&mut ControlReport)) {
        let mut controls = self.lock();
        if let Some(control) = controls.iter_mut().find(|control| control.id == id) {
            note(control);
        }
    }

    pub(crate) fn snapshot(&self) -> Report {
        Report {
            control: self.lock().clone(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<ControlReport>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
