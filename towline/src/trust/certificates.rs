//! Certificates that a user trusts.

use std::fmt;
use std::fs;
use std::path::Path;

use rustls_pki_types::CertificateDer;

use super::pem;
use crate::error::{Error, ErrorDetail, ErrorKind};

/// One or more certificates to trust, for [`Trust::Certificates`](super::Trust::Certificates).
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
    /// Reads all certificates in `pem`. Other sections are skipped.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Usage`] with [`ErrorDetail::TrustUnusable`] if a section is damaged, or `pem`
    /// contains no certificate.
    pub fn from_pem(pem: &[u8]) -> Result<Self, Error> {
        Self::parse(pem, "this PEM").map_err(unusable)
    }

    /// Creates a set from certificates in DER.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Usage`] with [`ErrorDetail::TrustUnusable`] if `certificates` is empty, or one
    /// element is not exactly one certificate.
    pub fn from_der<D: Into<Vec<u8>>>(
        certificates: impl IntoIterator<Item = D>,
    ) -> Result<Self, Error> {
        let ders = certificates.into_iter().map(|der| {
            let der = der.into();
            match pem::is_certificate(&der) {
                true => Ok(CertificateDer::from(der)),
                false => Err(unusable("this is not a certificate in DER")),
            }
        });
        let ders = ders.collect::<Result<Vec<_>, _>>()?;
        if ders.is_empty() {
            return Err(unusable("there is no certificate to trust"));
        }
        Ok(Self { ders })
    }

    /// Reads all certificates in a PEM file. The error says why that failed.
    pub(crate) fn read(path: &Path) -> Result<Self, String> {
        let at = path.display().to_string();
        let pem = fs::read(path)
            .map_err(|error| format!("cannot read certificates from {at}: {error}"))?;
        Self::parse(&pem, &at)
    }

    fn parse(pem: &[u8], at: &str) -> Result<Self, String> {
        let ders = pem::certificates(pem);
        let ders = ders.map_err(|what| format!("cannot read certificates from {at}: {what}"))?;
        Ok(Self { ders })
    }

    pub(crate) fn ders(&self) -> &[CertificateDer<'static>] {
        &self.ders
    }
}

fn unusable(what: impl Into<String>) -> Error {
    Error::new(ErrorKind::Usage, what).with_detail(ErrorDetail::TrustUnusable)
}

/// Shows the number of certificates.
impl fmt::Debug for Certificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificates({})", self.ders.len())
    }
}
