//! Refuses a mirror if both sides are the same directory, or one side is inside the other.
//!
//! A server may serve the local side, and its directories may be mounted here, so paths prove
//! nothing. Therefore a directory is created at the destination, and looked for in the source:
//! wherever names suggest it, and at the root of the source before anything is removed or replaced.
//! A plan that is only shown is refused like one that is carried out.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sha2::{Digest as _, Sha256};
use towline::{ErrorDetail, ErrorKind};

use super::builder::Mirror;
use super::seen::Seen;
use crate::carry::Carrier;
use crate::error::Error;
use crate::node::Node;
use crate::path::TreePath;
use crate::plan::{Plan, Rules, Step};
use crate::scan::Snapshot;
use crate::stamp::Stamp;
use crate::tree::{PROBE, Tree, is_probe};

/// Where one side may be the other, or inside it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Overlap {
    /// Directories of the source that may be the destination, then those that may be the directory
    /// above it, and so on.
    in_source: Vec<BTreeSet<TreePath>>,
    /// Directories of the destination that may be the source.
    in_destination: BTreeSet<TreePath>,
    /// Both sides have the same names.
    has_same_names: bool,
    /// The destination is known to exist.
    exists: bool,
}

impl Overlap {
    /// Finds the directories of each side that may be the other side. `names` are those of the path
    /// of the destination.
    pub(super) fn suspected(plan: &Plan, seen: &Seen, names: &[Vec<u8>], rules: &Rules) -> Self {
        let (source, destination) = (&*seen.source, &*seen.destination);
        let exists = destination.exists();
        let mut overlap = Self {
            in_source: vec![BTreeSet::new()],
            has_same_names: exists && have_same_names(source, destination),
            exists,
            ..Self::default()
        };
        if plan.is_empty() {
            return overlap;
        }
        let has_copies = plan.all().any(|action| action.is_copy());
        let replaces = plan.all().any(|action| action.step == Step::Replace);
        let deletes = !plan.deletions.is_empty() && !rules.only_compares;
        let mut here = BTreeSet::new();
        if rules.moves || !rules.only_compares && (replaces || deletes) {
            here.insert(TreePath::root());
        }
        if has_copies {
            here.extend(copies_below(source, destination, has_same_name));
            here.extend(by_name(source, names));
            if !rules.lists_destination {
                here.insert(TreePath::root());
            }
        }
        overlap.in_source = vec![here];
        if has_copies && !exists {
            let above = (0..names.len()).rev().map(|end| {
                let mut above = by_name(source, &names[..end]);
                above.insert(TreePath::root());
                above
            });
            overlap.in_source.extend(above);
        }
        for places in &mut overlap.in_source {
            // A directory that cannot be listed cannot be searched, and nothing is copied from it.
            places.retain(|at| !source.is_unlisted(at));
        }
        if deletes {
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
            let there = copies_below(destination, source, has_same_name);
            let there = there.into_iter().filter(|at| touched.contains(at));
            overlap.in_destination.extend(there);
        }
        if has_copies {
            let there = copies_below(destination, source, may_be_same);
            overlap.in_destination.extend(there);
        }
        overlap
    }
}

/// Whether both have the same entries, at least one.
fn have_same_names(source: &Snapshot, destination: &Snapshot) -> bool {
    let (ours, theirs) = (source.nodes(), destination.nodes());
    let same =
        |(ours, theirs): (&Node, &Node)| ours.kind == theirs.kind && ours.path == theirs.path;
    !ours.is_empty() && ours.len() == theirs.len() && ours.iter().zip(theirs).all(same)
}

fn has_same_name(_: &Node, _: &Node) -> bool {
    true
}

/// Whether two entries may be one.
fn may_be_same(ours: &Node, theirs: &Node) -> bool {
    let same_size = ours.version.size == theirs.version.size;
    ours.kind == theirs.kind
        && same_size
        && !other_time(ours.version.modified, theirs.version.modified)
}

/// Whether these are certainly not one time, on clocks of any zone.
fn other_time(ours: Option<Stamp>, theirs: Option<Stamp>) -> bool {
    ours.zip(theirs).is_some_and(|(ours, theirs)| {
        ours.is_comparable(&theirs)
            && !ours.agrees(&theirs, 0)
            && ours.zone_shift(&theirs).is_none()
    })
}

