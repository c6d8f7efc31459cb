//! Pins, trust on first use, and custom verifiers.

use std::sync::{Arc, Mutex};

use towline::{
    CheckCertificate, ErrorKind, Fingerprint, KnownServers, Pin, PresentedCertificate, Trust,
};
use towline_testkit::{CertificateKind, Fault, Personality, Server};

use crate::support::{BOTH, Bench, Notebook, list, session};

/// The server's certificate (DER).
fn certificate(bench: &Bench) -> Vec<u8> {
    use rustls_pki_types::CertificateDer;
    use rustls_pki_types::pem::PemObject;
    let pem = bench.server.certificate_pem().as_bytes();
    CertificateDer::from_pem_slice(pem).unwrap().to_vec()
}

#[tokio::test]
async fn a_pin_replaces_chain_name_and_time() {
    for kind in [
        CertificateKind::SelfSigned,
        CertificateKind::WrongName,
        CertificateKind::Expired,
    ] {
        for version in BOTH {
            let builder = Server::builder(Personality::VsFtpd).certificate(kind);
            let bench = Bench::build(builder).await;
            let pin = Pin::of(&certificate(&bench)).unwrap();
            let config = bench.config(version).trust(Trust::Pins(vec![pin]));
            let mut session = session(config).await.unwrap();
            list(&mut session).await.unwrap();
        }
    }
}

#[tokio::test]
async fn another_key_than_the_pinned_ones_is_refused_and_named() {
    let bench = Bench::start(Personality::VsFtpd).await;
    let other = "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
        .parse()
        .unwrap();
    let config = bench.open_config().trust(Trust::Pins(vec![other]));
    let error = session(config).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Certificate);
    let text = error.to_string();
    assert_eq!(text, "the server's certificate has none of the pinned keys");
    let pin = Pin::of(&certificate(&bench)).unwrap();
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.starts_with(&format!("its key is {pin}")), "{cause}");
    assert_eq!(bench.logins(), 0);
}

#[tokio::test]
async fn a_server_met_once_has_to_show_the_same_certificate_again() {
    let builder = Server::builder(Personality::VsFtpd).certificate(CertificateKind::SelfSigned);
    let bench = Bench::build(builder).await;
    let servers = KnownServers::at(bench.local("known-servers"));
    let notebook = Arc::new(Notebook::default());
    let config = bench
        .open_config()
        .trust(Trust::FirstUse(servers.clone()))
        .observer(notebook.clone());
    for _ in 0..2 {
        let mut session = session(config.clone()).await.unwrap();
        list(&mut session).await.unwrap();
    }
    assert_eq!(notebook.all("met:").len(), 1);
    let port = bench.server.address().port();
    let known = servers.find("localhost", port).unwrap().unwrap();
    let shown = Fingerprint::of(&certificate(&bench));
    assert_eq!(known.fingerprint, Some(shown));

    // A server with another certificate, as a client sees it that knows the first.
    let before: Fingerprint = "AB".repeat(32).parse().unwrap();
    servers.accept("localhost", port, before).unwrap();
    let error = session(config.clone()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Certificate);
    assert_eq!(error.fingerprint(), Some(shown));
    let text = error.to_string();
    assert_eq!(
        text,
        "the server's certificate is not the one that it showed before"
    );
    let cause = std::error::Error::source(&error).unwrap().to_string();
    for part in [
        before.to_string(),
        shown.to_string(),
        "issuer: CN=".to_owned(),
    ] {
        assert!(cause.contains(&part), "{cause}");
    }
    assert_eq!(bench.logins(), 2, "nobody logs in there");

    servers.accept("localhost", port, shown).unwrap();
    session(config).await.unwrap();
}

#[tokio::test]
async fn what_cannot_be_remembered_is_not_trusted() {
    let bench = Bench::start(Personality::VsFtpd).await;
    std::fs::write(bench.local("file"), "").unwrap();
    let servers = KnownServers::at(bench.local("file/known-servers"));
    let error = session(bench.open_config().trust(Trust::FirstUse(servers)))
        .await
        .unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Local | ErrorKind::Certificate),
        "{error:?}"
    );
    assert_eq!(bench.logins(), 0);
}

/// Accepts or refuses, and records the certificate it was shown.
#[derive(Debug)]
struct Check {
    verdict: Result<(), String>,
    shown: Mutex<Vec<(String, Fingerprint)>>,
}

