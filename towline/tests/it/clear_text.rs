//! When a connection may continue without TLS, and when it must not.

use std::sync::Arc;

use towline::probe::{Fact, Probe};
use towline::{Config, ErrorKind, KnownServers, SessionReuse, TlsMode, TlsVersion, Trust};
use towline_testkit::{Action, AuthSupport, Fault, Personality, Point, Server};

use crate::support::{Bench, Notebook, download, list, session, upload};

async fn server(auth: AuthSupport) -> Bench {
    let builder = Server::builder(Personality::VsFtpd).auth(auth).clear(true);
    Bench::build(builder).await
}

/// The configuration of a user who trusts the system's store.
fn config(bench: &Bench, mode: TlsMode) -> Config {
    bench.open_config().trust(Trust::Platform).tls_mode(mode)
}

#[tokio::test]
async fn off_moves_files_in_clear_text_and_says_so() {
    let bench = server(AuthSupport::Tls).await;
    bench.write("a", "x");
    let notebook = Arc::new(Notebook::default());
    let config = config(&bench, TlsMode::Off).observer(notebook.clone());
    let mut session = session(config).await.unwrap();
    upload(&mut session, "b", b"yy").await.unwrap();
    upload(&mut session, "empty", b"").await.unwrap();
    assert_eq!(download(&mut session, "a").await.unwrap(), b"x");
    assert_eq!(list(&mut session).await.unwrap(), ["a", "b", "empty"]);
    session.quit().await;
    assert_eq!(notebook.all("clear:"), ["TLS is switched off"]);
    assert_eq!(notebook.all("C: AUTH"), [""; 0]);
    assert_eq!(notebook.all("C: PROT"), [""; 0]);
    let control = &bench.server.report().control[0];
    assert!(control.credentials_in_clear && control.protocol.is_none());
    assert!(control.data.iter().all(|data| data.clear));
}

#[tokio::test]
async fn auth_ssl_is_tried_where_auth_tls_is_not_known() {
    for code in [500, 502, 504] {
        let bench = server(AuthSupport::SslOnly(code)).await;
        for mode in [TlsMode::Explicit, TlsMode::IfAvailable] {
            let mut session = session(bench.open_config().tls_mode(mode)).await.unwrap();
            list(&mut session).await.unwrap();
        }
        let report = bench.server.report();
        assert!(
            report
                .control
                .iter()
                .all(|control| control.protocol.is_some())
        );
        assert!(
            report
                .control
                .iter()
                .all(|control| !control.credentials_in_clear)
        );
    }
}

#[tokio::test]
async fn explicit_sends_nothing_to_a_server_without_tls() {
    let bench = server(AuthSupport::Refused(500)).await;
    let notebook = Arc::new(Notebook::default());
    let config = bench.open_config().observer(notebook.clone());
    let error = session(config).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Tls);
    let text = error.to_string();
    let expected = "the server refuses TLS on this port; nothing was sent in clear text: 500 ";
    assert!(text.starts_with(expected), "{text}");
    assert_eq!(notebook.all("C:"), ["AUTH TLS", "AUTH SSL"]);
    assert_eq!(bench.logins(), 0);
}

#[tokio::test]
async fn if_available_goes_on_in_clear_text_where_auth_is_unknown_twice() {
    for code in [500, 502, 504] {
        let bench = server(AuthSupport::Refused(code)).await;
        bench.write("a", "x");
        let notebook = Arc::new(Notebook::default());
        let config = config(&bench, TlsMode::IfAvailable).observer(notebook.clone());
        let mut session = session(config).await.unwrap();
        assert_eq!(download(&mut session, "a").await.unwrap(), b"x");
        let warnings = notebook.all("clear: the server does not support TLS:");
        assert!(matches!(warnings.as_slice(), [reply] if reply.starts_with(&code.to_string())));
    }
}

