//! Refuses a mirror if both sides are the same directory, or one side is inside the other.
//!
//! A server may serve the local side, and its directories may be mounted here, so paths prove
//! nothing. Therefore a directory is created at the destination, and looked for in the source:
//! wherever names suggest it, and at the root of the source before anything is removed or replaced.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use sha2::{Digest as _, Sha256};
use towline::{ErrorDetail, ErrorKind};

use super::builder::Mirror;
use super::seen::Seen;
use crate::carry::Carrier;
use crate::error::Error;
use crate::node::Node;
use crate::path::TreePath;
use crate::plan::{Plan, Step};
use crate::scan::Snapshot;
use crate::tree::{PROBE, Tree, is_probe};

/// Where one side may be inside the other.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Overlap {
    /// Directories of the source that may be the destination.
    in_source: BTreeSet<TreePath>,
    /// Directories of the destination that may be the source.
    in_destination: BTreeSet<TreePath>,
    /// The destination was there before.
    exists: bool,
}

impl Overlap {
    /// Finds the directories of each side whose names are those of the other side. `names` are
    /// those of the path of the destination.
    pub(super) fn suspected(plan: &Plan, seen: &Seen, names: &[Vec<u8>], moves: bool) -> Self {
        let (source, destination) = (&*seen.source, &*seen.destination);
        let mut overlap = Self {
            exists: destination.exists(),
            ..Self::default()
        };
        if plan.is_empty() {
            return overlap;
        }
        let has_copies = plan.all().any(|action| action.is_copy());
        let replaces = plan.all().any(|action| action.step == Step::Replace);
        if moves || replaces || !plan.deletions.is_empty() {
            overlap.in_source.insert(TreePath::root());
        }
        if has_copies {
            let here = overlap_below(source, destination);
            overlap.in_source.extend(here);
            overlap
                .in_source
                .extend(by_name(source, names, overlap.exists));
        }
        // A directory that cannot be listed cannot be searched, and nothing is copied from it.
        overlap.in_source.retain(|at| !source.is_unlisted(at));
        let mut touched = BTreeSet::new();
        for deletion in &plan.deletions {
            let mut at = deletion.path.parent();
            while let Some(directory) = at.filter(|directory| !directory.is_root()) {
                at = directory.parent();
                if !touched.insert(directory) {
                    break;
                }
            }
        }
        if !touched.is_empty() {
            let there = overlap_below(destination, source);
            overlap.in_destination = there
                .into_iter()
                .filter(|at| touched.contains(at))
                .collect();
        }
        overlap
    }
}

/// The directories of `outer` below its root that have every name that the root of `inner` has.
fn overlap_below(outer: &Snapshot, inner: &Snapshot) -> Vec<TreePath> {
    let top = inner.nodes().iter().filter(|node| node.path.depth() == 1);
    let names: HashSet<&[u8]> = top.map(|node| node.path.name()).collect();
    let mut found: BTreeMap<TreePath, usize> = BTreeMap::new();
    for node in outer.nodes() {
        if node.is_directory() && names.is_empty() {
            found.entry(node.path.clone()).or_default();
        }
        if (names.is_empty() || names.contains(node.path.name()))
            && let Some(parent) = node.path.parent().filter(|parent| !parent.is_root())
        {
            *found.entry(parent).or_default() += 1;
        }
    }
    let all = found.into_iter();
    let same = all.filter(|(_, count)| *count == names.len());
    same.map(|(path, _)| path).collect()
}

/// The directories of `source` that have the last of `names` as their path. If the destination does
/// not exist yet, they are new as well.
fn by_name(source: &Snapshot, names: &[Vec<u8>], exists: bool) -> Vec<TreePath> {
    let paths = (0..names.len()).filter_map(|from| {
        let mut path = TreePath::root();
        for name in &names[from..] {
            path = path.join(name).ok()?;
        }
        Some(path)
    });
    let is_directory =
        |path: &TreePath| path.is_root() || source.node(path).is_some_and(Node::is_directory);
    let may_be = |path: &TreePath| match exists {
        true => is_directory(path),
        false => is_directory(&path.parent().unwrap_or_default()),
    };
    paths.filter(may_be).collect()
}

