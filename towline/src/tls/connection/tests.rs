use std::io::Write;

use proptest::prelude::*;
use rustls::{RootCertStore, ServerConfig, ServerConnection, SupportedProtocolVersion};
use rustls_pki_types::PrivateKeyDer;

use super::super::suites;
use super::*;

const EACH_VERSION: [&SupportedProtocolVersion; 2] =
    [&rustls::version::TLS12, &rustls::version::TLS13];

/// A client whose bytes come through memory, and the server behind it.
struct Pair {
    client: Connection,
    recv_buffer: RecvBuffer,
    server: ServerConnection,
    /// On its way to the client.
    underway: Vec<u8>,
    heard: Vec<u8>,
}

impl Pair {
    /// After the handshake; the tickets of TLS 1.3 are still underway.
    fn new(version: &'static SupportedProtocolVersion) -> Self {
        let key = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let certificate = key.cert.der().clone();
        let mut roots = RootCertStore::empty();
        roots.add(certificate.clone()).unwrap();
        let provider = Arc::new(suites::provider());
        let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&[version])
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let key = PrivateKeyDer::Pkcs8(key.signing_key.serialize_der().into());
        let server_config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[version])
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let tap = Arc::new(TicketTap::default());
        let mut this = Self {
            client: Connection::new(Arc::new(config), name, tap).unwrap(),
            recv_buffer: RecvBuffer::new(),
            server: ServerConnection::new(Arc::new(server_config)).unwrap(),
            underway: Vec::new(),
            heard: Vec::new(),
        };
        while this.client.state().is_handshaking() || this.server.is_handshaking() {
            this.deliver(usize::MAX).unwrap();
            this.answer();
        }
        assert_eq!(
            this.client.state().protocol_version(),
            Some(version.version)
        );
        this
    }

    /// Carries to the server what the client has to send, and takes what the server says to it.
    fn answer(&mut self) {
        let outbox = self.client.outbox();
        while !outbox.unsent().is_empty() {
            let mut unsent = outbox.unsent();
            let len = self.server.read_tls(&mut unsent).unwrap();
            self.server.process_new_packets().unwrap();
            outbox.advance(len);
        }
        self.take();
    }

    fn take(&mut self) {
        while self.server.wants_write() {
            self.server.write_tls(&mut self.underway).unwrap();
        }
    }

    fn say(&mut self, bytes: &[u8]) {
        self.server.writer().write_all(bytes).unwrap();
        self.take();
    }

    /// Has `len` bytes arrive, or as many as there are and find room.
    fn deliver(&mut self, len: usize) -> Result<(), Error> {
        let room = self.recv_buffer.room();
        let len = len.min(room.len()).min(self.underway.len());
        room[..len].copy_from_slice(&self.underway[..len]);
        self.recv_buffer.received(len);
        self.underway.drain(..len);
        self.client.receive(&mut self.recv_buffer, usize::MAX)
    }

    fn hear(&mut self) {
        for piece in self.recv_buffer.pieces() {
            self.heard.extend_from_slice(piece);
        }
        self.recv_buffer.clear();
    }

    fn hear_everything(&mut self) -> Result<(), Error> {
        while !self.underway.is_empty() {
            self.deliver(usize::MAX)?;
            self.hear();
        }
        Ok(())
    }
}

fn contents(len: usize) -> Vec<u8> {
    (0..len).map(|at| (at / 7 + at % 251) as u8).collect()
}

#[test]
fn contents_are_used_from_where_they_were_received() {
    for version in EACH_VERSION {
        let mut pair = Pair::new(version);
        pair.hear_everything().unwrap();
        let said = contents(16_384);
        pair.say(&said);
        let before = pair.recv_buffer.room().as_ptr_range();
        pair.deliver(usize::MAX).unwrap();
        let mut pieces = pair.recv_buffer.pieces();
        let piece = pieces.next().unwrap();
        assert_eq!(piece, said);
        assert!(before.contains(&piece.as_ptr()));
        assert!(pieces.next().is_none());
    }
}

#[test]
fn it_stops_early_when_that_is_enough() {
    for version in EACH_VERSION {
        let mut pair = Pair::new(version);
        pair.hear_everything().unwrap();
        let said = contents(12 * 1024);
        said.chunks(1024).for_each(|chunk| pair.say(chunk));
        let len = pair.underway.len();
        pair.recv_buffer.room()[..len].copy_from_slice(&pair.underway);
        pair.recv_buffer.received(len);
        pair.client.receive(&mut pair.recv_buffer, 2000).unwrap();
        assert_eq!(pair.recv_buffer.len(), 2048);
        pair.client
            .receive(&mut pair.recv_buffer, usize::MAX)
            .unwrap();
        pair.hear();
        assert_eq!(pair.heard, said);
    }
}

