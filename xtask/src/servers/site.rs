//! One server of one run: the input of its configuration, and what tests see of it.

use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use towline_interop::{RealServer, Tls};

use super::variant::Variant;
use crate::certificates::{Certificate, ClientCertificate};
use crate::fetch::Program;
use crate::users::{PASSWORD, USER, users};

/// A server that is ready to start.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) server: RealServer,
    pub(crate) command: Command,
}

/// The input of a server's configuration.
pub(super) struct Site<'a> {
    pub(super) variant: &'static Variant,
    pub(super) program: &'a Program,
    pub(super) folder: &'a Path,
    pub(super) certificate: &'a Certificate,
    /// The CA that the server trusts for clients, if it requires a certificate.
    pub(super) client: Option<&'a ClientCertificate>,
    pub(super) host: IpAddr,
    pub(super) port: u16,
}

impl Site<'_> {
    /// Creates the homes of all users and a folder for logs, for a server without a jail.
    pub(super) fn folders(&self) -> Result<[PathBuf; 2]> {
        let [homes, logs] = ["home", "log"].map(|name| self.folder.join(name));
        fs::create_dir_all(&logs)?;
        for user in users() {
            fs::create_dir_all(homes.join(user))?;
        }
        Ok([homes, logs])
    }

    /// Writes a file of the server, and returns its path.
    pub(super) fn write(&self, name: &str, contents: &str) -> Result<PathBuf> {
        let path = self.folder.join(name);
        fs::write(&path, contents)?;
        Ok(path)
    }

    /// The server as tests will see it.
    pub(super) fn server(&self, enforces_reuse: bool, homes: &Path, logs: &Path) -> RealServer {
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
