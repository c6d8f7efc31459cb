//! `towline ls`: a directory's entries, or all that is below.

use std::fmt::Write as _;

use towline::{Entry, RemotePath, Session};

use crate::args::LsArgs;
use crate::context::Context;
use crate::error::Error;
use crate::expand::matching_contents;
use crate::json;
use crate::listing::{self, LongListing};
use crate::remote::{Place, Remote, Server};
use crate::walk::{self, Contents, Directory};

pub(crate) async fn run(args: &LsArgs, context: &mut Context) -> Result<(), Error> {
    let remote = match context.place(&args.remote)? {
        Place::Matching(matching) => {
            let contents = matching_contents(context, &matching).await?;
            let Remote { server, path, .. } = matching.directory;
            return show(args, context, &server, path, contents).await;
        }
        Place::Exact(remote) => remote,
    };
    let top = remote.path.clone();
    let listed = walk::contents(context, &remote.server, &top).await;
    let contents = match listed {
        Err(error) if error.is_refusal() => look_closer(context, &remote, Err(error)).await?,
        Ok(contents) if may_be_no_directory(&contents, &remote) => {
            look_closer(context, &remote, Ok(contents)).await?
        }
        outcome => Found::Directory(outcome?),
    };
    let contents = match contents {
        Found::Directory(contents) => contents,
        Found::File(entry) => {
            let name = entry.name.clone();
            print(context, args, &[Shown::new(name, Some(top), *entry)])?;
            context.succeed();
            return Ok(());
        }
    };
    show(args, context, &remote.server, top, contents).await
}

enum Found {
    Directory(Contents),
    File(Box<Entry>),
}

/// Some servers list a file as if it were a directory with that file in it, and what is not there
/// as if it were an empty one.
fn may_be_no_directory(contents: &Contents, remote: &Remote) -> bool {
    let path = &remote.path;
    match contents.entries.as_slice() {
        [] => contents.unknown == 0 && !remote.is_top(),
        [entry] => {
            let name = Some(entry.name.as_slice());
            name == path.file_name() || name == Some(path.as_bytes())
        }
        _ => false,
    }
}

/// Tells a file, a directory and nothing apart. `listed` is the outcome of the listing.
async fn look_closer(
    context: &mut Context,
    remote: &Remote,
    listed: Result<Contents, Error>,
) -> Result<Found, Error> {
    let stat = async |session: &mut Session| session.stat(&remote.path).await;
    match context.on(&remote.server, &remote.path, stat).await {
        Ok(entry) if !listing::is_directory(&entry) => Ok(Found::File(Box::new(entry))),
        Ok(_) => listed.map(Found::Directory),
        // Its answer to the listing says it better, if it was a refusal.
        Err(error) if error.is_refusal() => listed.and(Err(error)),
        Err(error) => Err(error),
    }
}

/// Prints a directory, and with `-R` what is below it.
async fn show(
    args: &LsArgs,
    context: &mut Context,
    server: &Server,
    top: RemotePath,
    contents: Contents,
) -> Result<(), Error> {
    // Beside each directory: its path relative to the top, with a slash at the end.
    let mut pending = vec![Directory::top(top.clone(), Vec::new())];
    let mut listed = Some(contents);
    while let Some(directory) = pending.pop() {
        let contents = match listed.take() {
            Some(contents) => contents,
            None => match walk::contents(context, server, &directory.path).await {
                Ok(contents) => contents,
                Err(error) => {
                    context.fail(error)?;
                    if context.must_abandon(server, &top) {
                        break;
                    }
                    continue;
                }
            },
        };
        let below = list(args, context, &directory, contents)?;
        pending.extend(below.into_iter().rev());
        context.succeed();
    }
    Ok(())
}

/// Prints the entries of one directory and gives the directories to go on with.
fn list(
    args: &LsArgs,
    context: &mut Context,
    directory: &Directory<Vec<u8>>,
    contents: Contents,
) -> Result<Vec<Directory<Vec<u8>>>, Error> {
    if let Some(doubt) = contents.doubt(&directory.path, "entries may be missing here") {
        context.printer().warning(&doubt.to_string());
    }
    let mut below = Vec::new();
    let mut shown = Vec::new();
    for entry in contents.entries {
        let relative = [&directory.beside[..], &entry.name].concat();
        let path = match directory.join(&entry.name) {
            Ok(path) => Some(path),
            Err(error) if args.recursive => {
                context.fail(error)?;
                None
            }
            // To look at it is harmless.
            Err(_) => None,
        };
        if args.recursive
            && listing::is_directory(&entry)
            && let Some(path) = path.clone()
        {
            match directory.below(path, [&relative[..], b"/"].concat()) {
                Ok(child) => below.push(child),
                Err(error) => context.fail(error)?,
            }
        }
        shown.push(Shown::new(relative, path, entry));
    }
    print(context, args, &shown)?;
    Ok(below)
}

/// An entry, the words that stand for it, and its path if its name can be part of one.
struct Shown {
    label: Vec<u8>,
    path: Option<RemotePath>,
    entry: Entry,
}

impl Shown {
    fn new(label: Vec<u8>, path: Option<RemotePath>, entry: Entry) -> Self {
        Self { label, path, entry }
    }
}

fn print(context: &Context, args: &LsArgs, shown: &[Shown]) -> Result<(), Error> {
    let printer = context.printer();
    if printer.is_json() {
        for Shown { path, entry, .. } in shown {
            printer.event(&json::Event::entry(path.as_ref(), entry));
        }
        return printer.check_stdout();
    }
    let mut text = String::new();
    if args.long {
        let mut rows = LongListing::new();
        for Shown { label, entry, .. } in shown {
            rows.add(label, entry);
        }
        text = rows.to_string();
    } else {
        for Shown { label, entry, .. } in shown {
            let _ = writeln!(text, "{}", listing::short(label, entry));
        }
    }
    printer.data(&text)
}
