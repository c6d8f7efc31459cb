//! Servers without TLS, with partial TLS, or with `AUTH SSL` only.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may panic")]

mod support;

use support::{Client, builder, only_control, soon};
use towline_testkit::{AuthSupport, ControlEnd, Personality};

const LOGIN: [(&str, u16); 3] = [("USER demo", 331), ("PASS secret", 230), ("TYPE I", 200)];

#[tokio::test]
async fn auth_is_refused_with_the_code_asked_for() {
    for code in [500, 502, 504, 534] {
        let server = builder(Personality::ProFtpd138)
            .auth(AuthSupport::Refused(code))
            .start()
            .await
            .unwrap();
        let mut client = Client::greet(&server).await;
        client
            .converse(&[("AUTH TLS", code), ("AUTH SSL", code), ("USER demo", 550)])
            .await;
        let control = only_control(&server);
        assert_eq!(control.protocol, None);
        assert!(control.credentials_in_clear);
        server.shutdown().await;
    }
}

#[tokio::test]
async fn a_refusal_with_421_ends_the_connection() {
    let server = builder(Personality::VsFtpd)
        .auth(AuthSupport::Refused(421))
        .start()
        .await
        .unwrap();
    let mut client = Client::greet(&server).await;
    client.converse(&[("AUTH TLS", 421)]).await;
    assert_eq!(soon(client.fill()).await.unwrap(), 0);
    let control = only_control(&server);
    assert_eq!(control.ended, Some(ControlEnd::ServerClosed));
    assert!(!control.credentials_in_clear);
    server.shutdown().await;
}

#[tokio::test]
async fn auth_ssl_starts_tls_where_auth_tls_does_not() {
    for personality in Personality::ALL {
        let server = builder(personality)
            .auth(AuthSupport::SslOnly(504))
            .start()
            .await
            .unwrap();
        let mut client = Client::greet(&server).await;
        client
            .converse(&[("AUTH TLS", 504), ("AUTH SSL", 234)])
            .await;
        client.secure().await.unwrap();
        client.converse(&LOGIN).await;
        client.converse(&[("PBSZ 0", 200), ("PROT P", 200)]).await;
        assert_eq!(client.fetch("LIST").await.reply.0, 226, "{personality:?}");
        let features = client.command("FEAT").await.1;
        assert!(features.contains("\n AUTH SSL\n"), "{features}");
        assert!(!features.contains(" AUTH TLS"), "{features}");
        assert!(!only_control(&server).credentials_in_clear);
        server.shutdown().await;
    }
}

#[tokio::test]
async fn a_server_without_tls_knows_nothing_of_it_and_reports_what_came_in_clear() {
    for personality in Personality::ALL {
        let server = builder(personality)
            .auth(AuthSupport::Refused(500))
            .clear(true)
            .start()
            .await
            .unwrap();
        std::fs::write(server.root().join("f"), b"hello").unwrap();
        let mut client = Client::greet(&server).await;
        client.converse(&[("AUTH TLS", 500)]).await;
        client.converse(&LOGIN).await;
        client.converse(&[("PBSZ 0", 500), ("PROT P", 500)]).await;
        let features = client.command("FEAT").await.1;
        for extension in ["AUTH", "PBSZ", "PROT", "CCC"] {
            assert!(!features.contains(extension), "{features}");
        }
        let (bytes, reply) = client.fetch_clear("RETR f").await;
        assert_eq!(
            (bytes.as_slice(), reply.0),
            (&b"hello"[..], 226),
            "{personality:?}"
        );
        let control = only_control(&server);
        assert!(control.credentials_in_clear);
        assert!(control.protocol.is_none() && control.data[0].clear);
        server.shutdown().await;
    }
}

#[tokio::test]
async fn a_server_with_tls_can_leave_it_to_the_client() {
    for personality in Personality::ALL {
        let server = builder(personality).clear(true).start().await.unwrap();
        let mut clear = Client::greet(&server).await;
        clear.converse(&LOGIN).await;
        let code = clear.command("PROT P").await.0;
        assert!(code >= 500, "{personality:?} {code}");
        assert_eq!(clear.fetch_clear("NLST").await.1.0, 226);

        let mut secure = Client::login(&server).await;
        assert_eq!(secure.fetch("NLST").await.reply.0, 226);
        secure.converse(&[("PROT C", 200)]).await;
        assert_eq!(secure.fetch_clear("NLST").await.1.0, 226);
        let control = &server.report().control[1];
        assert!(!control.credentials_in_clear);
        assert_eq!(
            [control.data[0].clear, control.data[1].clear],
            [false, true]
        );
        server.shutdown().await;
    }
}