#[test]
fn an_end_behind_contents_is_noticed_and_what_comes_after_it_is_not_used() {
    for version in EACH_VERSION {
        let mut pair = Pair::new(version);
        pair.say(b"the last words");
        pair.server.send_close_notify();
        pair.take();
        pair.underway.extend_from_slice(b"not TLS at all");
        pair.deliver(usize::MAX).unwrap();
        assert!(pair.client.is_ended());
        pair.hear();
        assert_eq!(pair.heard, b"the last words");
    }
}

#[test]
fn a_record_that_was_tampered_with_is_an_error_that_lasts() {
    for version in EACH_VERSION {
        let mut pair = Pair::new(version);
        pair.hear_everything().unwrap();
        pair.say(b"good");
        let len = pair.underway.len();
        pair.say(b"evil");
        pair.underway[len + 10] ^= 1;
        pair.say(b"late");
        for _ in 0..2 {
            assert_eq!(pair.deliver(usize::MAX), Err(Error::DecryptError));
        }
        pair.hear();
        assert_eq!(pair.heard, b"good");
        assert!(!pair.client.outbox().unsent().is_empty(), "an alert");
        assert_eq!(
            pair.client.send(&mut pair.recv_buffer, b"more"),
            Err(Error::DecryptError)
        );
    }
}

#[test]
fn what_is_sent_arrives_and_so_does_the_end() {
    for version in EACH_VERSION {
        let mut pair = Pair::new(version);
        let mut heard = Vec::new();
        let said = contents(300_000);
        for piece in said.chunks(70_000) {
            pair.client.send(&mut pair.recv_buffer, piece).unwrap();
            let outbox = pair.client.outbox();
            while !outbox.unsent().is_empty() {
                let mut unsent = &outbox.unsent()[..outbox.unsent().len().min(5000)];
                let len = pair.server.read_tls(&mut unsent).unwrap();
                outbox.advance(len);
                pair.server.process_new_packets().unwrap();
                let reader = &mut pair.server.reader();
                // Until it would block.
                let _ = std::io::copy(reader, &mut heard);
            }
        }
        assert!(heard == said);
        pair.client.close(&mut pair.recv_buffer).unwrap();
        let len = pair.client.outbox().unsent().len();
        pair.client.close(&mut pair.recv_buffer).unwrap();
        assert_eq!(pair.client.outbox().unsent().len(), len, "said once");
        pair.answer();
        let state = pair.server.process_new_packets().unwrap();
        assert!(state.peer_has_closed());
        // The other direction goes on.
        pair.say(b"still here");
        pair.hear_everything().unwrap();
        assert_eq!(pair.heard, b"still here");
    }
}

#[test]
fn nothing_is_sent_before_the_handshake_is_done() {
    let config = ClientConfig::builder_with_provider(Arc::new(suites::provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let tap = Arc::new(TicketTap::default());
    let mut client = Connection::new(Arc::new(config), name, tap).unwrap();
    assert_eq!(
        client.send(&mut RecvBuffer::new(), b"early"),
        Err(Error::HandshakeNotComplete)
    );
}

/// What a server does in between.
#[derive(Clone, Debug)]
enum Step {
    Say(usize),
    UpdateKeys,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1usize..40_000).prop_map(Step::Say),
        1 => Just(Step::UpdateKeys),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Records cut anywhere, the first of them tickets, in a buffer of any size that holds one, which
    /// is emptied now and then.
    #[test]
    fn contents_are_what_was_said(
        is_tls13 in any::<bool>(),
        steps in prop::collection::vec(step(), 1..12),
        cuts in prop::collection::vec((1usize..50_000, any::<bool>()), 1..20),
        size in 18_500usize..200_000,
    ) {
        let mut pair = Pair::new(EACH_VERSION[usize::from(is_tls13)]);
        pair.recv_buffer.resize(size);
        let mut said = Vec::new();
        for step in steps {
            match step {
                Step::Say(len) => {
                    let bytes = contents(len);
                    pair.say(&bytes);
                    said.extend(bytes);
                }
                Step::UpdateKeys if is_tls13 => {
                    pair.server.refresh_traffic_keys().unwrap();
                    pair.take();
                }
                Step::UpdateKeys => {}
            }
        }
        for (cut, hears) in cuts.iter().cycle() {
            if pair.underway.is_empty() {
                break;
            }
            pair.deliver(*cut).unwrap();
            if *hears || pair.recv_buffer.room().is_empty() {
                pair.hear();
            }
        }
        pair.hear();
        prop_assert!(pair.heard == said);
        prop_assert!(pair.recv_buffer.rest().is_empty());
    }
}
