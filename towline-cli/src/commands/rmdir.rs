//! `towline rmdir`: an empty directory.

use towline::Session;

use crate::args::commands::RmdirArgs;
use crate::context::Context;
use crate::error::Error;

pub(crate) async fn run(args: &RmdirArgs, context: &mut Context) -> Result<(), Error> {
    let remote = context.remote(&args.remote)?;
    let remove = async |session: &mut Session| session.remove_dir(&remote.path).await;
    context.on(&remote.server, &remote.path, remove).await?;
    context.succeed();
    Ok(())
}
