//! PHP.

use std::process::Command;

use super::driven::recipe;
use crate::clients::client::{Client, NOT_IMPLICIT, Origin, script};

/// `ftp_connect` and `ftp_ssl_connect`, which has no implicit TLS.
pub(super) const FTP: Client = Client {
    name: "PHP ftp",
    needs: &[],
    origin: Origin::Fetched(&recipe("php", &["php8.2-cli"]), |program| {
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
    }),
    ways: NOT_IMPLICIT,
    peculiarities: &[],
};
