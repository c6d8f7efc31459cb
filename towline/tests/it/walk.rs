//! Walks through trees.

use std::fs;

use towline::{ErrorDetail, ErrorKind, NameError, Session, TlsVersion, WalkOptions};
use towline_testkit::{Action, Fault, Personality, Point, Server};

use crate::support::{BOTH, Bench, path, quick_retry, session};

/// The paths found, and the errors, each with its kind and path.
async fn walk(
    session: &mut Session,
    top: &str,
    options: &WalkOptions,
) -> (Vec<String>, Vec<(ErrorKind, String)>, bool) {
    let (mut found, mut errors) = (Vec::new(), Vec::new());
    let mut walk = session.walk(&path(top), options);
    while let Some(item) = walk.next().await {
        match item {
            Ok(item) => {
                assert_eq!(item.path.file_name(), Some(&item.entry.name[..]));
                found.push(format!("{} {}", item.depth, item.path));
            }
            Err(error) => {
                errors.push((error.kind(), error.path().unwrap_or_default().to_owned()));
            }
        }
    }
    (found, errors, walk.is_complete())
}

fn directories(bench: &Bench, names: &[&str]) {
    for name in names {
        fs::create_dir_all(bench.server.root().join(name)).unwrap();
    }
}

#[tokio::test]
async fn a_directory_comes_ahead_of_those_below_it() {
    for version in BOTH {
        for mlsd in [true, false] {
            let server = Server::builder(Personality::ProFtpd138).mlsd(mlsd);
            let bench = Bench::build(server).await;
            directories(&bench, &["top/b/c", "top/d"]);
            for name in ["top/a", "top/b/c/e", "top/d/f"] {
                bench.write(name, "x");
            }
            let mut session = bench.connect(version).await;
            let (found, errors, complete) =
                walk(&mut session, "top", &WalkOptions::default()).await;
            let expected = [
                "0 top/a",
                "0 top/b",
                "0 top/d",
                "1 top/b/c",
                "2 top/b/c/e",
                "1 top/d/f",
            ];
            assert_eq!(found, expected, "{version} {mlsd}");
            assert_eq!((errors, complete), (vec![], true));
            assert_eq!(bench.logins(), 1);
        }
    }
}

#[tokio::test]
async fn what_goes_wrong_with_one_directory_does_not_end_the_walk() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    directories(&bench, &["a", "b", "c"]);
    bench.write("c/file", "x");
    let refused = Action::Reply("550 a: Permission denied".to_owned());
    bench
        .server
        .arm(Fault::At(Point::Command("MLSD"), refused).nth(2));
    // A directory lost with its connection does not either.
    let lost = Fault::At(Point::Command("MLSD"), Action::Close).nth(3);
    bench.server.arm(lost);
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let (found, errors, complete) = walk(&mut session, "", &WalkOptions::default()).await;
    assert_eq!(found, ["0 a", "0 b", "0 c", "1 c/file"]);
    let expected = [(ErrorKind::Refused, "a"), (ErrorKind::Network, "b")];
    assert_eq!(errors, expected.map(|(kind, path)| (kind, path.to_owned())));
    assert!(!complete);
}

#[tokio::test]
async fn a_directory_is_listed_again_as_the_configuration_says() {
    let lost = Fault::At(Point::Command("MLSD"), Action::Close).nth(1);
    let bench = Bench::with_fault(Personality::ProFtpd138, lost).await;
    bench.write("a", "x");
    let mut session = session(bench.open_config().retry(quick_retry()))
        .await
        .unwrap();
    let (found, errors, complete) = walk(&mut session, "", &WalkOptions::default()).await;
    assert_eq!((found, errors), (vec!["0 a".to_owned()], vec![]));
    assert!(complete);
}

#[tokio::test]
async fn a_server_that_is_gone_ends_the_walk() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    for n in 0..20 {
        directories(&bench, &[&format!("{n:02}")]);
    }
    let lost = Fault::At(Point::Command("MLSD"), Action::Close).from_nth(2);
    bench.server.arm(lost);
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let (found, errors, complete) = walk(&mut session, "", &WalkOptions::default()).await;
    assert_eq!((found.len(), errors.len(), complete), (20, 3, false));
}

#[tokio::test]
async fn hostile_names_are_told_of_and_lead_nowhere() {
    for mlsd in [true, false] {
        let server = Server::builder(Personality::ProFtpd138)
            .mlsd(mlsd)
            .fault(Fault::hostile_names());
        let bench = Bench::build(server).await;
        let mut session = bench.connect(TlsVersion::Tls13).await;
        let mut refused = Vec::new();
        let login = path("");
        let mut walk = session.walk(&login, &WalkOptions::default());
        while let Some(item) = walk.next().await {
            match item {
                Ok(item) => assert_eq!(item.path.parent(), Some(login.clone())),
                Err(error) => {
                    let source = std::error::Error::source(&error).unwrap();
                    refused.push(source.downcast_ref::<NameError>().unwrap().clone());
                }
            }
        }
        for reason in [NameError::Separator, NameError::LineBreak] {
            assert!(refused.contains(&reason), "{reason:?} {refused:?}");
        }
        assert!(!walk.is_complete());
    }
}

#[tokio::test]
async fn directories_that_lie_too_deep_are_told_of() {
    let bench = Bench::start(Personality::VsFtpd).await;
    directories(&bench, &["a/b/c/d"]);
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let options = WalkOptions::default().depth(1);
    let (found, errors, complete) = walk(&mut session, "", &options).await;
    assert_eq!(found, ["0 a", "1 a/b"]);
    assert_eq!(errors, [(ErrorKind::Incomplete, "a/b".to_owned())]);
    assert!(!complete);
}

