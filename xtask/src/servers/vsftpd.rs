//! vsftpd with `require_ssl_reuse`, which checks the local users of its jail through PAM.

use std::fs;

use anyhow::Result;
use towline_interop::Tls;

use super::site::{Prepared, Site};
use crate::fetch::{Product, Recipe};
use crate::jail::{Jail, UID};
use crate::users::{PASSWORD_HASH, accounts};

pub(super) const RECIPE: Recipe = Recipe {
    name: "vsftpd",
    packages: &["vsftpd", "libpam-modules"],
    product: Product::Jail {
        programs: &["usr/sbin/vsftpd"],
        pam: true,
    },
};

pub(super) fn prepare(site: &Site<'_>) -> Result<Prepared> {
    let jail = Jail::new(&site.program.image(), site.folder.to_path_buf())?;
    let users = accounts(|user| format!("{user}:x:{UID}:{UID}::/home/{user}:/bin/sh"));
    let system = format!("root:x:0:0::/:/bin/sh\nnobody:x:{UID}:{UID}::/:/bin/false\n");
    jail.write("/etc/passwd", system + &users)?;
    jail.write("/etc/group", format!("root:x:0:\nnogroup:x:{UID}:\n"))?;
    let shadow = accounts(|user| format!("{user}:{PASSWORD_HASH}:20000:0:99999:7:::"));
    jail.write("/etc/shadow", shadow)?;
    jail.write(
        "/etc/pam.d/vsftpd",
        "auth required pam_unix.so\naccount required pam_unix.so\n",
    )?;
    jail.write(
        "/etc/certificate.pem",
        fs::read(&site.certificate.certificate)?,
    )?;
    jail.write("/etc/key.pem", fs::read(&site.certificate.key)?)?;
    if let Some(client) = site.client {
        jail.write("/etc/client-ca.pem", fs::read(&client.ca_file)?)?;
    }
    jail.write("/etc/vsftpd.conf", configuration(site))?;
    fs::create_dir(jail.path("/run/empty"))?;
    let mut command = jail.command("/usr/sbin/vsftpd");
    command.arg("/etc/vsftpd.conf");
    Ok(Prepared {
        server: site.server(true, &jail.path("/home"), &jail.path("/log")),
        command,
    })
}

fn configuration(site: &Site<'_>) -> String {
    let (host, port, tls) = (site.host, site.port, site.variant.tls);
    let listen = if host.is_ipv6() {
        format!("listen_ipv6=YES\nlisten_address6={host}")
    } else {
        format!("listen=YES\nlisten_address={host}")
    };
    let connections = site.variant.connections;
    let enabled = yes(tls != Tls::Never);
    let forced = yes(tls != Tls::Optional);
    let implicit = yes(tls == Tls::Implicit);
    let clients = if site.client.is_some() {
        "require_cert=YES\nvalidate_cert=YES\nca_certs_file=/etc/client-ca.pem\n"
    } else {
        ""
    };
    format!(
        "\
background=NO
{listen}
listen_port={port}
max_clients=0
max_per_ip={connections}

anonymous_enable=NO
local_enable=YES
write_enable=YES
local_umask=022
check_shell=NO
session_support=NO
pam_service_name=vsftpd
chroot_local_user=YES
allow_writeable_chroot=YES
secure_chroot_dir=/run/empty
seccomp_sandbox=NO
isolate=NO
isolate_network=NO

ssl_enable={enabled}
implicit_ssl={implicit}
force_local_logins_ssl={forced}
force_local_data_ssl={forced}
require_ssl_reuse=YES
ssl_tlsv1=YES
ssl_ciphers=HIGH
rsa_cert_file=/etc/certificate.pem
rsa_private_key_file=/etc/key.pem
{clients}
utf8_filesystem=YES
xferlog_enable=YES
xferlog_std_format=NO
vsftpd_log_file=/log/vsftpd.log
log_ftp_protocol=YES
debug_ssl=YES
"
    )
}

fn yes(whether: bool) -> &'static str {
    if whether { "YES" } else { "NO" }
}
