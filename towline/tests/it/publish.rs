//! How an upload gets its name, and what happens if the server does not cooperate.

use std::sync::Arc;
use std::time::Duration;

use towline::{Cancel, ErrorDetail, ErrorKind, TlsVersion, UploadOptions};
use towline_testkit::{Action, Fault, Gate, Personality, Point, Server};

use crate::support::{Bench, Notebook, answer, path, session, upload};

#[tokio::test]
async fn the_name_appears_only_when_the_file_is_whole() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    bench.write("a", "old");
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let target = path("a");
    let mut upload = session
        .upload(&target, &UploadOptions::default())
        .await
        .unwrap();
    upload.write_all(b"new").await.unwrap();
    let temporary = upload.stored_as().to_string();
    assert!(
        temporary.starts_with("a.") && temporary.ends_with(".part"),
        "{temporary}"
    );
    assert_eq!(bench.read("a").unwrap(), b"old");
    upload.finish().await.unwrap();
    assert_eq!(bench.read("a").unwrap(), b"new");
    assert_eq!(bench.names(), ["a"]);
}

#[tokio::test]
async fn an_old_file_is_moved_aside_where_the_server_does_not_replace() {
    let bench = Bench::with_fault(Personality::ProFtpd138, Fault::RefuseReplace).await;
    bench.write("a", "old");
    let mut session = bench.connect(TlsVersion::Tls13).await;
    upload(&mut session, "a", b"new").await.unwrap();
    assert_eq!(bench.read("a").unwrap(), b"new");
    assert_eq!(bench.names(), ["a"], "no backup remains");
}

/// The first RNTO is refused because the target exists; the third, with no target in the way, for
/// no reason.
#[tokio::test]
async fn an_old_file_gets_its_name_back_if_the_new_one_cannot_have_it() {
    let bench = Bench::with_fault(Personality::ProFtpd138, Fault::RefuseReplace).await;
    bench.server.arm(answer("RNTO", "553 No.").nth(3));
    bench.write("a", "old");
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let error = upload(&mut session, "a", b"new").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RenameRefused);
    assert!(
        error.to_string().contains("the old file has its name back"),
        "{error}"
    );
    assert_eq!(bench.read("a").unwrap(), b"old");
    let names = bench.names();
    let [old, whole] = names.as_slice() else {
        panic!("{names:?}");
    };
    assert_eq!(old, "a");
    assert!(error.to_string().contains(whole), "{error}");
    assert_eq!(bench.read(whole).unwrap(), b"new");
}

#[tokio::test]
async fn a_refused_rnfr_leaves_the_temporary_file_and_names_it() {
    let refusal = answer("RNFR", "550 Permission denied.");
    let bench = Bench::with_fault(Personality::VsFtpd, refusal).await;
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let error = upload(&mut session, "a", b"whole").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RenameRefused);
    let names = bench.names();
    assert_eq!(names.len(), 1);
    assert!(error.to_string().contains(&names[0]), "{error}");
    assert_eq!(bench.read(&names[0]).unwrap(), b"whole");

    let options = UploadOptions::default().use_temporary_name(false);
    let target = path("b");
    let direct = session.upload_from(&b"direct"[..], &target, &options);
    direct.await.unwrap();
    assert_eq!(bench.read("b").unwrap(), b"direct");
}

#[tokio::test]
async fn a_directory_is_never_moved_aside() {
    for personality in [Personality::VsFtpd, Personality::ProFtpd138] {
        let bench = Bench::start(personality).await;
        std::fs::create_dir(bench.server.root().join("a")).unwrap();
        std::fs::write(bench.server.root().join("a/inside"), "kept").unwrap();
        let mut session = bench.connect(TlsVersion::Tls13).await;
        let error = upload(&mut session, "a", b"new").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::RenameRefused);
        assert!(
            error
                .to_string()
                .contains("there is a directory of that name"),
            "{error}"
        );
        assert_eq!(bench.read("a/inside").unwrap(), b"kept");
    }
}

#[tokio::test]
async fn an_existing_file_is_left_alone_on_request() {
    for personality in [Personality::VsFtpd, Personality::ProFtpd138] {
        let bench = Bench::start(personality).await;
        bench.write("a", "old");
        let mut session = bench.connect(TlsVersion::Tls13).await;
        let options = UploadOptions::default().overwrite(false);
        let error = session
            .upload_from(&b"new"[..], &path("a"), &options)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
        assert_eq!(bench.read("a").unwrap(), b"old");
        session
            .upload_from(&b"new"[..], &path("b"), &options)
            .await
            .unwrap();
        assert_eq!(bench.read("b").unwrap(), b"new");
    }
}

