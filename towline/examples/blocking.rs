//! Uploads and downloads a file without async.
//!
//! ```text
//! FTP_PASSWORD=secret cargo run --example blocking -- HOST PORT USER CA.pem LOCAL PATH
//! ```

use std::path::PathBuf;

use towline::blocking::Client;
use towline::{Config, DownloadOptions, RemotePath, Secret, Trust, UploadOptions};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let mut next = |what: &str| args.next().ok_or_else(|| format!("missing {what}"));
    let config = Config::new(next("HOST")?)
        .port(next("PORT")?.parse()?)
        .user(next("USER")?)
        .password(Secret::new(std::env::var("FTP_PASSWORD")?))
        .trust(Trust::CaFile(next("CA.pem")?.into()));
    let local = PathBuf::from(next("LOCAL")?);
    let path = RemotePath::new(next("PATH")?)?;

    let mut session = Client::new(config)?.connect()?;
    let sent = session.upload_file(&local, &path, &UploadOptions::default())?;
    let mut contents = Vec::new();
    session.download_to(&path, &mut contents, &DownloadOptions::default())?;
    println!("{} bytes there, {} bytes back", sent.bytes, contents.len());
    session.quit();
    Ok(())
}