/// The directories of `outer` below its root that have everything that the root of `inner` has.
fn copies_below(
    outer: &Snapshot,
    inner: &Snapshot,
    is_same: fn(&Node, &Node) -> bool,
) -> Vec<TreePath> {
    let top = inner.nodes().iter().filter(|node| node.path.depth() == 1);
    let top: HashMap<&[u8], &Node> = top.map(|node| (node.path.name(), node)).collect();
    let mut found: BTreeMap<TreePath, usize> = BTreeMap::new();
    for node in outer.nodes() {
        if node.is_directory() && top.is_empty() {
            found.entry(node.path.clone()).or_default();
        }
        let same = top.get(node.path.name());
        if (top.is_empty() || same.is_some_and(|same| is_same(node, same)))
            && let Some(parent) = node.path.parent().filter(|parent| !parent.is_root())
        {
            *found.entry(parent).or_default() += 1;
        }
    }
    let all = found.into_iter();
    let same = all.filter(|(_, count)| *count == top.len());
    same.map(|(path, _)| path).collect()
}

/// The directories of `source` that have the last of `names` as their path.
fn by_name(source: &Snapshot, names: &[Vec<u8>]) -> BTreeSet<TreePath> {
    let paths = (0..names.len()).filter_map(|from| {
        let mut path = TreePath::root();
        for name in &names[from..] {
            path = path.join(name).ok()?;
        }
        Some(path)
    });
    let is_directory = |path: &TreePath| source.node(path).is_some_and(Node::is_directory);
    paths.filter(is_directory).collect()
}

impl<C: Carrier> Mirror<C> {
    /// Fails if one side is, or is inside, the other. Where no directory can be created, this
    /// cannot be tested.
    pub(super) async fn refuse_overlap(&self, mut overlap: Overlap) -> Result<(), Error> {
        let (source, destination) = (&**self.carrier.source(), &**self.carrier.destination());
        let name = self.probe();
        let root = TreePath::root();
        if overlap.has_same_names && !self.have_other_times().await? {
            overlap.in_source[0].insert(root.clone());
        }
        if let Some(at) = self.destination_in_source(&overlap, &name).await? {
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

    /// Where the source has the destination, or a directory above a destination that does not
    /// exist.
    async fn destination_in_source(
        &self,
        overlap: &Overlap,
        name: &[u8],
    ) -> Result<Option<TreePath>, Error> {
        let (source, destination) = (&**self.carrier.source(), &**self.carrier.destination());
        if overlap.in_source.iter().all(BTreeSet::is_empty) {
            return Ok(None);
        }
        let root = TreePath::root();
        let mut above: Option<C::Destination> = None;
        for (missing, places) in overlap.in_source.iter().enumerate() {
            let tree = above.as_ref().unwrap_or(destination);
            let is_there = overlap.exists
                || match tree.look(&root).await {
                    Ok(found) => found.is_some(),
                    Err(error) if error.is_final() => return Err(error),
                    Err(_) => true,
                };
            if is_there {
                if places.is_empty() {
                    return Ok(None);
                }
                let met = met(tree, &root, source, places, name).await?;
                let names = destination.root_names();
                let rest = &names[names.len().saturating_sub(missing)..];
                let join = |at: TreePath, name: &Vec<u8>| at.join(name).ok();
                return Ok(met.and_then(|at| rest.iter().try_fold(at, join)));
            }
            above = tree.above();
            if above.is_none() {
                break;
            }
        }
        Ok(None)
    }

    /// Whether the times of the two roots show that they are two directories.
    async fn have_other_times(&self) -> Result<bool, Error> {
        let destination = self.carrier.destination().changed().await?;
        let source = match destination {
            Some(_) => self.carrier.source().changed().await?,
            None => None,
        };
        Ok(other_time(source, destination))
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
    match destination.create_dir(&probe).await {
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
        let found = copies_below(&outer, &snapshot(&["a", "b"]), has_same_name);
        assert_eq!(texts(found), ["x"]);
        let outer = snapshot(&["a", "x/", "x/a", "y/"]);
        let found = copies_below(&outer, &snapshot(&[]), has_same_name);
        assert_eq!(texts(found), ["y"], "an empty one");
        let outer = snapshot(&["x/", "x/a", "y/", "y/a/"]);
        let found = copies_below(&outer, &snapshot(&["a"]), may_be_same);
        assert_eq!(texts(found), ["x"], "of the same kind");
    }

    #[test]
    fn a_directory_is_suspected_by_its_name() {
        let source = snapshot(&["a", "x/", "x/y/"]);
        let names = ["srv", "x", "y", "new"].map(|name| name.as_bytes().to_vec());
        assert!(by_name(&source, &names).is_empty());
        let found = by_name(&source, &names[..3]);
        assert_eq!(texts(found.into_iter().collect()), ["x/y"]);
    }

    #[test]
    fn times_of_other_zones_may_be_the_same() {
        let time = |seconds| Some(Stamp::second(seconds));
        assert!(!other_time(time(7), time(7)));
        assert!(!other_time(time(7), time(7 + 3600)));
        assert!(!other_time(time(7), None));
        assert!(other_time(time(7), time(9)));
    }
}
