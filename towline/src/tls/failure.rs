//! TLS failures, and their conversion to errors of the library.

use std::fmt;
use std::io;

use rustls::{AlertDescription, CertificateError, InvalidMessage, PeerIncompatible};

use super::alert;
use super::rejected::{Rejected, rejected};
use crate::error::{Error, ErrorDetail, ErrorKind, on_one_line, protocol_of};

/// Why TLS could not be established, or broke.
#[derive(Debug)]
pub(crate) enum TlsError {
    /// The configuration contradicts itself, or one of its files cannot be used.
    Setup(ErrorDetail, String),
    /// The server's certificate was rejected.
    Certificate(Rejected),
    /// The server answered with data that is not TLS.
    NotTls(ErrorDetail, String),
    /// TLS itself failed.
    Failed(Failure),
    /// The server closed the connection without ending TLS.
    Ended(io::Error),
    /// The underlying connection failed.
    Connection(io::Error),
}

/// Why TLS failed, with a text.
#[derive(Debug)]
pub(crate) struct Failure {
    detail: ErrorDetail,
    text: String,
}

impl TlsError {
    /// Converts `error`, which ended the control connection's handshake. `plaintext` is what the
    /// server sent outside TLS.
    pub(super) fn handshake(error: io::Error, plaintext: Option<&[u8]>) -> Self {
        if let Some(plaintext) = plaintext {
            let detail = protocol_of(plaintext).unwrap_or(ErrorDetail::PlaintextAnswered);
            let text = plaintext.trim_ascii();
            // Of a web page, the first line says enough.
            let text = match detail {
                ErrorDetail::HttpAnswered => text.split(|byte| *byte == b'\n').next(),
                _ => Some(text),
            };
            return Self::NotTls(detail, on_one_line(text.unwrap_or_default()));
        }
        // Nothing was negotiated before, so the alert refers to the client's offer.
        if let Some(rustls::Error::AlertReceived(
            AlertDescription::HandshakeFailure | AlertDescription::InsufficientSecurity,
        )) = cause(&error)
        {
            return Self::Failed(Failure::no_common_cipher_suite());
        }
        Self::from(error)
    }
}

impl From<io::Error> for TlsError {
    fn from(error: io::Error) -> Self {
        if let Some(rejected) = rejected(&error) {
            return Self::Certificate(rejected);
        }
        match cause(&error) {
            Some(cause) => Self::Failed(Failure::of(cause)),
            None if error.kind() == io::ErrorKind::UnexpectedEof => Self::Ended(error),
            None => Self::Connection(error),
        }
    }
}

/// Returns the TLS error, if TLS failed rather than the underlying connection.
fn cause(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}

impl TlsError {
    pub(super) fn setup(detail: ErrorDetail, text: impl Into<String>) -> Self {
        Self::Setup(detail, text.into())
    }

    /// Converts this to the error of the operation that `what` describes.
    pub(crate) fn explain(self, what: &str) -> Error {
        match self {
            Self::Setup(detail, text) => Error::new(ErrorKind::Usage, text).with_detail(detail),
            Self::NotTls(detail, text) => {
                let who = match detail {
                    ErrorDetail::HttpAnswered => "a web server answers on this port",
                    ErrorDetail::SshAnswered => "an SSH server answers on this port",
                    _ => "the server answered in plain text",
                };
                let what = format!("{what}: {who}: {text}");
                Error::new(ErrorKind::Tls, what).with_detail(detail)
            }
            Self::Certificate(rejected) => {
                let what = format!("the server's certificate {}", rejected.headline());
                Error::new(ErrorKind::Certificate, what)
                    .with_detail(rejected.detail().clone())
                    .with_fingerprint(rejected.fingerprint())
                    .with_pin(rejected.pin())
                    .with_source(rejected)
            }
            Self::Failed(failure) => Error::new(ErrorKind::Tls, what)
                .with_detail(failure.detail.clone())
                .with_source(failure),
            Self::Ended(source) => Error::new(ErrorKind::Tls, what)
                .with_detail(ErrorDetail::ClosedDuringHandshake)
                .with_source(source),
            Self::Connection(source) => Error::network(what, source),
        }
    }
}

