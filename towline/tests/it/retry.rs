//! What is retried, and what is not.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use towline::{
    Client, ConnectionId, DownloadOptions, ErrorKind, Event, Observer, Retry, Session, TlsVersion,
    UploadOptions,
};
use towline_testkit::{Action, Fault, Personality, Point};

use crate::support::{BOTH, Bench, Notebook, answer, contents, list, path, quick_retry, session};

async fn patient(bench: &Bench, version: TlsVersion) -> (Session, Arc<Notebook>) {
    let notebook = Arc::new(Notebook::default());
    let config = bench.config(version).retry(quick_retry());
    let session = session(config.observer(notebook.clone())).await;
    (session.unwrap(), notebook)
}

fn closed_at(point: Point) -> towline_testkit::ArmedFault {
    Fault::At(point, Action::Close).nth(1)
}

#[tokio::test]
async fn a_connection_is_tried_again() {
    for greeting in ["421 Too many users, sorry.", "421 Come back later."] {
        let refusal = Fault::At(Point::Greeting, Action::Reply(greeting.to_owned()));
        let bench = Bench::with_fault(Personality::VsFtpd, refusal.nth(1)).await;
        let (mut session, notebook) = patient(&bench, TlsVersion::Tls13).await;
        assert_eq!(list(&mut session).await.unwrap(), [""; 0]);
        assert!(notebook.has("WaitingToRetry"), "{notebook:?}");
        assert!(notebook.has("attempt: 2"), "{notebook:?}");
    }
}

#[tokio::test]
async fn attempts_end() {
    let refusal = Fault::At(Point::Greeting, Action::Reply("421 No.".to_owned()));
    let bench = Bench::with_fault(Personality::VsFtpd, refusal).await;
    let client = Client::new(bench.open_config().retry(quick_retry())).unwrap();
    let error = client.connect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(bench.server.report().control.len(), 3);
}

/// Otherwise accounts get locked.
#[tokio::test]
async fn a_refused_password_is_never_tried_again() {
    for reply in ["530 Login incorrect.", "430 Invalid password."] {
        let bench = Bench::with_fault(Personality::ProFtpd138, answer("PASS", reply)).await;
        let error = session(bench.open_config().retry(quick_retry())).await;
        assert_eq!(error.unwrap_err().kind(), ErrorKind::LoginRefused);
        assert_eq!(bench.count("PASS"), 1, "{reply}");
    }
}

#[tokio::test]
async fn a_login_refused_in_an_irregular_way_is_never_tried_again() {
    let reply = |text: &str| Action::Reply(text.to_owned());
    for (verb, action) in [
        ("PASS", reply("230-Welcome\n530 Login incorrect.")),
        ("PASS", reply("230-Welcome\n text\n430 No.")),
        ("PASS", reply("331-Welcome\n500 No.")),
        ("PASS", reply("230-Welcome\n332 Account?")),
        ("PASS", reply("530-No.\n230 Welcome")),
        ("PASS", reply("530-No.\n and no end")),
        ("PASS", reply("331 Password?")),
        ("PASS", reply("120 Soon.")),
        ("PASS", reply("no reply at all")),
        ("PASS", reply("421 Login incorrect, closing.")),
        ("PASS", reply("421 Too many failed logins.")),
        ("PASS", reply("530 Too many failed logins.")),
        ("PASS", reply("421 Goodbye.")),
        ("PASS", reply("230-Welcome\n530\n")),
        ("PASS", reply("230-Welcome\n530 No.\n and no end")),
        ("PASS", Action::Silence),
        ("PASS", Action::Close),
        ("USER", reply("331-Welcome\n530 Login incorrect.")),
        ("USER", reply("230-Welcome\n530 Login incorrect.")),
        ("USER", reply("530-No.\n and no end")),
    ] {
        let fault = Fault::At(Point::Command(verb), action.clone());
        let bench = Bench::with_fault(Personality::ProFtpd138, fault).await;
        let config = bench.open_config().timeout(Duration::from_millis(600));
        let client = Client::new(config.retry(quick_retry())).unwrap();
        let error = client.connect().await.unwrap_err();
        assert!(!error.is_transient(), "{verb} {action:?}: {error}");
        assert_eq!(bench.count(verb), 1, "{verb} {action:?}: {error}");
        assert!(bench.count("PASS") <= 1, "{verb} {action:?}: {error}");
    }
}

