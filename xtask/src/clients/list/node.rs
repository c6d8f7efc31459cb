//! Node.js: packages of npm. Neither has an active mode.

use std::process::Command;

use anyhow::{Context, Result};

use crate::clients::client::{Client, Front, PASSIVE};
use crate::fetch::{Product, Program, Recipe, Source};

const NEEDS: &[(&str, &str)] = &[("node", "nodejs"), ("npm", "npm")];

/// The program's files, and what both programs share.
macro_rules! files {
    ($script:literal) => {
        &[
            (
                "package.json",
                include_str!("../../../../interop/clients/node/package.json"),
            ),
            (
                "package-lock.json",
                include_str!("../../../../interop/clients/node/package-lock.json"),
            ),
            (
                "round.js",
                include_str!("../../../../interop/clients/node/round.js"),
            ),
            (
                $script,
                include_str!(concat!("../../../../interop/clients/node/", $script)),
            ),
        ]
    };
}

pub(super) const BASIC_FTP: Client = Client {
    name: "Node basic-ftp",
    needs: NEEDS,
    recipe: Some(&Recipe {
        name: "basic-ftp",
        packages: &[],
        product: Product::Node(Source {
            package: "basic-ftp",
            files: files!("basic_ftp.js"),
        }),
    }),
    command: |program| node(program, "basic_ftp.js"),
    fronts: &[
        (Front::Plain, PASSIVE),
        (Front::Explicit, PASSIVE),
        (Front::Implicit, PASSIVE),
    ],
    // With TLS, version 6.2.6 at times ends an empty upload before its handshake, on every server.
    in_one_way: true,
};

pub(super) const FTP: Client = Client {
    name: "Node ftp",
    needs: NEEDS,
    recipe: Some(&Recipe {
        name: "npm-ftp",
        packages: &[],
        product: Product::Node(Source {
            package: "ftp",
            files: files!("ftp.js"),
        }),
    }),
    command: |program| node(program, "ftp.js"),
    // Its implicit TLS never becomes ready on Node.js 20, with any server.
    fronts: &[(Front::Plain, PASSIVE), (Front::Explicit, PASSIVE)],
    in_one_way: false,
};

fn node(program: Option<&Program>, name: &str) -> Result<Command> {
    let program = program.context("it was not fetched")?;
    let mut command = Command::new("node");
    command.arg(program.file(name));
    Ok(command)
}
