//! Programs that a script of the shell drives.

use std::process::Command;

use anyhow::Result;

use crate::clients::client::script;
use crate::fetch::{Product, Program, Recipe};

/// What every such program needs of the machine.
pub(super) const NEEDS: &[(&str, &str)] = &[("bash", "bash"), ("find", "findutils")];

/// Packages of Debian, unpacked.
pub(super) const fn recipe(name: &'static str, packages: &'static [&'static str]) -> Recipe {
    Recipe {
        name,
        packages,
        product: Product::Unpacked,
    }
}

/// A library, driven by a program of ours that takes the commands of the classic ftp program.
#[derive(Debug)]
pub(super) struct Library {
    /// How it says that a file is missing, as an extended regular expression.
    pub(super) missing: &'static str,
    /// The operations that it lacks.
    pub(super) lacks: &'static str,
    /// Whether it drops the server by itself in the middle of a transfer.
    pub(super) cuts: bool,
}

impl Library {
    /// Runs `shell/library.sh`; what starts the program has to follow.
    pub(super) fn command(&self, program: &Program) -> Result<Command> {
        let mut command = driven(program, "", "library.sh")?;
        command
            .env("ROUND_MISSING", self.missing)
            .env("ROUND_LACKS", self.lacks)
            .env("ROUND_CUTS", if self.cuts { "1" } else { "" });
        Ok(command)
    }
}

/// Runs the script `name`, which drives a file of unpacked packages.
pub(super) fn driven(program: &Program, path: &str, name: &str) -> Result<Command> {
    let mut command = Command::new("bash");
    command
        .arg(script("shell").join(name))
        .env("ROUND_PROGRAM", program.unpacked(path))
        .env("ROUND_LIBRARIES", program.library_path()?)
        .env("ROUND_VERSION", &program.version);
    Ok(command)
}
