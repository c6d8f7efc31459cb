//! ABOR, and other commands while a transfer runs.

use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use towline_testkit::{Action, Fault, Gate, Personality, Point, Server};

use crate::support::{Bench, Client, noise};

async fn slow() -> Bench {
    let pace = |command| Fault::Pace {
        command,
        bytes_per_second: 200_000,
    };
    let builder = Server::builder(Personality::VsFtpd);
    let builder = builder
        .fault(pace("RETR").nth(1))
        .fault(pace("STOR").nth(1));
    let bench = Bench::build(builder, |_, _| {}).await;
    bench.write("big", noise(20_000_000));
    bench.write("small", "fine");
    bench
}

/// Begins a download, and waits for its first bytes.
async fn begin(client: &mut Client) -> tokio::net::TcpStream {
    let mut data = client.passive().await;
    client.ask("RETR big", "150").await;
    data.read_u8().await.unwrap();
    data
}

async fn is_in_step(client: &mut Client) {
    client.ask("NOOP", "200").await;
    assert_eq!(client.retrieve("RETR small").await.0, b"fine");
}

#[tokio::test]
async fn abor_ends_a_download_in_order() {
    let bench = slow().await;
    let mut client = bench.client().await;
    let _data = begin(&mut client).await;
    client.ask("ABOR", "426").await;
    client.expect("226").await;
    is_in_step(&mut client).await;
    assert_eq!(bench.events("gateway_transfer")[0]["result"], "aborted");
}

#[tokio::test]
async fn abor_with_telnet_interrupt_and_synch_is_understood() {
    let bench = slow().await;
    let mut client = bench.client().await;
    let _data = begin(&mut client).await;
    client.send(b"\xff\xf4\xff").await;
    SockRef::from(client.socket())
        .send_out_of_band(b"\xf2")
        .unwrap();
    client.send("ABOR\r\n").await;
    client.expect("426").await;
    client.expect("226").await;
    is_in_step(&mut client).await;
}

#[tokio::test]
async fn abor_sent_urgently_as_python_does_is_understood() {
    let bench = slow().await;
    let mut client = bench.client().await;
    let _data = begin(&mut client).await;
    // The urgent byte is the last one, the line feed.
    SockRef::from(client.socket())
        .send_out_of_band(b"ABOR\r\n")
        .unwrap();
    client.expect("426").await;
    client.expect("226").await;
    is_in_step(&mut client).await;
}

#[tokio::test]
async fn abor_ends_an_upload_and_leaves_no_part() {
    let bench = slow().await;
    let mut client = bench.client().await;
    let mut data = client.passive().await;
    client.ask("STOR new", "150").await;
    data.write_all(b"some").await.unwrap();
    client.ask("ABOR", "426").await;
    client.expect("226").await;
    assert_eq!(bench.read("new"), None);
    is_in_step(&mut client).await;
}

/// As if both had arrived at the same moment: the gateway sees the end of the data and the ABOR in
/// either order.
#[tokio::test]
async fn abor_that_comes_with_the_end_of_the_data_leaves_no_part() {
    for urgent in [false, true] {
        let bench = slow().await;
        let mut client = bench.client().await;
        let mut data = client.passive().await;
        client.ask("STOR new", "150").await;
        data.write_all(b"some").await.unwrap();
        match urgent {
            true => {
                let socket = SockRef::from(client.socket());
                assert_eq!(socket.send_out_of_band(b"ABOR\r\n").unwrap(), 6);
            }
            false => client.send("ABOR\r\n").await,
        }
        data.shutdown().await.unwrap();
        client.expect("426").await;
        client.expect("226").await;
        assert_eq!(bench.read("new"), None, "urgent: {urgent}");
        is_in_step(&mut client).await;
        let report = bench.server.report();
        let mut uploads = report.data().filter(|data| data.command == "STOR");
        assert!(!uploads.any(|upload| upload.close_notify));
    }
}

