//! Small workspaces, each with one fault.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::inspect;

const ORDER: &str = "[one]\norder = ['a', 'b', 'c']\n";

/// The findings in a workspace with one crate, with the given `rules` and source `files`.
fn findings(rules: &str, files: &[(&str, &str)]) -> Vec<String> {
    let root = TempDir::new().unwrap();
    write(
        root.path(),
        "Cargo.toml",
        "[workspace]\nresolver = '3'\nmembers = ['one']\n",
    );
    write(
        root.path(),
        "one/Cargo.toml",
        "[package]\nname = 'one'\nedition = '2024'\n",
    );
    write(root.path(), "layers.toml", rules);
    for (name, text) in files {
        write(root.path(), &format!("one/src/{name}"), text);
    }
    shown(root.path())
}

fn shown(root: &Path) -> Vec<String> {
    let report = inspect(&root.canonicalize().unwrap()).unwrap();
    report.findings.iter().map(ToString::to_string).collect()
}

fn write(root: &Path, name: &str, text: &str) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

#[test]
fn accepts_what_runs_one_way() {
    let files = [
        (
            "lib.rs",
            "mod a;\nmod b;\nmod c;\npub use c::C;\npub use a::*;\n",
        ),
        (
            "a/mod.rs",
            "mod deep;\npub use self::deep::A;\nuse self::deep::A as Renamed;\nfn f(_: Renamed) {}\n",
        ),
        (
            "a/deep.rs",
            "pub struct A;\n#[cfg(test)]\nmod tests {\n    use crate::c::C;\n}\n",
        ),
        (
            "b.rs",
            "use crate::a::A;\npub struct B(A);\n#[cfg(test)]\nmod tests;\n",
        ),
        ("b/tests.rs", "use crate::c::C;\n"),
        (
            "c.rs",
            "use super::{a::A, b};\npub struct C(A, b::B);\npub(in crate::a) fn f() {}\n",
        ),
    ];
    assert_eq!(findings(ORDER, &files), [""; 0]);
}

#[test]
fn finds_a_step_back_wherever_a_path_can_be() {
    let a = "use crate::b::B;
fn f() -> super::c::C {
    crate::c::make()
}
impl crate::c::Trait for B {}
";
    let files = [
        ("lib.rs", "mod a;\nmod b;\nmod c;\n"),
        ("a.rs", a),
        (
            "b.rs",
            "pub struct B;\nfn f() {\n    assert!(matches!(1, crate::c::ONE));\n}\n",
        ),
        (
            "c.rs",
            "pub struct C;\npub trait Trait {}\npub fn make() -> C {}\npub const ONE: u8 = 1;\n",
        ),
    ];
    let expected = [
        "one/src/a.rs:1: uses B of one/src/b.rs: b is to the right of a",
        "one/src/a.rs:2: uses C, make, Trait of one/src/c.rs: c is to the right of a",
        "one/src/b.rs:3: uses ONE of one/src/c.rs: c is to the right of b",
    ];
    assert_eq!(findings(ORDER, &files), expected);
}

#[test]
fn follows_re_exports_to_the_file_that_defines_the_item() {
    let files = [
        (
            "lib.rs",
            "mod a;\nmod b;\nmod c;\npub use crate::c::Shown as Renamed;\n",
        ),
        ("a.rs", "use crate::Renamed;\n"),
        ("b.rs", ""),
        ("c/mod.rs", "mod inner;\npub use inner::Shown;\n"),
        ("c/inner.rs", "pub struct Shown;\n"),
    ];
    let expected = ["one/src/a.rs:1: uses Shown of one/src/c/inner.rs: c is to the right of a"];
    assert_eq!(findings(ORDER, &files), expected);
}

#[test]
fn takes_a_name_that_a_macro_makes_for_one_of_its_file() {
    let files = [
        ("lib.rs", "mod a;\nmod b;\nmod c;\n"),
        ("a.rs", "use crate::b::Made;\n"),
        ("b.rs", "make!(Made);\n"),
        ("c.rs", ""),
    ];
    let expected = ["one/src/a.rs:1: uses Made of one/src/b.rs: b is to the right of a"];
    assert_eq!(findings(ORDER, &files), expected);
}

#[test]
fn follows_globs_name_by_name() {
    let files = [
        ("lib.rs", "mod a;\nmod b;\nmod c;\n"),
        (
            "a.rs",
            "use crate::b::*;\npub struct A;\nfn f(_: Shown) -> A {}\n",
        ),
        ("b.rs", "pub use crate::c::*;\n"),
        ("c.rs", "pub struct Shown;\npub struct A;\n"),
    ];
    let expected = ["one/src/a.rs:3: uses Shown of one/src/c.rs: c is to the right of a"];
    assert_eq!(findings(ORDER, &files), expected);
}

#[test]
fn follows_a_module_that_a_block_imports() {
    let files = [
        ("lib.rs", "mod a;\nmod b;\nmod c;\n"),
        ("a.rs", "fn f() {\n    use crate::c;\n    c::run()\n}\n"),
        ("b.rs", ""),
        ("c.rs", "pub fn run() {}\n"),
    ];
    let expected = ["one/src/a.rs:3: uses run of one/src/c.rs: c is to the right of a"];
    assert_eq!(findings(ORDER, &files), expected);
}

#[test]
fn finds_the_file_of_a_macro() {
    let files = [
        ("lib.rs", "mod a;\nmod b;\n#[macro_use]\nmod c;\n"),
        ("a.rs", "fn f() {\n    shout!(1)\n}\n"),
        (
            "b.rs",
            "macro_rules! call {\n    () => { $crate::c::run() };\n}\n",
        ),
        (
            "c.rs",
            "macro_rules! shout {\n    ($x:expr) => { $x };\n}\npub fn run() {}\n",
        ),
    ];
    let expected = [
        "one/src/a.rs:2: uses shout of one/src/c.rs: c is to the right of a",
        "one/src/b.rs:2: uses run of one/src/c.rs: c is to the right of b",
    ];
    assert_eq!(findings(ORDER, &files), expected);
}

