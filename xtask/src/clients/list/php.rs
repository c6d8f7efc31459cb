//! PHP.

use std::process::Command;

use anyhow::Context;

use crate::clients::client::{BOTH, Client, Front, script};
use crate::fetch::{Product, Recipe};

/// `ftp_connect` and `ftp_ssl_connect`, which has no implicit TLS.
pub(super) const FTP: Client = Client {
    name: "PHP ftp",
    needs: &[],
    recipe: Some(&Recipe {
        name: "php",
        packages: &["php8.2-cli"],
        product: Product::Unpacked,
    }),
    command: |program| {
        let program = program.context("it was not fetched")?;
        let extensions = program.unpacked("usr/lib/php/20220829");
        let mut command = Command::new(program.unpacked("usr/bin/php8.2"));
        command
            .arg("-n")
            .arg("-d")
            .arg(format!("extension_dir={}", extensions.display()))
            .args(["-d", "extension=ftp"])
            .arg(script("php/ftp.php"))
            .env("LD_LIBRARY_PATH", program.library_path()?);
        Ok(command)
    },
    fronts: &[(Front::Plain, BOTH), (Front::Explicit, BOTH)],
    in_one_way: false,
};
