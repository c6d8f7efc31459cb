//! Servers whose listings are not of the path asked for, or are refused without reason.

use std::fs;
use std::time::{Duration, Instant};

use towline::{Entry, EntryKind, Error, ErrorDetail, ErrorKind, Session, TlsVersion, WalkOptions};
use towline_testkit::{Builder, Fault, ListingFault, Personality, Server};

use crate::support::{Bench, answer, path};

/// A server with MLSD, and one without.
fn both() -> [(&'static str, Builder); 2] {
    [("MLSD", true), ("LIST", false)].map(|(verb, mlsd)| {
        let builder = Server::builder(Personality::ProFtpd138).mlsd(mlsd);
        (verb, builder)
    })
}

async fn with(builder: Builder, fault: ListingFault) -> Bench {
    let bench = Bench::build(builder.fault(Fault::Listing(fault))).await;
    for directory in ["sub/deep", "empty", ".hidden"] {
        fs::create_dir_all(bench.server.root().join(directory)).unwrap();
    }
    for file in ["a.txt", "sub/b.txt", "sub/deep/c.txt", ".hidden/h.txt"] {
        bench.write(file, file);
    }
    bench
}

fn names(entries: &[Entry]) -> Vec<String> {
    let name = |entry: &Entry| String::from_utf8(entry.name.clone()).unwrap();
    let mut names: Vec<_> = entries.iter().map(name).collect();
    names.sort();
    names
}

async fn list(session: &mut Session, of: &str) -> Result<Vec<String>, Error> {
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
fn unknown() -> [(&'static str, Builder); 2] {
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
        assert_eq!(error.kind(), ErrorKind::Timeout, "{verb}: {error}");
    }
}
