//! Servers whose listings, names or limits differ from the well-known ones.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may panic")]

mod support;

use std::time::{Duration, UNIX_EPOCH};

use support::{Client, TLS13, Trust, builder, only_control, soon, start};
use towline_testkit::{ControlEnd, Personality};

#[tokio::test]
async fn a_canned_listing_comes_byte_for_byte_for_any_directory() {
    const LISTING: &[u8] = b"12-25-20  03:04PM  <DIR>  d\xff\r\nwhat is this";
    for personality in Personality::ALL {
        let server = builder(personality).listing(LISTING).start().await.unwrap();
        let mut client = Client::login(&server).await;
        for command in ["LIST", "LIST nosuch"] {
            let listed = client.fetch(command).await;
            assert_eq!(listed.bytes, LISTING, "{personality:?}");
            assert_eq!(listed.reply.0, 226, "{personality:?}");
            assert!(!listed.reply.1.contains('{'), "{}", listed.reply.1);
        }
        assert_ne!(client.fetch("NLST").await.bytes, LISTING);
        server.shutdown().await;
    }
}

#[tokio::test]
async fn a_server_can_be_without_machine_listings() {
    let server = builder(Personality::ProFtpd138)
        .mlsd(false)
        .start()
        .await
        .unwrap();
    let mut client = Client::login(&server).await;
    client
        .converse(&[("MLSD", 500), ("MLST", 500), ("OPTS MLST size;", 500)])
        .await;
    let features = client.command("FEAT").await.1;
    assert!(!features.contains("MLS"), "{features}");
    server.shutdown().await;
}

#[tokio::test]
async fn the_system_can_be_another() {
    let server = builder(Personality::ProFtpd138).syst("Windows_NT").start();
    let server = server.await.unwrap();
    let mut client = Client::login(&server).await;
    assert_eq!(client.command("SYST").await.1, "215 Windows_NT");
    server.shutdown().await;
}

#[tokio::test]
async fn listings_can_be_on_another_clock_than_mdtm() {
    for (hours, listed) in [
        (0, "Jan  2  2020"),
        (-4, "Jan  1  2020"),
        (21, "Jan  3  2020"),
    ] {
        let server = builder(Personality::ProFtpd138)
            .listing_offset(hours)
            .start();
        let server = server.await.unwrap();
        let file = std::fs::File::create(server.root().join("f")).unwrap();
        let time = UNIX_EPOCH + Duration::from_secs(1_577_934_245);
        file.set_modified(time).unwrap();
        let mut client = Client::login(&server).await;
        let text = client.fetch("LIST").await.text();
        assert!(text.ends_with(&format!("{listed} f\r\n")), "{hours} {text}");
        assert_eq!(client.command("MDTM f").await.1, "213 20200102030405");
        server.shutdown().await;
    }
}

#[tokio::test]
async fn recent_entries_show_the_hour_of_the_servers_clock() {
    let hour = async |hours| {
        let server = builder(Personality::ProFtpd138)
            .listing_offset(hours)
            .start();
        let server = server.await.unwrap();
        let file = std::fs::File::create(server.root().join("f")).unwrap();
        // The middle of an hour, so that the listed hour is certain.
        let now = UNIX_EPOCH.elapsed().unwrap().as_secs();
        let time = Duration::from_secs(now / 3600 * 3600 - 1800);
        file.set_modified(UNIX_EPOCH + time).unwrap();
        let mut client = Client::login(&server).await;
        let text = client.fetch("LIST").await.text();
        server.shutdown().await;
        let clock = text.split_whitespace().rev().nth(1).unwrap();
        clock.split_once(':').unwrap().0.parse::<i32>().unwrap()
    };
    let (utc, east) = (hour(0).await, hour(5).await);
    // A new hour may have begun between the two.
    assert!(
        [5, 6].contains(&(east - utc).rem_euclid(24)),
        "{utc} {east}"
    );
}

