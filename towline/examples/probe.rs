//! Connects step by step, and prints what each step finds.
//!
//! `FTP_PASSWORD=... cargo run --example probe -- HOST PORT USER CA.pem`

use towline::probe::{Fact, Probe};
use towline::{Config, Secret, Trust};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let mut next = |what: &str| args.next().ok_or_else(|| format!("missing {what}"));
    let config = Config::new(next("HOST")?)
        .port(next("PORT")?.parse()?)
        .user(next("USER")?)
        .password(Secret::new(std::env::var("FTP_PASSWORD")?))
        .trust(Trust::CaFile(next("CA.pem")?.into()));
    let mut probe = Probe::new(config)?;
    while let Some(step) = probe.next().await {
        match step {
            Ok(fact) => println!("{:?}: {}", fact.step(), describe(&fact)),
            Err(failure) => {
                println!("{:?} failed: {}", failure.step, failure.error);
                if let Some(fact) = &failure.found {
                    println!("  found by then: {}", describe(fact));
                }
            }
        }
    }
    probe.quit().await;
    Ok(())
}

fn describe(fact: &Fact) -> String {
    match fact {
        Fact::Resolved(fact) => format!("{:?}", fact.addresses),
        Fact::Connected(fact) => format!("{} tried, {:?}", fact.attempts.len(), fact.took),
        Fact::Greeted(fact) => format!("{}, {:?}", fact.server, fact.reply),
        Fact::Secured(fact) => {
            let pin = fact.chain.first().and_then(|leaf| leaf.pin());
            let pin = pin.map_or_else(|| "none".to_owned(), |pin| pin.to_string());
            format!("{:?} {:?} {pin}", fact.protocol, fact.verification)
        }
        Fact::LoggedIn(fact) => format!("{}, {} refused", fact.server, fact.refused.len()),
        Fact::PortReached(fact) => format!("{:?}", fact.attempts.last()),
        Fact::DataOpened(fact) => format!("{:?}, {} bytes", fact.verdict, fact.bytes),
        _ => format!("{fact:?}"),
    }
}
