//! Random trees, edits and filters, between real directories, trees in memory, and a server.

use std::collections::BTreeMap;
use std::fs;
use std::num::NonZeroU32;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use towline::Cancel;
use towline_sync::{
    Cargo, Carried, Carrier, Copied, Error, Filter, LocalTree, MaxDelete, MemoryFile, MemoryTree,
    Method, Mirror, Plan, Rules, Stamp, Tree, TreePath,
};
use towline_testkit::{DigestCommand, Personality, Server};

use crate::properties::{Files, filter};
use crate::random::{Case, cases, collide, edited};
use crate::support::{Bench, path, touch, write};

/// A tree as somebody else sees and changes it.
trait Side {
    /// Makes these its only files.
    fn hold(&self, files: &Files);

    fn files(&self) -> Files;
}

impl Side for MemoryTree {
    fn hold(&self, files: &Files) {
        for path in [Self::files(self), self.directories()].concat() {
            self.remove(&path);
        }
        for (path, (contents, second)) in files {
            self.write(path, contents.as_bytes(), *second);
        }
    }

    fn files(&self) -> Files {
        let file = |path: TreePath| {
            let MemoryFile { contents, modified } = self.file(&path).unwrap();
            let name = String::from_utf8(path.as_bytes().to_vec()).unwrap();
            let contents = String::from_utf8(contents).unwrap();
            (name, (contents, modified.unwrap().seconds))
        };
        Self::files(self).into_iter().map(file).collect()
    }
}

impl Side for PathBuf {
    fn hold(&self, files: &Files) {
        for entry in fs::read_dir(self).unwrap() {
            let path = entry.unwrap().path();
            match path.symlink_metadata().unwrap().is_dir() {
                true => fs::remove_dir_all(path).unwrap(),
                false => fs::remove_file(path).unwrap(),
            }
        }
        for (path, (contents, second)) in files {
            write(&self.join(path), contents, *second);
        }
    }

    fn files(&self) -> Files {
        let mut found = Files::new();
        let mut pending = vec![self.clone()];
        while let Some(directory) = pending.pop() {
            for entry in fs::read_dir(&directory).unwrap() {
                let path = entry.unwrap().path();
                let metadata = path.symlink_metadata().unwrap();
                if metadata.is_dir() {
                    pending.push(path);
                } else if metadata.is_file() {
                    let name = path.strip_prefix(self).unwrap().to_str().unwrap();
                    let contents = fs::read_to_string(&path).unwrap();
                    found.insert(name.to_owned(), (contents, second_of(&path)));
                }
            }
        }
        found
    }
}

fn second_of(path: &Path) -> i64 {
    let metadata = fs::metadata(path).unwrap();
    filetime::FileTime::from_last_modification_time(&metadata).unix_seconds()
}

/// A tree whose files a test reads and writes by itself.
trait Stored: Tree + Clone {
    fn get(&self, path: &TreePath) -> MemoryFile;
    fn set(&self, path: &TreePath, file: MemoryFile);
}

impl Stored for MemoryTree {
    fn get(&self, path: &TreePath) -> MemoryFile {
        self.file(path).unwrap()
    }

    fn set(&self, path: &TreePath, file: MemoryFile) {
        self.put(path, file);
    }
}

impl Stored for LocalTree {
    fn get(&self, path: &TreePath) -> MemoryFile {
        let path = self.path_of(path).unwrap();
        MemoryFile {
            contents: fs::read(&path).unwrap(),
            modified: Some(Stamp::second(second_of(&path))),
        }
    }

    fn set(&self, path: &TreePath, file: MemoryFile) {
        let path = self.path_of(path).unwrap();
        fs::write(&path, file.contents).unwrap();
        touch(&path, file.modified.unwrap().seconds);
    }
}

/// Copies without a server.
struct Copier<S, D> {
    source: Arc<S>,
    destination: Arc<D>,
    cancel: Cancel,
}

impl<S: Stored, D: Stored> Carrier for Copier<S, D> {
    type Source = S;
    type Destination = D;

    fn source(&self) -> &Arc<S> {
        &self.source
    }

    fn destination(&self) -> &Arc<D> {
        &self.destination
    }

    async fn carry(
        &self,
        mut files: UnboundedReceiver<Cargo>,
        done: UnboundedSender<Carried>,
        _: &Cancel,
    ) {
        while let Some(cargo) = files.recv().await {
            let file = self.source.get(&cargo.path);
            let copied = Copied::new(file.contents.len() as u64, true);
            self.destination.set(&cargo.path, file);
            let (path, outcome) = (cargo.path, Ok(copied));
            done.send(Carried { path, outcome }).unwrap();
        }
    }

    async fn same_contents(&self, path: &TreePath) -> Result<Option<bool>, Error> {
        let contents = (
            self.source.get(path).contents,
            self.destination.get(path).contents,
        );
        Ok(Some(contents.0 == contents.1))
    }

