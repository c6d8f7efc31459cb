//! Each error has its reason as a type, and so has what is left behind.

use std::io::Write as _;
use std::net::TcpListener;
use std::thread;

use towline::{Error, ErrorDetail, ErrorKind, Outlook, Remains, SessionReuse, TlsMode, Trust};
use towline::{TlsVersion, UploadOptions};
use towline_testkit::{Action, CertificateKind, Fault, Personality, Point, Server};

use crate::support::{Bench, answer, download, list, path, session, upload};

fn reason(error: &Error) -> (ErrorKind, &'static str) {
    let detail = error.detail().map(ErrorDetail::name);
    (error.kind(), detail.unwrap_or_default())
}

/// A server that sends `first` and nothing else.
fn saying(first: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for tcp in listener.incoming() {
            let Ok(mut tcp) = tcp else { return };
            // The client may have closed.
            let _ = tcp.write_all(first.as_bytes());
            let mut rest = [0; 1024];
            while std::io::Read::read(&mut tcp, &mut rest).is_ok_and(|len| len > 0) {}
        }
    });
    port
}

#[tokio::test]
async fn what_a_server_says_at_the_login_tells_the_reason() {
    for (verb, reply, kind, name) in [
        ("AUTH", "502 No.", ErrorKind::Tls, "tls_refused"),
        ("PROT", "503 No.", ErrorKind::Tls, "protection_refused"),
        ("PROT", "536 No.", ErrorKind::Tls, "protection_refused"),
        ("PASS", "530 No.", ErrorKind::LoginRefused, "login_refused"),
        (
            "PASS",
            "332 Account?",
            ErrorKind::LoginRefused,
            "account_wanted",
        ),
        (
            "USER",
            "534 TLS first",
            ErrorKind::LoginRefused,
            "tls_wanted",
        ),
        (
            "PASS",
            "530 Too many users",
            ErrorKind::Unavailable,
            "too_many_connections",
        ),
        (
            "USER",
            "421 Too many connections",
            ErrorKind::Unavailable,
            "too_many_connections",
        ),
        ("USER", "421 Bye", ErrorKind::Unavailable, "session_ended"),
    ] {
        let bench = Bench::with_fault(Personality::VsFtpd, answer(verb, reply)).await;
        let error = session(bench.open_config()).await.unwrap_err();
        assert_eq!(reason(&error), (kind, name), "{verb} {reply}");
        let hopeless = kind == ErrorKind::LoginRefused;
        assert_eq!(error.outlook() == Outlook::Hopeless, hopeless, "{reply}");
    }
}

#[tokio::test]
async fn a_refused_operation_tells_whether_the_server_knows_the_command() {
    for (verb, reply, kind, name) in [
        ("DELE", "502 No.", ErrorKind::Refused, "unknown_command"),
        ("DELE", "550 No.", ErrorKind::Refused, "command_refused"),
        (
            "DELE",
            "550 No such file",
            ErrorKind::NotFound,
            "no_such_file",
        ),
        (
            "MKD",
            "550 No such file",
            ErrorKind::NotFound,
            "no_parent_directory",
        ),
        ("RNFR", "553 No.", ErrorKind::Refused, "rename_from_refused"),
        ("RNTO", "553 No.", ErrorKind::Refused, "rename_to_refused"),
        (
            "RNFR",
            "550 No such file",
            ErrorKind::NotFound,
            "no_such_file",
        ),
    ] {
        let bench = Bench::with_fault(Personality::VsFtpd, answer(verb, reply)).await;
        bench.write("a", "x");
        let mut session = bench.connect(TlsVersion::Tls13).await;
        let a = path("a");
        let done = match verb {
            "DELE" => session.remove_file(&a).await,
            "MKD" => session.create_dir(&path("b/c")).await,
            _ => session.rename(&a, &path("b")).await,
        };
        assert_eq!(reason(&done.unwrap_err()), (kind, name), "{verb} {reply}");
    }
}

#[tokio::test]
async fn a_certificate_tells_why_it_is_refused() {
    for (kind, name) in [
        (CertificateKind::Expired, "expired"),
        (CertificateKind::WrongName, "wrong_name"),
    ] {
        let bench = Bench::build(Server::builder(Personality::VsFtpd).certificate(kind)).await;
        let error = session(bench.open_config()).await.unwrap_err();
        assert_eq!(reason(&error), (ErrorKind::Certificate, name));
        assert_eq!(error.outlook(), Outlook::Hopeless);
    }
    let bench = Bench::start(Personality::VsFtpd).await;
    let pin = "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let pins = Trust::Pins(vec![pin.parse().unwrap()]);
    let error = session(bench.open_config().trust(pins)).await.unwrap_err();
    let Some(&ErrorDetail::PinMismatch { pin }) = error.detail() else {
        panic!("{error:?}");
    };
    // The error contains the certificate to trust.
    let pins = Trust::Pins(vec![pin]);
    session(bench.open_config().trust(pins)).await.unwrap();
}

