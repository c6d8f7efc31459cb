//! `cargo xtask api`: the public API as text, so that every change to it is reviewed.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};
use clap::Args;
use similar::TextDiff;

use crate::events::Events;
use crate::{process, workspace};

/// The crates that other programs build on, and the features that add to their API and are off by
/// default.
const CRATES: [(&str, &str); 4] = [
    ("towline", "tracing"),
    ("towline-proto", ""),
    ("towline-sync", ""),
    ("towline-gateway", ""),
];

/// What to do with a difference.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Accept the current API as the expected one.
    #[arg(long)]
    write: bool,
}

/// Compares each crate's public API with its file in docs/api.
pub(crate) fn run(options: &Options, events: &Events) -> Result<()> {
    let mut changed = Vec::new();
    for (name, features) in CRATES {
        let now = public_api(name, features, events)?;
        let path = workspace::root().join(format!("docs/api/{name}.txt"));
        let wanted = fs::read_to_string(&path).unwrap_or_default();
        if wanted == now {
            println!("docs/api/{name}.txt: unchanged");
        } else if options.write {
            fs::write(&path, now).with_context(|| format!("cannot write {}", path.display()))?;
            println!("docs/api/{name}.txt: written");
        } else {
            let diff = TextDiff::from_lines(&wanted, &now);
            print!(
                "{}",
                diff.unified_diff()
                    .context_radius(0)
                    .header("docs/api", "now")
            );
            changed.push(name);
        }
    }
    if !changed.is_empty() {
        let changed = changed.join(" and ");
        bail!(
            "the public API of {changed} has changed; where that is meant, say so with \
             `cargo xtask api --write`, and in CHANGELOG.md"
        );
    }
    Ok(())
}

fn public_api(name: &str, features: &str, events: &Events) -> Result<String> {
    let mut rustdoc = Command::new(env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
    rustdoc
        .current_dir(workspace::root())
        .env("RUSTDOC", workspace::root().join("scripts/rustdoc-json.sh"))
        .args([
            "rustdoc",
            "--quiet",
            "--locked",
            "--lib",
            "--package",
            name,
            "--features",
            features,
            "--",
        ])
        .args(["-Z", "unstable-options", "--output-format", "json"]);
    let status = process::run(&mut rustdoc, events)?;
    ensure!(
        status.success(),
        "the documentation of {name} does not build"
    );
    let json = format!("target/doc/{}.json", name.replace('-', "_"));
    let api = public_api::Builder::from_rustdoc_json(workspace::root().join(json))
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .omit_auto_derived_impls(true)
        .build()?;
    Ok(format!("{api}"))
}
