//! Uses a trust rule of its own: the server's public key must be on a list that a partner
//! announced.
//!
//! ```text
//! FTP_PASSWORD=secret cargo run --example custom_verifier -- HOST PORT USER PIN...
//! ```

use std::sync::Arc;

use towline::{CheckCertificate, Client, Config, Pin, PresentedCertificate, Secret, Trust};

/// The announced keys.
#[derive(Debug)]
struct Announced(Vec<Pin>);

impl CheckCertificate for Announced {
    fn check(&self, certificate: &PresentedCertificate<'_>) -> Result<(), String> {
        let pin = certificate.pin().ok_or("it cannot be read")?;
        if self.0.contains(&pin) {
            return Ok(());
        }
        let fingerprint = certificate.fingerprint();
        Err(format!("the key {pin} of {fingerprint} is not on the list"))
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

    // The server must always prove that it holds the key.
    let session = Client::new(config)?.connect().await?;
    println!("connected to {}", session.server());
    session.quit().await;
    Ok(())
}
