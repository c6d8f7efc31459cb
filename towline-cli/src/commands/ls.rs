//! `towline ls`: lists directories.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::mem;
use std::sync::Arc;

use towline::{DirectoryMark, Entry, EntryKind, RemotePath, Session};
use towline_proto::name::escape;

use crate::args::commands::LsArgs;
use crate::error::{Error, subject};
use crate::operand::parse::Place;
use crate::operand::remote::Remote;
use crate::operand::server::Server;
use crate::operand::sites::Sites;
use crate::output::entry::{self, Key, Order};
use crate::output::list_printer::{Details, ListPrinter};
use crate::output::printer::Printer;
use crate::session::run::Run;
use crate::tree::directory::{Directory, join};
use crate::tree::expand::nothing_matches;
use crate::tree::listing::{Listing, descend, list_blocks};
use crate::tree::lookup::leads_to_directory;
use crate::tree::walk::{Limits, Visitor, walk_below};

/// The number of entries that are aligned and printed together.
const ROWS: usize = 1000;

pub(crate) async fn run(args: &LsArgs, sites: &mut Sites, run: &mut Run) -> Result<(), Error> {
    let mut places = Vec::new();
    for operand in &args.remotes {
        places.push((sites.place(operand)?, title(args, operand)));
    }
    let mut titles = Titles::default();
    for (place, title) in &places {
        titles.next = title.clone();
        if let Err(error) = Box::pin(list(args, run, place, &mut titles)).await {
            run.outcomes().fail(error)?;
        }
    }
    Ok(())
}

/// The line above the listing of one of several operands.
fn title(args: &LsArgs, operand: &OsStr) -> Option<String> {
    let is_one_of_several = args.remotes.len() > 1;
    is_one_of_several.then(|| format!("{}:\n", escape(operand.as_encoded_bytes())))
}

/// The lines above listings. One is printed as soon as its listing has something to print.
#[derive(Debug, Default)]
struct Titles {
    next: Option<String>,
    has_printed: bool,
}

impl Titles {
    /// Prints the title of the listing, if it has one that was not printed.
    fn print(&mut self, printer: &Printer) -> Result<(), Error> {
        let Some(title) = self.next.take().filter(|_| !printer.is_json()) else {
            return Ok(());
        };
        let gap = if self.has_printed { "\n" } else { "" };
        self.has_printed = true;
        printer.data(&format!("{gap}{title}"))
    }
}

/// Lists what an operand names.
async fn list(
    args: &LsArgs,
    run: &mut Run,
    place: &Place,
    titles: &mut Titles,
) -> Result<(), Error> {
    let server = place.server();
    let mut top = Directory::top(place.directory().path.clone(), Vec::new());
    let mut printer = DirectoryPrinter::new(args, server, run, &top, titles);
    let listing = match place {
        Place::Glob(glob) => {
            let wanted = |entry: &Entry| glob.pattern.matches(&entry.name);
            let listing = printer.list(run, wanted).await?;
            if printer.is_empty && listing.entries.is_empty() {
                return Err(nothing_matches(glob, &listing));
            }
            listing
        }
        Place::Exact(remote) => {
            let listed = printer.list(run, |_| true).await;
            match tell_apart(run, remote, listed, printer.is_empty).await? {
                Found::Directory(listing) => listing,
                Found::File(entry) => {
                    printer.print_file(&remote.path, &entry)?;
                    run.outcomes().succeed();
                    return Ok(());
                }
            }
        }
    };
    let (below, mark) = printer.end(run, listing)?;
    if !args.recursive {
        return Ok(());
    }
    Box::pin(descend(run, server, &mut top, mark)).await?;
    let limits = Limits::of_entries(args.tree.max_entries);
    let mut visitor = Below {
        args,
        server,
        titles,
    };
    Box::pin(walk_below(run, server, &mut visitor, &top, below, limits)).await
}

enum Found {
    Directory(Listing),
    File(Box<Entry>),
}

