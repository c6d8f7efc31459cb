//! ProFTPD with `mod_tls` at its defaults, which require session reuse.

use std::fs;

use anyhow::Result;
use towline_interop::Tls;

use super::site::{Prepared, Site};
use crate::fetch::{Product, Recipe};
use crate::jail::{Jail, UID};
use crate::users::{PASSWORD_HASH, accounts};

pub(super) const RECIPE: Recipe = Recipe {
    name: "proftpd",
    packages: &["proftpd-core", "proftpd-mod-crypto"],
    product: Product::Jail {
        programs: &[
            "usr/sbin/proftpd",
            "usr/lib/proftpd/mod_tls.so",
            "usr/lib/proftpd/mod_digest.so",
            "usr/lib/proftpd/mod_site_misc.so",
        ],
        pam: false,
    },
};

pub(super) fn prepare(site: &Site<'_>) -> Result<Prepared> {
    let jail = Jail::new(&site.program.image(), site.folder.to_path_buf())?;
    jail.write("/etc/passwd", "root:x:0:0::/:/bin/sh\n")?;
    jail.write("/etc/group", "root:x:0:\n")?;
    jail.write("/etc/hosts", format!("{} localhost\n", site.host))?;
    let users =
        accounts(|user| format!("{user}:{PASSWORD_HASH}:{UID}:{UID}::/home/{user}:/bin/sh"));
    jail.write("/etc/ftp.passwd", users)?;
    jail.write(
        "/etc/certificate.pem",
        fs::read(&site.certificate.certificate)?,
    )?;
    jail.write("/etc/key.pem", fs::read(&site.certificate.key)?)?;
    if let Some(client) = site.client {
        jail.write("/etc/client-ca.pem", fs::read(&client.ca_file)?)?;
    }
    jail.write("/etc/proftpd.conf", configuration(site))?;
    let mut command = jail.command("/usr/sbin/proftpd");
    command.args(["--nodaemon", "--config", "/etc/proftpd.conf"]);
    Ok(Prepared {
        server: site.server(true, &jail.path("/home"), &jail.path("/log")),
        command,
    })
}

fn configuration(site: &Site<'_>) -> String {
    let (host, port, variant) = (site.host, site.port, site.variant);
    let ipv6 = if host.is_ipv6() { "on" } else { "off" };
    let connections = variant.connections;
    let encoding = if variant.utf8 { "on" } else { "off" };
    let modules = if variant.more_commands {
        "LoadModule mod_digest.c\nLoadModule mod_site_misc.c\n"
    } else {
        ""
    };
    let tls = match variant.tls {
        Tls::Never => String::new(),
        _ => tls(site),
    };
    format!(
        "\
ServerType standalone
ServerName Towline
DefaultAddress {host}
Port {port}
UseIPv6 {ipv6}
UseReverseDNS off
MaxClientsPerHost {connections}
SocketBindTight on
User root
Group root
PidFile /run/proftpd.pid
ScoreboardFile /run/proftpd.scoreboard
DelayEngine off
WtmpLog off
TransferLog NONE
SystemLog /log/proftpd.log
LogFormat commands \"%P %U %r -> %s\"
ExtendedLog /log/commands.log ALL commands

AuthOrder mod_auth_file.c
AuthUserFile /etc/ftp.passwd
RequireValidShell off
DefaultRoot ~
Umask 022
AllowOverwrite on
AllowStoreRestart on
UseEncoding {encoding}
{modules}
{tls}"
    )
}

fn tls(site: &Site<'_>) -> String {
    let protocols = if site.variant.tls13 {
        "TLSv1.2 TLSv1.3"
    } else {
        "TLSv1.2"
    };
    let required = match site.variant.tls {
        Tls::Optional => "off",
        _ => "on",
    };
    let options = match site.variant.tls {
        Tls::Implicit => "TLSOptions UseImplicitSSL\n",
        _ => "",
    };
    let clients = match site.client {
        Some(_) => "TLSVerifyClient on\nTLSCACertificateFile /etc/client-ca.pem",
        None => "TLSVerifyClient off",
    };
    format!(
        "\
LoadModule mod_tls.c
TLSEngine on
TLSRequired {required}
TLSProtocol {protocols}
TLSRSACertificateFile /etc/certificate.pem
TLSRSACertificateKeyFile /etc/key.pem
{clients}
TLSRenegotiate none
{options}TLSLog /log/tls.log
"
    )
}
