//! Uploads wait until the server has shown what it requires of data connections.

use towline::{
    Error, ErrorDetail, ErrorKind, Session, SessionReuse, TlsVersion, Transferred, UploadOptions,
};
use towline_testkit::{Fault, Personality, Server};

use crate::support::{BOTH, Bench, answer, download, path, session};

async fn put(session: &mut Session, name: &str) -> Result<Transferred, Error> {
    put_as(session, name, false).await
}

async fn put_as(session: &mut Session, name: &str, temporary: bool) -> Result<Transferred, Error> {
    let options = UploadOptions::default().use_temporary_name(temporary);
    session
        .upload_from(&b"new"[..], &path(name), &options)
        .await
}

/// A user who may do nothing but store files.
async fn write_only(personality: Personality) -> Bench {
    let bench = Bench::start(personality).await;
    for verb in [
        "LIST", "NLST", "MLSD", "MLST", "RETR", "SIZE", "DELE", "RNFR", "CWD",
    ] {
        bench.server.arm(answer(verb, "550 Not enough privileges."));
    }
    bench.write("a", "what stood there");
    bench
}

#[tokio::test]
async fn nothing_is_emptied_before_the_server_has_resumed_a_session() {
    for personality in Personality::ALL {
        for version in BOTH {
            let bench = Bench::start(personality).await;
            bench.write("a", "old");
            let mut session = bench.connect(version).await;
            put(&mut session, "a").await.unwrap();
            assert_eq!(bench.read("a").unwrap(), b"new");
            let verbs = ["LIST", "MLSD"].map(|verb| bench.count(verb));
            assert_eq!(verbs.iter().sum::<usize>(), 1, "{}", personality.name());
            put(&mut session, "a").await.unwrap();
            let verbs = ["LIST", "MLSD"].map(|verb| bench.count(verb));
            assert_eq!(verbs.iter().sum::<usize>(), 1, "once is enough");
        }
    }
}

#[tokio::test]
async fn a_transfer_that_has_resumed_is_trial_enough() {
    let bench = Bench::start(Personality::PyFtpdlib).await;
    bench.write("a", "old");
    let mut session = bench.connect(TlsVersion::Tls13).await;
    download(&mut session, "a").await.unwrap();
    put(&mut session, "a").await.unwrap();
    assert_eq!(bench.count("MLSD") + bench.count("LIST"), 0);
}

#[tokio::test]
async fn a_refused_trial_leaves_the_file_as_it_is_and_says_why() {
    for personality in [Personality::PyFtpdlib, Personality::ProFtpd138] {
        for version in BOTH {
            let bench = write_only(personality).await;
            bench.server.arm(Fault::RefuseSessions);
            let mut session = bench.connect(version).await;
            let error = put(&mut session, "a").await.unwrap_err();
            let name = personality.name();
            assert_eq!(error.kind(), ErrorKind::SessionReuseRefused, "{name}");
            assert_eq!(error.detail(), Some(&ErrorDetail::TrialRefused), "{name}");
            assert!(error.reply().is_some(), "{error}");
            assert_eq!(bench.count("STOR"), 0, "{name}");
            assert_eq!(bench.read("a").unwrap(), b"what stood there", "{name}");
        }
    }
}

/// pyftpdlib begins TLS as soon as the data connection is open, so that no trial is needed.
#[tokio::test]
async fn a_server_that_begins_tls_early_shows_what_it_does_before_the_command() {
    for version in BOTH {
        let bench = write_only(Personality::PyFtpdlib).await;
        let mut session = bench.connect(version).await;
        put(&mut session, "a").await.unwrap();
        assert_eq!(bench.read("a").unwrap(), b"new");
    }
}

#[tokio::test]
async fn without_session_reuse_there_is_no_trial() {
    let bench = write_only(Personality::PyFtpdlib).await;
    bench.server.arm(Fault::RefuseSessions);
    let config = bench.open_config().session_reuse(SessionReuse::Off);
    let mut session = session(config).await.unwrap();
    put(&mut session, "a").await.unwrap();
    assert_eq!(bench.read("a").unwrap(), b"new");
}

/// The caller vouches for resumption, but nothing has shown it that an existing file depends on.
#[tokio::test]
async fn a_policy_that_requires_reuse_stores_without_a_trial_where_nothing_can_be_emptied() {
    let bench = write_only(Personality::ProFtpd138).await;
    let config = bench.open_config().session_reuse(SessionReuse::Require);
    let mut session = session(config).await.unwrap();
    let error = put(&mut session, "a").await.unwrap_err();
    assert_eq!(error.detail(), Some(&ErrorDetail::TrialRefused), "{error}");
    assert_eq!(bench.count("STOR"), 0);
    assert_eq!(bench.read("a").unwrap(), b"what stood there");
    let append = UploadOptions::default().append(true);
    let target = path("a");
    let appended = session.upload_from(&b" and more"[..], &target, &append);
    appended.await.unwrap();
    assert_eq!(bench.read("a").unwrap(), b"what stood there and more");
}

