//! The list of servers, each one program in one configuration.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use towline_interop::{Kind, Tls};

/// One server in one configuration.
#[derive(Debug)]
pub(crate) struct Variant {
    /// Its name in the matrix.
    pub(crate) name: &'static str,
    pub(super) kind: Kind,
    pub(super) tls: Tls,
    pub(super) tls13: bool,
    /// It listens on `::1`, or else on the given IPv4 address.
    ipv6: bool,
    /// A self-signed certificate that calls itself a CA, instead of one issued by a CA.
    pub(super) self_signed: bool,
    /// It requires client certificates.
    pub(super) client_certificate: bool,
    /// ProFTPD's modules with digests and `SITE UTIME`.
    pub(super) more_commands: bool,
    /// ProFTPD's `UseEncoding`: names are UTF-8, or else arbitrary bytes.
    pub(super) utf8: bool,
    /// The limit on connections from one address.
    pub(super) connections: u32,
}

const VSFTPD: Variant = Variant::new("vsftpd", Kind::VsFtpd);
const PROFTPD: Variant = Variant::new("proftpd", Kind::ProFtpd);
const PURE_FTPD: Variant = Variant::new("pure-ftpd", Kind::PureFtpd);
const PYFTPDLIB: Variant = Variant::new("pyftpdlib", Kind::PyFtpdlib);
const LIBUNFTP: Variant = Variant::new("libunftp", Kind::LibUnFtp);
const FTP_SRV: Variant = Variant::new("ftp-srv", Kind::FtpSrv);
const AIOFTP: Variant = Variant::new("aioftp", Kind::AioFtp);
const INETUTILS: Variant = Variant::new("inetutils", Kind::InetUtils);

/// Every server that the tests run against.
pub(crate) const ALL: [Variant; 30] = [
    VSFTPD,
    VSFTPD.implicit("vsftpd-implicit"),
    Variant {
        name: "vsftpd-self-signed",
        self_signed: true,
        ..VSFTPD
    },
    PROFTPD,
    Variant {
        name: "proftpd-tls12",
        tls13: false,
        ..PROFTPD
    },
    PROFTPD.implicit("proftpd-implicit"),
    PURE_FTPD,
    PYFTPDLIB,
    VSFTPD.ipv6("vsftpd-ipv6"),
    PROFTPD.ipv6("proftpd-ipv6"),
    PURE_FTPD.ipv6("pure-ftpd-ipv6"),
    PYFTPDLIB.ipv6("pyftpdlib-ipv6"),
    VSFTPD.client_certificate("vsftpd-client-certificate"),
    PROFTPD.client_certificate("proftpd-client-certificate"),
    PURE_FTPD.client_certificate("pure-ftpd-client-certificate"),
    VSFTPD.tls("vsftpd-optional", Tls::Optional),
    VSFTPD.tls("vsftpd-clear", Tls::Never),
    PROFTPD.tls("proftpd-clear", Tls::Never),
    PURE_FTPD.tls("pure-ftpd-optional", Tls::Optional),
    PURE_FTPD.tls("pure-ftpd-clear", Tls::Never),
    Variant {
        name: "proftpd-digests",
        more_commands: true,
        ..PROFTPD
    },
    Variant {
        name: "proftpd-windows-1252",
        utf8: false,
        ..PROFTPD
    },
    VSFTPD.limited("vsftpd-limited"),
    PROFTPD.limited("proftpd-limited"),
    PURE_FTPD.limited("pure-ftpd-limited"),
    LIBUNFTP,
    FTP_SRV.tls("ftp-srv", Tls::Optional),
    FTP_SRV.implicit("ftp-srv-implicit"),
    AIOFTP.implicit("aioftp"),
    INETUTILS.tls("inetutils", Tls::Never),
];

/// More connections than all tests together have on one server.
const MANY: u32 = 200;

/// Fewer connections than an eager client asks for.
const FEW: u32 = 3;

/// The server of [`ALL`] with this name.
pub(crate) fn named(name: &str) -> Option<&'static Variant> {
    ALL.iter().find(|variant| variant.name == name)
}

impl Variant {
    const fn new(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            kind,
            tls: Tls::Explicit,
            tls13: true,
            ipv6: false,
            self_signed: false,
            client_certificate: false,
            more_commands: false,
            utf8: true,
            connections: MANY,
        }
    }

    const fn limited(self, name: &'static str) -> Self {
        Self {
            name,
            connections: FEW,
            ..self
        }
    }

    const fn tls(self, name: &'static str, tls: Tls) -> Self {
        Self { name, tls, ..self }
    }

    const fn implicit(self, name: &'static str) -> Self {
        self.tls(name, Tls::Implicit)
    }

    const fn ipv6(self, name: &'static str) -> Self {
        Self {
            name,
            ipv6: true,
            ..self
        }
    }

    const fn client_certificate(self, name: &'static str) -> Self {
        Self {
            name,
            client_certificate: true,
            ..self
        }
    }

    /// The address that it listens on; `ipv4` is the one for IPv4.
    pub(crate) fn host(&self, ipv4: Ipv4Addr) -> IpAddr {
        match self.ipv6 {
            true => Ipv6Addr::LOCALHOST.into(),
            false => ipv4.into(),
        }
    }
}
