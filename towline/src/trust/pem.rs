//! Certificates in PEM (RFC 7468), and what is wrong with files that are something else.

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::{Error, PemObject as _};

/// Some editors on Windows put it before the first line.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Returns all certificates in `pem`, at least one, and skips other sections. The error says what
/// is wrong, to follow the name of the file and a colon.
pub(crate) fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let pem = pem.strip_prefix(BYTE_ORDER_MARK).unwrap_or(pem);
    let certificates = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>();
    let certificates = certificates.map_err(|error| damage(&error).to_owned())?;
    match certificates.is_empty() {
        true => Err(instead(pem)),
        false => Ok(certificates),
    }
}

/// Whether `bytes` are one certificate in DER.
pub(crate) fn is_certificate(bytes: &[u8]) -> bool {
    x509_parser::parse_x509_certificate(bytes).is_ok_and(|(behind, _)| behind.is_empty())
}

/// What to do about a certificate in DER.
pub(crate) const IS_DER: &str = "it is DER, not PEM; \
    `openssl x509 -inform der -in FILE -out FILE.pem` converts it";

/// Says what `bytes` without a certificate in PEM are instead.
fn instead(bytes: &[u8]) -> String {
    let holds = |text: &str| {
        bytes
            .windows(text.len())
            .any(|window| window == text.as_bytes())
    };
    let what = if is_certificate(bytes) {
        IS_DER
    } else if holds("-----BEGIN PKCS7-----") {
        "it is PKCS#7; `openssl pkcs7 -print_certs -in FILE -out FILE.pem` converts it"
    } else if holds("PRIVATE KEY-----") {
        "there is no certificate in it, only a key"
    } else if std::str::from_utf8(bytes).is_err() {
        "it is not PEM, which is text"
    } else {
        "there is no certificate in it"
    };
    what.to_owned()
}

/// Words the error anew: the texts of the parser show bytes as lists of numbers.
fn damage(error: &Error) -> &'static str {
    match error {
        Error::MissingSectionEnd { .. } => "a section of it has no END line",
        Error::IllegalSectionStart { .. } => "a BEGIN line in it is damaged",
        Error::Base64Decode(_) => "a section of it is not valid base64",
        Error::SectionTooLarge => "a section of it is too long",
        _ => "it cannot be read as PEM",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pem() -> String {
        let made = rcgen::generate_simple_self_signed(["a.test".to_owned()]).unwrap();
        made.cert.pem()
    }

    #[test]
    fn a_byte_order_mark_is_skipped() {
        let marked = format!("\u{feff}{}", pem());
        assert_eq!(certificates(marked.as_bytes()).unwrap().len(), 1);
    }

    #[test]
    fn other_formats_are_named() {
        let der = certificates(pem().as_bytes()).unwrap().remove(0);
        let key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
        let pkcs7 = "-----BEGIN PKCS7-----\nAAAA\n-----END PKCS7-----\n";
        for (bytes, words) in [
            (der.as_ref(), "it is DER"),
            (key.as_bytes(), "only a key"),
            (pkcs7.as_bytes(), "it is PKCS#7"),
            (b"\xff\xfe-\0", "not PEM"),
            (b"", "no certificate"),
        ] {
            let error = certificates(bytes).unwrap_err();
            assert!(error.contains(words), "{error}");
        }
    }

    #[test]
    fn damage_is_told_without_bytes() {
        let pem = pem();
        let cut = &pem[..pem.len() - 30];
        let begin = pem.replace("BEGIN CERTIFICATE-----", "BEGIN CERTIFICATE---");
        let base64 = pem.replacen('M', "*", 1);
        for damaged in [cut, &begin, &base64] {
            let error = certificates(damaged.as_bytes()).unwrap_err();
            assert!(!error.contains('[') && error.contains("it"), "{error}");
        }
    }
}
