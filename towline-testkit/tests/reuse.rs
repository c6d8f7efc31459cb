//! Tickets, the check of session reuse, and refusals, for each personality and TLS version, as
//! observed on the real servers.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may panic")]

mod support;

use std::time::Duration;

use support::{Client, TLS12, TLS13, Trust, builder, only_control, start};
use towline_testkit::{Fault, Personality, SessionOrigin, TlsMode, Versions};

/// The number of tickets on the control connection, and on a listing, a download and an upload.
const TICKETS_IN_TLS13: [(Personality, u32, [u32; 3]); 6] = [
    (Personality::VsFtpd, 2, [1, 1, 1]),
    (Personality::ProFtpd138, 2, [1, 1, 0]),
    (Personality::ProFtpd1310, 2, [0, 0, 0]),
    (Personality::FileZilla1, 0, [0, 0, 0]),
    (Personality::PureFtpd, 0, [0, 0, 0]),
    (Personality::PyFtpdlib, 2, [1, 1, 1]),
];

#[tokio::test]
async fn tickets_are_sent_as_on_the_real_server() {
    for (personality, on_control, on_data) in TICKETS_IN_TLS13 {
        let server = start(personality, TLS13).await;
        let mut client = Client::login(&server).await;
        assert_eq!(client.control_tickets(), on_control, "{personality:?}");
        std::fs::write(server.root().join("f"), b"hello").unwrap();

        let listed = client.fetch("NLST").await;
        // Two tickets do not last for three transfers if the server adds none.
        let mut more = Client::login(&server).await;
        let fetched = more.fetch("RETR f").await;
        assert_eq!(fetched.bytes, b"hello");
        let mut another = Client::login(&server).await;
        let stored = another.store("STOR g", b"hello").await;
        let reuse = personality != Personality::PureFtpd;
        for (result, tickets) in [&listed, &fetched, &stored].into_iter().zip(on_data) {
            assert_eq!(result.reply.0, 226, "{personality:?} {result:?}");
            assert_eq!(result.resumed, reuse, "{personality:?} {result:?}");
            assert_eq!(result.tickets, tickets, "{personality:?} {result:?}");
        }
        for control in server.report().control {
            let released = u32::from(personality == Personality::FileZilla1);
            assert_eq!(
                control.tickets_sent_on_control,
                (on_control + released) as usize
            );
            assert_eq!(
                (control.data.len(), control.resumed()),
                (1, usize::from(reuse))
            );
            assert_eq!(control.bound(), usize::from(reuse));
            assert_eq!(control.protocol, Some("TLSv1.3"));
        }
        server.shutdown().await;
    }
}

#[tokio::test]
async fn tls12_sessions_last_for_any_number_of_transfers() {
    for personality in Personality::ALL {
        for versions in [TLS12, Versions::Both] {
            let server = start(personality, versions).await;
            let trust = Trust::new(&server).max_tls12();
            let mut client = Client::login_with(&trust, server.address()).await;
            for round in 0..6 {
                let stored = client.store("STOR f", format!("{round}").as_bytes()).await;
                assert!(stored.resumed, "{personality:?} {versions:?} {round}");
                assert_eq!(stored.reply.0, 226);
                let listed = client.fetch("LIST").await;
                assert!(listed.resumed, "{personality:?} {versions:?} {round}");
            }
            let control = only_control(&server);
            assert_eq!((control.data.len(), control.bound()), (12, 12));
            assert_eq!(control.protocol, Some("TLSv1.2"));
            let renewed: usize = control.data.iter().map(|data| data.tickets_sent).sum();
            assert_eq!(renewed, 0, "{personality:?}");
            server.shutdown().await;
        }
    }
}