/// Whatever the server says first, the worse one of two codes counts.
#[tokio::test]
async fn a_login_that_contradicts_itself_is_refused_without_a_long_wait() {
    for text in [
        "230-Welcome\n530 Login incorrect.",
        "530-Login incorrect.\n230 Welcome",
    ] {
        let bench = Bench::with_fault(Personality::VsFtpd, answer("PASS", text)).await;
        let began = tokio::time::Instant::now();
        let config = bench.open_config().timeout(Duration::from_secs(60));
        let error = session(config).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LoginRefused, "{error}");
        assert_eq!(error.reply().unwrap().code().as_u16(), 530, "{error}");
        assert!(began.elapsed() < Duration::from_secs(20), "{text}");
    }
}

#[tokio::test]
async fn a_server_that_is_busy_gets_the_password_again() {
    let reply = "421 Service not available, try again later.";
    let bench = Bench::with_fault(Personality::ProFtpd138, answer("PASS", reply).nth(1)).await;
    patient(&bench, TlsVersion::Tls13).await;
    assert_eq!(bench.count("PASS"), 2);
}

#[tokio::test]
async fn a_password_that_was_accepted_before_is_sent_again_after_a_loss() {
    for action in [Action::Silence, Action::Close] {
        let lost = Fault::At(Point::Command("PASS"), action);
        let bench = Bench::with_fault(Personality::ProFtpd138, lost.nth(2)).await;
        let config = bench.open_config().timeout(Duration::from_millis(600));
        let client = Client::new(config.retry(quick_retry())).unwrap();
        let _first = client.connect().await.unwrap();
        client.connect().await.unwrap();
        assert_eq!(bench.count("PASS"), 3);
    }
}

#[tokio::test]
async fn a_login_refused_for_too_many_connections_is_tried_again() {
    let reply =
        "530 Sorry, the maximum number of clients (10) for this user are already connected.";
    let bench = Bench::with_fault(Personality::ProFtpd138, answer("PASS", reply).nth(1)).await;
    patient(&bench, TlsVersion::Tls13).await;
    assert_eq!(bench.count("PASS"), 2);
}

#[tokio::test]
async fn what_changes_nothing_is_tried_again() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    bench.write("a", "x");
    let (mut session, _) = patient(&bench, TlsVersion::Tls13).await;
    bench.server.arm(closed_at(Point::Command("MLSD")));
    assert_eq!(list(&mut session).await.unwrap(), ["a"]);
    bench.server.arm(closed_at(Point::Command("SIZE")));
    assert_eq!(session.size(&path("a")).await.unwrap(), Some(1));
    bench.server.arm(closed_at(Point::Command("MDTM")));
    assert!(session.modified(&path("a")).await.unwrap().is_some());
    bench.server.arm(closed_at(Point::Command("MLST")));
    assert_eq!(session.stat(&path("a")).await.unwrap().size, Some(1));
    assert_eq!(bench.logins(), 5);
}

#[tokio::test]
async fn what_changes_something_is_not() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    bench.write("a", "x");
    let (mut session, _) = patient(&bench, TlsVersion::Tls13).await;
    for verb in ["DELE", "MKD", "RMD", "RNTO"] {
        bench.server.arm(closed_at(Point::Command(verb)));
        let (from, to) = (path("a"), path("b"));
        let done = match verb {
            "DELE" => session.remove_file(&from).await,
            "MKD" => session.create_dir(&to).await,
            "RMD" => session.remove_dir(&to).await,
            _ => session.rename(&from, &to).await,
        };
        assert_eq!(done.unwrap_err().kind(), ErrorKind::Network);
        assert_eq!(bench.count(verb), 1);
    }
}

