//! `towline mkdir`: creates a directory, and its parents with `-p`.

use towline::{ErrorDetail, ErrorKind, Session};

use crate::args::commands::MkdirArgs;
use crate::error::Error;
use crate::operand::remote::Remote;
use crate::operand::sites::Sites;
use crate::session::run::Run;
use crate::tree::lookup;

pub(crate) async fn run(args: &MkdirArgs, sites: &mut Sites, run: &mut Run) -> Result<(), Error> {
    let remote = sites.remote(&args.remote)?;
    if args.parents {
        let create = async |session: &mut Session| session.create_dir_all(&remote.path).await;
        run.on(&remote.server, &remote.path, create).await?;
    } else {
        let create = async |session: &mut Session| session.create_dir(&remote.path).await;
        if let Err(error) = run.on(&remote.server, &remote.path, create).await {
            return Err(explained(run, &remote, error).await);
        }
    }
    run.outcomes().succeed();
    Ok(())
}

/// Some servers call the target missing if it exists. Looks before the parent is blamed.
async fn explained(run: &mut Run, remote: &Remote, error: Error) -> Error {
    let Error::Session(refusal) = &error else {
        return error;
    };
    if refusal.detail() != Some(&ErrorDetail::NoParentDirectory) {
        return error;
    }
    match lookup::find(run, &remote.server, &remote.path).await {
        Ok(Some(_)) => {
            let exists = Error::remote(ErrorKind::Refused, &remote.path, "exists already");
            exists.shown_by(&error)
        }
        Ok(None) => error,
        Err(failure) if failure.ends_the_run() => failure,
        Err(_) => error,
    }
}
