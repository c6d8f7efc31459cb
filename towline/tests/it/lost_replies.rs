//! A final reply that never arrives: a new connection shows the state of the file.

use std::sync::Arc;
use std::time::Duration;

use towline::{ErrorDetail, ErrorKind, Outcome, TlsVersion, UploadOptions};
use towline_testkit::{Action, Fault, Gate, Personality, Point, Server};

use crate::support::{
    BOTH, Bench, Notebook, answer, contents, download, path, quick_retry, session, upload,
};

fn lost(verb: &'static str, action: Action) -> towline_testkit::ArmedFault {
    Fault::At(Point::FinalReply(verb), action).nth(1)
}

#[tokio::test]
async fn an_upload_that_has_arrived_is_published_and_not_sent_again() {
    for personality in [
        Personality::VsFtpd,
        Personality::ProFtpd138,
        Personality::PyFtpdlib,
    ] {
        for version in BOTH {
            for action in [Action::Close, Action::Goodbye] {
                let bench = Bench::with_fault(personality, lost("STOR", action)).await;
                bench.write("a", "old");
                let mut session = bench.connect(version).await;
                let done = upload(&mut session, "a", &contents(100_000)).await.unwrap();
                assert_eq!((done.outcome, done.bytes), (Outcome::Verified, 100_000));
                assert_eq!(bench.read("a").unwrap(), contents(100_000));
                assert_eq!(bench.names(), ["a"]);
                assert_eq!((bench.count("STOR"), bench.logins()), (1, 2));
            }
        }
    }
}

#[tokio::test]
async fn an_empty_file_is_settled_in_both_directions() {
    for personality in [Personality::VsFtpd, Personality::ProFtpd138] {
        for version in BOTH {
            for action in [Action::Close, Action::Goodbye] {
                let builder = Server::builder(personality)
                    .fault(Fault::At(Point::FinalReply("STOR"), action.clone()))
                    .fault(Fault::At(Point::FinalReply("RETR"), action));
                let bench = Bench::build(builder).await;
                bench.write("a", "old");
                let mut session = bench.connect(version).await;
                let done = upload(&mut session, "a", b"").await.unwrap();
                assert_eq!((done.outcome, done.bytes), (Outcome::Verified, 0));
                assert_eq!(
                    (bench.read("a").unwrap(), bench.names()),
                    (vec![], vec!["a".to_owned()])
                );
                assert_eq!(download(&mut session, "a").await.unwrap(), b"");
                assert_eq!(bench.count("RETR"), 1, "it is not sent again");
            }
        }
    }
}

#[tokio::test]
async fn silence_after_an_upload_is_settled_too() {
    for verb in ["STOR", "RNFR", "RNTO"] {
        let point = match verb {
            "STOR" => Point::FinalReply(verb),
            _ => Point::Command(verb),
        };
        let silence = Fault::At(point, Action::Silence).nth(1);
        let bench = Bench::with_fault(Personality::ProFtpd138, silence).await;
        bench.write("a", "old");
        let mut session = bench.hasty().await.unwrap();
        let done = upload(&mut session, "a", b"new").await.unwrap();
        assert_eq!(done.outcome, Outcome::Verified);
        assert_eq!(bench.read("a").unwrap(), b"new", "{verb}");
        assert_eq!(bench.names(), ["a"], "{verb}");
        assert_eq!((bench.count("STOR"), bench.logins()), (1, 2));
    }
}

#[tokio::test]
async fn an_upload_that_has_not_arrived_is_incomplete() {
    let builder = Server::builder(Personality::ProFtpd138)
        .fault(Fault::LoseUpload(40_000))
        .fault(lost("STOR", Action::Close));
    let bench = Bench::build(builder).await;
    bench.write("a", "old");
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let error = upload(&mut session, "a", &contents(100_000)).await;
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Incomplete);
    assert!(
        error
            .to_string()
            .contains("40000 of 100000 bytes have arrived"),
        "{error}"
    );
    assert_eq!(bench.read("a").unwrap(), b"old");
    assert_eq!(bench.names(), ["a"], "the part is removed");
}

#[tokio::test]
async fn an_upload_of_which_a_part_has_arrived_goes_on_there() {
    let builder = Server::builder(Personality::ProFtpd138)
        .fault(Fault::LoseUpload(40_000).nth(1))
        .fault(lost("STOR", Action::Close));
    let bench = Bench::build(builder).await;
    let local = bench.write_local("a", &contents(100_000), 1_500_000_000);
    let config = bench.config(TlsVersion::Tls13).retry(quick_retry());
    let mut session = session(config).await.unwrap();
    let options = UploadOptions::default();
    let done = session.upload_file(&local, &path("a"), &options).await;
    let done = done.unwrap();
    assert_eq!((done.resumed_at, done.bytes), (Some(40_000), 60_000));
    assert_eq!(bench.read("a").unwrap(), contents(100_000));
    assert_eq!(bench.names(), ["a"]);
}

