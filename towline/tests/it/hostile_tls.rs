//! A server that holds the key of its certificate and abuses TLS.

use std::time::Duration;

use tokio::time::timeout;
use towline::{ErrorDetail, ErrorKind, Retry};
use towline_testkit::{Action, Fault, IdleRecord, Personality, Point, Server};

use crate::support::{Bench, answer, download, list, session, upload};

/// Nothing in these tests takes as long.
const SOON: Duration = Duration::from_secs(20);

#[tokio::test]
async fn tickets_without_end_end_a_control_connection() {
    let storm = Fault::At(Point::Command("EPSV"), Action::EndlessTickets);
    let bench = Bench::with_fault(Personality::FileZilla1, storm).await;
    let mut session = session(bench.open_config()).await.unwrap();
    let listed = timeout(SOON, list(&mut session)).await;
    let error = listed.expect("in time").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Tls, "{error}");
    assert_eq!(error.detail(), Some(&ErrorDetail::TlsBroken));
}

#[tokio::test]
async fn tickets_without_end_end_a_data_connection() {
    for personality in [Personality::ProFtpd138, Personality::PureFtpd] {
        for command in ["MLSD", "RETR", "STOR"] {
            let point = Point::Transfer { command, after: 0 };
            let storm = Fault::At(point, Action::EndlessTickets);
            let bench = Bench::build(Server::builder(personality).fault(storm)).await;
            bench.write("a", vec![7; 1 << 20]);
            let config = bench.open_config().retry(Retry::none());
            // The number of tickets ends this, not the time.
            let config = config.timeout(Duration::from_secs(60));
            let mut session = session(config).await.unwrap();
            let moved = timeout(SOON, async {
                match command {
                    "MLSD" => list(&mut session).await.map(drop),
                    "RETR" => download(&mut session, "a").await.map(drop),
                    _ => upload(&mut session, "b", &[7; 1 << 20]).await.map(drop),
                }
            });
            let error = moved.await.expect("in time").unwrap_err();
            if command != "STOR" {
                assert_eq!(error.detail(), Some(&ErrorDetail::TlsBroken), "{error}");
            }
        }
    }
}

#[tokio::test]
async fn records_without_data_and_without_end_outlast_no_timeout() {
    for record in [IdleRecord::Empty, IdleRecord::Alert, IdleRecord::KeyUpdate] {
        for command in ["MLSD", "RETR", "STOR"] {
            let point = Point::Transfer { command, after: 0 };
            let storm = Fault::At(point, Action::EndlessRecords(record));
            let bench = Bench::with_fault(Personality::ProFtpd138, storm).await;
            bench.write("a", vec![7; 1 << 20]);
            let config = bench.open_config().retry(Retry::none());
            let config = config.timeout(Duration::from_secs(2));
            let mut session = session(config).await.unwrap();
            let moved = timeout(SOON, async {
                match command {
                    "MLSD" => list(&mut session).await.map(drop),
                    "RETR" => download(&mut session, "a").await.map(drop),
                    _ => upload(&mut session, "b", &[7; 1 << 20]).await.map(drop),
                }
            });
            let moved = moved.await.expect("in time");
            assert!(moved.is_err(), "{record:?} {command}");
        }
    }
}

#[tokio::test]
async fn ports_of_other_services_are_refused() {
    let bench = Bench::start(Personality::VsFtpd).await;
    for (epsv, pasv) in [
        ("229 Extended (|||22|)", "227 Passive (127,0,0,1,0,22)."),
        ("229 Extended (|||1023|)", "227 Passive (127,0,0,1,3,255)."),
        ("500 Unknown command.", "227 Passive (127,0,0,1,3,255)."),
    ] {
        bench.server.disarm();
        bench.server.arm(answer("EPSV", epsv));
        bench.server.arm(answer("PASV", pasv));
        let mut session = session(bench.open_config()).await.unwrap();
        let error = list(&mut session).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol, "{error}");
        assert_eq!(error.detail(), Some(&ErrorDetail::ReservedPort), "{error}");
    }
}

/// `PASV` may name a port that will do.
#[tokio::test]
async fn pasv_is_asked_where_epsv_names_a_port_of_another_service() {
    let bench = Bench::start(Personality::VsFtpd).await;
    bench.server.arm(answer("EPSV", "229 Extended (|||80|)"));
    let mut session = session(bench.open_config()).await.unwrap();
    list(&mut session).await.unwrap();
    assert_eq!(bench.logins(), 1);
}
