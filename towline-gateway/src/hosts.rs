//! The servers that a login may name itself: `USER@HOST:PORT`.

use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use thiserror::Error;
use towline::{Config, TlsMode};

/// The ports of a rule that names none: those of FTP, with explicit and with implicit TLS.
const USUAL_PORTS: [u16; 2] = [21, 990];

/// A server, or the servers of a domain, that logins may name.
///
/// Written as `HOST`, `HOST:PORT`, `*.DOMAIN` or `*.DOMAIN:PORT`. Without a port, it allows ports
/// 21 and 990. TLS is implicit on port 990 and explicit on others, unless `ftps://` or `ftpes://`
/// comes first. An IPv6 address stands in brackets if a port follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostRule {
    name: Name,
    port: Option<u16>,
    mode: Option<TlsMode>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Name {
    Exactly(String),
    /// Every name that ends with this, a dot first.
    Below(String),
}

/// The error for a text that is not a [`HostRule`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("write HOST, HOST:PORT or *.DOMAIN:PORT, with ftps:// in front for implicit TLS")]
pub struct HostRuleError;

/// Servers that logins may name, and how to reach them.
#[derive(Clone, Debug)]
pub struct AllowedHosts {
    /// The names of the servers.
    pub rule: HostRule,
    /// How to reach the servers. The user, the password, the host, the port and [when TLS
    /// begins](TlsMode) come from the login and the rule.
    pub config: Config,
}

/// A server that a login has named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NamedHost {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) mode: TlsMode,
}

impl HostRule {
    /// The name of the server, or of the domain.
    #[must_use]
    pub fn host(&self) -> &str {
        match &self.name {
            Name::Exactly(name) => name,
            Name::Below(domain) => domain.trim_start_matches('.'),
        }
    }

    /// Returns the server if the rule allows it.
    fn allow(&self, host: &str, port: Option<u16>) -> Option<NamedHost> {
        let is_named = match &self.name {
            Name::Exactly(name) => name == host,
            Name::Below(domain) => {
                let label = host.strip_suffix(domain.as_str());
                label.is_some_and(|label| !label.is_empty()) && host.parse::<IpAddr>().is_err()
            }
        };
        let of_mode = || self.mode.unwrap_or_default().default_port();
        let port = port.or(self.port).unwrap_or_else(of_mode);
        let is_allowed = match self.port {
            Some(allowed) => port == allowed,
            None => USUAL_PORTS.contains(&port),
        };
        let by_port = match port {
            990 => TlsMode::Implicit,
            _ => TlsMode::Explicit,
        };
        (is_named && is_allowed).then(|| NamedHost {
            host: host.to_owned(),
            port,
            mode: self.mode.unwrap_or(by_port),
        })
    }
}

impl FromStr for HostRule {
    type Err = HostRuleError;

    fn from_str(text: &str) -> Result<Self, HostRuleError> {
        let (mode, text) = match text.split_once("://") {
            None => (None, text),
            Some(("ftps", text)) => (Some(TlsMode::Implicit), text),
            Some(("ftpes", text)) => (Some(TlsMode::Explicit), text),
            Some(_) => return Err(HostRuleError),
        };
        let (is_domain, text) = match text.strip_prefix("*.") {
            Some(text) => (true, text),
            None => (false, text),
        };
        let (host, port) = parse(text).ok_or(HostRuleError)?;
        let name = match is_domain {
            true if host.parse::<IpAddr>().is_ok() => return Err(HostRuleError),
            true => Name::Below(format!(".{host}")),
            false => Name::Exactly(host),
        };
        Ok(Self { name, port, mode })
    }
}

/// Finds the server that `text` names, `HOST` or `HOST:PORT`, among those that are allowed.
pub(crate) fn find<'a>(
    allowed: &'a [AllowedHosts],
    text: &str,
) -> Option<(&'a AllowedHosts, NamedHost)> {
    let (host, port) = parse(text)?;
    let mut found = allowed.iter().filter_map(|hosts| {
        let named = hosts.rule.allow(&host, port)?;
        Some((hosts, named))
    });
    found.next()
}

