//! The command line as it is written: clap's types, one field per flag, nothing interpreted.
//!
//! Operands stay as the bytes that were given. [`crate::remote`] reads them, so that no message
//! of clap ever quotes a URL.

mod help;
mod redact;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{ArgAction, Parser, Subcommand, ValueEnum, value_parser};

pub(crate) use redact::parse;

/// Move files over FTPS, every data connection on the TLS session of its control connection.
#[derive(Parser)]
#[command(
    name = "towline",
    version,
    max_term_width = 100,
    arg_required_else_help = true,
    disable_help_subcommand = true,
    after_long_help = help::TOWLINE
)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// List a directory
    #[command(after_long_help = help::LS)]
    Ls(LsArgs),
    /// Download files
    #[command(
        after_long_help = help::GET,
        override_usage = "towline get [OPTIONS] REMOTE... [LOCAL]"
    )]
    Get(GetArgs),
    /// Upload files
    #[command(
        after_long_help = help::PUT,
        override_usage = "towline put [OPTIONS] LOCAL... REMOTE"
    )]
    Put(PutArgs),
    /// Write a file to standard output
    #[command(after_long_help = help::CAT)]
    Cat(CatArgs),
    /// Show what the server knows of a file or directory
    #[command(after_long_help = help::STAT)]
    Stat(StatArgs),
    /// Remove files, or directories with all that is in them
    #[command(after_long_help = help::RM)]
    Rm(RmArgs),
    /// Rename or move within one server
    #[command(after_long_help = help::MV)]
    Mv(MvArgs),
    /// Create a directory
    #[command(after_long_help = help::MKDIR)]
    Mkdir(MkdirArgs),
    /// Remove an empty directory
    #[command(after_long_help = help::RMDIR)]
    Rmdir(RmdirArgs),
    /// See session reuse at work on a server of this program's own
    #[command(after_long_help = help::DEMO)]
    Demo(DemoArgs),
}

/// How much to say on standard error.
#[derive(clap::Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputArgs {
    /// Say what is going on; twice: show the dialogue with the server, secrets masked
    #[arg(short, long, global = true, action = ArgAction::Count, conflicts_with = "quiet")]
    pub(crate) verbose: u8,
    /// Only errors
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// No progress bar
    #[arg(long, global = true)]
    pub(crate) no_progress: bool,
}

#[derive(clap::Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct JsonArgs {
    /// One JSON object per line on standard output
    #[arg(long)]
    pub(crate) json: bool,
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
        default_value_t = 30,
        value_parser = value_parser!(u32).range(1..=86_400)
    )]
    pub(crate) timeout: u32,
    /// The password is the first line of this file
    #[arg(long, value_name = "FILE", conflicts_with = "password_command")]
    pub(crate) password_file: Option<PathBuf>,
    /// The password is the first line that this shell command prints
    #[arg(long, value_name = "COMMAND")]
    pub(crate) password_command: Option<OsString>,
}

/// How files are moved.
#[derive(clap::Args)]
#[command(next_help_heading = "Transfer")]
pub(crate) struct TransferArgs {
    /// Write straight to the final name instead of a temporary one
    #[arg(long)]
    pub(crate) no_temp: bool,
    #[command(flatten)]
    pub(crate) clobber: ClobberArgs,
}

#[derive(clap::Args)]
#[command(next_help_heading = "Transfer")]
pub(crate) struct ClobberArgs {
    /// Fail where the target exists instead of replacing it
    #[arg(long)]
    pub(crate) no_clobber: bool,
}

#[derive(clap::Args)]
pub(crate) struct LsArgs {
    /// Permissions, size and time of each entry
    #[arg(short)]
    pub(crate) long: bool,
    /// Everything below, as paths relative to REMOTE; links are not followed
    #[arg(short = 'R')]
    pub(crate) recursive: bool,
    #[arg(value_name = "REMOTE", help = help::REMOTE)]
    pub(crate) remote: OsString,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
    #[command(flatten)]
    pub(crate) output: JsonArgs,
}

#[derive(clap::Args)]
pub(crate) struct GetArgs {
    /// Directories too, with all that is in them; links are not followed
    #[arg(short)]
    pub(crate) recursive: bool,
    /// The URLs to fetch, then where to put them; without that, the current directory
    #[arg(value_name = "OPERAND", required = true)]
    pub(crate) operands: Vec<OsString>,
    #[command(flatten)]
    pub(crate) transfer: TransferArgs,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
    #[command(flatten)]
    pub(crate) output: JsonArgs,
}

#[derive(clap::Args)]
pub(crate) struct PutArgs {
    /// Directories too, with all that is in them; links are not followed
    #[arg(short)]
    pub(crate) recursive: bool,
    /// What to send (- is standard input), then the URL to send it to
    #[arg(value_name = "OPERAND", required = true)]
    pub(crate) operands: Vec<OsString>,
    #[command(flatten)]
    pub(crate) transfer: TransferArgs,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
    #[command(flatten)]
    pub(crate) output: JsonArgs,
}

#[derive(clap::Args)]
pub(crate) struct CatArgs {
    #[arg(value_name = "REMOTE", help = help::REMOTE)]
    pub(crate) remote: OsString,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
}

#[derive(clap::Args)]
pub(crate) struct StatArgs {
    #[arg(value_name = "REMOTE", help = help::REMOTE)]
    pub(crate) remote: OsString,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
    #[command(flatten)]
    pub(crate) output: JsonArgs,
}

#[derive(clap::Args)]
pub(crate) struct RmArgs {
    /// Directories too, with all that is in them; never what a link points to
    #[arg(short)]
    pub(crate) recursive: bool,
    /// What to remove
    #[arg(value_name = "REMOTE", required = true)]
    pub(crate) remotes: Vec<OsString>,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
    #[command(flatten)]
    pub(crate) output: JsonArgs,
}

#[derive(clap::Args)]
pub(crate) struct MvArgs {
    #[arg(value_name = "REMOTE", help = help::REMOTE)]
    pub(crate) remote: OsString,
    /// The new path on the same server, written like the path of the URL
    #[arg(value_name = "PATH")]
    pub(crate) path: OsString,
    #[command(flatten)]
    pub(crate) clobber: ClobberArgs,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
    #[command(flatten)]
    pub(crate) output: JsonArgs,
}

#[derive(clap::Args)]
pub(crate) struct MkdirArgs {
    /// The directories above it too, and no complaint where it exists
    #[arg(short)]
    pub(crate) parents: bool,
    #[arg(value_name = "REMOTE", help = help::REMOTE)]
    pub(crate) remote: OsString,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
    #[command(flatten)]
    pub(crate) output: JsonArgs,
}

#[derive(clap::Args)]
pub(crate) struct RmdirArgs {
    #[arg(value_name = "REMOTE", help = help::REMOTE)]
    pub(crate) remote: OsString,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
    #[command(flatten)]
    pub(crate) output: JsonArgs,
}

#[derive(clap::Args)]
pub(crate) struct DemoArgs {
    /// Keep the server up until Ctrl-C, and print how to reach it
    #[arg(long)]
    pub(crate) serve: bool,
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

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_definition_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn every_command_has_examples() {
        for command in Args::command().get_subcommands() {
            let help = command
                .get_after_long_help()
                .map(ToString::to_string)
                .unwrap_or_default();
            let example = format!("towline {}", command.get_name());
            assert!(help.contains(&example), "{}", command.get_name());
        }
    }
}
