//! The options of `mirror` and `check`.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;
use towline_sync::{Marker, MaxDelete, Method};

use super::filter::FilterArgs;
use super::json::JsonArgs;
use super::options::{ConnectionArgs, LinkArgs, TransferArgs, TreeArgs};
use super::raw::RawArgs;
use super::value;

#[derive(clap::Args)]
pub(crate) struct MirrorArgs {
    /// Directory to copy from; exactly one of the two is remote
    #[arg(value_name = "SOURCE")]
    pub(crate) source: OsString,
    /// Directory to keep in step with it
    #[arg(value_name = "DEST")]
    pub(crate) destination: OsString,
    #[command(flatten)]
    pub(crate) what: WhatArgs,
    #[command(flatten)]
    pub(crate) delete: DeleteArgs,
    #[command(flatten)]
    pub(crate) how: HowArgs,
    #[command(flatten)]
    pub(crate) comparison: ComparisonArgs,
    #[command(flatten)]
    pub(crate) filter: FilterArgs,
    #[command(flatten)]
    pub(crate) links: LinkArgs,
    #[command(flatten)]
    pub(crate) tree: TreeArgs,
    #[command(flatten)]
    pub(crate) transfer: RawArgs<TransferArgs>,
    #[command(flatten)]
    pub(crate) connection: RawArgs<ConnectionArgs>,
    #[command(flatten)]
    pub(crate) output: JsonArgs,
}

/// What to do instead of, or beside, a run.
#[derive(clap::Args)]
pub(crate) struct WhatArgs {
    /// Print what would be done, one line for each action, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Write the plan to this file, and change nothing
    #[arg(long, value_name = "FILE", conflicts_with = "plan")]
    pub(crate) plan_out: Option<PathBuf>,
    /// Carry out the plan in this file, except for what has changed since
    #[arg(long, value_name = "FILE", conflicts_with_all = ["dry_run", "explain"])]
    pub(crate) plan: Option<PathBuf>,
    /// Explain what would happen to this file and why, as a path below SOURCE, and change nothing
    #[arg(long, value_name = "PATH", conflicts_with_all = ["dry_run", "plan_out"])]
    pub(crate) explain: Option<OsString>,
}

/// What to delete, and when.
#[derive(clap::Args)]
#[command(next_help_heading = "Deleting")]
pub(crate) struct DeleteArgs {
    /// Delete at DEST what SOURCE does not have, once everything was copied without a failure
    #[arg(long, visible_alias = "delete-after")]
    pub(crate) delete: bool,
    /// Delete before copying, to make room
    #[arg(long, conflicts_with = "delete_during")]
    pub(crate) delete_before: bool,
    /// Delete in each directory once everything was copied there
    #[arg(long)]
    pub(crate) delete_during: bool,
    /// Delete nothing if it would be more than N files, or N% of the files at DEST [default: 10%,
    /// and at least 10 files]
    #[arg(long, value_name = "N|N%", allow_negative_numbers = true, value_parser = value::max_delete)]
    pub(crate) max_delete: Option<MaxDelete>,
    /// Move what would be overwritten or deleted to this directory on the side of DEST: here,
    /// relative to the current directory; on a server, a URL, SITE:PATH, or a path as in DEST
    #[arg(long, value_name = "DIR")]
    pub(crate) backup_dir: Option<OsString>,
    /// Remove each file of SOURCE, and its marker, once its copy is verified
    #[arg(long = "move", conflicts_with_all = ["delete", "delete_before", "delete_during"])]
    pub(crate) moves: bool,
}

/// How to run.
#[derive(clap::Args)]
#[command(next_help_heading = "Mirror")]
pub(crate) struct HowArgs {
    /// Skip files that change within this time, such as 60s
    #[arg(long, value_name = "TIME", value_parser = value::duration)]
    pub(crate) stable_for: Option<Duration>,
    /// Copy a file only once its marker is there, such as '{name}.done'. Markers are not copied
    #[arg(long, value_name = "NAME", value_parser = value::marker)]
    pub(crate) marker: Option<Marker>,
    /// Create directories without files too
    #[arg(long)]
    pub(crate) empty_dirs: bool,
    /// Upload without listing DEST; rely on the journal alone
    #[arg(long, conflicts_with_all = ["delete", "delete_before", "delete_during", "no_journal"])]
    pub(crate) no_listing: bool,
    /// End after N failures
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = value::count)]
    pub(crate) max_errors: Option<u64>,
    /// Stop before transferring more than this, such as 10G; exit code 1
    #[arg(long, value_name = "SIZE", allow_negative_numbers = true, value_parser = value::size_or_zero)]
    pub(crate) max_transfer: Option<u64>,
    /// Keep no journal; the end of this help says what is lost without one
    #[arg(long)]
    pub(crate) no_journal: bool,
    /// Wait for another run of the same mirror instead of failing
    #[arg(long)]
    pub(crate) wait: bool,
}

/// When a file is up to date.
#[derive(clap::Args)]
#[command(next_help_heading = "Comparing")]
pub(crate) struct ComparisonArgs {
    /// How to compare files
    #[arg(long, value_name = "HOW", default_value = "size-time")]
    pub(crate) compare: Compare,
    /// Never copy over a file that is newer
    #[arg(long)]
    pub(crate) update: bool,
    /// Fail for files that have changed instead of replacing them
    #[arg(long, conflicts_with = "update")]
    pub(crate) immutable: bool,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Compare {
    /// By size and time, as far as both sides have times
    SizeTime,
    /// By size alone
    Size,
    /// By size and digest, where the server offers one; else as size-time
    Hash,
    /// By name alone: what exists is up to date
    Exists,
}

impl From<Compare> for Method {
    fn from(compare: Compare) -> Self {
        match compare {
            Compare::SizeTime => Self::SizeTime,
            Compare::Size => Self::Size,
            Compare::Hash => Self::Hash,
            Compare::Exists => Self::Exists,
        }
    }
}

#[derive(clap::Args)]
pub(crate) struct CheckArgs {
    /// Directory to compare with; exactly one of the two is remote
    #[arg(value_name = "SOURCE")]
    pub(crate) source: OsString,
    /// Directory to check against it
    #[arg(value_name = "DEST")]
    pub(crate) destination: OsString,
    /// How to compare files
    #[arg(
        long,
        value_name = "HOW",
        default_value = "size-time",
        help_heading = "Comparing"
    )]
    pub(crate) compare: Compare,
    #[command(flatten)]
    pub(crate) transfer: RawArgs<ComparedArgs>,
    #[command(flatten)]
    pub(crate) filter: FilterArgs,
    #[command(flatten)]
    pub(crate) links: LinkArgs,
    #[command(flatten)]
    pub(crate) tree: TreeArgs,
    #[command(flatten)]
    pub(crate) connection: RawArgs<ConnectionArgs>,
    #[command(flatten)]
    pub(crate) output: JsonArgs,
}

/// What concerns a comparison: some of the options of [`TransferArgs`].
#[derive(clap::Args)]
#[command(next_help_heading = "Comparing")]
pub(crate) struct ComparedArgs {
    /// Compare with what was copied by mirror --no-preserve-time: a copy may be newer
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", hide_possible_values = true)]
    no_preserve_time: Option<bool>,
    /// Use up to N connections, if the server allows them
    #[arg(
        long,
        value_name = "N",
        default_value = "2",
        value_parser = |text: &str| value::whole::<u32>(text, 1, 64)
    )]
    connections: u32,
}