impl CheckCertificate for Check {
    fn check(&self, certificate: &PresentedCertificate<'_>) -> Result<(), String> {
        let shown = (certificate.host.to_owned(), certificate.fingerprint());
        self.shown.lock().unwrap().push(shown);
        self.verdict.clone()
    }
}

#[tokio::test]
async fn a_check_of_ones_own_decides_alone() {
    let builder = Server::builder(Personality::VsFtpd).certificate(CertificateKind::WrongName);
    let bench = Bench::build(builder).await;
    for verdict in [Ok(()), Err("I do not like it".to_owned())] {
        let check = Arc::new(Check {
            verdict: verdict.clone(),
            shown: Mutex::default(),
        });
        let config = bench.open_config().trust(Trust::Custom(check.clone()));
        let outcome = session(config).await;
        let shown = check.shown.lock().unwrap().clone();
        let expected = Fingerprint::of(&certificate(&bench));
        assert_eq!(shown, [("localhost".to_owned(), expected)]);
        match verdict {
            Ok(()) => drop(outcome.unwrap()),
            Err(reason) => {
                let error = outcome.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Certificate);
                let cause = std::error::Error::source(&error).unwrap().to_string();
                assert!(cause.starts_with(&reason), "{cause}");
            }
        }
    }
}

/// Anyone can send a certificate once seen; only the server can sign with its key.
#[tokio::test]
async fn a_certificate_without_its_key_is_refused_whatever_is_trusted() {
    for version in BOTH {
        let honest = Bench::start(Personality::VsFtpd).await;
        let pem = honest.server.certificate_pem();
        let builder = Server::builder(Personality::VsFtpd).shows_certificate_without_key(pem);
        let impostor = Bench::build(builder).await;
        let pin = Pin::of(&certificate(&honest)).unwrap();
        let servers = KnownServers::at(impostor.local("known-servers"));
        let port = impostor.server.address().port();
        let shown = Fingerprint::of(&certificate(&honest));
        servers.accept("localhost", port, shown).unwrap();
        let check = Check {
            verdict: Ok(()),
            shown: Mutex::default(),
        };
        for trust in [
            Trust::Pins(vec![pin]),
            Trust::FirstUse(servers),
            Trust::CaFile(honest.local("ca.pem")),
            Trust::Custom(Arc::new(check)),
        ] {
            let error = session(impostor.config(version).trust(trust))
                .await
                .unwrap_err();
            assert!(matches!(
                error.kind(),
                ErrorKind::Tls | ErrorKind::Certificate
            ));
            assert_eq!(impostor.logins(), 0);
        }
    }
}

#[tokio::test]
async fn a_server_met_without_its_key_is_not_remembered() {
    let honest = Bench::start(Personality::VsFtpd).await;
    let pem = honest.server.certificate_pem();
    let builder = Server::builder(Personality::VsFtpd).shows_certificate_without_key(pem);
    let impostor = Bench::build(builder).await;
    let servers = KnownServers::at(impostor.local("known-servers"));
    let config = impostor
        .open_config()
        .trust(Trust::FirstUse(servers.clone()));
    session(config).await.unwrap_err();
    assert_eq!(servers.list().unwrap(), []);
}

#[tokio::test]
async fn a_data_connection_without_the_key_carries_nothing() {
    for version in BOTH {
        let builder =
            Server::builder(Personality::PyFtpdlib).fault(Fault::DataCertificateWithoutKey);
        let bench = Bench::build(builder).await;
        let pin = Pin::of(&certificate(&bench)).unwrap();
        let config = bench.config(version).trust(Trust::Pins(vec![pin]));
        let mut session = session(config).await.unwrap();
        list(&mut session).await.unwrap_err();
        assert_eq!(
            bench
                .server
                .report()
                .data()
                .map(|data| data.bytes)
                .sum::<u64>(),
            0
        );
    }
}

#[tokio::test]
async fn a_name_in_the_common_name_alone_is_accepted_from_a_ca_file() {
    let builder = Server::builder(Personality::VsFtpd).certificate(CertificateKind::CommonNameOnly);
    let bench = Bench::build(builder).await;
    let mut good = session(bench.open_config()).await.unwrap();
    list(&mut good).await.unwrap();
    let other = bench.config_for("127.0.0.1", bench.server.address().port());
    let error = session(other).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Certificate);
}
