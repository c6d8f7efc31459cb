//! Listings without an entry: empty directories, refusals, and the texts of errors.

use std::fs;
use std::time::{Duration, Instant};

use towline::{EntryKind, ErrorDetail, ErrorKind, TlsVersion};
use towline_testkit::{Fault, ListingFault, Personality, Server};

use crate::odd_listings::{both, list, unknown, with};
use crate::support::{Bench, answer, path};

#[tokio::test]
async fn a_total_alone_is_no_directory() {
    let builder = Server::builder(Personality::VsFtpd);
    let bench = with(builder, ListingFault::SendsTotalAlone).await;
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let error = list(&mut session, "missing").await.unwrap_err();
    let kind = error.kind();
    let is_refusal = matches!(kind, ErrorKind::NotFound | ErrorKind::Refused);
    assert!(is_refusal, "{error}");
    assert_eq!(list(&mut session, "empty").await.unwrap(), [""; 0]);
}

/// One word may be a name or a text. Asked for it, the server tells.
#[tokio::test]
async fn a_directory_with_one_bare_name_is_listed() {
    let [_, (_, builder)] = unknown();
    let bench = with(builder, ListingFault::SendsBareNames).await;
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let names = [".hidden", "a.txt", "empty", "sub"];
    assert_eq!(list(&mut session, "").await.unwrap(), names);
    assert_eq!(list(&mut session, "sub").await.unwrap(), ["b.txt", "deep"]);
    assert_eq!(list(&mut session, "sub/deep").await.unwrap(), ["c.txt"]);
    assert_eq!(list(&mut session, "empty").await.unwrap(), [""; 0]);
    let only = bench.server.root().join("sub/only/below");
    fs::create_dir_all(only).unwrap();
    assert_eq!(list(&mut session, "sub/only").await.unwrap(), ["below"]);
}

/// The directory itself is no proof that there is nothing in it.
#[tokio::test]
async fn a_directory_that_shows_only_itself_is_looked_into() {
    let builder = Server::builder(Personality::ProFtpd138)
        .mlsd(false)
        .without("FEAT")
        .without("STAT")
        .syst("UNIX Type: L8");
    let bench = with(builder, ListingFault::ShowsOnlyItself).await;
    let mut session = bench.connect(TlsVersion::Tls13).await;
    assert_eq!(list(&mut session, "sub").await.unwrap(), ["b.txt", "deep"]);
    assert_eq!(list(&mut session, "sub/deep").await.unwrap(), ["c.txt"]);
    assert_eq!(list(&mut session, "empty").await.unwrap(), [""; 0]);
}

#[tokio::test]
async fn an_empty_directory_that_is_refused_is_empty() {
    for refusal in [
        "450 No files found",
        "550 No files found.",
        "550 The directory is empty",
    ] {
        for (verb, builder) in both() {
            let bench = with(builder, ListingFault::RefusesEmpty(refusal)).await;
            let mut session = bench.connect(TlsVersion::Tls13).await;
            let listing = session.list(&path("empty")).await.unwrap();
            assert!(listing.entries.is_empty(), "{verb} {refusal}");
            assert!(listing.summary.completeness().is_complete());
            let mut count = 0;
            let each = |_| count += 1;
            session.list_each(&path("empty"), each).await.unwrap();
            assert_eq!(count, 0);
            // The same words for what does not exist are an error.
            let bench_words = answer(verb, refusal);
            bench.server.arm(bench_words);
            let error = list(&mut session, "missing").await.unwrap_err();
            assert_ne!(error.reply().unwrap().code().as_u16() / 100, 2, "{verb}");
            bench.server.disarm();
            session.remove_dir_all(&path("empty")).await.unwrap();
            assert!(!bench.server.root().join("empty").exists());
        }
    }
}

#[tokio::test]
async fn a_refusal_in_other_words_stays_one() {
    for refusal in [
        "550 Permission denied",
        "550 No such file or directory",
        "550 No.",
    ] {
        for (verb, builder) in both() {
            let bench = with(builder, ListingFault::RefusesAll(refusal)).await;
            let mut session = bench.connect(TlsVersion::Tls13).await;
            let error = list(&mut session, "sub").await.unwrap_err();
            let code = error.reply().unwrap().code().as_u16();
            assert_eq!(code, 550, "{verb} {refusal}: {error}");
            assert_eq!(session.size(&path("sub/b.txt")).await.unwrap(), Some(9));
        }
    }
}

#[tokio::test]
async fn the_error_text_of_ls_is_an_error() {
    let builder = Server::builder(Personality::VsFtpd);
    let bench = with(builder, ListingFault::SendsErrorText).await;
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let error = list(&mut session, "missing").await.unwrap_err();
    let kind = error.kind();
    assert!(
        matches!(kind, ErrorKind::NotFound | ErrorKind::Refused),
        "{error}"
    );
    assert_eq!(list(&mut session, "empty").await.unwrap(), [""; 0]);
    assert_eq!(list(&mut session, "sub").await.unwrap(), ["b.txt", "deep"]);
}

#[tokio::test]
async fn a_listing_of_nothing_but_error_text_is_an_error_although_the_directory_exists() {
    for line in [
        "ls: cannot open directory '.': Permission denied\r\n",
        "sub unreadable\r\n",
    ] {
        let builder = Server::builder(Personality::VsFtpd).listing(line);
        let bench = Bench::build(builder).await;
        fs::create_dir(bench.server.root().join("sub")).unwrap();
        let mut session = bench.connect(TlsVersion::Tls13).await;
        for of in ["sub", ""] {
            let error = list(&mut session, of).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Refused, "{of} {line}");
            let detail = Some(&ErrorDetail::ListingNotUnderstood);
            assert_eq!(error.detail(), detail, "{of} {line}");
        }
    }
}

