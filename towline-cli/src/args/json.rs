//! The option for JSON lines.

#[derive(clap::Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct JsonArgs {
    /// Print one JSON object per line on standard output
    #[arg(long)]
    pub(crate) json: bool,
}
