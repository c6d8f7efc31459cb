//! How an error could be mended.
//!
//! Hints live here and nowhere else; the library only says what went wrong.

use towline::{ErrorKind, SessionReuse, Trust};

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
    let text = match error.kind() {
        ErrorKind::Certificate if error.to_string().contains("unknown issuer") => {
            "if the server's owner confirms that fingerprint, save the certificate (or its \
             issuer's) as PEM and give it with --ca-file, or give its key's hash with --pin"
        }
        ErrorKind::Certificate => return changed(error, server),
        ErrorKind::SessionReuseRefused => {
            session_reuse(server.map(|server| server.settings.connection.session_reuse))
        }
        ErrorKind::Tls if causes_contain(error, "ProtocolVersion") => {
            "the server speaks none of the TLS versions from --tls-min to --tls-max"
        }
        ErrorKind::Tls if error.to_string().contains("asked for a client certificate") => {
            "--client-cert gives one, as PEM or PKCS#12"
        }
        ErrorKind::Tls if error.to_string().contains("refuses TLS on this port") => {
            "ftps:// starts TLS at once, on port 990; --tls off would send the password and \
             everything else in clear text"
        }
        ErrorKind::Tls => {
            "the server may speak TLS in another way: ftpes:// starts it with a command on port \
             21, ftps:// at once on port 990; -vv shows the dialogue"
        }
        // Without a reply it is not the server that refuses.
        ErrorKind::LoginRefused if error.reply().is_none() => {
            "check the user in --proxy and TOWLINE_PROXY_PASSWORD or --proxy-password-file"
        }
        ErrorKind::LoginRefused if replies(error, 332) => {
            "the account comes from --account-file or TOWLINE_ACCOUNT"
        }
        ErrorKind::LoginRefused if wants_tls(error) => {
            "the server wants TLS: ftpes:// without --tls off, or ftps:// on port 990"
        }
        ErrorKind::LoginRefused => {
            "check the user in the URL and where the password comes from (towline --help lists \
             the sources in their order)"
        }
        ErrorKind::Timeout => {
            "the server or a firewall stays silent; --timeout gives it longer, -vv shows where it \
             stops; a server that expects TLS at once (port 990) is reached with ftps://"
        }
        ErrorKind::NotFound if error.to_string().contains("cannot be created") => {
            "the directory above it has to be there: towline mkdir -p makes it"
        }
        ErrorKind::NotFound if server.is_some_and(|server| server.site.is_some()) => {
            "a path is relative to the site's own; SITE:/path is absolute"
        }
        ErrorKind::NotFound => {
            "a path is relative to the login directory; ftpes://host//path is absolute"
        }
        ErrorKind::AlreadyExists => ALREADY_EXISTS,
        ErrorKind::RenameRefused if error.to_string().contains("a directory of that name") => {
            "a slash at the end of the path means into that directory"
        }
        ErrorKind::RenameRefused => {
            "--no-temp writes straight to the final name, for servers that allow no renaming"
        }
        ErrorKind::Incomplete if holds_a_part(error) => {
            "look at that file before another try: it is neither what it was nor what it should be"
        }
        ErrorKind::Incomplete => "nothing has taken the final name; it is safe to try again",
        _ => return None,
    };
    Some(text.to_owned())
}

/// Whether a file may hold a part under its final name, after `--append` or `--no-temp`.
fn holds_a_part(error: &towline::Error) -> bool {
    let text = error.to_string();
    ["a part now", "a part of it now"]
        .iter()
        .any(|words| text.contains(words))
}

/// How a certificate is accepted that is not the one that the server showed before.
fn changed(error: &towline::Error, server: Option<&Server>) -> Option<String> {
    let server = server?;
    let fingerprint = error.fingerprint()?;
    let Trust::FirstUse(known_servers) = &server.settings.connection.trust else {
        return None;
    };
    // That file may be wrong instead, or out of reach.
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
        "if the server's owner confirms the new certificate: towline trust accept {address} \
         {fingerprint}{option}"
    ))
}

/// Whether the server's reply is of this code.
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

/// Whether one of the causes of `error` says so.
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
}
