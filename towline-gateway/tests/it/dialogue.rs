//! Commands without data, as old programs send them.

use towline_testkit::{Action, DigestCommand, Fault, Personality, Point, Server};

use crate::support::Bench;

#[tokio::test]
async fn the_working_directory_is_the_clients_own() {
    for personality in [Personality::VsFtpd, Personality::ProFtpd138] {
        let bench = Bench::start(personality).await;
        std::fs::create_dir_all(bench.server.root().join("a/b c")).unwrap();
        bench.write("a/file", "12345");
        let mut client = bench.client().await;
        assert!(client.ask("PWD", "257").await.contains("\"/\""));
        client.ask("CWD a", "250").await;
        assert!(client.ask("PWD", "257").await.contains("\"/a\""));
        assert_eq!(client.ask("SIZE file", "213").await, "213 5\r\n");
        client.ask("CWD b c", "250").await;
        assert!(client.ask("XPWD", "257").await.contains("\"/a/b c\""));
        client.ask("SIZE file", "550").await;
        client.ask("CDUP", "250").await;
        assert!(client.ask("PWD", "257").await.contains("\"/a\""));
        client.ask("CWD missing", "550").await;
        assert!(client.ask("PWD", "257").await.contains("\"/a\""));
        client.ask("XCUP", "250").await;
        assert!(client.ask("PWD", "257").await.contains("\"/\""));
    }
}

#[tokio::test]
async fn files_and_directories_come_and_go() {
    let bench = Bench::start(Personality::VsFtpd).await;
    let mut client = bench.client().await;
    client.ask("MKD in", "257").await;
    client.ask("CWD in", "250").await;
    client.ask("XMKD sub", "257").await;
    bench.write("in/a", "x");
    client.ask("RNFR a", "350").await;
    client.ask("RNTO sub/b", "250").await;
    assert_eq!(bench.read("in/sub/b").unwrap(), b"x");
    client.ask("RNTO c", "503").await;
    client.ask("RNFR missing", "550").await;
    client.ask("RNTO c", "503").await;
    client.ask("DELE sub/b", "250").await;
    client.ask("DELE sub/b", "550").await;
    client.ask("XRMD sub", "250").await;
    assert_eq!(
        std::fs::read_dir(bench.server.root().join("in"))
            .unwrap()
            .count(),
        0
    );
}

#[tokio::test]
async fn a_malformed_line_is_reported_by_its_verb_alone() {
    let bench = Bench::start(Personality::VsFtpd).await;
    let mut client = bench.client().await;
    let lines = [
        ("EPSV 3", "522", "EPSV"),
        ("type e", "504", "TYPE"),
        ("PORT hidden", "501", "PORT"),
        ("SIZE", "501", "SIZE"),
        ("PASS hid\0den", "501", "a line that is not a command"),
        ("*hidden", "500", "a line that is not a command"),
    ];
    for (line, code, _) in lines {
        client.ask(line, code).await;
    }
    let refusals = bench.events("gateway_refusal");
    let reported = refusals.iter().map(|event| event["command"].clone());
    assert_eq!(
        reported.collect::<Vec<_>>(),
        lines.map(|(_, _, reported)| reported)
    );
    assert!(!bench.all_events().contains("hid"));
}

#[tokio::test]
async fn a_refusal_is_in_the_servers_own_words() {
    let fault = |verb, text: &str| Fault::At(Point::Command(verb), Action::Reply(text.to_owned()));
    let builder = Server::builder(Personality::VsFtpd)
        .fault(fault("DELE", "550-Not\n550 on Sundays."))
        .fault(fault("MKD", "521 No room for that."))
        .fault(fault("RETR", "550 Locked by the night run."))
        .fault(fault("STOR", "553 Inbox is closed."));
    let bench = Bench::build(builder, |_, _| {}).await;
    bench.write("a", "x");
    let mut client = bench.client().await;
    assert_eq!(
        client.ask("DELE a", "550").await,
        "550-Not\r\n550 on Sundays.\r\n"
    );
    assert_eq!(
        client.ask("MKD d", "521").await,
        "521 No room for that.\r\n"
    );
    // At once, although the client has not connected yet.
    client.ask("PASV", "227").await;
    assert_eq!(
        client.ask("RETR a", "550").await,
        "550 Locked by the night run.\r\n"
    );
    let _data = client.passive().await;
    assert_eq!(
        client.ask("STOR b", "553").await,
        "553 Inbox is closed.\r\n"
    );
    client.ask("NOOP", "200").await;
}

