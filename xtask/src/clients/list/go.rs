//! Go's most used client.

use anyhow::Context;

use super::driven::Library;
use crate::clients::client::{Client, Front, PASSIVE};
use crate::fetch::{Product, Recipe, Source};

const LIBRARY: Library = Library {
    missing: r"\*textproto.Error: 550",
    lacks: "",
    cuts: false,
};

/// `jlaffaye/ftp`, which has no active mode.
pub(super) const FTP: Client = Client {
    name: "Go jlaffaye/ftp",
    needs: &[("bash", "bash"), ("find", "findutils"), ("go", "golang-go")],
    recipe: Some(&Recipe {
        name: "go-ftp",
        packages: &[],
        product: Product::Go(Source {
            package: "github.com/jlaffaye/ftp",
            files: &[
                (
                    "go.mod",
                    include_str!("../../../../interop/clients/go/go.mod"),
                ),
                (
                    "go.sum",
                    include_str!("../../../../interop/clients/go/go.sum"),
                ),
                (
                    "main.go",
                    include_str!("../../../../interop/clients/go/main.go"),
                ),
            ],
        }),
    }),
    command: |program| {
        let program = program.context("it was not fetched")?;
        let mut command = LIBRARY.command();
        command
            .arg(program.file("client"))
            .env("ROUND_VERSION", &program.version);
        Ok(command)
    },
    fronts: &[
        (Front::Plain, PASSIVE),
        (Front::Explicit, PASSIVE),
        (Front::Implicit, PASSIVE),
    ],
    in_one_way: false,
};
