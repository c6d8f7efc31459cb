//! What the server says, in which order, and what it does with files.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may panic")]

mod support;

use support::{Client, TLS12, TLS13, Trust, builder, only_control, soon, start};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use towline_testkit::{ClientEnd, Personality};

/// Commands and the beginnings of their replies on every personality.
const COMMON: [(&str, &str); 21] = [
    ("FEAT", "211-"),
    ("SYST", "215 UNIX"),
    ("NOOP", "200 "),
    ("PWD", "257 \"/\" "),
    ("MKD d", "257 "),
    ("MKD d", "550 "),
    ("CWD d", "250 "),
    ("PWD", "257 \"/d\" "),
    ("CDUP", "250 "),
    ("CWD ../../..", "250 "),
    ("PWD", "257 \"/\" "),
    ("CWD nosuch", "550 "),
    ("SIZE f", "213 5"),
    ("MDTM f", "213 2"),
    ("SIZE nosuch", "550 "),
    ("RNFR f", "350 "),
    ("RNTO d/g", "250 "),
    ("DELE d/g", "250 "),
    ("RMD d", "250 "),
    ("RMD d", "550 "),
    ("XYZZY", "500 "),
];

#[tokio::test]
async fn common_commands_work_on_every_personality() {
    for personality in Personality::ALL {
        let server = start(personality, TLS13).await;
        std::fs::write(server.root().join("f"), b"hello").unwrap();
        let mut client = Client::login(&server).await;
        for (command, reply) in COMMON {
            let text = client.command(command).await.1;
            assert!(text.starts_with(reply), "{personality:?} {command}: {text}");
        }
        assert_eq!(client.command("QUIT").await.0, 221);
        let bare = matches!(personality, Personality::VsFtpd | Personality::PureFtpd);
        match soon(client.fill()).await {
            Ok(count) => assert!(count == 0 && !bare, "{personality:?}"),
            Err(error) => assert!(bare, "{personality:?} {error}"),
        }
        server.shutdown().await;
    }
}

#[tokio::test]
async fn files_go_there_and_back_whole() {
    let large: Vec<u8> = (0..3_000_000_u32).map(|n| (n % 251) as u8).collect();
    for personality in Personality::ALL {
        for versions in [TLS12, TLS13] {
            let server = start(personality, versions).await;
            let contents: [&[u8]; 4] = [b"", b"x", &large[..16_385], &large];
            for (n, contents) in contents.into_iter().enumerate() {
                // On ProFTPD 1.3.10, two tickets do not last for more transfers.
                let mut client = Client::login(&server).await;
                let name = format!("ä {n}");
                let stored = client.store(&format!("STOR {name}"), contents).await;
                assert_eq!(stored.reply.0, 226, "{personality:?} {versions:?}");
                assert_eq!(std::fs::read(server.root().join(&name)).unwrap(), contents);
                let fetched = client.fetch(&format!("RETR {name}")).await;
                assert_eq!(fetched.reply.0, 226);
                assert!(
                    fetched.bytes == contents,
                    "{personality:?} {versions:?} {n}"
                );
            }
            for data in server.report().data() {
                assert_eq!(
                    data.bytes,
                    contents[data.path[3..].parse::<usize>().unwrap()].len() as u64
                );
                // After a download, some servers do not wait for the client.
                let waits = !matches!(personality, Personality::PureFtpd | Personality::PyFtpdlib);
                let expected = waits || data.command == "STOR";
                assert!(data.close_notify || !expected, "{data:?}");
                assert!(!data.closed_before_reply(), "{data:?}");
                assert_ne!(data.end, ClientEnd::Reset);
            }
            server.shutdown().await;
        }
    }
}

#[tokio::test]
async fn appending_and_restarting_work() {
    for personality in Personality::ALL {
        let server = start(personality, TLS12).await;
        let file = server.root().join("f");
        let mut client = Client::login(&server).await;
        client.store("STOR f", b"hello").await;
        client.store("APPE f", b" world").await;
        assert_eq!(std::fs::read(&file).unwrap(), b"hello world");
        let address = client.epsv().await;
        assert_eq!(client.command("REST 6").await.0, 350);
        let mut data = client.open_at(address, "RETR f").await;
        assert_eq!(data.read_to_end().await.unwrap(), b"world");
        data.close().await;
        assert_eq!(client.reply().await.0, 226);
        let address = client.epsv().await;
        assert_eq!(client.command("REST 6").await.0, 350);
        let mut data = client.open_at(address, "STOR f").await;
        data.write(b"there").await.unwrap();
        data.close().await;
        assert_eq!(client.reply().await.0, 226);
        assert_eq!(
            std::fs::read(&file).unwrap(),
            b"hello there",
            "{personality:?}"
        );
        server.shutdown().await;
    }
}