    fn cancel(&self) -> &Cancel {
        &self.cancel
    }
}

/// The directories of one case. Nothing but the two sides may change in them.
struct Ground(tempfile::TempDir);

impl Ground {
    fn new() -> Self {
        let ground = Self(tempfile::tempdir().unwrap());
        for name in ["source", "destination", "outside"] {
            fs::create_dir(ground.at(name)).unwrap();
        }
        ground
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn mirror<S: Stored, D: Stored>(&self, source: &S, destination: &D) -> Mirror<Copier<S, D>> {
        let carrier = Copier {
            source: Arc::new(source.clone()),
            destination: Arc::new(destination.clone()),
            cancel: Cancel::new(),
        };
        Mirror::new(carrier, "a", "b").state_directory(self.at("state"))
    }
}

/// The two sides of a mirror, and what is beside them.
struct Sides<'a> {
    source: &'a dyn Side,
    destination: &'a dyn Side,
    /// Where links can be made, if the destination is a directory.
    linked: Option<PathBuf>,
    outside: PathBuf,
    /// How many seconds apart two times may be that a listing shows as one.
    exactness: i64,
}

impl Sides<'_> {
    /// Puts files and the link in place. Leaves out what something at the destination, which stays,
    /// would be in the way of.
    fn set_out(&self, case: &Case, filter: &Filter, source: &Files, destination: &Files) {
        self.destination.hold(destination);
        let stays = |name: &str| !case.deletes || !takes(filter, name);
        let link = case.link.filter(|name| self.link(name) && stays(name));
        let staying = destination.keys().filter(|name| stays(name));
        let staying: Vec<_> = staying.map(String::as_str).chain(link).collect();
        let is_free = |name: &String| {
            link != Some(name.as_str()) && !staying.iter().any(|other| collide(name, other))
        };
        let free = source.iter().filter(|(name, _)| is_free(name));
        let free = free.map(|(name, file)| (name.clone(), file.clone()));
        self.source.hold(&free.collect());
    }

    /// Makes a link that leads out of the destination, if its place is free.
    fn link(&self, name: &str) -> bool {
        let Some(root) = &self.linked else {
            return false;
        };
        let is_free = fs::symlink_metadata(root.join(name)).is_err();
        if is_free {
            symlink(&self.outside, root.join(name)).unwrap();
        }
        is_free
    }
}

fn takes(filter: &Filter, name: &str) -> bool {
    let verdict = filter.judge(&path(name), None, jiff::Timestamp::UNIX_EPOCH);
    verdict.is_taken()
}

/// Whether every path of `plan` is that of a file of one of the sides, or of a directory around
/// one.
fn names_nothing_else(plan: &Plan, case: &Case, sides: [&Files; 2]) -> bool {
    let is_known = |at: &TreePath| {
        let around = |name: &String| path(name) == *at || path(name).is_below(at);
        at.is_root()
            || case.link.is_some_and(|name| path(name) == *at)
            || sides.iter().any(|files| files.keys().any(around))
    };
    plan.all().all(|action| is_known(&action.path))
}

/// Checks that the destination has what the comparison asks for, and nothing else that the filter
/// takes.
fn agree(
    case: &Case,
    filter: &Filter,
    source: &Files,
    untouched: &Files,
    now: &Files,
    exactness: i64,
) -> Result<(), TestCaseError> {
    let shown = |second: &i64| second.div_euclid(exactness);
    for (name, (contents, second)) in source.iter().filter(|(name, _)| takes(filter, name)) {
        let Some((copy, copied)) = now.get(name) else {
            return Err(TestCaseError::fail(format!("{name} is missing")));
        };
        match case.method {
            Method::SizeTime => {
                let (copy, original) =
                    ((copy.len(), shown(copied)), (contents.len(), shown(second)));
                prop_assert_eq!(copy, original, "{}", name);
            }
            Method::Size => prop_assert_eq!(copy.len(), contents.len(), "{}", name),
            Method::Hash => prop_assert_eq!(copy, contents, "{}", name),
            _ => {}
        }
        // A copy is whole, or it is the old file.
        let is_copy = (copy, copied) == (contents, second);
        prop_assert!(is_copy || untouched.get(name) == now.get(name), "{}", name);
    }
    for (name, old) in untouched {
        match source.contains_key(name) {
            true if takes(filter, name) => {}
            false if takes(filter, name) && case.deletes => {
                prop_assert!(!now.contains_key(name), "{} is extraneous", name);
            }
            _ => prop_assert_eq!(now.get(name), Some(old), "{} is left alone", name),
        }
    }
    Ok(())
}

