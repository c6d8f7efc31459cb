//! Perl.

use std::process::Command;

use anyhow::Context;

use crate::clients::client::{BOTH, Client, Front, script};
use crate::fetch::{Product, Recipe};

/// `Net::FTP`, with the modules that it needs for TLS.
pub(super) const NET_FTP: Client = Client {
    name: "Perl Net::FTP",
    needs: &[("perl", "perl")],
    recipe: Some(&Recipe {
        name: "perl-tls",
        packages: &["libio-socket-ssl-perl", "libnet-ssleay-perl"],
        product: Product::Unpacked,
    }),
    command: |program| {
        let program = program.context("it was not fetched")?;
        let mut command = Command::new("perl");
        for folder in ["usr/share/perl5", "usr/lib/x86_64-linux-gnu/perl5/5.36"] {
            command.arg("-I").arg(program.unpacked(folder));
        }
        command.arg(script("perl/net_ftp.pl"));
        Ok(command)
    },
    fronts: &[
        (Front::Plain, BOTH),
        (Front::Explicit, BOTH),
        (Front::Implicit, BOTH),
    ],
    in_one_way: false,
};
