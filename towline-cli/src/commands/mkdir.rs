//! `towline mkdir`: creates a directory, and its parents with `-p`.

use towline::{RemotePath, Session};

use crate::args::commands::MkdirArgs;
use crate::error::Error;
use crate::operand::server::Server;
use crate::operand::sites::Sites;
use crate::session::run::Run;
use crate::tree::lookup;

pub(crate) async fn run(args: &MkdirArgs, sites: &mut Sites, run: &mut Run) -> Result<(), Error> {
    let remote = sites.remote(&args.remote)?;
    if args.parents {
        create_all(run, &remote.server, &remote.path).await?;
    } else {
        let create = async |session: &mut Session| session.create_dir(&remote.path).await;
        run.on(&remote.server, &remote.path, create).await?;
    }
    run.outcomes().succeed();
    Ok(())
}

/// Creates a directory and its missing parents. Works upwards first, because an existing directory may be
/// below one without access.
async fn create_all(run: &mut Run, server: &Server, path: &RemotePath) -> Result<(), Error> {
    let mut missing = Vec::new();
    let mut path = path.clone();
    loop {
        match lookup::ensure_directory(run, server, &path).await {
            Ok(()) => break,
            Err(error) if error.is_refusal() => match path.parent() {
                Some(parent) if !parent.is_login_directory() => {
                    missing.push(path);
                    path = parent;
                }
                _ => return Err(error),
            },
            Err(error) => return Err(error),
        }
    }
    for path in missing.iter().rev() {
        lookup::ensure_directory(run, server, path).await?;
    }
    Ok(())
}