#[tokio::test]
async fn timeouts_are_told_apart() {
    for (point, name) in [
        (Point::Greeting, "reply_timed_out"),
        (Point::ControlTls, "handshake_timed_out"),
        (Point::Command("PWD"), ""),
        (Point::DataTls("MLSD"), "handshake_timed_out"),
        (
            Point::Transfer {
                command: "RETR",
                after: 10,
            },
            "data_timed_out",
        ),
    ] {
        let fault = Fault::At(point.clone(), Action::Silence);
        let bench = Bench::with_fault(Personality::ProFtpd138, fault).await;
        bench.write("a", vec![7; 100_000]);
        let done = match bench.hasty().await {
            Ok(mut session) => match list(&mut session).await {
                Ok(_) => download(&mut session, "a").await.map(drop),
                Err(error) => Err(error),
            },
            Err(error) => Err(error),
        };
        if name.is_empty() {
            // The client never sends that command.
            done.unwrap();
            continue;
        }
        let error = done.unwrap_err();
        assert_eq!(reason(&error), (ErrorKind::Timeout, name), "{point:?}");
        assert!(error.is_transient());
    }
}

#[tokio::test]
async fn another_protocol_is_known_by_what_it_says() {
    let bench = Bench::start(Personality::VsFtpd).await;
    for (said, mode, kind, name) in [
        (
            "HTTP/1.1 400 Bad Request\r\n\r\n",
            TlsMode::Implicit,
            ErrorKind::Tls,
            "http_answered",
        ),
        (
            "SSH-2.0-OpenSSH_9.9\r\n",
            TlsMode::Implicit,
            ErrorKind::Tls,
            "ssh_answered",
        ),
        (
            "220 Welcome\r\n",
            TlsMode::Implicit,
            ErrorKind::Tls,
            "plaintext_answered",
        ),
        (
            "SSH-2.0-OpenSSH_9.9\r\n",
            TlsMode::Explicit,
            ErrorKind::Protocol,
            "ssh_answered",
        ),
        (
            "Welcome!\r\n",
            TlsMode::Explicit,
            ErrorKind::Protocol,
            "unreadable_reply",
        ),
    ] {
        let config = bench.config_for("127.0.0.1", saying(said)).tls_mode(mode);
        let error = session(config).await.unwrap_err();
        assert_eq!(reason(&error), (kind, name), "{said}");
    }
}

#[tokio::test]
async fn a_port_on_which_nobody_listens_refuses() {
    let bench = Bench::start(Personality::VsFtpd).await;
    let closed = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = closed.local_addr().unwrap().port();
    drop(closed);
    let error = session(bench.config_for("127.0.0.1", port))
        .await
        .unwrap_err();
    assert_eq!(reason(&error), (ErrorKind::Network, "connection_refused"));
}

#[tokio::test]
async fn a_data_connection_without_reuse_tells_who_minds() {
    let strict = Bench::start(Personality::VsFtpd).await;
    let off = strict.open_config().session_reuse(SessionReuse::Off);
    let mut refused = session(off).await.unwrap();
    let error = list(&mut refused).await.unwrap_err();
    let wanted = (ErrorKind::SessionReuseRefused, "reuse_required_by_server");
    assert_eq!(reason(&error), wanted);
    assert_eq!(error.outlook(), Outlook::Hopeless);

    let other = Bench::with_fault(Personality::PyFtpdlib, Fault::OtherDataCertificate).await;
    let mut session = other.connect(TlsVersion::Tls13).await;
    let error = list(&mut session).await.unwrap_err();
    assert_eq!(
        reason(&error),
        (ErrorKind::Certificate, "data_certificate_differs")
    );
}

#[tokio::test]
async fn a_wrong_size_tells_both_sizes() {
    let bench = Bench::with_fault(Personality::ProFtpd138, Fault::WrongSize(-1)).await;
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let error = upload(&mut session, "a", &[7; 50]).await.unwrap_err();
    let detail = ErrorDetail::WrongSize {
        expected: 50,
        actual: 49,
    };
    assert_eq!(error.detail(), Some(&detail));
    assert_eq!(error.remains(), []);
}

#[tokio::test]
async fn what_remains_of_an_upload_is_told_with_its_path() {
    let bench = Bench::with_fault(Personality::ProFtpd138, answer("RNTO", "553 No.")).await;
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let error = upload(&mut session, "a", b"x").await.unwrap_err();
    assert_eq!(
        reason(&error),
        (ErrorKind::RenameRefused, "rename_to_refused")
    );
    let [Remains::WholeUpload { at }] = error.remains() else {
        panic!("{:?}", error.remains());
    };
    assert_eq!(bench.read(&at.to_string()).as_deref(), Some(&b"x"[..]));
    session.remove_file(at).await.unwrap();
    assert_eq!(bench.names(), Vec::<String>::new());

    bench.write("b", "old");
    let options = UploadOptions::default().overwrite(false);
    let begun = session.upload(&path("b"), &options).await;
    let error = begun.map(drop).unwrap_err();
    assert_eq!(reason(&error), (ErrorKind::AlreadyExists, "target_exists"));
}
