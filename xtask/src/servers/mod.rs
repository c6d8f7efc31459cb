//! The real servers: which there are, and how each is set up.

mod proftpd;
mod pure_ftpd;
mod pyftpdlib;
mod vsftpd;

use std::iter;
use std::net::IpAddr;
use std::path::Path;
use std::process::Command;

use anyhow::Result;
use towline_interop::{Kind, RealServer};

use crate::certificates::Certificate;
use crate::fetch::{Program, Recipe};

/// The user for trying things by hand.
const USER: &str = "towline";

/// The password of every user.
const PASSWORD: &str = "tow-the-line";

/// `crypt(PASSWORD)`, for the servers that read a file like `/etc/shadow`.
const PASSWORD_HASH: &str = "$6$towlinetests$.I39fdZ1AGDaqQmAT6zjH.\
                             YO97zvMxJDn18Ze.2BfQqaizePUdSl9RhVgeZYVTFYiKrrFGxlLp5FvBqX42ceW.";

/// Every user of every server.
pub(crate) fn users() -> impl Iterator<Item = String> {
    iter::once(USER.to_owned()).chain(RealServer::account_names(USER))
}

/// A line for each user, made by `line`.
fn accounts(line: impl Fn(&str) -> String) -> String {
    users().map(|user| line(&user) + "\n").collect()
}

/// One server in one configuration.
#[derive(Debug)]
pub(crate) struct Variant {
    /// Its name in the matrix.
    pub(crate) name: &'static str,
    kind: Kind,
    implicit: bool,
    tls13: bool,
    /// A bare self-signed certificate that calls itself a CA, in place of one
    /// that a CA has issued.
    pub(crate) self_signed: bool,
}

impl Variant {
    const fn new(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            kind,
            implicit: false,
            tls13: true,
            self_signed: false,
        }
    }

    /// How its program is fetched.
    pub(crate) fn recipe(&self) -> &'static Recipe {
        match self.kind {
            Kind::VsFtpd => &vsftpd::RECIPE,
            Kind::ProFtpd => &proftpd::RECIPE,
            Kind::PureFtpd => &pure_ftpd::RECIPE,
            Kind::PyFtpdlib => &pyftpdlib::RECIPE,
        }
    }

    /// Writes its configuration into `folder` and says how to start it, to listen at an address.
    pub(crate) fn prepare(
        &'static self,
        program: &Program,
        folder: &Path,
        certificate: &Certificate,
        (host, port): (IpAddr, u16),
    ) -> Result<Prepared> {
        let site = Site {
            variant: self,
            program,
            folder,
            certificate,
            host,
            port,
        };
        match self.kind {
            Kind::VsFtpd => vsftpd::prepare(&site),
            Kind::ProFtpd => proftpd::prepare(&site),
            Kind::PureFtpd => pure_ftpd::prepare(&site),
            Kind::PyFtpdlib => pyftpdlib::prepare(&site),
        }
    }
}

/// Every server that the tests run against.
pub(crate) const ALL: [Variant; 8] = [
    Variant::new("vsftpd", Kind::VsFtpd),
    Variant {
        implicit: true,
        ..Variant::new("vsftpd-implicit", Kind::VsFtpd)
    },
    Variant {
        self_signed: true,
        ..Variant::new("vsftpd-self-signed", Kind::VsFtpd)
    },
    Variant::new("proftpd", Kind::ProFtpd),
    Variant {
        tls13: false,
        ..Variant::new("proftpd-tls12", Kind::ProFtpd)
    },
    Variant {
        implicit: true,
        ..Variant::new("proftpd-implicit", Kind::ProFtpd)
    },
    Variant::new("pure-ftpd", Kind::PureFtpd),
    Variant::new("pyftpdlib", Kind::PyFtpdlib),
];

/// The server of [`ALL`] with this name.
pub(crate) fn named(name: &str) -> Option<&'static Variant> {
    ALL.iter().find(|variant| variant.name == name)
}

/// A server that only has to be started.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) server: RealServer,
    pub(crate) command: Command,
}

/// What a server's configuration is made from.
struct Site<'a> {
    variant: &'static Variant,
    program: &'a Program,
    folder: &'a Path,
    certificate: &'a Certificate,
    host: IpAddr,
    port: u16,
}

impl Site<'_> {
    /// The server as tests will see it.
    fn server(&self, enforces_reuse: bool, homes: &Path, logs: &Path) -> RealServer {
        RealServer {
            name: self.variant.name.to_owned(),
            kind: self.variant.kind,
            version: self.program.version.clone(),
            host: self.host.to_string(),
            port: self.port,
            implicit: self.variant.implicit,
            tls12: true,
            tls13: self.variant.tls13,
            enforces_reuse,
            user: USER.to_owned(),
            password: PASSWORD.to_owned(),
            ca_file: self.certificate.ca_file.clone(),
            certificate: self.certificate.certificate.clone(),
            home: homes.join(USER),
            logs: logs.to_path_buf(),
        }
    }
}
