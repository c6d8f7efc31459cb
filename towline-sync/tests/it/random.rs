//! Random trees, and what happens to them between two runs.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use towline_sync::Method;

use crate::properties::{Files, files, rules};
use crate::support::path;

/// What somebody does to a tree between two runs.
#[derive(Clone, Debug)]
pub(crate) enum Edit {
    Remove(Index),
    Change(Index, String, i64),
    /// A new file takes the place of whatever is in its way.
    Add(String, String, i64),
}

/// Two trees, what a mirror is told, and what happens to the trees before it runs again.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) source: Files,
    pub(crate) destination: Files,
    /// A link of this name leads out of the destination, if its place is free.
    pub(crate) link: Option<&'static str>,
    pub(crate) at_source: Vec<Edit>,
    pub(crate) at_destination: Vec<Edit>,
    pub(crate) patterns: Vec<(bool, String)>,
    pub(crate) method: Method,
    pub(crate) deletes: bool,
}

/// Trees with a few odd names.
fn odd_files() -> impl Strategy<Value = Files> {
    files().prop_map(|files| {
        let odd = |path: String| path.replace("bb", "\u{fc} b").replace("ab", "-%41#'");
        files
            .into_iter()
            .map(|(path, file)| (odd(path), file))
            .collect()
    })
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let contents = || "[xy]{0,3}";
    let second = || 1_700_000_000..1_700_000_004_i64;
    let name = "[ab]{1,2}(\\.(csv|tmp))?";
    let path = vec(name, 1..4).prop_map(|names| names.join("/"));
    let edit = prop_oneof![
        any::<Index>().prop_map(Edit::Remove),
        (any::<Index>(), contents(), second())
            .prop_map(|(at, text, second)| Edit::Change(at, text, second)),
        (path, contents(), second()).prop_map(|(path, text, second)| Edit::Add(path, text, second)),
    ];
    vec(edit, 0..4)
}

pub(crate) fn cases() -> impl Strategy<Value = Case> {
    let trees = (odd_files(), odd_files());
    let link = prop_oneof![Just(None), Just(Some("a")), Just(Some("b"))];
    let method = prop_oneof![
        3 => Just(Method::SizeTime),
        1 => Just(Method::Size),
        1 => Just(Method::Exists),
        1 => Just(Method::Hash),
    ];
    let told = (rules(), method, prop::bool::weighted(0.7));
    (trees, link, (edits(), edits()), told).prop_map(
        |((source, destination), link, (at_source, at_destination), told)| {
            let (patterns, method, deletes) = told;
            Case {
                source,
                destination,
                link,
                at_source,
                at_destination,
                patterns,
                method,
                deletes,
            }
        },
    )
}

/// Whether only one of the two can be there, because one would have to be a directory.
pub(crate) fn collide(one: &str, other: &str) -> bool {
    path(one).is_below(&path(other)) || path(other).is_below(&path(one))
}

pub(crate) fn edited(files: &Files, edits: &[Edit]) -> Files {
    let mut files = files.clone();
    for edit in edits {
        let at = |index: &Index| {
            let paths: Vec<_> = files.keys().cloned().collect();
            (!paths.is_empty()).then(|| index.get(&paths).clone())
        };
        match edit {
            Edit::Remove(index) => {
                if let Some(path) = at(index) {
                    files.remove(&path);
                }
            }
            Edit::Change(index, contents, second) => {
                if let Some(path) = at(index) {
                    files.insert(path, (contents.clone(), *second));
                }
            }
            Edit::Add(path, contents, second) => {
                files.retain(|other, _| !collide(other, path));
                files.insert(path.clone(), (contents.clone(), *second));
            }
        }
    }
    files
}