#[tokio::test]
async fn what_will_not_pass_is_not_tried_again() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    let (mut session, notebook) = patient(&bench, TlsVersion::Tls13).await;
    let options = DownloadOptions::default();
    let local = bench.local("a");
    let missing = session.download_file(&path("a"), &local, &options).await;
    assert_eq!(missing.unwrap_err().kind(), ErrorKind::NotFound);
    bench.write("a", "x");
    bench.server.arm(answer("RETR", "450 a: Permission denied"));
    let denied = session.download_file(&path("a"), &local, &options).await;
    assert_eq!(denied.unwrap_err().kind(), ErrorKind::Refused);
    assert!(!notebook.has("WaitingToRetry"), "{notebook:?}");
}

#[tokio::test]
async fn a_download_goes_on_where_it_stopped() {
    for version in BOTH {
        for action in [Action::Close, Action::Goodbye, Action::Reset] {
            let point = Point::Transfer {
                command: "RETR",
                after: 200_000,
            };
            let fault = Fault::At(point, action.clone()).nth(1);
            let bench = Bench::with_fault(Personality::ProFtpd138, fault).await;
            bench.write("a", contents(300_000));
            let (mut session, notebook) = patient(&bench, version).await;
            let local = bench.local("a");
            let options = DownloadOptions::default();
            let done = session.download_file(&path("a"), &local, &options).await;
            done.unwrap();
            assert_eq!(std::fs::read(&local).unwrap(), contents(300_000));
            assert_eq!(bench.local_names(), ["a"]);
            assert!(notebook.has("WaitingToRetry"), "{action:?} {notebook:?}");
        }
    }
}

#[tokio::test]
async fn an_upload_goes_on_where_it_stopped() {
    for version in BOTH {
        for action in [
            Action::Close,
            Action::Goodbye,
            Action::Reply("426 Broken.".to_owned()),
        ] {
            let point = Point::Transfer {
                command: "STOR",
                after: 200_000,
            };
            let fault = Fault::At(point, action.clone()).nth(1);
            let bench = Bench::with_fault(Personality::ProFtpd138, fault).await;
            let local = bench.write_local("a", &contents(1_000_000), 1_500_000_000);
            let (mut session, _) = patient(&bench, version).await;
            let options = UploadOptions::default();
            let done = session.upload_file(&local, &path("a"), &options).await;
            let done = done.unwrap();
            assert!(done.resumed_at >= Some(200_000), "{action:?} {done:?}");
            assert_eq!(bench.read("a").unwrap(), contents(1_000_000));
            assert_eq!(bench.names(), ["a"]);
        }
    }
}

/// If the command never arrived, the target may be an old file that ends alike.
#[tokio::test]
async fn an_old_file_is_never_taken_for_a_part() {
    let closed = Fault::At(Point::Command("STOR"), Action::Close).nth(1);
    let bench = Bench::with_fault(Personality::ProFtpd138, closed).await;
    let mut old = contents(300_000);
    old[0] ^= 1;
    bench.write("a", old);
    let local = bench.write_local("a", &contents(300_000), 1_500_000_000);
    let (mut session, _) = patient(&bench, TlsVersion::Tls13).await;
    let options = UploadOptions::default().use_temporary_name(false);
    let done = session.upload_file(&local, &path("a"), &options).await;
    assert_eq!(done.unwrap().resumed_at, None);
    assert!(bench.read("a").unwrap() == contents(300_000));
}

#[tokio::test]
async fn an_upload_that_fails_for_good_leaves_no_part() {
    let point = Point::Transfer {
        command: "STOR",
        after: 200_000,
    };
    let fault = Fault::At(point, Action::Reply("426 Broken.".to_owned()));
    let bench = Bench::with_fault(Personality::ProFtpd138, fault).await;
    let local = bench.write_local("a", &contents(2_000_000), 1_500_000_000);
    let (mut session, _) = patient(&bench, TlsVersion::Tls13).await;
    let options = UploadOptions::default();
    let error = session.upload_file(&local, &path("a"), &options).await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Incomplete);
    assert_eq!(bench.count("STOR"), 3);
    assert_eq!(bench.names(), [""; 0]);
}

