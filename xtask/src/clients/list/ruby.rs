//! Ruby's own client.

use anyhow::Context;

use super::driven::{Library, NEEDS, recipe};
use crate::clients::client::{BOTH, Client, Front, script};

const LIBRARY: Library = Library {
    missing: "Net::FTPPermError: 550",
    lacks: "",
    cuts: false,
};

/// `Net::FTP`, whose version in Ruby 3.1 has no implicit TLS.
pub(super) const NET_FTP: Client = Client {
    name: "Ruby net/ftp",
    needs: NEEDS,
    recipe: Some(&recipe("ruby", &["libruby3.1", "ruby3.1"])),
    command: |program| {
        let program = program.context("it was not fetched")?;
        let mut command = LIBRARY.command();
        command.arg(program.unpacked("usr/bin/ruby3.1"));
        for folder in [
            "usr/lib/ruby/3.1.0",
            "usr/lib/x86_64-linux-gnu/ruby/3.1.0",
            "usr/lib/ruby/gems/3.1.0/gems/net-ftp-0.1.3/lib",
            "usr/lib/ruby/gems/3.1.0/gems/net-protocol-0.1.2/lib",
        ] {
            command.arg("-I").arg(program.unpacked(folder));
        }
        command
            .args(["--disable-gems"])
            .arg(script("ruby/net_ftp.rb"))
            .env("ROUND_LIBRARIES", program.library_path()?)
            .env("ROUND_VERSION", &program.version);
        Ok(command)
    },
    fronts: &[(Front::Plain, BOTH), (Front::Explicit, BOTH)],
    in_one_way: false,
};
