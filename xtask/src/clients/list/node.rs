//! Node.js: packages of npm. Neither has an active mode.

use std::process::Command;

use anyhow::Result;

use super::files::files;
use crate::clients::client::{ALWAYS_PASSIVE, Client, Origin, PASSIVE_NOT_IMPLICIT, Peculiarity};
use crate::fetch::{Product, Program, Recipe, Source};

const NEEDS: &[(&str, &str)] = &[("node", "nodejs"), ("npm", "npm")];

pub(super) const BASIC_FTP: Client = Client {
    name: "Node basic-ftp",
    needs: NEEDS,
    origin: Origin::Fetched(
        &Recipe {
            name: "basic-ftp",
            packages: &[],
            product: Product::Node(Source {
                package: "basic-ftp",
                files: files!(
                    "node": "package.json", "package-lock.json", "round.js", "basic_ftp.js"
                ),
            }),
        },
        |program| node(program, "basic_ftp.js"),
    ),
    ways: ALWAYS_PASSIVE,
    // With TLS, version 6.2.6 at times ends an empty upload before its handshake, on every server.
    peculiarities: &[Peculiarity::InOneWay],
};

pub(super) const FTP: Client = Client {
    name: "Node ftp",
    needs: NEEDS,
    origin: Origin::Fetched(
        &Recipe {
            name: "npm-ftp",
            packages: &[],
            product: Product::Node(Source {
                package: "ftp",
                files: files!("node": "package.json", "package-lock.json", "round.js", "ftp.js"),
            }),
        },
        |program| node(program, "ftp.js"),
    ),
    // Its implicit TLS never becomes ready on Node.js 20, with any server.
    ways: PASSIVE_NOT_IMPLICIT,
    peculiarities: &[],
};

fn node(program: &Program, name: &str) -> Result<Command> {
    let mut command = Command::new("node");
    command.arg(program.file(name));
    Ok(command)
}
