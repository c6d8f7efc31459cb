//! Which certificates are accepted, and what the errors say about the others.

use towline::{Client, Config, ErrorKind, RemotePath, TlsVersion, Trust};
use towline_interop::servers;

use crate::support::{config, connect, versions};

/// `openssl req -x509` makes such a certificate: the server's own, marked as a CA.
#[tokio::test]
async fn a_listed_certificate_is_accepted_although_it_is_marked_as_a_ca() {
    let server = servers::by_name("vsftpd-self-signed");
    for version in versions(server) {
        let (mut session, verdicts) = connect(&server.account(), version).await;
        session.list(&RemotePath::login_directory()).await.unwrap();
        verdicts.assert_all_resumed(1, &server.name);
    }
}

async fn refusal(config: Config) -> towline::Error {
    Client::new(config).unwrap().connect().await.unwrap_err()
}

#[tokio::test]
async fn an_unknown_issuer_is_named_with_the_fingerprint() {
    let server = servers::by_name("vsftpd");
    let other = servers::by_name("vsftpd-self-signed");
    let trust = Trust::CaFile(other.ca_file.clone());
    let error = refusal(config(&server.account(), TlsVersion::Tls13).trust(trust)).await;
    assert_eq!(error.kind(), ErrorKind::Certificate);
    assert_eq!(
        error.to_string(),
        "the server's certificate comes from an unknown issuer"
    );
    let fingerprint = error.fingerprint().unwrap();
    assert_eq!(fingerprint.to_string().len(), "SHA256:".len() + 32 * 3 - 1);
}
