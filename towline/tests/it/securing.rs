//! From the greeting to protected data connections, with servers that do it differently.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufStream};
use tokio::net::TcpListener;
use towline::{Client, Config, ErrorDetail, ErrorKind, Pool, TlsMode};
use towline_testkit::{Action, ArmedFault, Fault, Gate, Personality, Point, Server};

use crate::support::{BOTH, Bench, Notebook, answer, list, session, until};

const PLAIN: &str = "503 Log in with USER first.";

fn unready() -> Fault {
    Fault::NotReadyForTls(PLAIN.to_owned())
}

/// The same on one control connection.
fn unready_at(control: u64) -> ArmedFault {
    ArmedFault::from(unready()).on_control(control)
}

/// Nothing was sent in clear text but this.
fn assert_only_auth_in_clear(bench: &Bench) {
    let report = bench.server.report();
    let clear = report
        .control
        .iter()
        .filter(|control| control.protocol.is_none());
    for control in clear {
        let auth = |line: &String| line.starts_with("AUTH");
        assert!(control.commands.iter().all(auth), "{:?}", control.commands);
        assert!(!control.credentials_in_clear);
    }
}

#[tokio::test]
async fn the_handshake_decides_what_a_positive_reply_to_auth_means() {
    for reply in [
        "200 AUTH command ok; starting SSL connection...",
        "220 Go ahead.",
        "232 Already known.",
        "235 Accepted.",
    ] {
        for version in BOTH {
            let fault = Fault::AuthReply(reply.to_owned());
            let bench = Bench::with_fault(Personality::VsFtpd, fault).await;
            let mut session = session(bench.config(version)).await.unwrap();
            list(&mut session).await.unwrap();
        }
        // A server that does not mean it gets nothing in clear text.
        for mode in [TlsMode::Explicit, TlsMode::IfAvailable] {
            let builder = Server::builder(Personality::VsFtpd).clear(true);
            let bench = Bench::build(builder.fault(answer("AUTH", reply))).await;
            let config = bench.open_config().tls_mode(mode);
            let config = config.timeout(Duration::from_millis(500));
            let error = session(config).await.unwrap_err();
            assert!(
                matches!(error.kind(), ErrorKind::Tls | ErrorKind::Timeout),
                "{error}"
            );
            assert!(!bench.server.report().control[0].credentials_in_clear);
            assert_eq!(bench.count("USER"), 0);
        }
    }
    for reply in ["334 Go on.", "431 Not now.", "534 Never."] {
        let bench = Bench::with_fault(Personality::VsFtpd, answer("AUTH", reply)).await;
        let error = session(bench.open_config()).await.unwrap_err();
        assert_eq!(error.detail(), Some(&ErrorDetail::TlsRefused), "{error}");
    }
}

