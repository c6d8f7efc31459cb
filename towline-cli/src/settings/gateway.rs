//! `[gateway]` and `[gateway.route.NAME]`: the settings of `towline gateway`.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::num::NonZeroU64;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use toml::de::{DeTable, DeValue};
use towline_gateway::HostRule;

use crate::args::similar::{did_you_mean, similar};
use crate::args::value;
use crate::settings::paths;
use crate::settings::secret_source::SecretSource;

/// What `[gateway]` says. A missing value is the gateway's default.
#[derive(Clone, Debug, Default)]
pub(crate) struct GatewaySettings {
    pub(crate) listen: Vec<SocketAddr>,
    pub(crate) listen_implicit: Vec<SocketAddr>,
    /// The certificate and its key; the gateway's own certificate if they are missing.
    pub(crate) certificate: Option<PathBuf>,
    pub(crate) key: Option<PathBuf>,
    pub(crate) require_tls: bool,
    pub(crate) require_reuse: bool,
    pub(crate) allow_missing_close_notify: bool,
    pub(crate) metrics: Option<SocketAddr>,
    pub(crate) passive_ports: Option<RangeInclusive<u16>>,
    pub(crate) clients: Option<usize>,
    pub(crate) line_length: Option<usize>,
    pub(crate) commands_per_second: Option<u32>,
    pub(crate) login_timeout: Option<Duration>,
    pub(crate) idle_timeout: Option<Duration>,
    pub(crate) data_timeout: Option<Duration>,
    pub(crate) grace: Option<Duration>,
    /// The servers that logins may name.
    pub(crate) hosts: Vec<HostRule>,
    pub(crate) routes: BTreeMap<String, RouteSettings>,
}

/// What `[gateway.route.NAME]` says.
#[derive(Clone, Debug, Default)]
pub(crate) struct RouteSettings {
    /// The site; the name of the route if it is missing.
    pub(crate) site: Option<String>,
    pub(crate) access: Option<RouteAccess>,
    pub(crate) read_only: bool,
    pub(crate) atomic: bool,
    pub(crate) sessions: Option<usize>,
    pub(crate) queue: Option<Duration>,
    /// Where uploads wait for their delivery.
    pub(crate) spool: Option<PathBuf>,
    /// The bytes that uploads may have there.
    pub(crate) spool_limit: Option<u64>,
}

/// Who may use a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RouteAccess {
    Any,
    Password(SecretSource),
    PassThrough,
}

const KEYS: [&str; 18] = [
    "listen",
    "listen-implicit",
    "certificate",
    "key",
    "require-tls",
    "require-reuse",
    "allow-missing-close-notify",
    "metrics",
    "passive-ports",
    "clients",
    "line-length",
    "commands-per-second",
    "login-timeout",
    "idle-timeout",
    "data-timeout",
    "grace",
    "hosts",
    "route",
];

const ROUTE_KEYS: [&str; 11] = [
    "site",
    "password",
    "password-file",
    "password-command",
    "pass-through",
    "read-only",
    "atomic",
    "sessions",
    "queue",
    "spool",
    "spool-limit",
];

/// A mistake, and where it is in the text.
type Mistake = (usize, String);

impl GatewaySettings {
    /// Reads the table `[gateway]` of a file in `directory`, and collects the mistakes.
    pub(crate) fn read(table: &DeTable<'_>, directory: &Path) -> (Self, Vec<Mistake>) {
        let mut settings = Self::default();
        let mut mistakes = Vec::new();
        for (name, value) in table {
            let at = name.span().start;
            let name = name.as_ref().as_ref();
            if name == "route" {
                settings.read_routes(value.as_ref(), at, directory, &mut mistakes);
            } else if let Err(text) = settings.set(name, value.as_ref(), directory) {
                mistakes.push((at, format!("[gateway]: {text}")));
            }
        }
        (settings, mistakes)
    }

