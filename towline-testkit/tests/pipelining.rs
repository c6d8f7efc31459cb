//! Commands sent before the earlier ones have replies, and data connections that do not wait, as
//! the real servers handle them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may panic")]

mod support;

use support::{Client, Data, TLS12, TLS13, only_control, soon, start};
use tokio::net::TcpStream;
use towline_testkit::{Personality, Server};

/// Returns the personalities that let commands wait during a transfer.
fn patient() -> impl Iterator<Item = Personality> {
    let all = Personality::ALL.into_iter();
    all.filter(|personality| *personality != Personality::PyFtpdlib)
}

#[tokio::test]
async fn what_comes_behind_a_download_is_answered_in_order_behind_it() {
    for personality in patient() {
        for versions in [TLS12, TLS13] {
            let server = start(personality, versions).await;
            let contents = [vec![1; 4096], vec![2; 3_000_000]];
            for (name, contents) in ["a", "b"].iter().zip(&contents) {
                std::fs::write(server.root().join(name), contents).unwrap();
            }
            let mut client = Client::login(&server).await;
            let mut address = client.epsv().await;
            for (name, contents) in ["RETR a", "RETR b"].iter().zip(&contents) {
                let commands = [name, "MDTM b", "SIZE b", "EPSV"];
                let mut data = client.open_together(address, &commands).await.unwrap();
                assert_eq!(data.read_to_end().await.unwrap(), *contents);
                data.close().await;
                assert_eq!(client.codes().await, [150, 226, 213], "{personality:?}");
                assert_eq!(client.reply().await.1, "213 3000000");
                address = client.hear_epsv().await;
            }
            let control = only_control(&server);
            let behind = ["MDTM b", "SIZE b", "EPSV"];
            assert_eq!(control.early, [behind, behind].concat());
            assert_eq!(
                control.commands[6..10],
                ["EPSV", "RETR a", "MDTM b", "SIZE b"]
            );
            assert!(control.data.iter().all(|data| !data.early_close_notify));
            if personality.requires_reuse() {
                assert_eq!(control.bound(), 2, "{personality:?}");
            }
            if personality == Personality::FileZilla1 && versions == TLS13 {
                // The server sends one ticket before each reply to `EPSV`, even if that had to
                // wait.
                assert_eq!(control.tickets_sent_on_control, 3);
                assert_eq!(client.control_tickets(), 3);
            }
            server.shutdown().await;
        }
    }
}

#[tokio::test]
async fn what_comes_behind_an_upload_sees_it_whole() {
    for personality in patient() {
        for versions in [TLS12, TLS13] {
            let server = start(personality, versions).await;
            std::fs::write(server.root().join("last"), b"last").unwrap();
            let mut client = Client::login(&server).await;
            let address = client.epsv().await;
            let commands = ["RNFR last", "RNTO done", "STOR tmp", "SIZE tmp", "EPSV"];
            let mut data = client.open_together(address, &commands).await.unwrap();
            data.write(&[b'x'; 100_000]).await.unwrap();
            data.close().await;
            assert_eq!(
                client.codes().await,
                [350, 250, 150, 226],
                "{personality:?}"
            );
            assert_eq!(client.reply().await.1, "213 100000");
            client.hear_epsv().await;
            assert_eq!(std::fs::read(server.root().join("done")).unwrap(), b"last");
            assert_eq!(only_control(&server).early, ["SIZE tmp", "EPSV"]);
            server.shutdown().await;
        }
    }
}

