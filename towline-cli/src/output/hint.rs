//! Hints on how to fix an error.
//!
//! The hint of a reason is in [`explain`]. Here are those that depend on the settings or on what
//! the error left behind.

use towline::{
    DataConnection, DataMode, ErrorDetail, ErrorKind, Pin, Remains, SessionReuse, TlsVersion, Trust,
};

use crate::args::value::ProxyChoice;
use crate::error::Error;
use crate::explain::{self, catalogue};
use crate::operand::address;
use crate::operand::server::Server;
use crate::output::shell;
use crate::settings::paths;
use crate::settings::proxy_environment;
use crate::settings::resolved::ConnectionSettings;
use crate::words::{self, Message, Words};

/// The identifier of the explanation of a name that no file here can have.
pub(super) const UNUSABLE_NAME: &str = "name-not-usable-here";

/// The hint for an error, in these words. `server` is the server that the command used last.
/// `stores` says whether the command gives files names.
pub(super) fn of(
    error: &Error,
    server: Option<&Server>,
    stores: bool,
    words: &Words,
) -> Option<String> {
    let (error, is_open) = match error {
        Error::Session(error) => (error, true),
        Error::Connect(error) => (error, false),
        Error::LocalName { .. } => return catalogue::find(UNUSABLE_NAME)?.told(words).hint,
        Error::Remote {
            kind: ErrorKind::AlreadyExists,
            ..
        } => return Some(words.say(words::HINT_ALREADY_EXISTS, &[])),
        Error::Cancelled(error) if error.remains().iter().any(is_resumable) => {
            return Some(words.say(words::HINT_RESUME, &[]));
        }
        _ => return None,
    };
    if matches!(error.detail(), Some(ErrorDetail::CertificateChanged { .. })) {
        return changed(error, server, words);
    }
    let detail = error.detail();
    if let Some(message) = detail.and_then(|detail| on_connection(detail, server, is_open)) {
        return Some(words.say(message, &[]));
    }
    if let Some(hint) = detail.and_then(|detail| on_reason(detail, error.pin(), words)) {
        return Some(hint);
    }
    let has_site = server.is_some_and(|server| server.site.is_some());
    let connection = server.map(|server| &server.settings.connection);
    let holds_a_part = error.remains().iter().any(Remains::is_at_target);
    let message = match error.kind() {
        ErrorKind::SessionReuseRefused if error.data_connection().is_some_and(has_resumed) => {
            words::HINT_REUSE_RESUMED
        }
        ErrorKind::SessionReuseRefused => session_reuse(connection),
        ErrorKind::Tls if is_open => words::HINT_ON_DATA,
        ErrorKind::Tls => words::HINT_ANOTHER_WAY,
        ErrorKind::Refused if !is_open => {
            return explain::while_connecting(error)?.told(words).hint;
        }
        kind @ (ErrorKind::LoginRefused | ErrorKind::RenameRefused) => {
            return explain::of_kind(kind)?.told(words).hint;
        }
        ErrorKind::Refused => return by_words(error, words),
        ErrorKind::Timeout => words::HINT_TIMEOUT,
        ErrorKind::NotFound if has_site => words::HINT_PATHS_OF_SITE,
        ErrorKind::NotFound => words::HINT_PATHS,
        ErrorKind::AlreadyExists => words::HINT_ALREADY_EXISTS,
        ErrorKind::Incomplete if holds_a_part => words::HINT_TARGET_CHANGED,
        ErrorKind::Incomplete if !stores || is_about_listing(error) => return None,
        ErrorKind::Incomplete if error.is_transient() => words::HINT_SAFE_TO_RETRY,
        ErrorKind::Incomplete => words::HINT_SAME_END,
        _ => return None,
    };
    Some(words.say(message, &[]))
}

/// The hint for a reason that means something else once a session is open, or behind a proxy.
fn on_connection(detail: &ErrorDetail, server: Option<&Server>, is_open: bool) -> Option<Message> {
    let is_active = server
        .is_some_and(|server| matches!(server.settings.connection.data_mode, DataMode::Active(_)));
    match detail {
        ErrorDetail::ConnectionRefused if server.is_some_and(is_behind_proxy) => {
            Some(words::HINT_PROXY_CLOSED)
        }
        ErrorDetail::ConnectionRefused if is_open && is_active => {
            Some(words::HINT_REFUSED_AFTER_LOGIN)
        }
        ErrorDetail::ConnectionRefused if is_open => Some(words::HINT_DATA_PORT_CLOSED),
        ErrorDetail::PlaintextAnswered if is_open => Some(words::HINT_DATA_IN_CLEAR),
        ErrorDetail::ClosedDuringHandshake if is_open => Some(words::HINT_ON_DATA),
        _ => None,
    }
}

