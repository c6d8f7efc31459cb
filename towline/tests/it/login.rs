//! The dialogue between the greeting and the first operation.

use std::sync::Arc;
use std::time::Duration;

use towline::{Charset, Client, ErrorKind, LoginCommand, Pipelining, Retry, Secret, Software};
use towline_testkit::{Action, Fault, Personality, Point, Server};

use crate::support::{BOTH, Bench, Notebook, answer, download, list, session, upload};

fn builder() -> towline_testkit::Builder {
    Server::builder(Personality::ProFtpd138)
}

#[tokio::test]
async fn the_host_is_named_to_a_server_with_several() {
    let bench = Bench::build(builder().host("localhost")).await;
    let notebook = Arc::new(Notebook::default());
    let config = bench.open_config().observer(notebook.clone());
    session(config).await.unwrap();
    assert_eq!(notebook.all("C: HOST"), ["localhost"]);
    let commands = notebook.all("C:");
    let place = |verb: &str| commands.iter().position(|line| line.starts_with(verb));
    assert!(place("HOST") < place("USER"), "{commands:?}");
}

#[tokio::test]
async fn a_server_that_does_not_know_the_name_is_used_all_the_same() {
    let bench = Bench::build(builder().host("elsewhere.test")).await;
    let notebook = Arc::new(Notebook::default());
    let config = bench.open_config().observer(notebook.clone());
    let mut session = session(config).await.unwrap();
    list(&mut session).await.unwrap();
    assert_eq!(notebook.all("C: HOST"), ["localhost"]);
    assert_eq!(notebook.all("S: 504").len(), 1);
}

#[tokio::test]
async fn an_address_is_no_host_name() {
    let bench = Bench::build(builder().host("localhost")).await;
    let notebook = Arc::new(Notebook::default());
    let config = bench.config_for("127.0.0.1", bench.server.address().port());
    session(config.observer(notebook.clone())).await.unwrap();
    assert_eq!(notebook.all("C: HOST"), [""; 0]);
}

#[tokio::test]
async fn the_clients_name_goes_to_servers_that_ask_for_it() {
    let mut count = 0;
    for personality in [
        Personality::FileZilla1,
        Personality::ProFtpd138,
        Personality::VsFtpd,
    ] {
        let bench = Bench::start(personality).await;
        let notebook = Arc::new(Notebook::default());
        let config = bench.open_config().observer(notebook.clone());
        session(config).await.unwrap();
        let features = notebook.all("S: 211").concat();
        let told = notebook.all("C: CLNT");
        assert_eq!(
            told.len(),
            usize::from(features.contains(" CLNT")),
            "{personality:?}"
        );
        assert!(told.iter().all(|name| name.starts_with("Towline ")));
        count += told.len();
    }
    assert_eq!(count, 1, "ProFTPD alone announces it");
}

#[tokio::test]
async fn the_account_goes_only_to_a_server_that_asks_for_it() {
    let bench = Bench::build(builder().account("sales")).await;
    let error = session(bench.open_config()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LoginRefused);
    assert!(error.to_string().contains("asks for an account"), "{error}");

    let notebook = Arc::new(Notebook::default());
    let config = bench.open_config().account(Secret::new("sales"));
    let mut good = session(config.observer(notebook.clone())).await.unwrap();
    list(&mut good).await.unwrap();
    assert_eq!(notebook.all("C: ACCT"), ["***"]);
    assert!(notebook.lines().iter().all(|line| !line.contains("sales")));

    let config = bench.open_config().account(Secret::new("other"));
    let error = session(config).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LoginRefused);

    let plain = Bench::start(Personality::ProFtpd138).await;
    let notebook = Arc::new(Notebook::default());
    let config = plain.open_config().account(Secret::new("sales"));
    session(config.observer(notebook.clone())).await.unwrap();
    assert_eq!(notebook.all("C: ACCT"), [""; 0]);
}

#[tokio::test]
async fn login_commands_are_sent_after_each_login() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    bench.server.arm(answer("SITE", "200 UMASK set to 002"));
    let notebook = Arc::new(Notebook::default());
    let commands = ["SITE UMASK 002", "NOOP"].map(|line| line.parse().unwrap());
    let config = bench.open_config().login_commands(commands.to_vec());
    session(config.observer(notebook.clone())).await.unwrap();
    assert_eq!(notebook.all("C: SITE"), ["UMASK 002"]);
    assert_eq!(notebook.all("C: NOOP"), [""]);
}

