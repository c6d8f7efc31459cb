//! Directories with their parents, and with everything in them.

use std::error::Error as _;
use std::fs;

use towline::{Error, ErrorDetail, ErrorKind, NotRemoved, TlsVersion};
use towline_testkit::{Action, Builder, Fault, Personality, Point, Server};

use crate::support::{BOTH, Bench, answer, path};

fn with_and_without_mlsd() -> [Builder; 2] {
    [true, false].map(|mlsd| Server::builder(Personality::ProFtpd138).mlsd(mlsd))
}

fn left(error: &Error) -> &NotRemoved {
    error.source().unwrap().downcast_ref().unwrap()
}

#[tokio::test]
async fn missing_directories_are_made_from_the_top() {
    for version in BOTH {
        for server in with_and_without_mlsd() {
            let bench = Bench::build(server).await;
            let mut session = bench.connect(version).await;
            for name in ["a/b/c", "a/b/c", "a/b/d", "/e/f", "a", "/", ""] {
                session.create_dir_all(&path(name)).await.unwrap();
            }
            for name in ["a/b/c", "a/b/d", "e/f"] {
                assert!(bench.server.root().join(name).is_dir(), "{name}");
            }
            assert_eq!(bench.logins(), 1);
        }
    }
}

/// `.` and repeated slashes name no directory. `..` leads where the server says.
#[tokio::test]
async fn a_path_may_have_dots_and_repeated_slashes() {
    for server in with_and_without_mlsd() {
        let bench = Bench::build(server).await;
        let mut session = bench.connect(TlsVersion::Tls13).await;
        for name in ["./a/./b", "c//d/", ".", "./", "e/../f/g", "//h", "a/.."] {
            let made = session.create_dir_all(&path(name)).await;
            made.unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        for name in ["a/b", "c/d", "f/g", "h"] {
            assert!(bench.server.root().join(name).is_dir(), "{name}");
        }
        assert!(!bench.names().iter().any(|name| name.contains('.')));
    }
}

#[tokio::test]
async fn a_file_in_the_way_is_an_error_about_it() {
    for personality in Personality::ALL {
        let bench = Bench::start(personality).await;
        bench.write("a", "x");
        let mut session = bench.connect(TlsVersion::Tls13).await;
        let error = session.create_dir_all(&path("a/b/c")).await.unwrap_err();
        assert!(error.reply().is_some(), "{}: {error}", personality.name());
        let error = session.create_dir_all(&path("a")).await.unwrap_err();
        assert_eq!(error.path(), Some("a"), "{error}");
        assert_eq!(bench.names(), ["a"]);
    }
}

#[tokio::test]
async fn a_directory_goes_with_all_that_is_in_it() {
    for version in BOTH {
        for server in with_and_without_mlsd() {
            let bench = Bench::build(server).await;
            fs::create_dir_all(bench.server.root().join("old/b/c")).unwrap();
            for name in ["keep", "old/a", "old/.hidden", "old/b/c/d"] {
                bench.write(name, "x");
            }
            let mut session = bench.connect(version).await;
            let removed = session.remove_dir_all(&path("old")).await.unwrap();
            assert_eq!((removed.files, removed.directories), (3, 3));
            assert_eq!(bench.names(), ["keep"]);
            let error = session.remove_dir_all(&path("old")).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
        }
    }
}

/// aioftp 0.28 does so.
#[tokio::test]
async fn a_directory_goes_although_a_full_one_is_refused_for_the_time_being() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    fs::create_dir(bench.server.root().join("old")).unwrap();
    for name in ["old/a", "old/b"] {
        bench.write(name, "x");
    }
    bench
        .server
        .arm(answer("RMD", "451 file system error").nth(1));
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let removed = session.remove_dir_all(&path("old")).await.unwrap();
    assert_eq!((removed.files, removed.directories), (2, 1));
    assert_eq!(bench.names(), [""; 0]);
}

#[tokio::test]
async fn what_is_no_directory_and_what_has_no_name_is_left_alone() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    bench.write("a", "x");
    fs::create_dir(bench.server.root().join("d")).unwrap();
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let error = session.remove_dir_all(&path("a")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
    for name in ["", "/", "d/..", "d/.", ".."] {
        let error = session.remove_dir_all(&path(name)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage, "{name:?}: {error}");
    }
    assert_eq!(bench.names(), ["a", "d"]);
}

