//! Pure-FTPd, which does not require session reuse.

use std::fs;

use anyhow::{Context, Result, bail, ensure};
use towline_interop::Tls;

use super::site::{Prepared, Site};
use crate::fetch::{Product, Recipe};
use crate::jail::{Jail, UID};
use crate::users::{PASSWORD_HASH, accounts};

pub(super) const RECIPE: Recipe = Recipe {
    name: "pure-ftpd",
    packages: &["pure-ftpd"],
    product: Product::Jail {
        programs: &["usr/sbin/pure-ftpd", "usr/bin/pure-pw"],
        pam: false,
    },
};

pub(super) fn prepare(site: &Site<'_>) -> Result<Prepared> {
    let jail = Jail::new(&site.program.image(), site.folder.to_path_buf())?;
    jail.write("/etc/passwd", "root:x:0:0::/:/bin/sh\n")?;
    jail.write("/etc/group", "root:x:0:\n")?;
    // One file serves both purposes: the certificate that the server sends and the CA that it
    // trusts.
    let mut certificates = fs::read(&site.certificate.combined)?;
    if let Some(client) = site.client {
        certificates.extend(fs::read(&client.ca_file)?);
    }
    jail.write("/etc/combined.pem", certificates)?;
    fs::create_dir_all(jail.path("/var/run/pure-ftpd"))?;
    add_users(&jail)?;
    let mut command = jail.command("/usr/sbin/pure-ftpd");
    let level = match site.variant.tls {
        Tls::Never => 0,
        Tls::Optional => 1,
        Tls::Explicit => 2,
        Tls::Implicit => bail!("Pure-FTPd speaks no implicit TLS"),
    };
    if site.client.is_some() {
        // Not a cipher: this is how Pure-FTPd is told to require a certificate.
        command.arg("--tlsciphersuite=-C:HIGH");
    }
    command
        .arg(format!("--bind={},{}", site.host, site.port))
        .arg(format!("--tls={level}"))
        .args([
            "--certfile=/etc/combined.pem",
            "--login=puredb:/etc/users.pdb",
        ])
        .args([
            "--noanonymous",
            "--chrooteveryone",
            "--dontresolve",
            "--minuid=1",
        ])
        .arg("--maxclientsnumber=200")
        .arg(format!("--maxclientsperip={}", site.variant.connections))
        .args([
            "--pidfile=/run/pure-ftpd.pid",
            "--altlog=clf:/log/transfer.log",
        ]);
    Ok(Prepared {
        server: site.server(false, &jail.path("/home"), &jail.path("/log")),
        command,
    })
}

/// Makes Pure-FTPd's own program create its database from a list of users.
fn add_users(jail: &Jail) -> Result<()> {
    // Twelve unset limits follow the home.
    let users = accounts(|user| {
        format!(
            "{user}:{PASSWORD_HASH}:{UID}:{UID}::/home/{user}/./{}",
            ":".repeat(12)
        )
    });
    jail.write("/etc/users", users)?;
    let output = jail
        .command("/usr/bin/pure-pw")
        .args(["mkdb", "/etc/users.pdb", "-f", "/etc/users"])
        .output()
        .context("cannot start pure-pw")?;
    ensure!(
        output.status.success(),
        "pure-pw failed: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}