/// FTP cannot make the check and the upload one step; the server's own refusal can.
#[tokio::test]
async fn a_file_that_appears_during_the_upload_is_left_alone_on_request() {
    let bench = Bench::with_fault(Personality::ProFtpd138, Fault::RefuseReplace).await;
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let target = path("a");
    let options = UploadOptions::default().overwrite(false);
    let mut upload = session.upload(&target, &options).await.unwrap();
    upload.write_all(b"mine").await.unwrap();
    bench.write("a", "theirs");
    let error = upload.finish().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AlreadyExists, "{error}");
    assert_eq!(bench.read("a").unwrap(), b"theirs");
    assert_eq!(bench.names(), ["a"]);
}

#[tokio::test]
async fn an_upload_that_may_not_begin_leaves_nothing_behind() {
    for fault in [Fault::OtherDataCertificate, Fault::RefuseSessions] {
        for personality in [Personality::VsFtpd, Personality::ProFtpd138] {
            let bench = Bench::with_fault(personality, fault.clone()).await;
            let mut session = bench.connect(TlsVersion::Tls13).await;
            upload(&mut session, "a", b"x").await.unwrap_err();
            assert_eq!(bench.names(), [""; 0], "{fault:?}");
        }
    }
}

/// A file that a listing hides, in whole or in part, may exist all the same.
#[tokio::test]
async fn a_file_in_a_listing_that_is_not_understood_is_left_alone() {
    for (listing, fault) in [
        (&b"what is this: a\r\n"[..], None),
        (b"", Some(Fault::NoCloseNotify)),
    ] {
        let mut builder = Server::builder(Personality::ProFtpd138)
            .mlsd(false)
            .without("SIZE")
            .listing(listing);
        if let Some(fault) = fault {
            builder = builder.fault(fault);
        }
        let bench = Bench::build(builder).await;
        bench.write("a", "old");
        let mut session = bench.connect(TlsVersion::Tls13).await;
        let options = UploadOptions::default().overwrite(false);
        let done = session.upload_from(&b"new"[..], &path("a"), &options).await;
        assert_eq!(bench.read("a").unwrap(), b"old");
        let error = done.unwrap_err();
        assert_ne!(error.kind(), ErrorKind::NotFound);
        let is_about_the_listing = matches!(
            error.detail(),
            Some(ErrorDetail::ListingNotUnderstood | ErrorDetail::ListingCutShort)
        );
        assert!(is_about_the_listing, "{error}");
    }
}

/// Holds the second of three RNTO: the old file has its backup name by then.
async fn held_half_way() -> (Bench, Gate) {
    let bench = Bench::with_fault(Personality::ProFtpd138, Fault::RefuseReplace).await;
    bench.write("a", "old");
    let gate = Gate::new();
    let hold = Action::Hold(gate.clone());
    let third = Fault::At(Point::Command("RNTO"), hold).nth(3);
    bench.server.arm(third);
    (bench, gate)
}

#[tokio::test]
async fn a_cancelled_upload_goes_on_until_a_file_has_the_name() {
    let (bench, gate) = held_half_way().await;
    let mut session = bench.connect(TlsVersion::Tls13).await;
    let cancel = Cancel::new();
    let options = UploadOptions::default().cancel(&cancel);
    let target = path("a");
    let cancelling = async {
        gate.reached().await;
        cancel.cancel();
        // Longer than a cancelled transfer usually lasts.
        tokio::time::sleep(Duration::from_secs(2)).await;
        gate.open();
    };
    let sending = session.upload_from(&b"new"[..], &target, &options);
    let (sent, ()) = tokio::join!(sending, cancelling);
    // What is left of the time decides whether the name is looked at.
    let cancelled = sent.err().map(|error| error.kind());
    assert!(matches!(cancelled, None | Some(ErrorKind::Cancelled)));
    assert_eq!(bench.names(), ["a"]);
    assert_eq!(bench.read("a").unwrap(), b"new");
}

#[tokio::test]
async fn a_caller_who_drops_an_upload_half_way_learns_where_the_old_file_is() {
    let (bench, gate) = held_half_way().await;
    let notebook = Arc::new(Notebook::default());
    let config = bench.config(TlsVersion::Tls13).observer(notebook.clone());
    let mut session = session(config).await.unwrap();
    let options = UploadOptions::default();
    let target = path("a");
    tokio::select! {
        _ = session.upload_from(&b"new"[..], &target, &options) => panic!("it was held"),
        () = gate.reached() => {}
    }
    let names = bench.names();
    let backup = names.iter().find(|name| name.ends_with(".backup"));
    let warnings = notebook.all("warning:");
    let backup = backup.unwrap();
    assert!(
        warnings.iter().any(|text| text.contains(backup)),
        "{warnings:?}"
    );
    gate.open();
}
