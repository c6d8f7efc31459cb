//! TLS in front: explicit and implicit, protected and clear data, sessions that resume.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::{ClientConfig, HandshakeKind, ProtocolVersion, version};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use towline_gateway::Identity;
use towline_testkit::{Action, Fault, Gate, Personality, Point, Server};

use crate::support::{Bench, Client, noise, pasv_address};

/// Takes every certificate: these tests are about what follows.
#[derive(Debug)]
struct Anyone;

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &rustls::DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &rustls::DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
        let provider = aws_lc_rs::default_provider();
        provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

/// TLS as an old program has it. Sessions are shared by the connections that use the same value.
fn connector(protocol: ProtocolVersion) -> TlsConnector {
    connector_with(protocol, aws_lc_rs::default_provider())
}

fn connector_with(protocol: ProtocolVersion, provider: CryptoProvider) -> TlsConnector {
    let versions: &[_] = match protocol {
        ProtocolVersion::TLSv1_2 => &[&version::TLS12],
        _ => &[&version::TLS13],
    };
    let config = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(versions)
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anyone))
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

async fn secure(connector: &TlsConnector, stream: TcpStream) -> TlsStream<TcpStream> {
    let name = ServerName::try_from("localhost").unwrap();
    connector.connect(name, stream).await.unwrap()
}

async fn bench(change: impl FnOnce(&mut towline_gateway::Settings)) -> Bench {
    let directory = tempfile::tempdir().unwrap();
    let identity = Identity::load_or_make(directory.path()).unwrap();
    Bench::build(Server::builder(Personality::VsFtpd), |settings, _| {
        settings.identity = Some(identity);
        change(settings);
    })
    .await
}

/// A client that has begun TLS and logged in.
async fn explicit(bench: &Bench, connector: &TlsConnector) -> Client<TlsStream<TcpStream>> {
    let mut client = bench.connect().await;
    assert!(client.ask("FEAT", "211").await.contains(" AUTH TLS\r\n"));
    client.ask("AUTH TLS", "234").await;
    let mut client = Client::over(secure(connector, client.into_stream()).await);
    client.ask("USER vendor", "331").await;
    client.ask("PASS gate", "230").await;
    client.ask("PBSZ 0", "200").await;
    client.ask("PROT P", "200").await;
    client.ask("TYPE I", "200").await;
    client
}

/// Opens a data connection for `line`, and secures it after the first reply.
async fn data(
    client: &mut Client<TlsStream<TcpStream>>,
    line: &str,
    connector: &TlsConnector,
) -> TlsStream<TcpStream> {
    let reply = client.ask("PASV", "227").await;
    let stream = TcpStream::connect(pasv_address(&reply)).await.unwrap();
    client.ask(line, "150").await;
    secure(connector, stream).await
}

/// The data of a download that ends in order.
async fn downloaded(
    client: &mut Client<TlsStream<TcpStream>>,
    line: &str,
    connector: &TlsConnector,
) -> Vec<u8> {
    let mut download = data(client, line, connector).await;
    let mut bytes = Vec::new();
    download.read_to_end(&mut bytes).await.unwrap();
    client.expect("226").await;
    bytes
}

#[tokio::test]
async fn explicit_tls_protects_both_ways_and_resumes() {
    for protocol in [ProtocolVersion::TLSv1_2, ProtocolVersion::TLSv1_3] {
        let bench = bench(|settings| {
            settings.require_tls = true;
            settings.require_reuse = true;
        })
        .await;
        let connector = connector(protocol);
        let mut client = explicit(&bench, &connector).await;
        for _ in 0..3 {
            let mut upload = data(&mut client, "STOR a", &connector).await;
            assert_eq!(
                upload.get_ref().1.handshake_kind(),
                Some(HandshakeKind::Resumed)
            );
            upload.write_all(b"protected").await.unwrap();
            upload.shutdown().await.unwrap();
            client.expect("226").await;
            let mut download = data(&mut client, "RETR a", &connector).await;
            let mut bytes = Vec::new();
            download.read_to_end(&mut bytes).await.unwrap();
            assert_eq!(bytes, b"protected");
            client.expect("226").await;
        }
    }
}

#[tokio::test]
async fn a_data_connection_that_does_not_resume_is_refused_where_that_is_required() {
    for required in [true, false] {
        let bench = bench(|settings| settings.require_reuse = required).await;
        bench.write("a", "x");
        let control = connector(ProtocolVersion::TLSv1_3);
        let mut client = explicit(&bench, &control).await;
        let stranger = connector(ProtocolVersion::TLSv1_3);
        let mut download = data(&mut client, "RETR a", &stranger).await;
        let mut bytes = Vec::new();
        let read = download.read_to_end(&mut bytes).await;
        let end = client.reply().await;
        match required {
            true => assert!(bytes.is_empty() && end.starts_with("522"), "{read:?} {end}"),
            false => assert!(bytes == b"x" && end.starts_with("226"), "{end}"),
        }
    }
}

