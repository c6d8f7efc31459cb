//! Hints on how to fix an error.
//!
//! All hints are here. The library only says what went wrong.

use towline::{ErrorKind, SessionReuse, Trust};

use crate::error::Error;
use crate::operand::address;
use crate::operand::server::Server;
use crate::output::shell;
use crate::settings::paths;

/// The hint for an error. `server` is the server that the command used last.
pub(super) fn of(error: &Error, server: Option<&Server>) -> Option<String> {
    let error = match error {
        Error::Session(error) | Error::Connect(error) => error,
        Error::Remote {
            kind: ErrorKind::AlreadyExists,
            ..
        } => return Some(ALREADY_EXISTS.to_owned()),
        _ => return None,
    };
    let text = match error.kind() {
        ErrorKind::Certificate if error.to_string().contains("unknown issuer") => {
            "if the server's owner confirms this fingerprint, save the certificate (or its \
             issuer's) as PEM and use --ca-file, or use --pin with the hash of its public key"
        }
        ErrorKind::Certificate => return changed(error, server),
        ErrorKind::SessionReuseRefused => {
            session_reuse(server.map(|server| server.settings.connection.session_reuse))
        }
        ErrorKind::Tls if causes_contain(error, "ProtocolVersion") => {
            "the server supports no TLS version from --tls-min to --tls-max"
        }
        ErrorKind::Tls if error.to_string().contains("asked for a client certificate") => {
            "--client-cert provides one, as PEM or PKCS#12"
        }
        ErrorKind::Tls if error.to_string().contains("refuses TLS on this port") => {
            "ftps:// starts TLS immediately, on port 990; --tls off would send the password and \
             everything else in clear text"
        }
        ErrorKind::Tls => {
            "the server may start TLS in another way: ftpes:// starts it with a command on port \
             21, ftps:// immediately on port 990; -vv shows the dialogue"
        }
        // Without a reply from the server, the proxy refused.
        ErrorKind::LoginRefused if error.reply().is_none() => {
            "check the user in --proxy and TOWLINE_PROXY_PASSWORD or --proxy-password-file"
        }
        ErrorKind::LoginRefused if replies(error, 332) => {
            "provide the account with --account-file or TOWLINE_ACCOUNT"
        }
        ErrorKind::LoginRefused if wants_tls(error) => {
            "the server requires TLS; use ftpes:// without --tls off, or ftps:// on port 990"
        }
        ErrorKind::LoginRefused => {
            "check the user in the URL and the source of the password (towline --help lists the \
             sources in order)"
        }
        ErrorKind::Timeout => {
            "the server or a firewall does not answer; --timeout allows more time, and -vv shows \
             where it stops; if the server expects TLS immediately (port 990), use ftps://"
        }
        ErrorKind::NotFound if error.to_string().contains("cannot be created") => {
            "the parent directory must exist; towline mkdir -p creates it"
        }
        ErrorKind::NotFound if server.is_some_and(|server| server.site.is_some()) => {
            "paths are relative to the site's path; SITE:/path is absolute"
        }
        ErrorKind::NotFound => {
            "paths are relative to the login directory; ftpes://host//path is absolute"
        }
        ErrorKind::AlreadyExists => ALREADY_EXISTS,
        ErrorKind::RenameRefused if error.to_string().contains("a directory of that name") => {
            "end the path with a slash to move into that directory"
        }
        ErrorKind::RenameRefused => {
            "--no-temp writes to the final name, for servers that do not allow renaming"
        }
        ErrorKind::Incomplete if holds_a_part(error) => {
            "inspect the file before you retry; it has been changed but is not complete"
        }
        ErrorKind::Incomplete => "nothing was stored under the final name; it is safe to retry",
        _ => return None,
    };
    Some(text.to_owned())
}

/// Whether an incomplete file may have its final name, after `--append` or `--no-temp`.
fn holds_a_part(error: &towline::Error) -> bool {
    let text = error.to_string();
    ["a part now", "a part of it now"]
        .iter()
        .any(|words| text.contains(words))
}

/// How to accept a certificate that is not the known one.
fn changed(error: &towline::Error, server: Option<&Server>) -> Option<String> {
    let server = server?;
    let fingerprint = error.fingerprint()?;
    let Trust::FirstUse(known_servers) = &server.settings.connection.trust else {
        return None;
    };
    // Otherwise the file of known servers may be invalid or unreadable.
    if !error
        .to_string()
        .contains("not the one that it showed before")
    {
        return None;
    }
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

/// Whether the server replied with this code.
fn replies(error: &towline::Error, code: u16) -> bool {
    let reply = error.reply();
    reply.is_some_and(|reply| reply.code().as_u16() == code)
}

/// Whether the server's reply asks for TLS.
fn wants_tls(error: &towline::Error) -> bool {
    let text = error.reply().map(towline::Reply::text).unwrap_or_default();
    let text = text.to_ascii_lowercase();
    ["encrypt", "tls", "ssl"]
        .iter()
        .any(|word| text.contains(word))
}

/// Whether one of the causes of `error` contains this text.
fn causes_contain(error: &towline::Error, words: &str) -> bool {
    let mut cause = std::error::Error::source(error);
    while let Some(current) = cause {
        if current.to_string().contains(words) {
            return true;
        }
        cause = current.source();
    }
    false
}

pub(super) const ALREADY_EXISTS: &str = "without --no-clobber, the target would be replaced";

fn session_reuse(policy: Option<SessionReuse>) -> &'static str {
    match policy {
        Some(SessionReuse::Off) => {
            "this server requires each data connection to resume the control connection's TLS \
             session; remove --session-reuse off"
        }
        Some(SessionReuse::Require) => {
            "--session-reuse require accepts no other data connection; auto accepts one if the \
             server does not require reuse"
        }
        _ => "every recovery was tried, including TLS 1.2; -vv shows the server's replies",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_on_reuse_name_the_option_that_was_given() {
        assert!(session_reuse(None).contains("every recovery"));
    }
}
