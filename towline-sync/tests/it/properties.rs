//! Random trees, edits and filters.

use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use towline_sync::{
    Filter, MaxDelete, MemoryCarrier, MemoryFile, MemoryTree, Mirror, Plan, Rules, Stamp, TreePath,
};

const NOW: i64 = 1_800_000_000;

/// Files: contents and times by path. No file is in the way of another's directory.
pub(crate) type Files = BTreeMap<String, (String, i64)>;

pub(crate) fn files() -> impl Strategy<Value = Files> {
    let name = "[ab]{1,2}(\\.(csv|tmp))?";
    let path = vec(name, 1..4).prop_map(|names| names.join("/"));
    let file = ("[xy]{0,3}", 1_700_000_000..1_700_000_004_i64);
    btree_map(path, file, 0..12).prop_map(|files| {
        let paths: Vec<_> = files.keys().cloned().collect();
        let is_in_the_way = |path: &String| {
            let directory = format!("{path}/");
            paths.iter().any(|other| other.starts_with(&directory))
        };
        files
            .into_iter()
            .filter(|(path, _)| !is_in_the_way(path))
            .collect()
    })
}

pub(crate) fn rules() -> impl Strategy<Value = Vec<(bool, String)>> {
    vec(
        (any::<bool>(), "([ab*]{1,2}|\\*\\.(csv|tmp)|[ab]/\\*\\*)"),
        0..3,
    )
}

pub(crate) fn filter(rules: &[(bool, String)]) -> Filter {
    rules.iter().fold(
        Filter::default(),
        |filter, (includes, pattern)| match includes {
            true => filter.include(pattern).unwrap(),
            false => filter.exclude(pattern).unwrap(),
        },
    )
}

fn plant(tree: &MemoryTree, files: &Files) {
    for (path, (contents, second)) in files {
        tree.write(path, contents.as_bytes(), *second);
    }
}

fn contents(tree: &MemoryTree) -> BTreeMap<TreePath, MemoryFile> {
    let files = tree.files().into_iter();
    files
        .map(|path| (path.clone(), tree.file(&path).unwrap()))
        .collect()
}

fn run<T>(work: impl Future<Output = T>) -> T {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_time().build().unwrap().block_on(work)
}

/// Every path of a plan is of one of the sides.
fn names_nothing_else(plan: &Plan, source: &MemoryTree, destination: &MemoryTree) -> bool {
    let known = |tree: &MemoryTree, path: &TreePath| {
        path.is_root() || tree.files().contains(path) || tree.directories().contains(path)
    };
    plan.all()
        .all(|action| known(source, &action.path) || known(destination, &action.path))
}