/// Runs the mirror of a case, lets somebody change both sides, and runs it again.
async fn keeps_its_word<C: Carrier>(
    case: &Case,
    sides: &Sides<'_>,
    mirror: impl Fn(Rules) -> Mirror<C>,
) -> Result<(), TestCaseError> {
    let filter = filter(&case.patterns);
    let rules = Rules::default().filter(filter.clone()).method(case.method);
    let rules = match case.deletes {
        true => rules.delete(MaxDelete::Percent(100)),
        false => rules,
    };
    let mirror = || mirror(rules.clone());
    write(&sides.outside.join("a"), "outside", 1_600_000_000);
    write(&sides.outside.join("b/a.csv"), "outside", 1_600_000_000);
    let outside = Side::files(&sides.outside);
    let (mut source, mut destination) = (case.source.clone(), case.destination.clone());
    for _ in 0..2 {
        sides.set_out(case, &filter, &source, &destination);
        let (given, untouched) = (sides.source.files(), sides.destination.files());
        let plan = mirror().plan().await.unwrap();
        prop_assert!(names_nothing_else(&plan, case, [&given, &untouched]));
        prop_assert_eq!(
            &sides.destination.files(),
            &untouched,
            "a plan changes nothing"
        );
        let report = mirror().run().await.unwrap();
        prop_assert_eq!(report.failed, 0, "{:?}", plan);
        let now = sides.destination.files();
        agree(case, &filter, &given, &untouched, &now, sides.exactness)?;
        prop_assert_eq!(&sides.source.files(), &given, "the source stays");
        let again = mirror().plan().await.unwrap();
        prop_assert!(again.is_empty(), "{:?}", again.all().collect::<Vec<_>>());
        prop_assert_eq!(&Side::files(&sides.outside), &outside);
        source = edited(&given, &case.at_source);
        destination = edited(&now, &case.at_destination);
    }
    Ok(())
}

fn run<T>(work: impl Future<Output = T>) -> T {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder.worker_threads(2).enable_all().build();
    runtime.unwrap().block_on(work)
}

fn names_in(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let sorted: BTreeMap<_, _> = names.map(|name| (name, ())).collect();
    sorted.into_keys().collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn between_two_directories_a_mirror_keeps_its_word(case in cases()) {
        let ground = Ground::new();
        let (source, destination) = (ground.at("source"), ground.at("destination"));
        let sides = Sides {
            source: &source,
            destination: &destination,
            linked: Some(destination.clone()),
            outside: ground.at("outside"),
            exactness: 1,
        };
        let trees = (LocalTree::new(&source), LocalTree::new(&destination));
        run(keeps_its_word(&case, &sides, |rules| {
            ground.mirror(&trees.0, &trees.1).rules(rules)
        }))?;
        prop_assert_eq!(names_in(ground.0.path()), ["destination", "outside", "source", "state"]);
    }

    #[test]
    fn from_memory_to_a_directory_a_mirror_keeps_its_word(case in cases()) {
        let ground = Ground::new();
        let (source, destination) = (MemoryTree::new(), ground.at("destination"));
        let sides = Sides {
            source: &source,
            destination: &destination,
            linked: Some(destination.clone()),
            outside: ground.at("outside"),
            exactness: 1,
        };
        let there = LocalTree::new(&destination);
        run(keeps_its_word(&case, &sides, |rules| ground.mirror(&source, &there).rules(rules)))?;
    }

    #[test]
    fn from_a_directory_to_memory_a_mirror_keeps_its_word(case in cases()) {
        let ground = Ground::new();
        let (source, destination) = (ground.at("source"), MemoryTree::new());
        let sides = Sides {
            source: &source,
            destination: &destination,
            linked: None,
            outside: ground.at("outside"),
            exactness: 1,
        };
        let here = LocalTree::new(&source);
        run(keeps_its_word(&case, &sides, |rules| ground.mirror(&here, &destination).rules(rules)))?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn with_a_server_a_mirror_keeps_its_word(case in cases(), upload: bool, mlsd: bool) {
        run(async {
            let builder = Server::builder(Personality::ProFtpd138).mlsd(mlsd);
            let bench = Bench::with(builder.digests(DigestCommand::ALL)).await;
            let (here, there) = (bench.here(""), bench.there(""));
            let outside = tempfile::tempdir().unwrap();
            let (source, destination) = match upload {
                true => (&here, &there),
                false => (&there, &here),
            };
            let sides = Sides {
                source,
                destination,
                // The server shows a link as what it leads to.
                linked: (!upload).then(|| here.clone()),
                outside: outside.path().to_owned(),
                // `LIST` shows minutes.
                exactness: if mlsd { 1 } else { 60 },
            };
            let connections = NonZeroU32::new(2).unwrap();
            match upload {
                true => {
                    keeps_its_word(&case, &sides, |rules| {
                        bench.up().rules(rules).connections(connections)
                    })
                    .await?;
                }
                false => {
                    keeps_its_word(&case, &sides, |rules| {
                        bench.down().rules(rules).connections(connections)
                    })
                    .await?;
                }
            }
            prop_assert_eq!(names_in(bench.server.root()), ["top"]);
            Ok(())
        })?;
    }
}
