use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DnType, GeneralSubtree, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, NameConstraints, date_time_ymd,
};

use super::*;

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

fn key() -> KeyPair {
    KeyPair::generate().expect("a key")
}

fn named(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

fn authority(name: &str) -> CertificateParams {
    let mut params = named(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
}

/// Verifies `leaf` for `server.test`, with `listed` in the file of the user.
fn verdict(
    listed: &Certificate,
    leaf: &Certificate,
    intermediates: &[CertificateDer<'_>],
) -> Result<(), rustls::Error> {
    let listed = Certificates::from_der([listed.der().to_vec()]).expect("a certificate");
    let anchors = Anchors::new(&listed, &provider());
    let name = ServerName::try_from("server.test").expect("a name");
    anchors.verify(leaf.der(), intermediates, &name, UnixTime::now())
}

/// Verifies a certificate for `server.test` that the holder of `params` has issued.
fn verdict_on_issuer(params: CertificateParams) -> Result<(), rustls::Error> {
    let issuer_key = key();
    let listed = params.self_signed(&issuer_key).expect("a certificate");
    let leaf = CertificateParams::new(["server.test".to_owned()]).expect("a name");
    let issuer = Issuer::new(params, issuer_key);
    let leaf = leaf.signed_by(&key(), &issuer).expect("signed");
    verdict(&listed, &leaf, &[])
}

/// Verifies a certificate for the common name `server.test`, issued by an intermediate authority
/// whose names are constrained to `allowed`.
fn is_accepted(allowed: Option<&str>) -> bool {
    let (root_key, key_between) = (key(), key());
    let root = authority("root");
    let listed = root.self_signed(&root_key).expect("a certificate");
    let root = Issuer::new(root, root_key);
    let mut between = authority("between");
    between.name_constraints = allowed.map(|name| NameConstraints {
        permitted_subtrees: vec![GeneralSubtree::DnsName(name.to_owned())],
        excluded_subtrees: Vec::new(),
    });
    let intermediate = between.signed_by(&key_between, &root).expect("signed");
    let between = Issuer::new(between, key_between);
    let leaf = named("server.test").signed_by(&key(), &between);
    let intermediates = [intermediate.der().clone()];
    verdict(&listed, &leaf.expect("signed"), &intermediates).is_ok()
}

#[test]
fn a_common_name_does_not_evade_constraints_on_names() {
    assert!(is_accepted(None));
    assert!(!is_accepted(Some("elsewhere.test")));
}

#[test]
fn only_an_authority_can_issue() {
    assert_eq!(verdict_on_issuer(authority("vendor")), Ok(()));
    let mut with_usage = authority("vendor");
    with_usage.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    assert_eq!(verdict_on_issuer(with_usage), Ok(()));

    let unknown = Err(CertificateError::UnknownIssuer.into());
    let mut denies_it = named("vendor");
    denies_it.is_ca = IsCa::ExplicitNoCa;
    assert_eq!(verdict_on_issuer(denies_it), unknown);
    // Without the extension, a certificate is an end entity's (RFC 5280 section 4.2.1.9).
    assert_eq!(verdict_on_issuer(named("vendor")), unknown);
    let mut signs_data = authority("vendor");
    signs_data.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    assert_eq!(verdict_on_issuer(signs_data), unknown);
}

#[test]
fn an_authority_out_of_its_time_can_not_issue() {
    let unknown = Err(CertificateError::UnknownIssuer.into());
    let mut expired = authority("vendor");
    expired.not_before = date_time_ymd(2019, 1, 1);
    expired.not_after = date_time_ymd(2020, 1, 1);
    assert_eq!(verdict_on_issuer(expired), unknown);
    let mut early = authority("vendor");
    early.not_before = date_time_ymd(2900, 1, 1);
    early.not_after = date_time_ymd(2901, 1, 1);
    assert_eq!(verdict_on_issuer(early), unknown);
}

#[test]
fn an_end_entity_is_trusted_as_itself() {
    let own = CertificateParams::new(["server.test".to_owned()]).expect("a name");
    let own = own.self_signed(&key()).expect("a certificate");
    assert_eq!(verdict(&own, &own, &[]), Ok(()));
}