#[tokio::test]
async fn a_download_that_is_whole_is_one() {
    for version in BOTH {
        let fault = lost("RETR", Action::Close);
        let bench = Bench::with_fault(Personality::ProFtpd138, fault).await;
        bench.write("a", contents(100_000));
        let mut session = bench.connect(version).await;
        let got = download(&mut session, "a").await.unwrap();
        assert_eq!(got, contents(100_000));
        assert_eq!((bench.count("RETR"), bench.logins()), (1, 2));
    }
}

#[tokio::test]
async fn silence_after_a_download_is_settled_too() {
    let silence = lost("RETR", Action::Silence);
    let bench = Bench::with_fault(Personality::ProFtpd138, silence).await;
    bench.write("a", contents(100_000));
    let mut session = bench.hasty().await.unwrap();
    let got = download(&mut session, "a").await.unwrap();
    assert_eq!(got, contents(100_000));
    assert_eq!((bench.count("RETR"), bench.logins()), (1, 2));
}

#[tokio::test]
async fn a_download_that_is_cut_is_none() {
    let builder = Server::builder(Personality::ProFtpd138)
        .fault(Fault::CutDownload(40_000))
        .fault(lost("RETR", Action::Close));
    let bench = Bench::build(builder).await;
    bench.write("a", contents(100_000));
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let error = download(&mut session, "a").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network, "{error}");
}

/// The server accepts the command and does not answer; the test carries it out instead.
#[tokio::test]
async fn a_rename_whose_reply_is_lost_is_not_made_twice() {
    let gate = Gate::new();
    let held = Fault::At(Point::Command("RNTO"), Action::Hold(gate.clone())).nth(1);
    let bench = Bench::with_fault(Personality::ProFtpd138, held).await;
    let mut session = bench.hasty().await.unwrap();
    let renamed = async {
        gate.reached().await;
        let names = bench.names();
        let root = bench.server.root();
        std::fs::rename(root.join(&names[0]), root.join("a")).unwrap();
    };
    let (done, ()) = tokio::join!(upload(&mut session, "a", b"new"), renamed);
    assert_eq!(done.unwrap().outcome, Outcome::Verified);
    assert_eq!(bench.read("a").unwrap(), b"new");
    assert_eq!((bench.count("STOR"), bench.count("RNTO")), (1, 1));
}

/// Between the two connections another client created the target.
#[tokio::test]
async fn a_target_of_another_size_is_not_taken_for_the_upload() {
    let gate = Gate::new();
    let held = Fault::At(Point::Command("RNTO"), Action::Hold(gate.clone())).nth(1);
    let bench = Bench::with_fault(Personality::ProFtpd138, held).await;
    let mut session = bench.hasty().await.unwrap();
    let interfered = async {
        gate.reached().await;
        let names = bench.names();
        std::fs::remove_file(bench.server.root().join(&names[0])).unwrap();
        bench.write("a", "another");
    };
    let (done, ()) = tokio::join!(upload(&mut session, "a", b"new"), interfered);
    assert_eq!(done.unwrap_err().kind(), ErrorKind::RenameRefused);
    assert_eq!(bench.read("a").unwrap(), b"another");
}

#[tokio::test]
async fn without_a_size_a_target_that_is_not_there_is_no_upload() {
    let gate = Gate::new();
    let held = Fault::At(Point::Command("RNTO"), Action::Hold(gate.clone())).nth(1);
    let builder = Server::builder(Personality::ProFtpd138)
        .fault(answer("SIZE", "502 SIZE not implemented."))
        .fault(held);
    let bench = Bench::build(builder).await;
    let mut session = bench.hasty().await.unwrap();
    let (done, ()) = tokio::join!(upload(&mut session, "a", b"new"), async {
        gate.reached().await;
        let names = bench.names();
        std::fs::remove_file(bench.server.root().join(&names[0])).unwrap();
    });
    assert_eq!(done.unwrap_err().kind(), ErrorKind::RenameRefused);
}

