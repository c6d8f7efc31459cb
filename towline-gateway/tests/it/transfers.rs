//! Files and listings, both ways.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use towline_testkit::{Personality, Server};

use crate::support::{Bench, noise};

#[tokio::test]
async fn files_of_every_size_go_both_ways_over_connections_that_resume() {
    for personality in [
        Personality::VsFtpd,
        Personality::ProFtpd138,
        Personality::FileZilla1,
    ] {
        let bench = Bench::start(personality).await;
        let mut client = bench.client().await;
        for size in [0, 1, 4096, 3_000_000] {
            let bytes = noise(size);
            let end = client.store("STOR a", &bytes).await;
            assert!(end.starts_with("226"), "{end}");
            assert_eq!(bench.read("a").unwrap(), bytes);
            let (back, end) = client.retrieve("RETR a").await;
            assert!(end.starts_with("226"), "{end}");
            assert_eq!(back, bytes);
        }
        let report = bench.server.report();
        assert!(
            report
                .data()
                .all(|data| data.resumed && data.bound_to_this_control)
        );
        let verdicts = bench.events("data_connection");
        assert!(verdicts.len() >= 8);
        assert!(verdicts.iter().all(|verdict| verdict["resumed"] == true));
        let transfers = bench.events("gateway_transfer");
        assert!(
            transfers
                .iter()
                .all(|transfer| transfer["result"] == "verified")
        );
        assert_eq!(transfers[6]["bytes"], 3_000_000);
    }
}

#[tokio::test]
async fn active_mode_works_both_ways() {
    let bench = Bench::start(Personality::VsFtpd).await;
    let bytes = noise(200_000);
    let mut client = bench.client().await;
    let listener = client.active().await;
    client.ask("STOR a", "150").await;
    let (mut data, _) = listener.accept().await.unwrap();
    data.write_all(&bytes).await.unwrap();
    drop(data);
    client.expect("226").await;
    let listener = client.active().await;
    client.ask("RETR a", "150").await;
    let (mut data, peer) = listener.accept().await.unwrap();
    assert_eq!(peer.ip(), bench.address.ip());
    let mut back = Vec::new();
    data.read_to_end(&mut back).await.unwrap();
    client.expect("226").await;
    assert_eq!(back, bytes);
}

#[tokio::test]
async fn epsv_and_eprt_work_too() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    bench.write("a", "abc");
    let mut client = bench.client().await;
    let reply = client.ask("EPSV", "229").await;
    let port: u16 = reply.split('|').nth(3).unwrap().parse().unwrap();
    let mut data = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    client.ask("RETR a", "150").await;
    let mut bytes = String::new();
    data.read_to_string(&mut bytes).await.unwrap();
    assert_eq!(bytes, "abc");
    client.expect("226").await;
    client.ask("EPSV 2", "522").await;
    client.ask("EPSV ALL", "200").await;
    client.ask("PASV", "503").await;
    client.ask("EPRT |1|127.0.0.1|5000|", "503").await;
    client.ask("EPSV", "229").await;
}

#[tokio::test]
async fn the_clients_port_range_is_used() {
    let bench = Bench::build(Server::builder(Personality::VsFtpd), |settings, _| {
        settings.passive_ports = Some(42_817..=42_819);
    })
    .await;
    let mut client = bench.client().await;
    for _ in 0..5 {
        let reply = client.ask("EPSV", "229").await;
        let port: u16 = reply.split('|').nth(3).unwrap().parse().unwrap();
        assert!((42_817..=42_819).contains(&port), "{port}");
    }
}

#[tokio::test]
async fn a_client_that_connects_only_after_the_first_reply_is_served() {
    let bench = Bench::start(Personality::VsFtpd).await;
    let mut client = bench.client().await;
    let reply = client.ask("PASV", "227").await;
    client.ask("STOR a", "150").await;
    let mut data = TcpStream::connect(crate::support::pasv_address(&reply))
        .await
        .unwrap();
    data.write_all(b"late").await.unwrap();
    drop(data);
    client.expect("226").await;
    assert_eq!(bench.read("a").unwrap(), b"late");
}

