//! `towline rm`: removes files, and directories with `-r`.
//!
//! Links are never followed. Listings do not always show them: some servers describe the target instead.
//! So everything that looks like a directory is first removed as a file. This removes a link, and the
//! server refuses it for a real directory.

use std::borrow::Cow;

use towline::{DirectoryMark, Entry, EntryKind, ErrorKind, RemotePath, Session};

use crate::args::commands::RmArgs;
use crate::error::Error;
use crate::operand::parse::Place;
use crate::operand::remote::Remote;
use crate::operand::server::Server;
use crate::operand::sites::Sites;
use crate::output::entry;
use crate::session::run::Run;
use crate::tree::directory::Directory;
use crate::tree::expand::{IfIncomplete, expand};
use crate::tree::listing;
use crate::tree::lookup;
use crate::tree::walk::{Limits, Visitor, walk};

pub(crate) async fn run(args: &RmArgs, sites: &mut Sites, run: &mut Run) -> Result<(), Error> {
    let mut places = Vec::new();
    for operand in &args.remotes {
        let place = sites.place(operand)?;
        if matches!(&place, Place::Exact(remote) if remote.is_nameless()) {
            return Err(Error::usage(
                "rm does not remove the root, the login directory, the directory of a site, or paths \
                 that end in . or ..",
            ));
        }
        places.push(place);
    }
    for place in &places {
        let remotes = match expand(run, place, IfIncomplete::Refuse).await {
            Ok(remotes) => remotes,
            Err(error) => {
                run.outcomes().fail(error)?;
                continue;
            }
        };
        for remote in &remotes {
            if let Err(error) = remove(run, remote, args).await {
                run.outcomes().fail(error)?;
            }
        }
    }
    Ok(())
}

async fn remove(run: &mut Run, remote: &Remote, args: &RmArgs) -> Result<(), Error> {
    let Remote { server, path, .. } = remote;
    let refusal = match remove_file(run, server, path).await {
        Err(error) if error.is_refusal() => error,
        outcome => return outcome,
    };
    if !lookup::is_directory(run, server, path).await? {
        return Err(refusal);
    }
    if !args.recursive {
        let reason = "is a directory; use -r to remove it with its contents";
        return Err(Error::remote(ErrorKind::Refused, path, reason));
    }
    let top = Directory::top(path.clone(), ());
    let limits = Limits::of_entries(args.tree.max_entries);
    walk(run, server, &mut Removal { server }, top, limits).await
}

/// Removes the files of directories, and the directories themselves on the way out.
struct Removal<'s> {
    server: &'s Server,
}

impl Visitor for Removal<'_> {
    type State = ();
    type Entry = Entry;

    async fn enter(
        &mut self,
        run: &mut Run,
        directory: &mut Directory<()>,
    ) -> Result<Vec<Entry>, Error> {
        let listing = listing::list(run, self.server, &directory.path).await?;
        let mark = directory.mark.clone().with(&listing.entries);
        listing::descend(run, self.server, directory, mark).await?;
        match listing.incomplete(&directory.path, "nothing in it is removed") {
            Some(error) => Err(error),
            None => Ok(listing.entries),
        }
    }

    fn mark(&self, entry: &Entry) -> DirectoryMark {
        DirectoryMark::of(entry)
    }

    fn name<'e>(&self, entry: &'e Entry) -> Result<Cow<'e, [u8]>, Error> {
        Ok(Cow::Borrowed(&entry.name))
    }

    async fn visit(
        &mut self,
        run: &mut Run,
        _: &Directory<()>,
        path: &RemotePath,
        entry: Entry,
    ) -> Result<Option<()>, Error> {
        match remove_file(run, self.server, path).await {
            Err(error) if error.is_refusal() => {
                let is_directory = match entry.kind {
                    EntryKind::Unknown => lookup::is_directory(run, self.server, path).await?,
                    _ => entry::is_directory(&entry),
                };
                is_directory.then_some(Some(())).ok_or(error)
            }
            outcome => outcome.map(|()| None),
        }
    }

    async fn leave(&mut self, run: &mut Run, path: &RemotePath) -> Result<(), Error> {
        let remove = async |session: &mut Session| session.remove_dir(path).await;
        run.on(self.server, path, remove).await?;
        run.outcomes().succeed();
        Ok(())
    }
}

async fn remove_file(run: &mut Run, server: &Server, path: &RemotePath) -> Result<(), Error> {
    let remove = async |session: &mut Session| session.remove_file(path).await;
    run.on(server, path, remove).await?;
    run.outcomes().succeed();
    Ok(())
}
