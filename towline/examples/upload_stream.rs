//! Uploads standard input. The file gets its final name on the server only when it is complete.
//!
//! ```text
//! FTP_PASSWORD=secret cargo run --example upload_stream -- HOST PORT USER CA.pem PATH < FILE
//! ```

use std::io::Read as _;

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
    let path = RemotePath::new(next("PATH")?)?;

    let mut session = Client::new(config)?.connect().await?;
    let mut upload = match session.upload(&path, &UploadOptions::default()).await {
        Ok(upload) => upload,
        Err(error) if error.kind() == ErrorKind::SessionReuseRefused => {
            eprintln!("the server insists on session reuse: {error}");
            return Err(error.into());
        }
        Err(error) => return Err(error.into()),
    };
    let mut chunk = vec![0; 64 * 1024];
    let done = loop {
        let len = std::io::stdin().read(&mut chunk)?;
        if len == 0 {
            break upload.finish().await?;
        }
        if let Err(error) = upload.write_all(&chunk[..len]).await {
            // `give_up` removes the temporary file.
            return Err(upload.give_up(error).await.into());
        }
    };
    eprintln!("{} bytes, {:?}", done.bytes, done.outcome);
    session.quit().await;
    Ok(())
}