#[tokio::test]
async fn without_reuse_a_strict_server_refuses_and_has_emptied_the_target() {
    for versions in [TLS12, TLS13] {
        for (personality, reply, ends_control) in [
            (
                Personality::VsFtpd,
                "522 SSL connection failed: session reuse required",
                true,
            ),
            (
                Personality::ProFtpd138,
                "425 Unable to build data connection: Operation not permitted",
                false,
            ),
            (
                Personality::ProFtpd1310,
                "425 Unable to build data connection: Operation not permitted",
                false,
            ),
            (
                Personality::FileZilla1,
                "425 Unable to build data connection: TLS session of data connection not resumed.",
                false,
            ),
        ] {
            let server = start(personality, versions).await;
            let target = server.root().join("f");
            std::fs::write(&target, b"old contents").unwrap();
            let mut client = Client::login(&server).await;
            let address = client.epsv().await;
            client.store.clear();
            let mut data = client.open_at(address, "STOR f").await;
            assert!(!data.resumed());
            let end = data.read_to_end().await;
            match personality {
                // The server closes only TCP.
                Personality::FileZilla1 => {
                    assert_eq!(end.unwrap_err().kind(), std::io::ErrorKind::UnexpectedEof);
                }
                _ => assert_eq!(end.unwrap(), b""),
            }
            drop(data);
            assert_eq!(client.reply().await.1, reply);
            assert_eq!(std::fs::read(&target).unwrap(), b"", "{personality:?}");
            if ends_control {
                client.try_reply().await.unwrap_err();
            } else {
                assert_eq!(client.command("NOOP").await.0, 200);
            }
            let control = only_control(&server);
            assert_eq!((control.data.len(), control.resumed()), (1, 0));
            assert!(control.data[0].refused);
            assert_eq!(control.data[0].reply, reply[..3].parse().ok());
            server.shutdown().await;
        }
    }
}

#[tokio::test]
async fn a_ticket_of_another_control_connection_counts_on_vsftpd_alone() {
    for (personality, resumed, accepted) in [
        (Personality::VsFtpd, true, true),
        (Personality::ProFtpd138, true, false),
        (Personality::ProFtpd1310, true, false),
        (Personality::FileZilla1, false, false),
    ] {
        let server = start(personality, TLS13).await;
        let trust = Trust::new(&server);
        let mut client = Client::login_with(&trust, server.address()).await;
        let mut other = Client::login_with(&trust, server.address()).await;
        other.epsv().await; // some servers send a ticket with the reply
        let mut data = client.open_foreign("LIST", &other).await;
        assert_eq!(data.resumed(), resumed, "{personality:?}");
        let _ = data.read_to_end().await;
        data.close_anyhow().await;
        assert_eq!(client.reply().await.0 == 226, accepted, "{personality:?}");
        let report = server.report();
        let data = &report.control[0].data[0];
        assert_eq!((data.resumed, data.bound_to_this_control), (resumed, false));
        assert_eq!(data.refused, !accepted);
        assert!(report.control[1].data.is_empty());
        server.shutdown().await;
    }
}

#[tokio::test]
async fn a_foreign_session_id_is_not_even_resumed() {
    for (personality, versions) in [
        (Personality::ProFtpd138, TLS12),
        (Personality::FileZilla1, TLS12),
    ] {
        let server = start(personality, versions).await;
        let trust = Trust::new(&server);
        let mut client = Client::login_with(&trust, server.address()).await;
        let other = Client::login_with(&trust, server.address()).await;
        let mut data = client.open_foreign("LIST", &other).await;
        assert!(!data.resumed(), "{personality:?}");
        let _ = data.read_to_end().await;
        data.close_anyhow().await;
        assert_eq!(client.reply().await.0, 425);
        server.shutdown().await;
    }
}

#[tokio::test]
async fn filezilla_sends_a_ticket_in_front_of_each_passive_reply() {
    let server = start(Personality::FileZilla1, TLS13).await;
    let mut client = Client::login(&server).await;
    assert_eq!(client.control_tickets(), 0);
    for round in 1..=20 {
        if round % 2 == 0 {
            client.epsv().await;
        } else {
            client.pasv().await;
        }
        assert_eq!(client.control_tickets(), round);
        assert_eq!(client.command("NOOP").await.0, 200);
        assert_eq!(client.control_tickets(), round);
    }
    assert_eq!(only_control(&server).tickets_sent_on_control, 20);
    server.shutdown().await;
}

#[tokio::test]
async fn filezilla_resumes_from_every_ticket_it_sent() {
    let server = start(Personality::FileZilla1, TLS13).await;
    let mut client = Client::login(&server).await;
    for round in 0..30 {
        let stored = client.store("STOR f", format!("{round}").as_bytes()).await;
        assert!(
            stored.resumed && stored.reply.0 == 226,
            "{round} {stored:?}"
        );
    }
    let control = only_control(&server);
    assert_eq!((control.data.len(), control.bound()), (30, 30));
    server.shutdown().await;
}

