//! Brings a directory of a server down, and says what it would do first.
//!
//! With the password in `FTP_PASSWORD`:
//! `cargo run -p towline-sync --example mirror -- HOST USER REMOTE LOCAL CA.pem STATE`

use std::error::Error;
use std::num::NonZeroU32;
use std::sync::Arc;

use towline::{Cancel, Client, Config, DownloadOptions, Pool, RemotePath, Secret, Trust};
use towline_sync::{DownloadCarrier, Event, LocalTree, Mirror, RemoteTree, Watch};

/// Prints what happens.
struct Printer;

impl Watch for Printer {
    fn event(&self, event: Event<'_>) {
        match event {
            Event::Comparison(comparison) => println!("{comparison}"),
            Event::Copied { action, copy } => println!("{}: {} bytes", action.path, copy.bytes),
            Event::Failed { action, error } => println!("{}: {error}", action.path),
            Event::Kept { path, why } => println!("{path}: {why}"),
            _ => {}
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [host, user, remote, local, ca_file, state] = &arguments[..] else {
        return Err("usage: mirror HOST USER REMOTE LOCAL CA.pem STATE".into());
    };
    let config = Config::new(host)
        .user(user)
        .password(Secret::new(std::env::var("FTP_PASSWORD")?))
        .trust(Trust::CaFile(ca_file.into()));
    let connections = NonZeroU32::new(2).ok_or("not zero")?;
    let pool = Pool::new(Client::new(config)?, connections);
    let carrier = DownloadCarrier::new(
        RemoteTree::new(pool.clone(), RemotePath::new(remote.as_str())?),
        LocalTree::new(local),
        DownloadOptions::default(),
        &Cancel::new(),
    );
    let mirror = Mirror::new(carrier, format!("{user}@{host}:{remote}"), local)
        .connections(connections)
        .state_directory(state)
        .watch(Arc::new(Printer));
    for action in mirror.plan().await?.all() {
        println!("{action}");
    }
    let report = mirror.run().await?;
    println!("{} copied, {} failed", report.copied, report.failed);
    pool.quit().await;
    Ok(())
}