#[tokio::test]
async fn filezilla_forgets_a_restart_in_front_of_epsv() {
    for (personality, contents) in [
        (Personality::VsFtpd, "world"),
        (Personality::FileZilla1, "hello world"),
    ] {
        let server = start(personality, TLS12).await;
        std::fs::write(server.root().join("f"), b"hello world").unwrap();
        let mut client = Client::login(&server).await;
        assert_eq!(client.command("REST 6").await.0, 350);
        assert_eq!(client.fetch("RETR f").await.text(), contents);
        server.shutdown().await;
    }
}

#[tokio::test]
async fn listings_look_as_on_the_real_server() {
    for (personality, list, mlsd) in [
        (
            Personality::VsFtpd,
            "-rw-r--r--    1 1000     1000            5 Jan 02  2020 f\r\n",
            None,
        ),
        (
            Personality::ProFtpd138,
            "-rw-r--r--   1 demo     demo            5 Jan  2  2020 f\r\n",
            Some("modify=20200102030405;perm=adfrw;size=5;type=file;unique="),
        ),
        (
            Personality::FileZilla1,
            "-rw-rw-rw- 1 ftp ftp               5 Jan 02  2020 f\r\n",
            Some("type=file;size=5;modify=20200102030405.000;perms=awrfd; f\r\n"),
        ),
        (
            Personality::PureFtpd,
            "-rw-r--r--    1 1000       demo                5 Jan  2  2020 f\r\n",
            Some("type=file;size=5;modify=20200102030405;UNIX.mode=0644;"),
        ),
        (
            Personality::PyFtpdlib,
            "-rw-r--r--   1 demo     demo            5 Jan 02  2020 f\r\n",
            Some("modify=20200102030405;perm=radfwMT;size=5;type=file;unique="),
        ),
    ] {
        let server = start(personality, TLS12).await;
        std::fs::write(server.root().join("f"), b"hello").unwrap();
        let mut client = Client::login(&server).await;
        let set = match personality {
            Personality::VsFtpd => "MDTM 20200102030405 f",
            _ => "MFMT 20200102030405 f",
        };
        assert_eq!(client.command(set).await.0, 213);
        assert_eq!(client.fetch("LIST").await.text(), list, "{personality:?}");
        match mlsd {
            Some(line) => {
                let listed = client.fetch("MLSD").await.text();
                assert!(listed.contains(line), "{personality:?} {listed}");
                let one = client.command("MLST f").await.1;
                let facts = line.trim_end().trim_end_matches(" f");
                assert!(one.contains(facts), "{personality:?} {one}");
            }
            None => assert_eq!(client.command("MLSD").await.0, 500),
        }
        server.shutdown().await;
    }
}

#[tokio::test]
async fn facts_can_be_chosen() {
    let server = start(Personality::ProFtpd138, TLS12).await;
    std::fs::write(server.root().join("f"), b"hello").unwrap();
    let mut client = Client::login(&server).await;
    assert_eq!(client.command("OPTS MLST size;type;").await.0, 200);
    let listed = client.fetch("MLSD").await.text();
    assert_eq!(
        listed,
        "type=cdir; .\r\ntype=pdir; ..\r\nsize=5;type=file; f\r\n"
    );
    server.shutdown().await;
}

#[tokio::test]
async fn what_is_missing_is_said_before_or_behind_the_150() {
    for (personality, before, reply) in [
        (Personality::VsFtpd, false, 226),
        (Personality::ProFtpd138, false, 450),
        (Personality::PureFtpd, false, 226),
        (Personality::FileZilla1, true, 550),
        (Personality::PyFtpdlib, true, 550),
    ] {
        let server = start(personality, TLS12).await;
        let mut client = Client::login(&server).await;
        if before {
            client.epsv().await;
            assert_eq!(
                client.command("LIST nosuch").await.0,
                reply,
                "{personality:?}"
            );
        } else {
            let listed = client.fetch("LIST nosuch").await;
            assert_eq!(
                (listed.bytes.len(), listed.reply.0),
                (0, reply),
                "{personality:?}"
            );
        }
        server.shutdown().await;
    }
}

