//! Trusts by a rule of its own: the server's public key is one of a list, as a partner announced it.
//!
//! ```text
//! FTP_PASSWORD=secret cargo run --example custom_verifier -- HOST PORT USER PIN...
//! ```

use std::sync::Arc;

use towline::{CheckCertificate, Client, Config, Pin, PresentedCertificate, Secret, Trust};

/// The keys that were announced.
#[derive(Debug)]
struct Announced(Vec<Pin>);

impl CheckCertificate for Announced {
    fn check(&self, certificate: &PresentedCertificate<'_>) -> Result<(), String> {
        let pin = certificate.pin().ok_or("it cannot be read")?;
        if self.0.contains(&pin) {
            return Ok(());
        }
        let fingerprint = certificate.fingerprint();
        Err(format!("nobody announced the key {pin} of {fingerprint}"))
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let mut next = |what: &str| args.next().ok_or_else(|| format!("missing {what}"));
    let (host, port, user) = (next("HOST")?, next("PORT")?.parse()?, next("USER")?);
    let pins = args
        .map(|pin| pin.parse())
        .collect::<Result<Vec<Pin>, _>>()?;
    let config = Config::new(host)
        .port(port)
        .user(user)
        .password(Secret::new(std::env::var("FTP_PASSWORD")?))
        .trust(Trust::Custom(Arc::new(Announced(pins))));

    // The proof that the server holds the key is always asked for.
    let session = Client::new(config)?.connect().await?;
    println!("connected to {}", session.server());
    session.quit().await;
    Ok(())
}