#[tokio::test]
async fn filezilla_tls12_has_its_session_before_any_passive_reply() {
    let server = start(Personality::FileZilla1, TLS12).await;
    let mut client = Client::login(&server).await;
    let listed = client.fetch("LIST").await;
    assert!(listed.resumed);
    assert_eq!(
        only_control(&server).data[0].session_from,
        Some(SessionOrigin::Control)
    );
    server.shutdown().await;
}

#[tokio::test]
async fn filezilla_refuses_before_the_command_where_the_handshake_came_first() {
    let server = start(Personality::FileZilla1, TLS13).await;
    let mut client = Client::login(&server).await;
    let address = client.epsv().await;
    client.store.clear();
    let mut data = client.dial_data(address).await;
    assert!(data.read_to_end().await.is_err());
    let reply = client.command("LIST").await.1;
    assert_eq!(reply, "425 Use PORT, PASV or EPSV first.");
    let control = only_control(&server);
    assert_eq!((control.data.len(), control.data[0].refused), (1, true));
    server.shutdown().await;
}

#[tokio::test]
async fn filezilla_wants_its_data_protocol_where_it_chose_its_own() {
    let server = start(Personality::FileZilla1, TLS13).await;
    let trust = Trust::new(&server).protocols(&["x-filezilla-ftp"]);
    let mut client = Client::login_with(&trust, server.address()).await;
    client.trust = client.trust.protocols(&[]);
    let mut data = client.open("LIST").await;
    let _ = data.read_to_end().await;
    drop(data);
    let reply = client.reply().await.1;
    assert!(
        reply.ends_with("ECONNABORTED - Connection aborted"),
        "{reply}"
    );
    client.trust = client.trust.protocols(&["ftp-data"]);
    assert_eq!(client.fetch("LIST").await.reply.0, 226);
    server.shutdown().await;
}

#[tokio::test]
async fn proftpd_takes_a_ticket_of_a_refused_handshake() {
    for personality in [Personality::ProFtpd138, Personality::ProFtpd1310] {
        let server = start(personality, TLS13).await;
        let mut client = Client::login(&server).await;
        client.store.clear();
        let refused = client.fetch("NLST").await;
        assert_eq!((refused.reply.0, refused.tickets), (425, 2));
        let listed = client.fetch("NLST").await;
        assert!(listed.resumed);
        assert_eq!(listed.reply.0, 226);
        let control = only_control(&server);
        assert_eq!(control.data[1].session_from, Some(SessionOrigin::Data));
        assert!(control.data[1].bound_to_this_control);
        server.shutdown().await;
    }
}

#[tokio::test]
async fn a_client_with_tickets_of_one_use_is_refused_at_the_third_upload() {
    for personality in [Personality::ProFtpd138, Personality::ProFtpd1310] {
        let server = start(personality, TLS13).await;
        let mut client = Client::login(&server).await;
        assert_eq!(client.store("STOR f", b"1").await.reply.0, 226);
        assert_eq!(client.store("STOR f", b"2").await.reply.0, 226);
        let mut data = client.open("STOR f").await;
        assert!(!data.resumed());
        data.read_to_end().await.unwrap();
        data.close_anyhow().await;
        assert_eq!(client.reply().await.0, 425);
        server.shutdown().await;
    }
}

#[tokio::test]
async fn an_unclean_end_spoils_a_session_id_and_no_ticket() {
    for (versions, next) in [(TLS12, 425), (Versions::Both, 226)] {
        let server = start(Personality::ProFtpd138, versions).await;
        let trust = Trust::new(&server).max_tls12();
        let mut client = Client::login_with(&trust, server.address()).await;
        let mut data = client.open("STOR f").await;
        assert!(data.resumed());
        data.write(b"hello").await.unwrap();
        data.finish_tcp().await.unwrap();
        assert_eq!(client.reply().await.0, 226);
        drop(data);
        assert_eq!(client.fetch("LIST").await.reply.0, next, "{versions:?}");
        let stored = &only_control(&server).data[0];
        assert!(!stored.close_notify);
        server.shutdown().await;
    }
}

