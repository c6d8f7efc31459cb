//! Walks trees: every directory in order, one at a time, depth first.
//!
//! `get -r`, `put -r`, `rm -r` and `ls -R` all use this walk. A [`Visitor`] is what a command does
//! in each directory.

use std::borrow::Cow;

use towline::{DirectoryMark, ErrorKind, RemotePath};
use towline_proto::listing::DuplicateNames;

use crate::error::{Error, subject};
use crate::operand::server::Server;
use crate::session::run::Run;
use crate::tree::directory::{Directory, duplicate, join};

/// The limits of a walk. A server could pretend to have an endless tree.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// The depth of the deepest directory to enter, counted from the top.
    depth: usize,
    /// The number of directories below the top.
    directories: usize,
    /// The number of entries below the top.
    entries: u64,
}

impl Limits {
    /// The usual limits, with this many entries.
    pub(crate) fn of_entries(entries: u64) -> Self {
        Self {
            entries,
            ..Self::default()
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            depth: 100,
            directories: 1_000_000,
            entries: u64::MAX,
        }
    }
}

/// What a command does in each directory of a tree.
pub(crate) trait Visitor {
    /// Whether the names are a server's.
    const IS_REMOTE: bool = true;

    /// What the command keeps for each directory.
    type State;
    /// An entry of a directory.
    type Entry;

    /// Enters a directory, and returns its entries. A remote directory is added to its trail.
    ///
    /// # Errors
    /// The failure, after which the directory is skipped.
    async fn enter(
        &mut self,
        run: &mut Run,
        directory: &mut Directory<Self::State>,
    ) -> Result<Vec<Self::Entry>, Error>;

    /// What the entry of a remote directory says, to recognise the directory elsewhere.
    fn mark(&self, entry: &Self::Entry) -> DirectoryMark {
        let _ = entry;
        DirectoryMark::default()
    }

    /// The name of an entry on the server.
    ///
    /// # Errors
    /// If it cannot have a name there. The entry is skipped.
    fn name<'e>(&self, entry: &'e Self::Entry) -> Result<Cow<'e, [u8]>, Error>;

    /// Handles an entry. Returns the state of the directory, if it is one to enter.
    ///
    /// # Errors
    /// The failure of the entry.
    async fn visit(
        &mut self,
        run: &mut Run,
        directory: &Directory<Self::State>,
        path: &RemotePath,
        entry: Self::Entry,
    ) -> Result<Option<Self::State>, Error>;

    /// Leaves a directory, if nothing in it or below it has failed.
    ///
    /// # Errors
    /// The failure.
    async fn leave(&mut self, run: &mut Run, path: &RemotePath) -> Result<(), Error> {
        let _ = (run, path);
        Ok(())
    }
}

/// Walks `top` and everything below it. Failures are reported, and the walk continues.
///
/// # Errors
/// A failure that ends the command; [`ErrorKind::Protocol`] if the tree has too many directories.
pub(crate) async fn walk<V: Visitor>(
    run: &mut Run,
    server: &Server,
    visitor: &mut V,
    top: Directory<V::State>,
    limits: Limits,
) -> Result<(), Error> {
    let mut walk = Walk::new(server, visitor, top.path.clone(), limits);
    walk.steps.push(Step::Enter(top));
    walk.go(run).await
}

/// Walks everything below `top`, whose entries are known already.
///
/// # Errors
/// As [`walk`].
pub(crate) async fn walk_below<V: Visitor>(
    run: &mut Run,
    server: &Server,
    visitor: &mut V,
    top: &Directory<V::State>,
    entries: Vec<V::Entry>,
    limits: Limits,
) -> Result<(), Error> {
    let mut walk = Walk::new(server, visitor, top.path.clone(), limits);
    walk.entries(run, top, entries).await?;
    walk.go(run).await
}

struct Walk<'w, V: Visitor> {
    server: &'w Server,
    visitor: &'w mut V,
    top: RemotePath,
    limits: Limits,
    /// What is left to do, the next step last.
    steps: Vec<Step<V::State>>,
    directories: usize,
    entries: u64,
}

enum Step<B> {
    Enter(Directory<B>),
    /// Leave a directory, if the number of failures is still this.
    Leave(RemotePath, u64),
}

impl<'w, V: Visitor> Walk<'w, V> {
    fn new(server: &'w Server, visitor: &'w mut V, top: RemotePath, limits: Limits) -> Self {
        Self {
            server,
            visitor,
            top,
            limits,
            steps: Vec::new(),
            directories: 0,
            entries: 0,
        }
    }