#[tokio::test]
async fn a_login_command_that_is_refused_ends_the_login() {
    let bench = Bench::with_fault(Personality::ProFtpd138, answer("SITE", "500 No.")).await;
    let config = bench
        .open_config()
        .login_commands(vec!["SITE UMASK 002".parse().unwrap()]);
    let error = session(config).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert_eq!(
        error.to_string(),
        "the login command SITE UMASK 002 was refused: 500 No."
    );
    assert!("PROT C".parse::<LoginCommand>().is_err());
}

#[tokio::test]
async fn a_distributed_server_hears_of_each_transfer_before_it_listens() {
    let bench = Bench::build(builder().requires_pret(true)).await;
    bench.write("a", "x");
    let notebook = Arc::new(Notebook::default());
    let config = bench.open_config().observer(notebook.clone());
    let mut session = session(config).await.unwrap();
    assert_eq!(download(&mut session, "a").await.unwrap(), b"x");
    assert_eq!(list(&mut session).await.unwrap(), ["a"]);
    upload(&mut session, "b", b"y").await.unwrap();
    let sent = notebook.all("C: PRET");
    assert_eq!(sent[..2], ["RETR a", "MLSD"]);
    assert!(sent[2].starts_with("STOR b"), "{sent:?}");
    assert_eq!(bench.server.report().control[0].resumed(), 3);
}

#[tokio::test]
async fn the_control_connection_is_cleared_only_where_that_danger_is_wanted() {
    for version in BOTH {
        let bench = Bench::start(Personality::ProFtpd138).await;
        bench.write("a", "x");
        let notebook = Arc::new(Notebook::default());
        let config = bench.config(version).danger_clear_control(true);
        let mut session = session(config.observer(notebook.clone())).await.unwrap();
        assert_eq!(download(&mut session, "a").await.unwrap(), b"x");
        upload(&mut session, "b", b"y").await.unwrap();
        assert_eq!(list(&mut session).await.unwrap(), ["a", "b"]);
        session.quit().await;
        assert_eq!(notebook.all("clear:"), ["TLS was ended after the login"]);
        let control = &bench.server.report().control[0];
        assert!(!control.credentials_in_clear);
        assert!(control.data.iter().all(|data| !data.clear));
    }
}

#[tokio::test]
async fn user_and_password_go_in_the_servers_character_set() {
    let latin1 = Charset::for_label("windows-1252").unwrap();
    // The server reads bytes as text that is not UTF-8, and refuses them; what counts is what was
    // sent.
    let bench = Bench::build(builder().utf8(false)).await;
    let notebook = Arc::new(Notebook::default());
    let config = bench.open_config().user("müller").charset(latin1);
    let _ = session(config.clone().observer(notebook.clone())).await;
    assert_eq!(notebook.all("C: USER"), ["m\u{fffd}ller"], "not UTF-8");

    let config = config.user("user").password(Secret::new("日本"));
    let error = session(config).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
    let text = error.to_string();
    assert_eq!(text, "the password cannot be written in windows-1252");
}

#[tokio::test]
async fn utf_8_is_not_asked_for_where_another_character_set_is_given() {
    let latin1 = Charset::for_label("windows-1252").unwrap();
    for (charset, count) in [(Charset::UTF8, 1), (latin1, 0)] {
        let bench = Bench::start(Personality::ProFtpd138).await;
        let notebook = Arc::new(Notebook::default());
        let config = bench.open_config().charset(charset);
        session(config.observer(notebook.clone())).await.unwrap();
        assert_eq!(notebook.all("C: OPTS UTF8").len(), count);
    }
}

/// ProFTPD reads Telnet commands on its control connection.
#[tokio::test]
async fn a_name_with_the_byte_0xff_arrives_as_it_is() {
    for personality in [Personality::ProFtpd138, Personality::VsFtpd] {
        let bench = Bench::start(personality).await;
        let name = towline::RemotePath::new(b"a\xffb".as_slice()).unwrap();
        let mut session = session(bench.open_config()).await.unwrap();
        let options = towline::UploadOptions::default();
        session
            .upload_from(&b"x"[..], &name, &options)
            .await
            .unwrap();
        let listed = session
            .list(&towline::RemotePath::login_directory())
            .await
            .unwrap();
        assert_eq!(listed.entries[0].name, b"a\xffb", "{personality:?}");
    }
}