/// A refused upload may leave an empty part that the user may not remove.
#[tokio::test]
async fn a_temporary_name_waits_for_the_trial_as_well() {
    // These have a session to resume from the start.
    for personality in [Personality::VsFtpd, Personality::ProFtpd138] {
        let bench = Bench::start(personality).await;
        let mut session = bench.connect(TlsVersion::Tls13).await;
        put_as(&mut session, "a", true).await.unwrap();
        let report = bench.server.report();
        let commands = &report.control[0].commands;
        let place = |verb: &str| commands.iter().position(|line| line.starts_with(verb));
        let listed = place("MLSD").or_else(|| place("LIST"));
        assert!(listed.is_some() && listed < place("STOR"), "{commands:?}");
    }
}

#[tokio::test]
async fn a_refused_trial_leaves_no_part_behind() {
    for append in [false, true] {
        let bench = write_only(Personality::PyFtpdlib).await;
        bench.server.arm(Fault::RefuseSessions);
        let mut session = bench.connect(TlsVersion::Tls13).await;
        let options = UploadOptions::default().append(append);
        let done = session.upload_from(&b"new"[..], &path("a"), &options).await;
        let error = done.unwrap_err();
        assert_eq!(error.detail(), Some(&ErrorDetail::TrialRefused), "{error}");
        assert_eq!(bench.count("STOR") + bench.count("APPE"), 0);
        assert_eq!(bench.names(), ["a"]);
        assert!(error.remains().is_empty(), "{error}");
    }
}

/// The directory of the file can be listed, the login directory cannot.
#[tokio::test]
async fn the_directory_of_the_file_is_listed_where_the_login_directory_is_not() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    std::fs::create_dir(bench.server.root().join("in")).unwrap();
    bench.write("in/old", "old");
    let refusal = "550 Permission denied";
    for verb in ["MLSD", "LIST"] {
        bench.server.arm(answer(verb, refusal).nth(1));
    }
    let mut session = bench.connect(TlsVersion::Tls13).await;
    put_as(&mut session, "in/a", true).await.unwrap();
    assert_eq!(bench.read("in/a").unwrap(), b"new");
    assert_eq!(bench.logins(), 1, "the listing has shown it");
}

/// There is no data connection for such a listing, and nothing that could be emptied.
#[tokio::test]
async fn an_empty_directory_that_is_not_listed_does_not_stop_uploads() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    for verb in ["MLSD", "LIST"] {
        bench.server.arm(answer(verb, "550 No files found.").nth(1));
    }
    let mut session = bench.connect(TlsVersion::Tls13).await;
    put_as(&mut session, "a", true).await.unwrap();
    assert_eq!(bench.read("a").unwrap(), b"new");
}

#[tokio::test]
async fn a_listing_without_end_shows_enough_and_ends() {
    for personality in [Personality::VsFtpd, Personality::ProFtpd138] {
        for resumes in [true, false] {
            let mut builder = Server::builder(personality).fault(Fault::HugeListing(u64::MAX));
            if !resumes {
                builder = builder.require_reuse(false).fault(Fault::RefuseSessions);
            }
            let bench = Bench::build(builder).await;
            let mut session = bench.connect(TlsVersion::Tls13).await;
            put_as(&mut session, "a", true).await.unwrap();
            assert_eq!(bench.read("a").unwrap(), b"new");
            let lists = bench.count("LIST") + bench.count("MLSD");
            assert_eq!(lists, 1, "{} {resumes}", personality.name());
        }
    }
}

/// Lines that are no entries do not end either.
#[tokio::test]
async fn a_trial_is_bounded_by_bytes_as_well() {
    let lines = vec![b"?".repeat(50_000); 400];
    let bench = Bench::with_fault(Personality::VsFtpd, Fault::ListingLines(lines)).await;
    let mut session = bench.connect(TlsVersion::Tls13).await;
    put_as(&mut session, "a", true).await.unwrap();
    assert_eq!(bench.read("a").unwrap(), b"new");
}

/// Each looks at a listing that the caller did not ask for.
#[tokio::test]
async fn a_look_at_a_listing_without_end_is_bounded() {
    let builder = Server::builder(Personality::VsFtpd).fault(Fault::HugeListing(u64::MAX));
    let bench = Bench::build(builder).await;
    let config = bench.open_config().listing_limit(1 << 20);
    let mut session = session(config).await.unwrap();
    let error = session.stat(&path("in/a")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol, "{error}");
    assert_eq!(
        error.detail(),
        Some(&ErrorDetail::ListingTooLarge),
        "{error}"
    );
    let root = towline::RemotePath::login_directory();
    let error = session.stat(&root).await.unwrap_err();
    assert_eq!(
        error.detail(),
        Some(&ErrorDetail::ListingTooLarge),
        "{error}"
    );
}
