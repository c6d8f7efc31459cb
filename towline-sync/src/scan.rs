//! Everything in a tree, and what is not known of it.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::sync::Arc;

use tokio::task::JoinSet;

use crate::error::Error;
use crate::filter::Filter;
use crate::node::{Node, NodeKind};
use crate::path::TreePath;
use crate::tree::{
    Child, Contents, EntryProblem, Incompleteness, Tree, is_part_of_transfer, is_probe,
};

/// No real tree is deeper, but a server can invent any number of directories.
const DEEPEST: usize = 100;
pub(crate) const MOST_ENTRIES: u64 = 20_000_000;

/// The number of directories that must be waiting before one more is listed at the same time.
const WORTH_A_LOGIN: usize = 4;

/// Everything in a tree that the patterns of a filter take.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// The entries, in tree order, without the root.
    pub(crate) nodes: Vec<Node>,
    /// Directories that may have more in them, and why.
    pub(crate) incompleteness: BTreeMap<TreePath, Vec<Incompleteness>>,
    /// Directories with something in them that is not among the entries.
    pub(crate) holds_more: BTreeSet<TreePath>,
    /// Files that transfers of this program have left, or are writing.
    pub(crate) parts: Vec<Node>,
    /// How many entries the patterns leave out, apart from what is below them.
    pub(crate) excluded: u64,
    /// The root exists.
    pub(crate) exists: bool,
}

impl Snapshot {
    /// Returns the entries, in tree order, without the root.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Returns the directories that may have more in them, and why.
    pub fn incompleteness(&self) -> impl Iterator<Item = (&TreePath, &Incompleteness)> {
        let incompleteness = self.incompleteness.iter();
        incompleteness
            .flat_map(|(path, incompleteness)| incompleteness.iter().map(move |why| (path, why)))
    }

    /// Whether the root exists.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.exists
    }

    /// Returns the entry at `path`.
    #[must_use]
    pub fn node(&self, path: &TreePath) -> Option<&Node> {
        let found = self.nodes.binary_search_by(|node| node.path.cmp(path));
        found.ok().and_then(|index| self.nodes.get(index))
    }

    /// Whether the listing of `directory` is known to show everything, and so are those of all
    /// directories above it.
    #[must_use]
    pub fn is_complete(&self, directory: &TreePath) -> bool {
        let mut at = Some(directory.clone());
        while let Some(directory) = at {
            if self.incompleteness.contains_key(&directory) {
                return false;
            }
            at = directory.parent();
        }
        true
    }

    /// Whether one of the directories above `path` is a link that was not followed.
    pub(crate) fn leads_on(&self, path: &TreePath) -> bool {
        let mut above = path.parent();
        while let Some(directory) = above {
            let node = self.node(&directory);
            if node.is_some_and(|node| node.kind == NodeKind::Link) {
                return true;
            }
            above = directory.parent();
        }
        false
    }

    /// Whether `directory` is there, and could not be listed.
    pub(crate) fn is_unlisted(&self, directory: &TreePath) -> bool {
        let mut incompleteness = self.incompleteness.get(directory).into_iter().flatten();
        incompleteness.any(|why| matches!(why, Incompleteness::Failed { .. }))
    }

    /// A snapshot of a tree that does not exist, or may not be looked at.
    #[must_use]
    pub fn nothing() -> Self {
        Self::default()
    }

    /// Creates a snapshot from all of its entries.
    #[must_use]
    pub fn of_nodes(mut nodes: Vec<Node>) -> Self {
        nodes.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        Self {
            nodes,
            exists: true,
            ..Self::default()
        }
    }
}

/// Lists a whole tree, several directories at a time.
///
/// # Errors
///
/// [`Error::Remote`] or [`Error::Local`] if the root cannot be listed, or if nothing can be listed
/// any more. A directory below the root that cannot be listed is recorded as an [`Incompleteness`].
/// [`Error::TooLarge`] if the tree has more than 20 million entries.
pub async fn scan<T: Tree>(
    tree: &Arc<T>,
    filter: &Filter,
    connections: NonZeroU32,
) -> Result<Snapshot, Error> {
    scan_at_most(tree, filter, connections, MOST_ENTRIES).await
}