/// One of the seldom changed settings of Java programs.
#[tokio::test]
async fn the_own_certificate_suits_a_client_with_one_cipher_suite_of_tls_1_2() {
    let bench = bench(|settings| settings.require_tls = true).await;
    let mut provider = aws_lc_rs::default_provider();
    provider.cipher_suites = vec![aws_lc_rs::cipher_suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256];
    bench.write("a", "x");
    let connector = connector_with(ProtocolVersion::TLSv1_2, provider);
    let mut client = explicit(&bench, &connector).await;
    assert_eq!(downloaded(&mut client, "RETR a", &connector).await, b"x");
}

#[tokio::test]
async fn an_upload_brings_no_tickets_that_a_client_would_leave_unread() {
    let bench = bench(|_| {}).await;
    let connector = connector(ProtocolVersion::TLSv1_3);
    let mut client = explicit(&bench, &connector).await;
    let mut tickets = Vec::new();
    for line in ["STOR a", "RETR a", "LIST"] {
        let mut channel = data(&mut client, line, &connector).await;
        channel.shutdown().await.unwrap();
        channel.read_to_end(&mut Vec::new()).await.unwrap();
        client.expect("226").await;
        tickets.push(channel.get_ref().1.tls13_tickets_received());
    }
    assert!(
        tickets[0] == 0 && tickets[1] > 0 && tickets[2] > 0,
        "{tickets:?}"
    );
}

#[tokio::test]
async fn an_upload_without_close_notify_is_whole_only_if_that_is_allowed() {
    for allowed in [false, true] {
        let bench = bench(|settings| settings.allow_missing_close_notify = allowed).await;
        let connector = connector(ProtocolVersion::TLSv1_3);
        let mut client = explicit(&bench, &connector).await;
        let mut upload = data(&mut client, "STOR a", &connector).await;
        upload.write_all(b"part").await.unwrap();
        upload.flush().await.unwrap();
        let (mut tcp, _) = upload.into_inner();
        tcp.shutdown().await.unwrap();
        match allowed {
            true => drop(client.expect("226").await),
            false => {
                let end = client.expect("426").await;
                assert!(end.contains("TLS has ended without close_notify"), "{end}");
            }
        }
        let stored = allowed.then(|| b"part".to_vec());
        assert_eq!(bench.read("a"), stored);
    }
}

#[tokio::test]
async fn implicit_tls_begins_at_once() {
    let bench = bench(|settings| {
        settings.listen_implicit = std::mem::take(&mut settings.listen);
        settings.require_tls = true;
    })
    .await;
    bench.write("a", "x");
    let connector = connector(ProtocolVersion::TLSv1_2);
    let stream = TcpStream::connect(bench.address).await.unwrap();
    let mut client = Client::over(secure(&connector, stream).await);
    client.expect("220").await;
    client.ask("USER vendor", "331").await;
    client.ask("PASS gate", "230").await;
    client.ask("TYPE I", "200").await;
    client.ask("PASV", "227").await;
    assert!(client.ask("RETR a", "521").await.contains("PROT P"));
    client.ask("PROT C", "534").await;
    client.ask("PROT P", "200").await;
    assert_eq!(downloaded(&mut client, "RETR a", &connector).await, b"x");
}

#[tokio::test]
async fn data_may_be_clear_and_so_may_the_control_connection_after_ccc() {
    let bench = bench(|_| {}).await;
    bench.write("a", "x");
    let connector = connector(ProtocolVersion::TLSv1_3);
    let mut client = explicit(&bench, &connector).await;
    client.ask("PROT C", "200").await;
    let reply = client.ask("PASV", "227").await;
    let mut clear = TcpStream::connect(pasv_address(&reply)).await.unwrap();
    client.ask("RETR a", "150").await;
    let mut bytes = Vec::new();
    clear.read_to_end(&mut bytes).await.unwrap();
    client.expect("226").await;
    assert_eq!(bytes, b"x");
    client.ask("CCC", "200").await;
    let (tcp, mut tls) = client.into_stream().into_inner();
    // It may have come with the reply.
    let has_closed = tls.process_new_packets().unwrap().peer_has_closed();
    tls.send_close_notify();
    let mut notice = Vec::new();
    while tls.wants_write() {
        tls.write_tls(&mut notice).unwrap();
    }
    let mut client = Client::over(tcp);
    client.send(notice).await;
    if !has_closed {
        client.skip_record().await;
    }
    client.ask("PWD", "257").await;
    client.ask("CCC", "503").await;
}

