//! Clients that send nonsense, too much, or nothing.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use towline_testkit::{Fault, Personality, Server};

use crate::support::{Bench, Client, noise};

async fn hasty() -> Bench {
    Bench::build(Server::builder(Personality::VsFtpd), |settings, _| {
        settings.limits.login = Duration::from_millis(400);
        settings.limits.idle = Duration::from_millis(600);
        settings.limits.data = Duration::from_millis(500);
        settings.limits.clients = 3;
    })
    .await
}

/// The next client notices nothing.
async fn still_serves(bench: &Bench) {
    bench.write("still", "here");
    let mut client = bench.client().await;
    assert_eq!(client.retrieve("RETR still").await.0, b"here");
}

#[tokio::test]
async fn a_line_of_a_megabyte_gets_one_500() {
    let bench = Bench::start(Personality::VsFtpd).await;
    let mut client = bench.connect().await;
    client.send(vec![b'A'; 1 << 20]).await;
    client.send("\r\nNOOP\r\n").await;
    client.expect("500").await;
    client.expect("200").await;
    still_serves(&bench).await;
}

#[tokio::test]
async fn a_line_without_end_ends_at_the_time_limit() {
    let bench = hasty().await;
    let mut client = bench.connect().await;
    client.send(vec![b'A'; 1 << 20]).await;
    client.expect("500").await;
    client.expect("421").await;
    assert!(client.is_closed().await);
    still_serves(&bench).await;
}

#[tokio::test]
async fn one_byte_at_a_time_is_a_command() {
    let bench = Bench::start(Personality::VsFtpd).await;
    let mut client = bench.connect().await;
    client.socket().set_nodelay(true).unwrap();
    for byte in b"USER vendor\r\nPASS gate\r\n" {
        client.send([*byte]).await;
    }
    client.expect("331").await;
    client.expect("230").await;
}

#[tokio::test]
async fn binary_and_tls_on_the_plain_port_end_the_connection() {
    let bench = Bench::start(Personality::VsFtpd).await;
    for garbage in [noise(1 << 16), b"\x16\x03\x01\n".repeat(100)] {
        let mut stream = TcpStream::connect(bench.address).await.unwrap();
        // The gateway may close first.
        let _ = stream.write_all(&garbage).await;
        let _ = stream.write_all(&b"\n".repeat(100)).await;
        let mut answers = Vec::new();
        let _ = stream.read_to_end(&mut answers).await;
    }
    still_serves(&bench).await;
}

#[tokio::test]
async fn ten_thousand_commands_at_once_are_answered() {
    let bench = Bench::build(Server::builder(Personality::VsFtpd), |settings, _| {
        settings.limits.commands = 1_000_000;
    })
    .await;
    let client = bench.client().await;
    let (mut read, mut write) = client.into_halves();
    let sending = tokio::spawn(async move {
        write.write_all(&b"NOOP\r\n".repeat(10_000)).await.unwrap();
        write
    });
    let mut answers = vec![0; "200 Done.\r\n".len() * 10_000];
    read.read_exact(&mut answers).await.unwrap();
    drop(sending.await.unwrap());
    assert!(answers.ends_with(b"200 Done.\r\n"));
}

