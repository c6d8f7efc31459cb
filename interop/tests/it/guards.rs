//! The checks can fail: with a part of the tether disabled on purpose, servers refuse data
//! connections or uploads are lost.

use towline::sabotage::Sabotage;
use towline::{Client, ErrorKind, SessionReuse, TlsVersion, UploadOptions};
use towline_interop::servers;

use crate::support::{config, connect_with, directory};

fn sabotage(change: impl FnOnce(&mut Sabotage)) -> Sabotage {
    let mut sabotage = Sabotage::default();
    change(&mut sabotage);
    sabotage
}

/// ProFTPD 1.3.8 sends two tickets on the control connection and none on uploads.
#[tokio::test]
async fn without_copies_of_tickets_proftpd_refuses_the_third_upload() {
    let account = servers::by_name("proftpd").account();
    let config = config(&account, TlsVersion::Tls13)
        .session_reuse(SessionReuse::Off)
        .sabotage(sabotage(|sabotage| sabotage.no_ticket_copies = true));
    // With the policy `off`, the client offers no session, and the server refuses at once.
    let (mut session, verdicts) = connect_with(config.clone()).await;
    let error = session
        .list(&towline::RemotePath::login_directory())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SessionReuseRefused, "{error}");
    assert!(!verdicts.seen()[0].resumed);

    let (mut session, verdicts) = connect_with(config.session_reuse(SessionReuse::Auto)).await;
    let (remote, _) = directory(&account, &mut session).await;
    for number in 0..6 {
        let target = remote.join(format!("{number}").as_bytes()).unwrap();
        let options = UploadOptions::default();
        session
            .upload_from(&b"data"[..], &target, &options)
            .await
            .unwrap();
    }
    // ProFTPD refused, and the recovery had to open new control connections.
    let refused = account.data_sessions().unwrap().unwrap().refused;
    assert!(refused > 1, "{refused} refusals");
    assert!(verdicts.logins() > 2, "{} logins", verdicts.logins());
}

/// If the socket has an unread ticket when it closes, the kernel resets the connection.
#[tokio::test]
async fn without_the_drain_uploads_are_lost() {
    let mut lost = Vec::new();
    for name in ["vsftpd", "pyftpdlib"] {
        let account = servers::by_name(name).account();
        let config = config(&account, TlsVersion::Tls13)
            .sabotage(sabotage(|sabotage| sabotage.no_drain = true));
        let client = Client::new(config).unwrap();
        let contents = vec![7; 1 << 20];
        for attempt in 0..10 {
            let mut session = client.connect().await.unwrap();
            let (remote, local) = directory(&account, &mut session).await;
            let target = remote.join(b"big").unwrap();
            let options = UploadOptions::default().use_temporary_name(false);
            let outcome = session
                .upload_from(contents.as_slice(), &target, &options)
                .await;
            let stored = std::fs::metadata(local.join("big")).map_or(0, |file| file.len());
            if stored < contents.len() as u64 {
                lost.push((name, attempt, stored, outcome.is_ok()));
            }
        }
    }
    assert!(
        !lost.is_empty(),
        "no upload was lost although the socket was closed with unread tickets"
    );
}

/// The other certificate comes from the same authority and is valid for the same names.
#[tokio::test]
async fn without_the_comparison_a_swapped_certificate_passes() {
    use towline_testkit::{Fault, Personality, Server, Versions};
    for (sabotaged, passes) in [(false, false), (true, true)] {
        let server = Server::builder(Personality::VsFtpd)
            .versions(Versions::Both)
            .user("user", "secret")
            .fault(Fault::OtherDataCertificate)
            .start()
            .await
            .unwrap();
        let files = tempfile::tempdir().unwrap();
        let ca = files.path().join("ca.pem");
        std::fs::write(&ca, server.ca_pem()).unwrap();
        let config = towline::Config::new("localhost")
            .port(server.address().port())
            .user("user")
            .password(towline::Secret::new("secret"))
            .trust(towline::Trust::CaFile(ca))
            .sabotage(sabotage(|sabotage| {
                sabotage.no_certificate_comparison = sabotaged
            }));
        let (mut session, _) = connect_with(config).await;
        let listed = session.list(&towline::RemotePath::login_directory()).await;
        assert_eq!(listed.is_ok(), passes);
        server.shutdown().await;
    }
}