    async fn go(&mut self, run: &mut Run) -> Result<(), Error> {
        while let Some(step) = self.steps.pop() {
            match step {
                Step::Enter(mut directory) => self.enter(run, &mut directory).await?,
                Step::Leave(path, failures) if run.outcomes().failures() == failures => {
                    if let Err(error) = self.visitor.leave(run, &path).await {
                        run.outcomes().fail(error)?;
                    }
                }
                // Something in the directory has failed.
                Step::Leave(..) => {}
            }
            if run.has_given_up(self.server) {
                let top = subject(&self.top);
                let text = format!("{top}: not everything below was attempted");
                run.printer().warning(&text);
                break;
            }
        }
        Ok(())
    }

    async fn enter(
        &mut self,
        run: &mut Run,
        directory: &mut Directory<V::State>,
    ) -> Result<(), Error> {
        let failures = run.outcomes().failures();
        // Boxed, because the futures of commands would otherwise be nested too deep.
        match Box::pin(self.visitor.enter(run, directory)).await {
            Ok(entries) => {
                self.steps
                    .push(Step::Leave(directory.path.clone(), failures));
                self.entries(run, directory, entries).await
            }
            Err(error) => run.outcomes().fail(error),
        }
    }

    /// Handles the entries of a directory, and enters its subdirectories next.
    async fn entries(
        &mut self,
        run: &mut Run,
        directory: &Directory<V::State>,
        entries: Vec<V::Entry>,
    ) -> Result<(), Error> {
        let mut below = Vec::new();
        let mut names = DuplicateNames::new();
        for entry in entries {
            self.entries += 1;
            if self.entries > self.limits.entries {
                let limit = self.limits.entries;
                let reason = format!("has more than {limit} entries below it (--max-entries)");
                let error = Error::remote(ErrorKind::Incomplete, &self.top, reason);
                return Err(error.explained_by("tree-too-large"));
            }
            match self.entry(run, directory, &mut names, entry).await {
                Ok(found) => below.extend(found),
                Err(error) => {
                    run.outcomes().fail(error)?;
                    if run.has_given_up(self.server) {
                        return Ok(());
                    }
                }
            }
        }
        self.directories += below.len();
        if self.directories > self.limits.directories {
            let limit = self.limits.directories;
            let reason = format!("has more than {limit} directories below it");
            let error = Error::remote(ErrorKind::Protocol, &self.top, reason);
            return Err(error.explained_by("tree-too-large"));
        }
        self.steps.extend(below.into_iter().rev().map(Step::Enter));
        Ok(())
    }

    async fn entry(
        &mut self,
        run: &mut Run,
        directory: &Directory<V::State>,
        names: &mut DuplicateNames,
        entry: V::Entry,
    ) -> Result<Option<Directory<V::State>>, Error> {
        let name = self.visitor.name(&entry)?;
        let path = join(&directory.path, &name).map_err(|error| match V::IS_REMOTE {
            true => error.explained_by("dangerous-name"),
            false => error,
        })?;
        if names.is_duplicate(&name) {
            return Err(duplicate(&path));
        }
        drop(name);
        let mark = self.visitor.mark(&entry);
        let visit = Box::pin(self.visitor.visit(run, directory, &path, entry));
        let state = visit.await?;
        let Some(state) = state else {
            return Ok(None);
        };
        let depth = directory.depth + 1;
        if depth > self.limits.depth {
            let limit = self.limits.depth;
            let reason = format!("is more than {limit} directories deep");
            let error = Error::remote(ErrorKind::Protocol, &path, reason);
            return Err(error.explained_by("tree-too-large"));
        }
        Ok(Some(Directory {
            path,
            state,
            trail: directory.trail.clone(),
            mark,
            depth,
        }))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::operand::remote::Remote;
    use crate::output::printer::{Printer, Verbosity};
    use crate::session::interrupt::{Hangup, Interrupt};

    /// A tree in which every directory has the same entries. Those that end in `/` are directories.
    struct Uniform {
        entries: &'static [&'static str],
        entered: Vec<String>,
        left: Vec<String>,
    }

    impl Visitor for Uniform {
        type State = ();
        type Entry = &'static str;

        async fn enter(
            &mut self,
            _: &mut Run,
            directory: &mut Directory<()>,
        ) -> Result<Vec<&'static str>, Error> {
            self.entered.push(directory.path.to_string());
            Ok(self.entries.to_vec())
        }

