//! Certificates in PEM (RFC 7468), and what is wrong with files that are something else.

use std::borrow::Cow;

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::{Error, PemObject as _};

/// Some editors on Windows put it before the first line.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Returns all certificates in `pem`, at least one, and skips other sections. The error says what
/// is wrong, to follow the name of the file and a colon.
pub(crate) fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let pem = pem.strip_prefix(BYTE_ORDER_MARK).unwrap_or(pem);
    // Behind the certificate, such a section says what it is trusted or not trusted for.
    if holds(pem, "-----BEGIN TRUSTED CERTIFICATE-----") {
        return Err(IS_OPENSSL.to_owned());
    }
    let pem = with_usual_labels(pem);
    let certificates = CertificateDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, _>>();
    let certificates = certificates.map_err(|error| damage(&error).to_owned())?;
    if certificates.is_empty() {
        return Err(instead(&pem));
    }
    match certificates.iter().position(|der| !is_certificate(der)) {
        None => Ok(certificates),
        Some(0) if certificates.len() == 1 => Err("the certificate in it is damaged".to_owned()),
        Some(at) => Err(format!("certificate number {} in it is damaged", at + 1)),
    }
}

/// Returns `pem` with the old label of a certificate (RFC 7468 section 5.1) replaced.
fn with_usual_labels(pem: &[u8]) -> Cow<'_, [u8]> {
    const OLD: &str = "X509 CERTIFICATE-----";
    let Ok(text) = std::str::from_utf8(pem) else {
        return Cow::Borrowed(pem);
    };
    match text.contains(OLD) {
        true => Cow::Owned(text.replace(OLD, "CERTIFICATE-----").into_bytes()),
        false => Cow::Borrowed(pem),
    }
}

fn holds(bytes: &[u8], text: &str) -> bool {
    let mut windows = bytes.windows(text.len());
    windows.any(|window| window == text.as_bytes())
}

/// Whether `bytes` are one certificate in DER.
pub(crate) fn is_certificate(bytes: &[u8]) -> bool {
    x509_parser::parse_x509_certificate(bytes).is_ok_and(|(behind, _)| behind.is_empty())
}

/// What to do about a certificate in DER.
pub(crate) const IS_DER: &str = "it is DER, not PEM; \
    `openssl x509 -inform der -in FILE -out FILE.pem` converts it";

/// What to do about OpenSSL's own form of a certificate with the uses that it is trusted for.
const IS_OPENSSL: &str = "it has a TRUSTED CERTIFICATE, which only OpenSSL reads; \
    `openssl x509 -in FILE -out FILE.pem` converts it";

/// Says what `bytes` without a certificate in PEM are instead.
fn instead(bytes: &[u8]) -> String {
    let holds = |text: &str| holds(bytes, text);
    let what = if is_certificate(bytes) {
        IS_DER
    } else if ["PKCS7", "PKCS #7 SIGNED DATA", "CMS"]
        .into_iter()
        .any(|label| holds(&format!("-----BEGIN {label}-----")))
    {
        "it is PKCS#7; `openssl pkcs7 -print_certs -in FILE -out FILE.pem` converts it"
    } else if holds("PRIVATE KEY-----") || holds("PUBLIC KEY-----") {
        "there is no certificate in it, only a key"
    } else if holds("CERTIFICATE REQUEST-----") {
        "there is no certificate in it, only a request for one"
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
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

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
        let request = key.replace("PRIVATE KEY", "CERTIFICATE REQUEST");
        let trusted = pem().replace(" CERTIFICATE", " TRUSTED CERTIFICATE");
        let both = format!("{}{trusted}", pem());
        for (bytes, words) in [
            (der.as_ref(), "it is DER"),
            (key.as_bytes(), "only a key"),
            (pkcs7.as_bytes(), "it is PKCS#7"),
            (request.as_bytes(), "only a request"),
            (trusted.as_bytes(), "TRUSTED CERTIFICATE"),
            (both.as_bytes(), "TRUSTED CERTIFICATE"),
            (b"\xff\xfe-\0", "not PEM"),
            (b"", "no certificate"),
        ] {
            let error = certificates(bytes).unwrap_err();
            assert!(error.contains(words), "{error}");
        }
    }

    #[test]
    fn an_old_label_is_known() {
        let pem = pem();
        let old = pem.replace(" CERTIFICATE", " X509 CERTIFICATE");
        assert_eq!(certificates(old.as_bytes()), certificates(pem.as_bytes()));
    }

    #[test]
    fn damage_is_told_without_bytes() {
        let pem = pem();
        let cut = &pem[..pem.len() - 30];
        let begin = pem.replace("BEGIN CERTIFICATE-----", "BEGIN CERTIFICATE---");
        let base64 = pem.replacen('M', "*", 1);
        // A byte is missing, within valid base64.
        let der = certificates(pem.as_bytes()).unwrap().remove(0);
        let short = STANDARD.encode(&der[..der.len() - 1]);
        let short = format!("-----BEGIN CERTIFICATE-----\n{short}\n-----END CERTIFICATE-----\n");
        for damaged in [cut, &begin, &base64, &short] {
            let error = certificates(damaged.as_bytes()).unwrap_err();
            assert!(!error.contains('[') && error.contains("it"), "{error}");
        }
    }
}