#[cfg(unix)]
#[tokio::test]
async fn links_are_removed_and_never_followed() {
    use std::os::unix::fs::symlink;
    for server in with_and_without_mlsd() {
        // This server shows a link as its target.
        let bench = Bench::build(server).await;
        let root = bench.server.root().to_owned();
        fs::create_dir_all(root.join("kept/inner")).unwrap();
        fs::create_dir(root.join("old")).unwrap();
        bench.write("kept/file", "x");
        for (target, link) in [
            ("kept", "old/link"),
            ("kept/file", "old/file"),
            ("kept", "top"),
        ] {
            symlink(root.join(target), root.join(link)).unwrap();
        }
        let mut session = bench.connect(TlsVersion::Tls13).await;
        let removed = session.remove_dir_all(&path("old")).await.unwrap();
        assert_eq!((removed.files, removed.directories), (2, 1));
        let removed = session.remove_dir_all(&path("top")).await.unwrap();
        assert_eq!((removed.files, removed.directories), (1, 0));
        assert_eq!(bench.names(), ["kept"]);
        assert_eq!(bench.read("kept/file").unwrap(), b"x");
        assert!(root.join("kept/inner").is_dir());
    }
}

/// It may lie in a directory that lets nothing be removed, or be a junction, which DELE leaves
/// alone.
#[cfg(unix)]
#[tokio::test]
async fn a_link_that_cannot_be_removed_keeps_its_target() {
    for refusal in ["550 Permission denied.", "450 Busy."] {
        let refused = answer("DELE", refusal);
        let bench = Bench::with_fault(Personality::VsFtpd, refused).await;
        let root = bench.server.root();
        fs::create_dir(root.join("target")).unwrap();
        bench.write("target/file", "x");
        std::os::unix::fs::symlink(root.join("target"), root.join("link")).unwrap();
        let mut session = bench.connect(TlsVersion::Tls13).await;
        let error = session.remove_dir_all(&path("link")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
        assert_eq!(bench.read("target/file").unwrap(), b"x", "{refusal}");
        assert_eq!(bench.count("LIST target"), 0);
    }
}

#[tokio::test]
async fn what_cannot_be_removed_is_told_of_and_the_rest_goes() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    fs::create_dir_all(bench.server.root().join("old/b/c")).unwrap();
    fs::create_dir_all(bench.server.root().join("old/e")).unwrap();
    for name in ["old/a", "old/b/c/d", "old/e/f"] {
        bench.write(name, "x");
    }
    // The first four are for directories.
    bench
        .server
        .arm(answer("DELE", "550 a: Operation not permitted").nth(5));
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let error = session.remove_dir_all(&path("old")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
    let left = left(&error);
    assert_eq!((left.removed.files, left.removed.directories), (2, 3));
    assert_eq!((left.failed, left.failures.len()), (1, 1));
    assert_eq!(left.failures[0].path(), Some("old/a"));
    assert!(bench.read("old/a").is_some());
    assert_eq!(
        fs::read_dir(bench.server.root().join("old"))
            .unwrap()
            .count(),
        1
    );
}

#[tokio::test]
async fn nothing_is_removed_on_the_strength_of_a_listing_in_doubt() {
    for fault in [
        Fault::NoCloseNotify,
        Fault::ListingLines(vec![b"what is this?".to_vec()]),
    ] {
        let server = Server::builder(Personality::ProFtpd138).mlsd(true);
        let bench = Bench::build(server.fault(fault)).await;
        fs::create_dir(bench.server.root().join("old")).unwrap();
        bench.write("old/a", "x");
        let mut session = bench.connect(TlsVersion::Tls13).await;
        let error = session.remove_dir_all(&path("old")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Incomplete, "{error}");
        assert_eq!(left(&error).failures[0].path(), Some("old"));
        assert!(bench.read("old/a").is_some());
    }
}

#[tokio::test]
async fn hostile_names_are_refused_and_lead_nowhere() {
    for server in with_and_without_mlsd() {
        let names = vec![b"../keep".to_vec(), b"..".to_vec(), b"/keep".to_vec()];
        let bench = Bench::build(server.fault(Fault::ListingNames(names))).await;
        fs::create_dir(bench.server.root().join("old")).unwrap();
        bench.write("keep", "x");
        bench.write("old/a", "x");
        let mut session = bench.connect(TlsVersion::Tls13).await;
        let error = session.remove_dir_all(&path("old")).await.unwrap_err();
        assert!(left(&error).failed >= 2, "{error}");
        assert_eq!(bench.names(), ["keep", "old"]);
        assert_eq!(bench.read("old/a"), None);
        assert_eq!(bench.count("DELE ../keep") + bench.count("DELE /keep"), 0);
    }
}

#[tokio::test]
async fn a_server_that_is_gone_ends_the_removal() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    fs::create_dir(bench.server.root().join("old")).unwrap();
    (0..20).for_each(|n| bench.write(&format!("old/{n}"), "x"));
    let lost = Fault::At(Point::Command("DELE"), Action::Close).from_nth(5);
    bench.server.arm(lost);
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let error = session.remove_dir_all(&path("old")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network, "{error}");
    let left = left(&error);
    assert_eq!((left.removed.files, left.failed), (3, 3));
    assert_eq!(
        fs::read_dir(bench.server.root().join("old"))
            .unwrap()
            .count(),
        17
    );
}