#[cfg(unix)]
#[tokio::test]
async fn a_circle_ends() {
    // This server shows a link as the directory that it points to.
    let bench = Bench::start(Personality::VsFtpd).await;
    directories(&bench, &["a"]);
    std::os::unix::fs::symlink(bench.server.root(), bench.server.root().join("a/up")).unwrap();
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let options = WalkOptions::default().depth(20);
    let (found, errors, complete) = walk(&mut session, "", &options).await;
    assert_eq!(found, ["0 a", "1 a/up"]);
    assert_eq!((errors.len(), errors[0].0), (1, ErrorKind::Incomplete));
    assert!(!complete);
}

#[tokio::test]
async fn links_are_given_and_not_followed() {
    let listing = "lrwxrwxrwx 1 ftp ftp 2 Nov 20 22:57 link -> ..\r\n";
    let server = Server::builder(Personality::VsFtpd).listing(listing);
    let bench = Bench::build(server).await;
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let (found, errors, complete) = walk(&mut session, "", &WalkOptions::default()).await;
    assert_eq!(found, ["0 link"]);
    assert_eq!((errors, complete), (vec![], true));
    assert_eq!(bench.count("LIST"), 1);
}

#[tokio::test]
async fn no_more_entries_come_than_are_allowed() {
    for (allowed, complete) in [(4, false), (5, true)] {
        let bench = Bench::start(Personality::PureFtpd).await;
        directories(&bench, &["d"]);
        for name in ["a", "b", "d/e", "d/f"] {
            bench.write(name, "x");
        }
        let mut session = bench.connect(TlsVersion::Tls13).await;
        let options = WalkOptions::default().entries(allowed);
        let (found, errors, is_complete) = walk(&mut session, "", &options).await;
        assert_eq!(found.len() as u64, allowed);
        assert_eq!(is_complete, complete);
        let kinds: Vec<_> = errors.iter().map(|(kind, _)| *kind).collect();
        let expected = [ErrorKind::Incomplete];
        assert_eq!(kinds, if complete { &[][..] } else { &expected });
        assert!(session.is_usable());
    }
}

#[tokio::test]
async fn a_listing_that_may_not_be_complete_is_told_of_behind_its_entries() {
    let bench = Bench::with_fault(Personality::ProFtpd138, Fault::NoCloseNotify.nth(2)).await;
    directories(&bench, &["a", "b"]);
    bench.write("a/file", "x");
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let (found, errors, complete) = walk(&mut session, "", &WalkOptions::default()).await;
    assert_eq!(found, ["0 a", "0 b", "1 a/file"]);
    assert_eq!(errors, [(ErrorKind::Incomplete, "a".to_owned())]);
    assert!(!complete);
}

#[tokio::test]
async fn a_walk_can_be_dropped_between_two_entries() {
    let bench = Bench::start(Personality::VsFtpd).await;
    directories(&bench, &["a/b", "c"]);
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let top = path("");
    let mut walk = session.walk(&top, &WalkOptions::default());
    walk.next().await.unwrap().unwrap();
    drop(walk);
    assert!(session.is_usable());
    assert_eq!(bench.count("LIST"), 1);
}

#[tokio::test]
async fn a_walk_can_run_on_its_own_task() {
    let bench = Bench::start(Personality::VsFtpd).await;
    directories(&bench, &["a/b"]);
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let task = tokio::spawn(async move {
        let (found, ..) = walk(&mut session, "", &WalkOptions::default()).await;
        found.len()
    });
    assert_eq!(task.await.unwrap(), 2);
}

#[tokio::test]
async fn an_entry_of_a_walk_can_be_serialized() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    bench.write("a", "x");
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let options = WalkOptions::default();
    let found = session.walk(&path(""), &options).next().await;
    let json = serde_json::to_value(found.unwrap().unwrap()).unwrap();
    assert_eq!((&json["path"], &json["depth"]), (&"a".into(), &0.into()));
    assert_eq!(json["entry"]["name"], "a");
    let removed = serde_json::to_value(towline::Removed::default()).unwrap();
    assert_eq!(removed, serde_json::json!({"files": 0, "directories": 0}));
}

/// `LIST` shows a file as a directory that contains it.
#[tokio::test]
async fn a_file_is_no_directory() {
    for personality in [Personality::VsFtpd, Personality::PureFtpd] {
        let bench = Bench::build(Server::builder(personality).mlsd(false)).await;
        bench.write("a", "x");
        directories(&bench, &["b"]);
        bench.write("b/b", "x");
        let mut session = bench.connect(TlsVersion::Tls13).await;
        let error = session.list(&path("a")).await.unwrap_err();
        assert_eq!(error.detail(), Some(&ErrorDetail::NotADirectory), "{error}");
        let (found, errors, _) = walk(&mut session, "a", &WalkOptions::default()).await;
        assert_eq!((found.len(), errors.len()), (0, 1), "{found:?}");
        // A directory may contain a file of its own name, and nothing else.
        let (found, errors, is_complete) = walk(&mut session, "b", &WalkOptions::default()).await;
        assert_eq!(found, ["0 b/b"]);
        assert!(is_complete, "{errors:?}");
        assert_eq!(bench.logins(), 1);
    }
}
