use std::io::{Read, Write};

use proptest::prelude::*;
use rustls::client::Tls13ClientSessionValue;
use rustls::client::{ClientSessionStore, Resumption, Tls12ClientSessionValue};
use rustls::{ClientConfig, ClientConnection, HandshakeKind, NamedGroup, ServerConfig};
use rustls::{RootCertStore, ServerConnection};
use rustls_pki_types::{PrivateKeyDer, ServerName};

use super::super::suites;
use super::*;

/// Keeps what rustls stores and what the tap knows about it.
#[derive(Debug)]
struct Store {
    tap: Arc<TicketTap>,
    tickets: Mutex<Vec<(Tls13ClientSessionValue, Announced)>>,
}

impl ClientSessionStore for Store {
    fn set_kx_hint(&self, _: ServerName<'static>, _: NamedGroup) {}
    fn kx_hint(&self, _: &ServerName<'_>) -> Option<NamedGroup> {
        None
    }
    fn set_tls12_session(&self, _: ServerName<'static>, _: Tls12ClientSessionValue) {}
    fn tls12_session(&self, _: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        None
    }
    fn remove_tls12_session(&self, _: &ServerName<'static>) {}
    fn insert_tls13_ticket(&self, _: ServerName<'static>, value: Tls13ClientSessionValue) {
        // Connections from `Pair::resume` are driven outside the tap.
        if let Some(announced) = self.tap.claim() {
            lock(&self.tickets).push((value, announced));
        }
    }
    fn take_tls13_ticket(&self, _: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        lock(&self.tickets).pop().map(|(value, _)| value)
    }
}

/// A client and a server that are connected through memory.
struct Pair {
    client: ClientConnection,
    server: ServerConnection,
    tap: Arc<TicketTap>,
    store: Arc<Store>,
    base: ClientConfig,
    server_config: Arc<ServerConfig>,
}

impl Pair {
    fn new(server_tickets: usize) -> Self {
        let key = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let certificate = key.cert.der().clone();
        let mut roots = RootCertStore::empty();
        roots.add(certificate.clone()).unwrap();
        let provider = Arc::new(suites::provider());
        let base = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let mut server_config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate],
                PrivateKeyDer::Pkcs8(key.signing_key.serialize_der().into()),
            )
            .unwrap();
        server_config.ticketer = rustls::crypto::aws_lc_rs::Ticketer::new().unwrap();
        server_config.send_tls13_tickets = server_tickets;
        Self::with(base, Arc::new(server_config))
    }

    fn with(base: ClientConfig, server_config: Arc<ServerConfig>) -> Self {
        let tap = Arc::new(TicketTap::default());
        let store = Arc::new(Store {
            tap: Arc::clone(&tap),
            tickets: Mutex::default(),
        });
        let (client, server) = connect(&base, &server_config, &store);
        let mut this = Self {
            client,
            server,
            tap,
            store,
            base,
            server_config,
        };
        this.pump();
        this
    }

    /// Passes bytes both ways until neither side has more to send.
    fn pump(&mut self) {
        let (client, server) = (&mut self.client, &mut self.server);
        self.tap.enter(|| pump(client, server));
    }

    /// Opens another connection that offers a ticket from the store.
    fn resume(&self) -> HandshakeKind {
        let (mut client, mut server) = connect(&self.base, &self.server_config, &self.store);
        pump(&mut client, &mut server);
        client.handshake_kind().unwrap()
    }

    fn say(&mut self, text: &[u8]) -> Vec<u8> {
        self.server.writer().write_all(text).unwrap();
        self.pump();
        let mut heard = vec![0; text.len()];
        self.client.reader().read_exact(&mut heard).unwrap();
        heard
    }

    fn replay(&mut self) -> bool {
        let copy = self.tap.newest(Instant::now()).expect("a ticket");
        self.tap.replay(&copy, &mut self.client).unwrap()
    }
}

fn connect(
    base: &ClientConfig,
    server_config: &Arc<ServerConfig>,
    store: &Arc<Store>,
) -> (ClientConnection, ServerConnection) {
    let mut config = base.clone();
    let store: Arc<Store> = Arc::clone(store);
    config.resumption = Resumption::store(store);
    let name = ServerName::try_from("localhost").unwrap();
    (
        ClientConnection::new(Arc::new(config), name).unwrap(),
        ServerConnection::new(Arc::clone(server_config)).unwrap(),
    )
}

fn pump(client: &mut ClientConnection, server: &mut ServerConnection) {
    while client.wants_write() || server.wants_write() {
        let mut wire = Vec::new();
        while client.wants_write() {
            client.write_tls(&mut wire).unwrap();
        }
        let mut rest = wire.as_slice();
        while !rest.is_empty() {
            server.read_tls(&mut rest).unwrap();
            server.process_new_packets().unwrap();
        }
        let mut wire = Vec::new();
        while server.wants_write() {
            server.write_tls(&mut wire).unwrap();
        }
        let mut rest = wire.as_slice();
        while !rest.is_empty() {
            client.read_tls(&mut rest).unwrap();
            client.process_new_packets().unwrap();
        }
    }
}

#[test]
fn one_ticket_resumes_any_number_of_connections() {
    let mut pair = Pair::new(1);
    assert_eq!(pair.resume(), HandshakeKind::Resumed);
    for _ in 0..100 {
        assert_eq!(lock(&pair.store.tickets).len(), 0);
        assert!(pair.replay());
        assert_eq!(pair.resume(), HandshakeKind::Resumed);
    }
}

#[test]
fn without_a_copy_the_second_connection_is_a_full_one() {
    let pair = Pair::new(1);
    assert_eq!(pair.resume(), HandshakeKind::Resumed);
    assert_eq!(pair.resume(), HandshakeKind::Full);
}

#[test]
fn records_after_a_replay_are_still_decrypted() {
    let mut pair = Pair::new(2);
    for round in 0..20 {
        assert!(pair.replay());
        let text = format!("220 round {round}\r\n");
        assert_eq!(pair.say(text.as_bytes()), text.as_bytes());
    }
}

#[test]
fn records_after_a_replay_and_a_key_update_are_still_decrypted() {
    let mut pair = Pair::new(1);
    for _ in 0..3 {
        assert!(pair.replay());
        pair.server.refresh_traffic_keys().unwrap();
        assert_eq!(pair.say(b"226 done\r\n"), b"226 done\r\n");
        assert!(pair.replay());
        assert_eq!(pair.say(b"227 next\r\n"), b"227 next\r\n");
    }
    assert_eq!(pair.resume(), HandshakeKind::Resumed);
}

#[test]
fn a_replayed_ticket_keeps_the_time_at_which_it_came() {
    let mut pair = Pair::new(1);
    let first = lock(&pair.store.tickets).pop().unwrap().1;
    assert!(!first.replayed);
    assert!(pair.replay());
    let second = lock(&pair.store.tickets).pop().unwrap().1;
    assert!(second.replayed);
    assert_eq!(second.copy.received(), first.copy.received());
}

#[test]
fn a_local_record_is_refused_unless_the_tap_is_armed() {
    let mut pair = Pair::new(1);
    let record = pair.tap.newest(Instant::now()).unwrap().local_record();
    pair.client.read_tls(&mut record.as_slice()).unwrap();
    assert_eq!(
        pair.client.process_new_packets().unwrap_err(),
        rustls::Error::DecryptError
    );
}

#[test]
fn an_armed_tap_admits_no_record_without_the_token() {
    let mut pair = Pair::new(1);
    let mut record = pair.tap.newest(Instant::now()).unwrap().local_record();
    record[5 + TOKEN_LEN - 1] ^= 1;
    pair.tap.armed.store(true, Ordering::Release);
    pair.client.read_tls(&mut record.as_slice()).unwrap();
    assert_eq!(
        pair.client.process_new_packets().unwrap_err(),
        rustls::Error::DecryptError
    );
}

#[test]
fn nothing_is_replayed_after_the_end_of_the_connection() {
    let mut pair = Pair::new(1);
    pair.server.send_close_notify();
    pair.pump();
    let before = lock(&pair.store.tickets).len();
    assert!(!pair.replay());
    assert_eq!(lock(&pair.store.tickets).len(), before);
    assert!(pair.tap.claim().is_none());
}

#[test]
fn a_copy_means_nothing_on_another_connection() {
    let one = Pair::new(1);
    let mut two = Pair::with(one.base.clone(), Arc::clone(&one.server_config));
    lock(&two.store.tickets).clear();
    let foreign = one.tap.newest(Instant::now()).unwrap();
    // The other connection derives a different secret, so the server refuses to resume.
    assert!(two.tap.replay(&foreign, &mut two.client).unwrap());
    let (mut client, mut server) = connect(&two.base, &two.server_config, &two.store);
    let mut wire = Vec::new();
    client.write_tls(&mut wire).unwrap();
    server.read_tls(&mut wire.as_slice()).unwrap();
    assert!(server.process_new_packets().is_err());
}

#[test]
fn only_the_newest_tickets_are_kept() {
    let pair = Pair::new(KEPT_TICKETS * 3);
    assert_eq!(lock(&pair.tap.copies).len(), KEPT_TICKETS);
    let newest = pair.tap.newest(Instant::now()).unwrap();
    let last = lock(&pair.store.tickets).pop().unwrap().1.copy;
    assert_eq!(newest.message, last.message);
}

#[test]
fn an_expired_ticket_is_not_used() {
    let pair = Pair::new(1);
    let copy = pair.tap.newest(Instant::now()).unwrap();
    let lifetime = copy.lifetime.min(MAX_LIFETIME);
    let received = copy.received();
    let usable_until = received + lifetime - LIFETIME_MARGIN;
    assert!(copy.is_fresh(usable_until - Duration::from_secs(1)));
    assert!(!copy.is_fresh(usable_until));
    assert!(pair.tap.newest(usable_until).is_none());
    assert!(!is_fresh(received, Duration::ZERO, received));
    let minute = Duration::from_secs(60);
    assert!(is_fresh(received, minute, received + minute / 2));
    assert!(!is_fresh(received, minute, received + minute));
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut message = vec![kind];
    message.extend_from_slice(&(body.len() as u32).to_be_bytes()[1..]);
    message.extend_from_slice(body);
    message
}

#[test]
fn a_ticket_too_long_to_copy_is_passed_over() {
    let mut scanner = MessageScanner::default();
    let mut bytes = message(NEW_SESSION_TICKET, &[7; MAX_TICKET_MESSAGE]);
    let short = message(NEW_SESSION_TICKET, &[8; 100]);
    bytes.extend_from_slice(&short);
    assert_eq!(scanner.scan(&bytes), [short]);
    assert!(!scanner.is_inside());
}

proptest! {
    #[test]
    fn finds_every_ticket_however_records_are_cut(
        messages in prop::collection::vec((0u8..6, prop::collection::vec(any::<u8>(), 0..300)), 0..12),
        cuts in prop::collection::vec(1usize..200, 0..40),
    ) {
        let mut bytes = Vec::new();
        let mut expected = Vec::new();
        for (kind, body) in &messages {
            let message = message(*kind, body);
            bytes.extend_from_slice(&message);
            if *kind == NEW_SESSION_TICKET {
                expected.push(message);
            }
        }
        let mut scanner = MessageScanner::default();
        let mut found = Vec::new();
        let mut rest = bytes.as_slice();
        for cut in cuts {
            let (record, after) = rest.split_at(cut.min(rest.len()));
            found.extend(scanner.scan(record));
            rest = after;
        }
        found.extend(scanner.scan(rest));
        prop_assert_eq!(found, expected);
        prop_assert!(!scanner.is_inside());
    }
}
