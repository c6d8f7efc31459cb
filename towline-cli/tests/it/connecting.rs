//! Connecting, and trusting servers.

use std::fs;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use towline::{Fingerprint, Pin};
use towline_testkit::{
    Action, AuthSupport, ClientAuth, ClientIdentity, Fault, Personality, Point, Proxy, Server,
};

use crate::support::{Harness, PASSWORD, Run};

/// Runs without the option that trusts the test server.
async fn untrusting(h: &Harness, arguments: &[&str]) -> Run {
    let mut command = h.bare(arguments);
    command.env("TOWLINE_PASSWORD", PASSWORD);
    Run::of(command).await
}

/// The server's certificate.
fn certificate(h: &Harness) -> Vec<u8> {
    let pem = h.server.certificate_pem();
    let base64: String = pem
        .lines()
        .filter(|line| !line.starts_with("---"))
        .collect();
    BASE64_STANDARD.decode(base64).unwrap()
}

#[tokio::test]
async fn a_pin_is_trusted_and_any_other_key_refused() {
    let h = Harness::start().await;
    let pin = Pin::of(&certificate(&h)).unwrap().to_string();
    let other = format!("sha256//{}", BASE64_STANDARD.encode([7; 32]));
    let run = untrusting(&h, &["ls", "--pin", &pin, &h.url("")]).await;
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    let run = untrusting(&h, &["ls", "--pin", &other, "--pin", &pin, &h.url("")]).await;
    assert_eq!(run.code, 0, "{run:?}");
    let run = untrusting(&h, &["ls", "--pin", &other, &h.url("")]).await;
    assert_eq!(run.code, 4, "{run:?}");
    let run = untrusting(&h, &["ls", "--pin", "sha256//short", &h.url("")]).await;
    assert_eq!(run.code, 2, "{run:?}");
    let run = h.run(&["ls", "--pin", &pin, &h.url("")]).await;
    assert_eq!(run.code, 2, "beside --ca-file: {run:?}");
}

#[tokio::test]
async fn the_first_certificate_is_remembered_and_another_one_refused() {
    let h = Harness::start().await;
    let tofu = ["ls", "--trust-on-first-use", &h.url("")];
    let run = untrusting(&h, &tofu).await;
    assert_eq!(run.code, 0, "{run:?}");
    let fingerprint = Fingerprint::of(&certificate(&h)).to_string();
    assert!(run.stderr.contains("on first use"), "{run:?}");
    assert!(run.stderr.contains(&fingerprint), "{run:?}");
    let again = untrusting(&h, &tofu).await;
    assert_eq!((again.code, again.stderr.as_str()), (0, ""));

    let address = h.server.address().to_string();
    let list = untrusting(&h, &["trust", "list", "--json"]).await;
    let [server] = list.events().try_into().unwrap();
    assert_eq!(server["event"], "known_server");
    assert_eq!(server["port"], h.server.address().port());
    assert_eq!(server["fingerprint"], fingerprint);

    let other = Fingerprint::of(b"another").to_string();
    let accept = untrusting(&h, &["trust", "accept", &address, &other]).await;
    assert_eq!(accept.code, 0, "{accept:?}");
    let changed = untrusting(&h, &tofu).await;
    assert_eq!(changed.code, 4, "{changed:?}");
    for words in [&other, &fingerprint] {
        assert!(changed.stderr.contains(words), "{changed:?}");
    }
    let hint = format!("towline trust accept {address} {fingerprint}");
    assert!(changed.stderr.contains(&hint), "{changed:?}");

    let elsewhere = ["--known-servers", "a b"];
    let accept = [&["trust", "accept", &address, &other], &elsewhere[..]].concat();
    assert_eq!(untrusting(&h, &accept).await.code, 0);
    let changed = untrusting(&h, &[&tofu, &elsewhere[..]].concat()).await;
    let hint = format!("towline trust accept {address} {fingerprint} --known-servers 'a b'");
    assert!(changed.stderr.contains(&hint), "{changed:?}");
    fs::write(h.local("a b"), "gibberish\n").unwrap();
    let unreadable = untrusting(&h, &[&tofu, &elsewhere[..]].concat()).await;
    assert_eq!(unreadable.code, 4, "{unreadable:?}");
    assert!(
        unreadable.stderr.contains("not a known server"),
        "{unreadable:?}"
    );
    assert!(
        !unreadable.stderr.contains("trust accept"),
        "{unreadable:?}"
    );

    let remove = untrusting(&h, &["trust", "remove", &address]).await;
    assert_eq!(remove.code, 0, "{remove:?}");
    let remove = untrusting(&h, &["trust", "remove", &address]).await;
    assert_eq!(remove.code, 2, "{remove:?}");
    assert_eq!(untrusting(&h, &["trust", "list"]).await.stdout, "");
}