    fn set(&mut self, name: &str, value: &DeValue<'_>, directory: &Path) -> Result<(), String> {
        match name {
            "listen-implicit" => self.listen_implicit = addresses(name, value)?,
            "certificate" => {
                self.certificate = Some(paths::in_file(string(name, value)?, directory))
            }
            "key" => self.key = Some(paths::in_file(string(name, value)?, directory)),
            "require-tls" => self.require_tls = boolean(name, value)?,
            "require-reuse" => self.require_reuse = boolean(name, value)?,
            "allow-missing-close-notify" => {
                self.allow_missing_close_notify = boolean(name, value)?;
            }
            "listen" => self.listen = addresses(name, value)?,
            "metrics" => self.metrics = Some(address(name, value)?),
            "passive-ports" => self.passive_ports = Some(value::ports(string(name, value)?)?),
            "clients" => self.clients = Some(number(name, value)?),
            "line-length" => self.line_length = Some(number(name, value)?),
            "commands-per-second" => self.commands_per_second = Some(number(name, value)?),
            "login-timeout" => self.login_timeout = Some(time(name, value)?),
            "idle-timeout" => self.idle_timeout = Some(time(name, value)?),
            "data-timeout" => self.data_timeout = Some(time(name, value)?),
            "grace" => self.grace = Some(time(name, value)?),
            "hosts" => self.hosts = host_rules(name, value)?,
            _ => return Err(unknown(name, &KEYS)),
        }
        Ok(())
    }

    fn read_routes(
        &mut self,
        value: &DeValue<'_>,
        at: usize,
        directory: &Path,
        mistakes: &mut Vec<Mistake>,
    ) {
        let DeValue::Table(routes) = value else {
            let text = "gateway.route must be a table: write [gateway.route.NAME]".to_owned();
            return mistakes.push((at, text));
        };
        for (name, value) in routes {
            let at = name.span().start;
            let name = name.as_ref().as_ref();
            let DeValue::Table(table) = value.as_ref() else {
                let text = format!("gateway.route.{name} must be a table");
                mistakes.push((at, text));
                continue;
            };
            let mut route = RouteSettings::default();
            for (key, value) in table {
                let set = route.set(key.as_ref(), value.as_ref(), directory);
                if let Err(text) = set {
                    let text = format!("[gateway.route.{name}]: {text}");
                    mistakes.push((key.span().start, text));
                }
            }
            if route.access.is_none() {
                let text = format!(
                    "[gateway.route.{name}]: who may use it? Add password-file, \
                     password-command, pass-through = true, or password = \"any\""
                );
                mistakes.push((at, text));
            }
            if route.spool_limit.is_some() && route.spool.is_none() {
                let text = format!("[gateway.route.{name}]: spool-limit needs a spool");
                mistakes.push((at, text));
            }
            self.routes.insert(name.to_owned(), route);
        }
    }
}

impl RouteSettings {
    fn set(&mut self, name: &str, value: &DeValue<'_>, directory: &Path) -> Result<(), String> {
        match name {
            "site" => self.site = Some(string(name, value)?.to_owned()),
            "password" if string(name, value)? == "any" => self.allow(RouteAccess::Any)?,
            "password" => {
                return Err(
                    "do not put a password in this file; use password-file or password-command"
                        .to_owned(),
                );
            }
            "password-file" => {
                let path = paths::in_file(string(name, value)?, directory);
                self.allow(RouteAccess::Password(SecretSource::File(path)))?;
            }
            "password-command" => {
                let command = OsString::from(string(name, value)?);
                self.allow(RouteAccess::Password(SecretSource::Command(command)))?;
            }
            "pass-through" => {
                if boolean(name, value)? {
                    self.allow(RouteAccess::PassThrough)?;
                }
            }
            "read-only" => self.read_only = boolean(name, value)?,
            "atomic" => self.atomic = boolean(name, value)?,
            "sessions" => self.sessions = Some(number(name, value)?),
            "queue" => self.queue = Some(time(name, value)?),
            "spool" => self.spool = Some(paths::in_file(string(name, value)?, directory)),
            "spool-limit" => self.spool_limit = Some(size(name, value)?),
            _ => return Err(unknown(name, &ROUTE_KEYS)),
        }
        Ok(())
    }