#[tokio::test]
async fn nothing_is_said_before_tls_but_what_the_real_server_says() {
    for (personality, reply) in [
        (Personality::VsFtpd, 530),
        (Personality::ProFtpd138, 550),
        (Personality::FileZilla1, 503),
        (Personality::PureFtpd, 421),
        (Personality::PyFtpdlib, 550),
    ] {
        let server = start(personality, TLS13).await;
        let mut client = Client::dial(&Trust::new(&server), server.address()).await;
        assert_eq!(client.reply().await.0, 220);
        assert_eq!(client.command("FEAT").await.0, 211);
        assert_eq!(
            client.command("USER demo").await.0,
            reply,
            "{personality:?}"
        );
        assert!(client.command("EPSV").await.0 >= 500);
        server.shutdown().await;
    }
}

#[tokio::test]
async fn a_wrong_password_is_refused_and_not_kept() {
    let server = builder(Personality::ProFtpd138).user("you", "right");
    let server = server.start().await.unwrap();
    let mut client = Client::dial(&Trust::new(&server), server.address()).await;
    client.reply().await;
    client.command("AUTH TLS").await;
    client.secure().await.unwrap();
    assert_eq!(client.command("PASS right").await.0, 503);
    assert_eq!(client.command("USER you").await.0, 331);
    assert_eq!(client.command("PASS wrong").await.0, 530);
    assert_eq!(client.command("PWD").await.0, 530);
    assert_eq!(client.command("USER you").await.0, 331);
    assert_eq!(client.command("PASS right").await.0, 230);
    let control = only_control(&server);
    assert_eq!(control.user.as_deref(), Some("you"));
    assert_eq!(control.commands[3], "PASS ***");
    server.shutdown().await;
}

#[tokio::test]
async fn data_connections_in_clear_are_refused_but_on_pure_ftpd() {
    for (personality, reply) in [
        (Personality::VsFtpd, Some(522)),
        (Personality::ProFtpd138, Some(550)),
        (Personality::FileZilla1, Some(425)),
        (Personality::PyFtpdlib, Some(550)),
        (Personality::PureFtpd, None),
    ] {
        let server = start(personality, TLS13).await;
        std::fs::write(server.root().join("f"), b"hello").unwrap();
        let mut client = Client::dial(&Trust::new(&server), server.address()).await;
        client.reply().await;
        client.command("AUTH TLS").await;
        client.secure().await.unwrap();
        client.command("USER demo").await;
        client.command("PASS secret").await;
        let address = client.epsv().await;
        let mut data = soon(TcpStream::connect(address)).await.unwrap();
        let (code, text) = client.command("RETR f").await;
        match reply {
            Some(reply) => assert_eq!(code, reply, "{text}"),
            None => {
                assert_eq!(code, 150);
                let mut bytes = Vec::new();
                soon(data.read_to_end(&mut bytes)).await.unwrap();
                assert_eq!(bytes, b"hello");
                drop(data);
                assert_eq!(client.reply().await.0, 226);
                assert_eq!(only_control(&server).data[0].protocol, None);
            }
        }
        server.shutdown().await;
    }
}

#[tokio::test]
async fn passive_mode_knows_its_families() {
    let server = builder(Personality::ProFtpd138)
        .ipv6(true)
        .start()
        .await
        .unwrap();
    let mut client = Client::login(&server).await;
    assert_eq!(client.command("EPSV 1").await.0, 229);
    assert_eq!(client.command("EPSV 2").await.0, 522);
    assert_eq!(client.pasv().await.ip(), server.address().ip());
    assert_eq!(client.command("EPSV ALL").await.0, 200);
    assert_eq!(client.command("PASV").await.0, 500);
    assert_eq!(client.fetch("LIST").await.reply.0, 226);

    let trust = Trust::new(&server);
    let mut client = Client::login_with(&trust, server.address_v6().unwrap()).await;
    assert_eq!(client.command("EPSV 2").await.0, 229);
    assert_eq!(client.command("EPSV 1").await.0, 522);
    assert_eq!(client.command("PASV").await.0, 500);
    assert_eq!(client.fetch("LIST").await.reply.0, 226);
    server.shutdown().await;
}
