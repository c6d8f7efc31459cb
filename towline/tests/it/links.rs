//! Links to directories, and circles of them.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::symlink;

use towline::{
    DownloadOptions, EntryKind, ErrorDetail, ErrorKind, Outcome, Session, TlsVersion, WalkOptions,
};
use towline_testkit::{Builder, Fault, ListingFault, Personality, Server};

use crate::odd_listings::unknown;
use crate::support::{Bench, answer, contents, download, path};

/// Servers that list links as what they point to, with and without MLSD.
fn all() -> Vec<(String, Builder)> {
    let each = Personality::ALL.into_iter().flat_map(|personality| {
        [true, false].map(|mlsd| {
            let what = format!("{} {mlsd}", personality.name());
            (what, Server::builder(personality).mlsd(mlsd))
        })
    });
    each.collect()
}

fn shows_links(builder: Builder) -> Builder {
    builder.fault(Fault::Listing(ListingFault::ShowsLinks))
}

async fn bench(builder: Builder) -> Bench {
    let bench = Bench::build(builder).await;
    let root = bench.server.root();
    fs::create_dir_all(root.join("real/sub")).unwrap();
    fs::create_dir_all(root.join("tree")).unwrap();
    fs::write(root.join("real/a.txt"), "data").unwrap();
    fs::write(root.join("real/sub/b.txt"), "deep").unwrap();
    fs::write(root.join("tree/plain.txt"), "plain").unwrap();
    symlink("../real", root.join("tree/dirlink")).unwrap();
    symlink("../real/a.txt", root.join("tree/filelink")).unwrap();
    bench
}

async fn walk(
    session: &mut Session,
    top: &str,
    follow: bool,
) -> (Vec<String>, Vec<(Option<ErrorDetail>, String)>) {
    let (mut found, mut errors) = (Vec::new(), Vec::new());
    let options = WalkOptions::default().follow_links(follow);
    let mut walk = session.walk(&path(top), &options);
    while let Some(item) = walk.next().await {
        match item {
            Ok(item) => found.push(item.path.to_string()),
            Err(error) => errors.push((
                error.detail().cloned(),
                error.path().unwrap_or_default().to_owned(),
            )),
        }
    }
    found.sort();
    (found, errors)
}

#[tokio::test]
async fn a_link_is_followed_to_a_directory_or_a_file() {
    for (what, builder) in all() {
        for builder in [builder.clone(), shows_links(builder)] {
            let bench = bench(builder).await;
            let mut session = bench.connect(TlsVersion::Tls13).await;
            let to_directory = session.follow(&path("tree/dirlink")).await.unwrap();
            assert_eq!(to_directory.kind, EntryKind::Directory, "{what}");
            let to_file = session.follow(&path("tree/filelink")).await.unwrap();
            assert_eq!(to_file.kind, EntryKind::File, "{what}");
            let listing = session.list(&path("tree/dirlink")).await.unwrap();
            assert_eq!(listing.entries.len(), 2, "{what}");
            let missing = session.follow(&path("tree/none")).await.unwrap_err();
            assert_eq!(missing.kind(), ErrorKind::NotFound, "{what}");
        }
    }
}

/// `SIZE` gives the length of the link.
#[tokio::test]
async fn a_link_with_a_size_of_its_own_is_downloaded_whole() {
    for (what, builder) in all() {
        let builder = shows_links(builder).fault(Fault::Listing(ListingFault::SizesLinks));
        let bench = bench(builder).await;
        let contents = "x".repeat(650);
        bench.write("target", &contents);
        let root = bench.server.root();
        symlink("target", root.join("link")).unwrap();
        symlink("../target", root.join("tree/far")).unwrap();
        let mut session = bench.connect(TlsVersion::Tls13).await;
        for name in ["link", "tree/far"] {
            let local = bench.local("copy");
            let options = DownloadOptions::default();
            let remote = path(name);
            let done = session.download_file(&remote, &local, &options).await;
            let done = done.unwrap_or_else(|error| panic!("{what} {name}: {error}"));
            assert_eq!(done.bytes, 650, "{what} {name}");
            assert_eq!(
                fs::read_to_string(&local).unwrap(),
                contents,
                "{what} {name}"
            );
        }
    }
}

