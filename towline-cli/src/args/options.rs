//! The options that are also keys of the configuration file. The keys, their types and their error
//! messages are derived from these definitions.

use std::ffi::OsString;
use std::net::IpAddr;
use std::num::NonZeroU64;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Parser, ValueEnum, value_parser};
use towline::{Charset, Pin, TlsVersion};

use super::value::{self, ProxyChoice};
use crate::words::Language;

/// Every option: the result of merging all layers of settings.
#[derive(Parser)]
#[command(no_binary_name = true, disable_help_flag = true)]
pub(crate) struct AllArgs {
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
    #[command(flatten)]
    pub(crate) transfer: TransferArgs,
    #[command(flatten)]
    pub(crate) words: LanguageArgs,
    #[command(flatten)]
    pub(crate) site: SiteArgs,
}

/// How to connect.
#[derive(clap::Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct ConnectionArgs {
    /// How TLS starts; overrides the scheme of the URL
    #[arg(long, value_name = "HOW")]
    pub(crate) tls: Option<TlsMode>,
    /// Lowest TLS version to accept
    #[arg(long, value_name = "1.2|1.3", default_value = "1.2", value_parser = value::tls_version)]
    pub(crate) tls_min: TlsVersion,
    /// Highest TLS version to offer
    #[arg(long, value_name = "1.2|1.3", default_value = "1.3", value_parser = value::tls_version)]
    pub(crate) tls_max: TlsVersion,
    /// What to do if a data connection does not resume the control connection's TLS session
    #[arg(long, value_name = "POLICY", default_value = "auto")]
    pub(crate) session_reuse: SessionReuse,
    /// Give up after this time without progress, such as 30s or 5m
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = value::timeout)]
    pub(crate) timeout: Duration,
    /// Retry transient failures up to N times; a refused password is never retried
    #[arg(
        long,
        value_name = "N",
        default_value = "2",
        value_parser = |text: &str| value::whole::<u32>(text, 0, 1000)
    )]
    pub(crate) retries: u32,
    /// Disable pipelining: send one command at a time
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", hide_possible_values = true)]
    pub(crate) sequential: Option<bool>,
    /// Connect through this proxy: http://[USER@]HOST:PORT, socks5://[USER@]HOST:PORT, or env for
    /// the one in ALL_PROXY, unless NO_PROXY names the server
    #[arg(long, value_name = "URL|env", value_parser = value::proxy)]
    pub(crate) proxy: Option<ProxyChoice>,
    /// Use active mode: the server opens data connections to the client
    #[arg(long, group = "data-mode", value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", hide_possible_values = true)]
    pub(crate) active: Option<bool>,
    /// Use passive mode: the client opens data connections [default]
    #[arg(long, group = "data-mode", value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", hide_possible_values = true)]
    pub(crate) passive: Option<bool>,
    /// Address to announce in active mode, such as that of a NAT router
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) active_address: Option<IpAddr>,
    /// Ports to listen on in active mode, such as 50000-50100
    #[arg(long, value_name = "FIRST-LAST", value_parser = value::ports)]
    pub(crate) active_ports: Option<RangeInclusive<u16>>,
    /// Character set of file names on a server without UTF-8
    #[arg(long, value_name = "NAME", value_parser = value::charset)]
    pub(crate) charset: Option<Charset>,
    #[command(flatten)]
    pub(crate) trust: TrustArgs,
    #[command(flatten)]
    pub(crate) login: LoginArgs,
}

/// Which server to trust.
#[derive(clap::Args)]
#[command(next_help_heading = "Trust")]
pub(crate) struct TrustArgs {
    /// Trust the CA and server certificates in this file instead of the system's
    #[arg(long, value_name = "PEM", group = "trust")]
    pub(crate) ca_file: Option<PathBuf>,
    /// Trust only servers with this public key, given as sha256//BASE64; may be repeated
    #[arg(long, value_name = "PIN", group = "trust", action = ArgAction::Append)]
    pub(crate) pin: Vec<Pin>,
    /// Trust the certificate of an unknown server, and refuse any other one from then on
    #[arg(long, group = "trust", value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", hide_possible_values = true)]
    pub(crate) trust_on_first_use: Option<bool>,
    /// File of known servers [default: known_servers next to config.toml]
    #[arg(long, value_name = "FILE")]
    pub(crate) known_servers: Option<PathBuf>,
}

/// How to reach a server without a login: some of the options of [`ConnectionArgs`].
#[derive(clap::Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct ReachArgs {
    /// How TLS starts; overrides the scheme of the URL
    #[arg(long, value_name = "HOW")]
    tls: Option<TlsMode>,
    /// Give up after this time without progress, such as 30s or 5m
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = value::timeout)]
    timeout: Duration,
    /// Connect through this proxy: http://HOST:PORT, socks5://HOST:PORT, or env for the one in
    /// ALL_PROXY, unless NO_PROXY names the server
    #[arg(long, value_name = "URL|env", value_parser = value::proxy)]
    proxy: Option<ProxyChoice>,
    /// Trust the CA and server certificates in this file instead of the system's
    #[arg(long, value_name = "PEM")]
    ca_file: Option<PathBuf>,
}

