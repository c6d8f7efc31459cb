//! Servers that describe entries oddly: facts that are off, and descriptions of something else.

use towline::{EntryKind, ErrorKind, TlsVersion, WalkOptions};
use towline_testkit::{ListingFault, Personality, Server};

use crate::odd_listings::{list, with};
use crate::support::{Bench, answer, path};

#[tokio::test]
async fn a_description_of_another_path_is_none_of_the_path() {
    for personality in [Personality::ProFtpd138, Personality::FileZilla1] {
        let builder = Server::builder(personality);
        let bench = with(builder, ListingFault::DescribesWorkingDirectory).await;
        let mut session = bench.connect(TlsVersion::Tls13).await;
        for (of, kind, size) in [
            ("a.txt", EntryKind::File, Some(5)),
            ("sub/b.txt", EntryKind::File, Some(9)),
            ("sub", EntryKind::Directory, None),
            ("/sub", EntryKind::Directory, None),
            ("", EntryKind::Directory, None),
        ] {
            let entry = session.stat(&path(of)).await.unwrap();
            assert_eq!(entry.kind, kind, "{of}");
            assert!(kind != EntryKind::File || entry.size == size, "{of}");
        }
        let error = session.stat(&path("missing")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    }
}

#[tokio::test]
async fn without_a_readable_description_the_listing_counts() {
    let useless = answer("MLST", "250 End");
    let bench = Bench::with_fault(Personality::ProFtpd138, useless).await;
    bench.write("a.txt", "hello");
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let entry = session.stat(&path("a.txt")).await.unwrap();
    assert_eq!((entry.kind, entry.size), (EntryKind::File, Some(5)));
}

#[tokio::test]
async fn facts_that_are_off_are_switched_on() {
    let bench = with(
        Server::builder(Personality::ProFtpd138),
        ListingFault::FactsOff,
    )
    .await;
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let listing = session.list(&path("")).await.unwrap();
    let file = listing.entries.iter().find(|entry| entry.name == b"a.txt");
    let file = file.unwrap();
    assert_eq!((file.kind, file.size), (EntryKind::File, Some(5)));
    assert!(file.modified.is_some());
}

#[tokio::test]
async fn facts_that_are_on_are_left_alone() {
    for personality in Personality::ALL {
        let bench = Bench::start(personality).await;
        bench.connect(TlsVersion::Tls13).await;
        let asked = bench.count("OPTS MLST");
        assert_eq!(asked, 0, "{}", personality.name());
    }
}

#[tokio::test]
async fn without_types_a_walk_asks_what_each_entry_is() {
    let builder = Server::builder(Personality::ProFtpd138).fault(answer("OPTS", "501 No."));
    let bench = with(builder, ListingFault::FactsOff).await;
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let mut walk = session.walk(&path(""), &WalkOptions::default());
    let mut found = Vec::new();
    while let Some(item) = walk.next().await {
        let item = item.unwrap();
        found.push((item.path.to_string(), item.entry.kind));
    }
    assert!(
        found.contains(&("sub/deep/c.txt".to_owned(), EntryKind::File)),
        "{found:?}"
    );
    assert!(
        found.contains(&("sub".to_owned(), EntryKind::Directory)),
        "{found:?}"
    );
    assert_eq!(found.len(), 8, "{found:?}");
}

#[tokio::test]
async fn a_server_that_announces_mlst_without_mlsd_is_listed_with_list() {
    let builder = Server::builder(Personality::ProFtpd138).fault(answer("MLSD", "502 No."));
    let bench = Bench::build(builder).await;
    bench.write("a", "x");
    let mut session = bench.connect(TlsVersion::Tls13).await;
    assert_eq!(list(&mut session, "").await.unwrap(), ["a"]);
    assert_eq!(list(&mut session, "").await.unwrap(), ["a"]);
    assert_eq!(bench.count("MLSD"), 1);
}

/// Some servers describe another path with `MLST` than the one they were asked for.
#[tokio::test]
async fn a_description_of_another_path_is_not_believed() {
    let other = "250-Listing\n type=dir; other\n250 End";
    let bench = Bench::with_fault(Personality::ProFtpd138, answer("MLST", other)).await;
    bench.write("a", "12345");
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let entry = session.stat(&path("a")).await.unwrap();
    assert_eq!((entry.kind, entry.size), (EntryKind::File, Some(5)));
    let error = session.stat(&path("b")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
}