/// Neither a target that can be asked for, nor an arrow in the listing.
#[tokio::test]
async fn a_link_is_downloaded_whole_although_its_target_has_no_size() {
    for mlsd in [true, false] {
        let builder = Server::builder(Personality::ProFtpd138).mlsd(mlsd);
        let lists = |text: &str| {
            let line = format!("lrwxrwxrwx 1 jo staff 8 Nov 20 22:57 {text}\r\n");
            builder.clone().listing(line)
        };
        let sizes = || Fault::Listing(ListingFault::SizesLinks);
        let disguises = Fault::Listing(ListingFault::DisguisesLinks);
        for (what, builder) in [
            ("gone", lists("link -> /nowhere").fault(sizes())),
            ("jail", lists("link -> /an/other/root").fault(sizes())),
            ("bare", lists("link").fault(sizes())),
            ("no SIZE", builder.clone().fault(disguises).without("SIZE")),
        ] {
            let bench = Bench::build(builder).await;
            bench.write("real.txt", "x".repeat(650));
            symlink("real.txt", bench.server.root().join("link")).unwrap();
            let mut session = bench.connect(TlsVersion::Tls13).await;
            let local = bench.local("copy");
            for options in [
                DownloadOptions::default(),
                DownloadOptions::default().resume(true),
            ] {
                let done = session.download_file(&path("link"), &local, &options).await;
                let done = done.unwrap_or_else(|error| panic!("{what} {mlsd}: {error}"));
                assert_eq!(done.bytes, 650, "{what} {mlsd}");
                fs::remove_file(&local).unwrap();
            }
        }
    }
}

/// Every kind of download compares with the size of what the link leads to.
#[tokio::test]
async fn streams_of_a_link_with_a_size_of_its_own_are_whole() {
    for (what, builder) in all() {
        let builder = shows_links(builder).fault(Fault::Listing(ListingFault::SizesLinks));
        let bench = bench(builder).await;
        let contents = contents(3_000_000);
        bench.write("large", &contents);
        bench.write("tiny", "x");
        let root = bench.server.root();
        symlink("large", root.join("link")).unwrap();
        symlink("link", root.join("second")).unwrap();
        symlink("tree/../tree/../tiny", root.join("long")).unwrap();
        let mut session = bench.connect(TlsVersion::Tls13).await;

        let got = download(&mut session, "long").await;
        assert_eq!(got.unwrap(), b"x", "{what}: longer than the file");
        for name in ["link", "second"] {
            let mut got = Vec::new();
            let (link, options) = (path(name), DownloadOptions::default());
            let done = session.download_to(&link, &mut got, &options).await;
            let done = done.unwrap_or_else(|error| panic!("{what} {name}: {error}"));
            assert!(got == contents, "{what} {name}: {} bytes", got.len());
            assert_eq!((done.bytes, done.outcome), (3_000_000, Outcome::Verified));
            assert!(download(&mut session, name).await.unwrap() == contents);

            let mut one = bench.connect(TlsVersion::Tls13).await;
            let local = bench.local("copy");
            let done = one.download_file(&link, &local, &options).await.unwrap();
            assert_eq!((done.bytes, done.outcome), (3_000_000, Outcome::Verified));
            assert!(fs::read(&local).unwrap() == contents, "{what} {name}");

            let mut one = bench.connect(TlsVersion::Tls13).await;
            let mut range = one.download_range(&link, 1_000..1_500).await.unwrap();
            let mut part = vec![0; 500];
            tokio::io::AsyncReadExt::read_exact(&mut range, &mut part)
                .await
                .unwrap();
            range.finish().await.unwrap();
            assert!(part == contents[1_000..1_500], "{what} {name}");
        }
    }
}

