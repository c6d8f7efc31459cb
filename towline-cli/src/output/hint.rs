//! How an error could be mended.
//!
//! Hints live here and nowhere else; the library only says what went wrong.

use towline::{ErrorDetail, ErrorKind, Remains, SessionReuse, Trust};

use crate::error::Error;
use crate::operand::address;
use crate::operand::server::Server;
use crate::output::shell;
use crate::settings::paths;

/// The hint on an error of a command that works on `server`.
pub(super) fn of(error: &Error, server: Option<&Server>) -> Option<String> {
    let error = match error {
        Error::Session(error) | Error::Connect(error) => error,
        Error::Remote {
            kind: ErrorKind::AlreadyExists,
            ..
        } => return Some(ALREADY_EXISTS.to_owned()),
        _ => return None,
    };
    if matches!(error.detail(), Some(ErrorDetail::CertificateChanged { .. })) {
        return changed(error, server);
    }
    if let Some(hint) = error.detail().and_then(on_reason) {
        return Some(hint);
    }
    let has_site = server.is_some_and(|server| server.site.is_some());
    let policy = server.map(|server| server.settings.connection.session_reuse);
    let holds_a_part = error.remains().iter().any(Remains::is_at_target);
    let text = match error.kind() {
        ErrorKind::SessionReuseRefused => session_reuse(policy),
        ErrorKind::Tls => ANOTHER_WAY,
        ErrorKind::LoginRefused => {
            "check the user in the URL and where the password comes from (towline --help lists \
             the sources in their order)"
        }
        ErrorKind::Timeout => {
            "the server or a firewall stays silent; --timeout gives it longer, -vv shows where it \
             stops; a server that expects TLS at once (port 990) is reached with ftps://"
        }
        ErrorKind::NotFound if has_site => {
            "a path is relative to the site's own; SITE:/path is absolute"
        }
        ErrorKind::NotFound => {
            "a path is relative to the login directory; ftpes://host//path is absolute"
        }
        ErrorKind::AlreadyExists => ALREADY_EXISTS,
        ErrorKind::RenameRefused => {
            "--no-temp writes straight to the final name, for servers that allow no renaming"
        }
        ErrorKind::Incomplete if holds_a_part => {
            "look at that file before another try: it is neither what it was nor what it should be"
        }
        ErrorKind::Incomplete => "nothing has taken the final name; it is safe to try again",
        _ => return None,
    };
    Some(text.to_owned())
}

