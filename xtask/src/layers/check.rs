//! Checks what was found against the rules.

use std::collections::BTreeSet;
use std::path::Path;

use super::circle;
use super::finding::Finding;
use super::package::Package;
use super::rules::{FILE, Layers, Rules};
use super::tree::Tree;
use super::uses::{Edge, Mention, Uses};

/// How many items of an edge are shown.
const SHOWN: usize = 4;

/// Every member of the workspace has rules, and nothing else does.
pub(super) fn members(rules: &Rules, packages: &[Package]) -> Vec<Finding> {
    let members: BTreeSet<_> = packages
        .iter()
        .map(|package| package.name.as_str())
        .collect();
    let ruled: BTreeSet<_> = rules.packages().collect();
    let missing = members
        .difference(&ruled)
        .map(|name| format!("{name}, a member of the workspace, is missing"));
    let surplus = ruled
        .difference(&members)
        .map(|name| format!("[{name}] is not a member of the workspace"));
    missing
        .chain(surplus)
        .map(|what| Finding::about(FILE, what))
        .collect()
}

/// A package depends only on what its rules allow.
pub(super) fn dependencies(
    root: &Path,
    package: &Package,
    layers: &Layers,
    packages: &[Package],
) -> Vec<Finding> {
    let name = &package.name;
    let manifest = package.manifest_path.strip_prefix(root);
    let manifest = manifest.unwrap_or(&package.manifest_path);
    let is_member = |name: &str| packages.iter().any(|package| package.name == name);
    let forbidden = package.dependencies().filter(|dependency| {
        let is = |listed: &String| listed == dependency;
        is_member(dependency) && !layers.uses.iter().any(is) || layers.never.iter().any(is)
    });
    let mut findings: Vec<_> = forbidden
        .map(|other| format!("depends on {other}, which [{name}] does not allow"))
        .map(|what| Finding::about(manifest, what))
        .collect();
    let unknown = layers.only.keys().filter(|other| !package.can_name(other));
    findings.extend(unknown.map(|other| {
        let what = format!("[{name}] has a rule for {other}, on which {name} does not depend");
        Finding::about(FILE, what)
    }));
    findings
}

/// Every module has its place in the order, and every entry of the order is a module.
pub(super) fn modules(name: &str, layers: &Layers, trees: &[Tree]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let places = || trees.iter().flat_map(|tree| &tree.files);
    for file in places() {
        if let Some((own, folder)) = file.place.split_last()
            && let Some(order) = layers.order_in(folder)
            && !order.contains(own)
        {
            let what = format!("{own} is missing in the order of [{name}]");
            findings.push(Finding::about(&file.path, what));
        }
    }
    let inside = layers
        .inside
        .iter()
        .map(|(folder, order)| (folder.as_str(), order));
    for (folder, order) in std::iter::once(("", &layers.order)).chain(inside) {
        for entry in order {
            let place = folder
                .split('/')
                .filter(|part| !part.is_empty())
                .chain([entry.as_str()]);
            findings.extend(no_module(name, place, trees));
        }
    }
    for entry in layers.only.values().flatten() {
        findings.extend(no_module(name, entry.split('/'), trees));
    }
    findings
}

fn no_module<'a>(
    package: &str,
    place: impl Iterator<Item = &'a str>,
    trees: &[Tree],
) -> Option<Finding> {
    let place: Vec<_> = place.collect();
    let mut files = trees.iter().flat_map(|tree| &tree.files);
    let exists = files.any(|file| file.place == place);
    let what = || {
        format!(
            "[{package}] names {}, which is not a module",
            place.join("/")
        )
    };
    (!exists).then(|| Finding::about(FILE, what()))
}

/// No use runs back or in a circle, and no crate is named where that is not allowed.
pub(super) fn uses(layers: &Layers, tree: &Tree, uses: &Uses) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut forward = Vec::new();
    for edge in &uses.edges {
        match step_back(layers, tree, edge) {
            Some(rule) => findings.push(finding(tree, edge, &rule)),
            None => forward.push(edge),
        }
    }
    // A step back that closes a circle is reported already.
    for circle in circle::all(forward.iter().map(|edge| (edge.from, edge.to))) {
        let name = |file: &usize| place(tree, *file);
        for (at, step) in circle::steps(&circle).enumerate() {
            let turned = circle[at..].iter().chain(&circle[..=at]).map(name);
            let rule = format!("a circle: {}", turned.collect::<Vec<_>>().join(" -> "));
            let edges = forward.iter().filter(|edge| (edge.from, edge.to) == step);
            findings.extend(edges.map(|edge| finding(tree, edge, &rule)));
        }
    }
    findings.extend(
        uses.mentions
            .iter()
            .filter_map(|mention| misplaced(layers, tree, mention)),
    );
    findings
}

/// The rule that an edge breaks by the places of its ends.
fn step_back(layers: &Layers, tree: &Tree, edge: &Edge) -> Option<String> {
    let (from, to) = (&tree.files[edge.from].place, &tree.files[edge.to].place);
    if to.is_empty() {
        return Some("the crate's root is to the right of all its modules".to_owned());
    }
    let common = from
        .iter()
        .zip(to)
        .take_while(|(from, to)| from == to)
        .count();
    let (folder, from) = from.split_at(common);
    let (from, to) = (from.first()?, to.get(common)?);
    let order = layers.order_in(folder)?;
    let at = |name| order.iter().position(|entry| entry == name);
    (at(from)? < at(to)?).then(|| format!("{to} is to the right of {from}"))
}

fn finding(tree: &Tree, edge: &Edge, rule: &str) -> Finding {
    let (from, to) = (&tree.files[edge.from], &tree.files[edge.to]);
    let shown = &edge.items[..edge.items.len().min(SHOWN)];
    let more = match edge.items.len() - shown.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let (items, to) = (shown.join(", "), to.path.display());
    let what = format!("uses {items}{more} of {to}: {rule}");
    Finding::at(&from.path, edge.line, what)
}

fn misplaced(layers: &Layers, tree: &Tree, mention: &Mention) -> Option<Finding> {
    let allowed = layers.only.get(&mention.name)?;
    let file = &tree.files[mention.file];
    let is_in = |entry: &String| {
        let entry: Vec<_> = entry.split('/').collect();
        file.place.len() >= entry.len() && file.place.iter().zip(&entry).all(|(a, b)| a == b)
    };
    let what = || {
        let (name, allowed) = (&mention.name, allowed.join(", "));
        format!("names {name}, which only {allowed} may")
    };
    (!allowed.iter().any(is_in)).then(|| Finding::at(&file.path, mention.line, what()))
}

/// The module of a file, as a path.
pub(super) fn place(tree: &Tree, file: usize) -> String {
    match tree.files[file].place.as_slice() {
        [] => "crate".to_owned(),
        place => place.join("::"),
    }
}