/// Who logs in.
#[derive(clap::Args)]
#[command(next_help_heading = "Login")]
pub(crate) struct LoginArgs {
    /// Read the password from the first line of this file
    #[arg(long, value_name = "FILE", group = "password")]
    pub(crate) password_file: Option<PathBuf>,
    /// Read the password from the first line of this shell command's output
    #[arg(long, value_name = "COMMAND", group = "password")]
    pub(crate) password_command: Option<OsString>,
    /// Read the password from the system's keyring: service towline, user USER@HOST
    #[cfg(feature = "keyring")]
    #[arg(long, group = "password", value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", hide_possible_values = true)]
    pub(crate) password_keyring: Option<bool>,
    /// Read the account (ACCT), which some servers require, from the first line of this file
    #[arg(long, value_name = "FILE", group = "account")]
    pub(crate) account_file: Option<PathBuf>,
    /// Read the proxy password from the first line of this file
    #[arg(long, value_name = "FILE", group = "proxy-password")]
    pub(crate) proxy_password_file: Option<PathBuf>,
    /// Client certificate, PEM or PKCS#12
    #[arg(long, value_name = "FILE")]
    pub(crate) client_cert: Option<PathBuf>,
    /// Private key of the client certificate, PEM, if it is in another file
    #[arg(long, value_name = "FILE")]
    pub(crate) client_key: Option<PathBuf>,
    /// Read the passphrase of the private key from the first line of this file
    #[arg(long, value_name = "FILE", group = "client-key-password")]
    pub(crate) client_key_password_file: Option<PathBuf>,
    /// Send this FTP command after each login; may be repeated
    #[arg(long, value_name = "LINE", action = ArgAction::Append)]
    pub(crate) login_command: Vec<String>,
    /// DANGER: end TLS on the control connection after the login (CCC); on-path attackers can then
    /// read and change every command
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", hide_possible_values = true)]
    pub(crate) danger_clear_control: Option<bool>,
}

/// How to transfer files.
#[derive(clap::Args)]
#[command(next_help_heading = "Transfer")]
pub(crate) struct TransferArgs {
    /// Write to the final name instead of a temporary one
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", hide_possible_values = true)]
    pub(crate) no_temp: Option<bool>,
    /// Resume an interrupted transfer of the same file, and keep partial files on failure
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", hide_possible_values = true)]
    pub(crate) resume: Option<bool>,
    #[command(flatten)]
    pub(crate) proof: ProofArgs,
    /// Do not preserve modification times
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", hide_possible_values = true)]
    pub(crate) no_preserve_time: Option<bool>,
    /// Transfer several files at a time over up to N connections, if the server allows them
    #[arg(
        long,
        value_name = "N",
        default_value = "2",
        value_parser = |text: &str| value::whole::<u32>(text, 1, 64)
    )]
    pub(crate) connections: u32,
    /// Limit the total transfer rate to this many bytes per second, such as 500k, 2MiB or 10M/s
    #[arg(long, value_name = "RATE", value_parser = value::rate)]
    pub(crate) limit_rate: Option<NonZeroU64>,
    #[command(flatten)]
    pub(crate) clobber: ClobberArgs,
}

/// What the contents of a file must be like.
#[derive(clap::Args)]
#[command(next_help_heading = "Transfer")]
pub(crate) struct ProofArgs {
    /// Compare checksums before a transfer counts as complete; fail if the server supports none
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", hide_possible_values = true)]
    pub(crate) verify: Option<bool>,
    /// Fail unless the server's size or a checksum proves that a file is complete
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", hide_possible_values = true)]
    pub(crate) require_verified: Option<bool>,
    /// Do not transfer files of more than this many bytes, such as 500k or 2G
    #[arg(long, value_name = "BYTES", value_parser = value::size)]
    pub(crate) max_filesize: Option<NonZeroU64>,
}

#[derive(clap::Args)]
#[command(next_help_heading = "Transfer")]
pub(crate) struct ClobberArgs {
    /// Skip a target that exists instead of replacing it
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", hide_possible_values = true)]
    pub(crate) no_clobber: Option<bool>,
}

/// Which language to speak.
#[derive(clap::Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct LanguageArgs {
    /// Language of status lines, hints and explanations: en, zh or ja [default: that of LC_ALL,
    /// LC_MESSAGES or LANG]
    #[arg(
        long,
        global = true,
        value_name = "LANGUAGE",
        hide_possible_values = true
    )]
    pub(crate) lang: Option<Language>,
}

/// How far to go into a tree.
#[derive(clap::Args)]
#[command(next_help_heading = "Trees")]
pub(crate) struct TreeArgs {
    /// Stop after this many entries in one tree
    #[arg(long, value_name = "N", default_value = "1000000",
        allow_negative_numbers = true, value_parser = value::count)]
    pub(crate) max_entries: u64,
}

/// Which links to follow in a tree.
#[derive(clap::Args)]
#[command(next_help_heading = "Trees")]
pub(crate) struct LinkArgs {
    /// Follow links in directories, too; a link back to one of its parent directories is an error
    #[arg(long)]
    pub(crate) follow_links: bool,
}

/// What only a site has. On the command line, the URL says it.
#[derive(clap::Args)]
pub(crate) struct SiteArgs {
    /// Name or address of the server
    #[arg(long, value_name = "HOST")]
    pub(crate) host: Option<String>,
    /// Port of the control connection
    #[arg(long, value_name = "PORT", value_parser = value_parser!(u16).range(1..))]
    pub(crate) port: Option<u16>,
    /// User who logs in
    #[arg(long, value_name = "USER")]
    pub(crate) user: Option<String>,
    /// Directory that SITE:PATH is relative to
    #[arg(long, value_name = "PATH")]
    pub(crate) path: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum TlsMode {
    /// AUTH TLS on port 21, as with ftpes://
    Explicit,
    /// TLS from the first byte, on port 990, as with ftps://
    Implicit,
    /// Explicit TLS, or clear text if the server does not support TLS; an on-path attacker can
    /// force clear text
    IfAvailable,
    /// Clear text: an on-path attacker can read and change everything
    Off,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum SessionReuse {
    /// Use such a connection unless the server requires reuse; before an upload, make sure that it
    /// does not
    Auto,
    /// Never use such a connection
    Require,
    /// Never offer a session (for diagnosis)
    Off,
}