fn is_behind_proxy(server: &Server) -> bool {
    match &server.settings.connection.proxy {
        None => false,
        Some(ProxyChoice::Url(_)) => true,
        Some(ProxyChoice::Environment) => server.tls_mode().is_ok_and(|mode| {
            let port = server.effective_port(mode);
            matches!(
                proxy_environment::proxy_for(&server.host, port),
                Ok(Some(_))
            )
        }),
    }
}

/// Whether the connection resumed. If it was refused nevertheless, no setting here helps.
fn has_resumed(data: &DataConnection) -> bool {
    data.resumed
}

/// Whether an incomplete result is that of a listing or a tree, not of a file.
fn is_about_listing(error: &towline::Error) -> bool {
    let listing = explain::of_error(error).map(|finding| finding.id);
    matches!(
        listing,
        Some("listing-incomplete" | "listing-too-large" | "listing-of-another-path" | "link-loop")
    )
}

/// Whether a later command can resume from what remains.
fn is_resumable(remains: &Remains) -> bool {
    matches!(
        remains,
        Remains::LocalPart { .. } | Remains::ResumablePart { .. }
    )
}

/// The hint of what the server's words mean, for refusals that only the words explain.
fn by_words(error: &towline::Error, words: &Words) -> Option<String> {
    let finding = explain::in_session(error)?;
    let is_kind_of_entry = matches!(finding.id, "directory-not-empty" | "is-a-directory");
    is_kind_of_entry.then(|| finding.told(words).hint)?
}

/// The hint of the explanation of a reason. `pin` is that of a rejected certificate.
fn on_reason(detail: &ErrorDetail, pin: Option<Pin>, words: &Words) -> Option<String> {
    let hint = explain::of_detail(detail)?.told(words).hint?;
    let pin = pin.map_or_else(|| "--pin".to_owned(), |pin| format!("--pin {pin}"));
    let hint = hint.replace("{pin}", &pin);
    Some(match detail {
        ErrorDetail::PinMismatch { pin } => hint.replace("{pin-itself}", &pin.to_string()),
        _ => hint,
    })
}

/// How to accept a certificate that is not the known one.
fn changed(error: &towline::Error, server: Option<&Server>, words: &Words) -> Option<String> {
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
    let command = format!("towline trust accept {address} {fingerprint}{option}");
    let values = [("command", command.into())];
    Some(words.say(words::HINT_CERTIFICATE_CHANGED, &values))
}

fn session_reuse(connection: Option<&ConnectionSettings>) -> Message {
    let policy = connection.map(|connection| connection.session_reuse);
    let least = connection.map(|connection| connection.tls_min);
    let most = connection.map(|connection| connection.tls_max);
    match policy {
        Some(SessionReuse::Off) => words::HINT_REUSE_OFF,
        Some(SessionReuse::Require) => words::HINT_REUSE_REQUIRE,
        _ if least == Some(TlsVersion::Tls13) => words::HINT_REUSE_TLS13,
        _ if most == Some(TlsVersion::Tls13) => words::HINT_REUSE_TRIED_TLS13,
        _ => words::HINT_REUSE_TRIED,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operand::remote::Remote;

    #[test]
    fn hints_on_reuse_name_the_option_that_was_given() {
        let hint = Words::english().say(session_reuse(None), &[]);
        assert!(hint.contains("every recovery"));
        let server = Remote::parse(b"ftpes://h/").unwrap().server;
        let hint = session_reuse(Some(&server.settings.connection));
        let hint = Words::english().say(hint, &[]);
        assert!(hint.contains("trust remove") && hint.contains("--tls-max 1.2"));
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
            let hint = on_reason(&detail, None, Words::english()).unwrap();
            assert!(!hint.contains("990"), "{detail:?}: {hint}");
        }
        assert_eq!(
            on_reason(&ErrorDetail::PlaintextAnswered, None, Words::english()),
            None
        );
        let another_way = Words::english().say(words::HINT_ANOTHER_WAY, &[]);
        assert!(another_way.contains("990"));
    }

    #[test]
    fn a_pin_is_offered_only_where_it_helps() {
        let pin: Pin = format!("sha256//{}=", "A".repeat(43)).parse().unwrap();
        let offer = format!("--pin {pin}");
        let words = Words::english();
        let offers_a_pin = |detail| {
            on_reason(&detail, Some(pin), words)
                .unwrap()
                .contains(&offer)
        };
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