#[test]
fn keeps_the_order_inside_a_folder() {
    let rules = "[one]\norder = ['a']\ninside = { a = ['x', 'y'] }\n";
    let files = [
        ("lib.rs", "mod a;\n"),
        ("a/mod.rs", "mod x;\nmod y;\n"),
        ("a/x.rs", "use super::y::Y;\n"),
        ("a/y.rs", "pub struct Y;\n"),
    ];
    let expected = ["one/src/a/x.rs:1: uses Y of one/src/a/y.rs: y is to the right of x"];
    assert_eq!(findings(rules, &files), expected);
}

#[test]
fn finds_a_circle_of_files_where_there_is_no_order() {
    let rules = "[one]\norder = ['a']\n";
    let files = [
        ("lib.rs", "mod a;\n"),
        ("a.rs", "mod x;\nmod y;\nmod z;\n"),
        ("a/x.rs", "use super::y::Y;\npub struct X;\n"),
        ("a/y.rs", "\nuse super::z::Z;\npub struct Y;\n"),
        (
            "a/z.rs",
            "use super::x::X;\nuse super::y::Y;\npub struct Z;\n",
        ),
    ];
    let expected = [
        "one/src/a/y.rs:2: uses Z of one/src/a/z.rs: a circle: a::y -> a::z -> a::y",
        "one/src/a/z.rs:2: uses Y of one/src/a/y.rs: a circle: a::z -> a::y -> a::z",
    ];
    assert_eq!(findings(rules, &files), expected);
}

#[test]
fn finds_a_circle_between_a_folder_and_a_file_in_it() {
    let rules = "[one]\norder = ['a']\n";
    let files = [
        ("lib.rs", "mod a;\n"),
        (
            "a.rs",
            "mod x;\npub struct A;\nfn f() {\n    x::run(A)\n}\n",
        ),
        ("a/x.rs", "use super::A;\npub fn run(_: A) {}\n"),
    ];
    let expected = [
        "one/src/a/x.rs:1: uses A of one/src/a.rs: a circle: a::x -> a -> a::x",
        "one/src/a.rs:4: uses run of one/src/a/x.rs: a circle: a -> a::x -> a",
    ];
    assert_eq!(findings(rules, &files), expected);
}

#[test]
fn finds_a_module_that_uses_the_root() {
    let files = [
        (
            "main.rs",
            "mod a;\nmod b;\nmod c;\nfn helps() {}\nfn main() {\n    a::run()\n}\n",
        ),
        ("a.rs", "pub fn run() {\n    super::helps()\n}\n"),
        ("b.rs", ""),
        ("c.rs", ""),
    ];
    let expected = [
        "one/src/a.rs:2: uses helps of one/src/main.rs: the crate's root is to the right of all \
         its modules",
    ];
    assert_eq!(findings(ORDER, &files), expected);
}

#[test]
fn finds_modules_and_places_without_each_other() {
    let rules = "[one]\norder = ['a', 'gone']\ninside = { a = ['x'], lost = ['y'] }\n";
    let files = [
        ("lib.rs", "mod a;\nmod new;\n"),
        ("a.rs", "mod other;\n"),
        ("a/other.rs", ""),
        ("new.rs", ""),
    ];
    let expected = [
        "layers.toml: [one] names a/x, which is not a module",
        "layers.toml: [one] names gone, which is not a module",
        "layers.toml: [one] names lost/y, which is not a module",
        "one/src/a/other.rs: other is missing in the order of [one]",
        "one/src/new.rs: new is missing in the order of [one]",
    ];
    assert_eq!(findings(rules, &files), expected);
}

#[test]
fn finds_another_crate_where_it_may_not_be_named() {
    let root = TempDir::new().unwrap();
    let root = root.path();
    write(
        root,
        "Cargo.toml",
        "[workspace]\nresolver = '3'\nmembers = ['one', 'two', 'new']\n",
    );
    let one = "[package]\nname = 'one'\nedition = '2024'\n[dependencies]\n\
               two = { path = '../two' }\nserde = '1'\n[dev-dependencies]\nnew = { path = '../new' }\n";
    write(root, "one/Cargo.toml", one);
    write(root, "one/src/lib.rs", "mod a;\nmod b;\n");
    write(
        root,
        "one/src/a.rs",
        "use serde::Serialize;\npub use serde::Deserialize as D;\n",
    );
    write(
        root,
        "one/src/b.rs",
        "use crate::a::D;\n#[derive(serde::Serialize)]\nstruct B(::serde::X);\n",
    );
    for name in ["two", "new"] {
        let manifest = format!("[package]\nname = '{name}'\nedition = '2024'\n");
        write(root, &format!("{name}/Cargo.toml"), &manifest);
        write(root, &format!("{name}/src/lib.rs"), "");
    }
    let rules = "[one]\nnever = ['serde']\norder = ['a', 'b']\nonly = { serde = ['a'], tokio = ['a'] }\n\
                 [two]\norder = []\n[old]\norder = []\n";
    write(root, "layers.toml", rules);
    let expected = [
        "layers.toml: [old] is not a member of the workspace",
        "layers.toml: [one] has a rule for tokio, on which one does not depend",
        "layers.toml: new, a member of the workspace, is missing",
        "one/Cargo.toml: depends on serde, which [one] does not allow",
        "one/Cargo.toml: depends on two, which [one] does not allow",
        "one/src/b.rs:2: names serde, which only a may",
    ];
    assert_eq!(shown(root), expected);
}