/// As [`scan`], with another limit of entries.
pub(crate) async fn scan_at_most<T: Tree>(
    tree: &Arc<T>,
    filter: &Filter,
    connections: NonZeroU32,
    most_entries: u64,
) -> Result<Snapshot, Error> {
    let most = usize::try_from(connections.get()).unwrap_or(usize::MAX);
    let mut snapshot = Snapshot::default();
    let mut waiting = vec![TreePath::root()];
    let mut listing = JoinSet::new();
    loop {
        while listing.len() < most.min(1 + waiting.len() / WORTH_A_LOGIN)
            && let Some(directory) = waiting.pop()
        {
            let tree = Arc::clone(tree);
            listing.spawn(async move {
                let contents = tree.list(&directory).await;
                (directory, contents)
            });
        }
        let Some(listed) = listing.join_next().await else {
            break;
        };
        let (directory, contents) = match listed {
            Ok(listed) => listed,
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(_) => return Err(Error::Cancelled),
        };
        match contents {
            Ok(contents) => {
                snapshot.take(&directory, contents, filter, &mut waiting);
            }
            Err(error) if directory.is_root() || error.is_final() => return Err(error),
            Err(error) => {
                let what = with_causes(&error);
                snapshot.lacks(directory, Incompleteness::Failed { what });
            }
        }
        if snapshot.entries() > most_entries {
            return Err(Error::TooLarge {
                limit: most_entries,
            });
        }
    }
    snapshot.exists = true;
    let mut above = tree.backup_inside().and_then(|backup| backup.parent());
    while let Some(directory) = above {
        above = directory.parent();
        snapshot.holds_more.insert(directory);
    }
    snapshot.nodes.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    snapshot.refuse_duplicates();
    Ok(snapshot)
}

pub(crate) fn with_causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        let more = source.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = source.source();
    }
    text
}

impl Snapshot {
    /// Replaces the version of a file by one that is more exact.
    pub(crate) fn refine(&mut self, exact: Node) {
        let found = self
            .nodes
            .binary_search_by(|node| node.path.cmp(&exact.path));
        if let Ok(index) = found
            && let Some(node) = self.nodes.get_mut(index)
        {
            *node = exact;
        }
    }

    /// How many entries were seen.
    fn entries(&self) -> u64 {
        let kept = self.nodes.len().saturating_add(self.parts.len());
        let kept = u64::try_from(kept).unwrap_or(u64::MAX);
        kept.saturating_add(self.excluded)
    }

    fn lacks(&mut self, directory: TreePath, why: Incompleteness) {
        self.incompleteness.entry(directory).or_default().push(why);
    }

    /// Adds what is in `directory`.
    fn take(
        &mut self,
        directory: &TreePath,
        contents: Contents,
        filter: &Filter,
        waiting: &mut Vec<TreePath>,
    ) {
        for why in contents.incompleteness {
            self.lacks(directory.clone(), why);
        }
        for Child {
            name,
            kind,
            version,
        } in contents.entries
        {
            let path = match directory.join(&name) {
                Ok(path) => path,
                Err(problem) => {
                    let problem = problem.into();
                    self.lacks(directory.clone(), Incompleteness::Name { name, problem });
                    continue;
                }
            };
            let is_directory = kind == NodeKind::Directory;
            if is_directory && is_probe(&name) {
                continue;
            }
            if !is_directory && is_part_of_transfer(&name) {
                self.holds_more.insert(directory.clone());
                self.parts.push(Node {
                    path,
                    kind,
                    version,
                });
                continue;
            }
            if !filter.takes(&path, is_directory) {
                self.holds_more.insert(directory.clone());
                self.excluded += 1;
                continue;
            }
            if is_directory {
                if path.depth() > DEEPEST {
                    self.lacks(path.clone(), Incompleteness::TooDeep);
                } else {
                    waiting.push(path.clone());
                }
            }
            self.nodes.push(Node {
                path,
                kind,
                version,
            });
        }
    }

    /// If a name comes twice, it is not known which entry is right. Removes both.
    fn refuse_duplicates(&mut self) {
        let twice: BTreeSet<_> = self
            .nodes
            .windows(2)
            .filter(|pair| pair[0].path == pair[1].path)
            .map(|pair| pair[0].path.clone())
            .collect();
        if twice.is_empty() {
            return;
        }
        self.nodes.retain(|node| {
            !twice
                .iter()
                .any(|path| node.path == *path || node.path.is_below(path))
        });
        for path in twice {
            let directory = path.parent().unwrap_or_default();
            let name = path.name().to_vec();
            let problem = EntryProblem::Twice;
            self.lacks(directory, Incompleteness::Name { name, problem });
        }
    }
}

/// Lists `directories` once more, and makes every one doubtful that does not show the same names as
/// before.
///
/// # Errors
///
/// [`Error::Remote`] or [`Error::Local`] if nothing can be listed any more.
pub(crate) async fn confirm<T: Tree>(
    tree: &Arc<T>,
    snapshot: &mut Snapshot,
    directories: &BTreeSet<TreePath>,
    filter: &Filter,
) -> Result<(), Error> {
    for directory in directories {
        let mut again = Snapshot::default();
        match tree.list(directory).await {
            Ok(contents) => again.take(directory, contents, filter, &mut Vec::new()),
            Err(error) if error.is_final() => return Err(error),
            Err(error) => {
                let what = with_causes(&error);
                again.lacks(directory.clone(), Incompleteness::Failed { what });
            }
        }
        let seen = again
            .nodes
            .iter()
            .any(|node| snapshot.node(&node.path).is_none());
        if let Some(incompleteness) = again.incompleteness.remove(directory) {
            snapshot
                .incompleteness
                .entry(directory.clone())
                .or_default()
                .extend(incompleteness);
        } else if seen {
            snapshot.lacks(directory.clone(), Incompleteness::Contradicted);
        }
    }
    Ok(())
}
