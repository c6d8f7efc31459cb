//! The real servers, and how each is set up.

mod aioftp;
mod ftp_srv;
mod inetutils;
mod libunftp;
mod proftpd;
mod pure_ftpd;
mod pyftpdlib;
mod site;
mod variant;
mod vsftpd;

use std::net::IpAddr;
use std::path::Path;

use anyhow::Result;
use towline_interop::Kind;

use self::site::{Prepared, Site};
pub(crate) use self::variant::{ALL, Variant, named};
use crate::certificates::Certificates;
use crate::fetch::{Program, Recipe};

impl Variant {
    /// How its program is fetched.
    pub(crate) fn recipe(&self) -> &'static Recipe {
        match self.kind {
            Kind::VsFtpd => &vsftpd::RECIPE,
            Kind::ProFtpd => &proftpd::RECIPE,
            Kind::PureFtpd => &pure_ftpd::RECIPE,
            Kind::PyFtpdlib => &pyftpdlib::RECIPE,
            Kind::LibUnFtp => &libunftp::RECIPE,
            Kind::FtpSrv => &ftp_srv::RECIPE,
            Kind::AioFtp => &aioftp::RECIPE,
            Kind::InetUtils => &inetutils::RECIPE,
        }
    }

    /// Writes its configuration into `folder` and returns how to start it so that it listens on an
    /// address.
    pub(crate) fn prepare(
        &'static self,
        program: &Program,
        folder: &Path,
        certificates: &Certificates,
        (host, port): (IpAddr, u16),
    ) -> Result<Prepared> {
        let site = Site {
            variant: self,
            program,
            folder,
            certificate: match self.self_signed {
                true => &certificates.self_signed,
                false => &certificates.issued,
            },
            client: self.client_certificate.then_some(&certificates.client),
            host,
            port,
        };
        match self.kind {
            Kind::VsFtpd => vsftpd::prepare(&site),
            Kind::ProFtpd => proftpd::prepare(&site),
            Kind::PureFtpd => pure_ftpd::prepare(&site),
            Kind::PyFtpdlib => pyftpdlib::prepare(&site),
            Kind::LibUnFtp => libunftp::prepare(&site),
            Kind::FtpSrv => ftp_srv::prepare(&site),
            Kind::AioFtp => aioftp::prepare(&site),
            Kind::InetUtils => inetutils::prepare(&site),
        }
    }
}
