//! Programs of Debian that have a command line.

use std::process::Command;

use anyhow::Result;

use super::driven::{NEEDS, driven, recipe};
use crate::clients::client::{
    ACTIVE_WITHOUT_TLS, Client, EVERY_WAY, NOT_IMPLICIT, Origin, Peculiarity, WITHOUT_TLS,
};
use crate::fetch::Program;

pub(super) const CURL: Client = Client {
    name: "curl",
    needs: NEEDS,
    origin: Origin::Fetched(&recipe("curl", &["curl"]), |program| {
        driven(program, "usr/bin/curl", "curl.sh")
    }),
    // curl 7.88 begins no TLS on an active data connection.
    ways: ACTIVE_WITHOUT_TLS,
    peculiarities: &[],
};

pub(super) const LFTP: Client = Client {
    name: "lftp",
    needs: NEEDS,
    origin: Origin::Fetched(&recipe("lftp", &["lftp"]), |program| {
        driven(program, "usr/bin/lftp", "lftp.sh")
    }),
    ways: EVERY_WAY,
    peculiarities: &[],
};

pub(super) const WGET: Client = Client {
    name: "wget",
    needs: NEEDS,
    origin: Origin::Fetched(&recipe("wget", &["wget"]), |program| {
        driven(program, "usr/bin/wget", "wget.sh")
    }),
    ways: EVERY_WAY,
    peculiarities: &[],
};

pub(super) const NCFTP: Client = Client {
    name: "NcFTP",
    needs: NEEDS,
    origin: Origin::Fetched(&recipe("ncftp", &["ncftp"]), |program| {
        driven(program, "usr/bin", "ncftp.sh")
    }),
    ways: WITHOUT_TLS,
    peculiarities: &[],
};

pub(super) const TNFTP: Client = Client {
    name: "tnftp",
    needs: NEEDS,
    origin: Origin::Fetched(&recipe("tnftp", &["tnftp"]), |program| {
        classic(program, "usr/bin/tnftp")
    }),
    ways: WITHOUT_TLS,
    peculiarities: &[],
};

pub(super) const INETUTILS: Client = Client {
    name: "GNU inetutils ftp",
    needs: NEEDS,
    origin: Origin::Fetched(&recipe("inetutils-ftp", &["inetutils-ftp"]), |program| {
        classic(program, "usr/bin/inetutils-ftp")
    }),
    ways: WITHOUT_TLS,
    peculiarities: &[],
};

pub(super) const FTP_SSL: Client = Client {
    name: "ftp-ssl",
    needs: NEEDS,
    origin: Origin::Fetched(&recipe("ftp-ssl", &["ftp-ssl"]), |program| {
        let mut command = classic(program, "usr/bin/ftp-ssl")?;
        command.env("ROUND_TLS", "1");
        Ok(command)
    }),
    ways: NOT_IMPLICIT,
    peculiarities: &[Peculiarity::Unclosed],
};

/// Runs a program that takes the commands of the classic ftp program.
fn classic(program: &Program, path: &str) -> Result<Command> {
    let mut command = driven(program, path, "classic.sh")?;
    command.args(["-n", "-v", "-i"]);
    Ok(command)
}
