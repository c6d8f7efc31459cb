//! Ruby's own client.

use super::driven::{Library, NEEDS, recipe};
use crate::clients::client::{Client, NOT_IMPLICIT, Origin, script};
use crate::fetch::Recipe;

const LIBRARY: Library = Library {
    missing: "Net::FTPPermError: 550",
    lacks: "",
    cuts: false,
};

const RECIPE: Recipe = recipe("ruby", &["libruby3.1", "ruby3.1"]);

/// `Net::FTP`, whose version in Ruby 3.1 has no implicit TLS.
pub(super) const NET_FTP: Client = Client {
    name: "Ruby net/ftp",
    needs: NEEDS,
    origin: Origin::Fetched(&RECIPE, |program| {
        let mut command = LIBRARY.command(program)?;
        command.arg(program.unpacked("usr/bin/ruby3.1"));
        for folder in [
            "usr/lib/ruby/3.1.0",
            "usr/lib/x86_64-linux-gnu/ruby/3.1.0",
            "usr/lib/ruby/gems/3.1.0/gems/net-ftp-0.1.3/lib",
            "usr/lib/ruby/gems/3.1.0/gems/net-protocol-0.1.2/lib",
        ] {
            command.arg("-I").arg(program.unpacked(folder));
        }
        command.arg("--disable-gems").arg(script("ruby/net_ftp.rb"));
        Ok(command)
    }),
    ways: NOT_IMPLICIT,
    peculiarities: &[],
};
