//! An endless supply of TLS 1.3 tickets from one control connection.
//!
//! Servers accept a TLS 1.3 ticket many times, yet rustls hands each ticket out once, and some
//! servers send too few: ProFTPD 1.3.8 none on an upload, 1.3.10 none on any data connection,
//! FileZilla Server one per `PASV`/`EPSV`. This file makes further copies without touching any
//! cryptography: rustls keeps its own record layer, and every TLS 1.3 suite of the provider is
//! wrapped by one whose decrypter
//!
//! 1. keeps a copy of each `NewSessionTicket` message (RFC 8446 section 4.6.1) that it decrypts, and
//! 2. lets a *local* record through: one that we feed to rustls ourselves, whose payload is a
//!    process-secret token followed by a copied message. It is not decrypted; the token is cut off
//!    and rustls handles the ticket once more, deriving one more resumption value from it.
//!
//! Why this is safe:
//!
//! - A local record is let through only while its [`TicketTap`] is armed, which happens for the one
//!   synchronous call that feeds it; no byte from the network is looked at in between.
//! - Even then it must begin with 32 random bytes that never leave the process, compared in
//!   constant time. A record from the network that fails the comparison is decrypted as usual.
//! - Local records are subtracted from the record sequence number, so that the nonces of the
//!   server's records stay what they are. A key update builds a new decrypter, which starts
//!   at zero together with rustls's own counter.
//! - A copy holds no secret: the pre-shared key is derived by rustls from a secret that stays in
//!   the connection. It cannot be used on any other control connection, and is never given to one.
//!
//! RFC 8446 appendix C.4 advises against using a ticket twice because an observer could link the
//! two connections. The data connections of one FTP session are linked in any case.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustls::crypto::cipher::{InboundOpaqueMessage, InboundPlainMessage, MessageDecrypter};
use rustls::{ContentType, ProtocolVersion};
use subtle::ConstantTimeEq;

/// Tickets remembered per connection, newest last.
const KEPT_TICKETS: usize = 4;
/// A longer ticket message is used by rustls as usual, but not copied.
const MAX_TICKET_MESSAGE: usize = 8 * 1024;
/// RFC 8446 section 4.6.1: clients must not keep a ticket longer.
const MAX_LIFETIME: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// A ticket is given up this long before the server forgets it, or after nine tenths of a short life.
const LIFETIME_MARGIN: Duration = Duration::from_secs(60);

const NEW_SESSION_TICKET: u8 = 4;
const HANDSHAKE_HEADER: usize = 4;
const TOKEN_LEN: usize = 32;

/// A ticket message as it came from the server, without any secret.
#[derive(Clone)]
pub(crate) struct TicketCopy {
    message: Arc<[u8]>,
    received: Instant,
    lifetime: Duration,
}

impl TicketCopy {
    /// When the server sent it.
    pub(crate) fn received(&self) -> Instant {
        self.received
    }

    /// Whether the server still knows it at `now`, with a margin.
    pub(crate) fn is_fresh(&self, now: Instant) -> bool {
        is_fresh(self.received, self.lifetime, now)
    }

    /// The record to feed to the connection that this ticket came from.
    fn local_record(&self) -> Vec<u8> {
        let len = TOKEN_LEN + self.message.len();
        let mut record = Vec::with_capacity(5 + len);
        record.extend_from_slice(&[23, 3, 3]);
        // `MAX_TICKET_MESSAGE` keeps this far below the limit of a record.
        record.extend_from_slice(&(len as u16).to_be_bytes());
        record.extend_from_slice(token());
        record.extend_from_slice(&self.message);
        record
    }
}

impl fmt::Debug for TicketCopy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TicketCopy")
            .field("len", &self.message.len())
            .field("received", &self.received)
            .field("lifetime", &self.lifetime)
            .finish()
    }
}

/// Whether a ticket received then, with that lifetime, is worth offering at `now`.
pub(crate) fn is_fresh(received: Instant, lifetime: Duration, now: Instant) -> bool {
    let lifetime = lifetime.min(MAX_LIFETIME);
    let usable = lifetime - LIFETIME_MARGIN.min(lifetime / 10);
    now.saturating_duration_since(received) < usable
}

/// A ticket on its way through rustls to the session store.
#[derive(Debug)]
pub(crate) struct Announced {
    /// The message as it came.
    pub(crate) copy: TicketCopy,
    /// Whether it was replayed by us rather than sent by the server just now.
    pub(crate) replayed: bool,
}

