//! `towline ls`: a directory's entries, or all that is below.

use std::mem;
use std::sync::Arc;

use towline::{Entry, RemotePath, Session};

use crate::args::commands::LsArgs;
use crate::context::Context;
use crate::error::{Error, subject};
use crate::operand::names::Names;
use crate::operand::parse::{Matching, Place};
use crate::operand::remote::Remote;
use crate::operand::server::Server;
use crate::output::json;
use crate::output::listing::{self, Lines};
use crate::output::printer::Printer;
use crate::tree::expand::nothing_matches;
use crate::tree::walk::{self, Contents, Directory};

pub(crate) async fn run(args: &LsArgs, context: &mut Context) -> Result<(), Error> {
    let remote = match context.place(&args.remote)? {
        Place::Matching(matching) => {
            let Matching { directory, pattern } = &matching;
            let Remote { server, path, .. } = directory;
            let top = Directory::top(path.clone(), Vec::new());
            let mut sheet = Sheet::new(args, context.shared_printer(), server.names, &top);
            let wanted = |entry: &Entry| pattern.matches(&entry.name);
            let mut contents = sheet.list(context, server, wanted).await?;
            sheet.take(mem::take(&mut contents.entries))?;
            if sheet.is_empty() {
                return Err(nothing_matches(&matching, &contents));
            }
            let below = sheet.end(context, &contents)?;
            return show(args, context, server, below).await;
        }
        Place::Exact(remote) => remote,
    };
    let top = Directory::top(remote.path.clone(), Vec::new());
    let names = remote.server.names;
    let mut sheet = Sheet::new(args, context.shared_printer(), names, &top);
    let listed = sheet.list(context, &remote.server, |_| true).await;
    let is_whole = sheet.is_empty();
    let contents = match listed {
        Err(error) if error.is_refusal() => look_closer(context, &remote, Err(error)).await?,
        Ok(contents) if is_whole && may_be_no_directory(&contents, &remote) => {
            look_closer(context, &remote, Ok(contents)).await?
        }
        outcome => Found::Directory(outcome?),
    };
    let below = match contents {
        Found::Directory(mut contents) => {
            sheet.take(mem::take(&mut contents.entries))?;
            sheet.end(context, &contents)?
        }
        Found::File(entry) => {
            sheet.file(&remote.path, &entry)?;
            context.succeed();
            Vec::new()
        }
    };
    show(args, context, &remote.server, below).await
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

/// A directory to go on with, and its path relative to the top, with a slash at the end.
type Below = Directory<Vec<u8>>;

/// Prints the directories below, and all that is below them.
async fn show(
    args: &LsArgs,
    context: &mut Context,
    server: &Server,
    below: Vec<Below>,
) -> Result<(), Error> {
    let mut pending: Vec<Below> = below.into_iter().rev().collect();
    while let Some(directory) = pending.pop() {
        let mut sheet = Sheet::new(args, context.shared_printer(), server.names, &directory);
        match sheet.list(context, server, |_| true).await {
            Ok(mut contents) => {
                sheet.take(mem::take(&mut contents.entries))?;
                let below = sheet.end(context, &contents)?;
                pending.extend(below.into_iter().rev());
            }
            Err(error) => {
                context.fail(error)?;
                if context.must_abandon(server, &directory.path) {
                    break;
                }
            }
        }
    }
    Ok(())
}

/// So many entries are aligned and written together.
const ROWS: usize = 1000;

/// What one directory shows, printed block by block.
struct Sheet<'a> {
    recursive: bool,
    long: bool,
    printer: Arc<Printer>,
    names: Names,
    directory: &'a Below,
    /// What is to be printed next, for a person or as JSON.
    lines: Lines,
    events: String,
    below: Vec<Below>,
    /// Entries that cannot be gone into.
    failures: Vec<Error>,
    is_empty: bool,
}

impl<'a> Sheet<'a> {
    fn new(args: &LsArgs, printer: Arc<Printer>, names: Names, directory: &'a Below) -> Self {
        let lines = Lines::new(names, args.long, printer.has_colour());
        Self {
            recursive: args.recursive,
            long: args.long,
            printer,
            names,
            directory,
            lines,
            events: String::new(),
            below: Vec::new(),
            failures: Vec::new(),
            is_empty: true,
        }
    }

    /// Lists what is `wanted` of the directory, and prints it but for what [`Contents`] holds then.
    async fn list(
        &mut self,
        context: &mut Context,
        server: &Server,
        wanted: impl Fn(&Entry) -> bool + Send + Sync,
    ) -> Result<Contents, Error> {
        let (path, dated) = (&self.directory.path, self.is_dated());
        let take = |block| self.take(block);
        walk::blocks(context, server, path, dated, wanted, take).await
    }

    /// Whether times are shown.
    fn is_dated(&self) -> bool {
        self.long || self.printer.is_json()
    }

    /// Whether nothing has been printed.
    fn is_empty(&self) -> bool {
        self.is_empty
    }

    /// Prints some entries.
    fn take(&mut self, entries: Vec<Entry>) -> Result<(), Error> {
        self.is_empty &= entries.is_empty();
        for rows in entries.chunks(ROWS) {
            for entry in rows {
                self.add(entry);
            }
            self.flush()?;
        }
        Ok(())
    }

    fn add(&mut self, entry: &Entry) {
        let relative = [&self.directory.beside[..], &entry.name].concat();
        let path = match self.directory.join(&entry.name) {
            Ok(path) => Some(path),
            // To look at it is harmless.
            Err(_) if !self.recursive => None,
            Err(error) => {
                self.failures.push(error);
                None
            }
        };
        self.print(&relative, path.as_ref(), entry);
        if let (true, Some(path)) = (self.recursive && listing::is_directory(entry), path) {
            match self.directory.below(path, [&relative[..], b"/"].concat()) {
                Ok(child) => self.below.push(child),
                Err(error) => self.failures.push(error),
            }
        }
    }

    /// Prints the one file that a listing turned out to be about.
    fn file(&mut self, path: &RemotePath, entry: &Entry) -> Result<(), Error> {
        self.print(&entry.name, Some(path), entry);
        self.flush()
    }

    fn print(&mut self, relative: &[u8], path: Option<&RemotePath>, entry: &Entry) {
        if self.printer.is_json() {
            let event = json::Event::entry(path, entry, self.names);
            self.events.push_str(&json::line(&event));
        } else {
            self.lines.add(relative, entry);
        }
    }

    fn flush(&mut self) -> Result<(), Error> {
        let text = match self.printer.is_json() {
            true => mem::take(&mut self.events),
            false => self.lines.take(),
        };
        self.printer.data(&text)
    }

    /// Counts the directory. Gives the directories to go on with.
    fn end(self, context: &mut Context, contents: &Contents) -> Result<Vec<Below>, Error> {
        let path = &self.directory.path;
        match contents.omission(path, "entries are missing here") {
            Some(omission) => context.fail(omission)?,
            None => context.succeed(),
        }
        if contents.cut {
            context.printer().warning(&format!(
                "{}: its listing may have been cut short, so entries may be missing here",
                subject(path)
            ));
        }
        for failure in self.failures {
            context.fail(failure)?;
        }
        Ok(self.below)
    }
}