impl Failure {
    fn no_common_cipher_suite() -> Self {
        Self::new(
            ErrorDetail::NoCommonCipherSuite,
            "the server and the client have no cipher suite in common, or no signature for the \
             server's key",
        )
    }

    fn no_common_version() -> Self {
        Self::new(
            ErrorDetail::NoCommonVersion,
            "the server and the client have no TLS version in common",
        )
    }

    fn new(detail: ErrorDetail, text: impl Into<String>) -> Self {
        Self {
            detail,
            text: text.into(),
        }
    }

    /// Words the error anew: the texts of rustls name Rust types.
    fn of(error: &rustls::Error) -> Self {
        let broken = |text: &str| Self::new(ErrorDetail::TlsBroken, text);
        match error {
            rustls::Error::AlertReceived(alert) => Self::by_alert(*alert),
            rustls::Error::PeerIncompatible(why) => match why {
                PeerIncompatible::NoCipherSuitesInCommon
                | PeerIncompatible::NoKxGroupsInCommon
                | PeerIncompatible::NoEcPointFormatsInCommon
                | PeerIncompatible::NoSignatureSchemesInCommon => Self::no_common_cipher_suite(),
                PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig
                | PeerIncompatible::SupportedVersionsExtensionRequired => Self::no_common_version(),
                PeerIncompatible::NoCertificateRequestSignatureSchemesInCommon => Self::new(
                    ErrorDetail::ClientCertificateRefused,
                    "the server accepts no signature that the client certificate's key can make",
                ),
                _ => broken("the server's TLS lacks something that the client requires"),
            },
            rustls::Error::InvalidMessage(InvalidMessage::UnknownProtocolVersion) => {
                Self::no_common_version()
            }
            rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType) => Self::new(
                ErrorDetail::PlaintextAnswered,
                "the server sent bytes that are not TLS",
            ),
            rustls::Error::InvalidMessage(_) => {
                broken("the server sent a TLS message that cannot be understood")
            }
            rustls::Error::InappropriateMessage { .. }
            | rustls::Error::InappropriateHandshakeMessage { .. } => {
                broken("the server sent an unexpected TLS message")
            }
            rustls::Error::PeerMisbehaved(_) => broken("the server violates the TLS protocol"),
            rustls::Error::DecryptError => {
                broken("what the server sent cannot be decrypted: it was damaged or changed")
            }
            rustls::Error::PeerSentOversizedRecord => {
                broken("the server sent a TLS record that is too long")
            }
            rustls::Error::NoCertificatesPresented => broken("the server shows no certificate"),
            rustls::Error::InvalidCertificate(CertificateError::BadSignature) => {
                broken("the server does not prove that it holds its certificate's key")
            }
            rustls::Error::InvalidCertificate(_) => Self::new(
                ErrorDetail::CertificateNotAcceptable,
                "the server's certificate cannot be used for the handshake",
            ),
            rustls::Error::General(text) => broken(text),
            _ => broken("TLS failed"),
        }
    }

    fn by_alert(alert: AlertDescription) -> Self {
        let code = u8::from(alert);
        let name = alert::name(code);
        match alert {
            AlertDescription::ProtocolVersion => Self::no_common_version(),
            AlertDescription::CertificateRequired | AlertDescription::NoCertificate => Self::new(
                ErrorDetail::ClientCertificateWanted,
                "the server wants a client certificate",
            ),
            AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA
            | AlertDescription::AccessDenied => Self::new(
                ErrorDetail::ClientCertificateRefused,
                format!("the server does not accept the client certificate (alert {name})"),
            ),
            _ => Self::new(
                ErrorDetail::TlsAlert { code },
                format!("the server ended TLS with the alert {name} ({code})"),
            ),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use rustls::PeerMisbehaved;

    use super::*;

    fn failed(error: rustls::Error) -> Error {
        let error = io::Error::new(io::ErrorKind::InvalidData, error);
        TlsError::from(error).explain("it failed")
    }

    fn text(error: &Error) -> String {
        let cause = std::error::Error::source(error).map(ToString::to_string);
        cause.unwrap_or_default()
    }

    #[test]
    fn each_failure_has_its_reason() {
        use rustls::Error as Tls;
        for (error, detail) in [
            (
                Tls::PeerIncompatible(PeerIncompatible::NoCipherSuitesInCommon),
                ErrorDetail::NoCommonCipherSuite,
            ),
            (
                Tls::PeerIncompatible(PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig),
                ErrorDetail::NoCommonVersion,
            ),
            (
                Tls::AlertReceived(AlertDescription::ProtocolVersion),
                ErrorDetail::NoCommonVersion,
            ),
            (
                Tls::AlertReceived(AlertDescription::CertificateRequired),
                ErrorDetail::ClientCertificateWanted,
            ),
            (
                Tls::AlertReceived(AlertDescription::UnknownCA),
                ErrorDetail::ClientCertificateRefused,
            ),
            (
                Tls::AlertReceived(AlertDescription::InternalError),
                ErrorDetail::TlsAlert { code: 80 },
            ),
            (
                Tls::AlertReceived(AlertDescription::HandshakeFailure),
                ErrorDetail::TlsAlert { code: 40 },
            ),
            (
                Tls::InvalidMessage(InvalidMessage::InvalidContentType),
                ErrorDetail::PlaintextAnswered,
            ),
            (
                Tls::PeerMisbehaved(PeerMisbehaved::SelectedInvalidPsk),
                ErrorDetail::TlsBroken,
            ),
            (Tls::DecryptError, ErrorDetail::TlsBroken),
        ] {
            let debug = format!("{error:?}");
            let failed = failed(error);
            assert_eq!(failed.kind(), ErrorKind::Tls);
            assert_eq!(failed.detail(), Some(&detail), "{debug}");
            let words = text(&failed);
            let is_rust = |word: &str| word.chars().skip(1).any(char::is_uppercase);
            let names_types = words.split(' ').any(|word| word != "TLS" && is_rust(word));
            assert!(!words.is_empty() && !names_types, "{words}");
        }
    }

    #[test]
    fn a_refused_offer_means_that_there_is_nothing_in_common() {
        for alert in [
            AlertDescription::HandshakeFailure,
            AlertDescription::InsufficientSecurity,
        ] {
            let alert = rustls::Error::AlertReceived(alert);
            let error = io::Error::new(io::ErrorKind::InvalidData, alert);
            let error = TlsError::handshake(error, None).explain("the TLS handshake failed");
            assert_eq!(error.detail(), Some(&ErrorDetail::NoCommonCipherSuite));
            assert_eq!(
                text(&error),
                "the server and the client have no cipher suite in common, or no signature for the \
             server's key"
            );
        }
    }

    #[test]
    fn plain_text_tells_which_protocol_it_is() {
        let answered = |text: &[u8]| {
            let error = io::Error::from(io::ErrorKind::InvalidData);
            let error = TlsError::handshake(error, Some(text)).explain("the TLS handshake failed");
            assert_eq!(error.kind(), ErrorKind::Tls);
            error.detail().cloned()
        };
        let http = b"HTTP/1.1 400 Bad Request\r\n";
        assert_eq!(answered(http), Some(ErrorDetail::HttpAnswered));
        assert_eq!(answered(b"SSH-2.0-x\r\n"), Some(ErrorDetail::SshAnswered));
        assert_eq!(
            answered(b"220 hi\r\n"),
            Some(ErrorDetail::PlaintextAnswered)
        );
    }

    #[test]
    fn an_early_end_is_told_from_a_lost_connection() {
        let failed = |kind: io::ErrorKind| TlsError::from(io::Error::from(kind)).explain("no");
        let ended = failed(io::ErrorKind::UnexpectedEof);
        assert_eq!(ended.kind(), ErrorKind::Tls);
        assert_eq!(ended.detail(), Some(&ErrorDetail::ClosedDuringHandshake));
        let lost = failed(io::ErrorKind::ConnectionReset);
        assert_eq!(lost.kind(), ErrorKind::Network);
        assert_eq!(lost.detail(), Some(&ErrorDetail::ConnectionLost));
    }
}
