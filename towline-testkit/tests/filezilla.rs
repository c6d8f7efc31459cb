//! FileZilla Server 1.9.4, where it differs from the others.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

mod support;

use support::{Client, TLS12, TLS13, builder, start};
use towline_testkit::{Fault, Personality, Server};

/// A server with a file `f`, a directory `d`, and a file in it.
async fn server() -> Server {
    let server = start(Personality::FileZilla1, TLS13).await;
    std::fs::write(server.root().join("f"), b"hello").unwrap();
    std::fs::create_dir(server.root().join("d")).unwrap();
    std::fs::write(server.root().join("d/one"), b"1").unwrap();
    server
}

#[tokio::test]
async fn refusals_are_those_of_the_real_server() {
    let server = server().await;
    let mut client = Client::login(&server).await;
    for (command, reply) in [
        ("USER demo", "503 Already logged in. QUIT first."),
        ("MODE Z", "504 MODE Z not enabled"),
        ("MKD d", "550 File or directory already exists"),
        ("RMD nosuch", "550 Couldn't open the directory"),
        ("RMD f", "550 Couldn't open the directory"),
        ("CWD f", "550 Couldn't open the directory"),
        ("CWD nosuch", "550 Unknown error"),
        ("STAT nosuch", "550 Unknown error"),
        (
            "RNFR d",
            "350 Directory exists, ready for destination name.",
        ),
        ("RNTO nosuch/d", "550 Couldn't open the file"),
        ("RNFR f", "350 File exists, ready for destination name."),
        ("RNTO d", "550 Couldn't open the file"),
        ("OPTS MLST type;size;", "200 MLST OPTS typesize"),
    ] {
        assert_eq!(client.command(command).await.1, reply, "{command}");
    }
    assert_eq!(client.command("MODE S").await.0, 200);
    client.epsv().await;
    for (command, reply) in [
        ("STOR d", "550 Unknown error"),
        ("STOR", "501 Missing required argument"),
        ("APPE", "501 Missing required argument"),
    ] {
        assert_eq!(client.command(command).await.1, reply, "{command}");
    }
    server.shutdown().await;
}

#[tokio::test]
async fn a_directory_is_opened_before_it_is_refused() {
    let server = server().await;
    let mut client = Client::login(&server).await;
    let fetched = client.fetch("RETR d").await;
    assert_eq!(fetched.bytes, b"");
    assert_eq!(fetched.reply.1, "425 Error reading from file: 5");
    server.shutdown().await;
}

#[tokio::test]
async fn a_restart_beyond_the_end_is_refused() {
    let server = server().await;
    let mut client = Client::login(&server).await;
    client.epsv().await;
    client.converse(&[("REST 6", 350), ("RETR f", 550)]).await;
    server.shutdown().await;
}

#[tokio::test]
async fn listings_show_paths_modes_and_no_size_of_a_directory() {
    let server = server().await;
    let mut client = Client::login(&server).await;
    let listed = client.fetch("LIST").await.text();
    let lines: Vec<_> = listed.lines().collect();
    assert_eq!(lines.len(), 2, "{listed}");
    assert!(lines[0].starts_with("-rw-rw-rw- 1 ftp ftp               5 "));
    assert!(lines[1].starts_with("drwxrwxrwx 1 ftp ftp               0 "));
    let one = client.fetch("LIST d/one").await.text();
    assert!(one.ends_with(" /d/one\r\n"), "{one}");
    let one = client.command("STAT d/one").await.1;
    assert!(
        one.contains(" /d/one\n") || one.contains(" /d/one\r\n"),
        "{one}"
    );
    assert_eq!(client.fetch("NLST d").await.text(), "d/one\r\n");
    assert_eq!(client.fetch("NLST").await.text(), "f\r\nd\r\n");
    server.shutdown().await;
}

#[tokio::test]
async fn facts_of_one_path_name_the_whole_path() {
    let server = server().await;
    let mut client = Client::login(&server).await;
    let root = client.command("MLST").await.1;
    assert!(
        root.contains("type=dir;") && root.contains("perms=cplem; /"),
        "{root}"
    );
    let one = client.command("MLST d/one").await.1;
    assert!(
        one.contains("type=file;") && one.contains("; /d/one"),
        "{one}"
    );
    server.shutdown().await;
}

/// In the real server, the outcome of the race varies.
#[tokio::test]
async fn a_handshake_that_overtakes_its_command_is_denied_without_a_hint() {
    for versions in [TLS12, TLS13] {
        let server = builder(Personality::FileZilla1)
            .versions(versions)
            .fault(Fault::HandshakeFirst.nth(2))
            .start()
            .await
            .unwrap();
        let mut client = Client::login(&server).await;
        assert_eq!(client.fetch("LIST").await.reply.0, 226, "it has resumed");
        let address = client.epsv().await;
        client.store.clear();
        client.send("LIST").await;
        let mut data = client.dial_data(address).await;
        let _ = data.read_to_end().await;
        assert_eq!(client.reply().await.1, "425 Use PORT, PASV or EPSV first.");
        server.shutdown().await;
    }
}
