//! A server that closes costs the client nothing but time.

use towline_testkit::{Action, Fault, Personality, Point, Server};

use crate::support::{Bench, noise};

async fn with_fault(fault: impl Into<towline_testkit::ArmedFault>) -> Bench {
    Bench::build(Server::builder(Personality::VsFtpd).fault(fault), |_, _| {}).await
}

#[tokio::test]
async fn a_farewell_of_the_server_goes_unnoticed() {
    for action in [Action::Goodbye, Action::Close, Action::Reset] {
        for line in ["SIZE in/a", "MDTM in/a", "SYST", "CWD /in", "MLST in/a"] {
            let verb = line.split(' ').next().unwrap();
            let fault = Fault::At(Point::Command(verb), action.clone());
            let builder = Server::builder(Personality::ProFtpd138);
            let bench = Bench::build(builder, |_, _| {}).await;
            std::fs::create_dir(bench.server.root().join("in")).unwrap();
            bench.write("in/a", "12345");
            let mut client = bench.client().await;
            bench.server.arm(fault.nth(1));
            client.ask(line, "2").await;
            assert_eq!(bench.logins(), 2, "{line}");
        }
    }
}

#[tokio::test]
async fn the_working_directory_survives_a_new_connection() {
    let fault = Fault::At(Point::Command("SIZE"), Action::Close).nth(1);
    let bench = with_fault(fault).await;
    std::fs::create_dir(bench.server.root().join("in")).unwrap();
    bench.write("in/a", "12345");
    let mut client = bench.client().await;
    client.ask("CWD in", "250").await;
    client.ask("SIZE a", "213").await;
    assert_eq!(bench.logins(), 2);
    assert_eq!(client.retrieve("NLST").await.0, b"a\r\n");
    assert!(client.store("STOR b", b"x").await.starts_with("226"));
    assert_eq!(bench.read("in/b").unwrap(), b"x");
}

#[tokio::test]
async fn a_rename_survives_a_new_connection_between_its_two_commands() {
    let bench = Bench::start(Personality::VsFtpd).await;
    bench.write("a", "x");
    let mut client = bench.client().await;
    client.ask("RNFR a", "350").await;
    // The next command finds the connection closed.
    bench
        .server
        .arm(Fault::At(Point::Command("NOOP"), Action::Goodbye).nth(1));
    bench
        .server
        .arm(Fault::At(Point::Command("SIZE"), Action::Goodbye).nth(1));
    client.ask("SIZE a", "213").await;
    client.ask("RNTO b", "250").await;
    assert_eq!(bench.names(), ["b"]);
}

#[tokio::test]
async fn what_may_have_been_done_is_not_done_again() {
    let bench = with_fault(Fault::At(Point::Command("DELE"), Action::Close).nth(1)).await;
    bench.write("a", "x");
    let mut client = bench.client().await;
    let unknown = client.ask("DELE a", "451").await;
    assert!(!unknown.contains("250"), "{unknown}");
    assert_eq!(bench.names(), ["a"]);
    client.ask("DELE a", "250").await;
}

#[tokio::test]
async fn a_transfer_that_finds_its_connection_closed_begins_again() {
    for verb in ["RETR", "STOR", "NLST", "EPSV"] {
        let bench = with_fault(Fault::At(Point::Command(verb), Action::Close).nth(1)).await;
        let bytes = noise(10_000);
        bench.write("a", &bytes);
        let mut client = bench.client().await;
        match verb {
            "STOR" => assert!(client.store("STOR b", &bytes).await.starts_with("226")),
            "NLST" => assert_eq!(client.retrieve("NLST").await.0, b"a\r\n"),
            _ => assert_eq!(client.retrieve("RETR a").await.0, bytes),
        }
        assert!(bench.logins() >= 2, "{verb}");
    }
}

#[tokio::test]
async fn a_server_that_stays_away_is_an_error_and_not_the_end() {
    let mut bench = Bench::start(Personality::VsFtpd).await;
    bench.write("a", "x");
    let mut client = bench.client().await;
    bench.server.arm(Fault::At(Point::Greeting, Action::Close));
    bench
        .server
        .arm(Fault::At(Point::Command("SIZE"), Action::Close));
    client.ask("SIZE a", "451").await;
    let _data = client.passive().await;
    client.ask("RETR a", "451").await;
    bench.server.disarm();
    client.ask("SIZE a", "213").await;
    assert_eq!(client.retrieve("RETR a").await.0, b"x");
    bench.stop();
    bench.ended().await;
}
