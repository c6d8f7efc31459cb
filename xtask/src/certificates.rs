//! The certificates of the real servers, made anew for every run.

use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use anyhow::Result;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose,
};

/// PEM files of a server's certificate and of what makes it trusted.
#[derive(Debug, Clone)]
pub(crate) struct Certificate {
    /// What a client is given to trust.
    pub(crate) ca_file: PathBuf,
    /// What the server shows.
    pub(crate) certificate: PathBuf,
    /// The certificate's private key.
    pub(crate) key: PathBuf,
    /// Certificate and key in one file, as some servers want them.
    pub(crate) combined: PathBuf,
}

/// A certificate by a CA, as it should be: the CA may sign (strict clients
/// refuse one that does not say so), the leaf names the host.
pub(crate) fn issued(folder: &Path, host: IpAddr) -> Result<Certificate> {
    let mut authority = CertificateParams::new([])?;
    authority.distinguished_name = common_name("Towline test CA");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let authority_key = KeyPair::generate()?;
    let authority_pem = authority.self_signed(&authority_key)?.pem();
    let issuer = Issuer::new(authority, authority_key);

    let mut leaf = for_this_machine(host)?;
    leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    leaf.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate()?;
    let certificate = leaf.signed_by(&key, &issuer)?.pem();

    write(folder, "issued", &authority_pem, &certificate, &key)
}

/// A bare self-signed certificate that calls itself a CA, as
/// `openssl req -x509 -addext subjectAltName=...` makes it.
pub(crate) fn self_signed_authority(folder: &Path, host: IpAddr) -> Result<Certificate> {
    let mut params = for_this_machine(host)?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate()?;
    let certificate = params.self_signed(&key)?.pem();
    write(folder, "self-signed", &certificate, &certificate, &key)
}

/// For loopback, and for `host` where that is another address.
fn for_this_machine(host: IpAddr) -> Result<CertificateParams> {
    let mut names = ["localhost", "127.0.0.1", "::1"].map(String::from).to_vec();
    if !host.is_loopback() {
        names.push(host.to_string());
    }
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name = common_name("localhost");
    Ok(params)
}

fn common_name(name: &str) -> DistinguishedName {
    let mut distinguished = DistinguishedName::new();
    distinguished.push(DnType::CommonName, name);
    distinguished
}

fn write(
    folder: &Path,
    name: &str,
    authority: &str,
    certificate: &str,
    key: &KeyPair,
) -> Result<Certificate> {
    let file = |part: &str| folder.join(format!("{name}-{part}.pem"));
    let key = key.serialize_pem();
    let paths = Certificate {
        ca_file: file("ca"),
        certificate: file("certificate"),
        key: file("key"),
        combined: file("combined"),
    };
    fs::write(&paths.ca_file, authority)?;
    fs::write(&paths.certificate, certificate)?;
    fs::write(&paths.key, &key)?;
    fs::write(&paths.combined, format!("{key}{certificate}"))?;
    Ok(paths)
}
