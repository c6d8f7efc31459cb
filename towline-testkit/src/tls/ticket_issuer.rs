//! Records which connection each TLS session was issued on, and which
//! connections resumed it.
//!
//! Tickets and session ids are random numbers, and the server stores the
//! session itself under them. It therefore always knows on which connection a
//! session was first issued. `rustls` calls a [`TicketIssuer`] during a
//! handshake.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustls::crypto::SecureRandom;
use rustls::server::{ProducesTickets, StoresServerSessions};

use crate::report::SessionOrigin;

/// The sessions that all connections of a server have issued.
#[derive(Debug)]
pub(crate) struct Registry {
    random: &'static dyn SecureRandom,
    kept: Mutex<Kept>,
}

/// The maximum number of sessions, more than any test needs. The oldest are
/// forgotten.
const CAPACITY: usize = 16_384;

#[derive(Debug, Default)]
struct Kept {
    sessions: HashMap<Vec<u8>, Session>,
    order: VecDeque<Vec<u8>>,
}

#[derive(Debug, Clone)]
struct Session {
    owner: u64,
    origin: SessionOrigin,
    born: Instant,
    state: Vec<u8>,
}

impl Registry {
    pub(crate) fn new(random: &'static dyn SecureRandom) -> Self {
        Self {
            random,
            kept: Mutex::default(),
        }
    }

    /// Forgets every session, like a restart or a change of ticket keys.
    pub(crate) fn clear(&self) {
        *self.lock() = Kept::default();
    }

    fn put(&self, name: Vec<u8>, session: Session) {
        let mut kept = self.lock();
        kept.order.push_back(name.clone());
        kept.sessions.insert(name, session);
        if kept.order.len() > CAPACITY
            && let Some(oldest) = kept.order.pop_front()
        {
            kept.sessions.remove(&oldest);
        }
    }

    fn find(&self, name: &[u8]) -> Option<Session> {
        self.lock().sessions.get(name).cloned()
    }

    fn forget(&self, name: &[u8]) {
        self.lock().sessions.remove(name);
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The sessions that one TLS connection issues and accepts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms {
    /// Whether tickets are used at all.
    pub(crate) tickets: bool,
    /// Whether TLS 1.2 sessions are stored under a session id.
    pub(crate) session_ids: bool,
    /// The number of tickets sent after a resumption.
    pub(crate) after_resumption: usize,
    /// How long a session can be resumed.
    pub(crate) lifetime: Duration,
    /// Whether a session of another control connection can be resumed.
    pub(crate) foreign_tickets: bool,
    /// The same for session ids.
    pub(crate) foreign_session_ids: bool,
    /// Whether anything can be resumed at all.
    pub(crate) resumption: bool,
    /// Whether a ticket is forgotten once it has been used.
    pub(crate) tickets_serve_once: bool,
}

/// The session that a connection resumed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Resumed {
    pub(crate) owner: u64,
    pub(crate) origin: SessionOrigin,
    /// The session id, if the session had one instead of a ticket.
    session_id: Option<Vec<u8>>,
}

/// Issues the tickets and session ids of one TLS connection, and looks up returned ones in
/// the [`Registry`].
#[derive(Debug)]
pub(crate) struct TicketIssuer {
    registry: Arc<Registry>,
    owner: u64,
    origin: SessionOrigin,
    terms: Terms,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    resumed: Option<Resumed>,
    /// The id of the session that this connection began.
    begun: Option<Vec<u8>>,
    issued: usize,
}

impl TicketIssuer {
    pub(crate) fn new(
        registry: Arc<Registry>,
        owner: u64,
        origin: SessionOrigin,
        terms: Terms,
    ) -> Self {
        Self {
            registry,
            owner,
            origin,
            terms,
            state: Mutex::default(),
        }
    }

    /// Returns the session that was found for the client's offer.
    pub(crate) fn resumed(&self) -> Option<Resumed> {
        self.lock().resumed.clone()
    }

    /// Returns the number of tickets issued to the client.
    pub(crate) fn issued(&self) -> usize {
        self.lock().issued
    }

    /// Forgets the session that was resumed or begun, as OpenSSL does with a
    /// session stored under an id if its connection was not closed properly.
    pub(crate) fn spoil(&self) {
        let begun = self.lock().begun.clone();
        let resumed = self.resumed().and_then(|resumed| resumed.session_id);
        for id in begun.into_iter().chain(resumed) {
            self.registry.forget(&id);
        }
    }

    fn look_up(&self, name: &[u8], session_id: bool) -> Option<Vec<u8>> {
        if !self.terms.resumption {
            return None;
        }
        let session = self.registry.find(name)?;
        let fresh = session.born.elapsed() < self.terms.lifetime;
        let foreign = if session_id {
            self.terms.foreign_session_ids
        } else {
            self.terms.foreign_tickets
        };
        if !fresh || !(foreign || session.owner == self.owner) {
            return None;
        }
        if self.terms.tickets_serve_once && !session_id {
            self.registry.forget(name);
        }
        self.lock().resumed = Some(Resumed {
            owner: session.owner,
            origin: session.origin,
            session_id: session_id.then(|| name.to_vec()),
        });
        Some(session.state)
    }

    fn keep(&self, name: Vec<u8>, state: Vec<u8>) {
        let session = Session {
            owner: self.owner,
            origin: self.origin,
            born: Instant::now(),
            state,
        };
        self.registry.put(name, session);
    }

    fn may_issue(&self) -> bool {
        let state = self.lock();
        state.resumed.is_none() || state.issued < self.terms.after_resumption
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ProducesTickets for TicketIssuer {
    /// `rustls` calls this before it reads a ticket as well as before it writes one.
    fn enabled(&self) -> bool {
        self.terms.tickets && self.may_issue()
    }

    fn lifetime(&self) -> u32 {
        u32::try_from(self.terms.lifetime.as_secs()).unwrap_or(u32::MAX)
    }

    fn encrypt(&self, state: &[u8]) -> Option<Vec<u8>> {
        if !self.may_issue() {
            return None;
        }
        let mut name = vec![0; 32];
        self.registry.random.fill(&mut name).ok()?;
        self.keep(name.clone(), state.to_vec());
        self.lock().issued += 1;
        Some(name)
    }

    fn decrypt(&self, ticket: &[u8]) -> Option<Vec<u8>> {
        self.look_up(ticket, false)
    }
}

impl StoresServerSessions for TicketIssuer {
    /// Stores session ids of TLS 1.2. In TLS 1.3 `rustls` calls this once
    /// [`enabled`](ProducesTickets::enabled) says that no more tickets are due
    /// after a resumption. This then issues none either.
    fn put(&self, name: Vec<u8>, state: Vec<u8>) -> bool {
        let keep = self.terms.session_ids && self.resumed().is_none();
        if keep {
            self.lock().begun = Some(name.clone());
            self.keep(name, state);
        }
        keep
    }

    fn get(&self, name: &[u8]) -> Option<Vec<u8>> {
        self.look_up(name, true)
    }

    fn take(&self, _: &[u8]) -> Option<Vec<u8>> {
        None
    }

    fn can_cache(&self) -> bool {
        self.terms.session_ids
    }
}
