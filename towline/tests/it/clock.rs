//! The server's clock, worked out from LIST and MDTM.

use std::time::{SystemTime, UNIX_EPOCH};

use towline::{Entry, Precision, RemotePath, Session, Zone};
use towline_testkit::{Builder, Personality, Server};

use crate::support::{BOTH, Bench, answer};

fn server(hours: i32) -> Builder {
    Server::builder(Personality::ProFtpd138)
        .mlsd(false)
        .listing_offset(hours)
}

/// A file that was changed an hour ago, to the minute.
fn file(bench: &Bench) -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let second = (i64::try_from(now.as_secs()).unwrap() - 3600) / 60 * 60;
    bench.write("a", "x");
    bench.touch("a", second);
    second
}

async fn entry(session: &mut Session) -> Entry {
    let root = RemotePath::login_directory();
    let listing = session.list(&root).await.unwrap();
    listing.entries.into_iter().next().unwrap()
}

#[tokio::test]
async fn listed_times_are_utc_whatever_the_servers_zone_is() {
    for version in BOTH {
        for hours in [-11, -3, 0, 2, 13] {
            let bench = Bench::build(server(hours)).await;
            let second = file(&bench);
            let mut session = bench.connect(version).await;
            for _ in 0..3 {
                let modified = entry(&mut session).await.modified.unwrap();
                assert_eq!(modified.zone, Zone::Utc, "{hours}");
                assert_eq!(modified.timestamp().unwrap().as_second(), second, "{hours}");
                assert_eq!(modified.precision, Precision::Minute);
            }
            assert_eq!(bench.count("MDTM"), 1, "once a session");
        }
    }
}

#[tokio::test]
async fn a_streamed_listing_has_utc_from_the_second_on() {
    let bench = Bench::build(server(5)).await;
    let second = file(&bench);
    let mut session = bench.connect(BOTH[1]).await;
    let root = RemotePath::login_directory();
    let mut zones = Vec::new();
    for _ in 0..2 {
        let each = |entry: Entry| zones.push(entry.modified.unwrap());
        session.list_each(&root, each).await.unwrap();
    }
    assert_eq!((zones[0].zone, zones[1].zone), (Zone::Server, Zone::Utc));
    assert_eq!(zones[1].timestamp().unwrap().as_second(), second);
    assert_eq!(session.in_utc(zones[0]), zones[1], "put right afterwards");
}

#[tokio::test]
async fn without_a_comparison_the_zone_stays_unknown() {
    for reply in ["550 No.", "213 20200101000000", "213 nonsense"] {
        let bench = Bench::build(server(5)).await;
        bench.server.arm(answer("MDTM", reply));
        file(&bench);
        let mut session = bench.connect(BOTH[1]).await;
        for _ in 0..2 {
            let modified = entry(&mut session).await.modified.unwrap();
            assert_eq!(modified.zone, Zone::Server, "{reply}");
        }
        assert_eq!(bench.count("MDTM"), 1, "it is not asked again");
    }
}

#[tokio::test]
async fn mlsd_needs_no_comparison() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    let second = file(&bench);
    let mut session = bench.connect(BOTH[1]).await;
    let modified = entry(&mut session).await.modified.unwrap();
    assert_eq!(modified.timestamp().unwrap().as_second(), second);
    assert_eq!(bench.count("MDTM"), 0);
}