/// Parses `HOST` or `HOST:PORT`. The host is returned in lower case, without brackets.
fn parse(text: &str) -> Option<(String, Option<u16>)> {
    let (host, port) = if let Some(inside) = text.strip_prefix('[') {
        let (host, rest) = inside.split_once(']')?;
        host.parse::<Ipv6Addr>().ok()?;
        match rest {
            "" => (host, None),
            rest => (host, Some(rest.strip_prefix(':')?)),
        }
    } else if text.parse::<Ipv6Addr>().is_ok() {
        (text, None)
    } else {
        match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        }
    };
    let port = match port {
        None => None,
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            Some(digits.parse().ok().filter(|port| *port != 0)?)
        }
        Some(_) => return None,
    };
    let is_label = |label: &str| {
        let valid = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        !label.is_empty() && label.bytes().all(valid)
    };
    // One spelling for each address.
    let host = match host.parse::<IpAddr>() {
        Ok(address) => address.to_string(),
        Err(_) if host.split('.').all(is_label) => host.to_ascii_lowercase(),
        Err(_) => return None,
    };
    Some((host, port))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn named(rule: &str, text: &str) -> Option<(String, u16, TlsMode)> {
        let rule: HostRule = rule.parse().unwrap();
        let (host, port) = parse(text)?;
        let named = rule.allow(&host, port)?;
        Some((named.host, named.port, named.mode))
    }

    #[test]
    fn a_rule_allows_its_servers_and_ports_alone() {
        let server = |host: &str, port, mode| Some((host.to_owned(), port, mode));
        let (explicit, implicit) = (TlsMode::Explicit, TlsMode::Implicit);
        for (rule, text, expected) in [
            ("a.example", "a.example", server("a.example", 21, explicit)),
            (
                "a.example",
                "A.Example:990",
                server("a.example", 990, implicit),
            ),
            ("a.example", "a.example:22", None),
            ("a.example", "b.example", None),
            ("a.example", "x.a.example", None),
            (
                "*.example:990",
                "a.example",
                server("a.example", 990, implicit),
            ),
            ("*.example:990", "a.example:21", None),
            ("*.example:990", "example:990", None),
            ("*.example", "aexample", None),
            ("*.example", ".example", None),
            (
                "*.example",
                "a.b.example",
                server("a.b.example", 21, explicit),
            ),
            ("*.1", "127.0.0.1", None),
            (
                "ftps://a.example:2990",
                "a.example",
                server("a.example", 2990, implicit),
            ),
            (
                "ftps://a.example",
                "a.example",
                server("a.example", 990, implicit),
            ),
            (
                "ftpes://a.example:990",
                "a.example:990",
                server("a.example", 990, explicit),
            ),
            ("[::1]:2121", "[0::1]:2121", server("::1", 2121, explicit)),
            ("::1", "::1", server("::1", 21, explicit)),
            (
                "192.0.2.7",
                "192.0.2.7:21",
                server("192.0.2.7", 21, explicit),
            ),
            ("a.example", "a.example:", None),
            ("a.example", "a.example:0", None),
            ("a.example", "a.example:+21", None),
            ("a.example", "a.example.", None),
        ] {
            assert_eq!(named(rule, text), expected, "{rule} {text}");
        }
    }

    #[test]
    fn no_rule_allows_everything() {
        for rule in [
            "*",
            "*.",
            "*:21",
            "",
            "*.*",
            "a.*",
            "http://a",
            "a:b",
            "*.[::1]",
            "*.192.0.2.7",
            "ann@a",
        ] {
            assert_eq!(rule.parse::<HostRule>(), Err(HostRuleError), "{rule}");
        }
    }
}
