//! placeholder
use crate::events::Events;
use clap::Args;
#[derive(Debug, Args)]
pub(crate) struct Options {}
pub(crate) fn run(_o: &Options, _e: &Events) -> anyhow::Result<()> {
    Ok(())
}
