//! The proxy that `--proxy env` means: the variables `ALL_PROXY` and `NO_PROXY`, as other programs
//! read them.

use std::env;
use std::net::IpAddr;

use percent_encoding::percent_decode_str;
use towline::{Proxy, Secret};

use crate::error::Error;

/// A proxy, with its login.
#[derive(Clone, Debug)]
pub(crate) struct FoundProxy {
    pub(crate) proxy: Proxy,
    pub(crate) user: Option<String>,
    pub(crate) password: Option<Secret>,
}

/// The port of a SOCKS proxy without one.
const SOCKS_PORT: u16 = 1080;

/// The proxy in the environment for a server, if there is one.
///
/// # Errors
/// [`Error::Usage`] if the variable cannot be used. The message does not repeat it.
pub(crate) fn proxy_for(host: &str, port: u16) -> Result<Option<FoundProxy>, Error> {
    let variable = |names: [&'static str; 2]| {
        let mut names = names.into_iter();
        names.find_map(|name| {
            let value = env::var(name).ok().filter(|value| !value.is_empty())?;
            Some((name, value))
        })
    };
    let exceptions = variable(["NO_PROXY", "no_proxy"]);
    if exceptions.is_some_and(|(_, list)| is_exempt(&list, host, port)) {
        return Ok(None);
    }
    let Some((name, url)) = variable(["ALL_PROXY", "all_proxy"]) else {
        return Ok(None);
    };
    let found = parse(&url).map_err(|reason| Error::usage(format!("{name}: {reason}")))?;
    Ok(Some(found))
}

/// Parses `[SCHEME://][USER[:PASSWORD]@]HOST[:PORT]`. Unlike a command line, a variable may contain
/// a password.
fn parse(url: &str) -> Result<FoundProxy, String> {
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
    let scheme = match scheme.to_ascii_lowercase().as_str() {
        "http" => "http",
        // Towline always leaves the lookup of names to the proxy.
        "socks5" | "socks5h" | "socks" => "socks5",
        _ => return Err("only http:// and socks5:// proxies are supported".to_owned()),
    };
    let rest = rest.trim_end_matches('/');
    let (login, address) = match rest.rsplit_once('@') {
        Some((login, address)) => (Some(login), address),
        None => (None, rest),
    };
    let has_port = address
        .rsplit_once(':')
        .is_some_and(|(host, _)| !host.contains(':') || host.ends_with(']'));
    let address = match has_port || scheme != "socks5" {
        true => address.to_owned(),
        false => format!("{address}:{SOCKS_PORT}"),
    };
    let proxy = format!("{scheme}://{address}")
        .parse()
        .map_err(|_| "write it as http://HOST:PORT or socks5://HOST:PORT".to_owned())?;
    let decode = |text: &str| {
        let decoded = percent_decode_str(text).decode_utf8();
        decoded
            .map(|text| text.into_owned())
            .map_err(|_| "the user or the password is not UTF-8".to_owned())
    };
    let (user, password) = match login.map(|login| login.split_once(':').unwrap_or((login, ""))) {
        None => (None, None),
        Some((user, "")) => (Some(decode(user)?), None),
        Some((user, password)) => (Some(decode(user)?), Some(Secret::new(decode(password)?))),
    };
    Ok(FoundProxy {
        proxy,
        user: user.filter(|user| !user.is_empty()),
        password,
    })
}

/// Whether the list of `NO_PROXY` names the server: `*`, a host, a domain with or without a leading
/// dot, an address, a network such as `10.0.0.0/8`, each perhaps with a port.
fn is_exempt(list: &str, host: &str, port: u16) -> bool {
    let entries = list.split([',', ' ']).map(str::trim);
    let mut entries = entries.filter(|entry| !entry.is_empty());
    entries.any(|entry| {
        if entry == "*" {
            return true;
        }
        let (name, of_port) = split_port(entry);
        of_port.is_none_or(|of_port| of_port == port) && names(name, host)
    })
}

/// Splits an entry into a name and a port.
fn split_port(entry: &str) -> (&str, Option<u16>) {
    if let Some(inside) = entry.strip_prefix('[')
        && let Some((address, rest)) = inside.split_once(']')
    {
        return (
            address,
            rest.strip_prefix(':').and_then(|port| port.parse().ok()),
        );
    }
    match entry.split_once(':') {
        // An IPv6 address without brackets has several colons.
        Some((name, port)) if !port.contains(':') => match port.parse() {
            Ok(port) => (name, Some(port)),
            Err(_) => (entry, None),
        },
        _ => (entry, None),
    }
}