#[tokio::test]
async fn a_hint_on_a_changed_certificate_names_the_file_that_remembers_it() {
    let h = Harness::start().await;
    let address = h.server.address().to_string();
    let file = ["--known-servers", "met"];
    let other = Fingerprint::of(b"another").to_string();
    let accept = ["trust", "accept", &address, &other];
    let run = untrusting(&h, &[&accept[..], &file].concat()).await;
    assert_eq!(run.code, 0, "{run:?}");
    let ls = ["ls", "--trust-on-first-use", &h.url("")];
    let changed = untrusting(&h, &[&ls[..], &file].concat()).await;
    assert_eq!(changed.code, 4, "{changed:?}");
    let fingerprint = Fingerprint::of(&certificate(&h)).to_string();
    let hint = format!("towline trust accept {address} {fingerprint} --known-servers met\n");
    assert!(changed.stderr.contains(&hint), "{changed:?}");
}

#[tokio::test]
async fn clear_text_is_announced_aloud_and_never_chosen_silently() {
    let clear = || {
        let server = Server::builder(Personality::PureFtpd);
        server.auth(AuthSupport::Refused(500)).clear(true)
    };
    let h = Harness::with(clear()).await;
    h.write_remote("a", "1");
    let explicit = untrusting(&h, &["ls", &h.url("")]).await;
    assert_eq!(explicit.code, 4, "{explicit:?}");
    let available = untrusting(&h, &["ls", "-q", "--tls", "if-available", &h.url("")]).await;
    assert_eq!((available.code, available.stdout.as_str()), (0, "a\n"));
    assert!(
        available.stderr.starts_with("WARNING: clear text: "),
        "{available:?}"
    );
    let trusted = h.run(&["ls", "--tls", "if-available", &h.url("")]).await;
    assert_eq!(trusted.code, 4, "{trusted:?}");

    let plain = format!("ftp://demo@{}/", h.server.address());
    let off = untrusting(&h, &["ls", "--tls", "off", "--json", &plain]).await;
    assert_eq!(off.code, 0, "{off:?}");
    assert!(off.stderr.starts_with("WARNING: clear text: "), "{off:?}");
    assert_eq!(off.events_of("warning").len(), 1, "{off:?}");
    let said = h.server.report().control;
    assert!(!said.is_empty());
    let verdict = untrusting(&h, &["ls", "-v", "--tls", "off", &plain]).await;
    let words = "Status: Data connection in clear text\n";
    assert!(verdict.stderr.contains(words), "{verdict:?}");
}

#[tokio::test]
async fn active_mode_listens_where_it_is_told() {
    let h = Harness::start().await;
    h.write_remote("a", "12345");
    h.succeed(&["get", "--active", &h.url("a")]).await;
    assert_eq!(h.local_names(), ["a"]);
    let run = h
        .run(&[
            "ls",
            "-vv",
            "--active",
            "--active-ports",
            "40100-40199",
            &h.url(""),
        ])
        .await;
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stderr.contains("|401"), "{run:?}");
    for arguments in [
        &["--active-ports", "40100-40199"][..],
        &["--active", "--passive"],
        &["--active", "--active-ports", "5-4"],
        &["--active", "--proxy", "http://127.0.0.1:1"],
    ] {
        let run = h.run(&[&["ls", &h.url("")], arguments].concat()).await;
        assert_eq!(run.code, 2, "{arguments:?}: {run:?}");
    }
}