#[tokio::test]
async fn transfers_go_on_in_the_middle() {
    for personality in [Personality::VsFtpd, Personality::ProFtpd138] {
        let bench = Bench::start(personality).await;
        bench.write("a", "0123456789");
        let mut client = bench.client().await;
        client.ask("REST 4", "350").await;
        let (rest, end) = client.retrieve("RETR a").await;
        assert_eq!(rest, b"456789");
        assert!(end.starts_with("226"), "{end}");
        let (whole, _) = client.retrieve("RETR a").await;
        assert_eq!(whole, b"0123456789", "the offset is for one transfer");
        client.ask("REST 10", "350").await;
        let end = client.store("STOR a", b"abc").await;
        assert!(end.starts_with("226"), "{end}");
        assert_eq!(bench.read("a").unwrap(), b"0123456789abc");
    }
}

#[tokio::test]
async fn an_append_adds_and_replaces_nothing() {
    for personality in [Personality::VsFtpd, Personality::ProFtpd138] {
        let bench = Bench::start(personality).await;
        bench.write("a", "one");
        let mut client = bench.client().await;
        assert!(client.store("APPE a", b" two").await.starts_with("226"));
        assert_eq!(bench.read("a").unwrap(), b"one two");
        assert!(client.store("APPE new", b"x").await.starts_with("226"));
        assert_eq!(bench.read("new").unwrap(), b"x");
    }
}

#[tokio::test]
async fn stou_finds_a_new_name_and_says_it() {
    let bench = Bench::start(Personality::VsFtpd).await;
    let mut client = bench.client().await;
    let mut data = client.passive().await;
    let opening = client.ask("STOU", "150").await;
    let name = opening
        .trim_end()
        .strip_prefix("150 FILE: ")
        .unwrap()
        .to_owned();
    data.write_all(b"x").await.unwrap();
    drop(data);
    assert!(client.expect("226").await.contains(&name));
    assert_eq!(bench.read(&name).unwrap(), b"x");
}

#[tokio::test]
async fn type_a_is_passed_on() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    let mut client = bench.client().await;
    client.ask("TYPE A", "200").await;
    assert!(
        client
            .store("STOR a", b"one\r\ntwo\r\n")
            .await
            .starts_with("226")
    );
    let (text, end) = client.retrieve("RETR a").await;
    assert_eq!(text, b"one\r\ntwo\r\n");
    assert!(end.starts_with("226"), "{end}");
    let report = bench.server.report();
    let commands: Vec<_> = report
        .control
        .iter()
        .flat_map(|control| &control.commands)
        .collect();
    for transfer in ["STOR /a", "RETR /a"] {
        let at = commands.iter().position(|line| *line == transfer).unwrap();
        let before = commands[..at]
            .iter()
            .rfind(|line| line.starts_with("TYPE"))
            .unwrap();
        assert_eq!(*before, "TYPE A", "{transfer}");
    }
    client.ask("REST 1", "504").await;
    // The offset of a binary transfer is none in a text.
    for transfer in ["STOR a", "RETR a"] {
        client.ask("TYPE I", "200").await;
        client.ask("REST 1", "350").await;
        client.ask("TYPE A", "200").await;
        let _port = client.passive().await;
        client.ask(transfer, "504").await;
    }
    client.ask("TYPE I", "200").await;
    assert!(client.store("STOR b", b"\n").await.starts_with("226"));
    let report = bench.server.report();
    let commands = &report.control.last().unwrap().commands;
    assert_eq!(
        commands
            .iter()
            .rfind(|line| line.starts_with("TYPE"))
            .unwrap(),
        "TYPE I"
    );
}

