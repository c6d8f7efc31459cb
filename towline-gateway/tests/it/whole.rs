//! 226 means whole. Whatever is not whole ends with a reset, and with a negative reply.

use std::io::ErrorKind;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use towline_testkit::{Action, Fault, Personality, Point, Server};

use crate::support::{Bench, Client, noise};

/// Reads a data connection to its end. Returns whether it was reset.
async fn is_reset(data: &mut tokio::net::TcpStream) -> bool {
    let mut bytes = Vec::new();
    match data.read_to_end(&mut bytes).await {
        Ok(_) => false,
        Err(error) => error.kind() == ErrorKind::ConnectionReset,
    }
}

async fn download_fails(client: &mut Client, line: &str) -> String {
    let mut data = client.passive().await;
    client.ask(line, "150").await;
    assert!(is_reset(&mut data).await, "{line}: an orderly end");
    let end = client.reply().await;
    assert!(end.starts_with('4'), "{line}: {end}");
    end
}

#[tokio::test]
async fn a_download_that_is_not_whole_is_reset() {
    let transfer = |action| {
        Fault::At(
            Point::Transfer {
                command: "RETR",
                after: 30_000,
            },
            action,
        )
    };
    for fault in [
        Fault::CutDownload(30_000),
        Fault::At(
            Point::FinalReply("RETR"),
            Action::Reply("451 Read error on the disk.".to_owned()),
        ),
        transfer(Action::Reset),
        transfer(Action::Close),
    ] {
        for personality in [Personality::VsFtpd, Personality::ProFtpd138] {
            let bench = Bench::build(Server::builder(personality), |_, _| {}).await;
            bench.write("a", noise(100_000));
            bench.write("b", "fine");
            bench.server.arm(fault.clone().nth(1));
            let mut client = bench.client().await;
            let end = download_fails(&mut client, "RETR a").await;
            if matches!(&fault, Fault::At(Point::FinalReply(_), _)) {
                assert!(end.starts_with("451 Read error on the disk."), "{end}");
            }
            let (bytes, end) = client.retrieve("RETR b").await;
            assert_eq!(bytes, b"fine");
            assert!(end.starts_with("226"), "both sides are in step: {end}");
            assert_eq!(bench.events("gateway_transfer")[0]["result"], "failed");
        }
    }
}

#[tokio::test]
async fn a_refusal_ends_the_waiting_data_connection_in_order() {
    let bench = Bench::start(Personality::VsFtpd).await;
    let mut client = bench.client().await;
    for (line, ahead) in [
        ("RETR missing", ""),
        ("STOR missing/a", ""),
        ("APPE missing/a", ""),
        // As TLS that begins before the first reply.
        ("RETR missing", "a greeting"),
    ] {
        let mut data = client.passive().await;
        data.write_all(ahead.as_bytes()).await.unwrap();
        client.ask(line, "55").await;
        let end = data.read(&mut [0]).await;
        assert!(matches!(end, Ok(0)), "{line}: {end:?}");
    }
}

#[tokio::test]
async fn a_listing_that_is_not_whole_is_reset() {
    for command in ["LIST", "NLST"] {
        let cut = Point::Transfer { command, after: 10 };
        for action in [Action::Reset, Action::Close] {
            let fault = Fault::At(cut.clone(), action);
            let bench = Bench::build(Server::builder(Personality::VsFtpd), |_, _| {}).await;
            bench.write("a-file-with-a-long-name", "x");
            bench.server.arm(fault.from_nth(1));
            let mut client = bench.client().await;
            download_fails(&mut client, command).await;
            bench.server.disarm();
            assert!(client.retrieve(command).await.1.starts_with("226"));
        }
    }
}

#[tokio::test]
async fn a_listing_that_the_server_ends_with_an_error_is_reset() {
    let refused = Action::Reply("451 Directory changed meanwhile.".to_owned());
    let fault = Fault::At(Point::FinalReply("LIST"), refused);
    let bench = Bench::build(Server::builder(Personality::VsFtpd).fault(fault), |_, _| {}).await;
    bench.write("a", "x");
    let mut client = bench.client().await;
    let end = download_fails(&mut client, "LIST").await;
    assert!(end.starts_with("451 Directory changed meanwhile."), "{end}");
}

