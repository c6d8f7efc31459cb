//! Waits until a server sends its greeting.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpStream;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use towline_interop::{RealServer, Tls};

use crate::process::Process;

const PATIENCE: Duration = Duration::from_secs(20);
const BETWEEN_TRIES: Duration = Duration::from_millis(20);

/// Connects until the server's greeting has arrived; with implicit TLS, through TLS and with a
/// check of its certificate.
pub(crate) fn wait_for_greeting(server: &RealServer, process: &mut Process) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(status) = process.ended()? {
            bail!("it ended at once ({status})");
        }
        match greeting(server) {
            Ok(line) if line.starts_with("220") => return Ok(()),
            Ok(line) => bail!("it greeted with {line:?}"),
            Err(error) => {
                ensure!(
                    Instant::now() < deadline,
                    error.context(format!("no greeting within {PATIENCE:?}"))
                );
            }
        }
        thread::sleep(BETWEEN_TRIES);
    }
}

fn greeting(server: &RealServer) -> Result<String> {
    let stream = TcpStream::connect(server.address())?;
    stream.set_read_timeout(Some(PATIENCE))?;
    if server.tls == Tls::Implicit {
        first_line(StreamOwned::new(tls(server)?, stream))
    } else {
        first_line(stream)
    }
}

fn first_line(stream: impl Read) -> Result<String> {
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    ensure!(
        !line.is_empty(),
        "it closed the connection without a greeting"
    );
    Ok(line)
}

fn tls(server: &RealServer) -> Result<ClientConnection> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(&server.ca_file).context("its CA file")?)?;
    let config = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(ClientConnection::new(
        Arc::new(config),
        ServerName::from(server.host),
    )?)
}
