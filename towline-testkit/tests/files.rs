//! Byte ranges of files, and their times and digests.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may panic")]

mod support;

use std::time::{Duration, UNIX_EPOCH};

use support::{Client, TLS12, TLS13, builder, only_control, soon, start};
use towline_testkit::{Action, DigestCommand, Fault, Gate, Personality, Point};

#[tokio::test]
async fn a_restarted_upload_keeps_or_cuts_what_follows() {
    for personality in Personality::ALL {
        let server = start(personality, TLS12).await;
        let file = server.root().join("f");
        std::fs::write(&file, b"hello world").unwrap();
        let mut client = Client::login(&server).await;
        let address = client.epsv().await;
        client.converse(&[("REST 1", 350)]).await;
        let mut data = client.open_at(address, "STOR f").await;
        data.write(b"app").await.unwrap();
        data.close().await;
        assert_eq!(client.reply().await.0, 226);
        let cuts = matches!(personality, Personality::FileZilla1 | Personality::PureFtpd);
        let left: &[u8] = if cuts { b"happ" } else { b"happo world" };
        assert_eq!(std::fs::read(&file).unwrap(), left, "{personality:?}");
        server.shutdown().await;
    }
}

#[tokio::test]
async fn an_upload_cannot_start_beyond_the_end_everywhere() {
    for (personality, stored) in [
        (Personality::VsFtpd, Some(&b"ab\0\0x"[..])),
        (Personality::ProFtpd138, None),
        (Personality::PureFtpd, Some(b"abx")),
        (Personality::PyFtpdlib, None),
    ] {
        let server = start(personality, TLS12).await;
        let file = server.root().join("f");
        std::fs::write(&file, b"ab").unwrap();
        let mut client = Client::login(&server).await;
        let address = client.epsv().await;
        client.converse(&[("REST 4", 350)]).await;
        match stored {
            Some(stored) => {
                let mut data = client.open_at(address, "STOR f").await;
                data.write(b"x").await.unwrap();
                data.close().await;
                assert_eq!(client.reply().await.0, 226, "{personality:?}");
                assert_eq!(std::fs::read(&file).unwrap(), stored, "{personality:?}");
            }
            None => client.converse(&[("STOR f", 554)]).await,
        }
        server.shutdown().await;
    }
}

#[tokio::test]
async fn times_are_set_the_way_that_the_server_knows() {
    let time = UNIX_EPOCH + Duration::from_secs(1_577_934_240);
    for (personality, command) in [
        (Personality::VsFtpd, "MDTM 20200102030400 f"),
        (Personality::ProFtpd138, "MFMT 20200102030400 f"),
        (Personality::ProFtpd138, "SITE UTIME 20200102030400 f"),
        (Personality::FileZilla1, "SITE UTIME 202001020304 f"),
        (Personality::PureFtpd, "SITE UTIME 20200102030400 f"),
    ] {
        let site = !matches!(personality, Personality::VsFtpd | Personality::PureFtpd);
        let server = builder(personality).site_utime(site).start().await.unwrap();
        let file = server.root().join("f");
        std::fs::write(&file, b"hello").unwrap();
        let mut client = Client::login(&server).await;
        let code = client.command(command).await.0;
        assert!((200..300).contains(&code), "{command} {code}");
        let set = std::fs::metadata(&file).unwrap().modified().unwrap();
        assert_eq!(set, time, "{personality:?} {command}");
        let mdtm = client.command("MDTM f").await.1;
        assert!(mdtm.starts_with("213 20200102030400"), "{mdtm}");
        let features = client.command("FEAT").await.1;
        assert_eq!(features.contains("\n SITE UTIME\n"), site, "{features}");
        assert_eq!(client.command("SITE CHMOD 600 f").await.0, 500);
        server.shutdown().await;
    }
}

#[tokio::test]
async fn a_server_can_be_without_a_command() {
    let server = builder(Personality::ProFtpd138)
        .without("MFMT")
        .without("SIZE");
    let server = server.start().await.unwrap();
    let mut client = Client::login(&server).await;
    client
        .converse(&[
            ("MFMT 20200102030405 f", 500),
            ("SIZE f", 500),
            ("NOOP", 200),
        ])
        .await;
    let features = client.command("FEAT").await.1;
    assert!(features.contains("\n MDTM\n"), "{features}");
    assert!(!features.contains("MFMT") && !features.contains("SIZE\n"));
    server.shutdown().await;
}

#[tokio::test]
async fn digests_are_unknown_unless_asked_for() {
    let server = start(Personality::ProFtpd138, TLS13).await;
    std::fs::write(server.root().join("f"), b"abc").unwrap();
    let mut client = Client::login(&server).await;
    for command in DigestCommand::ALL {
        let command = format!("{command:?} f").to_uppercase();
        assert_eq!(client.command(&command).await.0, 500, "{command}");
    }
    server.shutdown().await;
}

#[tokio::test]
async fn an_append_minds_a_restart_or_does_not() {
    for (personality, stored) in [
        (Personality::VsFtpd, Some(&b"hello!?"[..])),
        (Personality::ProFtpd138, Some(b"h!?lo")),
        (Personality::PureFtpd, Some(b"hello!?")),
        (Personality::PyFtpdlib, None),
    ] {
        let server = start(personality, TLS12).await;
        let file = server.root().join("f");
        std::fs::write(&file, b"hello").unwrap();
        let mut client = Client::login(&server).await;
        let address = client.epsv().await;
        client.converse(&[("REST 1", 350)]).await;
        match stored {
            Some(stored) => {
                let mut data = client.open_at(address, "APPE f").await;
                data.write(b"!?").await.unwrap();
                data.close().await;
                assert_eq!(client.reply().await.0, 226, "{personality:?}");
                assert_eq!(std::fs::read(&file).unwrap(), stored, "{personality:?}");
            }
            // The offset stays, so the server refuses the second command too.
            None => client.converse(&[("APPE f", 450), ("APPE f", 450)]).await,
        }
        server.shutdown().await;
    }
}

