//! libunftp with its file system as storage, run by a small Rust program.

use anyhow::Result;

use super::site::{Prepared, Site};
use crate::fetch::{Product, Recipe, Source};
use crate::process;
use crate::users::PASSWORD;

pub(super) const RECIPE: Recipe = Recipe {
    name: "libunftp",
    packages: &[],
    product: Product::Rust(Source {
        package: "libunftp",
        files: &[
            (
                "server.rs",
                include_str!("../../programs/libunftp/server.rs"),
            ),
            (
                "Cargo.toml",
                include_str!("../../programs/libunftp/Cargo.toml"),
            ),
            (
                "Cargo.lock",
                include_str!("../../programs/libunftp/Cargo.lock"),
            ),
        ],
    }),
};

const PROGRAM: &str = "towline-libunftp";

pub(super) fn prepare(site: &Site<'_>) -> Result<Prepared> {
    let [homes, logs] = site.folders()?;
    let mut command = process::dying_with_us(site.program.file(PROGRAM));
    command
        .arg(format!("{}:{}", site.host, site.port))
        .arg(PASSWORD)
        .args([&homes, &site.certificate.certificate, &site.certificate.key])
        .env("TZ", "UTC");
    Ok(Prepared {
        server: site.server(false, &homes, &logs),
        command,
    })
}
