//! Python's own client.

use std::process::Command;

use crate::clients::client::{BOTH, Client, Front, script};

/// `ftplib.FTP` and `ftplib.FTP_TLS`, which has no implicit TLS.
pub(in crate::clients) const FTPLIB: Client = Client {
    name: "Python ftplib",
    needs: &[("python3", "python3")],
    recipe: None,
    command: |_| {
        let mut command = Command::new("python3");
        command.args(["-B"]).arg(script("python/ftplib_client.py"));
        Ok(command)
    },
    fronts: &[(Front::Plain, BOTH), (Front::Explicit, BOTH)],
    in_one_way: false,
};