impl<C: Carrier> Mirror<C> {
    /// Fails if one side is, or is inside, the other. A destination in which no directory can be
    /// created cannot be tested.
    pub(super) async fn refuse_overlap(&self, overlap: &Overlap) -> Result<(), Error> {
        let (source, destination) = (&**self.carrier.source(), &**self.carrier.destination());
        let name = self.probe();
        let root = TreePath::root();
        if !overlap.in_source.is_empty()
            && let Some(at) = met(destination, &root, source, &overlap.in_source, &name).await?
        {
            if !overlap.exists {
                // It was created only for this test.
                let _ = destination.remove_dir(&root).await;
            }
            return Err(Error::Usage(match at.is_root() {
                true => "the source and the destination are the same directory".to_owned(),
                false => format!("the destination is inside the source, at {at}"),
            }));
        }
        for directory in &overlap.in_destination {
            let roots = BTreeSet::from([root.clone()]);
            if met(destination, directory, source, &roots, &name)
                .await?
                .is_some()
            {
                let what = format!("the source is inside the destination, at {directory}");
                return Err(Error::Usage(what));
            }
        }
        Ok(())
    }

    /// The name of the directory that is created. Other mirrors have other names.
    fn probe(&self) -> Vec<u8> {
        let digest = Sha256::new()
            .chain_update(self.source.len().to_le_bytes())
            .chain_update(&self.source)
            .chain_update(&self.destination)
            .finalize();
        let mut name = PROBE.to_vec();
        name.push(b'.');
        for byte in &digest[..8] {
            name.extend_from_slice(format!("{byte:02x}").as_bytes());
        }
        name
    }
}

/// Creates the directory `name` in `at`, and returns the first of `places` on the other side where
/// it appears.
async fn met<D: Tree, S: Tree>(
    destination: &D,
    at: &TreePath,
    source: &S,
    places: &BTreeSet<TreePath>,
    name: &[u8],
) -> Result<Option<TreePath>, Error> {
    let Ok(mut probe) = at.join(name) else {
        return Ok(None);
    };
    let created = async {
        if at.is_root() {
            destination.create_dir(at).await?;
        }
        destination.create_dir(&probe).await
    };
    match created.await {
        Err(error) if error.is_final() => return Err(error),
        Err(error) => match given_name(&error).and_then(|name| at.join(name).ok()) {
            Some(other) => probe = other,
            None => return Ok(None),
        },
        Ok(()) => {}
    }
    let look = async {
        for place in places {
            if let Ok(path) = place.join(probe.name())
                && source.look(&path).await?.is_some()
            {
                return Ok(Some(place.clone()));
            }
        }
        Ok(None)
    };
    let seen = look.await;
    match destination.remove_dir(&probe).await {
        // Another run of this mirror has removed it.
        Err(error) if error.is_not_found() => {}
        // The server removes no directories. No run copies or lists what stays.
        Err(Error::Remote(error)) if error.kind() == ErrorKind::Refused => {}
        removed => removed?,
    }
    seen
}

/// Returns the name that the server has given instead, if that can only be of the directory.
fn given_name(error: &Error) -> Option<&[u8]> {
    let Error::Remote(error) = error else {
        return None;
    };
    let Some(ErrorDetail::OtherNameGiven { at }) = error.detail() else {
        return None;
    };
    at.file_name().filter(|name| is_probe(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::{NodeKind, Version};

    fn snapshot(paths: &[&str]) -> Snapshot {
        let node = |text: &&str| Node {
            path: TreePath::new(text.trim_end_matches('/').as_bytes()).unwrap(),
            kind: match text.ends_with('/') {
                true => NodeKind::Directory,
                false => NodeKind::File,
            },
            version: Version::default(),
        };
        Snapshot::of_nodes(paths.iter().map(node).collect())
    }

    fn texts(paths: Vec<TreePath>) -> Vec<String> {
        paths.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_directory_with_all_names_of_the_other_side_is_suspected() {
        let outer = snapshot(&["a", "b", "x/", "x/a", "x/b", "x/c", "y/", "y/a"]);
        let found = overlap_below(&outer, &snapshot(&["a", "b"]));
        assert_eq!(texts(found), ["x"]);
        let outer = snapshot(&["a", "x/", "x/a", "y/"]);
        let found = overlap_below(&outer, &snapshot(&[]));
        assert_eq!(texts(found), ["y"], "an empty one");
    }

    #[test]
    fn a_new_directory_is_suspected_by_its_name() {
        let source = snapshot(&["a", "x/", "x/y/"]);
        let names = ["srv", "x", "y", "new"].map(|name| name.as_bytes().to_vec());
        let found = by_name(&source, &names, false);
        assert_eq!(texts(found), ["x/y/new", "new"]);
        let found = by_name(&source, &names[..3], true);
        assert_eq!(texts(found), ["x/y"]);
    }
}
