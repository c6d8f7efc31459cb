//! Checks the errors of a library without its Cargo features. Run it alone, as `cargo run --package
//! towline-without`: in a build with other packages, the library has the features that they need.

use anyhow::{Result, bail, ensure};
use towline::{Client, Config, ErrorKind, Proxy, TlsMode};

fn main() -> Result<()> {
    without_socks()?;
    without_the_platforms_certificates()
}

fn without_socks() -> Result<()> {
    let Err(error) = "socks5://proxy:1080".parse::<Proxy>() else {
        bail!("a proxy is accepted that cannot be used");
    };
    ensure!(error.kind() == ErrorKind::Usage, "{error:?}");
    ensure!(error.to_string().contains("Cargo feature socks"), "{error}");
    Ok(())
}

/// Nobody is trusted by default.
fn without_the_platforms_certificates() -> Result<()> {
    for mode in [TlsMode::Explicit, TlsMode::Implicit, TlsMode::IfAvailable] {
        let client = Client::new(Config::new("ftp.example.com").tls_mode(mode));
        let refused = matches!(&client, Err(error) if error.kind() == ErrorKind::Usage);
        ensure!(refused, "{mode:?} trusts somebody: {client:?}");
    }
    Client::new(Config::new("ftp.example.com").tls_mode(TlsMode::Off))?;
    Ok(())
}