#[tokio::test]
async fn a_range_is_of_the_next_download_and_of_no_digest() {
    let server = builder(Personality::ProFtpd138).digests(DigestCommand::ALL);
    let server = server.start().await.unwrap();
    std::fs::write(server.root().join("f"), b"0123456789").unwrap();
    let mut client = Client::login(&server).await;
    let whole = client.command("XCRC f").await.1;
    client.converse(&[("RANG 2 4", 350)]).await;
    assert_eq!(client.command("XCRC f").await.1, whole);
    for expected in [&b"234"[..], b"0123456789"] {
        let address = client.epsv().await;
        let mut data = client.open_at(address, "RETR f").await;
        assert_eq!(data.read_to_end().await.unwrap(), expected);
        data.close().await;
        assert_eq!(client.reply().await.0, 226);
    }
    client
        .converse(&[("RANG 2 4", 350), ("RANG 1 0", 350), ("RANG 2", 501)])
        .await;
    let address = client.epsv().await;
    let mut data = client.open_at(address, "RETR f").await;
    assert_eq!(data.read_to_end().await.unwrap(), b"0123456789");
    data.close().await;
    assert_eq!(client.reply().await.0, 226);
    server.shutdown().await;
}

#[tokio::test]
async fn each_command_answers_its_digest() {
    const MD5: &str = "900150983CD24FB0D6963F7D28E17F72";
    const SHA1: &str = "a9993e364706816aba3e25717850c26c9cd0d89d";
    const SHA256: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    let server = builder(Personality::ProFtpd138)
        .digests(DigestCommand::ALL)
        .start()
        .await
        .unwrap();
    std::fs::write(server.root().join("a b"), b"abc").unwrap();
    let mut client = Client::login(&server).await;
    for (command, last) in [
        ("HASH a b", format!("213 SHA-1 0-3 {SHA1} a b")),
        ("XSHA256 a b", format!("250 {}", SHA256.to_uppercase())),
        ("XSHA1 a b", format!("250 {}", SHA1.to_uppercase())),
        ("XSHA1 \"a b\"", format!("250 {}", SHA1.to_uppercase())),
        ("XMD5 a b", format!("250 {MD5}")),
        ("XCRC a b", "250 352441C2".to_owned()),
        ("MD5 a b", format!("251 a b {MD5}")),
        ("OPTS HASH", "200 SHA-1".to_owned()),
        ("OPTS HASH sha-256", "200 SHA-256".to_owned()),
        ("HASH a b", format!("213 SHA-256 0-3 {SHA256} a b")),
        (
            "OPTS HASH whirlpool",
            "501 whirlpool: Unsupported algorithm".to_owned(),
        ),
        (
            "HASH nosuch",
            "550 nosuch: No such file or directory".to_owned(),
        ),
        ("HASH /", "553 /: Not a regular file".to_owned()),
    ] {
        let text = client.command(command).await.1;
        assert_eq!(text.lines().last(), Some(last.as_str()), "{command}");
    }
    let sha512 = client.command("XSHA512 a b").await.1;
    assert_eq!(sha512.lines().last().map(str::len), Some(4 + 128));
    let features = client.command("FEAT").await.1;
    for line in [
        "HASH CRC32;MD5;SHA-1;SHA-256*;SHA-512;",
        "XCRC",
        "XSHA512",
        "MD5",
    ] {
        assert!(features.contains(&format!("\n {line}\n")), "{features}");
    }
    server.shutdown().await;
}

#[tokio::test]
async fn a_digest_can_be_wrong() {
    let server = builder(Personality::ProFtpd138)
        .digests([DigestCommand::XCrc])
        .fault(Fault::WrongDigest.nth(2));
    let server = server.start().await.unwrap();
    std::fs::write(server.root().join("f"), b"abc").unwrap();
    let mut client = Client::login(&server).await;
    let right = client.command("XCRC f").await.1;
    assert!(right.ends_with("\n250 352441C2"));
    assert!(client.command("XCRC f").await.1.ends_with("\n250 342441C2"));
    assert_eq!(client.command("XCRC f").await.1, right);
    server.shutdown().await;
}

#[tokio::test]
async fn noops_are_counted_where_they_come() {
    let gate = Gate::new();
    let fault = Fault::At(Point::FinalReply("STOR"), Action::Hold(gate.clone()));
    let server = builder(Personality::ProFtpd138).fault(fault).start();
    let server = server.await.unwrap();
    let mut client = Client::login(&server).await;
    client.converse(&[("NOOP", 200)]).await;
    let mut data = client.open("STOR f").await;
    client.send("NOOP").await;
    client.send("NOOP").await;
    data.finish().await.unwrap();
    soon(gate.reached()).await;
    gate.open();
    data.drain().await;
    for code in [226, 200, 200] {
        assert_eq!(client.reply().await.0, code);
    }
    let control = only_control(&server);
    assert_eq!((control.noops, control.noops_in_transfer), (3, 2));
    server.shutdown().await;
}
