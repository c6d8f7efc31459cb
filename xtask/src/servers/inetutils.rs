//! ftpd of the GNU inetutils, which does not support TLS. The inetd of inetutils starts it: on its
//! own, it would listen on every address.

use anyhow::Result;

use super::site::{Prepared, Site};
use crate::fetch::{Product, Recipe};
use crate::jail::{Jail, UID};
use crate::users::{PASSWORD_HASH, accounts};

pub(super) const RECIPE: Recipe = Recipe {
    name: "inetutils",
    packages: &["inetutils-ftpd", "inetutils-inetd"],
    product: Product::Jail {
        programs: &["usr/sbin/ftpd", "usr/sbin/inetutils-inetd"],
        pam: false,
    },
};

/// More sessions per minute than the tests open. Above that limit, inetd closes the service for ten
/// minutes.
const SESSIONS: u32 = 100_000;

pub(super) fn prepare(site: &Site<'_>) -> Result<Prepared> {
    let jail = Jail::new(&site.program.image(), site.folder.to_path_buf())?;
    let users = accounts(|user| format!("{user}:x:{UID}:{UID}::/home/{user}:/bin/sh"));
    jail.write("/etc/passwd", format!("root:x:0:0::/:/bin/sh\n{users}"))?;
    jail.write("/etc/group", format!("root:x:0:\nnogroup:x:{UID}:\n"))?;
    let shadow = accounts(|user| format!("{user}:{PASSWORD_HASH}:20000:0:99999:7:::"));
    jail.write("/etc/shadow", shadow)?;
    jail.write("/etc/ftpchroot", accounts(str::to_owned))?;
    jail.write("/etc/hosts", format!("{} localhost\n", site.host))?;
    jail.write("/etc/nsswitch.conf", "hosts: files\n")?;
    jail.write("/etc/protocols", "tcp 6 TCP\n")?;
    let (host, port) = (site.host, site.port);
    let service = format!(
        "{host}:{port} stream tcp4 nowait.{SESSIONS} root /usr/sbin/ftpd ftpd --umask=022\n"
    );
    jail.write("/etc/inetd.conf", service)?;
    let mut command = jail.command("/usr/sbin/inetutils-inetd");
    command.args(["--debug", "--pidfile=/run/inetd.pid", "/etc/inetd.conf"]);
    Ok(Prepared {
        server: site.server(false, &jail.path("/home"), &jail.path("/log")),
        command,
    })
}
