//! Certificates by which clients authenticate.

use std::path::Path;

use towline::{ClientCertificate, ErrorDetail, ErrorKind, Secret};
use towline_testkit::{ClientAuth, ClientIdentity, Personality, Server};

use crate::support::{BOTH, Bench, list, session, upload};

struct Files {
    folder: tempfile::TempDir,
    identity: ClientIdentity,
}

impl Files {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let identity = ClientIdentity::new("demo").unwrap();
        let files = Self { folder, identity };
        let identity = &files.identity;
        let encrypted = identity.encrypted_key_pem("hunter2").unwrap();
        files.write("certificate.pem", identity.certificate_pem());
        files.write("key.pem", identity.key_pem());
        files.write("encrypted.pem", encrypted);
        let both = identity.key_pem() + &identity.certificate_pem();
        files.write("both.pem", both);
        files.write("identity.p12", identity.pkcs12("hunter2").unwrap());
        files
    }

    fn write(&self, name: &str, contents: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), contents).unwrap();
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn load(
        &self,
        certificate: &str,
        key: Option<&str>,
        passphrase: Option<&str>,
    ) -> Result<ClientCertificate, towline::Error> {
        let key = key.map(|key| self.path(key));
        let passphrase = passphrase.map(Secret::new);
        ClientCertificate::load(&self.path(certificate), key.as_deref(), passphrase.as_ref())
    }

    async fn bench(&self, auth: ClientAuth) -> Bench {
        let ca = self.identity.ca_pem();
        let builder = Server::builder(Personality::ProFtpd138).client_certificates(auth, ca);
        Bench::build(builder).await
    }
}

#[tokio::test]
async fn every_form_of_certificate_and_key_is_read_and_shown() {
    let files = Files::new();
    for (certificate, key, passphrase) in [
        ("certificate.pem", Some("key.pem"), None),
        ("certificate.pem", Some("encrypted.pem"), Some("hunter2")),
        ("both.pem", None, None),
        ("identity.p12", None, Some("hunter2")),
    ] {
        for version in BOTH {
            let bench = files.bench(ClientAuth::Required).await;
            let certificate = files.load(certificate, key, passphrase).unwrap();
            let config = bench.config(version).client_certificate(certificate);
            let mut session = session(config).await.unwrap();
            list(&mut session).await.unwrap();
            upload(&mut session, "a", b"x").await.unwrap();
            let control = &bench.server.report().control[0];
            assert_eq!(
                control.client_certificate,
                Some(files.identity.fingerprint())
            );
            assert_eq!((control.data.len(), control.resumed()), (2, 2));
        }
    }
}

#[tokio::test]
async fn a_server_that_requires_a_certificate_refuses_clients_without() {
    let files = Files::new();
    for version in BOTH {
        let bench = files.bench(ClientAuth::Required).await;
        let error = session(bench.config(version)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Tls, "{error:?}");
        let words = "the server asked for a client certificate, and none is configured";
        assert!(error.to_string().contains(words), "{error}");
        assert_eq!(error.detail(), Some(&ErrorDetail::ClientCertificateWanted));
        assert_eq!(bench.logins(), 0);
    }
    let bench = files.bench(ClientAuth::Offered).await;
    session(bench.open_config()).await.unwrap();
}

#[test]
fn a_passphrase_is_asked_for_only_where_it_is_needed() {
    let files = Files::new();
    let is_encrypted = |certificate: &str, key: Option<&str>| {
        let key = key.map(|key| files.path(key));
        ClientCertificate::is_encrypted(&files.path(certificate), key.as_deref()).unwrap()
    };
    assert!(!is_encrypted("certificate.pem", Some("key.pem")));
    assert!(is_encrypted("certificate.pem", Some("encrypted.pem")));
    assert!(!is_encrypted("both.pem", None));
    assert!(is_encrypted("identity.p12", None));
}

#[test]
fn what_cannot_be_used_is_named() {
    let files = Files::new();
    files.write("text", "no certificate");
    files.write(
        "old.pem",
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n",
    );
    for (certificate, key, passphrase, words) in [
        ("missing", None, None, "No such file"),
        ("text", None, None, "neither PEM nor PKCS#12"),
        ("key.pem", None, None, "there is no certificate in it"),
        ("certificate.pem", None, None, "there is no key in it"),
        (
            "certificate.pem",
            Some("encrypted.pem"),
            None,
            "there is no passphrase",
        ),
        (
            "certificate.pem",
            Some("encrypted.pem"),
            Some("no"),
            "cannot be decrypted",
        ),
        (
            "certificate.pem",
            Some("old.pem"),
            Some("no"),
            "openssl pkcs8 -topk8",
        ),
        ("identity.p12", None, Some("no"), "PKCS#12"),
    ] {
        let error = files.load(certificate, key, passphrase).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage);
        let text = error.to_string();
        assert!(text.contains(words), "{text}");
        let named = files.path(key.unwrap_or(certificate));
        assert!(
            text.contains(&Path::new(&named).display().to_string()),
            "{text}"
        );
    }
    let printed = format!("{:?}", files.load("both.pem", None, None).unwrap());
    assert_eq!(printed, "ClientCertificate { .. }");
}

#[tokio::test]
async fn certificate_and_key_may_come_from_memory() {
    let files = Files::new();
    let identity = &files.identity;
    let (certificate, key) = (identity.certificate_pem(), identity.key_pem());
    let encrypted = identity.encrypted_key_pem("hunter2").unwrap();
    let passphrase = Secret::new("hunter2");
    let (certificate, key) = (certificate.as_bytes(), key.as_bytes());
    let der = |pem: &[u8]| {
        let (_, pem) = x509_parser::pem::parse_x509_pem(pem).unwrap();
        pem.contents
    };
    for identity in [
        ClientCertificate::from_pem(certificate, Some(key), None),
        ClientCertificate::from_pem(&[key, certificate].concat(), None, None),
        ClientCertificate::from_pem(certificate, Some(encrypted.as_bytes()), Some(&passphrase)),
        ClientCertificate::from_der([der(certificate)], der(key)),
        ClientCertificate::from_pkcs12(&identity.pkcs12("hunter2").unwrap(), Some(&passphrase)),
    ] {
        let bench = files.bench(ClientAuth::Required).await;
        let config = bench.open_config().client_certificate(identity.unwrap());
        session(config).await.unwrap();
        let control = &bench.server.report().control[0];
        let shown = control.client_certificate.clone();
        assert_eq!(shown, Some(files.identity.fingerprint()));
    }
}

#[test]
fn what_comes_from_memory_and_cannot_be_used_is_a_usage_error() {
    let files = Files::new();
    let identity = &files.identity;
    let certificate = identity.certificate_pem();
    let certificate = certificate.as_bytes();
    let encrypted = identity.encrypted_key_pem("hunter2").unwrap();
    for (unusable, words) in [
        (
            ClientCertificate::from_pem(b"nothing", None, None),
            "there is no certificate in it",
        ),
        (
            ClientCertificate::from_pem(certificate, None, None),
            "there is no key in it",
        ),
        (
            ClientCertificate::from_pem(certificate, Some(encrypted.as_bytes()), None),
            "there is no passphrase",
        ),
        (
            ClientCertificate::from_der([b"x"; 0], b"x".to_vec()),
            "there is no certificate",
        ),
        (
            ClientCertificate::from_der([b"x"], b"x".to_vec()),
            "the client certificate: ",
        ),
        (
            ClientCertificate::from_pkcs12(b"x", None),
            "neither PEM nor PKCS#12",
        ),
    ] {
        let error = unusable.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage);
        assert!(error.to_string().contains(words), "{error}");
    }
}
