//! `towline rm`: files, and with `-r` directories with all that is in them.
//!
//! Links are never followed. Listings cannot be trusted to show them: some servers describe a link
//! by what it points to. So whatever looks like a directory is first removed as if it were a file,
//! which takes a link away and which a real directory refuses.

use towline::{ErrorKind, RemotePath, Session};

use crate::args::commands::RmArgs;
use crate::context::Context;
use crate::error::Error;
use crate::operand::parse::Place;
use crate::operand::remote::Remote;
use crate::operand::server::Server;
use crate::output::listing;
use crate::tree::expand::{Doubt, expand};
use crate::tree::walk::{self, Directory};

pub(crate) async fn run(args: &RmArgs, context: &mut Context) -> Result<(), Error> {
    let mut places = Vec::new();
    for operand in &args.remotes {
        let place = context.place(operand)?;
        if matches!(&place, Place::Exact(remote) if remote.is_nameless()) {
            return Err(Error::usage(
                "rm does not remove the root, the directory that a login or a site starts from, or \
                 what ends in . or ..",
            ));
        }
        places.push(place);
    }
    for place in &places {
        let remotes = match expand(context, place, Doubt::Refuses).await {
            Ok(remotes) => remotes,
            Err(error) => {
                context.fail(error)?;
                continue;
            }
        };
        for remote in &remotes {
            if let Err(error) = remove(context, remote, args.recursive).await {
                context.fail(error)?;
            }
        }
    }
    Ok(())
}

async fn remove(context: &mut Context, remote: &Remote, recursive: bool) -> Result<(), Error> {
    let Remote { server, path, .. } = remote;
    let refusal = match remove_file(context, server, path).await {
        Ok(()) => {
            context.succeed();
            return Ok(());
        }
        Err(error) if error.is_refusal() => error,
        Err(error) => return Err(error),
    };
    if !walk::is_directory(context, server, path).await? {
        return Err(refusal);
    }
    if !recursive {
        let reason = "is a directory; with -r it is removed with all that is in it";
        return Err(Error::remote(ErrorKind::Refused, path, reason));
    }
    remove_tree(context, server, Directory::top(path.clone(), ())).await
}

/// What is left to do in a tree, last things first.
enum Step {
    Empty(Directory<()>),
    /// Remove an emptied directory, unless more has failed meanwhile than these.
    Remove(RemotePath, u64),
}

async fn remove_tree(
    context: &mut Context,
    server: &Server,
    top: Directory<()>,
) -> Result<(), Error> {
    let top_path = top.path.clone();
    let mut steps = vec![Step::Empty(top)];
    while let Some(step) = steps.pop() {
        let outcome = match step {
            Step::Empty(directory) => empty(context, server, directory, &mut steps).await,
            Step::Remove(path, failures) if context.failures() == failures => {
                remove_directory(context, server, &path).await
            }
            // Something is left in it.
            Step::Remove(..) => Ok(()),
        };
        if let Err(error) = outcome {
            context.fail(error)?;
        }
        if context.must_abandon(server, &top_path) {
            break;
        }
    }
    Ok(())
}

/// Removes the files of a directory, and plans the removal of its directories and of itself.
async fn empty(
    context: &mut Context,
    server: &Server,
    directory: Directory<()>,
    steps: &mut Vec<Step>,
) -> Result<(), Error> {
    let contents = walk::contents(context, server, &directory.path).await?;
    if let Some(doubt) = contents.doubt(&directory.path, "nothing in it is removed") {
        return Err(doubt);
    }
    steps.push(Step::Remove(directory.path.clone(), context.failures()));
    let mut below = Vec::new();
    for entry in contents.entries {
        let outcome = match directory.join(&entry.name) {
            Ok(path) => match remove_file(context, server, &path).await {
                Err(error) if error.is_refusal() && listing::is_directory(&entry) => {
                    directory.below(path, ()).map(|child| below.push(child))
                }
                Ok(()) => {
                    context.succeed();
                    Ok(())
                }
                outcome => outcome,
            },
            Err(error) => Err(error),
        };
        if let Err(error) = outcome {
            context.fail(error)?;
            if context.has_given_up(server) {
                return Ok(());
            }
        }
    }
    steps.extend(below.into_iter().rev().map(Step::Empty));
    Ok(())
}

async fn remove_file(
    context: &mut Context,
    server: &Server,
    path: &RemotePath,
) -> Result<(), Error> {
    let remove = async |session: &mut Session| session.remove_file(path).await;
    context.on(server, path, remove).await
}

async fn remove_directory(
    context: &mut Context,
    server: &Server,
    path: &RemotePath,
) -> Result<(), Error> {
    let remove = async |session: &mut Session| session.remove_dir(path).await;
    context.on(server, path, remove).await?;
    context.succeed();
    Ok(())
}