#[tokio::test]
async fn a_server_that_asks_for_an_account_is_given_it() {
    let h = Harness::with(Server::builder(Personality::ProFtpd138).account("acct-17")).await;
    let without = h.run(&["ls", &h.url("")]).await;
    assert_eq!(without.code, 5, "{without:?}");
    assert!(without.stderr.contains("TOWLINE_ACCOUNT"), "{without:?}");
    let mut command = h.command(&["ls", "-vv", &h.url("")]);
    command.env("TOWLINE_ACCOUNT", "acct-17");
    let with = Run::of(command).await;
    assert_eq!(with.code, 0, "{with:?}");
    assert!(!with.stderr.contains("acct-17"), "{with:?}");
}

#[tokio::test]
async fn login_commands_are_sent_and_a_refused_one_ends_the_login() {
    let h = Harness::start().await;
    let run = h
        .run(&["ls", "-vv", "--login-command", "NOOP", &h.url("")])
        .await;
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stderr.contains("Command: NOOP"), "{run:?}");
    let run = h
        .run(&["ls", "--login-command", "SITE FROBNICATE", &h.url("")])
        .await;
    assert_ne!(run.code, 0, "{run:?}");
    assert!(run.stderr.contains("SITE FROBNICATE"), "{run:?}");
    let run = h
        .run(&["ls", "--login-command", "PROT C", &h.url("")])
        .await;
    assert_eq!(run.code, 2, "{run:?}");
}

#[tokio::test]
async fn a_client_certificate_that_cannot_be_used_is_a_mistake_of_the_settings() {
    let h = Harness::start().await;
    fs::write(h.local("cert.pem"), h.server.certificate_pem()).unwrap();
    for arguments in [
        &["--client-cert", "no.pem"][..],
        &["--client-cert", "cert.pem"],
        &["--client-key", "cert.pem"],
    ] {
        let run = h.run(&[&["ls", &h.url("")], arguments].concat()).await;
        assert_eq!(run.code, 2, "{arguments:?}: {run:?}");
    }
}

#[tokio::test]
async fn no_message_repeats_the_password_of_a_proxy() {
    let h = Harness::start().await;
    let url = h.url("");
    for proxy in ["http://jo:hunter2@127.0.0.1:1", "jo:hunter2@127.0.0.1:1"] {
        let run = h.run(&["ls", "--proxy", proxy, &url]).await;
        assert_eq!(run.code, 2, "{run:?}");
        assert!(!run.stderr.contains("hunter2"), "{run:?}");
    }
    let mut command = h.command(&["ls", "-vv", "--proxy", "http://jo@127.0.0.1:1", &url]);
    command.env("TOWLINE_PROXY_PASSWORD", "hunter2");
    let run = Run::of(command).await;
    assert_eq!(run.code, 3, "{run:?}");
    assert!(!run.stderr.contains("hunter2"), "{run:?}");
    assert!(run.stderr.contains("goes to the proxy"), "{run:?}");
}

#[tokio::test]
async fn versions_of_tls_that_are_not_spoken_are_named() {
    let h = Harness::start().await;
    for version in ["1.0", "1.1"] {
        let run = h.run(&["ls", "--tls-min", version, &h.url("")]).await;
        assert_eq!(run.code, 2, "{run:?}");
        let words = format!("TLS {version} is not supported");
        assert!(run.stderr.contains(&words), "{run:?}");
    }
}

#[tokio::test]
async fn a_proxy_gets_its_own_user_and_password() {
    for (scheme, builder) in [("http", Proxy::http()), ("socks5", Proxy::socks5())] {
        let proxy = builder.user("jo", "hunter2").start().await.unwrap();
        let h = Harness::start().await;
        h.write_remote("a", "1");
        let url = format!("{scheme}://jo@{}", proxy.address());
        for (password, code) in [("hunter2", 0), ("wrong", 5)] {
            let arguments = ["get", "-vv", "--retries", "0", "--proxy", &url, &h.url("a")];
            let mut command = h.command(&arguments);
            command.env("TOWLINE_PROXY_PASSWORD", password);
            let run = Run::of(command).await;
            assert_eq!(run.code, code, "{scheme}: {run:?}");
            assert!(!run.stderr.contains("hunter2"), "{run:?}");
            let hint = "check the user in --proxy and TOWLINE_PROXY_PASSWORD";
            assert_eq!(run.stderr.contains(hint), code != 0, "{run:?}");
        }
        // The control connection, the data connection, and the one that was refused.
        assert!(proxy.requests().len() >= 2);
        let run = h.run(&["ls", "--proxy", &url, &h.url("")]).await;
        assert_eq!(run.code, 2, "nobody knows the password: {run:?}");
    }
}

