//! aioftp, run by a small Python program. It supports only implicit TLS.

use anyhow::Result;

use super::pyftpdlib;
use super::site::{Prepared, Site};
use crate::fetch::{Product, Recipe};
use crate::process;
use crate::users::PASSWORD;

pub(super) const RECIPE: Recipe = Recipe {
    name: "aioftp",
    packages: pyftpdlib::RECIPE.packages,
    product: Product::Venv {
        python: pyftpdlib::PYTHON,
        requirements: &[
            "aioftp==0.28.3 --hash=sha256:1d40f1a790efa614df1ffbd3ea68d6cebf8ce89ef544f234801d7e8950445638",
        ],
    },
};

const PROGRAM: &str = include_str!("aioftp.py");

pub(super) fn prepare(site: &Site<'_>) -> Result<Prepared> {
    let [homes, logs] = site.folders()?;
    let program = site.write("server.py", PROGRAM)?;
    let mut command = process::dying_with_us(site.program.python());
    command
        .arg(&program)
        .args([site.host.to_string(), site.port.to_string()])
        .arg(PASSWORD)
        .args([&homes, &site.certificate.combined])
        .env("LD_LIBRARY_PATH", site.program.library_path()?)
        .env("TZ", "UTC")
        .env("PYTHONDONTWRITEBYTECODE", "1");
    Ok(Prepared {
        server: site.server(false, &homes, &logs),
        command,
    })
}
