//! `towline rmdir`: removes an empty directory.

use towline::Session;

use crate::args::commands::RmdirArgs;
use crate::error::Error;
use crate::operand::sites::Sites;
use crate::session::run::Run;

pub(crate) async fn run(args: &RmdirArgs, sites: &mut Sites, run: &mut Run) -> Result<(), Error> {
    let remote = sites.remote(&args.remote)?;
    let remove = async |session: &mut Session| session.remove_dir(&remote.path).await;
    run.on(&remote.server, &remote.path, remove).await?;
    run.outcomes().succeed();
    Ok(())
}
