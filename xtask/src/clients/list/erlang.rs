//! Erlang's own client.

use anyhow::Context;

use super::driven::{Library, NEEDS, recipe};
use crate::clients::client::{BOTH, Client, Front, PASSIVE, script};

const LIBRARY: Library = Library {
    missing: "error: epath",
    lacks: "resume-download resume-upload",
    cuts: true,
};

/// The application `ftp`. It sends no REST.
pub(super) const FTP: Client = Client {
    name: "Erlang ftp",
    needs: NEEDS,
    recipe: Some(&recipe("erlang", &["erlang-ftp", "erlang-base"])),
    command: |program| {
        let program = program.context("it was not fetched")?;
        let root = program.unpacked("usr/lib/erlang");
        let mut command = LIBRARY.command();
        command
            .arg("bash")
            .arg(script("erlang/run.sh"))
            .arg(root)
            .env("ROUND_LIBRARIES", program.library_path()?)
            .env("ROUND_VERSION", &program.version);
        Ok(command)
    },
    fronts: &[
        (Front::Plain, BOTH),
        (Front::Explicit, PASSIVE),
        (Front::Implicit, PASSIVE),
    ],
    in_one_way: true,
};