        fn name<'e>(&self, entry: &'e &'static str) -> Result<Cow<'e, [u8]>, Error> {
            Ok(Cow::Borrowed(entry.trim_end_matches('/').as_bytes()))
        }

        async fn visit(
            &mut self,
            _: &mut Run,
            _: &Directory<()>,
            _: &RemotePath,
            entry: &'static str,
        ) -> Result<Option<()>, Error> {
            Ok(entry.ends_with('/').then_some(()))
        }

        async fn leave(&mut self, _: &mut Run, path: &RemotePath) -> Result<(), Error> {
            self.left.push(path.to_string());
            Ok(())
        }
    }

    /// Walks such a tree. Returns the visitor, the outcome and the number of failures.
    async fn go(
        entries: &'static [&'static str],
        limits: Limits,
    ) -> (Uniform, Result<(), Error>, u64) {
        let printer = Arc::new(Printer::new(Verbosity::Quiet, false, false));
        let mut run = Run::new(printer, Interrupt::listen(Hangup::Stops).unwrap());
        let server = Remote::parse(b"ftpes://h/").unwrap().server;
        let mut uniform = Uniform {
            entries,
            entered: Vec::new(),
            left: Vec::new(),
        };
        let top = RemotePath::new("t").unwrap();
        let mut walk = Walk::new(&server, &mut uniform, top.clone(), limits);
        walk.steps.push(Step::Enter(Directory::top(top, ())));
        let outcome = walk.go(&mut run).await;
        let failures = run.outcomes().failures();
        (uniform, outcome, failures)
    }

    #[tokio::test]
    async fn directories_are_entered_in_order_and_too_deep_ones_fail_alone() {
        let limits = Limits {
            depth: 2,
            directories: 100,
            entries: u64::MAX,
        };
        let (uniform, outcome, failures) = go(&["a/", "b/", "c"], limits).await;
        assert!(outcome.is_ok());
        let expected = ["t", "t/a", "t/a/a", "t/a/b", "t/b", "t/b/a", "t/b/b"];
        assert_eq!(uniform.entered, expected);
        assert_eq!(failures, 8, "two in each of the four deepest");
        assert_eq!(uniform.left, [""; 0], "each has one of those below it");
    }

    #[tokio::test]
    async fn a_directory_is_left_after_all_that_is_below_it() {
        let limits = Limits {
            depth: 0,
            directories: 0,
            entries: u64::MAX,
        };
        let (uniform, outcome, failures) = go(&["c"], limits).await;
        assert!(outcome.is_ok());
        assert_eq!((uniform.left, failures), (vec!["t".to_owned()], 0));
    }

    #[tokio::test]
    async fn names_that_lead_elsewhere_fail_alone() {
        let limits = Limits {
            depth: 1,
            directories: 10,
            entries: u64::MAX,
        };
        let (uniform, outcome, failures) = go(&["..", "x/y", "", "c"], limits).await;
        assert!(outcome.is_ok());
        assert_eq!((uniform.entered.len(), failures), (1, 3));
    }

    #[tokio::test]
    async fn two_entries_of_one_name_fail_but_for_the_first() {
        let limits = Limits {
            depth: 1,
            ..Limits::default()
        };
        let (uniform, outcome, failures) = go(&["a/", "c", "a/", "c"], limits).await;
        assert!(outcome.is_ok());
        assert_eq!(uniform.entered, ["t", "t/a"]);
        assert_eq!(
            failures, 5,
            "two in each directory, and one that is too deep"
        );
    }

    #[tokio::test]
    async fn too_many_entries_end_the_walk() {
        let limits = Limits::of_entries(7);
        let (_, outcome, _) = go(&["a/", "b/"], limits).await;
        let error = outcome.unwrap_err();
        assert_eq!(
            error.to_string(),
            "t: has more than 7 entries below it (--max-entries)"
        );
    }

    #[tokio::test]
    async fn a_tree_without_end_ends_the_walk() {
        let limits = Limits {
            depth: 100,
            directories: 50,
            entries: u64::MAX,
        };
        let (uniform, outcome, failures) = go(&["a/", "b/"], limits).await;
        let error = outcome.unwrap_err().to_string();
        assert_eq!(error, "t: has more than 50 directories below it");
        assert!(uniform.entered.len() <= 50);
        assert_eq!(failures, 0);
    }
}
