//! `cargo xtask layers`: a module uses only what is to its left.
//!
//! `layers.toml` at the root of the workspace has the order of each crate's
//! modules. This reads every `use` and every path of the crates' sources,
//! follows imports, re-exports and globs to the file that defines the item, and
//! finds each edge from one file to another that
//!
//! - runs back: to a module that is to the right in the order;
//! - is part of a circle of files;
//! - names another crate where that crate may not be named.
//!
//! Tests (`#[cfg(test)]`) are left out. So are a module's re-exports of its own children, which is
//! how a `mod.rs` or `lib.rs` exposes them.
//!
//! ```text
//! layers.toml -> rules
//! cargo       -> package -> tree (modules, names) -> uses (edges) -> check -> findings
//! ```
//!
//! Without the compiler's types some things cannot be seen: which item a method call or a field
//! belongs to, and names that a macro creates. Such a name is attributed to the file that calls the
//! macro.

mod check;
mod circle;
mod finding;
mod package;
mod path;
mod rules;
#[cfg(test)]
mod tests;
mod tree;
mod uses;

use std::path::Path;

use anyhow::{Result, bail};
use clap::Args;

use self::finding::Finding;
use self::rules::Rules;
use self::tree::Tree;
use crate::workspace;

/// What to show.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Also print every edge between two files.
    #[arg(long)]
    graph: bool,
}

/// Checks all crates; fails if an edge breaks a rule.
pub(crate) fn run(options: &Options) -> Result<()> {
    let report = inspect(&workspace::root())?;
    if options.graph {
        for (from, to) in &report.edges {
            println!("{from} -> {to}");
        }
    }
    for finding in &report.findings {
        println!("{finding}");
    }
    match report.findings.len() {
        0 => {
            let (crates, files) = (report.crates, report.files);
            println!("layers: {files} files of {crates} crates, and nothing runs back");
            Ok(())
        }
        1 => bail!("1 breach of layers.toml"),
        many => bail!("{many} breaches of layers.toml"),
    }
}

/// The findings in a workspace.
#[derive(Debug, Default)]
struct Report {
    /// Sorted.
    findings: Vec<Finding>,
    /// From which module to which, each with its crate.
    edges: Vec<(String, String)>,
    crates: usize,
    files: usize,
}

fn inspect(root: &Path) -> Result<Report> {
    let rules = Rules::load(root)?;
    let packages = package::all(root)?;
    let mut report = Report {
        findings: check::members(&rules, &packages),
        ..Report::default()
    };
    for package in &packages {
        let name = &package.name;
        let Some(layers) = rules.of(name) else {
            continue;
        };
        let load = |file| Tree::load(root, file);
        let trees = package.roots().map(load).collect::<Result<Vec<_>>>()?;
        report.crates += 1;
        let dependencies = check::dependencies(root, package, layers, &packages);
        report.findings.extend(dependencies);
        report.findings.extend(check::modules(name, layers, &trees));
        for tree in &trees {
            let uses = uses::find(tree);
            report.files += tree.files.len();
            report.findings.extend(check::uses(layers, tree, &uses));
            let shown = |file| format!("{name} {}", check::place(tree, file));
            let edges = uses.edges.iter();
            report
                .edges
                .extend(edges.map(|edge| (shown(edge.from), shown(edge.to))));
        }
    }
    report.findings.sort();
    Ok(report)
}