/// ftp-srv 4.6 shows a link as the directory that it leads to, and removes it with neither command.
#[cfg(unix)]
#[tokio::test]
async fn what_a_server_calls_no_directory_is_not_looked_behind() {
    for server in with_and_without_mlsd() {
        let server = server
            .fault(answer("DELE", "550 EISDIR: illegal operation").nth(1))
            .fault(answer("DELE", "550 ENOTDIR: not a directory").nth(2))
            .fault(answer("RMD", "550 ENOTDIR: not a directory, rmdir").nth(2));
        let bench = Bench::build(server).await;
        let root = bench.server.root();
        fs::create_dir_all(root.join("kept")).unwrap();
        fs::create_dir_all(root.join("old")).unwrap();
        bench.write("kept/file", "x");
        bench.write("old/a", "x");
        std::os::unix::fs::symlink(root.join("kept"), root.join("old/link")).unwrap();
        let mut session = bench.connect(TlsVersion::Tls13).await;
        let error = session.remove_dir_all(&path("old")).await.unwrap_err();
        let left = left(&error);
        assert_eq!(left.failures[0].path(), Some("old/link"));
        let detail = left.failures[0].detail();
        assert_eq!(detail, Some(&ErrorDetail::NotADirectory));
        assert_eq!(bench.read("kept/file").unwrap(), b"x");
        assert_eq!(bench.read("old/a"), None);
    }
}

/// The directory above what is removed may be reached through it.
#[cfg(unix)]
#[tokio::test]
async fn nothing_is_removed_before_a_circle_would_show() {
    for server in with_and_without_mlsd() {
        let server = server
            .fault(answer("DELE", "550 Is a directory"))
            .fault(answer("RMD", "550 Directory not empty"));
        let bench = Bench::build(server).await;
        let root = bench.server.root();
        fs::create_dir_all(root.join("old/in/sub")).unwrap();
        bench.write("old/in/x", "x");
        bench.write("old/precious", "x");
        std::os::unix::fs::symlink("..", root.join("old/in/up")).unwrap();
        let mut session = bench.connect(TlsVersion::Tls13).await;
        session.remove_dir_all(&path("old/in")).await.unwrap_err();
        assert_eq!(bench.count("DELE old/in/up/precious"), 0);
        assert_eq!(bench.count("DELE old/in/x"), 0);
    }
}

/// A server that shows links as directories, and refuses to remove them, shows a circle without
/// end.
#[cfg(unix)]
#[tokio::test]
async fn a_removal_goes_round_no_circle() {
    for server in with_and_without_mlsd() {
        let server = server
            .fault(answer("DELE", "550 Is a directory"))
            .fault(answer("RMD", "550 Directory not empty"));
        let bench = Bench::build(server).await;
        let root = bench.server.root();
        fs::create_dir_all(root.join("old/a")).unwrap();
        bench.write("old/file", "x");
        std::os::unix::fs::symlink(".", root.join("old/loop")).unwrap();
        let mut session = bench.connect(TlsVersion::Tls13).await;
        let error = session.remove_dir_all(&path("old")).await.unwrap_err();
        let failures = &left(&error).failures;
        let leads_back = |failure: &&Error| failure.detail() == Some(&ErrorDetail::LeadsBack);
        assert_eq!(
            failures.iter().filter(leads_back).count(),
            1,
            "{failures:#?}"
        );
        let listings = bench.count("MLSD") + bench.count("LIST");
        assert!(listings < 40, "{listings}");
        assert!(bench.read("old/file").is_some());
    }
}

#[tokio::test]
async fn the_second_entry_of_a_name_is_not_removed() {
    for server in with_and_without_mlsd() {
        let names = vec![b"a".to_vec()];
        let bench = Bench::build(server.fault(Fault::ListingNames(names))).await;
        fs::create_dir(bench.server.root().join("old")).unwrap();
        bench.write("old/a", "x");
        let mut session = bench.connect(TlsVersion::Tls13).await;
        let error = session.remove_dir_all(&path("old")).await.unwrap_err();
        let left = left(&error);
        let details: Vec<_> = left.failures.iter().map(Error::detail).collect();
        assert_eq!(details, [Some(&ErrorDetail::DuplicateName)]);
        assert_eq!(bench.count("DELE old/a"), 1);
    }
}