#[tokio::test]
async fn on_pyftpdlib_the_next_epsv_cuts_a_transfer() {
    for versions in [TLS12, TLS13] {
        for command in ["RETR f", "STOR g"] {
            let server = start(Personality::PyFtpdlib, versions).await;
            std::fs::write(server.root().join("f"), vec![0; 3_000_000]).unwrap();
            let mut client = Client::login(&server).await;
            let address = client.epsv().await;
            let commands = [command, "MDTM f", "SIZE f", "EPSV"];
            // The handshake may finish before the server reads the commands.
            if let Ok(mut data) = client.open_together(address, &commands).await {
                data.read_to_end().await.unwrap_err();
            }
            assert_eq!(client.codes().await, [150, 213, 213], "{command}");
            let address = client.hear_epsv().await;
            // The transfer gets no final reply.
            client.converse(&[("NOOP", 200)]).await;
            assert_eq!(only_control(&server).data[0].reply, None);

            // `EPSV` also cuts a transfer that is already running. Other commands do no harm.
            let mut data = client.open_at(address, command).await;
            client
                .converse(&[("NOOP", 200), ("SIZE f", 213), ("EPSV", 229)])
                .await;
            data.read_to_end().await.unwrap_err();
            client.converse(&[("NOOP", 200)]).await;
            assert_eq!(only_control(&server).data[1].reply, None);
            assert_eq!(only_control(&server).early[3..], ["NOOP", "SIZE f", "EPSV"]);
            if command == "STOR g" {
                assert_eq!(std::fs::read(server.root().join("g")).unwrap(), b"");
            }
            assert_eq!(client.fetch("RETR f").await.bytes.len(), 3_000_000);
            server.shutdown().await;
        }
    }
}

#[tokio::test]
async fn a_small_download_outlives_an_early_close_notify_but_on_pyftpdlib() {
    for personality in Personality::ALL {
        for versions in [TLS12, TLS13] {
            let server = start(personality, versions).await;
            let (mut client, mut data) = closed_early(&server, 14_000).await;
            let read = data.read_to_end().await;
            if personality == Personality::PyFtpdlib {
                assert!(read.is_err(), "{versions:?}");
            } else {
                assert_eq!(read.unwrap().len(), 14_000, "{personality:?}");
            }
            assert_eq!(client.codes().await, [150, 226], "{personality:?}");
            let seen = &only_control(&server).data[0];
            assert!(seen.close_notify && seen.early_close_notify, "{seen:?}");
            server.shutdown().await;
        }
    }
}

#[tokio::test]
async fn on_proftpd_a_large_download_loses_its_end_to_an_early_close_notify() {
    for personality in patient() {
        let server = start(personality, TLS13).await;
        let (mut client, mut data) = closed_early(&server, 3_000_000).await;
        let read = data.read_to_end().await;
        let resets = matches!(
            personality,
            Personality::ProFtpd138 | Personality::ProFtpd1310
        );
        assert_eq!(read.is_err(), resets, "{personality:?}");
        // The server still reports the transfer as complete.
        assert_eq!(client.codes().await, [150, 226], "{personality:?}");
        client.converse(&[("NOOP", 200)]).await;
        server.shutdown().await;
    }
}

/// Starts a download of `length` bytes. The client closes its own direction before it reads
/// anything.
async fn closed_early(server: &Server, length: usize) -> (Client, Data) {
    std::fs::write(server.root().join("f"), vec![0; length]).unwrap();
    let mut client = Client::login(server).await;
    let address = client.epsv().await;
    let mut data = client.open_together(address, &["RETR f"]).await.unwrap();
    data.send_close_notify().await;
    (client, data)
}

#[tokio::test]
async fn a_connection_made_while_the_command_is_under_way_is_found() {
    for personality in patient() {
        let server = start(personality, TLS13).await;
        std::fs::write(server.root().join("f"), b"hello").unwrap();
        let mut client = Client::login(&server).await;
        let address = client.epsv().await;
        client.send_together(&["RETR f", "EPSV"]).await;
        // Wait until the server has the command, while it has no connection yet.
        let waiting = async {
            while !only_control(&server)
                .commands
                .contains(&"RETR f".to_owned())
            {
                tokio::task::yield_now().await;
            }
        };
        soon(waiting).await;
        let stream = soon(TcpStream::connect(address)).await.unwrap();
        let mut data = client.secure_data(stream).await.unwrap();
        assert_eq!(
            data.read_to_end().await.unwrap(),
            b"hello",
            "{personality:?}"
        );
        data.close().await;
        assert_eq!(client.codes().await, [150, 226, 229], "{personality:?}");
        server.shutdown().await;
    }
}
