//! Uploads whose client is killed, or gives them up at the very end.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use towline_testkit::{Action, Fault, Gate, Personality, Point, Server};

use crate::support::Bench;

/// The server does not rename over an existing file, so that the old one is moved aside. From there
/// on, both files are under names of their own until the end.
#[tokio::test]
async fn an_old_file_is_never_left_at_its_backup_name() {
    for aborts in [false, true] {
        for rename in 1..=3 {
            let builder = Server::builder(Personality::ProFtpd138).fault(Fault::RefuseReplace);
            let bench = Bench::build(builder, |settings, _| {
                settings.routes[0].atomic = true;
            })
            .await;
            bench.write("a", "old");
            let gate = Gate::new();
            let hold = Action::Hold(gate.clone());
            bench
                .server
                .arm(Fault::At(Point::Command("RNTO"), hold).nth(rename));
            let mut client = bench.client().await;
            let mut data = client.passive().await;
            client.ask("STOR a", "150").await;
            data.write_all(b"the new file").await.unwrap();
            data.shutdown().await.unwrap();
            gate.reached().await;
            let mut kept = None;
            match aborts {
                true => {
                    client.send("NOOP\r\nABOR\r\n").await;
                    client.expect("200").await;
                    gate.open();
                    client.expect("226").await;
                    client.expect("226").await;
                }
                false => {
                    let (mut reads, mut writes) = client.into_halves();
                    // Both arrive before the gateway, on this same thread, has its turn. It sees
                    // the end of the connection right after it has answered.
                    writes.try_write(b"NOOP\r\n").unwrap();
                    writes.shutdown().await.unwrap();
                    let mut reply = [0; 4];
                    reads.read_exact(&mut reply).await.unwrap();
                    assert_eq!(&reply, b"200 ");
                    kept = Some(reads);
                    gate.open();
                }
            }
            let transfer = &bench.reported("gateway_transfer", 1).await[0];
            assert_eq!(transfer["result"], "verified", "{transfer}");
            assert_eq!(bench.names(), ["a"], "RNTO {rename}, ABOR {aborts}");
            assert_eq!(bench.read("a").unwrap(), b"the new file");
            drop(kept);
        }
    }
}

/// The system ends both connections of a killed program in order, the data connection first.
#[tokio::test]
async fn an_upload_of_a_killed_program_is_not_taken_for_whole() {
    for way in ["plain", "atomic", "spool"] {
        let files = tempfile::tempdir().unwrap();
        let spool = files.path().join("spool");
        let bench = Bench::build(Server::builder(Personality::VsFtpd), |settings, _| {
            settings.routes[0].atomic = way == "atomic";
            if way == "spool" {
                settings.routes[0].spool = Some(towline_gateway::SpoolOptions::new(&spool));
            }
        })
        .await;
        if way != "plain" {
            bench.write("a", "old");
        }
        for round in 1..=12 {
            let mut client = bench.client().await;
            let mut data = client.passive().await;
            client.ask("STOR a", "150").await;
            data.write_all(&vec![b'x'; 20_000]).await.unwrap();
            drop(data);
            drop(client);
            let transfers = bench.reported("gateway_transfer", round).await;
            let transfer = &transfers[round - 1];
            assert_eq!(transfer["result"], "aborted", "{way}: {transfer}");
            match way {
                "plain" => assert_eq!(bench.names(), [""; 0]),
                _ => assert_eq!(bench.read("a").unwrap(), b"old", "{way}"),
            }
        }
        let report = bench.server.report();
        let mut ends = report.data().filter(|data| data.command == "STOR");
        assert!(!ends.any(|data| data.close_notify), "{way}");
    }
}

/// The machine is busy: the program goes right after the end of its data, and the gateway has its
/// next turn long after that. The server confirms the upload only then, or before.
#[tokio::test]
async fn a_part_of_a_killed_program_does_not_stay_because_nobody_looked_in_time() {
    const BUSY: Duration = Duration::from_millis(100);
    const SOON: Duration = Duration::from_millis(20);
    let mut tried = 0;
    while tried < 4 {
        let bench = Bench::start(Personality::VsFtpd).await;
        let gate = Gate::new();
        let hold = Action::Hold(gate.clone());
        bench.server.arm(Fault::At(Point::FinalReply("STOR"), hold));
        let mut client = bench.client().await;
        let mut data = client.passive().await;
        client.ask("STOR a", "150").await;
        data.write_all(&vec![b'x'; 20_000]).await.unwrap();
        let ended = Instant::now();
        drop(data);
        gate.reached().await;
        drop(client);
        if ended.elapsed() > SOON {
            // It counts as a program that stayed long enough.
            gate.open();
            bench.reported("gateway_transfer", 1).await;
            continue;
        }
        tried += 1;
        std::thread::sleep(BUSY);
        gate.open();
        let transfer = &bench.reported("gateway_transfer", 1).await[0];
        assert_eq!(transfer["result"], "aborted", "{transfer}");
        assert_eq!(bench.names(), [""; 0]);
    }
}

/// The server confirms the upload before the program is gone, which never reads that.
#[tokio::test]
async fn an_upload_that_is_confirmed_to_a_dead_program_is_warned_of() {
    let bench = Bench::start(Personality::VsFtpd).await;
    let mut client = bench.client().await;
    let mut data = client.passive().await;
    client.ask("STOR a", "150").await;
    data.write_all(b"part").await.unwrap();
    drop(data);
    bench.reported("gateway_transfer", 1).await;
    // Its system resets the connection, because the reply has not been read.
    let (reads, writes) = client.into_halves();
    reads.readable().await.unwrap();
    drop(reads.reunite(writes).unwrap());
    let warning = &bench.reported("warning", 1).await[0];
    let text = warning["text"].as_str().unwrap();
    assert!(
        text.contains("a may be a part, and stays at the server"),
        "{text}"
    );
    // One that has read its reply is not warned of.
    let mut client = bench.client().await;
    assert!(client.store("STOR b", b"whole").await.starts_with("226"));
    drop(client);
    bench.reported("gateway_disconnected", 2).await;
    assert_eq!(bench.events("warning").len(), 1);
}

/// vsftpd gives one refusal for a file that it may not remove, and for one that is not there.
#[tokio::test]
async fn a_file_that_was_removed_already_is_not_said_to_remain() {
    let bench = Bench::start(Personality::VsFtpd).await;
    let gate = Gate::new();
    let hold = Action::Hold(gate.clone());
    bench
        .server
        .arm(Fault::At(Point::Command("DELE"), hold).nth(1));
    let mut client = bench.client().await;
    let mut data = client.passive().await;
    client.ask("STOR a", "150").await;
    data.write_all(b"part").await.unwrap();
    client.send("ABOR\r\n").await;
    gate.reached().await;
    std::fs::remove_file(bench.server.root().join("a")).unwrap();
    gate.open();
    let stopped = client.expect("426").await;
    assert!(!stopped.contains("remain"), "{stopped}");
    assert!(!stopped.contains("cannot be removed"), "{stopped}");
    client.expect("226").await;
}
