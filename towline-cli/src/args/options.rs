//! The options that are also keys of the configuration file. Each is defined here and nowhere else:
//! the file's keys, their types and their messages follow from these definitions.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Parser, ValueEnum, value_parser};

/// Every option at once, as the layers of a command's settings come to in the end.
#[derive(Parser)]
#[command(no_binary_name = true, disable_help_flag = true)]
pub(crate) struct AllArgs {
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
    #[command(flatten)]
    pub(crate) transfer: TransferArgs,
    #[command(flatten)]
    pub(crate) site: SiteArgs,
}

/// How to reach a server and whom to trust.
#[derive(clap::Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct ConnectionArgs {
    /// How TLS starts; overrides the URL's scheme
    #[arg(long, value_name = "HOW")]
    pub(crate) tls: Option<TlsMode>,
    /// The oldest TLS version to accept
    #[arg(long, value_name = "VERSION", default_value = "1.2")]
    pub(crate) tls_min: TlsVersion,
    /// The newest TLS version to offer
    #[arg(long, value_name = "VERSION", default_value = "1.3")]
    pub(crate) tls_max: TlsVersion,
    /// Trust the certificates in this file instead of the system's
    #[arg(long, value_name = "PEM")]
    pub(crate) ca_file: Option<PathBuf>,
    /// What to make of a data connection that does not resume the control connection's session
    #[arg(long, value_name = "POLICY", default_value = "auto")]
    pub(crate) session_reuse: SessionReuse,
    /// Give up when the server has been silent for this many seconds
    #[arg(
        long,
        value_name = "SECONDS",
        default_value = "30",
        value_parser = value_parser!(u32).range(1..=86_400)
    )]
    pub(crate) timeout: u32,
    /// The password is the first line of this file
    #[arg(long, value_name = "FILE", group = "password")]
    pub(crate) password_file: Option<PathBuf>,
    /// The password is the first line that this shell command prints
    #[arg(long, value_name = "COMMAND", group = "password")]
    pub(crate) password_command: Option<OsString>,
}

/// How files are moved.
#[derive(clap::Args)]
#[command(next_help_heading = "Transfer")]
pub(crate) struct TransferArgs {
    /// Write straight to the final name instead of a temporary one
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", hide_possible_values = true)]
    pub(crate) no_temp: Option<bool>,
    #[command(flatten)]
    pub(crate) clobber: ClobberArgs,
}

#[derive(clap::Args)]
#[command(next_help_heading = "Transfer")]
pub(crate) struct ClobberArgs {
    /// Fail where the target exists instead of replacing it
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", hide_possible_values = true)]
    pub(crate) no_clobber: Option<bool>,
}

/// What only a site has. On the command line the URL says it.
#[derive(clap::Args)]
pub(crate) struct SiteArgs {
    /// The server's name or address
    #[arg(long, value_name = "HOST")]
    pub(crate) host: Option<String>,
    /// The control connection's port
    #[arg(long, value_name = "PORT", value_parser = value_parser!(u16).range(1..))]
    pub(crate) port: Option<u16>,
    /// Who logs in
    #[arg(long, value_name = "USER")]
    pub(crate) user: Option<String>,
    /// The directory that SITE:PATH starts from
    #[arg(long, value_name = "PATH")]
    pub(crate) path: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum TlsMode {
    /// AUTH TLS on the ordinary port, as ftpes://
    Explicit,
    /// TLS from the first byte, as ftps://
    Implicit,
}

#[derive(Clone, Copy, ValueEnum, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum TlsVersion {
    #[value(name = "1.2")]
    Tls12,
    #[value(name = "1.3")]
    Tls13,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum SessionReuse {
    /// Accept it only where the server does without reuse; no upload before the server has shown that
    Auto,
    /// Never accept it
    Require,
    /// Never offer a session; for diagnosis
    Off,
}