/// The line may be the text of an error, so it says more than any words about it.
#[tokio::test]
async fn a_line_that_is_not_understood_is_quoted() {
    let text = "ls: cannot open directory '.': Input/output error";
    let lines = Fault::ListingLines(vec![text.into()]);
    let builder = Server::builder(Personality::VsFtpd).fault(lines);
    let bench = Bench::build(builder).await;
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let error = session.list(&path("")).await.unwrap_err();
    let detail = ErrorDetail::ListingNotUnderstood;
    assert_eq!(error.detail(), Some(&detail), "{error}");
    assert!(error.to_string().contains(text), "{error}");
}

/// The server has nothing to send, so it opens no data connection.
#[tokio::test]
async fn an_empty_directory_may_be_confirmed_without_a_data_connection() {
    for (verb, builder) in both() {
        let fault = ListingFault::RefusesEmpty("226 No files found.");
        let bench = with(builder, fault).await;
        fs::create_dir(bench.server.root().join("void")).unwrap();
        let mut session = bench.connect(TlsVersion::Tls13).await;
        let began = Instant::now();
        for _ in 0..4 {
            for name in ["empty", "void"] {
                let listing = session.list(&path(name)).await.unwrap();
                assert!(listing.entries.is_empty(), "{verb}");
                let completeness = listing.summary.completeness();
                assert!(completeness.is_complete(), "{completeness}");
            }
        }
        assert!(began.elapsed() < Duration::from_secs(20), "{verb}");
        let error = session.list(&path("missing")).await.unwrap_err();
        assert!(error.reply().is_some(), "{error}");
        assert_eq!(bench.logins(), 1, "{verb}");
    }
}

/// Words that do not call the directory empty prove nothing.
#[tokio::test]
async fn a_listing_without_a_data_connection_is_not_taken_for_an_empty_one() {
    for (verb, builder) in both() {
        let bench = with(builder, ListingFault::RefusesEmpty("226 Done.")).await;
        let mut session = bench.hasty().await.unwrap();
        let error = session.list(&path("empty")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol, "{verb}: {error}");
    }
}

/// A server that lists what the path names shows an empty directory as itself.
#[tokio::test]
async fn an_empty_directory_that_lists_its_own_name_is_empty() {
    for (verb, builder) in both().into_iter().chain(unknown()) {
        for top in ["", "/"] {
            let bench = with(builder.clone(), ListingFault::NamesDirectory).await;
            let mut session = bench.connect(TlsVersion::Tls13).await;
            let at = |name: &str| format!("{top}{name}");
            let listing = session.list(&path(&at("empty"))).await.unwrap();
            assert!(listing.entries.is_empty(), "{verb} {top}");
            assert!(listing.summary.completeness().is_complete(), "{verb}");
            let mut count = 0;
            let each = |_| count += 1;
            session.list_each(&path(&at("empty")), each).await.unwrap();
            assert_eq!(count, 0, "{verb} {top}");
            let sub = list(&mut session, &at("sub")).await.unwrap();
            assert_eq!(sub, ["b.txt", "deep"], "{verb} {top}");
        }
    }
}

/// Dot directories and drop boxes: the listing of the parent has none of them.
#[tokio::test]
async fn a_directory_that_its_parent_hides_is_one() {
    for (what, builder) in [
        (
            "MLST",
            Server::builder(Personality::ProFtpd138).fault(answer("MLST", "550 no")),
        ),
        ("LIST", Server::builder(Personality::VsFtpd).listing("")),
        (
            "no FEAT",
            Server::builder(Personality::VsFtpd)
                .listing("")
                .without("FEAT"),
        ),
    ] {
        let bench = Bench::build(builder).await;
        for directory in [".dot", "in/box"] {
            fs::create_dir_all(bench.server.root().join(directory)).unwrap();
        }
        let mut session = bench.connect(TlsVersion::Tls13).await;
        for name in [".dot", "in", "in/box"] {
            let entry = session.stat(&path(name)).await.unwrap();
            assert_eq!(entry.kind, EntryKind::Directory, "{what} {name}");
            let last = path(name).file_name().map(<[u8]>::to_vec);
            assert_eq!(Some(entry.name), last, "{what} {name}");
        }
        let error = session.stat(&path("missing")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound, "{what}");
        // Every path can be entered, so that proves nothing.
        bench.server.arm(answer("CWD", "250 ok"));
        let error = session.stat(&path("in")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound, "{what}");
    }
}

/// ProFTPD 1.3.8 lists nothing of a directory with mode 0444, and calls the listing complete.
#[tokio::test]
async fn a_directory_that_cannot_be_entered_is_not_empty() {
    for (verb, builder) in both() {
        let bench = with(builder, ListingFault::ClosesDirectory("empty")).await;
        let mut session = bench.connect(TlsVersion::Tls13).await;
        let error = session.list(&path("empty")).await.unwrap_err();
        let kind = error.kind();
        let is_refusal = matches!(kind, ErrorKind::NotFound | ErrorKind::Refused);
        assert!(is_refusal, "{verb}: {error}");
        let each = session.list_each(&path("empty"), |_| {}).await;
        assert!(each.is_err(), "{verb}");
        bench.server.disarm();
        assert_eq!(list(&mut session, "empty").await.unwrap(), [""; 0]);
    }
}
