//! The commands that explain what is wrong.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::args::help;
use crate::args::json::JsonArgs;
use crate::args::options::ConnectionArgs;
use crate::args::raw::RawArgs;

#[derive(clap::Args)]
pub(crate) struct DoctorArgs {
    #[arg(value_name = "REMOTE", help = help::REMOTE)]
    pub(crate) remote: OsString,
    /// Also write, rename, append and delete in a new directory below DIR, and remove it
    #[arg(long, value_name = "DIR", help_heading = "Examination")]
    pub(crate) write: Option<OsString>,
    /// Also find the limits on connections and idle time; takes minutes and up to 8 more logins
    #[arg(long, help_heading = "Examination")]
    pub(crate) slow: bool,
    /// Write the results to one page of HTML
    #[arg(long, value_name = "FILE", help_heading = "Examination")]
    pub(crate) report: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) connection: RawArgs<ConnectionArgs>,
    #[command(flatten)]
    pub(crate) output: JsonArgs,
}

#[derive(clap::Args)]
pub(crate) struct ExplainArgs {
    /// A reply, a log or a stack trace [default: standard input]
    #[arg(value_name = "TEXT")]
    pub(crate) text: Vec<String>,
    /// Print all explanations as a page in Markdown
    #[arg(long, conflicts_with_all = ["text", "json"])]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) output: JsonArgs,
}