/// This user's name ends in 0xFF, which ProFTPD takes for a Telnet command unless it is doubled.
#[tokio::test]
async fn a_user_name_arrives_where_telnet_is_read() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    let charset = Charset::for_label("windows-1251").unwrap();
    let config = bench.open_config().charset(charset).user("Илья");
    session(config).await.unwrap_err();
    let report = bench.server.report();
    let users: Vec<_> = report.control[0]
        .commands
        .iter()
        .filter(|line| line.starts_with("USER"))
        .collect();
    assert_eq!(users, ["USER \u{fffd}\u{fffd}\u{fffd}\u{fffd}"]);
}

#[tokio::test]
async fn what_follows_a_login_goes_out_in_one_piece_where_that_is_known_to_work() {
    for (personality, pipelining, together) in [
        (Personality::VsFtpd, Pipelining::Auto, true),
        (Personality::ProFtpd138, Pipelining::Auto, true),
        (Personality::ProFtpd138, Pipelining::Off, false),
        (Personality::PyFtpdlib, Pipelining::Auto, false),
    ] {
        let bench = Bench::start(personality).await;
        let heard = Arc::new(Notebook::default());
        let config = bench.open_config().pipelining(pipelining);
        session(config.observer(heard.clone())).await.unwrap();
        let lines = heard.lines();
        let at = lines.iter().position(|line| line == "C: PBSZ 0").unwrap();
        let next = &lines[at + 1];
        assert_eq!(next == "C: PROT P", together, "{personality:?} {next}");
        assert_eq!(bench.count("TYPE I"), 1, "{personality:?}");
    }
}

#[tokio::test]
async fn a_refusal_of_protection_ends_the_login_also_in_one_piece() {
    for pbsz in ["200 PBSZ 0 successful", "534 no"] {
        let builder = builder()
            .fault(answer("PBSZ", pbsz))
            .fault(answer("PROT", "534 no"));
        let bench = Bench::build(builder).await;
        let error = session(bench.open_config()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Tls, "{error}");
        assert!(error.to_string().contains("clear text"), "{error}");
    }
}

#[tokio::test]
async fn a_server_that_does_not_bear_a_login_in_one_piece_gets_the_next_one_piece_by_piece() {
    for verb in ["PBSZ", "PROT", "TYPE"] {
        for (action, logins) in [
            (Action::Skip, [2, 1, 1]),
            (Action::Silence, [2, 1, 1]),
            (Action::BinaryReply, [2, 1, 1]),
            (
                Action::Reply("503 Bad sequence of commands.".to_owned()),
                [2, 1, 1],
            ),
            // An on-path attacker could cause that, once.
            (Action::Close, [2, 2, 1]),
            (Action::Reset, [2, 2, 1]),
            (Action::Goodbye, [2, 2, 1]),
        ] {
            let what = format!("{verb} {action:?}");
            let fault = Fault::At(Point::Queued(verb), action);
            let bench = Bench::with_fault(Personality::ProFtpd138, fault).await;
            let notebook = Arc::new(Notebook::default());
            let config = bench.open_config().retry(Retry::none());
            let config = config.timeout(Duration::from_secs(1));
            let client = Client::new(config.observer(notebook.clone())).unwrap();
            for logins in logins {
                let before = bench.logins();
                let mut session = client.connect().await.expect(&what);
                assert_eq!(list(&mut session).await.unwrap(), [""; 0], "{what}");
                assert_eq!(bench.logins() - before, logins, "{what}");
            }
            assert!(notebook.has("one command at a time from now on"), "{what}");
        }
    }
}

/// A server without FEAT has to be asked for its name. The other connections need not do that.
#[tokio::test]
async fn a_client_asks_an_unknown_server_once_what_it_is() {
    let builder = Server::builder(Personality::ProFtpd138)
        .without("FEAT")
        .without("STAT")
        .mlsd(false)
        .syst("SOMETHING ELSE");
    let bench = Bench::build(builder).await;
    let client = Client::new(bench.open_config()).unwrap();
    for _ in 0..3 {
        let session = client.connect().await.unwrap();
        assert_eq!(session.server(), Software::Unknown);
        session.quit().await;
    }
    assert_eq!(bench.logins(), 3);
    assert_eq!((bench.count("STAT"), bench.count("SYST")), (1, 1));
}
