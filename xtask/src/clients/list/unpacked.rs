//! Programs of Debian that have a command line.

use std::process::Command;

use anyhow::{Context, Result};

use crate::clients::client::{BOTH, Client, Front, Mode, PASSIVE, script};
use crate::fetch::{Product, Program, Recipe};

const NEEDS: &[(&str, &str)] = &[("bash", "bash"), ("find", "findutils")];

const EVERY_WAY: &[(Front, &[Mode])] = &[
    (Front::Plain, BOTH),
    (Front::Explicit, BOTH),
    (Front::Implicit, BOTH),
];

pub(super) const CURL: Client = Client {
    name: "curl",
    needs: NEEDS,
    recipe: Some(&recipe("curl", &["curl"])),
    command: |program| driven(program, "usr/bin/curl", "shell/curl.sh"),
    // curl 7.88 begins no TLS on an active data connection.
    fronts: &[
        (Front::Plain, BOTH),
        (Front::Explicit, PASSIVE),
        (Front::Implicit, PASSIVE),
    ],
    usual: true,
};

pub(super) const LFTP: Client = Client {
    name: "lftp",
    needs: NEEDS,
    recipe: Some(&recipe("lftp", &["lftp"])),
    command: |program| driven(program, "usr/bin/lftp", "shell/lftp.sh"),
    fronts: EVERY_WAY,
    usual: false,
};

pub(super) const WGET: Client = Client {
    name: "wget",
    needs: NEEDS,
    recipe: Some(&recipe("wget", &["wget"])),
    command: |program| driven(program, "usr/bin/wget", "shell/wget.sh"),
    fronts: EVERY_WAY,
    usual: false,
};

const fn recipe(name: &'static str, packages: &'static [&'static str]) -> Recipe {
    Recipe {
        name,
        packages,
        product: Product::Unpacked,
    }
}

/// Runs the script that drives a program of unpacked packages.
fn driven(program: Option<&Program>, path: &str, name: &str) -> Result<Command> {
    let program = program.context("it was not fetched")?;
    let mut command = Command::new("bash");
    command
        .arg(script(name))
        .env("ROUND_PROGRAM", program.unpacked(path))
        .env("ROUND_LIBRARIES", program.library_path()?)
        .env("ROUND_VERSION", &program.version);
    Ok(command)
}
