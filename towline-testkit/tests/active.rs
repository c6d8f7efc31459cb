//! Active mode: the server connects, with the same tickets and the same check of session reuse as
//! in passive mode.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may panic")]

mod support;

use std::net::Ipv4Addr;

use support::{
    Client, Data, TLS12, TLS13, Trust, active_argument, builder, only_control, soon, start,
};
use tokio::net::TcpSocket;
use towline_testkit::{Fault, Personality};

async fn fetch(data: &mut Data) -> Vec<u8> {
    let bytes = data.read_to_end().await.unwrap();
    data.finish().await.unwrap();
    bytes
}

#[tokio::test]
async fn files_go_both_ways_and_sessions_are_resumed() {
    for personality in Personality::ALL {
        for versions in [TLS12, TLS13] {
            for verb in ["PORT", "EPRT"] {
                let server = start(personality, versions).await;
                let mut client = Client::login(&server).await;

                let mut data = client.open_active(verb, "STOR f").await;
                data.write(b"hello").await.unwrap();
                data.finish().await.unwrap();
                data.drain().await;
                assert_eq!(client.reply().await.0, 226, "{personality:?} {versions:?}");

                let mut data = client.open_active(verb, "RETR f").await;
                assert_eq!(fetch(&mut data).await, b"hello");
                assert_eq!(client.reply().await.0, 226, "{personality:?} {versions:?}");

                // Pure-FTPd issues no ticket in TLS 1.3.
                if personality.requires_reuse() {
                    assert_eq!(only_control(&server).bound(), 2);
                }
                server.shutdown().await;
            }
        }
    }
}

#[tokio::test]
async fn a_full_handshake_is_refused_as_in_passive_mode() {
    for (personality, code) in [
        (Personality::VsFtpd, 522),
        (Personality::ProFtpd138, 425),
        (Personality::FileZilla1, 425),
    ] {
        let server = start(personality, TLS12).await;
        let mut client = Client::login(&server).await;
        client.store.clear();
        let mut data = client.open_active("EPRT", "NLST").await;
        data.drain().await;
        data.close_anyhow().await;
        assert_eq!(client.reply().await.0, code, "{personality:?}");
        assert!(only_control(&server).data[0].refused);
        server.shutdown().await;
    }
}

#[tokio::test]
async fn filezilla_sends_a_ticket_in_front_of_the_reply() {
    let server = start(Personality::FileZilla1, TLS13).await;
    let mut client = Client::login(&server).await;
    assert_eq!(client.control_tickets(), 0);
    client.listen("PORT").await;
    assert_eq!(client.control_tickets(), 1);
    client.listen("EPRT").await;
    assert_eq!(client.control_tickets(), 2);
    assert_eq!(only_control(&server).tickets_sent_on_control, 2);
    server.shutdown().await;
}

#[tokio::test]
async fn eprt_works_over_ipv6() {
    for personality in Personality::ALL {
        let server = builder(personality).ipv6(true).start().await.unwrap();
        let address = server.address_v6().unwrap();
        let mut client = Client::login_with(&Trust::new(&server), address).await;
        let mut data = client.open_active("EPRT", "NLST").await;
        fetch(&mut data).await;
        assert_eq!(client.reply().await.0, 226, "{personality:?}");
        server.shutdown().await;
    }
}

#[tokio::test]
async fn an_address_elsewhere_is_refused_in_the_words_of_the_real_server() {
    for (personality, port, eprt) in [
        (
            Personality::VsFtpd,
            "500 Illegal PORT command.",
            "500 Illegal EPRT command.",
        ),
        (
            Personality::ProFtpd138,
            "500 Illegal PORT command",
            "500 Illegal EPRT command",
        ),
        (
            Personality::PureFtpd,
            "500 I won't open a connection to 192.0.2.7 (only to 127.0.0.1)",
            "500 I won't open a connection to 192.0.2.7 (only to 127.0.0.1)",
        ),
        (
            Personality::PyFtpdlib,
            "501 Rejected data connection to foreign address 192.0.2.7:5282.",
            "501 Rejected data connection to foreign address 192.0.2.7:5282.",
        ),
    ] {
        let server = start(personality, TLS13).await;
        let mut client = Client::login(&server).await;
        let replies = [
            client.command("PORT 192,0,2,7,20,162").await.1,
            client.command("EPRT |1|192.0.2.7|5282|").await.1,
        ];
        assert_eq!(replies, [port, eprt]);
        server.shutdown().await;
    }
}

