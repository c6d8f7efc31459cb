//! The command line's options merged into what the rest of the program uses.

use std::time::Duration;

use towline::{SessionReuse, TlsMode, TlsVersion, Trust};

use crate::args::{self, ClobberArgs, ConnectionArgs, OutputArgs, TransferArgs};
use crate::credentials::PasswordOption;
use crate::error::Error;
use crate::printer::Verbosity;

/// How to reach servers.
#[derive(Clone, Debug)]
pub(crate) struct ConnectionSettings {
    /// `None`: as the URL says.
    pub(crate) tls_mode: Option<TlsMode>,
    pub(crate) tls_min: TlsVersion,
    pub(crate) tls_max: TlsVersion,
    pub(crate) trust: Trust,
    pub(crate) session_reuse: SessionReuse,
    /// The longest wait without progress.
    pub(crate) timeout: Duration,
    pub(crate) password: Option<PasswordOption>,
}

/// How to move files.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TransferSettings {
    pub(crate) use_temporary_name: bool,
    pub(crate) overwrite: bool,
}

impl ConnectionSettings {
    /// # Errors
    /// [`Error::Usage`] where options contradict each other.
    pub(crate) fn merge(args: &ConnectionArgs) -> Result<Self, Error> {
        if args.tls_min > args.tls_max {
            return Err(Error::usage(
                "--tls-min 1.3 and --tls-max 1.2 leave no version of TLS to use",
            ));
        }
        let file = args.password_file.clone().map(PasswordOption::File);
        let command = args.password_command.clone().map(PasswordOption::Command);
        Ok(Self {
            tls_mode: args.tls.map(|mode| match mode {
                args::TlsMode::Explicit => TlsMode::Explicit,
                args::TlsMode::Implicit => TlsMode::Implicit,
            }),
            tls_min: version(args.tls_min),
            tls_max: version(args.tls_max),
            trust: args.ca_file.clone().map_or(Trust::Platform, Trust::CaFile),
            session_reuse: match args.session_reuse {
                args::SessionReuse::Auto => SessionReuse::Auto,
                args::SessionReuse::Require => SessionReuse::Require,
                args::SessionReuse::Off => SessionReuse::Off,
            },
            timeout: Duration::from_secs(args.timeout.into()),
            password: file.or(command),
        })
    }
}

impl From<&TransferArgs> for TransferSettings {
    fn from(args: &TransferArgs) -> Self {
        Self {
            use_temporary_name: !args.no_temp,
            overwrite: overwrite(&args.clobber),
        }
    }
}

/// Whether an existing target may be replaced.
pub(crate) fn overwrite(args: &ClobberArgs) -> bool {
    !args.no_clobber
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

fn version(version: args::TlsVersion) -> TlsVersion {
    match version {
        args::TlsVersion::Tls12 => TlsVersion::Tls12,
        args::TlsVersion::Tls13 => TlsVersion::Tls13,
    }
}
