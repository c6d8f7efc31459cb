//! Who was given which TLS session, and who came back with it.
//!
//! Tickets and session ids are random numbers under which the server keeps
//! the session itself, so it always knows on which connection a session was
//! handed out first. `rustls` calls a [`TicketIssuer`] while it shakes hands.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustls::crypto::SecureRandom;
use rustls::server::{ProducesTickets, StoresServerSessions};

use crate::report::SessionOrigin;

/// The sessions that all connections of a server have handed out.
#[derive(Debug)]
pub(crate) struct Registry {
    random: &'static dyn SecureRandom,
    kept: Mutex<Kept>,
}

/// More than any test holds at a time; the oldest are forgotten.
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

    /// Forgets every session, as a restart or a change of ticket keys does.
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

/// What one TLS connection hands out and takes back.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms {
    /// Whether there are tickets at all.
    pub(crate) tickets: bool,
    /// Whether TLS 1.2 sessions are kept under a session id.
    pub(crate) session_ids: bool,
    /// Tickets sent after a resumption.
    pub(crate) after_resumption: usize,
    /// How long a session can be resumed.
    pub(crate) lifetime: Duration,
    /// Whether a session of another control connection can be resumed.
    pub(crate) foreign_tickets: bool,
    /// The same for session ids.
    pub(crate) foreign_session_ids: bool,
    /// Whether anything can be resumed at all.
    pub(crate) resumption: bool,
}

/// The session that a connection resumed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Resumed {
    pub(crate) owner: u64,
    pub(crate) origin: SessionOrigin,
    /// It was kept under this session id, not in a ticket.
    session_id: Option<Vec<u8>>,
}

/// Issues the tickets and session ids of one TLS connection, and finds those that come
/// back in the [`Registry`].
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

    /// The session that was found for the client's offer.
    pub(crate) fn resumed(&self) -> Option<Resumed> {
        self.lock().resumed.clone()
    }

    /// Tickets made for the client.
    pub(crate) fn issued(&self) -> usize {
        self.lock().issued
    }

    /// Forgets the session that was resumed or begun, as OpenSSL does with a
    /// session kept under an id when its connection was not closed in order.
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
    /// Asked before a ticket is read as well as before one is written.
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
    /// Session ids of TLS 1.2. In TLS 1.3 `rustls` turns here once
    /// [`enabled`](ProducesTickets::enabled) says that no more tickets are due
    /// after a resumption; then there is none from here either.
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
