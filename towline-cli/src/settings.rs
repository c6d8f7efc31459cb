//! What the layers of settings come to, in the library's terms.

use std::time::Duration;

use towline::{SessionReuse, TlsMode, TlsVersion, Trust};

use crate::args::{self, OutputArgs, SiteArgs};
use crate::error::Error;
use crate::layer::Merged;
use crate::printer::Verbosity;
use crate::secret::SecretSource;

/// How to work with one server.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) connection: ConnectionSettings,
    pub(crate) transfer: TransferSettings,
    /// Empty for a URL.
    pub(crate) site: SiteSettings,
}

/// How to reach a server.
#[derive(Clone, Debug)]
pub(crate) struct ConnectionSettings {
    /// `None`: as the URL says, and explicit for a site.
    pub(crate) tls_mode: Option<TlsMode>,
    pub(crate) tls_min: TlsVersion,
    pub(crate) tls_max: TlsVersion,
    pub(crate) trust: Trust,
    pub(crate) session_reuse: SessionReuse,
    /// The longest wait without progress.
    pub(crate) timeout: Duration,
    pub(crate) password: Option<SecretSource>,
}

/// How to move files.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TransferSettings {
    pub(crate) use_temporary_name: bool,
    /// Whether an existing target may be replaced.
    pub(crate) overwrite: bool,
}

/// What a URL would say.
#[derive(Clone, Debug)]
pub(crate) struct SiteSettings {
    pub(crate) host: Option<String>,
    pub(crate) port: Option<u16>,
    pub(crate) user: Option<String>,
    pub(crate) path: Option<String>,
}

impl Settings {
    /// # Errors
    /// [`Error::Usage`] where settings contradict each other.
    pub(crate) fn new(merged: &Merged) -> Result<Self, Error> {
        let args = merged.args()?;
        let SiteArgs {
            host,
            port,
            user,
            path,
        } = args.site;
        Ok(Self {
            connection: ConnectionSettings::new(args.connection, merged)?,
            transfer: TransferSettings {
                use_temporary_name: !is_on(args.transfer.no_temp),
                overwrite: !is_on(args.transfer.clobber.no_clobber),
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
    fn new(args: args::ConnectionArgs, merged: &Merged) -> Result<Self, Error> {
        if args.tls_min > args.tls_max {
            return Err(Error::usage(format!(
                "{} and {} leave no version of TLS to use",
                merged.quote("tls-min"),
                merged.quote("tls-max")
            )));
        }
        let file = args.password_file.map(SecretSource::File);
        let command = args.password_command.map(SecretSource::Command);
        let variable = merged.variable("password").map(SecretSource::Variable);
        Ok(Self {
            tls_mode: args.tls.map(|mode| match mode {
                args::TlsMode::Explicit => TlsMode::Explicit,
                args::TlsMode::Implicit => TlsMode::Implicit,
            }),
            tls_min: version(args.tls_min),
            tls_max: version(args.tls_max),
            trust: args.ca_file.map_or(Trust::Platform, Trust::CaFile),
            session_reuse: match args.session_reuse {
                args::SessionReuse::Auto => SessionReuse::Auto,
                args::SessionReuse::Require => SessionReuse::Require,
                args::SessionReuse::Off => SessionReuse::Off,
            },
            timeout: Duration::from_secs(args.timeout.into()),
            password: file.or(command).or(variable),
        })
    }
}

impl From<&OutputArgs> for Verbosity {
    fn from(args: &OutputArgs) -> Self {
        match args.verbose {
            _ if args.quiet => Self::Quiet,
            0 => Self::Normal,
            1 => Self::Status,
            _ => Self::Dialogue,
        }
    }
}

/// A switch that nobody has touched is off.
fn is_on(switch: Option<bool>) -> bool {
    switch.unwrap_or_default()
}

fn version(version: args::TlsVersion) -> TlsVersion {
    match version {
        args::TlsVersion::Tls12 => TlsVersion::Tls12,
        args::TlsVersion::Tls13 => TlsVersion::Tls13,
    }
}
