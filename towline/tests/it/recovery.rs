//! How the client recovers if a data connection is refused because session reuse is required.

use std::sync::Arc;

use towline::{
    Active, Client, DataMode, ErrorDetail, ErrorKind, KnownServers, Secret, SessionReuse,
    TlsVersion, UploadOptions,
};
use towline_testkit::{Action, Fault, Personality, Point, Server};

use crate::support::{BOTH, Bench, Notebook, answer, download, list, path, session, upload};

#[tokio::test]
async fn another_ticket_is_tried_where_the_control_connection_lives() {
    let bench = Bench::with_fault(Personality::ProFtpd138, Fault::RefuseData.nth(2)).await;
    bench.write("a", "x");
    let mut session = bench.connect(TlsVersion::Tls13).await;
    list(&mut session).await.unwrap();
    assert_eq!(download(&mut session, "a").await.unwrap(), b"x");
    assert_eq!(bench.logins(), 1);
    assert_eq!(bench.server.report().control[0].data.len(), 3);
}

#[tokio::test]
async fn a_new_control_connection_is_opened_where_the_old_one_died() {
    let bench = Bench::with_fault(Personality::VsFtpd, Fault::RefuseData.nth(2)).await;
    bench.write("a", "x");
    let mut session = bench.connect(TlsVersion::Tls13).await;
    list(&mut session).await.unwrap();
    assert_eq!(download(&mut session, "a").await.unwrap(), b"x");
    assert_eq!(bench.logins(), 2);
}

#[tokio::test]
async fn recovery_ends_with_the_servers_own_words() {
    let bench = Bench::with_fault(Personality::ProFtpd138, Fault::RefuseSessions).await;
    let mut session = session(bench.open_config()).await.unwrap();
    let error = list(&mut session).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SessionReuseRefused);
    let reply = error.reply().unwrap();
    assert_eq!(reply.code().as_u16(), 425);
    assert_eq!(
        reply.text(),
        "Unable to build data connection: Operation not permitted"
    );
    assert!(!error.data_connection().unwrap().resumed);
    // The first, a new one, and one with TLS 1.2.
    let report = bench.server.report();
    let protocols: Vec<_> = report
        .control
        .iter()
        .map(|control| control.protocol.unwrap())
        .collect();
    assert_eq!(protocols, ["TLSv1.3", "TLSv1.3", "TLSv1.2"]);
}

/// A server without TLS 1.3 tickets can still resume TLS 1.2 sessions.
#[tokio::test]
async fn tls_12_is_the_last_resort_and_is_remembered() {
    let builder = Server::builder(Personality::ProFtpd138).control_tickets(0);
    let bench = Bench::build(builder).await;
    let client = Client::new(bench.open_config()).unwrap();
    let mut session = client.connect().await.unwrap();
    upload(&mut session, "a", b"x").await.unwrap();
    upload(&mut session, "b", b"x").await.unwrap();
    let mut another = client.connect().await.unwrap();
    list(&mut another).await.unwrap();
    let report = bench.server.report();
    let stored = report.data().filter(|data| data.command == "STOR");
    assert!(stored.into_iter().all(|data| data.bound_to_this_control));
    assert_eq!(report.control.last().unwrap().protocol, Some("TLSv1.2"));
}

#[tokio::test]
async fn a_refused_upload_leaves_the_target_alone() {
    let bench = Bench::with_fault(Personality::ProFtpd138, Fault::RefuseSessions).await;
    bench.write("report.csv", "last month's");
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let error = upload(&mut session, "report.csv", b"this month's")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SessionReuseRefused);
    assert_eq!(bench.read("report.csv").unwrap(), b"last month's");
    assert_eq!(bench.names(), ["report.csv"], "no temporary file remains");
}

#[tokio::test]
async fn nothing_is_stored_before_a_listing_has_shown_that_a_full_handshake_is_welcome() {
    let bench = Bench::start(Personality::PureFtpd).await;
    let mut session = bench.connect(TlsVersion::Tls13).await;
    upload(&mut session, "a", b"x").await.unwrap();
    upload(&mut session, "b", b"x").await.unwrap();
    let report = bench.server.report();
    let commands: Vec<_> = report.data().map(|data| data.command.as_str()).collect();
    assert_eq!(commands, ["MLSD", "STOR", "STOR"]);
    assert_eq!(bench.logins(), 1);
}

#[tokio::test]
async fn a_server_that_resumes_nothing_but_demands_nothing_is_served() {
    let builder = Server::builder(Personality::ProFtpd138).require_reuse(false);
    let bench = Bench::build(builder.fault(Fault::RefuseSessions)).await;
    let mut session = bench.connect(TlsVersion::Tls13).await;
    upload(&mut session, "a", b"x").await.unwrap();
    assert_eq!(download(&mut session, "a").await.unwrap(), b"x");
    assert_eq!(bench.names(), ["a"]);
    assert_eq!(bench.logins(), 1);
}

