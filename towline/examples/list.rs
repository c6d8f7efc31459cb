//! Lists a directory and shows the verdict on its data connection.
//!
//! ```text
//! FTP_PASSWORD=secret cargo run --example list -- HOST PORT USER CA.pem [PATH]
//! ```

use std::sync::Arc;

use towline::{Client, Config, ConnectionId, Event, Observer, RemotePath, Secret, Trust};

/// Prints the verdict on every data connection.
#[derive(Debug)]
struct Verdicts;

impl Observer for Verdicts {
    fn event(&self, _: ConnectionId, event: &Event<'_>) {
        if let Event::DataConnection(verdict) = event {
            eprintln!("{verdict:?}");
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let mut next = |what: &str| args.next().ok_or_else(|| format!("missing {what}"));
    let config = Config::new(next("HOST")?)
        .port(next("PORT")?.parse()?)
        .user(next("USER")?)
        .password(Secret::new(std::env::var("FTP_PASSWORD")?))
        .trust(Trust::CaFile(next("CA.pem")?.into()))
        .observer(Arc::new(Verdicts));
    let path = match next("PATH") {
        Ok(path) => RemotePath::new(path)?,
        Err(_) => RemotePath::login_directory(),
    };
    let mut session = Client::new(config)?.connect().await?;
    let listing = session.list(&path).await?;
    for entry in &listing.entries {
        println!("{:?} {}", entry.kind, entry.name.escape_ascii());
    }
    session.quit().await;
    Ok(())
}
