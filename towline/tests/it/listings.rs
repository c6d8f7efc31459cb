//! Listings whose entries arrive one by one.

use std::collections::BTreeSet;
use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use futures_core::Stream;
use towline::{Completeness, Entry, Error, ErrorKind, ListingStream, RemotePath, TlsVersion};
use towline_testkit::{Action, Builder, Fault, Gate, Personality, Point, Server};

use crate::support::{BOTH, Bench, list, session};

/// A server with MLSD, and one without.
fn with_and_without_mlsd() -> [(&'static str, Builder); 2] {
    [("MLSD", true), ("LIST", false)].map(|(verb, mlsd)| {
        let builder = Server::builder(Personality::ProFtpd138).mlsd(mlsd);
        (verb, builder)
    })
}

fn root() -> RemotePath {
    RemotePath::login_directory()
}

async fn all(listing: &mut ListingStream<'_>) -> Result<Vec<Vec<u8>>, Error> {
    let mut names = Vec::new();
    while let Some(entry) = listing.next().await {
        names.push(entry?.name);
    }
    Ok(names)
}

/// Holds a listing back after its first bytes.
fn held(verb: &'static str, gate: &Gate) -> Fault {
    let after = Point::Transfer {
        command: verb,
        after: 1000,
    };
    Fault::At(after, Action::Hold(gate.clone()))
}

/// What the server says at the end of a listing.
fn last_word(verb: &'static str, reply: &str) -> Fault {
    Fault::At(Point::FinalReply(verb), Action::Reply(reply.to_owned()))
}

#[tokio::test]
async fn entries_come_one_by_one_and_the_summary_last() {
    for version in BOTH {
        for (verb, server) in with_and_without_mlsd() {
            let bench = Bench::build(server).await;
            for name in ["a", "b", "c"] {
                bench.write(name, name);
            }
            let mut session = bench.connect(version).await;
            let mut listing = session.listing(&root()).await.unwrap();
            assert!(listing.data_connection().resumed, "{verb} {version}");
            assert_eq!(all(&mut listing).await.unwrap(), [b"a", b"b", b"c"]);
            assert!(listing.next().await.is_none(), "it stays over");
            let summary = listing.finish().await.unwrap();
            assert_eq!(summary.entries, 3);
            assert_eq!(summary.completeness(), Completeness::Complete);
            assert_eq!(list(&mut session).await.unwrap(), ["a", "b", "c"]);
            assert_eq!((bench.count(verb), bench.logins()), (2, 1));
        }
    }
}

#[tokio::test]
async fn entries_come_before_the_last_one_is_sent() {
    for version in BOTH {
        for (verb, server) in with_and_without_mlsd() {
            let gate = Gate::new();
            let bench = Bench::build(server.fault(held(verb, &gate))).await;
            (0..20).for_each(|n| bench.write(&format!("file-{n:02}"), "x"));
            let mut session = bench.connect(version).await;
            let mut listing = session.listing(&root()).await.unwrap();
            assert_eq!(listing.next().await.unwrap().unwrap().name, b"file-00");
            gate.open();
            let rest = all(&mut listing).await.unwrap();
            assert_eq!(rest.len(), 19, "{verb} {version}");
            listing.finish().await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_wait_that_is_dropped_loses_no_entry() {
    let gate = Gate::new();
    let bench = Bench::with_fault(Personality::ProFtpd138, held("MLSD", &gate)).await;
    (0..20).for_each(|n| bench.write(&format!("file-{n:02}"), "x"));
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let mut listing = session.listing(&root()).await.unwrap();
    let mut names = BTreeSet::new();
    loop {
        let next = tokio::time::timeout(Duration::from_millis(50), listing.next()).await;
        match next {
            Ok(Some(entry)) => assert!(names.insert(entry.unwrap().name)),
            Ok(None) => break,
            Err(_) => gate.open(),
        }
    }
    assert_eq!(names.len(), 20);
    listing.finish().await.unwrap();
}

#[tokio::test]
async fn a_listing_can_be_stopped_in_order() {
    for version in BOTH {
        for personality in Personality::ALL {
            let bench = Bench::with_fault(personality, Fault::HugeListing(200_000)).await;
            let mut session = bench.connect(version).await;
            let mut listing = session.listing(&root()).await.unwrap();
            for _ in 0..10 {
                listing.next().await.unwrap().unwrap();
            }
            listing.stop().await.unwrap();
            let what = format!("{} {version}", personality.name());
            assert!(session.is_usable(), "{what}");
            bench.server.disarm();
            assert_eq!(list(&mut session).await.unwrap(), [""; 0], "{what}");
            assert_eq!(bench.logins(), 1, "{what}");
        }
    }
}

#[tokio::test]
async fn one_that_is_over_needs_no_stop() {
    let bench = Bench::start(Personality::VsFtpd).await;
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let mut listing = session.listing(&root()).await.unwrap();
    assert!(listing.next().await.is_none());
    listing.stop().await.unwrap();
    let mut listing = session.listing(&root()).await.unwrap();
    assert!(listing.next().await.is_none());
    drop(listing);
    assert!(session.is_usable());
    assert_eq!((bench.count("ABOR"), bench.logins()), (0, 1));
}

#[tokio::test]
async fn one_that_is_dropped_costs_its_control_connection() {
    for version in BOTH {
        let bench = Bench::with_fault(Personality::VsFtpd, Fault::HugeListing(200_000)).await;
        let mut session = bench.connect(version).await;
        let mut listing = session.listing(&root()).await.unwrap();
        listing.next().await.unwrap().unwrap();
        drop(listing);
        assert!(!session.is_usable());
        bench.server.disarm();
        assert_eq!(list(&mut session).await.unwrap(), [""; 0]);
        assert_eq!(bench.logins(), 2);
    }
}

#[tokio::test]
async fn one_that_is_finished_too_early_is_stopped() {
    let bench = Bench::with_fault(Personality::ProFtpd138, Fault::HugeListing(200_000)).await;
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let mut listing = session.listing(&root()).await.unwrap();
    listing.next().await.unwrap().unwrap();
    let error = listing.finish().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage, "{error}");
    assert!(session.is_usable());
}

#[tokio::test]
async fn one_that_breaks_off_ends_with_the_error_and_not_with_half_an_entry() {
    for verb in ["MLSD", "LIST"] {
        let whole = "-rw-r--r-- 1 ftp ftp 5 Nov 20 22:57 whole\r\n";
        let cut = "-rw-r--r-- 1 ftp ftp 5 Nov 20 22:57 half";
        let server = Server::builder(Personality::ProFtpd138)
            .mlsd(verb == "MLSD")
            .listing(format!("{whole}{cut}"))
            .fault(last_word(verb, "426 Broken off."));
        let bench = Bench::build(server).await;
        let mut session = bench.connect(TlsVersion::Tls13).await;
        let mut listing = session.listing(&root()).await.unwrap();
        let mut names = Vec::new();
        let error = loop {
            match listing.next().await.unwrap() {
                Ok(entry) => names.push(entry.name),
                Err(error) => break error,
            }
        };
        assert_eq!(error.reply().unwrap().code().as_u16(), 426);
        assert!(names.iter().all(|name| name == b"whole"), "{names:?}");
        assert!(listing.next().await.is_none(), "an error is the last item");
        let again = listing.finish().await.unwrap_err();
        assert_eq!(again.kind(), error.kind(), "it cannot be passed over");
        session.noop().await.unwrap();
        assert_eq!(bench.logins(), 1, "the server has answered");
    }
}

#[tokio::test]
async fn one_that_stands_still_ends_with_a_timeout() {
    let gate = Gate::new();
    let bench = Bench::with_fault(Personality::ProFtpd138, held("MLSD", &gate)).await;
    (0..20).for_each(|n| bench.write(&format!("file-{n:02}"), "x"));
    let mut session = bench.hasty().await.unwrap();
    let mut listing = session.listing(&root()).await.unwrap();
    let error = all(&mut listing).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    drop(listing);
    assert!(!session.is_usable());
}

#[tokio::test]
async fn the_summary_says_why_a_listing_may_not_be_complete() {
    let lines = Fault::ListingLines(vec![b"what is this?".to_vec()]);
    let truncated = "226 Output truncated to 2 matches";
    for (verb, fault) in [
        ("LIST", Fault::NoCloseNotify),
        ("LIST", lines),
        ("LIST", last_word("LIST", truncated)),
    ] {
        let what = format!("{verb} {fault:?}");
        let bench = Bench::with_fault(Personality::VsFtpd, fault.clone()).await;
        bench.write("a", "x");
        let mut session = bench.connect(TlsVersion::Tls13).await;
        let completeness = session.list(&root()).await.unwrap().summary.completeness();
        match (fault, completeness) {
            (Fault::NoCloseNotify, Completeness::Cut) => {}
            (Fault::ListingLines(_), Completeness::NotUnderstood { lines: 1 }) => {}
            (Fault::At(..), Completeness::Truncated { reply }) => {
                assert_eq!(reply.text(), "Output truncated to 2 matches");
            }
            (_, other) => panic!("{what}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_listing_is_a_stream_that_any_task_can_have() {
    async fn collect(mut stream: impl Stream<Item = Result<Entry, Error>> + Unpin) -> Vec<Vec<u8>> {
        let mut names = Vec::new();
        while let Some(entry) = poll_fn(|cx| Pin::new(&mut stream).poll_next(cx)).await {
            names.push(entry.unwrap().name);
        }
        names
    }
    let bench = Bench::start(Personality::FileZilla1).await;
    bench.write("a", "x");
    let mut session = session(bench.open_config()).await.unwrap();
    let task = tokio::spawn(async move {
        let mut listing = session.listing(&root()).await.unwrap();
        let names = collect(&mut listing).await;
        (names, listing.finish().await.unwrap().entries)
    });
    assert_eq!(task.await.unwrap(), (vec![b"a".to_vec()], 1));
}

#[tokio::test]
async fn a_refused_listing_does_not_begin() {
    for (_, server) in with_and_without_mlsd() {
        let bench = Bench::build(server).await;
        let mut session = bench.connect(TlsVersion::Tls13).await;
        let missing = RemotePath::new("missing").unwrap();
        let error = session.listing(&missing).await.unwrap_err();
        assert_eq!(error.path(), Some("missing"), "{error}");
        assert!(session.is_usable());
        assert_eq!(bench.logins(), 1);
    }
}
