//! Which certificates are accepted, and what is said about the others.

use std::error::Error as _;

use towline::{Certificates, ErrorDetail, ErrorKind, Trust};
use towline_testkit::{CertificateKind, Fault, Personality, Server};

use crate::support::{BOTH, Bench, list, session};

async fn refusal(kind: CertificateKind) -> towline::Error {
    let bench = Bench::build(Server::builder(Personality::VsFtpd).certificate(kind)).await;
    let error = session(bench.open_config()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Certificate);
    let fingerprint = error.fingerprint().unwrap().to_string();
    let cause = error.source().unwrap().to_string();
    assert!(cause.contains(&fingerprint), "{cause}");
    let report = bench.server.report();
    assert!(report.control[0].user.is_none(), "nobody logs in there");
    error
}

#[tokio::test]
async fn an_expired_certificate_is_refused() {
    let error = refusal(CertificateKind::Expired).await;
    assert_eq!(error.to_string(), "the server's certificate has expired");
    let cause = error.source().unwrap().to_string();
    assert!(cause.starts_with("it expired on "), "{cause}");
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    let error = refusal(CertificateKind::WrongName).await;
    assert_eq!(
        error.to_string(),
        "the server's certificate has the wrong name"
    );
    let cause = error.source().unwrap().to_string();
    assert!(
        cause.starts_with("it is not for localhost, but for elsewhere.invalid"),
        "{cause}"
    );
}

#[tokio::test]
async fn an_unknown_issuer_is_refused() {
    let bench = Bench::start(Personality::VsFtpd).await;
    let other = Bench::start(Personality::VsFtpd).await;
    let builder = Server::builder(Personality::VsFtpd).certificate(CertificateKind::SelfSigned);
    let self_signed = Bench::build(builder).await;
    let foreign = Trust::CaFile(other.local("ca.pem"));
    let error = session(self_signed.open_config().trust(foreign.clone()))
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the server's certificate comes from an unknown issuer"
    );
    for trust in [foreign, Trust::Platform] {
        let error = session(bench.open_config().trust(trust)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Certificate);
        assert_eq!(
            error.to_string(),
            "the server's certificate comes from an unknown issuer"
        );
        assert!(error.fingerprint().is_some());
    }
}

#[tokio::test]
async fn a_listed_certificate_that_calls_itself_a_ca_is_accepted() {
    let builder = Server::builder(Personality::ProFtpd138);
    let bench = Bench::build(builder.certificate(CertificateKind::SelfSigned)).await;
    for version in BOTH {
        let mut session = bench.connect(version).await;
        list(&mut session).await.unwrap();
    }
}

#[tokio::test]
async fn a_data_connection_with_another_certificate_carries_nothing() {
    for version in BOTH {
        let bench = Bench::with_fault(Personality::VsFtpd, Fault::OtherDataCertificate).await;
        bench.write("a", "x");
        let mut session = bench.connect(version).await;
        let error = list(&mut session).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Certificate, "{error}");
        let verdict = error.data_connection().unwrap();
        assert!(!verdict.resumed && !verdict.same_certificate);
    }
}

#[tokio::test]
async fn a_file_without_certificates_is_a_usage_error() {
    let bench = Bench::start(Personality::VsFtpd).await;
    let file = bench.local("empty.pem");
    std::fs::write(&file, "nothing here").unwrap();
    for path in [file, bench.local("missing.pem")] {
        let error = session(bench.open_config().trust(Trust::CaFile(path)))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage, "{error}");
    }
}

#[tokio::test]
async fn certificates_in_memory_are_trusted_as_those_in_a_file() {
    let bench = Bench::start(Personality::VsFtpd).await;
    let other = Bench::start(Personality::VsFtpd).await;
    let pem = bench.server.ca_pem();
    let (_, parsed) = x509_parser::pem::parse_x509_pem(pem.as_bytes()).unwrap();
    for certificates in [
        Certificates::from_pem(pem.as_bytes()),
        Certificates::from_der([parsed.contents]),
    ] {
        let trust = Trust::Certificates(certificates.unwrap());
        session(bench.open_config().trust(trust.clone()))
            .await
            .unwrap();
        let error = session(other.open_config().trust(trust)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Certificate);
    }
}

#[test]
fn bytes_without_certificates_are_a_usage_error() {
    for none in [
        Certificates::from_pem(b"nothing here"),
        Certificates::from_der([b"nothing here"]),
        Certificates::from_der([b""; 0]),
    ] {
        assert_eq!(none.unwrap_err().kind(), ErrorKind::Usage);
    }
}

#[test]
fn what_is_not_exactly_one_certificate_is_refused_with_its_reason() {
    let made = rcgen::generate_simple_self_signed(["a.test".to_owned()]).unwrap();
    let der = made.cert.der().to_vec();
    Certificates::from_der([der.clone()]).unwrap();
    let behind = [&der[..], b"x"].concat();
    for wrong in [behind, der[..der.len() - 1].to_vec(), Vec::new()] {
        let error = Certificates::from_der([wrong]).unwrap_err();
        assert_eq!(error.detail(), Some(&ErrorDetail::TrustUnusable), "{error}");
    }
    for error in [
        Certificates::from_pem(b"").unwrap_err(),
        Certificates::from_der(Vec::<Vec<u8>>::new()).unwrap_err(),
    ] {
        assert_eq!(error.detail(), Some(&ErrorDetail::TrustUnusable), "{error}");
    }
}