/// What one connection's decrypter has seen of tickets. One per connection, never shared.
#[derive(Debug, Default)]
pub(crate) struct TicketTap {
    /// Copies of the newest tickets, oldest first.
    copies: Mutex<VecDeque<TicketCopy>>,
    /// Tickets that rustls is about to hand to the session store, in order.
    announced: Mutex<VecDeque<Announced>>,
    /// A local record is being fed right now.
    armed: AtomicBool,
    /// A handshake message has begun whose end is in a record still to come.
    inside_message: AtomicBool,
}

impl TicketTap {
    /// Runs `drive`, which drives the tapped connection. Decrypters that rustls builds meanwhile
    /// belong to this tap.
    pub(crate) fn enter<R>(self: &Arc<Self>, drive: impl FnOnce() -> R) -> R {
        struct Restore(Option<Arc<TicketTap>>);
        impl Drop for Restore {
            fn drop(&mut self) {
                CURRENT.with(|current| current.replace(self.0.take()));
            }
        }
        let _restore = Restore(CURRENT.with(|current| current.replace(Some(Arc::clone(self)))));
        drive()
    }

    /// The newest ticket that the server still knows at `now`.
    pub(crate) fn newest(&self, now: Instant) -> Option<TicketCopy> {
        let copies = lock(&self.copies);
        copies.iter().rev().find(|copy| copy.is_fresh(now)).cloned()
    }

    /// What is known of the ticket that rustls is storing now. Called once per stored ticket.
    pub(crate) fn claim(&self) -> Option<Announced> {
        lock(&self.announced).pop_front()
    }

    /// Gives `copy` to `connection` once more, as if the server had just sent it.
    ///
    /// The caller makes sure that no part of a record is waiting in `connection`. Returns whether
    /// rustls took it; then the session store holds one more value.
    pub(crate) fn replay(
        self: &Arc<Self>,
        copy: &TicketCopy,
        connection: &mut rustls::ClientConnection,
    ) -> Result<bool, rustls::Error> {
        if self.inside_message.load(Ordering::Acquire) || connection.is_handshaking() {
            return Ok(false);
        }
        let record = copy.local_record();
        let mut rest = record.as_slice();
        lock(&self.announced).push_back(Announced {
            copy: copy.clone(),
            replayed: true,
        });
        self.armed.store(true, Ordering::Release);
        let outcome = self.enter(|| {
            while !rest.is_empty() {
                match connection.read_tls(&mut rest) {
                    Ok(0) | Err(_) => return Ok(()),
                    Ok(_) => {}
                }
            }
            connection.process_new_packets().map(drop)
        });
        // Still armed: rustls took no notice, as after the server's close_notify.
        let taken = !self.armed.swap(false, Ordering::AcqRel);
        if !taken {
            lock(&self.announced).pop_back();
        }
        outcome.map(|()| taken)
    }

    fn add(&self, message: Vec<u8>) {
        let Some(lifetime) = lifetime(&message) else {
            return;
        };
        let copy = TicketCopy {
            message: message.into(),
            received: Instant::now(),
            lifetime,
        };
        lock(&self.announced).push_back(Announced {
            copy: copy.clone(),
            replayed: false,
        });
        let mut copies = lock(&self.copies);
        copies.push_back(copy);
        if copies.len() > KEPT_TICKETS {
            copies.pop_front();
        }
    }