#[tokio::test]
async fn a_client_certificate_opens_with_its_passphrase() {
    let identity = ClientIdentity::new("demo").unwrap();
    let builder = Server::builder(Personality::ProFtpd138);
    let builder = builder.client_certificates(ClientAuth::Required, identity.ca_pem());
    let h = Harness::with(builder).await;
    h.write_remote("a", "1");
    h.write_local("cert.pem", identity.certificate_pem());
    h.write_local("key.pem", identity.encrypted_key_pem("hunter2").unwrap());
    h.write_local("phrase", "hunter2\n");
    h.write_local("both.p12", identity.pkcs12("hunter2").unwrap());
    let url = h.url("");
    for files in [
        &["--client-cert", "cert.pem", "--client-key", "key.pem"][..],
        &["--client-cert", "both.p12"],
    ] {
        let file = ["--client-key-password-file", "phrase"];
        let run = h
            .run(&[&["ls", "-q", &url], files, &file[..]].concat())
            .await;
        assert_eq!((run.code, run.stdout.as_str()), (0, "a\n"), "{run:?}");
        let mut command = h.command(&[&["ls", "-q", &url], files].concat());
        command.env("TOWLINE_CLIENT_KEY_PASSWORD", "hunter2");
        assert_eq!(Run::of(command).await.code, 0);
        let run = h.run(&[&["ls", &url], files].concat()).await;
        assert_eq!(run.code, 2, "nobody knows the passphrase: {run:?}");
    }
    let run = h.run(&["ls", "--retries", "0", &url]).await;
    assert_eq!(run.code, 4, "{run:?}");
    assert!(run.stderr.contains("hint: --client-cert "), "{run:?}");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn names_are_read_and_written_in_the_servers_character_set() {
    use std::os::unix::ffi::OsStrExt as _;
    let h = Harness::start().await;
    let raw = std::ffi::OsStr::from_bytes(b"caf\xe9.txt");
    fs::write(h.server.root().join(raw), "1").unwrap();
    let latin1 = ["--charset", "latin1"];
    let ls = h.run(&[&["ls", &h.url("")], &latin1[..]].concat()).await;
    assert_eq!(ls.stdout, "caf\u{e9}.txt\n", "{ls:?}");
    let json = h
        .run(&[&["ls", "--json", &h.url("")], &latin1[..]].concat())
        .await;
    let entry = &json.events_of("entry")[0];
    assert_eq!(entry["name"], "caf\u{e9}.txt");
    assert_eq!(entry["name_base64"], "Y2Fm6S50eHQ=");
    for path in ["caf\u{e9}.txt", "caf%E9.txt", "caf?.*"] {
        h.succeed(&[&["get", &h.url(path), "."], &latin1[..]].concat())
            .await;
        assert_eq!(h.local_names(), ["caf\u{e9}.txt"], "{path}");
        fs::remove_file(h.local("caf\u{e9}.txt")).unwrap();
    }
    h.write_local("na\u{ef}ve", "2");
    h.succeed(&[&["put", "na\u{ef}ve", &h.url("")], &latin1[..]].concat())
        .await;
    let raw = std::ffi::OsStr::from_bytes(b"na\xefve");
    assert!(h.server.root().join(raw).exists());
    h.write_local("\u{65e5}", "3");
    let put = h
        .run(&[&["put", "\u{65e5}", &h.url("")], &latin1[..]].concat())
        .await;
    assert_eq!(put.code, 9, "{put:?}");
}

/// These are the messages of FileZilla, which people know.
#[tokio::test]
async fn the_status_lines_are_those_that_people_know() {
    let builder = Server::builder(Personality::VsFtpd).utf8(false);
    let h = Harness::with(builder).await;
    let run = h.run(&["ls", "-v", &h.url("")]).await;
    let expected = [
        "Status: Resolving address of ",
        "Status: Connecting to ",
        "Status: Connection established, waiting for welcome message...",
        "Status: Initializing TLS...",
        "Status: Verifying certificate...",
        "Status: TLS connection established",
        "Status: Server does not support non-ASCII characters.",
        "Status: Logged in",
        "Status: Retrieving directory listing...",
        "Status: Data connection resumed",
        "Status: Directory listing successful",
    ];
    let lines: Vec<_> = run.stderr.lines().collect();
    assert_eq!(lines.len(), expected.len(), "{run:?}");
    for (line, expected) in lines.iter().zip(expected) {
        assert!(line.starts_with(expected), "{line}");
    }

    let builder = Server::builder(Personality::ProFtpd138).auth(AuthSupport::Refused(500));
    let h = Harness::with(builder).await;
    let run = h.run(&["ls", "-vv", &h.url("")]).await;
    assert_eq!(run.code, 4, "{run:?}");
    let dialogue = "Command: AUTH TLS\nResponse: 500 AUTH not understood\n\
                    Command: AUTH SSL\nResponse: 500 AUTH not understood\nerror: ";
    assert!(run.stderr.contains(dialogue), "{run:?}");

    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = closed.local_addr().unwrap().port();
    drop(closed);
    let url = format!("ftps://demo@127.0.0.1:{port}/");
    let run = h.run(&["ls", "-v", "--retries", "1", &url]).await;
    assert_eq!(run.code, 3, "{run:?}");
    let expected = [
        "Status: Resolving address of 127.0.0.1",
        "Status: Connecting to 127.0.0.1:",
        "Status: cannot connect to 127.0.0.1:",
        "Status: Waiting to retry...",
        "Status: Resolving address of 127.0.0.1",
        "Status: Connecting to 127.0.0.1:",
        "error: cannot connect to 127.0.0.1:",
    ];
    for (line, expected) in run.stderr.lines().zip(expected) {
        assert!(line.starts_with(expected), "{run:?}");
    }
    assert_eq!(
        run.stderr.matches("Connection refused").count(),
        2,
        "{run:?}"
    );
}

#[tokio::test]
async fn a_server_that_wants_tls_is_told_from_a_wrong_password() {
    let refusal = "530 Non-anonymous sessions must use encryption.";
    let point = Point::Command("USER");
    let fault = Fault::At(point, Action::Reply(refusal.to_owned()));
    let builder = Server::builder(Personality::VsFtpd)
        .clear(true)
        .fault(fault);
    let h = Harness::with(builder).await;
    let run = untrusting(&h, &["ls", "--tls", "off", &h.url("")]).await;
    assert_eq!(run.code, 5, "{run:?}");
    assert!(run.stderr.contains(refusal), "{run:?}");
    assert!(
        run.stderr.contains("hint: the server requires TLS"),
        "{run:?}"
    );
}

#[tokio::test]
async fn a_downgrade_to_tls_12_is_warned_about() {
    let builder = Server::builder(Personality::ProFtpd138).control_tickets(0);
    let h = Harness::with(builder).await;
    let run = h.run(&["ls", &h.url("")]).await;
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stderr.contains("so TLS 1.2 is tried"), "{run:?}");
    let run = h.run(&["ls", "--tls-min", "1.3", &h.url("")]).await;
    assert_eq!(run.code, 7, "{run:?}");
    assert!(!run.stderr.contains("so TLS 1.2 is tried"), "{run:?}");
    assert!(
        run.stderr.contains("--tls-min 1.2 would also allow"),
        "{run:?}"
    );
}

#[tokio::test]
async fn a_port_that_expects_tls_immediately_is_told_with_the_way_in() {
    let builder = Server::builder(Personality::VsFtpd).tls(towline_testkit::TlsMode::Implicit);
    let h = Harness::with(builder).await;
    let run = h.run(&["ls", "--timeout", "4", &h.url("")]).await;
    assert_eq!(run.code, 4, "{run:?}");
    let late = "warning: waiting for the greeting: the server has sent nothing for 2 seconds\n";
    assert_eq!(run.stderr.matches(late).count(), 1, "no retry: {run:?}");
    assert!(run.stderr.contains("hint: use ftps:// "), "{run:?}");
}
