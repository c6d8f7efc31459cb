//! The effective settings, in the library's terms.

use std::net::IpAddr;
use std::num::{NonZeroU32, NonZeroU64};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use towline::{
    Active, Cancel, Charset, DataMode, DownloadOptions, KnownServers, Pipelining, Retry,
    SessionReuse, TlsMode, TlsVersion, Trust, UploadOptions,
};

use crate::args::options::{self, ConnectionArgs, LoginArgs, SiteArgs, TransferArgs, TrustArgs};
use crate::args::value::ProxyChoice;
use crate::error::Error;
use crate::settings::merged::Merged;
use crate::settings::paths;
use crate::settings::secret_source::SecretSource;

/// The settings for one server.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) connection: ConnectionSettings,
    pub(crate) transfer: TransferSettings,
    /// Empty for a URL.
    pub(crate) site: SiteSettings,
}

/// How to connect to a server.
#[derive(Clone, Debug)]
pub(crate) struct ConnectionSettings {
    /// `None`: as the scheme of the URL says; explicit for a site.
    pub(crate) tls_mode: Option<TlsMode>,
    pub(crate) tls_min: TlsVersion,
    pub(crate) tls_max: TlsVersion,
    pub(crate) trust: Trust,
    pub(crate) known_servers: Option<KnownServers>,
    pub(crate) session_reuse: SessionReuse,
    /// The longest time without progress.
    pub(crate) timeout: Duration,
    pub(crate) retry: Retry,
    /// The most control connections at a time.
    pub(crate) connections: NonZeroU32,
    pub(crate) pipelining: Pipelining,
    /// Bytes per second.
    pub(crate) limit_rate: Option<NonZeroU64>,
    pub(crate) data_mode: DataMode,
    pub(crate) proxy: Option<ProxyChoice>,
    pub(crate) charset: Option<Charset>,
    pub(crate) login: LoginSettings,
}

/// How to log in.
#[derive(Clone, Debug)]
pub(crate) struct LoginSettings {
    pub(crate) password: Option<SecretSource>,
    pub(crate) account: Option<SecretSource>,
    pub(crate) proxy_password: Option<SecretSource>,
    pub(crate) client_certificate: Option<CertificateFiles>,
    pub(crate) commands: Vec<String>,
    pub(crate) clear_control: bool,
}

/// The files of the client certificate.
#[derive(Clone, Debug)]
pub(crate) struct CertificateFiles {
    pub(crate) certificate: PathBuf,
    /// `None`: the key is in the same file.
    pub(crate) key: Option<PathBuf>,
    pub(crate) passphrase: Option<SecretSource>,
}

/// How to transfer files.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TransferSettings {
    pub(crate) use_temporary_name: bool,
    /// Whether to replace an existing target.
    pub(crate) overwrite: bool,
    pub(crate) resume: bool,
    pub(crate) verify: bool,
    pub(crate) require_verified: bool,
    /// In bytes.
    pub(crate) max_filesize: Option<NonZeroU64>,
    pub(crate) preserve_time: bool,
}

/// What a URL says for itself, and a site in the configuration file.
#[derive(Clone, Debug)]
pub(crate) struct SiteSettings {
    pub(crate) host: Option<String>,
    pub(crate) port: Option<u16>,
    pub(crate) user: Option<String>,
    pub(crate) path: Option<String>,
}

impl TransferSettings {
    /// The options of a download.
    pub(crate) fn download(&self, cancel: &Cancel) -> DownloadOptions {
        let options = DownloadOptions::default()
            .use_temporary_name(self.use_temporary_name)
            .overwrite(self.overwrite)
            .resume(self.resume)
            .verify(self.verify)
            .require_verified(self.require_verified)
            .preserve_time(self.preserve_time)
            .keep_part(true)
            .cancel(cancel);
        match self.max_filesize {
            Some(bytes) => options.max_size(bytes.get()),
            None => options,
        }
    }

    /// The options of a download to a stream.
    pub(crate) fn stream(&self, cancel: &Cancel) -> DownloadOptions {
        let options = DownloadOptions::default()
            .verify(self.verify)
            .require_verified(self.require_verified)
            .cancel(cancel);
        match self.max_filesize {
            Some(bytes) => options.max_size(bytes.get()),
            None => options,
        }
    }

    /// The options of an upload.
    pub(crate) fn upload(&self, cancel: &Cancel) -> UploadOptions {
        let options = UploadOptions::default()
            .use_temporary_name(self.use_temporary_name)
            .overwrite(self.overwrite)
            .resume(self.resume)
            .verify(self.verify)
            .require_verified(self.require_verified)
            .preserve_time(self.preserve_time)
            .keep_part(true)
            .cancel(cancel);
        match self.max_filesize {
            Some(bytes) => options.max_size(bytes.get()),
            None => options,
        }
    }
}