/// As Python does it: the data end in order, and ABOR follows before the final reply. A client that
/// is gone by then may have been killed, so its file does not take the place of the old one.
#[tokio::test]
async fn an_upload_that_is_given_up_before_its_final_reply_leaves_nothing() {
    for (atomic, gone) in [(false, false), (true, false), (true, true)] {
        let gate = Gate::new();
        let bench = Bench::build(Server::builder(Personality::VsFtpd), |settings, _| {
            settings.routes[0].atomic = atomic;
        })
        .await;
        if atomic {
            bench.write("new", "old");
        }
        bench.write("small", "fine");
        let hold = Action::Hold(gate.clone());
        bench
            .server
            .arm(Fault::At(Point::FinalReply("STOR"), hold).nth(1));
        let mut client = bench.client().await;
        let mut data = client.passive().await;
        client.ask("STOR new", "150").await;
        data.write_all(b"some").await.unwrap();
        data.shutdown().await.unwrap();
        gate.reached().await;
        if gone {
            drop(client);
            bench.reported("gateway_disconnected", 1).await;
            gate.open();
        } else {
            client.send("ABOR\r\n").await;
            gate.open();
            let stopped = client.expect("426").await;
            assert!(stopped.contains("removed"), "{stopped}");
            client.expect("226").await;
            is_in_step(&mut client).await;
        }
        let transfer = &bench.events("gateway_transfer")[0];
        assert_eq!(transfer["result"], "aborted", "{transfer}");
        let left: &[_] = if atomic {
            &["new", "small"]
        } else {
            &["small"]
        };
        assert_eq!(bench.names(), left, "atomic {atomic}, gone {gone}");
        if atomic {
            assert_eq!(bench.read("new").unwrap(), b"old");
        }
    }
}

/// It has the name of the old file, so there is nothing to gain by its removal.
#[tokio::test]
async fn an_upload_that_the_server_confirms_stays_when_its_client_has_left() {
    for half in [false, true] {
        let gate = Gate::new();
        let hold = Fault::At(Point::FinalReply("STOR"), Action::Hold(gate.clone()));
        let builder = Server::builder(Personality::VsFtpd).fault(hold.nth(1));
        let bench = Bench::build(builder, |settings, _| {
            settings.routes[0].atomic = false;
        })
        .await;
        bench.write("old", "old");
        let mut client = bench.client().await;
        let mut data = client.passive().await;
        client.ask("STOR old", "150").await;
        data.write_all(b"whole").await.unwrap();
        data.shutdown().await.unwrap();
        gate.reached().await;
        // A killed program would be gone by then.
        tokio::time::sleep(Duration::from_millis(60)).await;
        let (reads, writes) = client.into_halves();
        drop(writes);
        let reads = half.then_some(reads);
        gate.open();
        let transfer = &bench.reported("gateway_transfer", 1).await[0];
        assert_eq!(transfer["result"], "verified", "{transfer}");
        assert_eq!(bench.read("old").unwrap(), b"whole");
        if let Some(mut reads) = reads {
            let mut rest = String::new();
            reads.read_to_string(&mut rest).await.unwrap();
            assert!(rest.starts_with("226"), "{rest}");
        }
    }
}

/// What was appended cannot be taken back.
#[tokio::test]
async fn an_append_that_is_given_up_before_its_final_reply_stays() {
    let gate = Gate::new();
    let hold = Action::Hold(gate.clone());
    let hold = Fault::At(Point::FinalReply("APPE"), hold).nth(1);
    let bench = Bench::build(Server::builder(Personality::VsFtpd).fault(hold), |_, _| {}).await;
    bench.write("a", "one");
    bench.write("small", "fine");
    let mut client = bench.client().await;
    let mut data = client.passive().await;
    client.ask("APPE a", "150").await;
    data.write_all(b"two").await.unwrap();
    data.shutdown().await.unwrap();
    gate.reached().await;
    client.send("ABOR\r\n").await;
    gate.open();
    let stopped = client.expect("426").await;
    assert!(stopped.contains("stays at the server"), "{stopped}");
    client.expect("226").await;
    assert_eq!(bench.read("a").unwrap(), b"onetwo");
    is_in_step(&mut client).await;
}