#[tokio::test]
async fn the_size_of_a_link_is_asked_for_once() {
    for (what, builder) in all() {
        let builder = shows_links(builder).fault(Fault::Listing(ListingFault::SizesLinks));
        let bench = bench(builder).await;
        bench.write("target", "x".repeat(650));
        symlink("target", bench.server.root().join("link")).unwrap();
        let mut session = bench.connect(TlsVersion::Tls13).await;
        let asked = || {
            let report = bench.server.report();
            let commands = report.control.iter().flat_map(|control| &control.commands);
            commands.filter(|line| *line == "SIZE link").count()
        };
        // The first download shows that this server gives the sizes of links.
        download(&mut session, "link").await.unwrap();
        let before = asked();
        assert_eq!(download(&mut session, "link").await.unwrap().len(), 650);
        assert_eq!(asked() - before, 1, "{what}");
        let before = asked();
        let range = session.download_range(&path("link"), 600..640).await;
        let mut range = range.unwrap();
        let mut part = vec![0; 40];
        tokio::io::AsyncReadExt::read_exact(&mut range, &mut part)
            .await
            .unwrap();
        range.finish().await.unwrap();
        assert_eq!(asked() - before, 1, "{what}");
    }
}

/// A file that is cut short, or that grows, is no link.
#[tokio::test]
async fn a_wrong_size_of_a_file_is_still_an_error() {
    for (what, builder) in all() {
        let builder = shows_links(builder).fault(Fault::WrongSize(-3));
        let bench = bench(builder).await;
        bench.write("file", "0123456789");
        let mut session = bench.connect(TlsVersion::Tls13).await;
        let error = download(&mut session, "file").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Incomplete, "{what}");
    }
}

#[tokio::test]
async fn a_circle_is_noticed_and_reported() {
    for (what, builder) in all() {
        for (link, target) in [("tree/loop", "."), ("real/sub/up", "../../tree")] {
            let bench = bench(builder.clone()).await;
            symlink(target, bench.server.root().join(link)).unwrap();
            let mut session = bench.connect(TlsVersion::Tls13).await;
            let (found, errors) = walk(&mut session, "tree", false).await;
            let details: Vec<_> = errors.iter().map(|(detail, _)| detail.clone()).collect();
            assert_eq!(details, [Some(ErrorDetail::LeadsBack)], "{what} {errors:?}");
            assert!(
                found.contains(&"tree/dirlink/sub/b.txt".to_owned()),
                "{what}"
            );
            assert!(found.len() < 12, "{what}: {found:?}");
        }
    }
}

#[tokio::test]
async fn a_circle_of_followed_links_is_noticed() {
    for (what, builder) in all() {
        let bench = bench(shows_links(builder)).await;
        let root = bench.server.root();
        symlink("../tree", root.join("tree/loop")).unwrap();
        let mut session = bench.connect(TlsVersion::Tls13).await;
        let (found, errors) = walk(&mut session, "tree", false).await;
        let here = [
            "tree/dirlink",
            "tree/filelink",
            "tree/loop",
            "tree/plain.txt",
        ];
        assert_eq!(
            (found, errors),
            (here.map(str::to_owned).to_vec(), vec![]),
            "{what}"
        );
        let (found, errors) = walk(&mut session, "tree", true).await;
        assert_eq!(errors.len(), 1, "{what} {errors:?}");
        assert_eq!(errors[0].0, Some(ErrorDetail::LeadsBack), "{what}");
        assert_eq!(errors[0].1, "tree/loop", "{what}");
        assert!(
            found.contains(&"tree/dirlink/sub/b.txt".to_owned()),
            "{what}"
        );
        assert_eq!(found.len(), 7, "{what}: {found:?}");
    }
}

#[tokio::test]
async fn directories_with_equal_entries_are_no_circle() {
    for (what, builder) in all() {
        let bench = Bench::build(builder).await;
        fs::create_dir_all(bench.server.root().join("a/a/a")).unwrap();
        let mut session = bench.connect(TlsVersion::Tls13).await;
        let (found, errors) = walk(&mut session, "", false).await;
        assert_eq!((found.len(), errors), (3, vec![]), "{what}");
    }
}

#[tokio::test]
async fn a_link_to_a_directory_is_a_directory_for_create_dir_all() {
    for (what, builder) in all() {
        let bench = bench(shows_links(builder)).await;
        let mut session = bench.connect(TlsVersion::Tls13).await;
        session
            .create_dir_all(&path("tree/dirlink/new/one"))
            .await
            .unwrap();
        assert!(bench.server.root().join("real/new/one").is_dir(), "{what}");
        session.create_dir_all(&path("tree/dirlink")).await.unwrap();
    }
}