#[tokio::test]
async fn a_server_can_be_without_utf8() {
    for personality in Personality::ALL {
        let server = builder(personality).utf8(false).start().await.unwrap();
        let mut client = Client::login(&server).await;
        let features = client.command("FEAT").await.1;
        assert!(!features.contains("UTF8"), "{features}");
        let code = client.command("OPTS UTF8 ON").await.0;
        assert!(code >= 500, "{personality:?} {code}");
        server.shutdown().await;
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn names_are_bytes() {
    use std::os::unix::ffi::OsStrExt;
    let name = b"caf\xe9 \xff";
    let utf8 = |it: &Personality| *it == Personality::PyFtpdlib;
    for personality in Personality::ALL.into_iter().filter(|it| !utf8(it)) {
        let server = start(personality, TLS13).await;
        let path = server.root().join(std::ffi::OsStr::from_bytes(name));
        std::fs::write(&path, b"hello").unwrap();
        let mut client = Client::login(&server).await;
        let listed = client.fetch("NLST").await.bytes;
        let line = [&name[..], b"\r\n"].concat();
        assert!(listed.ends_with(&line), "{personality:?} {listed:?}");
        let proftpd = matches!(
            personality,
            Personality::ProFtpd138 | Personality::ProFtpd1310
        );
        let doubled: &[u8] = if proftpd { b"\xff" } else { b"" };
        client
            .send_bytes(&[b"DELE ", &name[..], doubled, b"\r\n"].concat())
            .await;
        assert_eq!(client.reply().await.0, 250, "{personality:?}");
        assert!(!path.exists());
        server.shutdown().await;
    }
}

#[tokio::test]
async fn pyftpdlib_reads_utf8_alone() {
    let server = start(Personality::PyFtpdlib, TLS13).await;
    let mut client = Client::login(&server).await;
    client.send_bytes(b"MKD caf\xe9 \xc3\xbf\r\n").await;
    assert_eq!(client.reply().await.0, 257);
    assert!(server.root().join("caf\u{fffd} \u{ff}").is_dir());
    server.shutdown().await;
}

#[tokio::test]
async fn proftpd_takes_telnet_commands_out_of_a_line() {
    let server = start(Personality::ProFtpd138, TLS13).await;
    let mut client = Client::login(&server).await;
    client.send_bytes(b"\xff\xf4\xff\xf2ABOR\r\n").await;
    assert_eq!(client.reply().await.0, 226);
    assert_eq!(only_control(&server).commands.last().unwrap(), "ABOR");
    server.shutdown().await;
}

#[tokio::test]
async fn a_line_that_is_too_long_is_refused_and_the_next_one_obeyed() {
    for personality in Personality::ALL {
        let server = start(personality, TLS13).await;
        let mut client = Client::login(&server).await;
        client.send(&format!("DELE {}", "x".repeat(100_000))).await;
        assert_eq!(client.reply().await.0, 500, "{personality:?}");
        client.converse(&[("NOOP", 200)]).await;
        server.shutdown().await;
    }
}

#[tokio::test]
async fn one_client_too_many_is_told_so_as_on_the_real_server() {
    for (personality, words) in [
        (
            Personality::VsFtpd,
            "421 There are too many connected users, please try later.",
        ),
        (
            Personality::ProFtpd138,
            "530 Sorry, the maximum number of allowed clients (2) are already connected.",
        ),
        (
            Personality::PureFtpd,
            "421 2 users (the maximum) are already logged in, sorry",
        ),
        (
            Personality::PyFtpdlib,
            "421 Too many connections. Service temporarily unavailable.",
        ),
    ] {
        let server = builder(personality).max_connections(2);
        let server = server.start().await.unwrap();
        let _first = Client::login(&server).await;
        let _second = Client::login(&server).await;
        if words.starts_with("530") {
            let mut third = Client::secured(&server).await;
            third.converse(&[("USER demo", 331)]).await;
            assert_eq!(third.command("PASS secret").await.1, words);
            assert_eq!(soon(third.fill()).await.unwrap(), 0);
            let ended = server.report().control[2].ended;
            assert_eq!(ended, Some(ControlEnd::ServerClosed));
        } else {
            let mut third = Client::dial(&Trust::new(&server), server.address()).await;
            assert_eq!(third.reply().await.1, words);
            assert_eq!(soon(third.fill()).await.unwrap(), 0);
        }
        server.shutdown().await;
    }
}

#[tokio::test]
async fn one_client_too_many_can_be_told_so_in_other_words() {
    const REPLY: &str = "421 Too many connections (1) from this IP";
    let server = builder(Personality::ProFtpd138)
        .max_connections(1)
        .limit_reply(REPLY)
        .start()
        .await
        .unwrap();
    let _first = Client::login(&server).await;
    let mut second = Client::dial(&Trust::new(&server), server.address()).await;
    assert_eq!(second.reply().await.1, REPLY);
    assert_eq!(soon(second.fill()).await.unwrap(), 0);
    server.shutdown().await;
}
