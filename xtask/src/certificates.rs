//! The certificates of the real servers and of their client, created anew for every run.

use std::fs;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use anyhow::Result;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose,
};

/// Every certificate of a run.
#[derive(Debug)]
pub(crate) struct Certificates {
    /// Issued by a CA, in good order.
    pub(crate) issued: Certificate,
    /// Self-signed, without a CA.
    pub(crate) self_signed: Certificate,
    /// For servers that require client certificates.
    pub(crate) client: ClientCertificate,
}

impl Certificates {
    /// Creates them as files in `folder`, for servers on loopback and at `host`.
    pub(crate) fn make(folder: &Path, host: Ipv4Addr) -> Result<Self> {
        Ok(Self {
            issued: issued(folder, host)?,
            self_signed: self_signed_authority(folder, host)?,
            client: client(folder)?,
        })
    }
}

/// PEM files of a client's certificate and of the CA that issued it.
#[derive(Debug, Clone)]
pub(crate) struct ClientCertificate {
    /// The CA that the server is given to trust.
    pub(crate) ca_file: PathBuf,
    /// Certificate and key, for the client.
    pub(crate) combined: PathBuf,
}

/// PEM files of a server's certificate and of what a client trusts it by.
#[derive(Debug, Clone)]
pub(crate) struct Certificate {
    /// What a client is given to trust.
    pub(crate) ca_file: PathBuf,
    /// The certificate chain that the server sends.
    pub(crate) certificate: PathBuf,
    /// The certificate's private key.
    pub(crate) key: PathBuf,
    /// Certificate and key in one file, as some servers require.
    pub(crate) combined: PathBuf,
}

/// A certificate issued by a CA, in good order: the CA may sign (strict clients refuse a CA without
/// that usage), and the leaf names the host.
fn issued(folder: &Path, host: Ipv4Addr) -> Result<Certificate> {
    let (authority, issuer) = authority("Towline test CA")?;
    let mut leaf = for_this_machine(host)?;
    leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    leaf.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate()?;
    let certificate = leaf.signed_by(&key, &issuer)?.pem();

    write(folder, "issued", &authority, &certificate, &key)
}

/// A self-signed certificate that calls itself a CA, as `openssl req -x509 -addext
/// subjectAltName=...` creates it.
fn self_signed_authority(folder: &Path, host: Ipv4Addr) -> Result<Certificate> {
    let mut params = for_this_machine(host)?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate()?;
    let certificate = params.self_signed(&key)?.pem();
    write(folder, "self-signed", &certificate, &certificate, &key)
}

/// A client's certificate issued by a separate CA, so that no server can mistake it for a server's.
fn client(folder: &Path) -> Result<ClientCertificate> {
    let (authority, issuer) = authority("Towline test CA for clients")?;
    let mut leaf = CertificateParams::new([])?;
    leaf.distinguished_name = common_name("towline");
    leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    leaf.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate()?;
    let certificate = leaf.signed_by(&key, &issuer)?.pem();
    let files = write(folder, "client", &authority, &certificate, &key)?;
    Ok(ClientCertificate {
        ca_file: files.ca_file,
        combined: files.combined,
    })
}

/// A CA's certificate, and the CA.
fn authority(name: &str) -> Result<(String, Issuer<'static, KeyPair>)> {
    let mut params = CertificateParams::new([])?;
    params.distinguished_name = common_name(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let key = KeyPair::generate()?;
    let certificate = params.self_signed(&key)?.pem();
    Ok((certificate, Issuer::new(params, key)))
}

/// For loopback, and for `host` if that is another address.
fn for_this_machine(host: Ipv4Addr) -> Result<CertificateParams> {
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
