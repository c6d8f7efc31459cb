//! The real servers: which there are, and how each is set up.

mod proftpd;
mod pure_ftpd;
mod pyftpdlib;
mod variant;
mod vsftpd;

use std::iter;
use std::net::IpAddr;
use std::path::Path;
use std::process::Command;

use towline_interop::{RealServer, Tls};

pub(crate) use self::variant::{ALL, Variant, named};
use crate::certificates::{Certificate, ClientCertificate};
use crate::fetch::Program;

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
    /// What the server knows its clients by, where it demands a certificate.
    client: Option<&'a ClientCertificate>,
    host: IpAddr,
    port: u16,
}

impl Site<'_> {
    /// The server as tests will see it.
    fn server(&self, enforces_reuse: bool, homes: &Path, logs: &Path) -> RealServer {
        let tls = self.variant.tls;
        let speaks = tls != Tls::Never;
        RealServer {
            name: self.variant.name.to_owned(),
            kind: self.variant.kind,
            version: self.program.version.clone(),
            host: self.host,
            port: self.port,
            tls,
            tls12: speaks,
            tls13: speaks && self.variant.tls13,
            enforces_reuse: speaks && enforces_reuse,
            user: USER.to_owned(),
            password: PASSWORD.to_owned(),
            ca_file: self.certificate.ca_file.clone(),
            certificate: self.certificate.certificate.clone(),
            client_certificate: self.client.map(|client| client.combined.clone()),
            home: homes.join(USER),
            logs: logs.to_path_buf(),
        }
    }
}