#[tokio::test]
async fn sessions_can_be_forgotten_and_can_expire() {
    let server = start(Personality::ProFtpd138, TLS13).await;
    let mut client = Client::login(&server).await;
    server.forget_sessions();
    let listed = client.fetch("LIST").await;
    assert_eq!((listed.resumed, listed.reply.0), (false, 425));
    server.shutdown().await;

    let lifetime = Duration::from_nanos(1);
    for versions in [TLS12, TLS13] {
        let server = builder(Personality::VsFtpd)
            .versions(versions)
            .ticket_lifetime(lifetime);
        let server = server.start().await.unwrap();
        let mut client = Client::login(&server).await;
        let listed = client.fetch("LIST").await;
        assert_eq!(
            (listed.resumed, listed.reply.0),
            (false, 522),
            "{versions:?}"
        );
        server.shutdown().await;
    }
}

#[tokio::test]
async fn the_check_and_the_number_of_tickets_can_be_set() {
    let lax = builder(Personality::VsFtpd)
        .require_reuse(false)
        .control_tickets(0);
    let lax = lax.versions(TLS13).start().await.unwrap();
    let mut client = Client::login(&lax).await;
    assert_eq!(client.control_tickets(), 0);
    let listed = client.fetch("LIST").await;
    assert_eq!((listed.resumed, listed.reply.0), (false, 226));
    lax.shutdown().await;

    let strict = builder(Personality::PyFtpdlib)
        .require_reuse(true)
        .data_tickets(3);
    let strict = strict.versions(TLS13).start().await.unwrap();
    let mut client = Client::login(&strict).await;
    let listed = client.fetch("LIST").await;
    assert_eq!(
        (listed.resumed, listed.tickets, listed.reply.0),
        (true, 3, 226)
    );
    strict.shutdown().await;
}

#[tokio::test]
async fn a_server_without_tickets_can_be_given_some() {
    let server = builder(Personality::PureFtpd)
        .control_tickets(1)
        .data_tickets(1);
    let server = server.versions(TLS13).start().await.unwrap();
    let mut client = Client::login(&server).await;
    assert_eq!(client.control_tickets(), 1);
    let listed = client.fetch("LIST").await;
    assert_eq!((listed.resumed, listed.tickets), (true, 1));
    server.shutdown().await;
}

#[tokio::test]
async fn p256_servers_ask_once_for_another_key_share() {
    for personality in [Personality::VsFtpd, Personality::PureFtpd] {
        let server = start(personality, TLS13).await;
        let mut client = Client::login(&server).await;
        let kind = client.tls().get_ref().1.handshake_kind();
        assert_eq!(kind, Some(rustls::HandshakeKind::FullWithHelloRetryRequest));
        let mut data = client.open("LIST").await;
        let group = data.key_exchange();
        assert_eq!(group, rustls::NamedGroup::secp256r1);
        data.read_to_end().await.unwrap();
        data.close().await;
        assert_eq!(client.reply().await.0, 226);
        server.shutdown().await;
    }
}

#[tokio::test]
async fn implicit_tls_works_like_explicit() {
    for personality in Personality::ALL {
        let server = builder(personality)
            .tls(TlsMode::Implicit)
            .start()
            .await
            .unwrap();
        let mut client = Client::login_implicit(&server).await;
        assert_eq!(client.store("STOR f", b"hello").await.reply.0, 226);
        assert_eq!(client.fetch("RETR f").await.bytes, b"hello");
        server.shutdown().await;
    }
}

#[tokio::test]
async fn a_ticket_can_serve_once() {
    let server = builder(Personality::ProFtpd138)
        .require_reuse(false)
        .control_tickets(1)
        .data_tickets(0)
        .fault(Fault::TicketsServeOnce);
    let server = server.start().await.unwrap();
    let mut client = Client::login(&server).await;
    for expected in [true, false] {
        assert_eq!(client.fetch("LIST").await.reply.0, 226);
        let report = server.report();
        let last = report.data().last().unwrap();
        assert_eq!(last.resumed, expected);
    }
    server.shutdown().await;
}

#[tokio::test]
async fn sessions_can_be_refused_from_a_connection_on() {
    let server = builder(Personality::ProFtpd138).fault(Fault::RefuseSessions.from_nth(2));
    let server = server.start().await.unwrap();
    let mut client = Client::login(&server).await;
    assert_eq!(client.fetch("LIST").await.reply.0, 226);
    assert_eq!(client.fetch("LIST").await.reply.0, 425);
    assert_eq!(client.fetch("LIST").await.reply.0, 425);
    server.shutdown().await;
}