/// A line that is too long waits for its turn, too.
#[tokio::test]
async fn replies_after_a_transfer_come_in_order_even_to_nonsense() {
    let bench = slow().await;
    bench.write("medium", noise(300_000));
    let mut client = bench.client().await;
    let mut data = client.passive().await;
    client.ask("RETR medium", "150").await;
    data.read_u8().await.unwrap();
    client.send("SIZE small\r\n").await;
    client
        .send([vec![b'A'; 20_000], b"\r\nNOOP\r\n".to_vec()].concat())
        .await;
    let mut rest = Vec::new();
    data.read_to_end(&mut rest).await.unwrap();
    for code in ["226", "213", "500", "200"] {
        client.expect(code).await;
    }
}

#[tokio::test]
async fn noop_and_stat_are_answered_while_a_transfer_runs_and_the_rest_in_order() {
    let bench = slow().await;
    bench.write("medium", noise(600_000));
    let mut client = bench.client().await;
    let mut data = client.passive().await;
    client.ask("RETR medium", "150").await;
    data.read_u8().await.unwrap();
    client.ask("NOOP", "200").await;
    assert!(client.ask("STAT", "211").await.contains("bytes so far"));
    client.send("SIZE small\r\nPWD\r\nNOOP\r\n").await;
    let mut rest = Vec::new();
    data.read_to_end(&mut rest).await.unwrap();
    for code in ["226", "213", "257", "200"] {
        client.expect(code).await;
    }
}

#[tokio::test]
async fn a_client_that_stops_reading_early_keeps_its_session() {
    let bench = slow().await;
    let mut client = bench.client().await;
    let data = begin(&mut client).await;
    drop(data);
    client.expect("426").await;
    is_in_step(&mut client).await;
}

#[tokio::test]
async fn abor_ends_a_listing_and_leaves_the_directory_as_it_was() {
    let pace = Fault::Pace {
        command: "LIST",
        bytes_per_second: 10,
    };
    let builder = Server::builder(Personality::VsFtpd).fault(pace.nth(1));
    let bench = Bench::build(builder, |_, _| {}).await;
    std::fs::create_dir(bench.server.root().join("in")).unwrap();
    bench.write("in/a", "inner");
    bench.write("a", "outer");
    let mut client = bench.client().await;
    client.ask("CWD in", "250").await;
    let _data = client.passive().await;
    client.send("LIST\r\n").await;
    client.ask("ABOR", "426").await;
    client.expect("226").await;
    assert_eq!(client.retrieve("RETR a").await.0, b"inner");
    client.ask("CWD /", "250").await;
    assert_eq!(client.retrieve("RETR a").await.0, b"outer");
}

/// The server has begun the upload, and so has emptied its target, before the client interrupts it.
#[tokio::test]
async fn an_upload_that_is_interrupted_while_it_opens_leaves_nothing() {
    for (atomic, gone) in [(false, false), (false, true), (true, false)] {
        for point in [Point::Command("STOR"), Point::DataTls("STOR")] {
            let gate = Gate::new();
            let bench = Bench::build(Server::builder(Personality::VsFtpd), |settings, _| {
                settings.routes[0].atomic = atomic;
            })
            .await;
            bench
                .server
                .arm(Fault::At(point, Action::Hold(gate.clone())).nth(1));
            let mut client = bench.client().await;
            let _data = client.passive().await;
            client.send("STOR a\r\n").await;
            gate.reached().await;
            if gone {
                drop(client);
                gate.open();
            } else {
                client.send("ABOR\r\n").await;
                gate.open();
                let mut reply = client.reply().await;
                if reply.starts_with("150") {
                    reply = client.reply().await;
                }
                assert!(reply.starts_with("426"), "{reply}");
                client.expect("226").await;
            }
            let transfer = &bench.reported("gateway_transfer", 1).await[0];
            assert_eq!(transfer["result"], "aborted", "{transfer}");
            assert_eq!(bench.names(), [""; 0], "atomic {atomic}, gone {gone}");
        }
    }
}
