//! Go's most used client.

use super::driven::Library;
use super::files::files;
use crate::clients::client::{ALWAYS_PASSIVE, Client, Origin};
use crate::fetch::{Product, Recipe, Source};

const LIBRARY: Library = Library {
    missing: r"\*textproto.Error: 550",
    lacks: "",
    cuts: false,
};

const RECIPE: Recipe = Recipe {
    name: "go-ftp",
    packages: &[],
    product: Product::Go(Source {
        package: "github.com/jlaffaye/ftp",
        files: files!("go": "go.mod", "go.sum", "main.go"),
    }),
};

/// `jlaffaye/ftp`, which has no active mode.
pub(super) const FTP: Client = Client {
    name: "Go jlaffaye/ftp",
    needs: &[("bash", "bash"), ("find", "findutils"), ("go", "golang-go")],
    origin: Origin::Fetched(&RECIPE, |program| {
        let mut command = LIBRARY.command(program)?;
        command.arg(program.file("client"));
        Ok(command)
    }),
    ways: ALWAYS_PASSIVE,
    peculiarities: &[],
};