#[tokio::test]
async fn require_carries_nothing_over_a_full_handshake() {
    let builder = Server::builder(Personality::ProFtpd138).require_reuse(false);
    let bench = Bench::build(builder.fault(Fault::RefuseSessions)).await;
    bench.write("a", "secret");
    let config = bench.open_config().session_reuse(SessionReuse::Require);
    let mut session = session(config).await.unwrap();
    for error in [
        list(&mut session).await.map(drop).unwrap_err(),
        download(&mut session, "a").await.map(drop).unwrap_err(),
        upload(&mut session, "b", b"secret")
            .await
            .map(drop)
            .unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::SessionReuseRefused);
    }
    let report = bench.server.report();
    assert!(
        report
            .data()
            .filter(|data| data.command == "STOR")
            .all(|data| data.bytes == 0)
    );
    assert_eq!(bench.names(), ["a"]);
}

#[tokio::test]
async fn off_offers_nothing_and_a_strict_server_says_so() {
    for personality in [
        Personality::VsFtpd,
        Personality::ProFtpd138,
        Personality::FileZilla1,
    ] {
        let bench = Bench::start(personality).await;
        let config = bench.open_config().session_reuse(SessionReuse::Off);
        let mut session = session(config).await.unwrap();
        let error = list(&mut session).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SessionReuseRefused, "{error}");
        assert!(error.reply().is_some(), "{error}");
        assert_eq!(bench.logins(), 1, "nothing is recovered");
    }
}

/// Without a temporary name a refused STOR would empty the target; it is never sent.
#[tokio::test]
async fn no_upload_is_sent_without_something_to_resume_with() {
    let builder = Server::builder(Personality::ProFtpd138).control_tickets(0);
    let bench = Bench::build(builder).await;
    bench.write("a", "old");
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let options = UploadOptions::default().use_temporary_name(false);
    let error = session
        .upload_from(&b"new"[..], &path("a"), &options)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SessionReuseRefused);
    assert_eq!(bench.read("a").unwrap(), b"old");
    let report = bench.server.report();
    let mut commands = report.control.iter().flat_map(|control| &control.commands);
    assert!(!commands.any(|command| command.starts_with("STOR")));
}

fn protocols(bench: &Bench) -> Vec<&'static str> {
    let report = bench.server.report();
    let controls = report.control.iter();
    controls.filter_map(|control| control.protocol).collect()
}

/// Whoever can break the handshakes of data connections could otherwise choose the version.
#[tokio::test]
async fn tls_12_is_left_out_where_tls_13_has_resumed_in_this_run() {
    let refuse = Fault::RefuseSessions.from_nth(2);
    let bench = Bench::with_fault(Personality::ProFtpd138, refuse).await;
    let notebook = Arc::new(Notebook::default());
    let config = bench.open_config().observer(notebook.clone());
    let mut session = session(config).await.unwrap();
    list(&mut session).await.unwrap();
    let error = list(&mut session).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SessionReuseRefused);
    assert!(
        error.to_string().contains("TLS 1.2 was not tried"),
        "{error}"
    );
    assert_eq!(protocols(&bench), ["TLSv1.3", "TLSv1.3"]);
    assert!(!notebook.has("Downgrading"));
}

#[tokio::test]
async fn tls_12_is_left_out_where_tls_13_has_resumed_in_an_earlier_run() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    let known = KnownServers::at(bench.local("known-servers"));
    let config = bench.open_config().known_servers(known.clone());
    let mut first = session(config.clone()).await.unwrap();
    list(&mut first).await.unwrap();
    first.quit().await;
    let port = bench.server.address().port();
    let entry = known.find("localhost", port).unwrap().unwrap();
    assert!(entry.resumes_tls13, "{entry:?}");

    bench.server.arm(Fault::RefuseSessions);
    let mut second = session(config.clone()).await.unwrap();
    let error = list(&mut second).await.unwrap_err();
    assert!(
        error.to_string().contains("TLS 1.2 was not tried"),
        "{error}"
    );
    assert!(!protocols(&bench).contains(&"TLSv1.2"));

    // Whoever knows better can make it forgotten.
    assert!(known.remove("localhost", port).unwrap());
    let mut third = session(config).await.unwrap();
    list(&mut third).await.unwrap_err();
    assert_eq!(protocols(&bench).last(), Some(&"TLSv1.2"));
}

#[tokio::test]
async fn a_downgrade_is_a_warning() {
    let builder = Server::builder(Personality::ProFtpd138).control_tickets(0);
    let bench = Bench::build(builder).await;
    let notebook = Arc::new(Notebook::default());
    let config = bench.open_config().observer(notebook.clone());
    let client = Client::new(config).unwrap();
    let mut session = client.connect().await.unwrap();
    list(&mut session).await.unwrap();
    assert_eq!(notebook.all("Downgrading").len(), 1);
    assert!(notebook.has("refused_by_server: true"), "{notebook:?}");
}

