//! The commands, each with its operands and flags.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use towline::Fingerprint;

use super::arrange;
use super::diagnose::{DoctorArgs, ExplainArgs};
use super::filter::{ChoiceArgs, FilterArgs};
use super::gateway::GatewayArgs;
use super::help;
use super::json::JsonArgs;
use super::mirror::{CheckArgs, MirrorArgs};
use super::options::{
    ClobberArgs, ConnectionArgs, LanguageArgs, LinkArgs, ProofArgs, ReachArgs, TransferArgs,
    TreeArgs,
};
use super::raw::RawArgs;
use super::value;

/// FTPS client whose data connections resume the TLS session of their control connection.
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
    /// Read sites and defaults from this file [default: TOWLINE_CONFIG, or towline/config.toml in
    /// the system's configuration directory]
    #[arg(long, global = true, value_name = "FILE", help_heading = "Output")]
    pub(crate) config: Option<PathBuf>,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    #[command(flatten)]
    OnServers(Box<ServerCommand>),
    /// Examine a server step by step, and say what is wrong
    #[command(after_long_help = help::DOCTOR)]
    Doctor(Box<DoctorArgs>),
    /// Explain a reply, a log or a stack trace
    #[command(after_long_help = help::EXPLAIN)]
    Explain(ExplainArgs),
    /// Let old FTP programs use strict FTPS servers
    #[command(after_long_help = help::GATEWAY)]
    Gateway(Box<GatewayArgs>),
    /// Manage the known servers and their certificates
    #[command(after_long_help = help::TRUST, arg_required_else_help = true)]
    Trust(TrustCommandArgs),
    /// Create, edit and check the configuration file, and show settings
    #[command(after_long_help = help::CONFIG, arg_required_else_help = true)]
    Config(ConfigArgs),
    /// Generate shell completions
    #[command(after_long_help = help::COMPLETIONS)]
    Completions {
        /// Shell to generate completions for
        shell: Shell,
        /// Complete commands and options only, without running towline while completing
        #[arg(long = "static")]
        is_static: bool,
    },
    /// Print the manual page of towline, or of a command
    #[command(after_long_help = help::MAN)]
    Man(ManArgs),
    /// Demonstrate session reuse on an embedded server
    #[command(after_long_help = help::DEMO)]
    Demo(DemoArgs),
    /// Print the whole help of towline, or of a command
    #[command(after_long_help = help::HELP)]
    Help(HelpArgs),
}

/// A command that works on servers.
#[derive(Subcommand)]
pub(crate) enum ServerCommand {
    /// List directories
    #[command(after_long_help = help::LS, disable_help_flag = true)]
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
    /// Keep a directory in step with another one, in either direction
    #[command(after_long_help = help::MIRROR)]
    Mirror(Box<MirrorArgs>),
    /// Compare two directories, and change nothing
    #[command(after_long_help = help::CHECK)]
    Check(Box<CheckArgs>),
    /// Write files to standard output
    #[command(after_long_help = help::CAT)]
    Cat(CatArgs),
    /// Show the details of files and directories
    #[command(after_long_help = help::STAT)]
    Stat(StatArgs),
    /// Remove files, or directories with their contents
    #[command(after_long_help = help::RM)]
    Rm(RmArgs),
    /// Rename or move a file or directory on one server
    #[command(after_long_help = help::MV)]
    Mv(MvArgs),
    /// Create a directory
    #[command(after_long_help = help::MKDIR)]
    Mkdir(MkdirArgs),
    /// Remove an empty directory
    #[command(after_long_help = help::RMDIR)]
    Rmdir(RmdirArgs),
    /// Send commands to the server as they are, and print the replies
    #[command(after_long_help = help::RAW)]
    Raw(RawCommandArgs),
}

/// How much to print on standard error.
#[derive(clap::Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputArgs {
    /// Print status messages; -vv also prints the dialogue with the server, with secrets masked
    #[arg(short, long, global = true, action = ArgAction::Count, conflicts_with = "quiet")]
    pub(crate) verbose: u8,
    /// Print only errors
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Do not show progress
    #[arg(long, global = true)]
    pub(crate) no_progress: bool,
    /// Print a line of progress at this interval, such as 60s, instead of live progress
    #[arg(long, global = true, value_name = "TIME", value_parser = value::interval)]
    pub(crate) stats: Option<Duration>,
    /// When to use colours: auto, always or never; auto respects NO_COLOR and CLICOLOR_FORCE
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        hide_possible_values = true
    )]
    pub(crate) color: Colour,
    #[command(flatten)]
    pub(crate) words: LanguageArgs,
    /// Append everything that -vv prints to this file, with UTC timestamps
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) log_file: Option<PathBuf>,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Colour {
    Auto,
    Always,
    Never,
}