fn names(name: &str, host: &str) -> bool {
    if let Ok(host) = host.parse::<IpAddr>() {
        return match name.split_once('/') {
            Some((network, bits)) => contains(network, bits, host),
            None => name.parse() == Ok(host),
        };
    }
    let (name, host) = (name.trim_start_matches("*.").trim_start_matches('.'), host);
    let (name, host) = (name.to_ascii_lowercase(), host.to_ascii_lowercase());
    let front = host.strip_suffix(&name);
    !name.is_empty() && front.is_some_and(|front| front.is_empty() || front.ends_with('.'))
}

/// Whether a network contains an address.
fn contains(network: &str, bits: &str, host: IpAddr) -> bool {
    let (Ok(network), Ok(bits)) = (network.parse::<IpAddr>(), bits.parse::<u32>()) else {
        return false;
    };
    let same = |network: u128, host: u128, width: u32| match width.checked_sub(bits) {
        Some(rest) => network.checked_shr(rest) == host.checked_shr(rest),
        None => false,
    };
    match (network, host) {
        (IpAddr::V4(network), IpAddr::V4(host)) => {
            same(u32::from(network).into(), u32::from(host).into(), 32)
        }
        (IpAddr::V6(network), IpAddr::V6(host)) => same(network.into(), host.into(), 128),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_variable_has_a_scheme_an_address_and_perhaps_a_login() {
        for (text, proxy, user, password) in [
            ("http://p.example:8080", "http://p.example:8080", None, None),
            ("p.example:3128", "http://p.example:3128", None, None),
            ("socks5h://p.example", "socks5://p.example:1080", None, None),
            ("socks5://[::1]:99/", "socks5://[::1]:99", None, None),
            (
                "socks5://jo%40corp:p%3Aw@p.example:1080",
                "socks5://p.example:1080",
                Some("jo@corp"),
                Some("p:w"),
            ),
            (
                "http://jo@p.example:1",
                "http://p.example:1",
                Some("jo"),
                None,
            ),
        ] {
            let found = parse(text).unwrap();
            assert_eq!(found.proxy.to_string(), proxy, "{text}");
            assert_eq!(found.user.as_deref(), user, "{text}");
            let found = found.password.as_ref().map(Secret::reveal);
            assert_eq!(found, password, "{text}");
        }
        for text in [
            "https://jo:hunter2@p:1",
            "socks4://p:1",
            "http://jo:hunter2@",
            "ftp://p:1",
        ] {
            let reason = parse(text).unwrap_err();
            assert!(!reason.contains("hunter2"), "{reason}");
        }
    }

    #[test]
    fn no_proxy_names_hosts_domains_addresses_and_networks() {
        for (list, host, exempt) in [
            ("*", "a.example", true),
            ("example", "a.example", true),
            (".example", "a.example", true),
            ("*.example", "a.example", true),
            ("EXAMPLE", "a.example", true),
            ("ample", "a.example", false),
            ("b.example, a.example", "a.example", true),
            ("b.example a.example", "a.example", true),
            ("a.example:21", "a.example", true),
            ("a.example:990", "a.example", false),
            ("a.example", "example", false),
            ("127.0.0.1", "127.0.0.1", true),
            ("127.0.0.1:21", "127.0.0.1", true),
            ("127.0.0.1:22", "127.0.0.1", false),
            ("10.0.0.0/8", "10.9.8.7", true),
            ("10.0.0.0/8", "11.9.8.7", false),
            ("0.0.0.0/0", "11.9.8.7", true),
            ("10.0.0.0/99", "10.0.0.0", false),
            ("::1", "::1", true),
            ("[::1]:21", "::1", true),
            ("fd00::/8", "fd12::1", true),
            ("1", "10.0.0.1", false),
            ("", "a.example", false),
            (" , ", "a.example", false),
        ] {
            assert_eq!(is_exempt(list, host, 21), exempt, "{list} {host}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read(list in "\\PC*", host in "[a-z.]{1,9}|[0-9.]{7,9}") {
            let _ = is_exempt(&list, &host, 21);
            let _ = parse(&list);
        }
    }
}