impl Settings {
    /// # Errors
    /// [`Error::Usage`] if settings contradict each other.
    pub(crate) fn new(merged: &Merged) -> Result<Self, Error> {
        let args = merged.args()?;
        let SiteArgs {
            host,
            port,
            user,
            path,
        } = args.site;
        Ok(Self {
            connection: ConnectionSettings::new(args.connection, &args.transfer, merged)?,
            transfer: TransferSettings {
                use_temporary_name: !is_on(args.transfer.no_temp),
                overwrite: !is_on(args.transfer.clobber.no_clobber),
                resume: is_on(args.transfer.resume),
                verify: is_on(args.transfer.proof.verify),
                require_verified: is_on(args.transfer.proof.require_verified),
                max_filesize: args.transfer.proof.max_filesize,
                preserve_time: !is_on(args.transfer.no_preserve_time),
            },
            site: SiteSettings {
                host,
                port,
                user,
                path,
            },
        })
    }
}

impl ConnectionSettings {
    fn new(args: ConnectionArgs, transfer: &TransferArgs, merged: &Merged) -> Result<Self, Error> {
        if args.tls_min > args.tls_max {
            return Err(Error::usage(format!(
                "{} and {} exclude every TLS version",
                merged.quote("tls-min"),
                merged.quote("tls-max")
            )));
        }
        let known_servers = args
            .trust
            .known_servers
            .clone()
            .or_else(paths::known_servers);
        let known_servers = known_servers.map(KnownServers::at);
        Ok(Self {
            tls_mode: args.tls.map(|mode| match mode {
                options::TlsMode::Explicit => TlsMode::Explicit,
                options::TlsMode::Implicit => TlsMode::Implicit,
                options::TlsMode::IfAvailable => TlsMode::IfAvailable,
                options::TlsMode::Off => TlsMode::Off,
            }),
            tls_min: args.tls_min,
            tls_max: args.tls_max,
            trust: trust(args.trust, known_servers.as_ref())?,
            known_servers,
            session_reuse: match args.session_reuse {
                options::SessionReuse::Auto => SessionReuse::Auto,
                options::SessionReuse::Require => SessionReuse::Require,
                options::SessionReuse::Off => SessionReuse::Off,
            },
            timeout: args.timeout,
            retry: Retry {
                attempts: args.retries.saturating_add(1),
                ..Retry::default()
            },
            connections: NonZeroU32::new(transfer.connections).unwrap_or(NonZeroU32::MIN),
            pipelining: match is_on(args.sequential) {
                true => Pipelining::Off,
                false => Pipelining::Auto,
            },
            limit_rate: transfer.limit_rate,
            data_mode: data_mode(args.active, args.active_address, args.active_ports, merged)?,
            proxy: args.proxy,
            charset: args.charset,
            login: LoginSettings::new(args.login, merged)?,
        })
    }
}

impl LoginSettings {
    fn new(args: LoginArgs, merged: &Merged) -> Result<Self, Error> {
        let kept = |file: Option<PathBuf>, group| {
            let variable = merged.variable(group).cloned().map(SecretSource::Variable);
            file.map(SecretSource::File).or(variable)
        };
        let command = args.password_command.map(SecretSource::Command);
        #[cfg(feature = "keyring")]
        let command =
            command.or_else(|| is_on(args.password_keyring).then_some(SecretSource::Keyring));
        let passphrase = kept(args.client_key_password_file, "client-key-password");
        if args.client_cert.is_none() && args.client_key.is_some() {
            let key = merged.quote("client-key");
            let text = format!("{key} has no effect without a client certificate");
            return Err(Error::usage(text));
        }
        Ok(Self {
            password: command.or_else(|| kept(args.password_file, "password")),
            account: kept(args.account_file, "account"),
            proxy_password: kept(args.proxy_password_file, "proxy-password"),
            client_certificate: args.client_cert.map(|certificate| CertificateFiles {
                certificate,
                key: args.client_key,
                passphrase,
            }),
            commands: args.login_command,
            clear_control: is_on(args.danger_clear_control),
        })
    }
}

fn trust(args: TrustArgs, known_servers: Option<&KnownServers>) -> Result<Trust, Error> {
    if let Some(file) = args.ca_file {
        return Ok(Trust::CaFile(file));
    }
    if !args.pin.is_empty() {
        return Ok(Trust::Pins(args.pin));
    }
    if !is_on(args.trust_on_first_use) {
        return Ok(Trust::Platform);
    }
    match known_servers {
        Some(file) => Ok(Trust::FirstUse(file.clone())),
        None => Err(Error::usage(
            "there is no home directory for the known servers; use --known-servers",
        )),
    }
}

fn data_mode(
    active: Option<bool>,
    address: Option<IpAddr>,
    ports: Option<RangeInclusive<u16>>,
    merged: &Merged,
) -> Result<DataMode, Error> {
    if !is_on(active) {
        let idle = ["active-address", "active-ports"];
        // If a mode was chosen explicitly, the setting is merely not needed this time.
        let chosen = ["active", "passive"]
            .iter()
            .any(|mode| merged.value(mode).is_some());
        let given = |option: &&str| merged.value(option).is_some();
        let option = idle.into_iter().find(given).filter(|_| !chosen);
        return match option {
            Some(option) => Err(Error::usage(format!(
                "{} has no effect without active mode",
                merged.quote(option)
            ))),
            None => Ok(DataMode::Passive),
        };
    }
    let mut active = Active::default();
    if let Some(address) = address {
        active = active.address(address);
    }
    if let Some(ports) = ports {
        active = active.ports(ports);
    }
    Ok(DataMode::Active(active))
}

/// A switch that is not set is off.
fn is_on(switch: Option<bool>) -> bool {
    switch.unwrap_or_default()
}
