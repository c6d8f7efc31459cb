//! pyftpdlib's TLS handler, run by a small Python program.

use std::fs;

use anyhow::Result;

use super::site::{Prepared, Site};
use crate::fetch::{Product, Recipe};
use crate::process;
use crate::users::{PASSWORD, users};

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
        python: "usr/bin/python3.11",
        requirements: &["pyftpdlib==2.2.0", "pyOpenSSL==26.4.0"],
    },
};

const PROGRAM: &str = include_str!("pyftpdlib.py");

pub(super) fn prepare(site: &Site<'_>) -> Result<Prepared> {
    let [homes, logs] = ["home", "log"].map(|name| site.folder.join(name));
    fs::create_dir_all(&logs)?;
    for user in users() {
        fs::create_dir_all(homes.join(user))?;
    }
    let program = site.folder.join("server.py");
    fs::write(&program, PROGRAM)?;
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
