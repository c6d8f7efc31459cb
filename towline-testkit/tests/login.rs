//! What a server may ask for around the login, and what it may take back.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may panic")]

mod support;

use support::{Client, TLS12, TLS13, builder, only_control, soon, start};
use towline_testkit::Personality;

#[tokio::test]
async fn an_account_completes_the_log_in() {
    for personality in Personality::ALL {
        let server = builder(personality)
            .account("billing")
            .start()
            .await
            .unwrap();
        let mut client = Client::secured(&server).await;
        client
            .converse(&[
                ("USER demo", 331),
                ("PASS secret", 332),
                ("PWD", 530),
                ("USER demo", 331),
                ("PASS secret", 332),
                ("ACCT elsewhere", 530),
            ])
            .await;
        let again = client.command("ACCT billing").await.0;
        assert!(again >= 500, "{personality:?} {again}");
        client
            .converse(&[
                ("USER demo", 331),
                ("PASS secret", 332),
                ("ACCT billing", 230),
            ])
            .await;
        client.converse(&[("PWD", 257)]).await;
        let control = only_control(&server);
        assert_eq!(control.user.as_deref(), Some("demo"));
        assert!(control.commands.contains(&"ACCT ***".to_owned()));
        server.shutdown().await;
    }
}

#[tokio::test]
async fn a_wrong_password_is_not_asked_for_an_account() {
    let server = builder(Personality::VsFtpd)
        .account("billing")
        .start()
        .await
        .unwrap();
    let mut client = Client::secured(&server).await;
    client
        .converse(&[
            ("USER demo", 331),
            ("PASS wrong", 530),
            ("ACCT billing", 503),
        ])
        .await;
    server.shutdown().await;
}

#[tokio::test]
async fn a_host_is_known_or_not() {
    for personality in Personality::ALL {
        let server = builder(personality)
            .host("files.test")
            .host("other.test")
            .start()
            .await
            .unwrap();
        let mut client = Client::greet(&server).await;
        client.converse(&[("HOST files.test", 220)]).await;
        client.converse(&[("AUTH TLS", 234)]).await;
        client.secure().await.unwrap();
        client
            .converse(&[("HOST other.test", 220), ("HOST elsewhere.test", 504)])
            .await;
        let features = client.command("FEAT").await.1;
        assert_eq!(features.matches("\n HOST\n").count(), 1, "{features}");
        client
            .converse(&[
                ("USER demo", 331),
                ("PASS secret", 230),
                ("HOST files.test", 503),
            ])
            .await;
        server.shutdown().await;
    }
}

#[tokio::test]
async fn without_hosts_proftpd_knows_none_and_the_others_not_even_the_command() {
    for personality in Personality::ALL {
        let server = start(personality, TLS13).await;
        let proftpd = matches!(
            personality,
            Personality::ProFtpd138 | Personality::ProFtpd1310
        );
        let mut clear = Client::greet(&server).await;
        let unknown = clear.command("HOST files.test").await.0;
        assert_eq!(unknown == 504, proftpd, "{personality:?} {unknown}");
        let mut client = Client::login(&server).await;
        let late = client.command("HOST files.test").await.0;
        assert_eq!(late, if proftpd { 503 } else { 500 }, "{personality:?}");
        server.shutdown().await;
    }
}

#[tokio::test]
async fn an_account_that_nobody_asked_for_is_answered_as_on_the_real_server() {
    for (personality, reply) in [
        (Personality::VsFtpd, "502 ACCT not implemented."),
        (Personality::ProFtpd138, "502 ACCT command not implemented"),
        (Personality::FileZilla1, "500 Wrong command."),
        (Personality::PureFtpd, "202 Please tell me who you are"),
    ] {
        let server = start(personality, TLS13).await;
        let mut client = Client::login(&server).await;
        assert_eq!(client.command("ACCT billing").await.1, reply);
        server.shutdown().await;
    }
}

#[tokio::test]
async fn a_client_may_give_its_name_where_the_real_server_takes_it() {
    for personality in Personality::ALL {
        let server = start(personality, TLS13).await;
        let mut client = Client::login(&server).await;
        let code = client.command("CLNT towline").await.0;
        let features = client.command("FEAT").await.1;
        if features.contains(" CLNT\n") || personality == Personality::FileZilla1 {
            assert_eq!(code, 200, "{personality:?}");
        } else {
            assert_eq!(code, 500, "{personality:?}");
        }
        server.shutdown().await;
    }
}

