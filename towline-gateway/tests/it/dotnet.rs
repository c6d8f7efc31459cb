//! The dialogue of .NET's `FtpWebRequest`, command by command, as its source builds it (.NET 9,
//! `FtpControlStream`): the login of each connection, then one method. A connection stays open and
//! serves the next request.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use towline_testkit::Personality;

use crate::support::{Bench, Client, noise, pasv_address};

/// How its parser reads the content length in the reply that opens a data connection.
fn content_length(opening: &str) -> Option<u64> {
    let (_, rest) = opening.rsplit_once('(')?;
    let (number, _) = rest.split_once(" bytes).")?;
    number.trim().parse().ok()
}

/// What its parser takes for the name of a file in the reply to STOU; `None` leaves the address of
/// the request.
fn response_name(opening: &str) -> Option<&str> {
    let (_, rest) = opening.split_once("for ")?;
    let (name, _) = rest.rsplit_once('(').unwrap_or((rest, ""));
    Some(name.trim_end_matches([' ', '.', '\r', '\n']))
}

async fn logged_in(bench: &Bench) -> Client {
    let mut client = bench.connect().await;
    client.ask("USER vendor", "331").await;
    client.ask("PASS gate", "230").await;
    client.ask("OPTS utf8 on", "200").await;
    let login = client.ask("PWD", "257").await;
    assert_eq!(login.split('"').nth(1), Some("/"));
    client.ask("TYPE I", "200").await;
    client
}

async fn sent(client: &mut Client, line: &str, bytes: &[u8]) -> String {
    let mut data = client.passive().await;
    let opening = client.ask(line, "150").await;
    data.write_all(bytes).await.unwrap();
    drop(data);
    client.expect("226").await;
    opening
}

#[tokio::test]
async fn every_method_of_ftp_web_request_is_served_on_one_connection() {
    for personality in [Personality::VsFtpd, Personality::ProFtpd138] {
        let bench = Bench::start(personality).await;
        let bytes = noise(30_000);
        let mut client = logged_in(&bench).await;
        // MakeDirectory, UploadFile, AppendFile.
        client.ask("MKD /in", "257").await;
        let opening = sent(&mut client, "STOR in/a b.txt", &bytes[..20_000]).await;
        assert_eq!(content_length(&opening), None);
        sent(&mut client, "APPE in/a b.txt", &bytes[20_000..]).await;
        assert_eq!(bench.read("in/a b.txt").unwrap(), bytes);
        // GetFileSize, GetDateTimestamp.
        let size = client.ask("SIZE in/a b.txt", "213").await;
        assert_eq!(size.split_whitespace().nth(1), Some("30000"));
        let time = client.ask("MDTM in/a b.txt", "213").await;
        let time = time.split([' ', '.']).nth(1).unwrap().trim();
        assert!(time.len() == 14 && time.bytes().all(|byte| byte.is_ascii_digit()));
        // DownloadFile, whole and from an offset.
        let mut data = client.passive().await;
        let opening = client.ask("RETR in/a b.txt", "150").await;
        assert_eq!(content_length(&opening), Some(30_000));
        let mut found = Vec::new();
        data.read_to_end(&mut found).await.unwrap();
        client.expect("226").await;
        assert_eq!(found, bytes);
        let reply = client.ask("PASV", "227").await;
        let mut data = TcpStream::connect(pasv_address(&reply)).await.unwrap();
        client.ask("REST 10000", "350").await;
        client.ask("RETR in/a b.txt", "150").await;
        let mut found = Vec::new();
        data.read_to_end(&mut found).await.unwrap();
        client.expect("226").await;
        assert_eq!(found, &bytes[10_000..]);
        // ListDirectory and ListDirectoryDetails enter the directory and return at the next
        // request.
        client.ask("CWD in", "250").await;
        assert_eq!(client.retrieve("NLST").await.0, b"a b.txt\r\n");
        client.ask("CWD /", "250").await;
        let (listing, _) = client.retrieve("LIST in").await;
        assert!(String::from_utf8(listing).unwrap().contains("30000"));
        // Rename, DeleteFile, RemoveDirectory, PrintWorkingDirectory.
        client.ask("RNFR in/a b.txt", "350").await;
        client.ask("RNTO in/c", "250").await;
        client.ask("DELE in/c", "250").await;
        client.ask("RMD in", "250").await;
        client.ask("PWD", "257").await;
        client.ask("QUIT", "221").await;
        assert_eq!(bench.names(), [""; 0]);
    }
}

/// The reply has the form of RFC 1123 (section 4.1.2.9), as with vsftpd and ProFTPD. The parser
/// finds no name in it, so that `ResponseUri` stays that of the request; words after "for" would
/// become one.
#[tokio::test]
async fn a_unique_name_is_told_in_the_form_of_the_standard() {
    let bench = Bench::start(Personality::VsFtpd).await;
    let mut client = logged_in(&bench).await;
    let opening = sent(&mut client, "STOU", b"unique").await;
    assert_eq!(response_name(&opening), None);
    let name = opening.split_once("FILE: ").unwrap().1.trim_end();
    assert_eq!(bench.names(), [name]);
    assert_eq!(bench.read(name).unwrap(), b"unique");
}

/// With `UsePassive = false`. It accepts the connection only after the 150, and only from the
/// server's address.
#[tokio::test]
async fn active_mode_waits_for_the_reply() {
    let bench = Bench::start(Personality::VsFtpd).await;
    bench.write("a", "active");
    let mut client = logged_in(&bench).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    client
        .ask(
            format!("PORT 127,0,0,1,{},{}", port / 256, port % 256),
            "200",
        )
        .await;
    client.ask("RETR a", "150").await;
    let (mut data, peer) = listener.accept().await.unwrap();
    assert_eq!(peer.ip(), bench.address.ip());
    let mut found = Vec::new();
    data.read_to_end(&mut found).await.unwrap();
    client.expect("226").await;
    assert_eq!(found, b"active");
}

/// It throws a `WebException` with the status 550, and uses the connection again.
#[tokio::test]
async fn a_missing_file_costs_one_request() {
    let bench = Bench::start(Personality::VsFtpd).await;
    bench.write("a", "x");
    let mut client = logged_in(&bench).await;
    let data = client.passive().await;
    client.ask("RETR missing", "550").await;
    drop(data);
    assert_eq!(client.retrieve("RETR a").await.0, b"x");
}