#[tokio::test]
async fn an_address_of_the_other_family_is_refused_but_on_filezilla() {
    for (personality, reply) in [
        (Personality::VsFtpd, "500 Bad EPRT protocol."),
        (
            Personality::ProFtpd138,
            "522 Network protocol not supported, use (1)",
        ),
        (Personality::FileZilla1, "200 EPRT command successful."),
        (
            Personality::PureFtpd,
            "500 I won't open a connection to ::1 (only to 127.0.0.1)",
        ),
        (
            Personality::PyFtpdlib,
            "522 Network protocol not supported (use 1).",
        ),
    ] {
        let server = start(personality, TLS13).await;
        let mut client = Client::login(&server).await;
        assert_eq!(client.command("EPRT |2|::1|5282|").await.1, reply);
        server.shutdown().await;
    }
}

#[tokio::test]
async fn vsftpd_takes_eprt_behind_epsv_all() {
    let server = start(Personality::VsFtpd, TLS13).await;
    let mut client = Client::login(&server).await;
    client
        .converse(&[("EPSV ALL", 200), ("PORT 127,0,0,1,20,162", 550)])
        .await;
    client.converse(&[("EPRT |1|127.0.0.1|5282|", 200)]).await;
    server.shutdown().await;
}

#[tokio::test]
async fn what_is_no_address_is_refused() {
    for personality in Personality::ALL {
        let server = start(personality, TLS13).await;
        let mut client = Client::login(&server).await;
        let unknown_family = match personality {
            Personality::VsFtpd => 500,
            Personality::PyFtpdlib => 501,
            _ => 522,
        };
        for (command, codes) in [
            ("PORT 127,0,0,1", [500, 501]),
            ("EPRT |1|127.0.0.1|", [500, 501]),
            ("EPRT |3|127.0.0.1|5|", [522, unknown_family]),
        ] {
            let code = client.command(command).await.0;
            assert!(codes.contains(&code), "{personality:?} {command} {code}");
        }
        assert!(client.command("EPSV ALL").await.0 < 300);
        let code = client.command("PORT 127,0,0,1,20,162").await.0;
        assert!(code >= 500, "{personality:?} {code}");
        server.shutdown().await;
    }
}

#[tokio::test]
async fn a_client_that_does_not_listen_gets_425() {
    for personality in Personality::ALL {
        let server = start(personality, TLS13).await;
        let mut client = Client::login(&server).await;
        // The port is bound, so that no other program can use it.
        let deaf = TcpSocket::new_v4().unwrap();
        deaf.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        let argument = active_argument("PORT", deaf.local_addr().unwrap());
        let mut code = client.command(&format!("PORT {argument}")).await.0;
        if personality != Personality::PyFtpdlib {
            assert_eq!(code, 200);
            code = client.command("NLST").await.0;
        }
        assert_eq!(code, 425, "{personality:?}");
        client.converse(&[("NOOP", 200)]).await;
        server.shutdown().await;
    }
}

#[tokio::test]
async fn a_connection_can_come_from_another_address() {
    let stranger = Ipv4Addr::new(127, 0, 0, 2);
    let server = builder(Personality::ProFtpd138).fault(Fault::ActiveFrom(stranger).nth(2));
    let server = server.start().await.unwrap();
    let mut client = Client::login(&server).await;
    for source in [Ipv4Addr::LOCALHOST, stranger] {
        let listener = client.listen("PORT").await;
        client.converse(&[("NLST", 150)]).await;
        let (stream, peer) = soon(listener.accept()).await.unwrap();
        assert_eq!(peer.ip(), source);
        drop(stream);
        assert_eq!(client.reply().await.0, 425);
    }
    server.shutdown().await;
}