#[tokio::test]
async fn starting_anew_works_on_pyftpdlib_alone() {
    for (personality, code) in [
        (Personality::VsFtpd, 502),
        (Personality::ProFtpd138, 502),
        (Personality::FileZilla1, 500),
        (Personality::PureFtpd, 500),
        (Personality::PyFtpdlib, 230),
    ] {
        let server = start(personality, TLS13).await;
        let mut client = Client::login(&server).await;
        client.converse(&[("REIN", code)]).await;
        let after = client.command("PWD").await.0;
        assert_eq!(
            after,
            if code == 230 { 530 } else { 257 },
            "{personality:?}"
        );
        server.shutdown().await;
    }
}

#[tokio::test]
async fn passive_mode_can_want_pret() {
    let server = builder(Personality::VsFtpd)
        .requires_pret(true)
        .start()
        .await
        .unwrap();
    let mut client = Client::login(&server).await;
    let features = client.command("FEAT").await.1;
    assert!(features.contains("\n PRET\n"), "{features}");
    for passive in ["PASV", "EPSV"] {
        let (code, text) = client.command(passive).await;
        assert_eq!(code, 500);
        assert!(text.contains("supporting PRET"), "{text}");
    }
    client
        .converse(&[("PRET XYZZY", 504), ("EPSV", 500), ("PRET NLST", 200)])
        .await;
    assert_eq!(client.fetch("NLST").await.reply.0, 226);
    client
        .converse(&[("EPSV", 500), ("PRET STOR f", 200)])
        .await;
    assert_eq!(client.store("STOR f", b"hello").await.reply.0, 226);
    server.shutdown().await;

    for (personality, code) in [(Personality::VsFtpd, 500), (Personality::PureFtpd, 200)] {
        let server = start(personality, TLS13).await;
        let mut client = Client::login(&server).await;
        client.converse(&[("PRET NLST", code), ("EPSV", 229)]).await;
        server.shutdown().await;
    }
}

#[tokio::test]
async fn ccc_leaves_the_control_connection_clear_and_data_in_tls() {
    for versions in [TLS12, TLS13] {
        let server = start(Personality::ProFtpd138, versions).await;
        let mut client = Client::login(&server).await;
        client.converse(&[("CCC", 200)]).await;
        // A command may arrive together with the `close_notify`.
        client.downgrade(b"PWD\r\n").await;
        assert_eq!(client.reply().await.0, 257, "{versions:?}");
        assert_eq!(client.fetch("NLST").await.reply.0, 226);
        let control = only_control(&server);
        assert!(control.data[0].protocol.is_some());
        assert!(!control.credentials_in_clear);
        client.converse(&[("CCC", 500), ("QUIT", 221)]).await;
        assert_eq!(soon(client.fill()).await.unwrap(), 0);
        server.shutdown().await;
    }
}

#[tokio::test]
async fn ccc_understands_a_client_that_leaves_tls_without_a_word() {
    let server = start(Personality::ProFtpd138, TLS12).await;
    let mut client = Client::login(&server).await;
    client.converse(&[("CCC", 200)]).await;
    client.abandon_tls();
    client.send("NOOP").await;
    // The server's `close_notify` may come first.
    while !client.buffered(b"200 NOOP command successful\r\n") {
        assert_ne!(soon(client.fill()).await.unwrap(), 0);
    }
    server.shutdown().await;
}

#[tokio::test]
async fn ccc_is_unknown_elsewhere() {
    for personality in [Personality::VsFtpd, Personality::FileZilla1] {
        let server = start(personality, TLS13).await;
        let mut client = Client::login(&server).await;
        client.converse(&[("CCC", 500), ("NOOP", 200)]).await;
        server.shutdown().await;
    }
}

#[tokio::test]
async fn whatever_is_said_is_in_the_report() {
    let server = start(Personality::ProFtpd138, TLS13).await;
    let mut client = Client::login(&server).await;
    for command in ["SITE UMASK 022", "OPTS UTF8 OFF", "XYZZY a  b "] {
        client.command(command).await;
    }
    let commands = only_control(&server).commands;
    let last = &commands[commands.len() - 3..];
    assert_eq!(last, ["SITE UMASK 022", "OPTS UTF8 OFF", "XYZZY a  b "]);
    server.shutdown().await;
}
