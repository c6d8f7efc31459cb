//! `towline mkdir`: a directory, and with `-p` those above it.

use towline::{RemotePath, Session};

use crate::args::commands::MkdirArgs;
use crate::context::Context;
use crate::error::Error;
use crate::operand::server::Server;
use crate::tree::walk;

pub(crate) async fn run(args: &MkdirArgs, context: &mut Context) -> Result<(), Error> {
    let remote = context.remote(&args.remote)?;
    if args.parents {
        create_all(context, &remote.server, &remote.path).await?;
    } else {
        let create = async |session: &mut Session| session.create_dir(&remote.path).await;
        context.on(&remote.server, &remote.path, create).await?;
    }
    context.succeed();
    Ok(())
}

/// Works upwards first, since a directory that exists may lie below one that cannot be looked at.
async fn create_all(
    context: &mut Context,
    server: &Server,
    path: &RemotePath,
) -> Result<(), Error> {
    let mut missing = Vec::new();
    let mut path = path.clone();
    loop {
        match walk::ensure_directory(context, server, &path).await {
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
        walk::ensure_directory(context, server, path).await?;
    }
    Ok(())
}
