//! `towline mv`: another name, or another directory, on the same server.

use towline::{ErrorKind, RemotePath, Session};

use crate::args::commands::MvArgs;
use crate::context::Context;
use crate::error::Error;
use crate::operand::remote::Remote;
use crate::output::listing;
use crate::tree::walk;

pub(crate) async fn run(args: &MvArgs, context: &mut Context) -> Result<(), Error> {
    let from = context.remote(&args.remote)?;
    if context.begins_with_site(&args.path) {
        return Err(Error::usage(
            "the second operand is a path on the same server, written without a site; a name with \
             a colon is written ./a:b",
        ));
    }
    let to = from.beside(&args.path)?;
    let overwrite = context.settings(&from.server).transfer.overwrite;
    let target = target(context, &from, &to, overwrite).await?;
    let rename = async |session: &mut Session| session.rename(&from.path, &target).await;
    context.on(&from.server, &from.path, rename).await?;
    context.succeed();
    Ok(())
}

/// The path that the entry shall have.
async fn target(
    context: &mut Context,
    from: &Remote,
    to: &Remote,
    overwrite: bool,
) -> Result<RemotePath, Error> {
    let server = &from.server;
    let existing = if to.is_top() || to.trailing_slash {
        None
    } else {
        walk::find(context, server, &to.path).await?
    };
    let into = match &existing {
        Some(entry) => listing::is_directory(entry),
        None => to.is_top() || to.trailing_slash,
    };
    if !into {
        return match existing {
            Some(_) if !overwrite => Err(exists(&to.path)),
            _ => Ok(to.path.clone()),
        };
    }
    let target = join(&to.path, &from.path)?;
    if !overwrite && walk::find(context, server, &target).await?.is_some() {
        return Err(exists(&target));
    }
    Ok(target)
}

fn join(directory: &RemotePath, from: &RemotePath) -> Result<RemotePath, Error> {
    let name = from.file_name().unwrap_or_default();
    directory
        .join(name)
        .map_err(|error| Error::remote(ErrorKind::Usage, from, format!("cannot be moved: {error}")))
}

fn exists(path: &RemotePath) -> Error {
    Error::remote(ErrorKind::AlreadyExists, path, "exists already")
}