#[tokio::test]
async fn an_upload_that_the_server_does_not_have_whole_is_not_226() {
    for (fault, words) in [
        (Fault::LoseUpload(1000), "bytes were sent"),
        (Fault::DiskFull(1000), ""),
        (
            Fault::At(
                Point::FinalReply("STOR"),
                Action::Reply("452 Quota is used up.".to_owned()),
            ),
            "452 Quota is used up.",
        ),
    ] {
        let bench = Bench::build(Server::builder(Personality::VsFtpd), |_, _| {}).await;
        bench.server.arm(fault.nth(1));
        let mut client = bench.client().await;
        let mut data = client.passive().await;
        client.ask("STOR a", "150").await;
        let _ = data.write_all(&noise(300_000)).await;
        let _ = data.shutdown().await;
        let end = client.reply().await;
        assert!(end.starts_with('4') || end.starts_with('5'), "{end}");
        assert!(end.contains(words), "{end}");
        assert!(client.store("STOR b", b"fine").await.starts_with("226"));
    }
}

#[tokio::test]
async fn a_client_that_resets_in_the_middle_of_an_upload_leaves_no_part() {
    for atomic in [false, true] {
        for personality in [Personality::VsFtpd, Personality::ProFtpd138] {
            let bench = Bench::build(Server::builder(personality), |settings, _| {
                settings.routes[0].atomic = atomic;
            })
            .await;
            let mut client = bench.client().await;
            let mut data = client.passive().await;
            client.ask("STOR a", "150").await;
            data.write_all(&noise(500_000)).await.unwrap();
            data.set_zero_linger().unwrap();
            drop(data);
            let end = client.reply().await;
            assert!(end.starts_with("426"), "{end}");
            assert_eq!(bench.names(), [""; 0], "atomic: {atomic}");
            let report = bench.server.report();
            let mut uploads = report.data().filter(|data| data.command == "STOR");
            let is_orderly = uploads.any(|upload| upload.close_notify);
            assert!(!is_orderly, "the server never gets an orderly end");
            assert!(client.store("STOR a", b"again").await.starts_with("226"));
        }
    }
}

#[tokio::test]
async fn a_client_that_is_gone_in_the_middle_of_an_upload_leaves_no_part() {
    for waiting in [None, Some("PWD\r\n")] {
        a_client_is_gone(waiting).await;
    }
}

async fn a_client_is_gone(waiting: Option<&str>) {
    let bench = Bench::start(Personality::VsFtpd).await;
    let mut client = bench.client().await;
    let mut data = client.passive().await;
    client.ask("STOR a", "150").await;
    data.write_all(&noise(500_000)).await.unwrap();
    // A command that waits for the end of the transfer is no goodbye.
    if let Some(command) = waiting {
        client.send(command).await;
    }
    // As when its process ends: both connections close in order.
    drop(client);
    drop(data);
    let left = async {
        while bench.events("gateway_disconnected").is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), left)
        .await
        .unwrap();
    assert_eq!(bench.names(), [""; 0]);
    let transfer = &bench.events("gateway_transfer")[0];
    assert_eq!(transfer["result"], "aborted");
    assert!(
        transfer["reason"].as_str().unwrap().contains("removed"),
        "{transfer}"
    );
}

#[tokio::test]
async fn what_an_append_leaves_is_said() {
    let bench = Bench::start(Personality::VsFtpd).await;
    bench.write("a", "one");
    let mut client = bench.client().await;
    let mut data = client.passive().await;
    client.ask("APPE a", "150").await;
    data.write_all(b"two").await.unwrap();
    data.set_zero_linger().unwrap();
    drop(data);
    let end = client.reply().await;
    assert!(
        end.starts_with("426") && end.contains("may now end with a part"),
        "{end}"
    );
    assert!(bench.read("a").unwrap().starts_with(b"one"));
}
