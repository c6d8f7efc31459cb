//! An unlimited supply of TLS 1.3 tickets from one control connection.
//!
//! Servers accept a TLS 1.3 ticket many times, but rustls uses each ticket once, and some servers
//! send too few: ProFTPD 1.3.8 sends none on an upload, 1.3.10 none on any data connection, and
//! FileZilla Server one per `PASV`/`EPSV`. This file makes further copies without changing any
//! cryptography: rustls keeps its own record layer, and every TLS 1.3 suite of the provider gets a
//! wrapper whose decrypter
//!
//! 1. keeps a copy of each `NewSessionTicket` message (RFC 8446 section 4.6.1) that it decrypts,
//!    and
//! 2. lets a *local* record through: a record that this file feeds to rustls, whose payload is a
//!    process-secret token followed by a copied message. It is not decrypted. The wrapper removes
//!    the token, and rustls processes the ticket once more, deriving another resumption value.
//!
//! Why this is safe:
//!
//! - A local record is let through only while its [`TicketTap`] is armed. It is armed during the
//!   one synchronous call that feeds the record; no byte from the network is processed in that
//!   time.
//! - Even then the record must begin with 32 random bytes that never leave the process, compared in
//!   constant time. A record from the network that fails the comparison is decrypted as usual.
//! - Local records are subtracted from the record sequence number, so the nonces of the server's
//!   records do not change. A key update creates a new decrypter, which starts at zero together
//!   with rustls's own counter.
//! - A copy contains no secret: rustls derives the pre-shared key from a secret that stays in the
//!   connection. A copy is useless on any other control connection, and is never passed to one.
//!
//! RFC 8446 appendix C.4 advises against using a ticket twice because an observer could link the
//! two connections. The data connections of one FTP session are linked in any case.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};

use rustls::crypto::cipher::{InboundOpaqueMessage, InboundPlainMessage, MessageDecrypter};
use rustls::{ContentType, ProtocolVersion};
use subtle::ConstantTimeEq;

use crate::lock::lock;

/// More handshake records than any server sends without data in between, for a chain of
/// certificates in small fragments. rustls limits other messages, but not tickets.
const MOST_IN_A_ROW: u32 = 256;
/// Tickets remembered per connection, newest last.
const KEPT_TICKETS: usize = 4;
/// rustls uses a longer ticket message as usual, but it is not copied.
const MAX_TICKET_MESSAGE: usize = 8 * 1024;
/// Clients must not keep a ticket longer (RFC 8446 section 4.6.1).
const MAX_LIFETIME: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// A ticket is discarded this long before it expires, or after nine tenths of a short lifetime.
const LIFETIME_MARGIN: Duration = Duration::from_secs(60);

const NEW_SESSION_TICKET: u8 = 4;
const HANDSHAKE_HEADER: usize = 4;
const TOKEN_LEN: usize = 32;

/// A ticket message as received from the server, without any secret.
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

    /// Whether it is still valid at `now`, with a margin.
    pub(crate) fn is_fresh(&self, now: Instant) -> bool {
        is_fresh(self.received, self.lifetime, now)
    }

    /// Returns the record to feed to the connection that received this ticket.
    fn local_record(&self) -> Vec<u8> {
        let len = TOKEN_LEN + self.message.len();
        let mut record = Vec::with_capacity(5 + len);
        record.extend_from_slice(&[23, 3, 3]);
        // `MAX_TICKET_MESSAGE` keeps this far below the record size limit.
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

/// Whether a ticket with this time of receipt and lifetime is worth offering at `now`.
pub(crate) fn is_fresh(received: Instant, lifetime: Duration, now: Instant) -> bool {
    let lifetime = lifetime.min(MAX_LIFETIME);
    let usable = lifetime - LIFETIME_MARGIN.min(lifetime / 10);
    now.saturating_duration_since(received) < usable
}

/// A ticket on its way through rustls to the session store.
#[derive(Debug)]
pub(crate) struct Announced {
    /// The message as received.
    pub(crate) copy: TicketCopy,
    /// Whether it was replayed locally rather than just sent by the server.
    pub(crate) replayed: bool,
}

/// The tickets that the decrypter of one connection has seen. One per connection, never shared.
#[derive(Debug, Default)]
pub(crate) struct TicketTap {
    /// Copies of the newest tickets, oldest first.
    copies: Mutex<VecDeque<TicketCopy>>,
    /// Tickets that rustls is about to hand to the session store, in order.
    announced: Mutex<VecDeque<Announced>>,
    /// A local record is being fed.
    armed: AtomicBool,
    /// A handshake message continues in a record that has not arrived yet.
    inside_message: AtomicBool,
    /// Handshake records since the last data.
    in_a_row: AtomicU32,
}

impl TicketTap {
    /// Runs `drive`, which drives the tapped connection. Decrypters that rustls creates during this
    /// call belong to this tap.
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

    /// Returns the newest ticket that is still valid at `now`.
    pub(crate) fn newest(&self, now: Instant) -> Option<TicketCopy> {
        let copies = lock(&self.copies);
        copies.iter().rev().find(|copy| copy.is_fresh(now)).cloned()
    }

    /// Returns what is known of the ticket that rustls is storing now. Called once per stored
    /// ticket.
    pub(crate) fn claim(&self) -> Option<Announced> {
        lock(&self.announced).pop_front()
    }

    /// Feeds `copy` to `connection` again, as if the server had just sent it.
    ///
    /// The caller ensures that no partial record is pending in `connection`. Returns whether rustls
    /// accepted the copy; if so, the session store holds one more value.
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
        // Still armed: rustls ignored the record, as it does after the server's close_notify.
        let taken = !self.armed.swap(false, Ordering::AcqRel);
        if !taken {
            lock(&self.announced).pop_back();
        }
        outcome.map(|()| taken)
    }

    /// Counts a decrypted record. Fails if the server sends handshake messages without end.
    fn count(&self, record: &InboundPlainMessage<'_>) -> Result<(), rustls::Error> {
        match record.typ {
            ContentType::ApplicationData if !record.payload.is_empty() => {
                self.in_a_row.store(0, Ordering::Relaxed);
                Ok(())
            }
            ContentType::ApplicationData => Ok(()),
            _ if self.in_a_row.fetch_add(1, Ordering::Relaxed) < MOST_IN_A_ROW => Ok(()),
            _ => {
                let what = "the server sends TLS messages without end, and no data";
                Err(rustls::Error::General(what.to_owned()))
            }
        }
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

    /// Whether `payload` is the local record that this tap expects.
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

/// Wraps `inner` with the tap of the connection that is being driven, if there is one.
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
    /// The number of records that rustls has counted but the server has not sent.
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
        self.tap.count(&plain)?;
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

/// Splits records into handshake messages. A record may contain several messages, and a message may
/// span several records.
#[derive(Debug, Default)]
struct MessageScanner {
    /// The bytes of the current message if it is a ticket, otherwise at most its header.
    collected: Vec<u8>,
    /// The missing bytes of the current message's body; meaningless until the header is complete.
    rest: usize,
}

impl MessageScanner {
    /// Takes the handshake bytes of one record. Returns the ticket messages that they complete.
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
                // Not a ticket, or too long to copy: only its end matters.
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

/// Entry point for fuzzing: splits `bytes` into records of the given lengths and checks that the
/// scanner finds the same tickets as in the undivided bytes.
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