/// ProFTPD describes with `MLST` what a link leads to, and lists the link.
#[tokio::test]
async fn a_link_that_may_not_be_removed_keeps_what_it_leads_to() {
    let builder = Server::builder(Personality::ProFtpd138)
        .fault(Fault::Listing(ListingFault::ShowsLinks))
        .fault(answer("MLST", "250-Listing\n type=dir; link\n250 End"))
        .fault(answer("DELE", "550 Permission denied").nth(1));
    let bench = Bench::build(builder).await;
    fs::create_dir(bench.server.root().join("real")).unwrap();
    bench.write("real/f", "x");
    symlink("real", bench.server.root().join("link")).unwrap();
    let mut session = bench.connect(TlsVersion::Tls13).await;
    session.remove_dir_all(&path("link")).await.unwrap_err();
    assert_eq!(bench.read("real/f").unwrap(), b"x");
    assert_eq!(bench.names(), ["link", "real"]);
}

/// libunftp 0.23 shows links so. `LIST` alone tells them from files.
#[tokio::test]
async fn a_link_in_the_disguise_of_a_file_is_followed() {
    for (_, builder) in unknown() {
        let fault = Fault::Listing(ListingFault::DisguisesLinks);
        let bench = bench(builder.fault(fault)).await;
        let root = bench.server.root();
        symlink(".", root.join("tree/loop")).unwrap();
        let mut session = bench.connect(TlsVersion::Tls13).await;
        let (found, errors) = walk(&mut session, "tree", true).await;
        assert!(
            found.contains(&"tree/dirlink/sub/b.txt".to_owned()),
            "{found:?}"
        );
        let expected = (Some(ErrorDetail::LeadsBack), "tree/loop".to_owned());
        assert_eq!(errors, [expected]);
        let entry = session.follow(&path("tree/dirlink")).await.unwrap();
        assert_eq!(entry.kind, EntryKind::Directory);
        let entry = session.follow(&path("tree/plain.txt")).await.unwrap();
        assert_eq!((entry.kind, entry.size), (EntryKind::File, Some(5)));
    }
}

/// A server that shows a link as a directory, and removes no link: only the number of the hard
/// links of the directory around it shows it.
#[tokio::test]
async fn what_a_hidden_link_leads_to_is_not_removed() {
    for (what, builder) in unknown() {
        for inside in ["old", "old/deep"] {
            let fault = Fault::Listing(ListingFault::HidesLinks);
            let bench = Bench::build(builder.clone().fault(fault)).await;
            let root = bench.server.root().to_owned();
            for directory in ["kept/sub", "old/deep/sub", "old/other"] {
                fs::create_dir_all(root.join(directory)).unwrap();
            }
            for file in ["kept/a", "kept/sub/b", "old/deep/sub/c", "old/other/d"] {
                bench.write(file, "x");
            }
            symlink(root.join("kept"), root.join(inside).join("link")).unwrap();
            let mut session = bench.connect(TlsVersion::Tls13).await;
            let error = session.remove_dir_all(&path("old")).await.unwrap_err();
            assert_eq!(
                error.kind(),
                ErrorKind::Incomplete,
                "{what} {inside}: {error}"
            );
            assert_eq!(bench.read("kept/a").unwrap(), b"x", "{what} {inside}");
            assert_eq!(bench.read("kept/sub/b").unwrap(), b"x", "{what} {inside}");
            // Nothing is left of what was created to find out.
            let names = fs::read_dir(root.join(inside)).unwrap();
            let mut names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
            assert!(names.all(|name| !name.contains("probe")), "{what} {inside}");
            assert_eq!(root.join("old/other/d").exists(), inside == "old", "{what}");
        }
    }
}

/// Many servers show the same number for every directory.
#[tokio::test]
async fn a_made_up_number_of_hard_links_keeps_nothing() {
    for (what, builder) in unknown() {
        let bench = Bench::build(builder).await;
        let root = bench.server.root().to_owned();
        for number in 0..9 {
            fs::create_dir_all(root.join(format!("old/{number}"))).unwrap();
            bench.write(&format!("old/{number}/a"), "x");
        }
        let mut session = bench.connect(TlsVersion::Tls13).await;
        session.remove_dir_all(&path("old")).await.unwrap();
        assert!(!root.join("old").exists(), "{what}");
    }
}
