//! A `[site]` block for the configuration file, from what was found.

use std::fmt::Write as _;
use std::path::Path;

use towline::{TlsMode, Trust};

use crate::operand::remote::Remote;
use crate::settings::resolved::ConnectionSettings;

/// What an examination found that the settings should say.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Advice {
    /// Every data connection resumed.
    pub(super) resumes: bool,
    /// Only TLS 1.2 resumes.
    pub(super) only_tls12: bool,
    /// Only active mode works.
    pub(super) active: bool,
    /// The server accepts no more sessions at the same time.
    pub(super) most_connections: Option<usize>,
    /// TLS starts in this way, on this port, whatever the operand said.
    pub(super) instead: Option<(TlsMode, u16)>,
}

/// The block. `pin` is that of a certificate that is not trusted yet.
pub(super) fn of(remote: &Remote, advice: &Advice, pin: Option<&str>) -> String {
    let server = &remote.server;
    let mode = server.tls_mode().unwrap_or_default();
    let (mode, port) = match advice.instead {
        Some((mode, port)) => (mode, port),
        None => (mode, server.effective_port(mode)),
    };
    let name = match &server.site {
        Some(site) => site.name.clone(),
        None => name(&server.host),
    };
    let mut block = format!("[site.{name}]\nhost = {}\n", quoted(&server.host));
    if port != mode.default_port() {
        let _ = writeln!(block, "port = {port}");
    }
    if mode == TlsMode::Implicit {
        block.push_str("tls = \"implicit\"\n");
    }
    if let Some(user) = &server.user {
        let _ = writeln!(block, "user = {}", quoted(user));
    }
    if !remote.path.is_login_directory()
        && let Ok(path) = std::str::from_utf8(remote.path.as_bytes())
    {
        let _ = writeln!(block, "path = {}", quoted(path));
    }
    for (key, file) in files(&server.settings.connection) {
        if let Some(file) = absolute(file) {
            let _ = writeln!(block, "{key} = {}", quoted(&file));
        }
    }
    match &server.settings.connection.trust {
        Trust::FirstUse(_) => block.push_str("trust-on-first-use = true\n"),
        Trust::Pins(pins) => {
            let pins: Vec<_> = pins.iter().map(|pin| quoted(&pin.to_string())).collect();
            let _ = writeln!(block, "pin = [{}]", pins.join(", "));
        }
        _ => {}
    }
    if advice.only_tls12 {
        block
            .push_str("# Sessions resume with TLS 1.2, and not with TLS 1.3.\ntls-max = \"1.2\"\n");
    }
    if advice.resumes {
        block.push_str("session-reuse = \"require\"\n");
    }
    if advice.active {
        block.push_str("active = true\n");
    }
    // The program opens two at most by itself.
    if let Some(most @ ..2) = advice.most_connections {
        let _ = writeln!(block, "connections = {most}");
    }
    if let Some(pin) = pin {
        let _ = writeln!(
            block,
            "# Only if the server's owner confirms it:\n# pin = {}",
            quoted(pin)
        );
    }
    block
}

/// The files that the connection used, with their keys.
fn files(settings: &ConnectionSettings) -> Vec<(&'static str, &Path)> {
    let mut files: Vec<(_, &Path)> = Vec::new();
    if let Trust::CaFile(file) = &settings.trust {
        files.push(("ca-file", file));
    }
    if let Some(own) = &settings.login.client_certificate {
        files.push(("client-cert", &own.certificate));
        files.extend(own.key.as_deref().map(|key| ("client-key", key)));
    }
    files
}

/// The path that is right in every directory. `None` if the configuration file cannot contain it.
fn absolute(file: &Path) -> Option<String> {
    let absolute = std::path::absolute(file).ok()?;
    Some(absolute.to_str()?.to_owned())
}

/// A name for the site: the first part of a host name, or "server" for an address.
fn name(host: &str) -> String {
    let mut parts = host.split('.').filter(|part| {
        let is_plain = part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        is_plain && part.starts_with(|c: char| c.is_ascii_alphabetic())
    });
    let generic = |part: &&str| ["ftp", "ftps", "www"].contains(part);
    let specific = parts.clone().find(|part| !generic(part));
    let name = if host.contains(':') {
        None
    } else {
        specific.or_else(|| parts.next())
    };
    name.unwrap_or("server").to_ascii_lowercase()
}

/// A TOML string. The escapes of JSON are valid in it.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_is_named_after_its_host() {
        assert_eq!(name("ftp.vendor.example"), "vendor");
        assert_eq!(name("127.0.0.1"), "server");
        assert_eq!(name("2001:db8::1"), "server");
        assert_eq!(name("Files"), "files");
    }
}