fn mirror(
    source: &MemoryTree,
    destination: &MemoryTree,
    state: &std::path::Path,
    rules: Rules,
) -> Mirror<MemoryCarrier> {
    let carrier = MemoryCarrier::new(source.clone(), destination.clone(), NOW);
    Mirror::new(carrier, "a", "b")
        .rules(rules)
        .state_directory(state)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn afterwards_the_trees_are_equal_and_a_second_run_plans_nothing(
        before in files(), after in files(), there in files(), keeps_times: bool, patterns in rules(),
    ) {
        let source = MemoryTree::new();
        let destination = match keeps_times {
            true => MemoryTree::new(),
            false => MemoryTree::without_times(),
        };
        plant(&destination, &there);
        let state = tempfile::tempdir().unwrap();
        let filter = filter(&patterns);
        let takes = |path: &TreePath| {
            filter.judge(path, None, jiff::Timestamp::UNIX_EPOCH).is_taken()
        };
        // What is left out may be in the way, and stays there.
        let left_out: Vec<_> = destination.files().into_iter().filter(|path| !takes(path)).collect();
        let is_in_the_way = |name: &String| {
            let path = TreePath::new(name.as_bytes()).unwrap();
            left_out.iter().any(|other| other.is_below(&path) || path.is_below(other))
        };
        prop_assume!(!before.keys().chain(after.keys()).any(is_in_the_way));
        for files in [&before, &after] {
            for path in source.files() {
                source.remove(&path);
            }
            for path in source.directories() {
                source.remove(&path);
            }
            // A change that is worth the name is not older.
            let newer = files.iter().map(|(path, (contents, second))| {
                (path.clone(), (contents.clone(), second + i64::from(files == &after) * 10))
            });
            plant(&source, &newer.collect());
            let untouched = contents(&destination);
            let rules = Rules::default().filter(filter.clone()).delete(MaxDelete::Percent(100));
            let mirror = mirror(&source, &destination, state.path(), rules);
            let plan = run(mirror.plan()).unwrap();
            prop_assert!(names_nothing_else(&plan, &source, &destination));
            prop_assert_eq!(&contents(&destination), &untouched, "a plan changes nothing");
            let report = run(mirror.run()).unwrap();
            prop_assert_eq!(report.failed, 0);
            let again = run(mirror.plan()).unwrap();
            prop_assert!(again.is_empty(), "{:?}", again.all().collect::<Vec<_>>());
            let now = contents(&destination);
            for (path, file) in contents(&source).iter().filter(|(path, _)| takes(path)) {
                let copy = now.get(path).unwrap();
                // With the same size, a copy that keeps no time is told by being newer.
                prop_assert_eq!(copy.contents.len(), file.contents.len());
                if keeps_times {
                    prop_assert!(
                        copy == file || untouched.get(path).is_some_and(|old| old == copy && old.modified == file.modified)
                    );
                }
            }
            let in_source = contents(&source);
            for path in now.keys().filter(|path| takes(path)) {
                prop_assert!(in_source.contains_key(path), "{path} is extraneous");
            }
            for (path, old) in untouched.iter().filter(|(path, _)| !takes(path)) {
                prop_assert_eq!(now.get(path), Some(old), "{} is none of its business", path);
            }
        }
    }

    #[test]
    fn what_is_explained_is_what_is_planned(
        here in files(), there in files(), patterns in rules(), deletes: Option<u64>, moves: bool,
    ) {
        let (source, destination) = (MemoryTree::new(), MemoryTree::new());
        plant(&source, &here);
        plant(&destination, &there);
        let state = tempfile::tempdir().unwrap();
        let rules = Rules::default().filter(filter(&patterns));
        let rules = match deletes {
            Some(most) if !moves => rules.delete(MaxDelete::Files(most % 6)),
            _ => rules.moves(moves),
        };
        let mirror = mirror(&source, &destination, state.path(), rules);
        let plan = run(mirror.plan()).unwrap();
        let mut paths = [source.files(), source.directories()].concat();
        paths.extend([destination.files(), destination.directories()].concat());
        for path in paths {
            let planned = plan.all().find(|action| action.path == path);
            let explained = run(mirror.explain(&path)).unwrap();
            prop_assert_eq!(explained.step, planned.map(|action| action.step), "{}", explained);
            let says_so = explained.to_string().contains("t is copied, because");
            let is_copied = planned.is_some_and(towline_sync::Action::is_copy);
            prop_assert!(is_copied || !says_so, "{}", explained);
            if let Some(planned) = planned.filter(|_| is_copied) {
                prop_assert_eq!(explained.reason, planned.reason.name(), "{}", explained);
            }
        }
    }

    #[test]
    fn a_move_leaves_each_file_on_exactly_one_side(files in files(), patterns in rules()) {
        let (source, destination) = (MemoryTree::new(), MemoryTree::new());
        plant(&source, &files);
        let before = contents(&source);
        let state = tempfile::tempdir().unwrap();
        let filter = filter(&patterns);
        let rules = Rules::default().filter(filter.clone()).moves(true);
        let report = run(mirror(&source, &destination, state.path(), rules).run()).unwrap();
        prop_assert_eq!((report.failed, report.copied), (0, report.removed));
        let mut after = contents(&source);
        let moved = contents(&destination);
        for path in moved.keys() {
            prop_assert!(!after.contains_key(path));
        }
        after.extend(moved);
        prop_assert_eq!(after, before);
    }

    #[test]
    fn nothing_is_deleted_where_a_listing_is_not_complete(
        here in files(), there in files(), doubtful in 0..4_usize,
    ) {
        let (source, destination) = (MemoryTree::new(), MemoryTree::new());
        plant(&source, &here);
        plant(&destination, &there);
        let mut directories = source.directories();
        directories.push(TreePath::root());
        let directory = &directories[doubtful % directories.len()];
        let why = towline_sync::Incompleteness::Listing(towline::Completeness::Cut);
        source.make_incomplete(directory, why);
        let state = tempfile::tempdir().unwrap();
        let rules = Rules::default().delete(MaxDelete::Percent(100));
        let before = contents(&destination);
        run(mirror(&source, &destination, state.path(), rules).run()).unwrap();
        let after = contents(&destination);
        for path in before.keys().filter(|path| path.is_below(directory)) {
            prop_assert!(after.contains_key(path), "{path}");
        }
    }

    #[test]
    fn a_plan_reads_back_as_it_was_saved(here in files(), there in files()) {
        let (source, destination) = (MemoryTree::new(), MemoryTree::new());
        plant(&source, &here);
        plant(&destination, &there);
        let state = tempfile::tempdir().unwrap();
        let rules = Rules::default().delete(MaxDelete::Percent(100));
        let mirror = mirror(&source, &destination, state.path(), rules);
        let plan = run(mirror.plan()).unwrap();
        let file = state.path().join("plan.json");
        plan.save(&file).unwrap();
        let read = Plan::load(&file).unwrap();
        prop_assert_eq!(&read.actions, &plan.actions);
        prop_assert_eq!(&read.deletions, &plan.deletions);
        prop_assert_eq!(read.counts, plan.counts);
    }

    #[test]
    fn stamps_of_one_instant_agree_at_every_precision(second in 0..4_000_000_000_i64) {
        use towline_sync::Precision::{Day, Minute, Nanosecond, Second};
        let at = |precision, length: i64| Stamp {
            seconds: second - second % length,
            precision,
            ..Stamp::second(second)
        };
        let stamps = [at(Day, 86_400), at(Minute, 60), at(Second, 1), at(Nanosecond, 1)];
        for a in &stamps {
            for b in &stamps {
                prop_assert!(a.agrees(b, 0) && !a.is_before(b));
            }
        }
    }
}