#[tokio::test]
async fn prot_p_alone_decides_whether_data_is_protected() {
    for reply in ["500 What?", "502 No.", "431 Not now.", "334 Go on."] {
        let fault = answer("PBSZ", reply);
        let bench = Bench::with_fault(Personality::FileZilla1, fault).await;
        let mut session = session(bench.open_config()).await.unwrap();
        list(&mut session).await.unwrap();
        let report = bench.server.report();
        assert!(
            report
                .data()
                .all(|data| data.protocol.is_some() && !data.clear)
        );
    }
    for (pbsz, prot) in [
        ("200 PBSZ=0", "500 What?"),
        ("200 PBSZ=0", "534 Never."),
        ("200 PBSZ=0", "334 Perhaps."),
        ("500 What?", "503 PBSZ first."),
        ("500 What?", "431 Not now."),
    ] {
        let builder = Server::builder(Personality::VsFtpd)
            .fault(answer("PBSZ", pbsz))
            .fault(answer("PROT", prot));
        let bench = Bench::build(builder).await;
        let error = session(bench.open_config()).await.unwrap_err();
        assert_eq!(error.detail(), Some(&ErrorDetail::ProtectionRefused));
        assert!(error.to_string().ends_with(prot), "{error}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_ready_for_tls_gets_a_few_fresh_connections() {
    for fault in [unready().nth(1), unready().nth(2)] {
        let bench = Bench::with_fault(Personality::VsFtpd, fault).await;
        let mut first = session(bench.open_config()).await.unwrap();
        list(&mut first).await.unwrap();
        let mut second = session(bench.open_config()).await.unwrap();
        list(&mut second).await.unwrap();
        assert_eq!(bench.server.report().control.len(), 3);
        assert_only_auth_in_clear(&bench);
    }
    let builder = (1..=5).fold(Server::builder(Personality::VsFtpd), |builder, n| {
        builder.fault(unready_at(n))
    });
    let bench = Bench::build(builder).await;
    let mut session = session(bench.open_config()).await.unwrap();
    list(&mut session).await.unwrap();
    assert_eq!(bench.server.report().control.len(), 6);
}

#[tokio::test]
async fn a_server_that_is_never_ready_for_tls_is_told_in_its_own_words() {
    for mode in [TlsMode::Explicit, TlsMode::IfAvailable] {
        let builder = Server::builder(Personality::VsFtpd).clear(true);
        let bench = Bench::build(builder.fault(unready())).await;
        let error = session(bench.open_config().tls_mode(mode))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Tls);
        assert_eq!(error.detail(), Some(&ErrorDetail::PlaintextAnswered));
        assert!(error.to_string().ends_with(PLAIN), "{error}");
        assert_eq!(bench.server.report().control.len(), 6);
        assert_only_auth_in_clear(&bench);
    }
}

#[tokio::test]
async fn further_connections_get_fresh_ones_too() {
    let builder = Server::builder(Personality::VsFtpd)
        .fault(unready_at(2))
        .fault(unready_at(5));
    let bench = Bench::build(builder).await;
    let client = Client::new(bench.open_config()).unwrap();
    let pool = Pool::new(client.clone(), NonZeroU32::new(3).unwrap());
    let mut sessions = Vec::new();
    for _ in 0..3 {
        sessions.push(pool.session().await.unwrap());
    }
    assert_eq!(pool.open(), 3);
    assert_eq!(bench.server.report().control.len(), 4);
    // A session that has lost its control connection.
    bench.server.arm(answer("NOOP", "421 Bye.").nth(1));
    sessions[0].noop().await.unwrap_err();
    list(&mut sessions[0]).await.unwrap();
    assert_eq!(bench.server.report().control.len(), 6);
    assert_only_auth_in_clear(&bench);
}

fn implicit() -> towline_testkit::Builder {
    Server::builder(Personality::VsFtpd).tls(towline_testkit::TlsMode::Implicit)
}

/// The greeting counts as late after half of this.
fn hasty(config: Config) -> Config {
    config.timeout(Duration::from_secs(2))
}

#[tokio::test]
async fn a_port_for_implicit_tls_is_recognised_by_its_silence_and_its_hello() {
    for mode in [TlsMode::Explicit, TlsMode::IfAvailable] {
        let bench = Bench::build(implicit()).await;
        let notebook = Arc::new(Notebook::default());
        let config = hasty(bench.open_config()).tls_mode(mode);
        let config = config.observer(notebook.clone());
        let error = session(config.retry(towline::Retry::default()))
            .await
            .unwrap_err();
        assert_eq!(error.detail(), Some(&ErrorDetail::ImplicitTlsExpected));
        assert_eq!(error.kind(), ErrorKind::Tls);
        assert!(!error.is_transient(), "the same attempt fails again");
        assert!(notebook.has("GreetingLate"));
        assert_eq!(bench.count(""), 0, "no command was sent");
        let config = hasty(bench.open_config()).tls_mode(TlsMode::Implicit);
        session(config).await.unwrap();
    }
}

#[tokio::test]
async fn a_late_greeting_is_waited_for() {
    for mode in [TlsMode::Explicit, TlsMode::Implicit] {
        let builder = match mode {
            TlsMode::Implicit => implicit(),
            _ => Server::builder(Personality::VsFtpd),
        };
        let gate = Gate::new();
        let hold = Fault::At(Point::Greeting, Action::Hold(gate.clone()));
        let bench = Bench::build(builder.fault(hold)).await;
        let notebook = Arc::new(Notebook::default());
        let config = bench
            .open_config()
            .tls_mode(mode)
            .timeout(Duration::from_secs(60));
        let connecting = tokio::spawn(session(config.observer(notebook.clone())));
        until(|| notebook.has("GreetingLate")).await;
        gate.open();
        let mut session = connecting.await.unwrap().unwrap();
        list(&mut session).await.unwrap();
    }
}

#[tokio::test]
async fn a_server_that_says_nothing_at_all_is_a_timeout() {
    let silence = Fault::At(Point::Greeting, Action::Silence);
    let bench = Bench::with_fault(Personality::VsFtpd, silence).await;
    let error = session(hasty(bench.open_config())).await.unwrap_err();
    assert_eq!(error.detail(), Some(&ErrorDetail::ReplyTimedOut), "{error}");
    assert!(error.is_transient());
}

/// A web server says nothing before it has a request.
#[tokio::test]
async fn a_web_server_is_recognised_by_its_silence_and_its_answer() {
    for (page, is_kept_open) in [
        ("HTTP/1.1 400 Bad Request\r\n\r\n", false),
        ("HTTP/1.1 400 Bad Request\r\n\r\n", true),
        ("HTTP/1.0 400\n\n", true),
        ("<!DOCTYPE HTML>\n<html></html>", false),
        ("<html></html>", true),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(async move {
                    let mut stream = BufStream::new(stream);
                    let mut request = Vec::new();
                    while !request.ends_with(b"\r\n") {
                        if stream.read_until(b'\n', &mut request).await.unwrap_or(0) == 0 {
                            return;
                        }
                    }
                    let _ = stream.write_all(page.as_bytes()).await;
                    let _ = stream.flush().await;
                    if is_kept_open {
                        std::future::pending::<()>().await;
                    }
                });
            }
        });
        for mode in [TlsMode::Explicit, TlsMode::IfAvailable, TlsMode::Off] {
            let config = Config::new("127.0.0.1").port(port).tls_mode(mode);
            let error = session(hasty(config)).await.unwrap_err();
            assert_eq!(error.detail(), Some(&ErrorDetail::HttpAnswered), "{error}");
            assert!(!error.is_transient(), "{error}");
        }
    }
}
