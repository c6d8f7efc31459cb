//! Every data connection resumes its own control connection's session: the server's proof.

use towline::TlsVersion;
use towline_testkit::Personality;

use crate::support::{BOTH, Bench, download, list, upload};

const IN_A_ROW: usize = 500;

const STRICT: [Personality; 4] = [
    Personality::VsFtpd,
    Personality::ProFtpd138,
    Personality::ProFtpd1310,
    Personality::FileZilla1,
];

#[derive(Clone, Copy, Debug)]
enum Work {
    Uploads,
    Downloads,
    Mixed,
}

async fn in_a_row(personality: Personality, version: TlsVersion, work: Work) {
    let what = format!("{} TLS {version} {work:?}", personality.name());
    let bench = Bench::start(personality).await;
    bench.write("source", "contents");
    bench.write("target", "old");
    let mut session = bench.connect(version).await;
    // Uploads wait for the first one.
    list(&mut session).await.unwrap();
    for number in 1..IN_A_ROW {
        let kind = match work {
            Work::Uploads => 0,
            Work::Downloads => 1,
            Work::Mixed => number % 3,
        };
        match kind {
            0 => drop(upload(&mut session, "target", b"new").await.unwrap()),
            1 => assert_eq!(download(&mut session, "source").await.unwrap(), b"contents"),
            _ => assert_eq!(list(&mut session).await.unwrap(), ["source", "target"]),
        }
    }
    session.quit().await;
    let report = bench.server.report();
    assert_eq!(report.control.len(), 1, "{what}: no reconnect");
    let control = &report.control[0];
    assert_eq!(control.data.len(), IN_A_ROW, "{what}");
    assert_eq!(control.resumed(), IN_A_ROW, "{what}");
    assert_eq!(control.bound(), IN_A_ROW, "{what}");
    for data in &control.data {
        assert_eq!(data.reply, Some(226), "{what}");
        assert!(data.close_notify, "{what}: {data:?}");
        assert!(!data.closed_before_reply(), "{what}: {data:?}");
    }
}

async fn on_every_strict_server(work: Work) {
    for personality in STRICT {
        for version in BOTH {
            in_a_row(personality, version, work).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_uploads_resume() {
    on_every_strict_server(Work::Uploads).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_downloads_resume() {
    on_every_strict_server(Work::Downloads).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_mixed_transfers_resume() {
    on_every_strict_server(Work::Mixed).await;
}

#[tokio::test]
async fn sessions_keep_their_tickets_apart() {
    for personality in STRICT {
        for version in BOTH {
            let bench = Bench::start(personality).await;
            let mut one = bench.connect(version).await;
            let mut two = bench.connect(version).await;
            for number in 0..20 {
                for (session, name) in [(&mut one, "one"), (&mut two, "two")] {
                    upload(session, name, format!("{number}").as_bytes())
                        .await
                        .unwrap();
                    list(session).await.unwrap();
                }
            }
            let report = bench.server.report();
            assert_eq!(report.control.len(), 2);
            for control in &report.control {
                // A listing comes before the first upload.
                assert_eq!(control.bound(), 41, "{} {version}", personality.name());
            }
        }
    }
}

/// The ticket of FileZilla Server comes with the reply to EPSV, which is read before the hello.
#[tokio::test]
async fn a_ticket_ahead_of_a_passive_reply_is_used() {
    let bench = Bench::start(Personality::FileZilla1).await;
    let mut session = bench.connect(TlsVersion::Tls13).await;
    assert_eq!(session.tickets(), 0, "none after the handshake");
    list(&mut session).await.unwrap();
    let report = bench.server.report();
    assert_eq!(report.control[0].tickets_sent_on_control, 1);
    assert_eq!(report.control[0].bound(), 1);
}

/// Tickets of the control connection expire: those of resumed data connections replace them.
#[tokio::test]
async fn tickets_from_data_connections_are_gathered() {
    let bench = Bench::start(Personality::VsFtpd).await;
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let before = session.tickets();
    for _ in 0..3 {
        upload(&mut session, "a", b"x").await.unwrap();
    }
    assert_eq!(
        session.tickets(),
        before,
        "each upload spends one ticket and brings one"
    );
    let report = bench.server.report();
    let origins = report.data().map(|data| data.session_from);
    assert!(
        origins
            .flatten()
            .any(|from| from == towline_testkit::SessionOrigin::Data)
    );
}

#[tokio::test]
async fn tickets_that_live_for_a_minute_are_used_as_well() {
    let lifetime = std::time::Duration::from_secs(60);
    let builder = towline_testkit::Server::builder(Personality::ProFtpd138);
    let bench = Bench::build(builder.ticket_lifetime(lifetime)).await;
    let mut session = bench.connect(TlsVersion::Tls13).await;
    for _ in 0..5 {
        upload(&mut session, "a", b"x").await.unwrap();
    }
    let report = bench.server.report();
    // A listing comes before the first.
    assert_eq!((report.control.len(), report.control[0].bound()), (1, 6));
}
