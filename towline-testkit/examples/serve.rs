//! Serves until standard input ends: `cargo run --example serve -- vsftpd`.
//!
//! Arguments: a personality, then `implicit`, `1.2`, `1.3` or a port in any
//! order.

use std::error::Error;
use std::io::Read;

use towline_testkit::{Personality, Server, TlsMode, Versions};

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let personality = match arguments.next().as_deref() {
        None | Some("vsftpd") => Personality::VsFtpd,
        Some("proftpd") => Personality::ProFtpd138,
        Some("proftpd-1.3.10") => Personality::ProFtpd1310,
        Some("filezilla") => Personality::FileZilla1,
        Some("pure-ftpd") => Personality::PureFtpd,
        Some("pyftpdlib") => Personality::PyFtpdlib,
        Some(other) => return Err(format!("no personality `{other}`").into()),
    };
    let mut builder = Server::builder(personality);
    for argument in arguments {
        builder = match argument.as_str() {
            "implicit" => builder.tls(TlsMode::Implicit),
            "1.2" => builder.versions(Versions::Tls12),
            "1.3" => builder.versions(Versions::Tls13),
            port => builder.port(port.parse()?),
        };
    }
    let server = builder.start().await?;
    println!(
        "{} on {}, user demo, password secret",
        personality.name(),
        server.address()
    );
    println!("files: {}", server.root().display());
    println!("{}", server.ca_pem());
    tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new())).await??;
    println!("{:#?}", server.report());
    server.shutdown().await;
    Ok(())
}