#[tokio::test]
async fn where_both_replies_to_a_rename_are_lost_nothing_is_sent_again() {
    let gate = Gate::new();
    let rnto = Point::Command("RNTO");
    let builder = Server::builder(Personality::ProFtpd138)
        .fault(Fault::At(rnto.clone(), Action::Close).nth(1))
        .fault(Fault::At(rnto, Action::Hold(gate.clone())).nth(2));
    let bench = Bench::build(builder).await;
    let local = bench.write_local("a", b"new", 1_500_000_000);
    let config = bench.config(TlsVersion::Tls13).retry(quick_retry());
    let mut session = session(config.timeout(Duration::from_millis(300)))
        .await
        .unwrap();
    let (remote, options) = (path("a"), UploadOptions::default());
    let (done, ()) = tokio::join!(session.upload_file(&local, &remote, &options), async {
        gate.reached().await;
        let (root, names) = (bench.server.root(), bench.names());
        std::fs::rename(root.join(&names[0]), root.join("a")).unwrap();
    });
    let error = done.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RenameRefused);
    assert_eq!(error.detail(), Some(&ErrorDetail::RenameInDoubt), "{error}");
    assert_eq!(bench.count("STOR"), 1);
}

#[tokio::test]
async fn where_the_old_file_has_gone_is_told() {
    let gate = Gate::new();
    // The first one is refused because the target exists; the second one moves the target aside.
    let aside = Fault::At(Point::Command("RNTO"), Action::Hold(gate.clone())).nth(2);
    let builder = Server::builder(Personality::ProFtpd138)
        .fault(Fault::RefuseReplace)
        .fault(aside);
    let bench = Bench::build(builder).await;
    bench.write("a", "old");
    let notebook = Arc::new(Notebook::default());
    let config = bench.open_config().observer(notebook.clone());
    let mut session = session(config.timeout(Duration::from_millis(300)))
        .await
        .unwrap();
    let backup = || notebook.all("C: RNTO")[1].clone();
    let (done, ()) = tokio::join!(upload(&mut session, "a", b"new"), async {
        gate.reached().await;
        let root = bench.server.root();
        std::fs::rename(root.join("a"), root.join(backup())).unwrap();
    });
    done.unwrap();
    assert_eq!(bench.read("a").unwrap(), b"new");
    assert_eq!(bench.read(&backup()).unwrap(), b"old");
    let told = notebook.all("note:");
    assert!(
        told.iter().any(|note| note.ends_with(&backup())),
        "{told:?}"
    );
}

/// The server renames, but its reply is lost.
#[tokio::test]
async fn a_plain_rename_whose_reply_is_lost_is_looked_for_and_not_made_twice() {
    let gate = Gate::new();
    let held = Fault::At(Point::Command("RNTO"), Action::Hold(gate.clone())).nth(1);
    let bench = Bench::with_fault(Personality::ProFtpd138, held).await;
    bench.write("a", "x");
    let mut session = bench.hasty().await.unwrap();
    let (from, to) = (path("a"), path("b"));
    let (done, ()) = tokio::join!(session.rename(&from, &to), async {
        gate.reached().await;
        let root = bench.server.root();
        std::fs::rename(root.join("a"), root.join("b")).unwrap();
    });
    done.unwrap();
    assert_eq!((bench.names(), bench.count("RNTO")), (vec!["b".into()], 1));
}

/// Another file may have taken the old name.
#[tokio::test]
async fn a_plain_rename_is_not_repeated_while_the_old_name_is_there() {
    let lost = Fault::At(Point::Command("RNTO"), Action::Close).nth(1);
    let bench = Bench::with_fault(Personality::ProFtpd138, lost).await;
    bench.write("a", "x");
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let error = session.rename(&path("a"), &path("b")).await.unwrap_err();
    assert_eq!(error.detail(), Some(&ErrorDetail::RenameInDoubt), "{error}");
    assert_eq!((bench.names(), bench.count("RNTO")), (vec!["a".into()], 1));
}

#[tokio::test]
async fn what_is_not_known_of_a_lost_command_is_said_with_its_paths() {
    let close = |verb| Fault::At(Point::Command(verb), Action::Close);
    let builder = Server::builder(Personality::ProFtpd138)
        .fault(close("RNTO"))
        .fault(close("DELE"));
    let bench = Bench::build(builder).await;
    bench.write("a", "x");
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let error = session.rename(&path("a"), &path("b")).await.unwrap_err();
    assert_eq!(error.detail(), Some(&ErrorDetail::RenameInDoubt), "{error}");
    assert_eq!(error.path(), Some("a"), "{error}");
    assert!(error.to_string().contains("name is b"), "{error}");

    let error = session.remove_file(&path("a")).await.unwrap_err();
    assert_eq!(error.path(), Some("a"), "{error}");
    assert!(error.to_string().contains("DELE"), "{error}");
    // Nothing is known to have begun before the last step.
    let bench = Bench::with_fault(Personality::ProFtpd138, close("RNFR")).await;
    bench.write("a", "x");
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let error = session.rename(&path("a"), &path("b")).await.unwrap_err();
    assert_eq!(error.detail(), Some(&ErrorDetail::ConnectionClosed));
    assert_eq!(error.path(), Some("a"), "{error}");
}