#[derive(clap::Args)]
pub(crate) struct LsArgs {
    /// Show the permissions, size and time of each entry
    #[arg(short, long)]
    pub(crate) long: bool,
    /// With -l, show sizes as 1.5K or 20M; alone, -h prints the short help
    #[arg(short = 'h', long)]
    pub(crate) human_readable: bool,
    /// List subdirectories too, as paths relative to REMOTE
    #[arg(short = 'R', long)]
    pub(crate) recursive: bool,
    /// Sort by time, newest first
    #[arg(short = 't', long)]
    pub(crate) by_time: bool,
    /// Sort by size, largest first
    #[arg(short = 'S', long, overrides_with = "by_time")]
    pub(crate) by_size: bool,
    /// Reverse the order
    #[arg(short, long)]
    pub(crate) reverse: bool,
    #[arg(value_name = "REMOTE", required = true, help = help::REMOTE)]
    pub(crate) remotes: Vec<OsString>,
    #[arg(long, action = ArgAction::HelpLong, help = "Print help (see a summary with '-h')")]
    help: Option<bool>,
    #[arg(long = arrange::SHORT_HELP, action = ArgAction::HelpShort, hide = true)]
    short_help: Option<bool>,
    #[command(flatten)]
    pub(crate) links: LinkArgs,
    #[command(flatten)]
    pub(crate) tree: TreeArgs,
    #[command(flatten)]
    pub(crate) connection: RawArgs<ConnectionArgs>,
    #[command(flatten)]
    pub(crate) output: JsonArgs,
}

#[derive(clap::Args)]
pub(crate) struct GetArgs {
    /// Download directories with their contents; a link is followed only if it is an operand
    #[arg(short, long)]
    pub(crate) recursive: bool,
    /// What to download, then the local target [default: the current directory]
    #[arg(value_name = "OPERAND", required = true)]
    pub(crate) operands: Vec<OsString>,
    #[command(flatten)]
    pub(crate) links: LinkArgs,
    #[command(flatten)]
    pub(crate) tree: TreeArgs,
    #[command(flatten)]
    pub(crate) filter: FilterArgs,
    #[command(flatten)]
    pub(crate) choice: ChoiceArgs,
    #[command(flatten)]
    pub(crate) transfer: RawArgs<TransferArgs>,
    #[command(flatten)]
    pub(crate) connection: RawArgs<ConnectionArgs>,
    #[command(flatten)]
    pub(crate) output: JsonArgs,
}

#[derive(clap::Args)]
pub(crate) struct PutArgs {
    /// Upload directories with their contents; links are not followed
    #[arg(short, long)]
    pub(crate) recursive: bool,
    /// What to upload (- is standard input), then the remote target
    #[arg(value_name = "OPERAND", required = true)]
    pub(crate) operands: Vec<OsString>,
    /// Append to the remote file instead of replacing it
    #[arg(
        long,
        help_heading = "Transfer",
        conflicts_with_all = ["resume", "verify", "recursive", "no_clobber"]
    )]
    pub(crate) append: bool,
    #[command(flatten)]
    pub(crate) filter: FilterArgs,
    #[command(flatten)]
    pub(crate) choice: ChoiceArgs,
    #[command(flatten)]
    pub(crate) transfer: RawArgs<TransferArgs>,
    #[command(flatten)]
    pub(crate) connection: RawArgs<ConnectionArgs>,
    #[command(flatten)]
    pub(crate) output: JsonArgs,
}

#[derive(clap::Args)]
pub(crate) struct CatArgs {
    #[arg(value_name = "REMOTE", required = true, help = help::REMOTE)]
    pub(crate) remotes: Vec<OsString>,
    #[command(flatten)]
    pub(crate) proof: RawArgs<ProofArgs>,
    #[command(flatten)]
    pub(crate) connection: RawArgs<ConnectionArgs>,
}

#[derive(clap::Args)]
pub(crate) struct StatArgs {
    #[arg(value_name = "REMOTE", required = true, help = help::REMOTE)]
    pub(crate) remotes: Vec<OsString>,
    #[command(flatten)]
    pub(crate) connection: RawArgs<ConnectionArgs>,
    #[command(flatten)]
    pub(crate) output: JsonArgs,
}

#[derive(clap::Args)]
pub(crate) struct RmArgs {
    /// Remove directories with their contents, but never the target of a link
    #[arg(short, long)]
    pub(crate) recursive: bool,
    /// What to remove
    #[arg(value_name = "REMOTE", required = true)]
    pub(crate) remotes: Vec<OsString>,
    #[command(flatten)]
    pub(crate) tree: TreeArgs,
    #[command(flatten)]
    pub(crate) connection: RawArgs<ConnectionArgs>,
    #[command(flatten)]
    pub(crate) output: JsonArgs,
}

