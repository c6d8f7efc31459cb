//! Hints on how to fix an error.
//!
//! The hint of a reason is in [`explain`]. Here are those that depend on the settings or on what the
//! error left behind.

use towline::{ErrorDetail, ErrorKind, Pin, Remains, SessionReuse, TlsVersion, Trust};

use crate::error::Error;
use crate::explain;
use crate::operand::address;
use crate::operand::server::Server;
use crate::output::shell;
use crate::settings::paths;
use crate::settings::resolved::ConnectionSettings;

/// The hint for an error. `server` is the server that the command used last.
pub(super) fn of(error: &Error, server: Option<&Server>) -> Option<String> {
    let error = match error {
        Error::Session(error) | Error::Connect(error) => error,
        Error::Remote {
            kind: ErrorKind::AlreadyExists,
            ..
        } => return Some(ALREADY_EXISTS.to_owned()),
        Error::Cancelled(error) if error.remains().iter().any(is_resumable) => {
            return Some("the same command with --resume continues from there".to_owned());
        }
        _ => return None,
    };
    if matches!(error.detail(), Some(ErrorDetail::CertificateChanged { .. })) {
        return changed(error, server);
    }
    if let Some(hint) = error
        .detail()
        .and_then(|detail| on_reason(detail, error.pin()))
    {
        return Some(hint);
    }
    let has_site = server.is_some_and(|server| server.site.is_some());
    let connection = server.map(|server| &server.settings.connection);
    let holds_a_part = error.remains().iter().any(Remains::is_at_target);
    let text = match error.kind() {
        ErrorKind::SessionReuseRefused => session_reuse(connection),
        ErrorKind::Tls => ANOTHER_WAY,
        kind @ (ErrorKind::LoginRefused | ErrorKind::RenameRefused) => {
            return explain::of_kind(kind)?.hint.map(str::to_owned);
        }
        ErrorKind::Timeout => {
            "the server or a firewall does not answer; --timeout allows more time, and -vv shows \
             where it stops; if the server expects TLS immediately (port 990), use ftps://"
        }
        ErrorKind::NotFound if has_site => {
            "paths are relative to the site's path; SITE:/path is absolute"
        }
        ErrorKind::NotFound => {
            "paths are relative to the login directory; ftpes://host//path is absolute"
        }
        ErrorKind::AlreadyExists => ALREADY_EXISTS,
        ErrorKind::Incomplete if holds_a_part => {
            "inspect the file before you retry; it has been changed but is not complete"
        }
        ErrorKind::Incomplete if error.is_transient() => {
            "nothing was stored under the final name; it is safe to retry"
        }
        ErrorKind::Incomplete => {
            "nothing was stored under the final name; another attempt would end in the same way"
        }
        _ => return None,
    };
    Some(text.to_owned())
}

/// Whether a later command can resume from what remains.
fn is_resumable(remains: &Remains) -> bool {
    matches!(
        remains,
        Remains::LocalPart { .. } | Remains::ResumablePart { .. }
    )
}

/// The hint of the explanation of a reason. `pin` is that of a rejected certificate.
fn on_reason(detail: &ErrorDetail, pin: Option<Pin>) -> Option<String> {
    let hint = explain::of_detail(detail)?.hint?;
    let pin = pin.map_or_else(|| "--pin".to_owned(), |pin| format!("--pin {pin}"));
    let hint = hint.replace("{pin}", &pin);
    Some(match detail {
        ErrorDetail::PinMismatch { pin } => hint.replace("{pin-itself}", &pin.to_string()),
        _ => hint,
    })
}

const ANOTHER_WAY: &str = "the server may start TLS in another way: ftpes:// starts it with a \
                           command on port 21, ftps:// immediately on port 990; -vv shows the dialogue";

/// How to accept a certificate that is not the known one.
fn changed(error: &towline::Error, server: Option<&Server>) -> Option<String> {
    let server = server?;
    let fingerprint = error.fingerprint()?;
    let Trust::FirstUse(known_servers) = &server.settings.connection.trust else {
        return None;
    };
    let mode = server.tls_mode().ok()?;
    let address = address::address(&server.host, server.effective_port(mode));
    let file = known_servers.path();
    let option = match paths::known_servers() {
        Some(usual) if usual == file => String::new(),
        _ => format!(" --known-servers {}", shell::quoted(file)),
    };
    Some(format!(
        "if the server's owner confirms the new certificate, run: towline trust accept {address} \
         {fingerprint}{option}"
    ))
}

pub(super) const ALREADY_EXISTS: &str = "to replace the target, leave out --no-clobber";

fn session_reuse(connection: Option<&ConnectionSettings>) -> &'static str {
    let policy = connection.map(|connection| connection.session_reuse);
    let least = connection.map(|connection| connection.tls_min);
    match policy {
        Some(SessionReuse::Off) => {
            "this server requires each data connection to resume the control connection's TLS \
             session; remove --session-reuse off"
        }
        Some(SessionReuse::Require) => {
            "--session-reuse require accepts no other data connection; auto accepts one if the \
             server does not require reuse"
        }
        _ if least == Some(TlsVersion::Tls13) => {
            "new tickets and a new control connection were tried; --tls-min 1.2 would also allow \
             TLS 1.2, where some servers resume sessions although they do not in TLS 1.3"
        }
        _ => "every recovery that the settings allow was tried; -vv shows the server's replies",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_on_reuse_name_the_option_that_was_given() {
        assert!(session_reuse(None).contains("every recovery"));
    }

    #[test]
    fn what_the_server_cannot_speak_sends_nobody_to_another_port() {
        for detail in [
            ErrorDetail::NoCommonCipherSuite,
            ErrorDetail::NoCommonVersion,
            ErrorDetail::HttpAnswered,
            ErrorDetail::SshAnswered,
            ErrorDetail::ProtectionRefused,
            ErrorDetail::TlsAlert { code: 80 },
        ] {
            let hint = on_reason(&detail, None).unwrap();
            assert!(!hint.contains("990"), "{detail:?}: {hint}");
        }
        assert_eq!(on_reason(&ErrorDetail::PlaintextAnswered, None), None);
        assert!(ANOTHER_WAY.contains("990"));
    }

    #[test]
    fn a_pin_is_offered_only_where_it_helps() {
        let pin: Pin = format!("sha256//{}=", "A".repeat(43)).parse().unwrap();
        let offer = format!("--pin {pin}");
        let offers_a_pin = |detail| on_reason(&detail, Some(pin)).unwrap().contains(&offer);
        assert!(offers_a_pin(ErrorDetail::AddressAsHostName));
        let algorithm = "SHA-1".to_owned();
        assert!(offers_a_pin(ErrorDetail::UnsupportedSignature {
            algorithm
        }));
        // The proof that the server holds the key fails as well.
        assert!(!offers_a_pin(ErrorDetail::KeyTooShort { bits: 1024 }));
        let version = 1;
        assert!(!offers_a_pin(ErrorDetail::UnsupportedCertificateVersion {
            version
        }));
    }
}
