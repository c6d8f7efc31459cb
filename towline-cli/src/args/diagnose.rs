//! The commands that explain what is wrong.

use crate::args::json::JsonArgs;

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
