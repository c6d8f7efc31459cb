//! The commands, each with its operands and flags.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{ArgAction, Parser, Subcommand};
use clap_complete::Shell;
use towline::Fingerprint;

use super::help;
use super::options::{ClobberArgs, ConnectionArgs, TransferArgs};
use super::raw::RawArgs;

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
    /// Read sites and defaults from this file [default: towline/config.toml where the system keeps
    /// configuration]
    #[arg(long, global = true, value_name = "FILE", help_heading = "Output")]
    pub(crate) config: Option<PathBuf>,
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
    /// Say which certificates servers are known by
    #[command(after_long_help = help::TRUST, arg_required_else_help = true)]
    Trust(TrustCommandArgs),
    /// Explain the configuration file
    #[command(after_long_help = help::CONFIG, arg_required_else_help = true)]
    Config(ConfigArgs),
    /// Print what a shell needs to complete commands and options
    #[command(after_long_help = help::COMPLETIONS)]
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page, of a command if one is named
    #[command(after_long_help = help::MAN)]
    Man(ManArgs),
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
    /// No progress on the terminal
    #[arg(long, global = true)]
    pub(crate) no_progress: bool,
    /// Add all that -vv shows to this file, with the time in UTC; secrets are masked
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) log_file: Option<PathBuf>,
}

#[derive(clap::Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct JsonArgs {
    /// One JSON object per line on standard output
    #[arg(long)]
    pub(crate) json: bool,
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
    pub(crate) connection: RawArgs<ConnectionArgs>,
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
    pub(crate) transfer: RawArgs<TransferArgs>,
    #[command(flatten)]
    pub(crate) connection: RawArgs<ConnectionArgs>,
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
    /// Add to the end of the remote file instead of replacing it
    #[arg(
        long,
        help_heading = "Transfer",
        conflicts_with_all = ["resume", "verify", "recursive", "no_clobber"]
    )]
    pub(crate) append: bool,
    #[command(flatten)]
    pub(crate) transfer: RawArgs<TransferArgs>,
    #[command(flatten)]
    pub(crate) connection: RawArgs<ConnectionArgs>,
    #[command(flatten)]
    pub(crate) output: JsonArgs,
}

#[derive(clap::Args)]
pub(crate) struct CatArgs {
    #[arg(value_name = "REMOTE", help = help::REMOTE)]
    pub(crate) remote: OsString,
    #[command(flatten)]
    pub(crate) connection: RawArgs<ConnectionArgs>,
}

#[derive(clap::Args)]
pub(crate) struct StatArgs {
    #[arg(value_name = "REMOTE", help = help::REMOTE)]
    pub(crate) remote: OsString,
    #[command(flatten)]
    pub(crate) connection: RawArgs<ConnectionArgs>,
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
    pub(crate) connection: RawArgs<ConnectionArgs>,
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
    pub(crate) clobber: RawArgs<ClobberArgs>,
    #[command(flatten)]
    pub(crate) connection: RawArgs<ConnectionArgs>,
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
    pub(crate) connection: RawArgs<ConnectionArgs>,
    #[command(flatten)]
    pub(crate) output: JsonArgs,
}

#[derive(clap::Args)]
pub(crate) struct RmdirArgs {
    #[arg(value_name = "REMOTE", help = help::REMOTE)]
    pub(crate) remote: OsString,
    #[command(flatten)]
    pub(crate) connection: RawArgs<ConnectionArgs>,
    #[command(flatten)]
    pub(crate) output: JsonArgs,
}

#[derive(clap::Args)]
pub(crate) struct TrustCommandArgs {
    #[command(subcommand)]
    pub(crate) command: TrustCommand,
    /// The file of known servers [default: known_servers beside config.toml]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) known_servers: Option<PathBuf>,
}

#[derive(Subcommand)]
pub(crate) enum TrustCommand {
    /// Show the servers that were met
    #[command(after_long_help = help::TRUST_LIST)]
    List {
        #[command(flatten)]
        output: JsonArgs,
    },
    /// Trust a server that shows the certificate with this fingerprint
    #[command(after_long_help = help::TRUST_ACCEPT)]
    Accept {
        #[arg(value_name = "HOST[:PORT]")]
        server: OsString,
        /// Of the certificate, by SHA-256, as `openssl x509 -fingerprint -sha256` writes it
        fingerprint: Fingerprint,
    },
    /// Forget a server
    #[command(after_long_help = help::TRUST_REMOVE)]
    Remove {
        #[arg(value_name = "HOST[:PORT]")]
        server: OsString,
    },
}

impl TrustCommand {
    /// Whether standard output carries JSON lines.
    pub(crate) fn is_json(&self) -> bool {
        matches!(self, Self::List { output } if output.json)
    }
}

#[derive(clap::Args)]
pub(crate) struct ConfigArgs {
    #[command(subcommand)]
    pub(crate) command: ConfigCommand,
}

#[derive(Subcommand)]
pub(crate) enum ConfigCommand {
    /// Look for mistakes in every site
    #[command(after_long_help = help::CONFIG_CHECK)]
    Check {
        #[command(flatten)]
        output: JsonArgs,
    },
    /// Show every setting and where its value comes from
    #[command(after_long_help = help::CONFIG_SHOW)]
    Show {
        /// The settings of this site; without it, those of a URL
        site: Option<String>,
        #[command(flatten)]
        connection: RawArgs<ConnectionArgs>,
        #[command(flatten)]
        transfer: RawArgs<TransferArgs>,
        #[command(flatten)]
        output: JsonArgs,
    },
}

impl ConfigCommand {
    /// Whether standard output carries JSON lines.
    pub(crate) fn is_json(&self) -> bool {
        let (Self::Check { output } | Self::Show { output, .. }) = self;
        output.json
    }
}

#[derive(clap::Args)]
pub(crate) struct ManArgs {
    /// The command, as `get` or `config show`
    pub(crate) command: Vec<String>,
    /// Write the pages of all commands into this directory
    #[arg(long, value_name = "DIRECTORY", conflicts_with = "command")]
    pub(crate) dir: Option<PathBuf>,
}

#[derive(clap::Args)]
pub(crate) struct DemoArgs {
    /// Keep the server up until Ctrl-C, and print how to reach it
    #[arg(long)]
    pub(crate) serve: bool,
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
