//! Perl.

use std::process::Command;

use super::driven::recipe;
use crate::clients::client::{Client, EVERY_WAY, Origin, script};

/// What `Net::FTP` needs for TLS.
const MODULES: &[&str] = &["libio-socket-ssl-perl", "libnet-ssleay-perl"];

pub(super) const NET_FTP: Client = Client {
    name: "Perl Net::FTP",
    needs: &[("perl", "perl")],
    origin: Origin::Fetched(&recipe("perl-tls", MODULES), |program| {
        let mut command = Command::new("perl");
        for folder in ["usr/share/perl5", "usr/lib/x86_64-linux-gnu/perl5/5.36"] {
            command.arg("-I").arg(program.unpacked(folder));
        }
        command.arg(script("perl/net_ftp.pl"));
        Ok(command)
    }),
    ways: EVERY_WAY,
    peculiarities: &[],
};
