//! How transfers and connections end, in order and otherwise.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may panic")]

mod support;

use support::{Client, TLS12, TLS13, only_control, soon, start, until_stored};
use towline_testkit::{ClientEnd, ControlEnd, Personality};

#[tokio::test]
async fn an_upload_without_close_notify_is_answered_as_on_the_real_server() {
    for (personality, reply) in [
        (Personality::VsFtpd, "426 Failure reading network stream."),
        (Personality::ProFtpd138, "226 Transfer complete"),
        (
            Personality::FileZilla1,
            "425 Error while transfering data: ECONNABORTED - Connection aborted",
        ),
        (Personality::PureFtpd, "226-File successfully transferred"),
        // There is no reply at all: the next reply answers the next command.
        (Personality::PyFtpdlib, "200 "),
    ] {
        for versions in [TLS12, TLS13] {
            let server = start(personality, versions).await;
            let mut client = Client::login(&server).await;
            let mut data = client.open("STOR f").await;
            data.write(b"hello").await.unwrap();
            data.finish_tcp().await.unwrap();
            assert!(data.read_to_end().await.is_err());
            let text = match personality {
                Personality::PyFtpdlib => client.command("NOOP").await.1,
                _ => client.reply().await.1,
            };
            assert!(
                text.starts_with(reply),
                "{personality:?} {versions:?} {text}"
            );
            drop(data);
            assert_eq!(std::fs::read(server.root().join("f")).unwrap(), b"hello");
            let data = &only_control(&server).data[0];
            assert_eq!((data.close_notify, data.end), (false, ClientEnd::Fin));
            server.shutdown().await;
        }
    }
}

#[tokio::test]
async fn an_upload_that_is_reset_is_good_on_pyftpdlib_alone() {
    for personality in Personality::ALL {
        let server = start(personality, TLS13).await;
        let mut client = Client::login(&server).await;
        let mut data = client.open("STOR f").await;
        data.write(&[b'x'; 100]).await.unwrap();
        until_stored(&server.root().join("f"), 100).await;
        data.reset();
        let good = personality == Personality::PyFtpdlib;
        assert_eq!(client.reply().await.0 == 226, good, "{personality:?}");
        let data = &only_control(&server).data[0];
        assert!(data.closed_before_reply(), "{personality:?} {data:?}");
        server.shutdown().await;
    }
}

#[tokio::test]
async fn a_download_left_with_fin_costs_the_control_connection_on_proftpd() {
    for personality in Personality::ALL {
        let server = start(personality, TLS13).await;
        std::fs::write(server.root().join("f"), vec![0; 30_000_000]).unwrap();
        let mut client = Client::login(&server).await;
        let mut data = client.open("RETR f").await;
        data.read(&mut [0; 1000]).await.unwrap();
        data.vanish();
        // Data that is still on its way meets the reset.
        data.drain().await;
        let fatal = matches!(
            personality,
            Personality::ProFtpd138 | Personality::ProFtpd1310
        );
        if fatal {
            soon(client.try_reply()).await.unwrap_err();
        } else if personality == Personality::PureFtpd {
            // The transfer gets no reply at all.
            assert_eq!(client.command("NOOP").await.0, 200);
        } else {
            let code = client.reply().await.0;
            assert!(code == 426 || code == 425, "{personality:?} {code}");
            assert_eq!(client.command("NOOP").await.0, 200);
        }
        drop(data);
        server.shutdown().await;
    }
}

#[tokio::test]
async fn a_download_that_is_reset_is_answered() {
    for personality in [Personality::VsFtpd, Personality::ProFtpd138] {
        let server = start(personality, TLS13).await;
        std::fs::write(server.root().join("f"), vec![0; 30_000_000]).unwrap();
        let mut client = Client::login(&server).await;
        let mut data = client.open("RETR f").await;
        data.read(&mut [0; 1000]).await.unwrap();
        data.reset();
        assert_eq!(client.reply().await.0, 426);
        assert_eq!(client.command("NOOP").await.0, 200);
        server.shutdown().await;
    }
}

#[tokio::test]
async fn abor_is_answered_in_the_order_of_the_real_server() {
    for (personality, replies) in [
        (Personality::ProFtpd138, [226, 426]),
        (Personality::FileZilla1, [426, 226]),
        (Personality::PureFtpd, [426, 451]),
        (Personality::PyFtpdlib, [426, 226]),
    ] {
        let server = start(personality, TLS13).await;
        std::fs::write(server.root().join("f"), vec![0; 30_000_000]).unwrap();
        let mut client = Client::login(&server).await;
        let mut data = client.open("RETR f").await;
        data.read(&mut [0; 1000]).await.unwrap();
        client.send("ABOR").await;
        let read = data.read_to_end().await;
        assert!(read.map_or(0, |bytes| bytes.len()) < 30_000_000);
        drop(data);
        assert_eq!(
            [client.reply().await.0, client.reply().await.0],
            replies,
            "{personality:?}"
        );
        assert_eq!(client.command("NOOP").await.0, 200);
        server.shutdown().await;
    }
}

#[tokio::test]
async fn on_vsftpd_abor_waits_for_the_end() {
    let server = start(Personality::VsFtpd, TLS13).await;
    std::fs::write(server.root().join("f"), vec![0; 3_000_000]).unwrap();
    let mut client = Client::login(&server).await;
    let mut data = client.open("RETR f").await;
    client.send("ABOR").await;
    assert_eq!(data.read_to_end().await.unwrap().len(), 3_000_000);
    data.close().await;
    assert_eq!(client.reply().await.0, 226);
    assert_eq!(client.reply().await.1, "225 No transfer to ABOR.");
    server.shutdown().await;
}

#[tokio::test]
async fn a_client_that_does_not_drain_resets_an_upload() {
    // The ticket on the data connection is unread when the client closes, so its system sends a
    // reset.
    let server = start(Personality::VsFtpd, TLS13).await;
    let mut client = Client::login(&server).await;
    let mut data = client.open("STOR f").await;
    data.unread().await;
    data.write(b"hello").await.unwrap();
    data.finish().await.unwrap();
    drop(data);
    client.reply().await;
    let seen = &only_control(&server).data[0];
    assert!(seen.closed_before_reply(), "{seen:?}");
    assert_eq!(seen.tickets_sent, 1);
    server.shutdown().await;
}

#[tokio::test]
async fn the_report_tells_how_a_control_connection_ended() {
    let server = start(Personality::ProFtpd138, TLS13).await;
    let mut quits = Client::login(&server).await;
    quits.command("QUIT").await;
    soon(quits.fill()).await.unwrap();
    let mut vanishes = Client::login(&server).await;
    vanishes.vanish();
    soon(vanishes.fill()).await.unwrap_err();
    // A third login gives the server time to see both ends: its sessions run on the same thread as
    // this test.
    let _third = Client::login(&server).await;
    let ends: Vec<_> = server
        .report()
        .control
        .iter()
        .map(|control| control.ended)
        .collect();
    assert_eq!(
        ends,
        [
            Some(ControlEnd::Quit),
            Some(ControlEnd::ClientVanished),
            None
        ]
    );
    server.shutdown().await;
}