#[tokio::test]
async fn commands_beyond_the_limit_of_a_second_wait() {
    let bench = Bench::build(Server::builder(Personality::VsFtpd), |settings, _| {
        settings.limits.commands = 10;
    })
    .await;
    let mut client = bench.client().await;
    let began = std::time::Instant::now();
    for _ in 0..25 {
        client.ask("NOOP", "200").await;
    }
    assert!(began.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn data_goes_to_the_client_alone() {
    let bench = Bench::start(Personality::VsFtpd).await;
    let mut client = bench.client().await;
    for line in [
        "PORT 127,0,0,2,20,0",
        "PORT 10,0,0,1,20,0",
        "PORT 127,0,0,1,0,25",
        "EPRT |1|127.0.0.2|5000|",
        "EPRT |2|::1|5000|",
        "EPRT |1|127.0.0.1|80|",
    ] {
        client.ask(line, "501").await;
    }
    bench.write("a", "secret");
    client.ask("RETR a", "425").await;
}

#[tokio::test]
async fn nobody_else_takes_the_data_port() {
    let bench = Bench::start(Personality::VsFtpd).await;
    bench.write("a", "secret");
    let mut client = bench.client().await;
    let reply = client.ask("PASV", "227").await;
    let address = crate::support::pasv_address(&reply);
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.2:0".parse().unwrap()).unwrap();
    let mut stranger = socket.connect(address).await.unwrap();
    client.ask("RETR a", "150").await;
    let mut stolen = Vec::new();
    let _ = stranger.read_to_end(&mut stolen).await;
    assert!(stolen.is_empty());
    let mut data = TcpStream::connect(address).await.unwrap();
    let mut bytes = Vec::new();
    data.read_to_end(&mut bytes).await.unwrap();
    assert_eq!(bytes, b"secret");
    client.expect("226").await;
}

#[tokio::test]
async fn a_client_that_never_connects_gets_425_and_empties_no_file() {
    let bench = hasty().await;
    bench.write("a", "old");
    let mut client = bench.client().await;
    client.ask("PASV", "227").await;
    client.ask("RETR a", "150").await;
    client.expect("425").await;
    client.ask("NOOP", "200").await;
    // Nothing listens there.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    client
        .ask(format!("EPRT |1|127.0.0.1|{port}|"), "200")
        .await;
    client.ask("STOR a", "425").await;
    // Its way to the port may be blocked.
    client.ask("PASV", "227").await;
    client.ask("STOR a", "150").await;
    client.expect("425").await;
    assert_eq!(bench.read("a").unwrap(), b"old");
    client.ask("NOOP", "200").await;
}

#[tokio::test]
async fn a_client_that_connects_after_the_first_reply_may_upload() {
    let bench = Bench::start(Personality::VsFtpd).await;
    let mut client = bench.client().await;
    for (line, end) in [("STOR a", "226"), ("STOR missing/a", "55")] {
        let reply = client.ask("PASV", "227").await;
        client.ask(line, "150").await;
        let address = crate::support::pasv_address(&reply);
        let mut data = TcpStream::connect(address).await.unwrap();
        let _ = data.write_all(b"late").await;
        drop(data);
        client.expect(end).await;
    }
    assert_eq!(bench.read("a").unwrap(), b"late");
    client.ask("NOOP", "200").await;
}

#[tokio::test]
async fn a_client_that_never_reads_loses_its_transfer() {
    let bench = hasty().await;
    bench.write("big", noise(30_000_000));
    let mut client = bench.client().await;
    let _data = client.passive().await;
    client.ask("RETR big", "150").await;
    client.expect("426").await;
    still_serves(&bench).await;
}

#[tokio::test]
async fn a_client_that_never_sends_loses_its_transfer() {
    let bench = hasty().await;
    let mut client = bench.client().await;
    let _data = client.passive().await;
    client.ask("STOR a", "150").await;
    client.expect("426").await;
    assert_eq!(bench.read("a"), None);
    still_serves(&bench).await;
}

#[tokio::test]
async fn silence_ends_at_its_limits() {
    let bench = hasty().await;
    let mut silent = bench.connect().await;
    silent.expect("421").await;
    assert!(silent.is_closed().await);
    let mut idle = bench.client().await;
    idle.expect("421").await;
    assert!(idle.is_closed().await);
    // No command was refused.
    assert!(bench.events("gateway_refusal").is_empty());
}

#[tokio::test]
async fn a_client_too_many_gets_421() {
    let bench = Bench::build(Server::builder(Personality::VsFtpd), |settings, _| {
        settings.limits.clients = 2;
    })
    .await;
    let mut first = bench.connect().await;
    let _second = bench.connect().await;
    let mut third = Client::over(TcpStream::connect(bench.address).await.unwrap());
    third.expect("421").await;
    assert!(third.is_closed().await);
    let end = &bench.reported("gateway_disconnected", 1).await[0];
    assert_eq!(end["gateway_client"], 3);
    assert_eq!(end["reason"], "there are too many clients");
    first.ask("QUIT", "221").await;
    assert!(first.is_closed().await);
}

#[tokio::test]
async fn two_transfers_at_once_come_one_after_the_other() {
    let bench = Bench::start(Personality::VsFtpd).await;
    bench.write("a", noise(2_000_000));
    let mut client = bench.client().await;
    let mut data = client.passive().await;
    client.ask("RETR a", "150").await;
    client.send("RETR a\r\n").await;
    let mut bytes = Vec::new();
    data.read_to_end(&mut bytes).await.unwrap();
    assert_eq!(bytes.len(), 2_000_000);
    client.expect("226").await;
    client.expect("425").await;
}

/// A listing that is longer than what is held of it has begun at the server, which stands in the
/// directory meanwhile.
#[tokio::test]
async fn a_long_listing_without_a_data_connection_leaves_the_session_where_it_was() {
    let bench = Bench::start(Personality::ProFtpd138).await;
    std::fs::create_dir_all(bench.server.root().join("in/deep")).unwrap();
    bench.write("in/a", "12345");
    bench.server.arm(Fault::HugeListing(20_000));
    let mut client = bench.client().await;
    client.ask("CWD in", "250").await;
    // Nobody listens there.
    let listener = client.active().await;
    drop(listener);
    for line in ["LIST deep", "MLSD"] {
        client.send(format!("{line}\r\n")).await;
        client.expect("150").await;
        client.expect("425").await;
        let listener = client.active().await;
        drop(listener);
    }
    bench.server.disarm();
    client.ask("SIZE a", "213 5").await;
    client.ask("PWD", "257 \"/in\"").await;
    assert_eq!(client.retrieve("NLST").await.0, b"a\r\ndeep\r\n");
}