/// The hint on a reason that says enough by itself.
fn on_reason(detail: &ErrorDetail) -> Option<String> {
    let text = match detail {
        ErrorDetail::UnknownIssuer { .. } => {
            "if the server's owner confirms that fingerprint, save the certificate (or its \
             issuer's) as PEM and give it with --ca-file, or give its key's hash with --pin"
        }
        ErrorDetail::WrongName { .. } | ErrorDetail::AddressAsHostName => {
            "connect by a name that the certificate is for; --pin trusts it by its key, whatever \
             its names"
        }
        ErrorDetail::Expired { .. } | ErrorDetail::NotYetValid { .. } => {
            "check the clock of this computer; otherwise the server's owner has to renew the \
             certificate, and --pin trusts it by its key"
        }
        ErrorDetail::PinMismatch { pin } => {
            return Some(format!(
                "if the server's owner confirms the new key: --pin {pin}"
            ));
        }
        ErrorDetail::KeyTooShort { .. } => {
            "the server's owner has to make a key of 2048 bits or more; no option accepts this one"
        }
        ErrorDetail::UnsupportedSignature { .. } => {
            "--pin trusts the certificate by its key, whatever its signature"
        }
        ErrorDetail::UnsupportedCertificateVersion { .. } => {
            "the server's owner has to make a certificate of X.509 version 3; no option accepts \
             this one"
        }
        ErrorDetail::NoCommonVersion => {
            "the server speaks none of the TLS versions from --tls-min to --tls-max"
        }
        ErrorDetail::NoCommonCipherSuite => {
            "the server offers only what Towline does not speak; its owner has to allow ECDHE with \
             AES-GCM or ChaCha20-Poly1305, and the curve X25519, P-256 or P-384"
        }
        ErrorDetail::ClientCertificateWanted => "--client-cert gives one, as PEM or PKCS#12",
        ErrorDetail::ClientCertificateRefused => {
            "ask the server's owner which client certificates are accepted; --client-cert gives one"
        }
        ErrorDetail::TlsRefused => {
            "ftps:// starts TLS at once, on port 990; --tls off would send the password and \
             everything else in clear text"
        }
        ErrorDetail::ProtectionRefused => {
            "the server's owner has to allow protected data connections (PROT P)"
        }
        ErrorDetail::HttpAnswered => "a web server answers there; check host and port",
        ErrorDetail::SshAnswered => {
            "an SSH server answers there: SFTP is another protocol; check host and port"
        }
        ErrorDetail::SmuggledAheadOfTls => {
            "somebody between here and the server may be tampering with the connection"
        }
        ErrorDetail::TlsAlert { .. } | ErrorDetail::TlsBroken => "-vv shows the dialogue",
        ErrorDetail::ProxyLoginRefused => {
            "check the user in --proxy and TOWLINE_PROXY_PASSWORD or --proxy-password-file"
        }
        ErrorDetail::AccountWanted => "the account comes from --account-file or TOWLINE_ACCOUNT",
        ErrorDetail::TlsWanted => {
            "the server wants TLS: ftpes:// without --tls off, or ftps:// on port 990"
        }
        ErrorDetail::LookupTimedOut | ErrorDetail::ConnectTimedOut => {
            "check host and port; a firewall may be in the way, and --timeout gives it longer"
        }
        ErrorDetail::DataTimedOut => {
            "the data connection stands still; --timeout gives it longer, -vv shows where it stops"
        }
        ErrorDetail::AcceptTimedOut => {
            "a firewall may keep the server from connecting to this computer; --passive connects \
             the other way"
        }
        ErrorDetail::NoParentDirectory => {
            "the directory above it has to be there: towline mkdir -p makes it"
        }
        ErrorDetail::TargetIsDirectory => {
            "a slash at the end of the path means into that directory"
        }
        ErrorDetail::RenameInDoubt | ErrorDetail::TargetIsAnotherFile => {
            "look at both names before another try"
        }
        _ => return None,
    };
    Some(text.to_owned())
}

const ANOTHER_WAY: &str = "the server may speak TLS in another way: ftpes:// starts it with a \
                           command on port 21, ftps:// at once on port 990; -vv shows the dialogue";

/// How a certificate is accepted that is not the one that the server showed before.
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
        "if the server's owner confirms the new certificate: towline trust accept {address} \
         {fingerprint}{option}"
    ))
}

pub(super) const ALREADY_EXISTS: &str = "without --no-clobber it would be replaced";

fn session_reuse(policy: Option<SessionReuse>) -> &'static str {
    match policy {
        Some(SessionReuse::Off) => {
            "this server wants each data connection to resume the control connection's TLS \
             session; leave out --session-reuse off"
        }
        Some(SessionReuse::Require) => {
            "--session-reuse require accepts nothing else; auto lets a server do without it if \
             that server does not ask for it"
        }
        _ => {
            "every recovery was tried, TLS 1.2 among them; -vv shows what the server says each \
             time"
        }
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
            let hint = on_reason(&detail).unwrap();
            assert!(!hint.contains("990"), "{detail:?}: {hint}");
        }
        assert_eq!(on_reason(&ErrorDetail::PlaintextAnswered), None);
        assert!(ANOTHER_WAY.contains("990"));
    }

    #[test]
    fn a_pin_is_offered_only_where_it_helps() {
        let offers_a_pin = |detail| on_reason(&detail).unwrap().contains("--pin");
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