    /// Whether `payload` is the local record that this tap is waiting for.
    fn admits(&self, payload: &[u8]) -> bool {
        if !self.armed.load(Ordering::Acquire) {
            return false;
        }
        let Some(head) = payload.get(..TOKEN_LEN) else {
            return false;
        };
        let ours = bool::from(head.ct_eq(token()));
        if ours {
            self.armed.store(false, Ordering::Release);
        }
        ours
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The `ticket_lifetime` field of a `NewSessionTicket` message.
fn lifetime(message: &[u8]) -> Option<Duration> {
    let seconds = message.get(HANDSHAKE_HEADER..HANDSHAKE_HEADER + 4)?;
    let seconds = u32::from_be_bytes(seconds.try_into().ok()?);
    Some(Duration::from_secs(seconds.into()))
}

fn token() -> &'static [u8; TOKEN_LEN] {
    static TOKEN: LazyLock<[u8; TOKEN_LEN]> = LazyLock::new(rand::random);
    &TOKEN
}

thread_local! {
    static CURRENT: RefCell<Option<Arc<TicketTap>>> = const { RefCell::new(None) };
}

/// `inner`, tapped for the connection that is being driven right now, if there is one.
pub(super) fn wrapped(inner: Box<dyn MessageDecrypter>) -> Box<dyn MessageDecrypter> {
    match CURRENT.with(|current| current.borrow().clone()) {
        Some(tap) => Box::new(TappedDecrypter {
            inner,
            tap,
            scanner: MessageScanner::default(),
            local_records: 0,
        }),
        None => inner,
    }
}

struct TappedDecrypter {
    inner: Box<dyn MessageDecrypter>,
    tap: Arc<TicketTap>,
    scanner: MessageScanner,
    /// Records that rustls has counted, but the server has not sent.
    local_records: u64,
}

impl MessageDecrypter for TappedDecrypter {
    fn decrypt<'a>(
        &mut self,
        message: InboundOpaqueMessage<'a>,
        seq: u64,
    ) -> Result<InboundPlainMessage<'a>, rustls::Error> {
        if self.tap.admits(&message.payload) {
            self.local_records += 1;
            let mut plain = message.into_plain_message();
            plain.typ = ContentType::Handshake;
            plain.version = ProtocolVersion::TLSv1_3;
            plain.payload = &plain.payload[TOKEN_LEN..];
            return Ok(plain);
        }
        let plain = self.inner.decrypt(message, seq - self.local_records)?;
        if plain.typ == ContentType::Handshake {
            for ticket in self.scanner.scan(plain.payload) {
                self.tap.add(ticket);
            }
            let inside = self.scanner.is_inside();
            self.tap.inside_message.store(inside, Ordering::Release);
        }
        Ok(plain)
    }
}

/// Follows handshake messages through records: several may share one, one may span several.
#[derive(Debug, Default)]
struct MessageScanner {
    /// The bytes of the current message, if it is a ticket, else its header at most.
    collected: Vec<u8>,
    /// Bytes of the current message's body still to come; meaningless before the header is whole.
    rest: usize,
}

impl MessageScanner {
    /// Takes the handshake bytes of one record, gives the ticket messages that it completes.
    fn scan(&mut self, mut bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut tickets = Vec::new();
        while !bytes.is_empty() {
            if self.collected.len() < HANDSHAKE_HEADER {
                self.collected.push(bytes[0]);
                bytes = &bytes[1..];
                if let [_, a, b, c] = self.collected[..] {
                    self.rest = u32::from_be_bytes([0, a, b, c]) as usize;
                }
                if self.collected.len() < HANDSHAKE_HEADER || self.rest > 0 {
                    continue;
                }
            }
            let (body, after) = bytes.split_at(self.rest.min(bytes.len()));
            self.rest -= body.len();
            bytes = after;
            let is_ticket = self.collected[0] == NEW_SESSION_TICKET;
            if is_ticket && self.collected.len() + body.len() <= MAX_TICKET_MESSAGE {
                self.collected.extend_from_slice(body);
            } else {
                // Not a ticket, or one too long to copy: only its end matters now.
                self.collected[0] = 0;
            }
            if self.rest == 0 {
                let message = std::mem::take(&mut self.collected);
                if message[0] == NEW_SESSION_TICKET {
                    tickets.push(message);
                }
            }
        }
        tickets
    }

    fn is_inside(&self) -> bool {
        !self.collected.is_empty()
    }
}

/// Entry for fuzzing: cuts `bytes` into records of the given lengths and checks that the scanner
/// finds the same tickets as in one piece.
#[cfg(feature = "test-internals")]
pub(super) fn check_scanner(bytes: &[u8], cuts: &[u8]) {
    let mut whole = MessageScanner::default();
    let expected = whole.scan(bytes);
    let mut cut = MessageScanner::default();
    let mut found = Vec::new();
    let mut rest = bytes;
    for &len in cuts {
        let (record, after) = rest.split_at(usize::from(len).min(rest.len()));
        found.extend(cut.scan(record));
        rest = after;
    }
    found.extend(cut.scan(rest));
    assert_eq!(found, expected);
    assert_eq!(cut.is_inside(), whole.is_inside());
    for ticket in found {
        assert_eq!(ticket[0], NEW_SESSION_TICKET);
        assert!(ticket.len() <= MAX_TICKET_MESSAGE);
        let _ = lifetime(&ticket);
    }
    assert!(cut.collected.len() <= MAX_TICKET_MESSAGE);
}

#[cfg(test)]
mod tests;
