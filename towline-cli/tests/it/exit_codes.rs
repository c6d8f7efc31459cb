//! The exit codes, each with its causes.

use std::fs;

use towline_testkit::{Action, CertificateKind, Fault, Personality, Point, Server, TlsMode};

use crate::support::{Harness, Run};

#[tokio::test]
async fn two_for_wrong_usage() {
    let h = Harness::start().await;
    let url = h.url("a");
    let url = url.as_str();
    let plain = format!("ftp://demo@{}/a", h.server.address());
    h.write_local("a", "");
    h.write_local("b", "");
    for arguments in [
        &[][..],
        &["frobnicate"],
        &["ls"],
        &["ls", "local"],
        &["ls", "vendor:/out"],
        &["ls", &plain],
        &["ls", "--tls", "off", url],
        &["ls", "--tls-min", "1.3", "--tls-max", "1.2", url],
        &["ls", "--timeout", "0", url],
        &["ls", "-v", "-q", url],
        &["ls", "ftpes://demo@h:0/"],
        &["ls", "ftpes://demo@h/%0a"],
        &["get", "a", "b"],
        &["get", url, "-"],
        &["get", url, url, "b"],
        &["put", "a"],
        &["put", url, url],
        &["put", "a", "b"],
        &["put", "a", "b", url],
        &["cat", "--json", url],
        &["mv", url],
        &["mv", url, "b%0d"],
    ] {
        let run = h.run(arguments).await;
        assert_eq!(run.code, 2, "{arguments:?}: {run:?}");
        assert_ne!(run.stderr, "", "{arguments:?}");
        assert_eq!(run.stdout, "", "{arguments:?}");
    }
}

#[tokio::test]
async fn three_for_the_network_and_for_what_is_no_ftp() {
    let gone = Harness::start().await;
    let url = gone.url("");
    gone.server.shutdown().await;
    let h = Harness::start().await;
    assert_eq!(h.run(&["ls", &url]).await.code, 3);

    for action in [Action::Close, Action::Goodbye, Action::BinaryReply] {
        let fault = Fault::At(Point::Greeting, action.clone());
        let h = Harness::with(Server::builder(Personality::ProFtpd138).fault(fault)).await;
        let run = h.run(&["ls", &h.url("")]).await;
        assert_eq!(run.code, 3, "{action:?}: {run:?}");
    }
    let silence = Fault::At(Point::Command("PASS"), Action::Silence);
    let h = Harness::with(Server::builder(Personality::ProFtpd138).fault(silence)).await;
    let run = h.run(&["ls", "--timeout", "1", &h.url("")]).await;
    assert_eq!(run.code, 3, "{run:?}");
}

#[tokio::test]
async fn four_for_certificates_that_are_not_acceptable() {
    for (kind, words) in [
        (CertificateKind::Expired, "expired"),
        (CertificateKind::WrongName, "wrong name"),
    ] {
        let h = Harness::with(Server::builder(Personality::ProFtpd138).certificate(kind)).await;
        let run = h.run(&["ls", &h.url("")]).await;
        assert_eq!(run.code, 4, "{run:?}");
        assert!(run.stderr.contains(words), "{run:?}");
        assert!(run.stderr.contains("SHA256:"), "{run:?}");
        assert!(!run.stderr.contains("--ca-file"), "{run:?}");
    }
    let h = Harness::start().await;
    let mut command = h.bare(&["ls", &h.url("")]);
    command.env("TOWLINE_PASSWORD", "x");
    let run = Run::of(command).await;
    assert_eq!(run.code, 4, "{run:?}");
    assert!(run.stderr.contains("unknown issuer"), "{run:?}");
    assert!(run.stderr.contains("SHA256:"), "{run:?}");
    assert!(run.stderr.contains("--ca-file"), "{run:?}");
}

#[tokio::test]
async fn four_for_tls_in_another_way() {
    let h = Harness::start().await;
    let run = h
        .run(&["ls", "--tls", "implicit", "--timeout", "5", &h.url("")])
        .await;
    assert_eq!(run.code, 4, "{run:?}");
    assert!(run.stderr.contains("hint: "), "{run:?}");
    let builder = Server::builder(Personality::ProFtpd138).tls(TlsMode::Implicit);
    let h = Harness::with(builder).await;
    let run = h.run(&["ls", "--timeout", "1", &h.url("")]).await;
    assert!([3, 4].contains(&run.code), "{run:?}");
}