    fn allow(&mut self, access: RouteAccess) -> Result<(), String> {
        match self.access.replace(access) {
            None => Ok(()),
            Some(_) => Err(
                "password, password-file, password-command and pass-through exclude each other"
                    .to_owned(),
            ),
        }
    }
}

fn string<'v>(name: &str, value: &'v DeValue<'_>) -> Result<&'v str, String> {
    match value {
        DeValue::String(text) if text.is_empty() => Err(format!("{name} is empty")),
        DeValue::String(text) if text.contains(char::is_control) => {
            Err(format!("{name} contains a control character"))
        }
        DeValue::String(text) => Ok(text),
        other => Err(format!("{name} must be a string, not {}", other.type_str())),
    }
}

fn boolean(name: &str, value: &DeValue<'_>) -> Result<bool, String> {
    match value {
        DeValue::Boolean(yes) => Ok(*yes),
        other => Err(format!(
            "{name} must be true or false, not {}",
            other.type_str()
        )),
    }
}

/// A number of at least 1.
fn number<N: TryFrom<u64>>(name: &str, value: &DeValue<'_>) -> Result<N, String> {
    let DeValue::Integer(digits) = value else {
        let found = value.type_str();
        return Err(format!("{name} must be an integer, not {found}"));
    };
    let parsed = u64::from_str_radix(&digits.as_str().replace('_', ""), digits.radix()).ok();
    let parsed = parsed.filter(|number| *number > 0);
    let parsed = parsed.and_then(|number| N::try_from(number).ok());
    parsed.ok_or_else(|| format!("{name} is out of range"))
}

/// A time with a unit, or a number of seconds.
fn time(name: &str, value: &DeValue<'_>) -> Result<Duration, String> {
    match value {
        DeValue::Integer(_) => number(name, value).map(Duration::from_secs),
        _ => value::duration(string(name, value)?).map_err(|text| format!("{name}: {text}")),
    }
}

/// A number of bytes, with a unit or without.
fn size(name: &str, value: &DeValue<'_>) -> Result<u64, String> {
    match value {
        DeValue::Integer(_) => number(name, value),
        _ => value::size(string(name, value)?)
            .map(NonZeroU64::get)
            .map_err(|text| format!("{name}: {text}")),
    }
}

fn address(name: &str, value: &DeValue<'_>) -> Result<SocketAddr, String> {
    let text = string(name, value)?;
    let address = text.parse();
    address.map_err(|_| format!("{name}: \"{text}\" is not ADDRESS:PORT"))
}

fn addresses(name: &str, value: &DeValue<'_>) -> Result<Vec<SocketAddr>, String> {
    match value {
        DeValue::Array(array) => array
            .iter()
            .map(|item| address(name, item.as_ref()))
            .collect(),
        value => address(name, value).map(|address| vec![address]),
    }
}

fn host_rules(name: &str, value: &DeValue<'_>) -> Result<Vec<HostRule>, String> {
    let rule = |value: &DeValue<'_>| {
        let text = string(name, value)?;
        let rule = text.parse();
        rule.map_err(|error| format!("{name}: \"{text}\": {error}"))
    };
    match value {
        DeValue::Array(array) => array.iter().map(|item| rule(item.as_ref())).collect(),
        value => rule(value).map(|rule| vec![rule]),
    }
}

