//! Client certificates, certificates without their keys, and renewed certificates.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may panic")]

mod support;

use support::{Client, TLS12, TLS13, Trust, builder, only_control, soon, start};
use towline_testkit::{CertificateKind, ClientAuth, ClientIdentity, Fault, Personality, Server};

#[tokio::test]
async fn a_client_certificate_is_reported_for_control_and_data() {
    for personality in Personality::ALL {
        for versions in [TLS12, TLS13] {
            let identity = ClientIdentity::new("demo").unwrap();
            let server = builder(personality)
                .versions(versions)
                .client_certificates(ClientAuth::Required, identity.ca_pem())
                .start()
                .await
                .unwrap();
            let trust = Trust::new(&server).with_identity(&identity);
            let mut client = Client::login_with(&trust, server.address()).await;
            assert_eq!(client.fetch("NLST").await.reply.0, 226, "{personality:?}");
            let control = only_control(&server);
            let shown = Some(identity.fingerprint());
            assert_eq!(control.client_certificate, shown, "{personality:?}");
            assert_eq!(control.data[0].client_certificate, shown);
            server.shutdown().await;
        }
    }
}

#[tokio::test]
async fn a_certificate_that_is_offered_may_be_left_out() {
    let identity = ClientIdentity::new("demo").unwrap();
    let server = builder(Personality::ProFtpd138)
        .client_certificates(ClientAuth::Offered, identity.ca_pem())
        .start()
        .await
        .unwrap();
    let mut client = Client::login(&server).await;
    client.converse(&[("NOOP", 200)]).await;
    assert_eq!(only_control(&server).client_certificate, None);
    server.shutdown().await;
}

#[tokio::test]
async fn no_certificate_and_a_strangers_are_refused_where_one_is_required() {
    let identity = ClientIdentity::new("demo").unwrap();
    let stranger = ClientIdentity::new("demo").unwrap();
    for versions in [TLS12, TLS13] {
        let server = builder(Personality::ProFtpd138)
            .versions(versions)
            .client_certificates(ClientAuth::Required, identity.ca_pem())
            .start()
            .await
            .unwrap();
        let none = Trust::new(&server);
        for trust in [none.clone(), none.with_identity(&stranger)] {
            let mut client = Client::dial(&trust, server.address()).await;
            client.converse_from_greeting(&[("AUTH TLS", 234)]).await;
            // In TLS 1.3, the client finishes the handshake before the server checks the
            // certificate.
            let refused = match client.secure().await {
                Ok(()) => soon(client.fill()).await.map(drop),
                Err(error) => Err(error),
            };
            let error = refused.unwrap_err().to_string();
            assert!(error.contains("received fatal alert"), "{error}");
        }
        server.shutdown().await;
    }
}

#[tokio::test]
async fn an_impostor_is_found_out_by_its_signature() {
    let honest = start(Personality::VsFtpd, TLS13).await;
    for versions in [TLS12, TLS13] {
        let impostor = builder(Personality::VsFtpd)
            .versions(versions)
            .shows_certificate_without_key(honest.certificate_pem())
            .start()
            .await
            .unwrap();
        assert_eq!(impostor.certificate_pem(), honest.certificate_pem());
        let mut client = Client::dial(&Trust::new(&honest), impostor.address()).await;
        client.converse_from_greeting(&[("AUTH TLS", 234)]).await;
        let error = client.secure().await.unwrap_err().to_string();
        assert!(error.contains("BadSignature"), "{error}");
        impostor.shutdown().await;
    }
    honest.shutdown().await;
}

#[tokio::test]
async fn a_data_connection_can_be_an_impostors() {
    for personality in Personality::ALL {
        let server = builder(personality)
            .fault(Fault::DataCertificateWithoutKey.nth(2))
            .start()
            .await
            .unwrap();
        let mut client = Client::login(&server).await;
        assert_eq!(client.fetch("NLST").await.reply.0, 226);
        let address = client.epsv().await;
        let failed = client.try_open_at(address, "NLST").await;
        let error = failed.err().unwrap().to_string();
        assert!(error.contains("BadSignature"), "{personality:?} {error}");
        server.shutdown().await;
    }
}

#[tokio::test]
async fn a_certificate_can_be_renewed_behind_the_same_port() {
    let mut server = start(Personality::ProFtpd138, TLS13).await;
    let (address, old) = (server.address(), Trust::new(&server));
    let mut client = Client::login(&server).await;
    let before = client.certificate();
    server.renew_certificate(CertificateKind::Issued).unwrap();
    assert_eq!(server.address(), address);

    // The old session is no longer valid, but the old connection still works.
    client.converse(&[("NOOP", 200)]).await;
    client.trust = Trust::new(&server);
    assert_eq!(client.fetch("NLST").await.reply.0, 425);

    let mut doubtful = Client::dial(&old, address).await;
    doubtful.converse_from_greeting(&[("AUTH TLS", 234)]).await;
    let error = doubtful.secure().await.unwrap_err().to_string();
    assert!(
        error.contains("UnknownIssuer") || error.contains("BadSignature"),
        "{error}"
    );

    let mut new = Client::login(&server).await;
    assert_ne!(new.certificate(), before);
    assert_eq!(new.fetch("NLST").await.reply.0, 226);
    server.shutdown().await;
}

#[tokio::test]
async fn what_is_no_certificate_is_an_error() {
    let nonsense = Server::builder(Personality::VsFtpd).shows_certificate_without_key("nonsense");
    let error = nonsense.start().await.unwrap_err().to_string();
    assert!(
        error.starts_with("cannot read or write a certificate"),
        "{error}"
    );
    let nonsense =
        Server::builder(Personality::VsFtpd).client_certificates(ClientAuth::Required, "nonsense");
    let error = nonsense.start().await.unwrap_err().to_string();
    assert!(
        error.starts_with("cannot read or write a certificate"),
        "{error}"
    );
}
