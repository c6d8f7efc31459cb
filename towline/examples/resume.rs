//! Downloads a large file over an unreliable network. Received data is kept, and the next attempt,
//! or the next run, resumes from there.
//!
//! ```text
//! FTP_PASSWORD=secret cargo run --example resume -- HOST PORT USER CA.pem PATH LOCAL
//! ```

use std::path::PathBuf;
use std::time::Duration;

use towline::{Client, Config, DownloadOptions, RemotePath, Retry, Secret, Trust};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let mut next = |what: &str| args.next().ok_or_else(|| format!("missing {what}"));
    let config = Config::new(next("HOST")?)
        .port(next("PORT")?.parse()?)
        .user(next("USER")?)
        .password(Secret::new(std::env::var("FTP_PASSWORD")?))
        .trust(Trust::CaFile(next("CA.pem")?.into()));
    let path = RemotePath::new(next("PATH")?)?;
    let local = PathBuf::from(next("LOCAL")?);

    let patient = Retry {
        attempts: 20,
        budget: Duration::from_secs(3600),
        ..Retry::default()
    };
    let mut session = Client::new(config.retry(patient))?.connect().await?;
    let options = DownloadOptions::default().resume(true);
    let done = session.download_file(&path, &local, &options).await?;
    match done.resumed_at {
        Some(offset) => println!("{} bytes, from byte {offset} on", done.bytes),
        None => println!("{} bytes, from the start", done.bytes),
    }
    session.quit().await;
    Ok(())
}