#[tokio::test]
async fn if_available_uses_tls_where_it_can() {
    let bench = server(AuthSupport::Tls).await;
    let error = session(config(&bench, TlsMode::IfAvailable))
        .await
        .unwrap_err();
    // The system does not know the test's authority: that is no reason to continue without TLS.
    assert_eq!(error.kind(), ErrorKind::Certificate);
    let config = bench.open_config().tls_mode(TlsMode::IfAvailable);
    let mut session = session(config).await.unwrap();
    list(&mut session).await.unwrap();
    let report = bench.server.report();
    assert!(
        report
            .control
            .iter()
            .all(|control| !control.credentials_in_clear)
    );
}

#[tokio::test]
async fn if_available_gives_up_on_any_other_answer() {
    for code in [421, 431, 530, 534] {
        let bench = server(AuthSupport::Refused(code)).await;
        session(config(&bench, TlsMode::IfAvailable))
            .await
            .unwrap_err();
        assert_eq!(bench.logins(), 0, "{code}");
        assert!(!bench.server.report().control[0].credentials_in_clear);
    }
    let close = Fault::At(Point::Command("AUTH"), Action::Close);
    let bench = Bench::build(
        Server::builder(Personality::VsFtpd)
            .clear(true)
            .fault(close),
    )
    .await;
    session(config(&bench, TlsMode::IfAvailable))
        .await
        .unwrap_err();
    assert_eq!(bench.logins(), 0);
    // 234, and then something that is not TLS.
    let noise = Fault::PlaintextBehindAuth(b"220 no TLS here\r\n".to_vec());
    let bench = Bench::build(
        Server::builder(Personality::VsFtpd)
            .clear(true)
            .fault(noise),
    )
    .await;
    let error = session(config(&bench, TlsMode::IfAvailable))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Tls);
    assert_eq!(bench.logins(), 0);
}

#[tokio::test]
async fn if_available_never_gives_in_where_trust_was_given() {
    let bench = server(AuthSupport::Refused(500)).await;
    let config = bench.open_config().tls_mode(TlsMode::IfAvailable);
    let error = session(config).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Tls);
    assert!(
        error
            .to_string()
            .contains("trust settings or a client certificate are given"),
        "{error}"
    );
    assert_eq!(bench.logins(), 0);
}

#[tokio::test]
async fn if_available_never_gives_in_where_session_reuse_is_required() {
    let bench = server(AuthSupport::Refused(500)).await;
    let config = config(&bench, TlsMode::IfAvailable).session_reuse(SessionReuse::Require);
    let error = session(config).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Tls);
    assert!(error.to_string().contains("session reuse"), "{error}");
    assert_eq!(bench.logins(), 0);
}

#[tokio::test]
async fn if_available_never_gives_in_where_the_server_is_known_to_speak_tls() {
    let bench = server(AuthSupport::Refused(500)).await;
    let known = KnownServers::at(bench.local("known-servers"));
    let port = bench.server.address().port();
    let fingerprint = "00".repeat(32).parse().unwrap();
    known.accept("localhost", port, fingerprint).unwrap();
    let config = config(&bench, TlsMode::IfAvailable).known_servers(known);
    let error = session(config).await.unwrap_err();
    assert!(error.to_string().contains("known to speak TLS"), "{error}");
    assert_eq!(bench.logins(), 0);
}

/// An attacker on the path can answer like a server without TLS.
#[tokio::test]
async fn if_available_never_gives_in_where_any_run_has_met_tls() {
    for mode in [TlsMode::Explicit, TlsMode::IfAvailable] {
        let bench = server(AuthSupport::Tls).await;
        let known = KnownServers::at(bench.local("known-servers"));
        let first = bench.open_config().known_servers(known.clone());
        session(first.tls_mode(mode)).await.unwrap();

        assert_never_gives_in(bench, known).await;
    }
}

#[tokio::test]
async fn a_server_is_used_even_if_it_cannot_be_remembered() {
    let bench = server(AuthSupport::Tls).await;
    std::fs::write(bench.local("file"), "").unwrap();
    let known = KnownServers::at(bench.local("file/known-servers"));
    let notebook = Arc::new(Notebook::default());
    let config = bench.open_config().known_servers(known);
    let mut session = session(config.observer(notebook.clone())).await.unwrap();
    list(&mut session).await.unwrap();
    assert!(notebook.has("this server is not remembered"));
}

