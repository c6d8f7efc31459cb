//! The certificate that clients see, and its key.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use rcgen::{
    CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair, PKCS_RSA_SHA256, RsaKeySize,
    SanType,
};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tempfile::NamedTempFile;
use thiserror::Error;

/// How long a certificate that the gateway makes is valid, in years. Old programs that pin it do
/// not learn of a new one.
const YEARS: i32 = 20;

/// The certificate that clients see, and its key.
#[derive(Debug)]
pub struct Identity {
    pub(crate) chain: Vec<CertificateDer<'static>>,
    pub(crate) key: PrivateKeyDer<'static>,
}

impl Clone for Identity {
    fn clone(&self) -> Self {
        Self {
            chain: self.chain.clone(),
            key: self.key.clone_key(),
        }
    }
}

/// Why there is no certificate.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// A file cannot be read or written.
    #[error("{}: {error}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        error: io::Error,
    },
    /// A file does not contain what it should.
    #[error("{}: no {what} in PEM form: {reason}", path.display())]
    Pem {
        /// The file.
        path: PathBuf,
        /// What it should contain.
        what: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// A certificate cannot be made.
    #[error("cannot create a certificate: {0}")]
    Make(String),
}

impl Identity {
    /// Reads a certificate, with those of its issuers, and its key from PEM files.
    ///
    /// # Errors
    ///
    /// [`IdentityError`] if a file cannot be read, or does not contain what it should.
    pub fn load(certificate: &Path, key: &Path) -> Result<Self, IdentityError> {
        let pem = |path: &Path, what, reason: String| IdentityError::Pem {
            path: path.to_owned(),
            what,
            reason,
        };
        let text = read(certificate)?;
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
        let chain = chain.map_err(|error| pem(certificate, "certificate", error.to_string()))?;
        if chain.is_empty() {
            let reason = "the file has none".to_owned();
            return Err(pem(certificate, "certificate", reason));
        }
        let text = read(key)?;
        let own = PrivateKeyDer::from_pem_slice(&text);
        let own = own.map_err(|error| pem(key, "private key", error.to_string()))?;
        Ok(Self { chain, key: own })
    }

    /// Reads the gateway's own certificate in `directory`. If there is none, makes one and keeps it
    /// there.
    ///
    /// # Errors
    ///
    /// [`IdentityError`] if the files cannot be read or written.
    pub fn load_or_make(directory: &Path) -> Result<Self, IdentityError> {
        let file = directory.join("gateway.pem");
        let failed = |error| IdentityError::File {
            path: file.clone(),
            error,
        };
        if !file.try_exists().map_err(failed)? {
            fs::create_dir_all(directory).map_err(failed)?;
            let pem = make().map_err(|error| IdentityError::Make(error.to_string()))?;
            keep(&file, &pem).map_err(failed)?;
        }
        Self::load(&file, &file)
    }
}

fn read(path: &Path) -> Result<Vec<u8>, IdentityError> {
    fs::read(path).map_err(|error| IdentityError::File {
        path: path.to_owned(),
        error,
    })
}

/// Makes a certificate for this machine, and returns it with its key.
fn make() -> Result<String, rcgen::Error> {
    // Old programs may know suites with RSA only.
    let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)?;
    let mut params = CertificateParams::default();
    params
        .distinguished_name
        .push(DnType::CommonName, "Towline gateway");
    let mut names = vec![SanType::DnsName("localhost".try_into()?)];
    names.push(SanType::IpAddress(std::net::Ipv4Addr::LOCALHOST.into()));
    names.push(SanType::IpAddress(std::net::Ipv6Addr::LOCALHOST.into()));
    params.subject_alt_names = names;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.not_before = rcgen::date_time_ymd(2024, 1, 1);
    params.not_after = rcgen::date_time_ymd(2024 + YEARS, 1, 1);
    let certificate = params.self_signed(&key)?;
    Ok(format!("{}{}", certificate.pem(), key.serialize_pem()))
}

/// Writes a file that only its owner can read. If another gateway has made one meanwhile, that one
/// stays.
fn keep(file: &Path, pem: &str) -> io::Result<()> {
    let directory = file.parent().unwrap_or_else(|| Path::new("."));
    let mut temporary = NamedTempFile::new_in(directory)?;
    temporary.write_all(pem.as_bytes())?;
    temporary.as_file().sync_all()?;
    match temporary.persist_noclobber(file) {
        Ok(_) => Ok(()),
        Err(failed) if failed.error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(failed) => Err(failed.error),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn an_own_certificate_is_made_once_and_kept_for_its_owner_alone() {
        let directory = tempfile::tempdir().unwrap();
        let place = directory.path().join("below");
        let made = Identity::load_or_make(&place).unwrap();
        let kept = Identity::load_or_make(&place).unwrap();
        assert_eq!(made.chain, kept.chain);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(place.join("gateway.pem")).unwrap();
            assert_eq!(mode.permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn a_file_without_a_certificate_is_named() {
        let file = NamedTempFile::new().unwrap();
        let error = Identity::load(file.path(), file.path()).unwrap_err();
        let name = file.path().display().to_string();
        assert!(error.to_string().starts_with(&name), "{error}");
    }
}