#[tokio::test]
async fn a_downgrade_for_a_reason_of_the_client_does_not_blame_the_server() {
    let builder = Server::builder(Personality::PureFtpd).control_tickets(0);
    let bench = Bench::build(builder).await;
    let notebook = Arc::new(Notebook::default());
    let config = bench.open_config().observer(notebook.clone());
    let client = Client::new(config.session_reuse(SessionReuse::Require)).unwrap();
    let mut session = client.connect().await.unwrap();
    list(&mut session).await.unwrap();
    assert_eq!(notebook.all("Downgrading").len(), 1);
    assert!(notebook.has("refused_by_server: false"), "{notebook:?}");
}

/// In FileZilla Server, the check of session reuse may come before the command.
#[tokio::test]
async fn a_data_connection_denied_right_after_epsv_was_refused_for_want_of_reuse() {
    for version in BOTH {
        for mode in [DataMode::Passive, DataMode::Active(Active::default())] {
            let fault = Fault::HandshakeFirst;
            let bench = Bench::with_fault(Personality::FileZilla1, fault).await;
            bench.write("a", "x");
            let config = bench.config(version).session_reuse(SessionReuse::Off);
            let mut session = session(config.data_mode(mode)).await.unwrap();
            for error in [
                list(&mut session).await.unwrap_err(),
                download(&mut session, "a").await.unwrap_err(),
            ] {
                assert_eq!(error.kind(), ErrorKind::SessionReuseRefused, "{error}");
                let detail = ErrorDetail::ReuseRequiredByServer;
                assert_eq!(error.detail(), Some(&detail));
            }
            assert!(session.is_usable());
        }
        // Nothing was resumed, although something was offered.
        let builder = Server::builder(Personality::FileZilla1)
            .fault(Fault::HandshakeFirst)
            .fault(Fault::RefuseSessions.nth(1));
        let bench = Bench::build(builder).await;
        let mut session = session(bench.config(version)).await.unwrap();
        list(&mut session).await.unwrap();
        assert_eq!(bench.logins(), 1, "another ticket was enough");
    }
}

/// A server may deny a data connection for many reasons. Without a TLS handshake, session reuse is
/// not one of them.
#[tokio::test]
async fn a_denial_without_a_handshake_teaches_nothing_about_session_reuse() {
    let denial = "425 Use PORT, PASV or EPSV first.";
    for (command, kind) in [
        ("MLSD", ErrorKind::Refused),
        ("RETR", ErrorKind::Incomplete),
    ] {
        let builder = Server::builder(Personality::PureFtpd).control_tickets(0);
        let bench = Bench::build(builder).await;
        bench.write("a", "x");
        let not_opened = Fault::DataNotOpened {
            command,
            reply: denial,
        };
        bench.server.arm(not_opened.nth(1));
        let mut session = bench.connect(TlsVersion::Tls13).await;
        let error = match command {
            "RETR" => download(&mut session, "a").await.unwrap_err(),
            _ => list(&mut session).await.unwrap_err(),
        };
        assert_eq!(error.kind(), kind, "{error}");
        assert_eq!(list(&mut session).await.unwrap(), ["a"]);
        assert_eq!(download(&mut session, "a").await.unwrap(), b"x");
        upload(&mut session, "b", b"y").await.unwrap();
    }
}

/// What a server echoes is masked for people, not for decisions.
#[tokio::test]
async fn a_secret_hides_no_words_from_decisions() {
    for (secret, command, reply, detail) in [
        (
            "resumed",
            "MLSD",
            "450 TLS session has not resumed",
            ErrorDetail::ReuseRequiredByServer,
        ),
        ("such", "MLSD", "550 No such file", ErrorDetail::NoSuchFile),
    ] {
        let bench = Bench::with_fault(Personality::ProFtpd138, answer(command, reply)).await;
        let config = bench.open_config().account(Secret::new(secret));
        let mut session = session(config).await.unwrap();
        let error = list(&mut session).await.unwrap_err();
        assert_eq!(error.detail(), Some(&detail), "{error}");
        assert!(!error.to_string().contains(secret), "{error}");
    }
}

#[tokio::test]
async fn a_secret_hides_no_missing_entries() {
    let done = "226 Transfer done (but failed to open directory).";
    let point = Point::FinalReply("LIST");
    let fault = Fault::At(point, Action::Reply(done.to_owned()));
    let bench = Bench::with_fault(Personality::VsFtpd, fault).await;
    bench.write("a", "x");
    let config = bench.open_config().account(Secret::new("open"));
    let mut session = session(config).await.unwrap();
    let listing = session.list(&path("")).await.unwrap();
    let partial = listing.summary.partial.unwrap();
    assert!(
        partial.text().contains("failed to *** directory"),
        "{partial}"
    );
}