fn unknown(name: &str, names: &[&'static str]) -> String {
    let meant = did_you_mean(similar(name, names.iter().copied()));
    format!("there is no key \"{name}\"{meant}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (GatewaySettings, Vec<String>) {
        let root = DeTable::parse(text).unwrap().into_inner();
        let DeValue::Table(table) = root.get("gateway").unwrap().as_ref() else {
            panic!("no table");
        };
        let (settings, mistakes) = GatewaySettings::read(table, Path::new("/etc/t"));
        let mistakes = mistakes.into_iter().map(|(_, text)| text);
        (settings, mistakes.collect())
    }

    #[test]
    fn every_key_is_read() {
        let (settings, mistakes) = read(
            "[gateway]\nlisten = [\"127.0.0.1:2121\", \"[::1]:2121\"]\n\
             listen-implicit = \"127.0.0.1:2990\"\ncertificate = \"c.pem\"\nkey = \"k.pem\"\n\
             require-tls = true\nrequire-reuse = true\nallow-missing-close-notify = true\n\
             passive-ports = \"50000-50100\"\nclients = 9\nline-length = 4096\n\
             commands-per-second = 50\nlogin-timeout = \"10s\"\nidle-timeout = \"5m\"\n\
             data-timeout = 7\ngrace = \"1m\"\n\
             hosts = [\"files.example\", \"*.example:990\"]\n\
             [gateway.route.vendor]\nsite = \"v\"\npassword-file = \"gate\"\nread-only = true\n\
             atomic = true\nsessions = 2\nqueue = \"5s\"\nspool = \"/var/s\"\n\
             spool-limit = \"10GiB\"\n\
             [gateway.route.b]\npassword = \"any\"\n\
             [gateway.route.c]\npass-through = true\n",
        );
        assert_eq!(mistakes, [""; 0]);
        assert_eq!(settings.listen.len(), 2);
        assert_eq!(settings.grace, Some(Duration::from_secs(60)));
        assert_eq!(settings.data_timeout, Some(Duration::from_secs(7)));
        assert_eq!(settings.key, Some("/etc/t/k.pem".into()));
        assert!(settings.require_tls && settings.require_reuse);
        assert!(settings.allow_missing_close_notify);
        assert_eq!(settings.hosts.len(), 2);
        let vendor = &settings.routes["vendor"];
        let file = SecretSource::File("/etc/t/gate".into());
        assert_eq!(vendor.access, Some(RouteAccess::Password(file)));
        assert!(vendor.read_only && vendor.atomic);
        assert_eq!(vendor.queue, Some(Duration::from_secs(5)));
        assert_eq!(vendor.spool, Some("/var/s".into()));
        assert_eq!(vendor.spool_limit, Some(10 << 30));
        assert_eq!(settings.routes["b"].access, Some(RouteAccess::Any));
        assert_eq!(settings.routes["c"].access, Some(RouteAccess::PassThrough));
    }

    #[test]
    fn mistakes_are_named() {
        for (text, mistake) in [
            ("lisen = \"127.0.0.1:1\"", "did you mean \"listen\"?"),
            ("listen = \"localhost\"", "is not ADDRESS:PORT"),
            ("clients = 0", "clients is out of range"),
            ("grace = \"soon\"", "grace: write a time"),
            (
                "[gateway.route.a]\npassword = \"any\"\nspool-limit = \"much\"",
                "spool-limit: write",
            ),
            ("hosts = \"*\"", "write HOST, HOST:PORT or *.DOMAIN:PORT"),
            ("[gateway.route.a]", "who may use it?"),
            (
                "[gateway.route.a]\npassword = \"any\"\nspool-limit = \"1GiB\"",
                "spool-limit needs a spool",
            ),
            (
                "[gateway.route.a]\npassword = \"x\"",
                "do not put a password",
            ),
            (
                "[gateway.route.a]\npassword = \"any\"\npass-through = true",
                "exclude each other",
            ),
            (
                "[gateway.route.a]\npass-through = 1",
                "must be true or false",
            ),
        ] {
            let (_, mistakes) = read(&format!("[gateway]\n{text}\n"));
            assert!(mistakes[0].contains(mistake), "{mistakes:?}");
        }
    }
}