/// It has the right size and the right end, but is a different file.
#[tokio::test]
async fn a_target_that_was_there_before_is_not_taken_for_a_part() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    let mut old = contents(300_000);
    old[0] ^= 1;
    bench.write("a", old);
    let local = bench.write_local("a", &contents(300_000), 1_500_000_000);
    let (mut session, _) = patient(&bench, TlsVersion::Tls13).await;
    bench.server.arm(closed_at(Point::Command("STOR")));
    let options = UploadOptions::default().use_temporary_name(false);
    let done = session.upload_file(&local, &path("a"), &options).await;
    assert_eq!(done.unwrap().bytes, 300_000);
    assert_eq!(bench.read("a").unwrap(), contents(300_000));
}

#[tokio::test]
async fn a_part_of_ones_own_is_no_file_that_is_to_be_left_alone() {
    let point = Point::Transfer {
        command: "STOR",
        after: 100_000,
    };
    let broken = Fault::At(point, Action::Reply("426 Broken.".to_owned()));
    let bench = Bench::with_fault(Personality::ProFtpd138, broken.nth(1)).await;
    let local = bench.write_local("a", &contents(300_000), 1_500_000_000);
    let (mut session, _) = patient(&bench, TlsVersion::Tls13).await;
    let options = UploadOptions::default()
        .use_temporary_name(false)
        .overwrite(false);
    let remote = path("a");
    session
        .upload_file(&local, &remote, &options)
        .await
        .unwrap();
    assert_eq!(bench.read("a").unwrap(), contents(300_000));
    let again = session.upload_file(&local, &remote, &options).await;
    assert_eq!(again.unwrap_err().kind(), ErrorKind::AlreadyExists);
}

#[tokio::test]
async fn a_file_that_changes_between_two_attempts_is_fetched_anew() {
    let gate = towline_testkit::Gate::new();
    let point = Point::Transfer {
        command: "RETR",
        after: 200_000,
    };
    let bench =
        Bench::with_fault(Personality::ProFtpd138, Fault::CutDownload(200_000).nth(1)).await;
    bench
        .server
        .arm(Fault::At(point, Action::Hold(gate.clone())).nth(1));
    bench.write("a", contents(300_000));
    bench.touch("a", 1_500_000_000);
    let (mut session, _) = patient(&bench, TlsVersion::Tls13).await;
    let mut changed = contents(300_000);
    changed.reverse();
    let local = bench.local("a");
    let options = DownloadOptions::default();
    let remote = path("a");
    let (done, ()) = tokio::join!(session.download_file(&remote, &local, &options), async {
        gate.reached().await;
        std::fs::remove_file(bench.server.root().join("a")).unwrap();
        bench.write("a", &changed);
        bench.touch("a", 1_500_000_001);
        gate.open();
    });
    assert_eq!(done.unwrap().resumed_at, None);
    assert_eq!(std::fs::read(&local).unwrap(), changed);
}

#[tokio::test]
async fn without_a_policy_nothing_is_tried_again() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    let mut session = session(bench.open_config().retry(Retry::none()))
        .await
        .unwrap();
    bench.server.arm(closed_at(Point::Command("MLSD")));
    assert_eq!(
        list(&mut session).await.unwrap_err().kind(),
        ErrorKind::Network
    );
}

/// Records on which connections something is retried.
#[derive(Debug, Default)]
struct Retries(Mutex<Vec<u32>>);

impl Observer for Retries {
    fn event(&self, connection: ConnectionId, event: &Event<'_>) {
        if let Event::WaitingToRetry { .. } = event {
            self.0.lock().unwrap().push(connection.get());
        }
    }
}

#[tokio::test]
async fn another_attempt_is_told_of_on_the_connection_that_makes_it() {
    let bench = Bench::start(Personality::VsFtpd).await;
    let retries = Arc::new(Retries::default());
    let config = bench.open_config().retry(quick_retry());
    let client = Client::new(config.observer(retries.clone())).unwrap();
    let _first = client.connect().await.unwrap();
    let greeting = Fault::At(Point::Greeting, Action::Goodbye).nth(1);
    bench.server.arm(greeting);
    let mut second = client.connect().await.unwrap();
    bench.server.arm(closed_at(Point::Command("SIZE")));
    second.size(&path("a")).await.unwrap();
    assert_eq!(*retries.0.lock().unwrap(), [2, 2]);
}
