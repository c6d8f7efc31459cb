use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DnType, GeneralSubtree, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, NameConstraints, date_time_ymd,
};

use super::super::issuers::Issuers;
use super::super::rejected::Rejected;
use super::*;
use crate::error::ErrorDetail;

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

/// Verifies a certificate for `server.test` below `between`, which `root` has issued. Returns the
/// reason of the rejection.
fn reason_below(root: CertificateParams, between: CertificateParams) -> Option<ErrorDetail> {
    let (root_key, key_between) = (key(), key());
    let listed = root.self_signed(&root_key).expect("a certificate");
    let root = Issuer::new(root, root_key);
    let intermediate = between.signed_by(&key_between, &root).expect("signed");
    let between = Issuer::new(between, key_between);
    let leaf = CertificateParams::new(["server.test".to_owned()]).expect("a name");
    let leaf = leaf.signed_by(&key(), &between).expect("signed");
    let shown = [intermediate.der().clone()];
    let error = verdict(&listed, &leaf, &shown).err()?;
    let listed = [listed.der().clone()];
    let issuers = Issuers {
        shown: &shown,
        listed: &listed,
    };
    let name = ServerName::try_from("server.test").expect("a name");
    let rejected = Rejected::by_chain(leaf.der(), issuers, &name, UnixTime::now(), &error);
    Some(rejected.detail().clone())
}

fn limited(name: &str, most_below: u8) -> CertificateParams {
    let mut params = authority(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(most_below));
    params
}

#[test]
fn a_root_limits_the_authorities_below_it() {
    assert_eq!(verdict_on_issuer(limited("root", 0)), Ok(()));
    assert_eq!(reason_below(limited("root", 1), authority("sub")), None);
    let issuer = "CN=root".to_owned();
    let too_long = Some(ErrorDetail::ChainTooLong { issuer });
    assert_eq!(reason_below(limited("root", 0), authority("sub")), too_long);
}

/// An authority may issue a new certificate to itself.
#[test]
fn a_self_issued_authority_does_not_count() {
    assert_eq!(reason_below(limited("root", 0), authority("root")), None);
}

#[test]
fn an_authority_in_between_needs_a_key_for_certificates() {
    let mut signs_data = authority("sub");
    signs_data.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    let issuer = "CN=sub".to_owned();
    let no_authority = Some(ErrorDetail::IssuerNotAuthority { issuer });
    assert_eq!(reason_below(authority("root"), signs_data), no_authority);
    let mut signs_certificates = authority("sub");
    signs_certificates.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    assert_eq!(reason_below(authority("root"), signs_certificates), None);
}

#[test]
fn a_root_limits_the_names_below_it() {
    let constrained = |allowed: &str| {
        let mut root = authority("root");
        root.name_constraints = Some(NameConstraints {
            permitted_subtrees: vec![GeneralSubtree::DnsName(allowed.to_owned())],
            excluded_subtrees: Vec::new(),
        });
        root
    };
    assert_eq!(verdict_on_issuer(constrained("server.test")), Ok(()));
    assert!(verdict_on_issuer(constrained("elsewhere.test")).is_err());
    let reason = reason_below(constrained("elsewhere.test"), authority("sub"));
    let issuer = Some("CN=root".to_owned());
    assert_eq!(reason, Some(ErrorDetail::NameNotPermitted { issuer }));
}

#[test]
fn a_key_that_is_not_for_certificates_is_named_as_such() {
    let mut root = authority("root");
    root.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    let root_key = key();
    let listed = root.self_signed(&root_key).expect("a certificate");
    let issuer = Issuer::new(root, root_key);
    let leaf = CertificateParams::new(["server.test".to_owned()]).expect("a name");
    let leaf = leaf.signed_by(&key(), &issuer).expect("signed");
    let error = verdict(&listed, &leaf, &[]).unwrap_err();
    let listed = [listed.der().clone()];
    let issuers = Issuers {
        shown: &[],
        listed: &listed,
    };
    let name = ServerName::try_from("server.test").expect("a name");
    let rejected = Rejected::by_chain(leaf.der(), issuers, &name, UnixTime::now(), &error);
    let text = rejected.to_string();
    assert!(
        text.contains("keyCertSign") && !text.contains("CA:TRUE"),
        "{text}"
    );
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
