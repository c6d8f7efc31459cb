//! Programs of Debian that have a command line.

use std::process::Command;

use anyhow::{Context, Result};

use super::driven::{self, NEEDS, recipe};
use crate::clients::client::{BOTH, Client, Front, Mode, PASSIVE};
use crate::fetch::Program;

const EVERY_WAY: &[(Front, &[Mode])] = &[
    (Front::Plain, BOTH),
    (Front::Explicit, BOTH),
    (Front::Implicit, BOTH),
];

const WITHOUT_TLS: &[(Front, &[Mode])] = &[(Front::Plain, BOTH)];

pub(super) const CURL: Client = Client {
    name: "curl",
    needs: NEEDS,
    recipe: Some(&recipe("curl", &["curl"])),
    command: |program| driven(program, "usr/bin/curl", "shell/curl.sh"),
    // curl 7.88 begins no TLS on an active data connection.
    fronts: &[
        (Front::Plain, BOTH),
        (Front::Explicit, PASSIVE),
        (Front::Implicit, PASSIVE),
    ],
    in_one_way: false,
};

pub(super) const LFTP: Client = Client {
    name: "lftp",
    needs: NEEDS,
    recipe: Some(&recipe("lftp", &["lftp"])),
    command: |program| driven(program, "usr/bin/lftp", "shell/lftp.sh"),
    fronts: EVERY_WAY,
    in_one_way: false,
};

pub(super) const WGET: Client = Client {
    name: "wget",
    needs: NEEDS,
    recipe: Some(&recipe("wget", &["wget"])),
    command: |program| driven(program, "usr/bin/wget", "shell/wget.sh"),
    fronts: EVERY_WAY,
    in_one_way: false,
};

pub(super) const NCFTP: Client = Client {
    name: "NcFTP",
    needs: NEEDS,
    recipe: Some(&recipe("ncftp", &["ncftp"])),
    command: |program| driven(program, "usr/bin", "shell/ncftp.sh"),
    fronts: WITHOUT_TLS,
    in_one_way: false,
};

pub(super) const TNFTP: Client = Client {
    name: "tnftp",
    needs: NEEDS,
    recipe: Some(&recipe("tnftp", &["tnftp"])),
    command: |program| classic(program, "usr/bin/tnftp", &["-n", "-v", "-i"]),
    fronts: WITHOUT_TLS,
    in_one_way: false,
};

pub(super) const INETUTILS: Client = Client {
    name: "GNU inetutils ftp",
    needs: NEEDS,
    recipe: Some(&recipe("inetutils-ftp", &["inetutils-ftp"])),
    command: |program| classic(program, "usr/bin/inetutils-ftp", &["-n", "-v", "-i"]),
    fronts: WITHOUT_TLS,
    in_one_way: false,
};

pub(super) const FTP_SSL: Client = Client {
    name: "ftp-ssl",
    needs: NEEDS,
    recipe: Some(&recipe("ftp-ssl", &["ftp-ssl"])),
    command: |program| {
        let mut command = classic(program, "usr/bin/ftp-ssl", &["-n", "-v", "-i"])?;
        command.env("ROUND_TLS", "1");
        Ok(command)
    },
    // Its uploads with TLS end without close_notify.
    fronts: &[(Front::Plain, BOTH), (Front::Explicit, BOTH)],
    in_one_way: false,
};

fn driven(program: Option<&Program>, path: &str, name: &str) -> Result<Command> {
    driven::driven(program.context("it was not fetched")?, path, name)
}

/// Runs a program that takes the commands of the classic ftp program.
fn classic(program: Option<&Program>, path: &str, options: &[&str]) -> Result<Command> {
    let mut command = driven(program, path, "shell/classic.sh")?;
    command.args(options);
    Ok(command)
}