#[derive(clap::Args)]
pub(crate) struct MvArgs {
    #[arg(value_name = "REMOTE", help = help::REMOTE)]
    pub(crate) remote: OsString,
    /// New path on the same server, as REMOTE or as a path alone
    #[arg(value_name = "REMOTE|PATH")]
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
    /// Create missing parent directories, and succeed if the directory exists
    #[arg(short, long)]
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
pub(crate) struct RawCommandArgs {
    /// The server: a site from the configuration file, or ftpes://[USER@]HOST[:PORT]
    #[arg(value_name = "SITE|URL")]
    pub(crate) server: OsString,
    /// Commands to send, each as one quoted word, such as 'SITE CHMOD 640 a.csv'
    #[arg(value_name = "COMMAND", required = true)]
    pub(crate) commands: Vec<OsString>,
    #[command(flatten)]
    pub(crate) connection: RawArgs<ConnectionArgs>,
    #[command(flatten)]
    pub(crate) output: JsonArgs,
}

#[derive(clap::Args)]
pub(crate) struct TrustCommandArgs {
    #[command(subcommand)]
    pub(crate) command: TrustCommand,
    /// File of known servers [default: known_servers next to config.toml]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) known_servers: Option<PathBuf>,
}

#[derive(Subcommand)]
pub(crate) enum TrustCommand {
    /// List the known servers
    #[command(after_long_help = help::TRUST_LIST)]
    List {
        #[command(flatten)]
        output: JsonArgs,
    },
    /// Show a server's certificates and its pin, without logging in
    #[command(after_long_help = help::TRUST_SHOW)]
    Show {
        /// The server; PORT defaults to 21, or 990 with --tls implicit
        #[arg(value_name = "HOST[:PORT]|SITE|URL")]
        server: OsString,
        #[command(flatten)]
        reach: RawArgs<ReachArgs>,
        #[command(flatten)]
        output: JsonArgs,
    },
    /// Trust the certificate with this fingerprint
    #[command(after_long_help = help::TRUST_ACCEPT)]
    Accept {
        /// The server; PORT defaults to 21
        #[arg(value_name = "HOST[:PORT]")]
        server: OsString,
        /// SHA-256 fingerprint of the certificate, as `openssl x509 -fingerprint -sha256` prints it
        fingerprint: Fingerprint,
    },
    /// Forget a server
    #[command(after_long_help = help::TRUST_REMOVE)]
    Remove {
        /// The server; PORT defaults to 21
        #[arg(value_name = "HOST[:PORT]")]
        server: OsString,
    },
}

impl TrustCommand {
    /// The options for JSON lines.
    pub(crate) fn json(&self) -> &JsonArgs {
        match self {
            Self::List { output } | Self::Show { output, .. } => output,
            Self::Accept { .. } | Self::Remove { .. } => JsonArgs::none(),
        }
    }
}

#[derive(clap::Args)]
pub(crate) struct ConfigArgs {
    #[command(subcommand)]
    pub(crate) command: ConfigCommand,
}

#[derive(Subcommand)]
pub(crate) enum ConfigCommand {
    /// Report mistakes in the configuration file
    #[command(after_long_help = help::CONFIG_CHECK)]
    Check {
        #[command(flatten)]
        output: JsonArgs,
    },
    /// Create a configuration file with examples
    #[command(after_long_help = help::CONFIG_INIT)]
    Init,
    /// Print the path of the configuration file
    #[command(after_long_help = help::CONFIG_PATH)]
    Path,
    /// Open the configuration file in an editor, and check it afterwards
    #[command(after_long_help = help::CONFIG_EDIT)]
    Edit,
    /// Show each setting and where it comes from
    #[command(after_long_help = help::CONFIG_SHOW)]
    Show {
        /// Site to show [default: the settings for URLs]
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
    /// The options for JSON lines.
    pub(crate) fn json(&self) -> &JsonArgs {
        match self {
            Self::Check { output } | Self::Show { output, .. } => output,
            Self::Init | Self::Path | Self::Edit => JsonArgs::none(),
        }
    }
}

#[derive(clap::Args)]
pub(crate) struct ManArgs {
    /// Command to describe, such as `get` or `config show`
    pub(crate) command: Vec<String>,
    /// Write the pages of all commands to this directory
    #[arg(long, value_name = "DIRECTORY", conflicts_with = "command")]
    pub(crate) dir: Option<PathBuf>,
}

#[derive(clap::Args)]
pub(crate) struct HelpArgs {
    /// Command to explain, such as `get` or `config show`
    pub(crate) command: Vec<String>,
}

#[derive(clap::Args)]
pub(crate) struct DemoArgs {
    /// Keep the server running until Ctrl-C, and print how to connect
    #[arg(long)]
    pub(crate) serve: bool,
    /// Make the server do one thing wrong, to rehearse
    #[arg(long, value_name = "NAME", requires = "serve")]
    pub(crate) fault: Option<String>,
    /// List the names of the faults
    #[arg(long, conflicts_with = "serve")]
    pub(crate) list_faults: bool,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

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
