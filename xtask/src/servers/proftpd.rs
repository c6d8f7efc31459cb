//! ProFTPD with `mod_tls` at its defaults, which demand session reuse.

use std::fs;

use anyhow::Result;

use super::{PASSWORD_HASH, Prepared, Site, accounts};
use crate::fetch::{Product, Recipe};
use crate::jail::{Jail, UID};

pub(super) const RECIPE: Recipe = Recipe {
    name: "proftpd",
    packages: &["proftpd-core", "proftpd-mod-crypto"],
    product: Product::Jail {
        programs: &["usr/sbin/proftpd", "usr/lib/proftpd/mod_tls.so"],
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
    jail.write("/etc/proftpd.conf", configuration(site))?;
    let mut command = jail.command("/usr/sbin/proftpd");
    command.args(["--nodaemon", "--config", "/etc/proftpd.conf"]);
    Ok(Prepared {
        server: site.server(true, &jail.path("/home"), &jail.path("/log")),
        command,
    })
}

fn configuration(site: &Site<'_>) -> String {
    let Site {
        variant,
        host,
        port,
        ..
    } = site;
    let protocols = if variant.tls13 {
        "TLSv1.2 TLSv1.3"
    } else {
        "TLSv1.2"
    };
    let options = if variant.implicit {
        "EnableDiags UseImplicitSSL"
    } else {
        "EnableDiags"
    };
    format!(
        "\
ServerType standalone
ServerName Towline
DefaultAddress {host}
Port {port}
UseIPv6 off
UseReverseDNS off
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

LoadModule mod_tls.c
TLSEngine on
TLSRequired on
TLSProtocol {protocols}
TLSRSACertificateFile /etc/certificate.pem
TLSRSACertificateKeyFile /etc/key.pem
TLSVerifyClient off
TLSRenegotiate none
TLSOptions {options}
TLSLog /log/tls.log
"
    )
}
