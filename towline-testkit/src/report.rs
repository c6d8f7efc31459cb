//! What the server saw: its own record, independent of a client's claims.

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
    /// Returns the data connections of all control connections, in order.
    pub fn data(&self) -> impl Iterator<Item = &DataReport> {
        self.control.iter().flat_map(|control| &control.data)
    }
}

/// One control connection as the server saw it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ControlReport {
    /// The number of this control connection, unique on this server, from 1.
    pub id: u64,
    /// The client's end of the connection.
    pub peer: SocketAddr,
    /// The TLS version, such as `TLSv1.3`. `None` if the connection never used
    /// TLS.
    pub protocol: Option<&'static str>,
    /// The SHA-256 fingerprint of the client's certificate, in hexadecimal.
    pub client_certificate: Option<String>,
    /// Whether `USER`, `PASS` or `ACCT` was ever received in clear text.
    pub credentials_in_clear: bool,
    /// The user who logged in.
    pub user: Option<String>,
    /// The number of TLS 1.3 or TLS 1.2 tickets sent on this control connection.
    pub tickets_sent_on_control: usize,
    /// The number of `NOOP`s that were answered.
    pub noops: usize,
    /// The number of `NOOP`s received before the final reply of a transfer.
    pub noops_in_transfer: usize,
    /// The commands received, in order. The argument of `PASS` is not kept.
    pub commands: Vec<String>,
    /// The commands received during a transfer: after its preliminary reply and
    /// before its final one.
    pub early: Vec<String>,
    /// The data connections opened for transfers, in order.
    pub data: Vec<DataReport>,
    /// How the connection ended; `None` while it is open.
    pub ended: Option<ControlEnd>,
}

impl ControlReport {
    /// Returns the number of data connections that resumed a TLS session.
    pub fn resumed(&self) -> usize {
        self.data.iter().filter(|data| data.resumed).count()
    }

    /// Returns the number of data connections that resumed a session of this
    /// control connection.
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
    /// The client closed properly: with TLS `close_notify`, or FIN before TLS.
    ClientClosed,
    /// The client closed without `close_notify`, or reset the connection.
    ClientVanished,
    /// The server closed it: after a refusal, a fault or a timeout.
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
    /// The TLS version. `None` for a clear-text data connection and for an
    /// unfinished handshake.
    pub protocol: Option<&'static str>,
    /// The fingerprint of the client's certificate, from this handshake or the
    /// one that began the session.
    pub client_certificate: Option<String>,
    /// Whether the data was sent without TLS.
    pub clear: bool,
    /// Whether the handshake resumed a session.
    pub resumed: bool,
    /// Whether the resumed session belongs to this control connection: it came
    /// from the connection itself or from one of its earlier data connections.
    pub bound_to_this_control: bool,
    /// The kind of connection that the resumed session came from.
    pub session_from: Option<SessionOrigin>,
    /// The number of tickets sent to the client on this data connection.
    pub tickets_sent: usize,
    /// Whether the server refused the connection because it requires session
    /// reuse.
    pub refused: bool,
    /// The number of file or listing bytes sent or received.
    pub bytes: u64,
    /// The code of the final reply. `None` if none was sent or a fault replaced
    /// it.
    pub reply: Option<u16>,
    /// Whether the client sent `close_notify`.
    pub close_notify: bool,
    /// Whether the client's `close_notify` arrived before the end of the
    /// server's data, in a download or a listing.
    pub early_close_notify: bool,
    /// How far the client had closed the TCP connection when the final reply was
    /// sent.
    pub end: ClientEnd,
}

impl DataReport {
    /// Returns whether the client had closed its socket before the final reply
    /// was sent, so that its system answered with a reset.
    pub fn closed_before_reply(&self) -> bool {
        self.end == ClientEnd::Reset
    }
}

/// The kind of connection on which a TLS session was first issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SessionOrigin {
    /// A control connection.
    Control,
    /// A data connection.
    Data,
}

/// How far the client had closed a data connection, as seen by the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ClientEnd {
    /// Nothing yet.
    #[default]
    Open,
    /// FIN: the client has closed its sending direction, or the whole socket
    /// with nothing left unread.
    Fin,
    /// RST: the client closed while bytes were unread or still arriving.
    Reset,
}

/// The growing report, shared by all connections of a server.
#[derive(Debug, Default)]
pub(crate) struct Ledger(Mutex<Vec<ControlReport>>);

impl Ledger {
    /// Adds a new control connection and returns its number.
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