#[tokio::test]
async fn listings_are_of_now_and_of_the_clients_directory() {
    for personality in [Personality::VsFtpd, Personality::ProFtpd138] {
        let bench = Bench::start(personality).await;
        std::fs::create_dir(bench.server.root().join("in")).unwrap();
        bench.write("in/one", "12345");
        let mut client = bench.client().await;
        client.ask("CWD in", "250").await;
        assert_eq!(client.retrieve("NLST").await.0, b"one\r\n");
        bench.write("in/two", "");
        let (names, _) = client.retrieve("NLST").await;
        assert_eq!(names.split(|byte| *byte == b'\n').count(), 3, "{names:?}");
        for line in [
            "LIST",
            "LIST -a",
            "LIST -la",
            "LIST /in",
            "LIST -l -a ../in",
        ] {
            let (listing, end) = client.retrieve(line).await;
            let listing = String::from_utf8(listing).unwrap();
            assert!(end.starts_with("226"), "{line}: {end}");
            assert!(
                listing.contains("one") && listing.contains("two"),
                "{line}: {listing}"
            );
        }
        let mut data = client.passive().await;
        client.send("NLST missing\r\n").await;
        let refused = client.reply().await;
        if refused.starts_with("150") {
            let mut nothing = Vec::new();
            let _ = data.read_to_end(&mut nothing).await;
            assert!(nothing.is_empty());
            client.reply().await;
        }
        client.ask("NOOP", "200").await;
    }
    let bench = Bench::start(Personality::ProFtpd138).await;
    bench.write("a", "12345");
    let mut client = bench.client().await;
    let (facts, _) = client.retrieve("MLSD").await;
    let facts = String::from_utf8(facts).unwrap().to_lowercase();
    assert!(
        facts.contains("size=5;") && facts.contains(" a\r\n"),
        "{facts}"
    );
}

#[tokio::test]
async fn atomic_routes_show_no_part() {
    let bench = Bench::build(Server::builder(Personality::VsFtpd), |settings, _| {
        settings.routes[0].atomic = true;
    })
    .await;
    bench.write("a", "old");
    let mut client = bench.client().await;
    let mut data = client.passive().await;
    client.ask("STOR a", "150").await;
    data.write_all(b"new contents").await.unwrap();
    // The server has the temporary file, and the old one.
    assert_eq!(bench.read("a").unwrap(), b"old");
    assert_eq!(bench.names().len(), 2);
    drop(data);
    client.expect("226").await;
    assert_eq!(bench.read("a").unwrap(), b"new contents");
    assert_eq!(bench.names(), ["a"]);
}

#[tokio::test]
async fn many_clients_at_once_lose_nothing() {
    let bench = std::sync::Arc::new(Bench::start(Personality::VsFtpd).await);
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..20 {
        let bench = std::sync::Arc::clone(&bench);
        tasks.spawn(async move {
            let bytes = noise(50_000 + n);
            let mut client = bench.client().await;
            let end = client.store(format!("STOR f{n}"), &bytes).await;
            assert!(end.starts_with("226"), "{end}");
            assert_eq!(client.retrieve(format!("RETR f{n}")).await.0, bytes);
        });
    }
    while let Some(task) = tasks.join_next().await {
        task.unwrap();
    }
}

#[tokio::test]
async fn the_end_of_the_gateway_waits_for_transfers() {
    let mut bench = Bench::build(Server::builder(Personality::VsFtpd), |settings, _| {
        settings.limits.grace = Duration::from_secs(20);
    })
    .await;
    let mut idle = bench.client().await;
    let mut client = bench.client().await;
    let mut data = client.passive().await;
    client.ask("STOR a", "150").await;
    data.write_all(b"first ").await.unwrap();
    bench.stop();
    idle.expect("421").await;
    assert!(idle.is_closed().await);
    data.write_all(b"second").await.unwrap();
    drop(data);
    client.expect("226").await;
    client.expect("421").await;
    bench.ended().await;
    assert_eq!(bench.read("a").unwrap(), b"first second");
}

#[tokio::test]
async fn after_its_grace_a_transfer_is_stopped_and_leaves_no_part() {
    let mut bench = Bench::build(Server::builder(Personality::VsFtpd), |settings, _| {
        settings.limits.grace = Duration::from_millis(50);
    })
    .await;
    let mut client = bench.client().await;
    let mut data = client.passive().await;
    client.ask("STOR a", "150").await;
    data.write_all(b"first ").await.unwrap();
    bench.stop();
    client.expect("426").await;
    bench.ended().await;
    assert_eq!(bench.read("a"), None);
}