/// Decides from the outcome of the listing whether the path is a directory or a file. `is_whole`
/// says whether the listing still has all entries.
///
/// # Errors
/// The error in `listed`, if it is neither; [`Error::Connect`], [`Error::Session`],
/// [`Error::NotAttempted`] or [`Error::Interrupted`].
async fn tell_apart(
    run: &mut Run,
    remote: &Remote,
    listed: Result<Listing, Error>,
    is_whole: bool,
) -> Result<Found, Error> {
    let is_clear = match &listed {
        Ok(listing) => !is_whole || !may_be_no_directory(listing, remote),
        Err(error) => !error.is_refusal(),
    };
    if is_clear {
        return listed.map(Found::Directory);
    }
    let stat = async |session: &mut Session| session.stat(&remote.path).await;
    match run.on(&remote.server, &remote.path, stat).await {
        Ok(entry) if !entry::is_directory(&entry) => Ok(Found::File(Box::new(entry))),
        Ok(_) => listed.map(Found::Directory),
        // A refusal of the listing says more.
        Err(error) if error.is_refusal() => listed.and(Err(error)),
        Err(error) => Err(error),
    }
}

/// Whether the path may not be a directory. Some servers list a file as a directory that contains
/// the file, and a missing path as an empty directory.
fn may_be_no_directory(listing: &Listing, remote: &Remote) -> bool {
    let path = &remote.path;
    match listing.entries.as_slice() {
        [] => listing.unknown == 0 && !remote.is_top(),
        [entry] => {
            let name = Some(entry.name.as_slice());
            name == path.file_name() || name == Some(path.as_bytes())
        }
        _ => false,
    }
}

/// The path of a directory relative to the top, with a slash at the end.
type RelativePath = Vec<u8>;

/// Prints each directory below the top when it is entered.
struct Below<'a> {
    args: &'a LsArgs,
    server: &'a Server,
    titles: &'a mut Titles,
}

/// An entry that is a directory, or may lead to one.
struct Subdirectory {
    name: Vec<u8>,
    mark: DirectoryMark,
    /// Only following it shows whether it is a directory.
    is_open: bool,
}

impl Visitor for Below<'_> {
    type State = RelativePath;
    type Entry = Subdirectory;

    async fn enter(
        &mut self,
        run: &mut Run,
        directory: &mut Directory<RelativePath>,
    ) -> Result<Vec<Subdirectory>, Error> {
        let titles = &mut *self.titles;
        let mut printer = DirectoryPrinter::new(self.args, self.server, run, directory, titles);
        let listing = printer.list(run, |_| true).await?;
        let (below, mark) = printer.end(run, listing)?;
        descend(run, self.server, directory, mark).await?;
        Ok(below)
    }

    fn name<'e>(&self, entry: &'e Subdirectory) -> Result<Cow<'e, [u8]>, Error> {
        Ok(Cow::Borrowed(&entry.name))
    }

    fn mark(&self, entry: &Subdirectory) -> DirectoryMark {
        entry.mark.clone()
    }

    async fn visit(
        &mut self,
        run: &mut Run,
        directory: &Directory<RelativePath>,
        path: &RemotePath,
        entry: Subdirectory,
    ) -> Result<Option<RelativePath>, Error> {
        if entry.is_open && !leads_to_directory(run, self.server, path).await? {
            return Ok(None);
        }
        Ok(Some([&directory.state[..], &entry.name, b"/"].concat()))
    }
}

/// Prints a directory block by block while it is listed.
struct DirectoryPrinter<'a> {
    recursive: bool,
    follow_links: bool,
    server: &'a Server,
    directory: &'a Directory<RelativePath>,
    titles: &'a mut Titles,
    printer: Arc<Printer>,
    entries: ListPrinter,
    /// Whether times are printed, or decide the order.
    dated: bool,
    /// The most entries of the directory.
    most: u64,
    order: Order,
    /// Entries that wait for the end of the listing, which their order depends on.
    held: Vec<Entry>,
    /// Whether nothing has been taken from the listing.
    is_empty: bool,
    /// The subdirectories, and entries whose names cannot be part of a path, which the walk
    /// reports.
    below: Vec<Subdirectory>,
    mark: DirectoryMark,
}

