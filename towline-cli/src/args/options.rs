//! The options that are also keys of the configuration file. Each is defined here and nowhere else:
//! the file's keys, their types and their messages follow from these definitions.

use std::ffi::OsString;
use std::net::IpAddr;
use std::num::NonZeroU64;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use clap::{ArgAction, Parser, ValueEnum, value_parser};
use towline::{Charset, Pin, TlsVersion};

use super::value::{self, ProxyUrl};

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
    #[arg(long, value_name = "1.2|1.3", default_value = "1.2", value_parser = value::tls_version)]
    pub(crate) tls_min: TlsVersion,
    /// The newest TLS version to offer
    #[arg(long, value_name = "1.2|1.3", default_value = "1.3", value_parser = value::tls_version)]
    pub(crate) tls_max: TlsVersion,
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
    /// Try again so many times what failed for a reason that may pass; never a refused password
    #[arg(
        long,
        value_name = "N",
        default_value = "2",
        value_parser = value_parser!(u32).range(..=1000)
    )]
    pub(crate) retries: u32,
    /// Send one command at a time, even to servers that are known to bear more
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", hide_possible_values = true)]
    pub(crate) sequential: Option<bool>,
    /// Connect through http://[USER@]HOST:PORT or socks5://[USER@]HOST:PORT
    #[arg(long, value_name = "URL", value_parser = value::proxy)]
    pub(crate) proxy: Option<ProxyUrl>,
    /// Have the server open data connections to us
    #[arg(long, group = "data-mode", value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", hide_possible_values = true)]
    pub(crate) active: Option<bool>,
    /// Open data connections ourselves, which is the default
    #[arg(long, group = "data-mode", value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", hide_possible_values = true)]
    pub(crate) passive: Option<bool>,
    /// The address that the server is told in active mode, if it is not our own
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) active_address: Option<IpAddr>,
    /// The ports to listen on in active mode, as 50000-50100
    #[arg(long, value_name = "FIRST-LAST", value_parser = value::ports)]
    pub(crate) active_ports: Option<RangeInclusive<u16>>,
    /// The character set of names on a server that does not know UTF-8
    #[arg(long, value_name = "NAME", value_parser = value::charset)]
    pub(crate) charset: Option<Charset>,
    #[command(flatten)]
    pub(crate) trust: TrustArgs,
    #[command(flatten)]
    pub(crate) login: LoginArgs,
}

/// Which server is the right one.
#[derive(clap::Args)]
#[command(next_help_heading = "Trust")]
pub(crate) struct TrustArgs {
    /// Trust the certificates in this file instead of the system's
    #[arg(long, value_name = "PEM", group = "trust")]
    pub(crate) ca_file: Option<PathBuf>,
    /// Trust the server with this public key, sha256//BASE64, and no other; may be repeated
    #[arg(long, value_name = "PIN", group = "trust", action = ArgAction::Append)]
    pub(crate) pin: Vec<Pin>,
    /// Trust what a server shows when it is met for the first time, and nothing else later
    #[arg(long, group = "trust", value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", hide_possible_values = true)]
    pub(crate) trust_on_first_use: Option<bool>,
    /// Where servers that were met are remembered [default: known_servers beside config.toml]
    #[arg(long, value_name = "FILE")]
    pub(crate) known_servers: Option<PathBuf>,
}

/// Who we are.
#[derive(clap::Args)]
#[command(next_help_heading = "Login")]
pub(crate) struct LoginArgs {
    /// The password is the first line of this file
    #[arg(long, value_name = "FILE", group = "password")]
    pub(crate) password_file: Option<PathBuf>,
    /// The password is the first line that this shell command prints
    #[arg(long, value_name = "COMMAND", group = "password")]
    pub(crate) password_command: Option<OsString>,
    /// The password is in the system's keyring, for service towline and user USER@HOST
    #[cfg(feature = "keyring")]
    #[arg(long, group = "password", value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", hide_possible_values = true)]
    pub(crate) password_keyring: Option<bool>,
    /// The account, where a server asks for one, is the first line of this file
    #[arg(long, value_name = "FILE", group = "account")]
    pub(crate) account_file: Option<PathBuf>,
    /// The proxy's password is the first line of this file
    #[arg(long, value_name = "FILE", group = "proxy-password")]
    pub(crate) proxy_password_file: Option<PathBuf>,
    /// Our own certificate, PEM or PKCS#12
    #[arg(long, value_name = "FILE")]
    pub(crate) client_cert: Option<PathBuf>,
    /// The certificate's key, PEM, if it is not in the same file
    #[arg(long, value_name = "FILE")]
    pub(crate) client_key: Option<PathBuf>,
    /// The key's passphrase is the first line of this file
    #[arg(long, value_name = "FILE", group = "client-key-password")]
    pub(crate) client_key_password_file: Option<PathBuf>,
    /// Send this line after each login; may be repeated
    #[arg(long, value_name = "LINE", action = ArgAction::Append)]
    pub(crate) login_command: Vec<String>,
    /// DANGER: end TLS on the control connection after the login (CCC), so that everybody on the
    /// way can read and change every command
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", hide_possible_values = true)]
    pub(crate) danger_clear_control: Option<bool>,
}

/// How files are moved.
#[derive(clap::Args)]
#[command(next_help_heading = "Transfer")]
pub(crate) struct TransferArgs {
    /// Write straight to the final name instead of a temporary one
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", hide_possible_values = true)]
    pub(crate) no_temp: Option<bool>,
    /// Go on where an earlier transfer of the same file stopped, and keep what a failure leaves
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", hide_possible_values = true)]
    pub(crate) resume: Option<bool>,
    /// Compare digests of both ends before the file gets its name; fail where the server has none
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", hide_possible_values = true)]
    pub(crate) verify: Option<bool>,
    /// Do not give the copy the modification time of the original
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", hide_possible_values = true)]
    pub(crate) no_preserve_time: Option<bool>,
    /// Move several files over up to so many connections; fewer where the server allows no more
    #[arg(
        long,
        value_name = "N",
        default_value = "2",
        value_parser = value_parser!(u32).range(1..=64)
    )]
    pub(crate) connections: u32,
    /// Move at most so many bytes a second, all files together, as 500k or 2M
    #[arg(long, value_name = "RATE", value_parser = value::rate)]
    pub(crate) limit_rate: Option<NonZeroU64>,
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
    /// Clear text where the server knows no TLS; anybody on the way can make it look like that
    IfAvailable,
    /// Clear text: anybody on the way can read the password and change every file
    Off,
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
