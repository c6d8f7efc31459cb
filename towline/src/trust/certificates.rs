//! Certificates that a user trusts.

use std::fmt;
use std::fs;
use std::path::Path;

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;

use crate::error::{Error, ErrorKind};

/// Certificates to trust, at least one, for [`Trust::Certificates`](super::Trust::Certificates).
///
/// ```
/// use towline::{Certificates, Config, Trust};
///
/// # fn example(vendor_ca: &[u8]) -> Result<(), towline::Error> {
/// let vendor = Certificates::from_pem(vendor_ca)?;
/// let config = Config::new("ftp.example.com").trust(Trust::Certificates(vendor));
/// # let _ = config;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Certificates {
    ders: Vec<CertificateDer<'static>>,
}

impl Certificates {
    /// Reads all certificates in `pem`. Other sections are passed over.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Usage`] if a section is damaged, or none is a certificate.
    pub fn from_pem(pem: &[u8]) -> Result<Self, Error> {
        Self::parse(pem, "this PEM").map_err(|what| Error::new(ErrorKind::Usage, what))
    }

    /// Takes certificates in DER.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Usage`] if there is none, or one of them is no certificate.
    pub fn from_der<D: Into<Vec<u8>>>(
        certificates: impl IntoIterator<Item = D>,
    ) -> Result<Self, Error> {
        let usage = |what| Error::new(ErrorKind::Usage, what);
        let ders = certificates.into_iter().map(|der| {
            let der = der.into();
            match x509_parser::parse_x509_certificate(&der) {
                Ok(_) => Ok(CertificateDer::from(der)),
                Err(_) => Err(usage("this is no certificate in DER")),
            }
        });
        let ders = ders.collect::<Result<Vec<_>, _>>()?;
        if ders.is_empty() {
            return Err(usage("there is no certificate to trust"));
        }
        Ok(Self { ders })
    }

    /// Reads all certificates in a PEM file; else says why that cannot be done.
    pub(crate) fn read(path: &Path) -> Result<Self, String> {
        let at = path.display().to_string();
        let pem = fs::read(path)
            .map_err(|error| format!("cannot read certificates from {at}: {error}"))?;
        Self::parse(&pem, &at)
    }

    fn parse(pem: &[u8], at: &str) -> Result<Self, String> {
        let ders = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>();
        let ders = ders.map_err(|error| format!("cannot read certificates from {at}: {error}"))?;
        match ders.is_empty() {
            true => Err(format!("there is no certificate in {at}")),
            false => Ok(Self { ders }),
        }
    }

    pub(crate) fn ders(&self) -> &[CertificateDer<'static>] {
        &self.ders
    }
}

/// How many there are.
impl fmt::Debug for Certificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificates({})", self.ders.len())
    }
}