#[tokio::test]
async fn names_are_bytes_both_ways() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    let mut client = bench.client().await;
    client.send(b"MKD caf\xe9\r\n").await;
    let made = client.reply_bytes().await;
    assert!(made.starts_with(b"257"), "{made:?}");
    assert!(made.windows(4).any(|part| part == b"caf\xe9"), "{made:?}");
    client.ask(b"CWD caf\xe9", "250").await;
    assert_eq!(client.store(b"STOR \xfc.txt", b"one").await[..3], *"226");
    let (listing, end) = client.retrieve("NLST").await;
    assert!(end.starts_with("226"), "{end}");
    assert_eq!(listing, b"\xfc.txt\r\n");
    let (bytes, _) = client.retrieve(b"RETR \xfc.txt").await;
    assert_eq!(bytes, b"one");
}

#[tokio::test]
async fn features_are_those_of_both_sides() {
    let builder = Server::builder(Personality::ProFtpd138).digests([DigestCommand::XCrc]);
    let bench = Bench::build(builder, |_, _| {}).await;
    let mut client = bench.connect().await;
    let before = client.ask("FEAT", "211").await;
    assert!(
        before.contains(" EPSV\r\n") && !before.contains("MLST"),
        "{before}"
    );
    client.ask("USER vendor", "331").await;
    client.ask("PASS gate", "230").await;
    let after = client.ask("FEAT", "211").await;
    for line in [
        " EPSV\r\n",
        " SIZE\r\n",
        " MDTM\r\n",
        " REST STREAM\r\n",
        " MLST",
        " XCRC",
    ] {
        assert!(after.contains(line), "{line}: {after}");
    }
    assert!(!after.contains("PROT"), "what the front cannot do: {after}");
    bench.write("a", "123456789");
    assert!(
        client
            .ask("XCRC a", "250")
            .await
            .to_uppercase()
            .contains("CBF43926")
    );
}

#[tokio::test]
async fn small_commands_are_answered() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    bench.write("a", "12345");
    let mut client = bench.client().await;
    for (line, code) in [
        ("SYST", "215"),
        ("NOOP", "200"),
        ("HELP", "214"),
        ("STAT", "211"),
        ("MODE S", "200"),
        ("MODE Z", "504"),
        ("STRU F", "200"),
        ("ALLO 100", "202"),
        ("ACCT x", "202"),
        ("CLNT test", "200"),
        ("MDTM a", "213"),
        ("MFMT 20200102030405 a", "213"),
        ("MLST a", "250"),
        ("OPTS UTF8 ON", "200"),
        ("OPTS MLST type;size;", "200"),
        ("ABOR", "226"),
        ("XYZZY", "500"),
        ("SMNT /", "502"),
        ("", "500"),
        ("RETR", "501"),
        ("RETR a", "425"),
        ("STAT a", "21"),
    ] {
        client.ask(line, code).await;
    }
    client.ask("REIN", "220").await;
    client.ask("PWD", "530").await;
    client.ask("QUIT", "221").await;
    assert!(client.is_closed().await);
}

#[tokio::test]
async fn commands_in_one_segment_are_answered_in_order() {
    let bench = Bench::start(Personality::VsFtpd).await;
    bench.write("a", "12345");
    let mut client = bench.client().await;
    client
        .send("PWD\r\nSIZE a\r\nNOOP\nXYZZY\r\nSYST\r\n")
        .await;
    for code in ["257", "213", "200", "500", "215"] {
        client.expect(code).await;
    }
}

#[tokio::test]
async fn site_commands_mean_the_clients_directory() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    std::fs::create_dir(bench.server.root().join("in")).unwrap();
    let mut client = bench.client().await;
    client.ask("CWD in", "250").await;
    client.send("SITE CHMOD 600 a\r\n").await;
    client.reply().await;
    let report = bench.server.report();
    let commands = &report.control.last().unwrap().commands;
    let site = commands
        .iter()
        .position(|line| line == "SITE CHMOD 600 a")
        .unwrap();
    assert_eq!(commands[site - 1], "CWD /in");
    assert_eq!(commands[site + 1], "CWD /");
}

#[tokio::test]
async fn a_read_only_route_changes_nothing() {
    let bench = Bench::build(Server::builder(Personality::VsFtpd), |settings, _| {
        settings.routes[0].read_only = true;
    })
    .await;
    bench.write("a", "x");
    let mut client = bench.client().await;
    for line in [
        "DELE a",
        "MKD d",
        "RMD d",
        "RNFR a",
        "RNTO b",
        "STOR b",
        "APPE a",
        "STOU",
        "MFMT 20200102030405 a",
        "MDTM 20200102030405 a",
        "SITE CHMOD 600 a",
    ] {
        assert!(
            client.ask(line, "550").await.contains("read-only"),
            "{line}"
        );
    }
    let before = bench.names();
    assert_eq!(before, ["a"]);
    assert_eq!(client.retrieve("RETR a").await.0, b"x");
}
