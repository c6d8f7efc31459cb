//! Session stores: one for a control connection, one for each of its data connections.
//!
//! The store of a control connection starts empty and collects the tickets and sessions that the
//! server sends. The store of a data connection offers at most one of them. What a data connection
//! receives is kept apart until its transfer has succeeded. Nothing is ever shared between two
//! control connections: ProFTPD and FileZilla Server check for the session of this particular
//! control connection.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustls::NamedGroup;
use rustls::client::{ClientSessionStore, Tls12ClientSessionValue, Tls13ClientSessionValue};
use rustls_pki_types::ServerName;

use super::replicate::{Announced, TicketCopy, TicketTap};
use crate::lock::lock;
use crate::verdict::TicketSource;

/// The most single-use tickets to keep per control connection; older ones are dropped.
const KEPT_TICKETS: usize = 8;

/// A TLS 1.3 resumption value, valid for one data connection.
#[derive(Debug)]
struct Ticket {
    value: Tls13ClientSessionValue,
    origin: TicketCopy,
    source: TicketSource,
}

/// A TLS 1.2 session, valid for any number of data connections.
#[derive(Clone, Debug)]
struct Session12 {
    value: Tls12ClientSessionValue,
    source: TicketSource,
    received: Instant,
}

/// Everything with which the data connections of one control connection can resume.
#[derive(Debug)]
pub(super) struct ControlStore {
    tap: Arc<TicketTap>,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    /// Oldest first.
    tickets: VecDeque<Ticket>,
    session12: Option<Session12>,
    group: Option<NamedGroup>,
}

impl ControlStore {
    pub(super) fn new(tap: Arc<TicketTap>) -> Self {
        Self {
            tap,
            held: Mutex::default(),
        }
    }

    /// Creates a store for one data connection that offers nothing.
    pub(super) fn offer_nothing(self: &Arc<Self>, tap: Arc<TicketTap>) -> DataStore {
        DataStore {
            control: Arc::clone(self),
            tap,
            source: TicketSource::None,
            age: None,
            state: Mutex::default(),
        }
    }

    /// Creates a store for one data connection that offers the newest ticket, or the TLS 1.2
    /// session. `None` if nothing valid is left.
    pub(super) fn offer(self: &Arc<Self>, tap: Arc<TicketTap>, now: Instant) -> Option<DataStore> {
        let mut held = lock(&self.held);
        held.tickets.retain(|ticket| ticket.origin.is_fresh(now));
        let mut store = self.offer_nothing(tap);
        let (source, received, state) = if let Some(ticket) = held.tickets.pop_back() {
            let state = DataState {
                ticket: Some(ticket.value),
                ..DataState::default()
            };
            (ticket.source, ticket.origin.received(), state)
        } else {
            let session12 = held.session12.clone()?;
            let state = DataState {
                session12: Some(session12.value),
                ..DataState::default()
            };
            (session12.source, session12.received, state)
        };
        store.source = source;
        store.age = Some(now.saturating_duration_since(received));
        store.state = Mutex::new(state);
        Some(store)
    }

    /// Takes over what a data connection received. Only for a data connection that resumed this
    /// control connection's session and whose transfer the server reported as complete.
    pub(super) fn adopt(&self, data: &DataStore) {
        let mut received = lock(&data.state);
        let mut held = lock(&self.held);
        for ticket in received.received.drain(..) {
            push(&mut held.tickets, ticket);
        }
        if let Some(value) = received.received12.take() {
            held.session12 = Some(Session12 {
                value,
                source: TicketSource::Data,
                received: Instant::now(),
            });
        }
    }

    /// Drops all unused tickets.
    pub(super) fn clear_tickets(&self) {
        lock(&self.held).tickets.clear();
    }

    /// Returns the number of unused tickets.
    pub(super) fn tickets(&self) -> usize {
        lock(&self.held).tickets.len()
    }
}

impl ClientSessionStore for ControlStore {
    fn set_kx_hint(&self, _: ServerName<'static>, group: NamedGroup) {
        lock(&self.held).group = Some(group);
    }

    fn kx_hint(&self, _: &ServerName<'_>) -> Option<NamedGroup> {
        lock(&self.held).group
    }

    fn set_tls12_session(&self, _: ServerName<'static>, value: Tls12ClientSessionValue) {
        lock(&self.held).session12 = Some(Session12 {
            value,
            source: TicketSource::Control,
            received: Instant::now(),
        });
    }

    fn tls12_session(&self, _: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        None
    }

    fn remove_tls12_session(&self, _: &ServerName<'static>) {
        lock(&self.held).session12 = None;
    }

    fn insert_tls13_ticket(&self, _: ServerName<'static>, value: Tls13ClientSessionValue) {
        let Some(Announced { copy, replayed }) = self.tap.claim() else {
            return;
        };
        let source = if replayed {
            TicketSource::ControlCopy
        } else {
            TicketSource::Control
        };
        let ticket = Ticket {
            value,
            origin: copy,
            source,
        };
        push(&mut lock(&self.held).tickets, ticket);
    }

    fn take_tls13_ticket(&self, _: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        None
    }
}

/// What one data connection offers and receives.
#[derive(Debug)]
pub(super) struct DataStore {
    /// Used only for the key exchange group, which avoids a second ClientHello.
    control: Arc<ControlStore>,
    tap: Arc<TicketTap>,
    source: TicketSource,
    age: Option<Duration>,
    state: Mutex<DataState>,
}

#[derive(Debug, Default)]
struct DataState {
    ticket: Option<Tls13ClientSessionValue>,
    session12: Option<Tls12ClientSessionValue>,
    received: Vec<Ticket>,
    received12: Option<Tls12ClientSessionValue>,
}

impl DataStore {
    /// Returns the source of the offered ticket or session.
    pub(super) fn source(&self) -> TicketSource {
        self.source
    }

    /// Returns how long ago the server sent the offered ticket or session.
    pub(super) fn age(&self) -> Option<Duration> {
        self.age
    }

    pub(super) fn tap(&self) -> &Arc<TicketTap> {
        &self.tap
    }

    /// Whether there is anything to resume with.
    pub(super) fn offers(&self) -> bool {
        self.source != TicketSource::None
    }
}

impl ClientSessionStore for DataStore {
    fn set_kx_hint(&self, name: ServerName<'static>, group: NamedGroup) {
        self.control.set_kx_hint(name, group);
    }

    fn kx_hint(&self, name: &ServerName<'_>) -> Option<NamedGroup> {
        self.control.kx_hint(name)
    }

    fn set_tls12_session(&self, _: ServerName<'static>, value: Tls12ClientSessionValue) {
        lock(&self.state).received12 = Some(value);
    }

    fn tls12_session(&self, _: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        lock(&self.state).session12.clone()
    }

    fn remove_tls12_session(&self, _: &ServerName<'static>) {
        lock(&self.state).session12 = None;
    }

    fn insert_tls13_ticket(&self, _: ServerName<'static>, value: Tls13ClientSessionValue) {
        let Some(Announced { copy, .. }) = self.tap.claim() else {
            return;
        };
        let mut state = lock(&self.state);
        if state.received.len() < KEPT_TICKETS {
            state.received.push(Ticket {
                value,
                origin: copy,
                source: TicketSource::Data,
            });
        }
    }

    fn take_tls13_ticket(&self, _: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        lock(&self.state).ticket.take()
    }
}

fn push(tickets: &mut VecDeque<Ticket>, ticket: Ticket) {
    if tickets.len() == KEPT_TICKETS {
        tickets.pop_front();
    }
    tickets.push_back(ticket);
}
