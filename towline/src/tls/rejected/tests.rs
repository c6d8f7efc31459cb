use std::sync::Arc;
use std::time::Duration;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier as _;
use rustls::{OtherError, RootCertStore};
use rustls_pki_types::UnixTime;

use super::*;

/// A day in 2030, on which the certificates are valid.
const DAY: u64 = 1_900_000_000;

/// A certificate created by `certificates/make.sh`.
macro_rules! certificate {
    ($name:literal) => {
        CertificateDer::from(include_bytes!(concat!("certificates/", $name, ".der")).as_slice())
    };
}

/// Returns why `leaf` is rejected for `name` at `time` in seconds, if it is.
fn refusal(leaf: &CertificateDer<'_>, name: &str, time: u64) -> Option<Rejected> {
    let mut roots = RootCertStore::empty();
    roots.add(certificate!("root")).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(roots.into(), provider);
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let time = UnixTime::since_unix_epoch(Duration::from_secs(time));
    let verified = verifier
        .build()
        .unwrap()
        .verify_server_cert(leaf, &[], &name, &[], time);
    let error = verified.err()?;
    Some(Rejected::by_chain(
        leaf,
        Issuers::default(),
        &name,
        time,
        &error,
    ))
}

fn assert_says(rejected: &Rejected, words: &str) {
    let text = rejected.to_string();
    let whole = format!("{words} (certificate {})", rejected.fingerprint());
    assert_eq!(text, whole);
}

#[test]
fn a_good_certificate_is_not_refused() {
    assert!(refusal(&certificate!("good"), "localhost", DAY).is_none());
}

#[test]
fn sha1_has_its_own_words() {
    let rejected = refusal(&certificate!("sha1"), "localhost", DAY).unwrap();
    let algorithm = "SHA-1".to_owned();
    let detail = ErrorDetail::UnsupportedSignature { algorithm };
    assert_eq!(rejected.detail(), &detail);
    assert_says(&rejected, "it is signed with SHA-1, which is not accepted");
}

#[test]
fn an_old_version_has_its_own_words() {
    let v1 = certificate!("v1");
    let by_chain = refusal(&v1, "localhost", DAY).unwrap();
    // The failure of a pinned certificate: only the proof of its key cannot be verified.
    let error = CertificateError::Other(OtherError(Arc::new(by_chain.clone())));
    let by_signature = Rejected::by_signature(&v1, &error.into()).unwrap();
    for rejected in [by_chain, by_signature] {
        let detail = ErrorDetail::UnsupportedCertificateVersion { version: 1 };
        assert_eq!(rejected.detail(), &detail);
        assert_says(&rejected, "it is of X.509 version 1, and 3 is needed");
    }
}

#[test]
fn a_short_key_has_its_own_words() {
    let short = certificate!("rsa1024");
    let bad = CertificateError::BadSignature.into();
    let rejected = Rejected::by_signature(&short, &bad).unwrap();
    assert_eq!(rejected.detail(), &ErrorDetail::KeyTooShort { bits: 1024 });
    assert_says(&rejected, "the server's key is too short (RSA, 1024 bits)");
    // If the key is long enough and its proof is wrong, the certificate is not at fault.
    assert!(Rejected::by_signature(&certificate!("good"), &bad).is_none());
}

#[test]
fn an_issuer_with_a_short_key_is_named_as_such() {
    let (leaf, issuer) = (certificate!("good"), certificate!("root1024"));
    let name = ServerName::try_from("localhost").unwrap();
    let now = UnixTime::since_unix_epoch(Duration::from_secs(DAY));
    for error in [
        CertificateError::BadSignature,
        CertificateError::UnknownIssuer,
    ] {
        let error = error.into();
        let by_chain = |issuers: Issuers<'_>| {
            let rejected = Rejected::by_chain(&leaf, issuers, &name, now, &error);
            rejected.detail().clone()
        };
        let short = std::slice::from_ref(&issuer);
        for issuers in [
            Issuers {
                shown: short,
                listed: &[],
            },
            Issuers {
                shown: &[],
                listed: short,
            },
        ] {
            let too_short = ErrorDetail::KeyTooShort { bits: 1024 };
            assert_eq!(by_chain(issuers), too_short);
        }
        let issuer = "CN=root".to_owned();
        let unknown = ErrorDetail::UnknownIssuer { issuer };
        assert_eq!(by_chain(Issuers::default()), unknown);
    }
}

#[test]
fn an_address_as_host_name_has_its_own_words() {
    let rejected = refusal(&certificate!("ipdns"), "127.0.0.1", DAY).unwrap();
    assert_eq!(rejected.detail(), &ErrorDetail::AddressAsHostName);
    let words = "it names the address as a host name (DNS:127.0.0.1)";
    assert_says(&rejected, words);
}

#[test]
fn a_wrong_name_comes_with_the_right_ones() {
    let rejected = refusal(&certificate!("good"), "elsewhere.test", DAY).unwrap();
    let names = vec!["localhost".to_owned()];
    assert_eq!(rejected.detail(), &ErrorDetail::WrongName { names });
}

#[test]
fn a_certificate_out_of_its_time_comes_with_that_time() {
    let good = certificate!("good");
    let (_, parsed) = X509Certificate::from_der(&good).unwrap();
    let (begin, end) = (parsed.validity().not_before, parsed.validity().not_after);
    let end = u64::try_from(end.timestamp()).unwrap();
    let expired = refusal(&good, "localhost", end + 1).unwrap();
    let at = Timestamp::from_second(i64::try_from(end).unwrap()).unwrap();
    assert_eq!(expired.detail(), &ErrorDetail::Expired { at });
    let early = refusal(&good, "localhost", 0).unwrap();
    let from = Timestamp::from_second(begin.timestamp()).unwrap();
    assert_eq!(early.detail(), &ErrorDetail::NotYetValid { from });
}

#[test]
fn a_foreign_key_comes_with_its_pin() {
    let good = certificate!("good");
    let pin = Pin::of(&good).unwrap();
    let rejected = Rejected::by_pin(&good);
    assert_eq!(rejected.detail(), &ErrorDetail::PinMismatch { pin });
    let nothing = CertificateDer::from(b"nothing".as_slice());
    let unreadable = Rejected::by_pin(&nothing);
    assert_eq!(unreadable.detail(), &ErrorDetail::CertificateUnreadable);
}

/// Neither a pin nor trust in the certificate itself would help.
#[test]
fn a_key_that_is_too_short_is_named_before_anything_that_a_pin_would_mend() {
    let short = certificate!("rsa1024");
    let rejected = refusal(&short, "elsewhere.test", DAY).unwrap();
    assert_eq!(rejected.detail(), &ErrorDetail::KeyTooShort { bits: 1024 });
    let name = ServerName::try_from("localhost").unwrap();
    let now = UnixTime::since_unix_epoch(Duration::from_secs(DAY));
    let unknown = CertificateError::UnknownIssuer.into();
    let rejected = Rejected::by_chain(&short, Issuers::default(), &name, now, &unknown);
    assert_eq!(rejected.detail(), &ErrorDetail::KeyTooShort { bits: 1024 });
    let rejected = Rejected::by_pin(&short);
    assert_eq!(rejected.detail(), &ErrorDetail::KeyTooShort { bits: 1024 });
    let rejected = Rejected::by_pin(&certificate!("v1"));
    let version = ErrorDetail::UnsupportedCertificateVersion { version: 1 };
    assert_eq!(rejected.detail(), &version);
}
