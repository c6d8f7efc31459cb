//! Python's own client.

use std::process::Command;

use crate::clients::client::{Client, NOT_IMPLICIT, Origin, script};

/// `ftplib.FTP` and `ftplib.FTP_TLS`, which has no implicit TLS.
pub(in crate::clients) const FTPLIB: Client = Client {
    name: "Python ftplib",
    needs: &[("python3", "python3")],
    origin: Origin::Machine(|| {
        let mut command = Command::new("python3");
        command.arg("-B").arg(script("python/ftplib_client.py"));
        command
    }),
    ways: NOT_IMPLICIT,
    peculiarities: &[],
};
