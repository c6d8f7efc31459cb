//! `towline rm`: removes files, and directories with `-r`.
//!
//! Links are never followed. Listings do not always show them: some servers describe the target
//! instead. So everything that looks like a directory is first removed as a file. This removes a
//! link, and the server refuses it for a real directory. Then it is removed as an empty directory:
//! a server that refuses because it is not a directory shows that it is a link.
//!
//! A tree is listed as a whole before its first file is removed, because a link that looks like a
//! directory may lead to what must stay.

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
    run.list_briefly();
    run.outcomes().store_nothing();
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
        let error = Error::remote(ErrorKind::Refused, path, reason);
        return Err(error.shown_by(&refusal));
    }
    match remove_directory(run, server, path).await {
        Err(error) if error.is_refusal() && !error.is_of_no_directory() => {}
        outcome => return outcome,
    }
    let is_link = async |session: &mut Session| session.is_listed_as_link(path).await;
    if run.on(server, path, is_link).await? {
        return Err(refusal);
    }
    let top = Directory::top(path.clone(), ());
    let limits = Limits::of_entries(args.tree.max_entries);
    let mut removal = Removal::new(server);
    walk(run, server, &mut removal, top, limits).await?;
    if removal.has_circle {
        let reason = "the rest of it is not removed, because a link in it leads back into it";
        let error = Error::remote(ErrorKind::Incomplete, path, reason);
        return Err(error.explained_by("link-loop"));
    }
    removal.remove(run).await
}

/// What a tree contains, to be removed once all of it is known.
struct Removal<'s> {
    server: &'s Server,
    /// The contents of a directory come before the directory.
    doomed: Vec<Doomed>,
    has_circle: bool,
}

struct Doomed {
    path: RemotePath,
    is_directory: bool,
}

impl<'s> Removal<'s> {
    fn new(server: &'s Server) -> Self {
        Self {
            server,
            doomed: Vec::new(),
            has_circle: false,
        }
    }

    /// Removes what was listed.
    async fn remove(self, run: &mut Run) -> Result<(), Error> {
        let server = self.server;
        // What comes between a directory and something in it is in it, too. So the last one is
        // enough.
        let mut last_kept: Option<RemotePath> = None;
        for Doomed { path, is_directory } in self.doomed {
            if run.has_given_up(server) {
                break;
            }
            let is_around = |kept: &RemotePath| is_below(kept, &path);
            if is_directory && last_kept.as_ref().is_some_and(is_around) {
                continue;
            }
            let removed = match is_directory {
                true => remove_directory(run, server, &path).await,
                false => remove_file(run, server, &path).await,
            };
            if let Err(error) = removed {
                last_kept = Some(path);
                run.outcomes().fail(error)?;
            }
        }
        Ok(())
    }

    fn doom(&mut self, path: &RemotePath, is_directory: bool) {
        self.doomed.push(Doomed {
            path: path.clone(),
            is_directory,
        });
    }
}

impl Visitor for Removal<'_> {
    type State = ();
    type Entry = Entry;

    async fn enter(
        &mut self,
        run: &mut Run,
        directory: &mut Directory<()>,
    ) -> Result<Vec<Entry>, Error> {
        let mut listing = listing::list(run, self.server, &directory.path).await?;
        let mark = directory.mark.clone().with(&listing.entries);
        let descended = listing::descend(run, self.server, directory, mark).await;
        self.has_circle |= matches!(&descended, Err(error) if error.leads_back());
        descended?;
        let (path, entries) = (&directory.path, &mut listing.entries);
        let kind = EntryKind::Directory;
        listing::reveal_links(run, self.server, path, entries, kind).await?;
        listing::check_for_hidden_links(run, self.server, path, entries).await?;
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
        let may_be_directory = entry.kind == EntryKind::Unknown || entry::is_directory(&entry);
        if !may_be_directory {
            self.doom(path, false);
            return Ok(None);
        }
        let refusal = match remove_file(run, self.server, path).await {
            Err(error) if error.is_refusal() => error,
            outcome => return outcome.map(|()| None),
        };
        if entry.kind == EntryKind::Unknown && !lookup::is_directory(run, self.server, path).await?
        {
            return Err(refusal);
        }
        match remove_directory(run, self.server, path).await {
            Ok(()) => Ok(None),
            Err(error) if error.is_refusal() && !error.is_of_no_directory() => Ok(Some(())),
            Err(error) => Err(error),
        }
    }

    async fn leave(&mut self, _: &mut Run, path: &RemotePath) -> Result<(), Error> {
        self.doom(path, true);
        Ok(())
    }
}

fn is_below(path: &RemotePath, directory: &RemotePath) -> bool {
    let rest = path.as_bytes().strip_prefix(directory.as_bytes());
    rest.is_some_and(|rest| rest.first() == Some(&b'/'))
}

async fn remove_directory(run: &mut Run, server: &Server, path: &RemotePath) -> Result<(), Error> {
    let remove = async |session: &mut Session| session.remove_dir(path).await;
    run.on(server, path, remove).await?;
    run.outcomes().succeed();
    Ok(())
}

async fn remove_file(run: &mut Run, server: &Server, path: &RemotePath) -> Result<(), Error> {
    let remove = async |session: &mut Session| session.remove_file(path).await;
    run.on(server, path, remove).await?;
    run.outcomes().succeed();
    Ok(())
}