#[tokio::test]
async fn five_for_a_refused_login_which_is_tried_once() {
    let h = Harness::start().await;
    h.write_remote("a", "");
    let [a, b] = [h.url("a"), h.url("b")];
    let mut command = h.command(&["get", &a, &b]);
    command.env("TOWLINE_PASSWORD", "wrong");
    let run = Run::of(command).await;
    assert_eq!(run.code, 5, "{run:?}");
    assert!(run.stderr.contains("not attempted"), "{run:?}");
    assert_eq!(h.server.report().control.len(), 1);
}

#[tokio::test]
async fn six_for_what_is_not_there_or_not_allowed() {
    let h = Harness::start().await;
    for command in ["cat", "stat", "rm", "rmdir", "get", "ls"] {
        let run = h.run(&[command, &h.url("nothing")]).await;
        assert_eq!(run.code, 6, "{command}: {run:?}");
        assert!(run.stderr.contains("nothing"), "{run:?}");
    }
    let run = h.run(&["mv", &h.url("nothing"), "x"]).await;
    assert_eq!(run.code, 6, "{run:?}");
    h.write_local("a", "");
    let run = h.run(&["put", "a", &h.url("no/such/place")]).await;
    assert_eq!(run.code, 6, "{run:?}");
    assert_eq!(h.local_names(), ["a"]);
}

#[tokio::test]
async fn six_for_a_refused_rename_which_names_the_file_and_the_way_out() {
    let refusal = Action::Reply("550 RNFR is not allowed here.".to_owned());
    let fault = Fault::At(Point::Command("RNFR"), refusal);
    let h = Harness::with(Server::builder(Personality::ProFtpd138).fault(fault)).await;
    h.write_local("a", "x");
    let run = h.run(&["put", "a", &h.url("a")]).await;
    assert_eq!(run.code, 6, "{run:?}");
    let [temporary] = h.remote_names("").try_into().unwrap();
    assert!(run.stderr.contains(&temporary), "{run:?}");
    assert!(run.stderr.contains("RNFR is not allowed here"), "{run:?}");
    assert!(run.stderr.contains("hint: --no-temp"), "{run:?}");
    h.succeed(&["put", "--no-temp", "a", &h.url("a")]).await;
    assert!(h.remote("a").exists());
}

#[tokio::test]
async fn seven_for_refused_session_reuse() {
    let h = Harness::start().await;
    h.write_remote("a", "x");
    h.write_local("b", "x");
    let put = h.url("b");
    for arguments in [
        &["ls", &h.url("")][..],
        &["get", &h.url("a")],
        &["put", "b", &put],
    ] {
        let off = [arguments, &["--session-reuse", "off"]].concat();
        let run = h.run(&off).await;
        assert_eq!(run.code, 7, "{arguments:?}: {run:?}");
        assert!(run.stderr.contains("425"), "{run:?}");
        assert!(run.stderr.contains("remove --session-reuse off"), "{run:?}");
    }
    assert_eq!(h.local_names(), ["b"]);
    assert!(!h.remote("b").exists());

    let lax = Server::builder(Personality::PureFtpd).fault(Fault::RefuseSessions);
    let h = Harness::with(lax).await;
    let run = h
        .run(&["ls", "--session-reuse", "require", &h.url("")])
        .await;
    assert_eq!(run.code, 7, "{run:?}");
    assert_eq!(h.run(&["ls", &h.url("")]).await.code, 0);
}

#[tokio::test]
async fn eight_for_files_that_are_not_whole() {
    let h = Harness::with(Server::builder(Personality::ProFtpd138)).await;
    h.write_remote("a", vec![1; 5000]);
    h.write_local("b", vec![1; 5000]);
    h.server.arm(Fault::CutDownload(1000));
    let get = h.run(&["get", &h.url("a")]).await;
    assert_eq!(get.code, 8, "{get:?}");
    assert_eq!(h.local_names(), ["b"]);
    let cat = h.run(&["cat", &h.url("a")]).await;
    assert_eq!(cat.code, 8, "{cat:?}");
    h.server.disarm();
    h.server.arm(Fault::LoseUpload(1000));
    let put = h.run(&["put", "b", &h.url("b")]).await;
    assert_eq!(put.code, 8, "{put:?}");
    assert_eq!(h.remote_names(""), ["a"]);
}

