//! A mirror and its settings.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::carry::Carrier;
use crate::execute::DeleteWhen;
use crate::plan::Rules;
use crate::scan::MOST_ENTRIES;
use crate::watch::{Unwatched, Watch};

/// Keeps a destination in step with a source.
///
/// ```
/// use towline_sync::{MemoryCarrier, MemoryTree, Mirror, Rules};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (source, destination) = (MemoryTree::new(), MemoryTree::new());
/// source.write("a/b.txt", b"hello", 1_700_000_000);
/// let carrier = MemoryCarrier::new(source, destination.clone(), 1_800_000_000);
/// let mirror = Mirror::new(carrier, "here", "there").rules(Rules::default());
/// assert_eq!(mirror.plan().await?.counts.copies, 1);
/// mirror.run().await?;
/// assert!(destination.read("a/b.txt").is_some());
/// assert!(mirror.plan().await?.is_empty());
/// # Ok(())
/// # }
/// ```
pub struct Mirror<C: Carrier> {
    pub(super) carrier: Arc<C>,
    pub(super) source: String,
    pub(super) destination: String,
    pub(super) rules: Arc<Rules>,
    pub(super) connections: NonZeroU32,
    pub(super) max_entries: u64,
    pub(super) state: Option<PathBuf>,
    pub(super) has_journal: bool,
    pub(super) waits: bool,
    pub(super) keeps_backup: bool,
    pub(super) resumes: bool,
    pub(super) stable_for: Option<Duration>,
    pub(super) delete_when: DeleteWhen,
    pub(super) max_errors: Option<u64>,
    pub(super) max_transfer: Option<u64>,
    pub(super) watch: Arc<dyn Watch>,
}

impl<C: Carrier> std::fmt::Debug for Mirror<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mirror")
            .field("source", &self.source)
            .field("destination", &self.destination)
            .field("rules", &self.rules)
            .finish_non_exhaustive()
    }
}

impl<C: Carrier> Mirror<C> {
    /// Creates a mirror that deletes nothing. `source` and `destination` are their names: together
    /// they identify the mirror, so they must be the same in every run, and must not be those of
    /// another pair of directories.
    #[must_use]
    pub fn new(carrier: C, source: impl Into<String>, destination: impl Into<String>) -> Self {
        Self {
            carrier: Arc::new(carrier),
            source: source.into(),
            destination: destination.into(),
            rules: Arc::new(Rules::default()),
            connections: NonZeroU32::MIN,
            max_entries: MOST_ENTRIES,
            state: None,
            has_journal: true,
            waits: false,
            keeps_backup: false,
            resumes: false,
            stable_for: None,
            delete_when: DeleteWhen::default(),
            max_errors: None,
            max_transfer: None,
            watch: Arc::new(Unwatched),
        }
    }

    /// Sets what the mirror is to do.
    #[must_use]
    pub fn rules(mut self, rules: Rules) -> Self {
        self.rules = Arc::new(rules);
        self
    }

    /// Sets how many directories are listed, and files removed, at the same time. Default: 1.
    #[must_use]
    pub fn connections(mut self, connections: NonZeroU32) -> Self {
        self.connections = connections;
        self
    }

    /// Sets how many entries each of the two directories may have. A server can invent any number.
    /// Default: 20 million.
    #[must_use]
    pub fn max_entries(mut self, entries: u64) -> Self {
        self.max_entries = entries;
        self
    }

    /// Sets the directory for the journal and the lock. Without one, there is neither: two runs may
    /// get into each other's way, a run that was killed may leave parts, and a server that keeps no
    /// times gets files that changed with the same size only if they became newer.
    #[must_use]
    pub fn state_directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.state = Some(directory.into());
        self
    }

    /// Sets whether there is a journal in the state directory. Default: yes.
    #[must_use]
    pub fn journal(mut self, has_journal: bool) -> Self {
        self.has_journal = has_journal;
        self
    }

    /// Sets whether to wait for another run of the same mirror. Default: no, it is an error.
    #[must_use]
    pub fn wait(mut self, waits: bool) -> Self {
        self.waits = waits;
        self
    }

    /// Sets whether files are put into the backup directory of the destination before they are
    /// overwritten or deleted. Default: no.
    #[must_use]
    pub fn keep_backup(mut self, keeps: bool) -> Self {
        self.keeps_backup = keeps;
        self
    }

    /// Sets whether transfers resume from parts that an earlier run has left. Default: no.
    #[must_use]
    pub fn resumes(mut self, resumes: bool) -> Self {
        self.resumes = resumes;
        self
    }

    /// Copies only files that are the same in two listings this far apart. Default: copies at once.
    #[must_use]
    pub fn stable_for(mut self, time: Duration) -> Self {
        self.stable_for = Some(time);
        self
    }

    /// Sets when deletions happen. Default: after everything was copied.
    #[must_use]
    pub fn delete_when(mut self, when: DeleteWhen) -> Self {
        self.delete_when = when;
        self
    }

    /// Ends the run after this many failures. Default: never.
    #[must_use]
    pub fn max_errors(mut self, errors: u64) -> Self {
        self.max_errors = Some(errors);
        self
    }

    /// Begins no file that would make the total larger than this many bytes. A file that is larger
    /// by itself fails. Default: no limit.
    #[must_use]
    pub fn max_transfer(mut self, bytes: u64) -> Self {
        self.max_transfer = Some(bytes);
        self
    }

    /// Sets the observer of the run.
    #[must_use]
    pub fn watch(mut self, watch: Arc<dyn Watch>) -> Self {
        self.watch = watch;
        self
    }
}
