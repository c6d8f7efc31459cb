//! Servers that require a client certificate for a login.

use towline::{ClientCertificate, ErrorKind, UploadOptions};
use towline_interop::{RealServer, theme};

use crate::support::{config, connect_with, directory, for_each_server, refusal, versions};

for_each_server! {
    with_and_without;
    vsftpd: "vsftpd-client-certificate";
    proftpd: "proftpd-client-certificate";
    pure_ftpd: "pure-ftpd-client-certificate";
}

async fn with_and_without(server: &'static RealServer) {
    let file = server.client_certificate.as_ref().unwrap();
    for version in versions(server) {
        let cell = theme::CLIENT_CERTIFICATES.cell(server, &version.to_string(), "shown");
        let account = server.account();
        let certificate = ClientCertificate::load(file, None, None).unwrap();
        let shown = config(&account, version).client_certificate(certificate);
        let (mut session, verdicts) = connect_with(shown).await;
        let (remote, local) = directory(&account, &mut session).await;
        for round in 0..5 {
            let target = remote.join(b"target").unwrap();
            let options = UploadOptions::default();
            let upload = session.upload_from(&b"data"[..], &target, &options);
            upload.await.unwrap();
            assert_eq!(std::fs::read(local.join("target")).unwrap(), b"data");
            let listing = session.list(&remote).await.unwrap();
            assert_eq!(listing.entries.len(), 1, "round {round}");
        }
        assert_eq!(verdicts.logins(), 1);
        verdicts.assert_server_agrees(&account);
        cell.passed();

        let cell = theme::CLIENT_CERTIFICATES.cell(server, &version.to_string(), "none");
        let (error, seen) = refusal(config(&server.account(), version)).await;
        assert_eq!(error.kind(), ErrorKind::Tls, "{error:?}");
        let words = "the server asked for a client certificate, and none is configured";
        assert!(error.to_string().contains(words), "{error}");
        assert!(!seen.said("PASS"));
        cell.passed();
    }
}