/// What is at the place of the lock, or who holds it, is another program's doing.
#[cfg(unix)]
#[tokio::test]
async fn a_server_that_cannot_be_remembered_for_a_lock_is_warned_of_at_once() {
    for what in ["link", "directory", "held"] {
        let bench = server(AuthSupport::Tls).await;
        let lock = bench.local("known-servers.lock");
        let mut held = None;
        match what {
            "link" => std::os::unix::fs::symlink(bench.local("elsewhere"), &lock).unwrap(),
            "directory" => std::fs::create_dir(&lock).unwrap(),
            _ => {
                let file = std::fs::File::create(&lock).unwrap();
                file.lock().unwrap();
                held = Some(file);
            }
        }
        let known = KnownServers::at(bench.local("known-servers"));
        let notebook = Arc::new(Notebook::default());
        let config = bench.open_config().known_servers(known.clone());
        let began = std::time::Instant::now();
        let mut session = session(config.observer(notebook.clone())).await.unwrap();
        list(&mut session).await.unwrap();
        session.quit().await;
        assert!(began.elapsed().as_secs() < 4, "{what}");
        assert!(notebook.has("warning: the list of known servers"), "{what}");
        assert_eq!(known.list().unwrap(), [], "{what}");
        drop(held);
    }
}

#[tokio::test]
async fn contradictions_are_found_before_anything_is_sent() {
    let bench = server(AuthSupport::Tls).await;
    let off = bench.open_config().tls_mode(TlsMode::Off);
    assert_eq!(session(off).await.unwrap_err().kind(), ErrorKind::Usage);
    let off = config(&bench, TlsMode::Off).session_reuse(SessionReuse::Require);
    assert_eq!(session(off).await.unwrap_err().kind(), ErrorKind::Usage);
    assert!(bench.server.report().control.is_empty());
}

#[tokio::test]
async fn data_stays_protected_on_a_server_that_would_take_it_in_clear() {
    let bench = server(AuthSupport::Tls).await;
    let mut session = bench.connect(TlsVersion::Tls13).await;
    list(&mut session).await.unwrap();
    assert!(!bench.server.report().control[0].data[0].clear);
}

/// Puts an attacker without TLS in the place of `bench`, whose server is known to speak TLS.
async fn assert_never_gives_in(bench: Bench, known: KnownServers) {
    let port = bench.server.address().port();
    bench.server.shutdown().await;
    let builder = Server::builder(Personality::VsFtpd).auth(AuthSupport::Refused(500));
    let attacker = Bench::build(builder.clear(true).port(port)).await;
    let second = config(&attacker, TlsMode::IfAvailable).known_servers(known);
    let error = session(second).await.unwrap_err();
    assert!(error.to_string().contains("known to speak TLS"), "{error}");
    assert_eq!(attacker.logins(), 0);
}

/// Whether its certificate is trusted, and whether anything follows the handshake.
#[tokio::test]
async fn if_available_never_gives_in_where_a_handshake_or_a_look_has_met_tls() {
    for looks in [false, true] {
        let bench = server(AuthSupport::Tls).await;
        let port = bench.server.address().port();
        let known = KnownServers::at(bench.local("known-servers"));
        if looks {
            let config = bench.open_config().known_servers(known.clone());
            let mut probe = Probe::new(config).unwrap();
            loop {
                let fact = probe.next().await.expect("TLS was not reached").unwrap();
                if matches!(fact, Fact::Secured(_)) {
                    break;
                }
            }
            probe.quit().await;
        } else {
            let config = Config::new("localhost").port(port).user("user");
            let error = session(config.known_servers(known.clone())).await;
            assert_eq!(error.unwrap_err().kind(), ErrorKind::Certificate);
        }
        let met = known.list().unwrap();
        assert_eq!((met[0].port, met[0].fingerprint), (port, None));

        assert_never_gives_in(bench, known).await;
    }
}