#[tokio::test]
async fn a_password_is_not_asked_for_in_clear_text_where_tls_is_required() {
    let bench = bench(|settings| settings.require_tls = true).await;
    let mut client = bench.connect().await;
    client.ask("USER vendor", "530").await;
    client.ask("PROT P", "503").await;
    client.ask("PASS gate", "503").await;
}

#[tokio::test]
async fn what_is_sent_ahead_of_tls_is_dropped() {
    let bench = bench(|_| {}).await;
    let mut client = bench.connect().await;
    client.send("AUTH TLS\r\nUSER smuggled\r\nSYST\r\n").await;
    client.expect("234").await;
    let connector = connector(ProtocolVersion::TLSv1_3);
    let mut client = Client::over(secure(&connector, client.into_stream()).await);
    client.ask("PASS gate", "503").await;
}

#[tokio::test]
async fn without_a_certificate_tls_is_not_offered() {
    let bench = Bench::start(Personality::VsFtpd).await;
    let mut client = bench.connect().await;
    assert!(!client.ask("FEAT", "211").await.contains("AUTH"));
    client.ask("AUTH TLS", "502").await;
    client.ask("PBSZ 0", "503").await;
}

#[tokio::test]
async fn a_full_gateway_says_so_in_tls_where_clients_begin_with_it() {
    let bench = bench(|settings| {
        settings.listen_implicit = std::mem::take(&mut settings.listen);
        settings.limits.clients = 1;
    })
    .await;
    let connector = connector(ProtocolVersion::TLSv1_3);
    let stream = TcpStream::connect(bench.address).await.unwrap();
    let mut first = Client::over(secure(&connector, stream).await);
    first.expect("220").await;
    let stream = TcpStream::connect(bench.address).await.unwrap();
    let mut second = Client::over(secure(&connector, stream).await);
    second.expect("421").await;
    assert!(second.is_closed().await);
    first.ask("NOOP", "200").await;
}

/// `close_notify` shows that the file is whole, even if nobody waits for the reply any more.
#[tokio::test]
async fn an_upload_that_ends_with_close_notify_is_kept_when_its_client_has_left() {
    for atomic in [true, false] {
        for held in [true, false] {
            let gate = Gate::new();
            let bench = bench(|settings| settings.routes[0].atomic = atomic).await;
            bench.write("a", "old");
            if held {
                let hold = Fault::At(Point::FinalReply("STOR"), Action::Hold(gate.clone()));
                bench.server.arm(hold.nth(1));
            }
            let connector = connector(ProtocolVersion::TLSv1_3);
            let mut client = explicit(&bench, &connector).await;
            let mut upload = data(&mut client, "STOR a", &connector).await;
            let bytes = noise(3_000_000);
            upload.write_all(&bytes).await.unwrap();
            upload.shutdown().await.unwrap();
            if held {
                gate.reached().await;
            }
            drop(client);
            gate.open();
            let transfer = &bench.reported("gateway_transfer", 1).await[0];
            assert_eq!(transfer["result"], "verified", "{transfer}");
            assert_eq!(bench.read("a").unwrap(), bytes);
            assert_eq!(bench.names(), ["a"]);
        }
    }
}

/// The client leaves while its data are still on their way.
#[tokio::test]
async fn a_client_that_leaves_before_its_data_have_ended_decides_by_how_they_end() {
    for whole in [true, false] {
        let bench = bench(|settings| settings.routes[0].atomic = true).await;
        bench.write("a", "old");
        let connector = connector(ProtocolVersion::TLSv1_3);
        let mut client = explicit(&bench, &connector).await;
        let mut upload = data(&mut client, "STOR a", &connector).await;
        upload.write_all(b"first ").await.unwrap();
        drop(client);
        upload.write_all(b"last").await.unwrap();
        match whole {
            true => upload.shutdown().await.unwrap(),
            false => {
                upload.flush().await.unwrap();
                let (mut tcp, _) = upload.into_inner();
                tcp.shutdown().await.unwrap();
            }
        }
        let transfer = &bench.reported("gateway_transfer", 1).await[0];
        // The gateway may see either end first.
        let (results, left): (&[&str], &[u8]) = match whole {
            true => (&["verified"], b"first last"),
            false => (&["aborted", "failed"], b"old"),
        };
        let result = transfer["result"].as_str().unwrap();
        assert!(results.contains(&result), "{transfer}");
        assert_eq!(bench.read("a").unwrap(), left);
        assert_eq!(bench.names(), ["a"]);
    }
}

#[tokio::test]
async fn a_client_that_is_silent_after_auth_is_given_up_with_the_login_time() {
    let bench = bench(|settings| settings.limits.login = Duration::from_millis(500)).await;
    let mut client = bench.connect().await;
    client.ask("AUTH TLS", "234").await;
    let began = Instant::now();
    assert!(client.is_closed().await);
    assert!(began.elapsed() < Duration::from_secs(10));
}