impl<'a> DirectoryPrinter<'a> {
    fn new(
        args: &LsArgs,
        server: &'a Server,
        run: &Run,
        directory: &'a Directory<RelativePath>,
        titles: &'a mut Titles,
    ) -> Self {
        let printer = run.printer();
        let details = match args.long {
            true => Details::All {
                rounds_sizes: args.human_readable,
            },
            false => Details::Name,
        };
        Self {
            recursive: args.recursive,
            follow_links: args.links.follow_links,
            server,
            directory,
            titles,
            printer: Arc::clone(printer),
            entries: ListPrinter::new(printer, server.name_codec(), details),
            dated: args.long || args.by_time || printer.is_json(),
            most: args.tree.max_entries,
            order: Order {
                by: match (args.by_time, args.by_size) {
                    (true, _) => Key::Time,
                    (false, true) => Key::Size,
                    (false, false) => Key::Name,
                },
                reverse: args.reverse,
            },
            held: Vec::new(),
            is_empty: true,
            below: Vec::new(),
            mark: directory.mark.clone(),
        }
    }

    /// Lists the `wanted` entries, and prints all but those that the listing has then.
    async fn list(
        &mut self,
        run: &mut Run,
        wanted: impl Fn(&Entry) -> bool + Send + Sync,
    ) -> Result<Listing, Error> {
        let (server, path, dated) = (self.server, &self.directory.path, self.dated);
        let most = self.most;
        let take = |block| self.take(block);
        list_blocks(run, server, path, dated, most, wanted, take).await
    }

    /// Prints entries, or holds them until all have arrived.
    fn take(&mut self, mut entries: Vec<Entry>) -> Result<(), Error> {
        self.is_empty &= entries.is_empty();
        if self.order.is_by_name() {
            return self.print(&entries);
        }
        self.held.append(&mut entries);
        Ok(())
    }

    /// Prints a file that is an operand, by its path if there are several operands.
    fn print_file(&mut self, path: &RemotePath, entry: &Entry) -> Result<(), Error> {
        let name = match self.titles.next.take() {
            Some(_) => path.as_bytes(),
            None => &entry.name,
        };
        self.titles.has_printed = true;
        self.entries.add(name, Some(path), entry);
        self.entries.flush()
    }

    fn print(&mut self, entries: &[Entry]) -> Result<(), Error> {
        for rows in entries.chunks(ROWS) {
            self.titles.print(&self.printer)?;
            for entry in rows {
                self.add(entry);
            }
            self.entries.flush()?;
        }
        Ok(())
    }

    fn add(&mut self, entry: &Entry) {
        let relative = [&self.directory.state[..], &entry.name].concat();
        let path = join(&self.directory.path, &entry.name).ok();
        self.entries.add(&relative, path.as_ref(), entry);
        self.mark.add(entry);
        let is_open = match entry.kind {
            EntryKind::Unknown => true,
            EntryKind::Link => self.follow_links,
            _ => false,
        };
        if self.recursive && (path.is_none() || is_open || entry::is_directory(entry)) {
            self.below.push(Subdirectory {
                name: entry.name.clone(),
                mark: DirectoryMark::of(entry),
                is_open,
            });
        }
    }

    /// Prints the rest, and counts the directory. Returns its subdirectories, and the mark of its
    /// entries.
    fn end(
        mut self,
        run: &mut Run,
        mut listing: Listing,
    ) -> Result<(Vec<Subdirectory>, DirectoryMark), Error> {
        let mut rest = mem::take(&mut self.held);
        rest.append(&mut listing.entries);
        if !self.order.is_by_name() {
            self.order.sort(&mut rest);
        }
        self.titles.print(&self.printer)?;
        self.print(&rest)?;
        let path = &self.directory.path;
        match listing.omission(path, "entries are missing") {
            Some(omission) => run.outcomes().fail(omission)?,
            None => run.outcomes().succeed(),
        }
        if listing.cut {
            run.printer().warning(&format!(
                "{}: the listing may have been cut short, so entries may be missing",
                subject(path)
            ));
        }
        Ok((self.below, self.mark))
    }
}
