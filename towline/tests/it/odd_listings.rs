//! Servers whose listings are not of the path asked for.

use std::fs;

use towline::{Entry, Error, ErrorDetail, ErrorKind, Session, TlsVersion, WalkOptions};
use towline_testkit::{Builder, Fault, ListingFault, Personality, Server};

use crate::support::{Bench, answer, path};

/// A server with MLSD, and one without.
pub(crate) fn both() -> [(&'static str, Builder); 2] {
    [("MLSD", true), ("LIST", false)].map(|(verb, mlsd)| {
        let builder = Server::builder(Personality::ProFtpd138).mlsd(mlsd);
        (verb, builder)
    })
}

pub(crate) async fn with(builder: Builder, fault: ListingFault) -> Bench {
    let bench = Bench::build(builder.fault(Fault::Listing(fault))).await;
    for directory in ["sub/deep", "empty", ".hidden"] {
        fs::create_dir_all(bench.server.root().join(directory)).unwrap();
    }
    for file in ["a.txt", "sub/b.txt", "sub/deep/c.txt", ".hidden/h.txt"] {
        bench.write(file, file);
    }
    bench
}

pub(crate) fn names(entries: &[Entry]) -> Vec<String> {
    let name = |entry: &Entry| String::from_utf8(entry.name.clone()).unwrap();
    let mut names: Vec<_> = entries.iter().map(name).collect();
    names.sort();
    names
}

pub(crate) async fn list(session: &mut Session, of: &str) -> Result<Vec<String>, Error> {
    let listing = session.list(&path(of)).await?;
    Ok(names(&listing.entries))
}

#[tokio::test]
async fn a_path_that_a_program_could_split_is_entered() {
    let builder = Server::builder(Personality::ProFtpd138)
        .mlsd(false)
        .without("FEAT")
        .without("STAT")
        .syst("UNIX Type: L8")
        .fault(Fault::Listing(ListingFault::SplitsPath));
    let bench = Bench::build(builder).await;
    for (directory, file) in [("one", "wrong"), ("one two", "right"), ("-a", "plain")] {
        fs::create_dir_all(bench.server.root().join(directory)).unwrap();
        bench.write(&format!("{directory}/{file}"), file);
    }
    let mut session = bench.connect(TlsVersion::Tls13).await;
    assert_eq!(list(&mut session, "one two").await.unwrap(), ["right"]);
    let mut entries = Vec::new();
    let each = |entry| entries.push(entry);
    session.list_each(&path("one two"), each).await.unwrap();
    assert_eq!(names(&entries), ["right"]);
    assert_eq!(list(&mut session, "one").await.unwrap(), ["wrong"]);
    assert_eq!(list(&mut session, "-a").await.unwrap(), ["plain"]);
}

#[tokio::test]
async fn a_path_that_the_server_ignores_is_entered() {
    for fault in [
        ListingFault::IgnoresPath,
        ListingFault::IgnoresExistingPath,
        ListingFault::NamesDirectory,
        ListingFault::WritesPaths,
    ] {
        for (verb, builder) in both() {
            for top in ["", "/"] {
                let bench = with(builder.clone(), fault.clone()).await;
                let mut session = bench.connect(TlsVersion::Tls13).await;
                let what = format!("{fault:?} {verb} {top:?}");
                let at = |name: &str| format!("{top}{name}");
                let deep = list(&mut session, &at("sub/deep")).await.unwrap();
                assert_eq!(deep, ["c.txt"], "{what}");
                let sub = list(&mut session, &at("sub")).await.unwrap();
                assert_eq!(sub, ["b.txt", "deep"], "{what}");
                let hidden = list(&mut session, &at(".hidden")).await.unwrap();
                assert_eq!(hidden, ["h.txt"], "{what}");
                assert_eq!(list(&mut session, &at("empty")).await.unwrap(), [""; 0]);
                let top = list(&mut session, "").await.unwrap();
                assert_eq!(top, [".hidden", "a.txt", "empty", "sub"], "{what}");
                assert_eq!(session.size(&path("sub/b.txt")).await.unwrap(), Some(9));
                assert_eq!(bench.logins(), 1, "{what}");
            }
        }
    }
}

/// A server whose software is not known, with MLSD and without.
pub(crate) fn unknown() -> [(&'static str, Builder); 2] {
    both().map(|(verb, builder)| (verb, builder.without("MFF").syst("UNIX Type: L8")))
}

#[tokio::test]
async fn a_path_is_tested_anew_for_each_of_its_kinds() {
    for (fault, of, expected) in [
        (ListingFault::IgnoresPathWithBlank, "a b", &["right"][..]),
        (ListingFault::SplitsPath, "a b", &["right"]),
        (ListingFault::TakesLastPart, "top/sub", &["right"]),
        (ListingFault::TakesFirstPart, "top/sub", &["right"]),
        (ListingFault::TakesFirstPart, "top/.sub", &["right"]),
        (ListingFault::TakesLastPart, "/top/sub", &["right"]),
    ] {
        for (verb, builder) in unknown() {
            let bench = with(builder, fault.clone()).await;
            for directory in ["a", "a b", "top/sub", "top/.sub"] {
                fs::create_dir_all(bench.server.root().join(directory)).unwrap();
                bench.write(&format!("{directory}/right"), "");
            }
            bench.write("a/wrong", "");
            let mut session = bench.connect(TlsVersion::Tls13).await;
            let what = format!("{fault:?} {of} {verb}");
            for _ in 0..2 {
                // Paths of other kinds are listed as given.
                let plain = list(&mut session, "sub").await.unwrap();
                assert_eq!(plain, ["b.txt", "deep"], "{what}");
                let found = list(&mut session, of).await.unwrap();
                assert_eq!(found, expected, "{what}");
            }
            assert_eq!(bench.count(&format!("{verb} sub")), 2, "{what}");
            assert!(bench.count(&format!("{verb} {of}")) < 2, "{what}");
        }
    }
}

#[tokio::test]
async fn a_path_of_more_parts_than_the_server_honours_is_entered() {
    for (verb, builder) in unknown() {
        for most in [1, 2, 3] {
            let bench = with(builder.clone(), ListingFault::ListsAbove(most)).await;
            fs::create_dir_all(bench.server.root().join("y/26/out/old")).unwrap();
            for file in ["y/26/jan", "y/26/out/jan", "y/26/out/feb", "y/26/out/old/x"] {
                bench.write(file, file);
            }
            let mut session = bench.connect(TlsVersion::Tls13).await;
            for (of, expected) in [
                ("sub", &["b.txt", "deep"][..]),
                ("y", &["26"]),
                ("y/26", &["jan", "out"]),
                ("y/26/out", &["feb", "jan", "old"]),
                ("y/26/out/old", &["x"]),
            ] {
                let found = list(&mut session, of).await.unwrap();
                assert_eq!(found, expected, "{verb} {most} {of}");
            }
        }
    }
}

/// A server whose behaviour changes in the middle of a session.
#[tokio::test]
async fn a_path_that_was_honoured_and_no_longer_is_is_entered() {
    for (verb, builder) in unknown() {
        let bench = Bench::build(builder).await;
        for directory in ["sub/deep", "top/deep"] {
            fs::create_dir_all(bench.server.root().join(directory)).unwrap();
            bench.write(&format!("{directory}/right"), "");
        }
        let mut session = bench.connect(TlsVersion::Tls13).await;
        assert_eq!(list(&mut session, "sub").await.unwrap(), ["deep"]);
        assert_eq!(list(&mut session, "sub/deep").await.unwrap(), ["right"]);
        bench.server.arm(Fault::Listing(ListingFault::IgnoresPath));
        let found = list(&mut session, "top/deep").await.unwrap();
        assert_eq!(found, ["right"], "{verb}");
        assert_eq!(list(&mut session, "top").await.unwrap(), ["deep"], "{verb}");
    }
}

#[tokio::test]
async fn a_missing_directory_that_the_server_pretends_to_enter_is_an_error() {
    for (verb, builder) in unknown() {
        for is_empty in [true, false] {
            for ignored in [true, false] {
                let mut builder = builder.clone();
                if ignored {
                    let fault = ListingFault::IgnoresExistingPath;
                    builder = builder.fault(Fault::Listing(fault));
                }
                let fault = Fault::Listing(ListingFault::StaysIfMissing);
                let bench = Bench::build(builder.fault(fault)).await;
                let what = format!("{verb} {is_empty} {ignored}");
                if !is_empty {
                    fs::create_dir_all(bench.server.root().join("sub/deep")).unwrap();
                    bench.write("sub/b.txt", "b");
                    bench.write("a.txt", "a");
                }
                let mut session = bench.connect(TlsVersion::Tls13).await;
                for _ in 0..2 {
                    for missing in ["nowhere", "/srv/out"] {
                        let listed = list(&mut session, missing).await;
                        let Err(error) = listed else {
                            panic!("{what} {missing}: {listed:?}");
                        };
                        let of_another = Some(&ErrorDetail::ListingOfAnother);
                        assert_eq!(error.detail(), of_another, "{what}: {error}");
                    }
                    if !is_empty {
                        let sub = list(&mut session, "sub").await.unwrap();
                        assert_eq!(sub, ["b.txt", "deep"], "{what}");
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn a_blank_is_tested_at_a_known_server_too() {
    for (verb, builder) in both() {
        let bench = with(builder, ListingFault::IgnoresPathWithBlank).await;
        fs::create_dir(bench.server.root().join("a b")).unwrap();
        bench.write("a b/right", "");
        let mut session = bench.connect(TlsVersion::Tls13).await;
        assert_eq!(list(&mut session, "sub").await.unwrap(), ["b.txt", "deep"]);
        assert_eq!(
            list(&mut session, "a b").await.unwrap(),
            ["right"],
            "{verb}"
        );
    }
}

#[tokio::test]
async fn a_server_that_only_says_that_it_enters_a_directory_lists_none() {
    for (verb, builder) in unknown() {
        for builder in [builder.clone(), builder.fault(answer("PWD", "502 No."))] {
            let bench = with(builder, ListingFault::StaysAtLogin).await;
            bench.write("sub/a.txt", "another size");
            let mut session = bench.connect(TlsVersion::Tls13).await;
            let error = list(&mut session, "sub").await.unwrap_err();
            let of_another = Some(&ErrorDetail::ListingOfAnother);
            assert_eq!(error.detail(), of_another, "{verb}: {error}");
            assert_eq!(list(&mut session, "").await.unwrap().len(), 4, "{verb}");
        }
    }
}

/// The only file has the same name and size in both directories.
#[tokio::test]
async fn a_server_that_only_says_that_it_enters_a_directory_is_seen_by_the_time_of_a_file() {
    for (verb, builder) in unknown() {
        let bench = with(builder, ListingFault::StaysAtLogin).await;
        bench.write("sub/a.txt", "a.txt");
        bench.touch("a.txt", 1_700_000_000);
        bench.touch("sub/a.txt", 1_700_000_060);
        let mut session = bench.connect(TlsVersion::Tls13).await;
        let error = list(&mut session, "sub").await.unwrap_err();
        let of_another = Some(&ErrorDetail::ListingOfAnother);
        assert_eq!(error.detail(), of_another, "{verb}: {error}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_to_the_login_directory_lists_it() {
    for (verb, builder) in unknown() {
        let bench = Bench::build(builder).await;
        bench.write("a.txt", "a");
        std::os::unix::fs::symlink(".", bench.server.root().join("loop")).unwrap();
        let mut session = bench.connect(TlsVersion::Tls13).await;
        let found = list(&mut session, "loop").await.unwrap();
        assert_eq!(found, ["a.txt", "loop"], "{verb}");
    }
}

#[tokio::test]
async fn a_hidden_directory_is_listed_where_the_listing_is_ignored() {
    let builder = Server::builder(Personality::ProFtpd138).mlsd(false);
    let bench = with(builder, ListingFault::IgnoresPath).await;
    let mut session = bench.connect(TlsVersion::Tls13).await;
    assert_eq!(list(&mut session, ".hidden").await.unwrap(), ["h.txt"]);
}

#[tokio::test]
async fn what_is_missing_is_missing_although_the_server_lists_something() {
    for (verb, builder) in both() {
        let bench = with(builder, ListingFault::IgnoresPath).await;
        let mut session = bench.connect(TlsVersion::Tls13).await;
        for missing in ["missing", "sub/missing", "/missing"] {
            let error = list(&mut session, missing).await.unwrap_err();
            let kind = error.kind();
            let is_refusal = matches!(kind, ErrorKind::NotFound | ErrorKind::Refused);
            assert!(is_refusal, "{verb} {missing}: {error}");
        }
        assert_eq!(list(&mut session, "sub").await.unwrap(), ["b.txt", "deep"]);
    }
}

#[tokio::test]
async fn sessions_of_one_client_share_what_was_noticed() {
    let bench = with(both()[0].1.clone(), ListingFault::IgnoresPath).await;
    let client = towline::Client::new(bench.open_config()).unwrap();
    let mut first = client.connect().await.unwrap();
    assert_eq!(list(&mut first, "sub").await.unwrap(), ["b.txt", "deep"]);
    let listed = bench.count("MLSD sub");
    let mut second = client.connect().await.unwrap();
    assert_eq!(list(&mut second, "sub/deep").await.unwrap(), ["c.txt"]);
    assert_eq!(bench.count("MLSD sub"), listed);
    assert_eq!(bench.count("MLSD sub/deep"), 0);
}

#[tokio::test]
async fn a_server_that_lists_the_path_is_asked_only_once_whether_it_does() {
    for (verb, builder) in both() {
        let bench = Bench::build(builder).await;
        fs::create_dir_all(bench.server.root().join("a/a")).unwrap();
        fs::create_dir_all(bench.server.root().join("b")).unwrap();
        bench.write("a/x", "x");
        bench.write("b/y", "y");
        let mut session = bench.connect(TlsVersion::Tls13).await;
        assert_eq!(list(&mut session, "b").await.unwrap(), ["y"], "{verb}");
        let entered = bench.count("CWD b");
        for _ in 0..3 {
            assert_eq!(list(&mut session, "b").await.unwrap(), ["y"], "{verb}");
            assert_eq!(list(&mut session, "a").await.unwrap(), ["a", "x"], "{verb}");
        }
        assert_eq!((entered, bench.count("CWD b")), (1, 1), "{verb}");
        assert_eq!(bench.count("CWD a"), 0, "{verb}");
    }
}

#[tokio::test]
async fn a_directory_of_the_same_name_inside_is_no_mistake() {
    for (verb, builder) in both() {
        let bench = Bench::build(builder).await;
        fs::create_dir_all(bench.server.root().join("a/a/a")).unwrap();
        let mut session = bench.connect(TlsVersion::Tls13).await;
        for (of, expected) in [("a", &["a"][..]), ("a/a", &["a"]), ("a/a/a", &[])] {
            assert_eq!(
                list(&mut session, of).await.unwrap(),
                expected,
                "{verb} {of}"
            );
        }
    }
}

#[tokio::test]
async fn entries_that_come_one_by_one_are_those_of_the_path() {
    for (verb, builder) in both() {
        let bench = with(builder, ListingFault::IgnoresPath).await;
        let mut session = bench.connect(TlsVersion::Tls13).await;
        let mut found = Vec::new();
        let each = |entry| found.push(entry);
        let summary = session.list_each(&path("sub"), each).await.unwrap();
        assert_eq!(names(&found), ["b.txt", "deep"], "{verb}");
        assert_eq!(summary.entries, 2, "{verb}");
    }
}

#[tokio::test]
async fn a_stream_of_the_wrong_entries_ends_with_an_error_and_the_next_is_right() {
    for (verb, builder) in both() {
        let bench = with(builder, ListingFault::IgnoresPath).await;
        let mut session = bench.connect(TlsVersion::Tls13).await;
        for expected in [None, Some(2)] {
            let mut listing = session.listing(&path("sub")).await.unwrap();
            while let Some(entry) = listing.next().await {
                entry.unwrap();
            }
            let finished = listing.finish().await;
            match expected {
                None => {
                    let error = finished.unwrap_err();
                    let of_another = Some(&ErrorDetail::ListingOfAnother);
                    assert_eq!(error.detail(), of_another, "{verb}: {error}");
                }
                Some(entries) => assert_eq!(finished.unwrap().entries, entries, "{verb}"),
            }
        }
        // Relative paths still refer to the login directory.
        let size = session.size(&path("sub/b.txt")).await.unwrap();
        assert_eq!((size, bench.logins()), (Some(9), 1), "{verb}");
    }
}

#[tokio::test]
async fn a_stream_that_is_dropped_in_an_entered_directory_leaves_nothing_behind() {
    let bench = with(both()[0].1.clone(), ListingFault::IgnoresPath).await;
    let mut session = bench.connect(TlsVersion::Tls13).await;
    list(&mut session, "sub").await.unwrap();
    for count in [0, 1, 2, 3] {
        let mut listing = session.listing(&path("sub")).await.unwrap();
        for _ in 0..count {
            listing.next().await;
        }
        drop(listing);
        let size = session.size(&path("sub/b.txt")).await.unwrap();
        assert_eq!(size, Some(9), "after {count}");
    }
}

#[tokio::test]
async fn a_walk_is_of_the_whole_tree() {
    for fault in [ListingFault::IgnoresPath, ListingFault::NamesDirectory] {
        for (verb, builder) in both() {
            let bench = with(builder, fault.clone()).await;
            let mut session = bench.connect(TlsVersion::Tls13).await;
            let mut walk = session.walk(&path(""), &WalkOptions::default());
            let mut found = Vec::new();
            while let Some(item) = walk.next().await {
                found.push(item.unwrap().path.to_string());
            }
            found.sort();
            let expected = [
                ".hidden",
                ".hidden/h.txt",
                "a.txt",
                "empty",
                "sub",
                "sub/b.txt",
                "sub/deep",
                "sub/deep/c.txt",
            ];
            assert_eq!(found, expected, "{fault:?} {verb}");
            assert!(walk.is_complete());
        }
    }
}

#[tokio::test]
async fn without_a_way_to_enter_directories_there_is_an_error() {
    let builder = both()[0].1.clone().fault(answer("CWD", "550 No."));
    let bench = with(builder, ListingFault::IgnoresPath).await;
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let error = list(&mut session, "sub").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
}

#[tokio::test]
async fn a_server_that_does_not_name_its_login_directory_is_left_by_a_new_connection() {
    let builder = both()[0].1.clone().fault(answer("PWD", "502 No."));
    let bench = with(builder, ListingFault::IgnoresPath).await;
    let mut session = bench.connect(TlsVersion::Tls13).await;
    assert_eq!(list(&mut session, "sub").await.unwrap(), ["b.txt", "deep"]);
    assert_eq!(session.size(&path("sub/b.txt")).await.unwrap(), Some(9));
    assert!(bench.logins() > 1);
}

#[tokio::test]
async fn directories_are_created_at_a_server_without_feat() {
    let builder = Server::builder(Personality::VsFtpd)
        .without("FEAT")
        .fault(Fault::Listing(ListingFault::SendsErrorText));
    let bench = Bench::build(builder).await;
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let error = session.stat(&path("in/new")).await.unwrap_err();
    let kind = error.kind();
    assert!(
        matches!(kind, ErrorKind::NotFound | ErrorKind::Refused),
        "{error}"
    );
    session.create_dir_all(&path("in/new/deep")).await.unwrap();
    session.create_dir_all(&path("in/new/deep")).await.unwrap();
    assert!(bench.server.root().join("in/new/deep").is_dir());
}

#[tokio::test]
async fn a_listing_that_is_refused_in_type_i_is_taken_in_type_a() {
    for (verb, builder) in both() {
        let bench = with(builder, ListingFault::OnlyInAscii).await;
        let mut session = bench.connect(TlsVersion::Tls13).await;
        let top = [".hidden", "a.txt", "empty", "sub"];
        assert_eq!(list(&mut session, "").await.unwrap(), top, "{verb}");
        assert_eq!(list(&mut session, "sub").await.unwrap(), ["b.txt", "deep"]);
        // Files still move byte for byte.
        let local = bench.local("b.txt");
        let options = towline::DownloadOptions::default();
        let from = path("sub/b.txt");
        session
            .download_file(&from, &local, &options)
            .await
            .unwrap();
        assert_eq!(fs::read(&local).unwrap(), b"sub/b.txt");
        let error = list(&mut session, "missing").await.unwrap_err();
        assert!(error.reply().is_some(), "{error}");
    }
}

#[tokio::test]
async fn the_second_entry_of_a_name_is_an_error_of_a_walk() {
    for (verb, builder) in both() {
        let twice = Fault::ListingNames(vec![b"a".to_vec(), b"a".to_vec()]);
        let bench = Bench::build(builder.fault(twice)).await;
        let mut session = bench.connect(TlsVersion::Tls13).await;
        let mut walk = session.walk(&path(""), &WalkOptions::default());
        assert_eq!(walk.next().await.unwrap().unwrap().entry.name, b"a");
        let error = walk.next().await.unwrap().unwrap_err();
        assert_eq!(error.detail(), Some(&ErrorDetail::DuplicateName), "{verb}");
        assert!(walk.next().await.is_none());
        assert!(!walk.is_complete());
    }
}
