//! pyftpdlib's TLS handler, run by a small Python program.

use anyhow::Result;

use super::site::{Prepared, Site};
use crate::fetch::{Product, Recipe};
use crate::process;
use crate::users::PASSWORD;

pub(super) const RECIPE: Recipe = Recipe {
    name: "pyftpdlib",
    packages: &[
        "python3.11-minimal",
        "libpython3.11-minimal",
        "libpython3.11-stdlib",
        "python3.11-venv",
        "python3-pip-whl",
    ],
    product: Product::Venv {
        python: PYTHON,
        requirements: &["pyftpdlib==2.2.0", "pyOpenSSL==26.4.0"],
    },
};

/// Python, inside its package.
pub(super) const PYTHON: &str = "usr/bin/python3.11";

const PROGRAM: &str = include_str!("pyftpdlib.py");

pub(super) fn prepare(site: &Site<'_>) -> Result<Prepared> {
    let [homes, logs] = site.folders()?;
    let program = site.write("server.py", PROGRAM)?;
    let mut command = process::dying_with_us(site.program.python());
    command
        .arg(&program)
        .args([site.host.to_string(), site.port.to_string()])
        .arg(PASSWORD)
        .args([
            &homes,
            &site.certificate.combined,
            &logs.join("pyftpdlib.log"),
        ])
        .env("LD_LIBRARY_PATH", site.program.library_path()?)
        .env("TZ", "UTC")
        .env("PYTHONDONTWRITEBYTECODE", "1");
    Ok(Prepared {
        server: site.server(false, &homes, &logs),
        command,
    })
}
