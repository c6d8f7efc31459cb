//! Erlang's own client.

use super::driven::{Library, NEEDS, recipe};
use crate::clients::client::{ACTIVE_WITHOUT_TLS, Client, Origin, Peculiarity, script};
use crate::fetch::Recipe;

const LIBRARY: Library = Library {
    missing: "error: epath",
    lacks: "resume-download resume-upload",
    cuts: true,
};

const RECIPE: Recipe = recipe("erlang", &["erlang-ftp", "erlang-base"]);

/// The application `ftp`. It sends no REST.
pub(super) const FTP: Client = Client {
    name: "Erlang ftp",
    needs: NEEDS,
    origin: Origin::Fetched(&RECIPE, |program| {
        let mut command = LIBRARY.command(program)?;
        command
            .arg("bash")
            .arg(script("erlang/run.sh"))
            .arg(program.unpacked("usr/lib/erlang"));
        Ok(command)
    }),
    ways: ACTIVE_WITHOUT_TLS,
    peculiarities: &[Peculiarity::InOneWay],
};
