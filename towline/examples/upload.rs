//! Uploads a local file, which gets its name at the server only when it is whole.
//!
//! ```text
//! FTP_PASSWORD=secret cargo run --example upload -- HOST PORT USER CA.pem LOCAL PATH
//! ```

use std::path::PathBuf;

use towline::{Client, Config, ErrorKind, RemotePath, Secret, Trust, UploadOptions};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let mut next = |what: &str| args.next().ok_or_else(|| format!("missing {what}"));
    let config = Config::new(next("HOST")?)
        .port(next("PORT")?.parse()?)
        .user(next("USER")?)
        .password(Secret::new(std::env::var("FTP_PASSWORD")?))
        .trust(Trust::CaFile(next("CA.pem")?.into()));
    let local = PathBuf::from(next("LOCAL")?);
    let path = RemotePath::new(next("PATH")?)?;

    let mut session = Client::new(config)?.connect().await?;
    let options = UploadOptions::default();
    match session.upload_file(&local, &path, &options).await {
        Ok(done) => println!("{} bytes, {:?}", done.bytes, done.outcome),
        Err(error) if error.kind() == ErrorKind::SessionReuseRefused => {
            eprintln!("the server insists on session reuse: {error}");
            return Err(error.into());
        }
        Err(error) => return Err(error.into()),
    }
    session.quit().await;
    Ok(())
}
