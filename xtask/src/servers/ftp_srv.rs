//! ftp-srv, run by a small program for Node.js. Explicit TLS is optional.

use anyhow::Result;
use towline_interop::Tls;

use super::site::{Prepared, Site};
use crate::fetch::{Product, Recipe, Source};
use crate::process;
use crate::users::PASSWORD;

pub(super) const RECIPE: Recipe = Recipe {
    name: "ftp-srv",
    packages: &[],
    product: Product::Node(Source {
        package: "ftp-srv",
        files: &[
            (PROGRAM, include_str!("../../programs/ftp-srv/server.js")),
            (
                "package.json",
                include_str!("../../programs/ftp-srv/package.json"),
            ),
            (
                "package-lock.json",
                include_str!("../../programs/ftp-srv/package-lock.json"),
            ),
        ],
    }),
};

const PROGRAM: &str = "server.js";

pub(super) fn prepare(site: &Site<'_>) -> Result<Prepared> {
    let [homes, logs] = site.folders()?;
    let scheme = match site.variant.tls {
        Tls::Implicit => "ftps",
        _ => "ftp",
    };
    let mut command = process::dying_with_us("node");
    command
        .arg(site.program.file(PROGRAM))
        .arg(scheme)
        .args([site.host.to_string(), site.port.to_string()])
        .arg(PASSWORD)
        .args([&homes, &site.certificate.certificate, &site.certificate.key])
        .env("TZ", "UTC");
    Ok(Prepared {
        server: site.server(false, &homes, &logs),
        command,
    })
}
