//! `towline mkdir`: creates a directory, and its parents with `-p`.

use towline::Session;

use crate::args::commands::MkdirArgs;
use crate::error::Error;
use crate::operand::sites::Sites;
use crate::session::run::Run;

pub(crate) async fn run(args: &MkdirArgs, sites: &mut Sites, run: &mut Run) -> Result<(), Error> {
    let remote = sites.remote(&args.remote)?;
    if args.parents {
        let create = async |session: &mut Session| session.create_dir_all(&remote.path).await;
        run.on(&remote.server, &remote.path, create).await?;
    } else {
        let create = async |session: &mut Session| session.create_dir(&remote.path).await;
        run.on(&remote.server, &remote.path, create).await?;
    }
    run.outcomes().succeed();
    Ok(())
}
