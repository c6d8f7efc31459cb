//! An old program that works through a gateway. A script starts both, so that their processor time
//! counts together.

use std::net::{Ipv4Addr, TcpListener};

use anyhow::Result;
use towline_interop::{RealServer, Tls};

use super::contestant::{Invocation, Job};
use super::ftplib::Python;

const SCRIPT: &str = include_str!("through.py");

/// A port on which nobody listens.
pub(super) fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(listener.local_addr()?.port())
}

/// What the program sees of a gateway in front of `server`.
pub(super) fn front(server: &RealServer, port: u16) -> RealServer {
    RealServer {
        host: Ipv4Addr::LOCALHOST.into(),
        port,
        tls: Tls::Never,
        ..server.clone()
    }
}

/// How the script is started.
pub(super) fn invocation(
    python: &Python,
    job: &Job<'_>,
    port: u16,
    gateway: Invocation,
    program: Invocation,
) -> Result<Invocation> {
    let script = job.home.join("through.py");
    std::fs::write(&script, SCRIPT)?;
    let mut invocation = python.invocation(&script);
    invocation = invocation
        .args([port.to_string()])
        .args([gateway.program])
        .args(gateway.arguments)
        .args(["--"])
        .args([program.program])
        .args(program.arguments);
    for (name, value) in gateway.environment.into_iter().chain(program.environment) {
        invocation = invocation.env(name, value);
    }
    invocation.script = program.script;
    Ok(invocation)
}