/// Session reuse has nothing to do with it, so no hint says so.
#[tokio::test]
async fn eight_for_a_transfer_that_the_server_refuses_for_now() {
    for reply in [
        "425 Can't open data connection.",
        "450 Busy.",
        "451 Local error.",
    ] {
        let refusal = |verb| Fault::At(Point::Command(verb), Action::Reply(reply.to_owned()));
        let builder = Server::builder(Personality::ProFtpd138)
            .fault(refusal("RETR"))
            .fault(refusal("STOR"));
        let h = Harness::with(builder).await;
        h.write_remote("a", "x");
        h.write_local("b", "x");
        for arguments in [&["get", &h.url("a")][..], &["put", "b", &h.url("b")]] {
            let run = h.run(&[arguments, &["--retries", "0"]].concat()).await;
            assert_eq!(run.code, 8, "{run:?}");
            assert!(run.stderr.contains(reply), "{run:?}");
            assert!(!run.stderr.contains("session"), "{run:?}");
        }
    }
}

#[tokio::test]
async fn nine_for_the_local_disk() {
    let h = Harness::start().await;
    h.write_remote("a", "x");
    h.write_local("b", "x");
    let get = h.run(&["get", &h.url("a"), "no/such/place"]).await;
    assert_eq!(get.code, 9, "{get:?}");
    let put = h.run(&["put", "nothing", &h.url("")]).await;
    assert_eq!(put.code, 9, "{put:?}");
    fs::create_dir(h.local("a")).unwrap();
    let clash = h.run(&["get", &h.url("a"), "."]).await;
    assert_eq!(clash.code, 9, "{clash:?}");
    assert!(clash.stderr.contains("directory"), "{clash:?}");
    let directory = h.run(&["put", "a", &h.url("")]).await;
    assert_eq!(directory.code, 9, "{directory:?}");
    assert!(directory.stderr.contains("is a directory"), "{directory:?}");
}

#[tokio::test]
async fn one_for_different_failures_and_for_some_of_many() {
    let h = Harness::start().await;
    h.write_remote("a", "x");
    let [a, missing] = [h.url("a"), h.url("missing")];
    let some = h.run(&["get", &a, &missing, "."]).await;
    assert_eq!(some.code, 1, "{some:?}");
    assert_eq!(h.local_names(), ["a"]);

    fs::remove_file(h.local("a")).unwrap();
    fs::create_dir(h.local("a")).unwrap();
    let different = h.run(&["get", &a, &missing, "."]).await;
    assert_eq!(different.code, 1, "{different:?}");

    let alike = h.run(&["get", &missing, &h.url("gone"), "."]).await;
    assert_eq!(alike.code, 6, "{alike:?}");
}

#[tokio::test]
async fn what_was_refused_is_told_of_also_if_the_connection_is_lost_behind_it() {
    let lost = Fault::At(Point::Command("MLST"), Action::Close);
    let h = Harness::with(Server::builder(Personality::ProFtpd138).fault(lost)).await;
    h.write_remote("there", "x");
    let urls = ["missing", "there", "gone"].map(|name| h.url(name));
    let [missing, there, gone] = &urls;
    let get = ["get", "--retries", "0", "--json", missing, there, gone, "."];
    let run = h.run(&get).await;
    assert_eq!(run.code, 1, "{run:?}");
    let errors = run.events_of("error");
    let of = |name: &str| {
        errors
            .iter()
            .filter(|error| error["path"] == name && error["reply_code"] == 550)
            .count()
    };
    assert_eq!([of("missing"), of("gone")], [1, 1], "{errors:?}");
    let summary = &run.events_of("summary")[0];
    assert_eq!(
        [&summary["succeeded"], &summary["failed"]],
        [1, 2],
        "{run:?}"
    );

    let run = h.run(&["get", "--retries", "0", missing, gone, "."]).await;
    assert_eq!(run.code, 6, "{run:?}");
}
