//! The server's own words, and the gateway's.

use towline_testkit::{Action, Fault, Personality, Point, Server};

use crate::support::Bench;

/// As the client gets it.
fn received(code: u16) -> String {
    format!("{code}-First line\r\n second line\r\n{code} Last line\r\n")
}

fn reply(code: u16) -> Action {
    Action::Reply(format!("{code}-First line\n second line\n{code} Last line"))
}

#[tokio::test]
async fn a_refusal_of_several_lines_keeps_them() {
    for (point, line, code) in [
        (Point::Command("RETR"), "RETR a", 550),
        (Point::Command("STOR"), "STOR a", 553),
        (Point::Command("LIST"), "LIST a", 450),
        (Point::Command("DELE"), "DELE a", 550),
    ] {
        let bench = Bench::start(Personality::VsFtpd).await;
        bench.write("a", "x");
        bench.server.arm(Fault::At(point, reply(code)).from_nth(1));
        let mut client = bench.client().await;
        let _data = client.passive().await;
        client.send([line.as_bytes(), b"\r\n"].concat()).await;
        assert_eq!(client.reply().await, received(code), "{line}");
    }
    let fault = Fault::At(Point::FinalReply("STOR"), reply(452));
    let bench = Bench::build(Server::builder(Personality::VsFtpd).fault(fault), |_, _| {}).await;
    let mut client = bench.client().await;
    let end = client.store("STOR a", b"x").await;
    assert!(
        end.starts_with("452-First line\r\n second line\r\n452 Last line"),
        "{end}"
    );
    assert!(!end.contains("\\x0a"), "{end}");

    let fault = Fault::At(Point::Command("PASS"), reply(530));
    let bench = Bench::build(Server::builder(Personality::VsFtpd).fault(fault), |_, _| {}).await;
    let mut client = bench.connect().await;
    client.ask("USER vendor", "331").await;
    client.send("PASS gate\r\n").await;
    assert_eq!(client.reply().await, received(530));
}

/// ProFTPD answers LIST of a missing directory with 150, and then with 450. Until then nothing has
/// gone to the client, which need not open a data connection for that.
#[tokio::test]
async fn a_refusal_behind_150_without_a_byte_is_the_first_reply() {
    for (verb, refusal) in [
        ("LIST", "450 gone: No such file or directory"),
        ("RETR", "550 a: I/O error"),
    ] {
        let refused = Action::Reply(refusal.to_owned());
        let fault = Fault::At(Point::FinalReply(verb), refused);
        let builder = Server::builder(Personality::ProFtpd138).fault(fault);
        let bench = Bench::build(builder, |_, _| {}).await;
        bench.write("a", "");
        std::fs::create_dir(bench.server.root().join("empty")).unwrap();
        let mut client = bench.client().await;
        let _data = client.passive().await;
        let operand = if verb == "LIST" { "empty" } else { "a" };
        let reply = client.ask(format!("{verb} {operand}"), &refusal[..3]).await;
        assert!(reply.starts_with(refusal), "{reply}");
        client.ask("NOOP", "200").await;
    }
}

#[tokio::test]
async fn what_remains_is_said_once() {
    let cut = Fault::LoseUpload(10);
    let bench = Bench::build(Server::builder(Personality::VsFtpd).fault(cut), |_, _| {}).await;
    let mut client = bench.client().await;
    let end = client.store("STOR a", &[b'x'; 1000]).await;
    assert_eq!(end.matches("may now be").count(), 1, "{end}");
}

#[tokio::test]
async fn a_line_that_servers_do_not_read_is_refused_for_good() {
    let bench = Bench::start(Personality::VsFtpd).await;
    let mut client = bench.client().await;
    for verb in ["SIZE", "DELE", "CWD"] {
        let line = format!("{verb} {}", "a".repeat(4000));
        let reply = client.ask(line, "5").await;
        assert!(reply.len() < 500, "{reply}");
    }
}

#[tokio::test]
async fn an_unknown_command_is_no_matter_of_rights() {
    let bench = Bench::build(Server::builder(Personality::VsFtpd), |settings, _| {
        settings.routes[0].read_only = true;
    })
    .await;
    let mut client = bench.client().await;
    client.ask("XYZZY", "500").await;
    client.ask("SMNT x", "502").await;
    let available = client.ask_any("AVBL").await;
    assert!(!available.contains("read-only"), "{available}");
    for line in ["MFF modify=20200101000000; a", "SITE CHMOD 1 a", "DELE a"] {
        assert!(client.ask(line, "550").await.contains("read-only"));
    }
}

#[tokio::test]
async fn no_log_has_a_password_however_it_is_misspelt() {
    let bench = Bench::start(Personality::VsFtpd).await;
    let mut client = bench.connect().await;
    for line in [
        "PAS sesame",
        "PASSS sesame",
        "XPASS sesame",
        "PASSsesame",
        "PASSsesame ",
        "PASSsesame street",
        "LOGIN bob sesame",
    ] {
        client.ask(line, "5").await;
    }
    client.ask("USER bob:sesame@127.0.0.1", "331").await;
    client.ask("PASS other", "530").await;
    let mut client = bench.client().await;
    for line in [
        "SITE PSWD gate sesame",
        "SITE GPASS sesame",
        "CWD ftp://bob:sesame@h/",
    ] {
        client.ask(line, "5").await;
    }
    let events = bench.all_events();
    let leak = events.to_lowercase().find("sesame");
    let leak = leak.map(|at| &events[at.saturating_sub(200)..at + 10]);
    assert_eq!(leak, None);
}
