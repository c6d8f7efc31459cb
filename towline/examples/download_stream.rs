//! Downloads a file in chunks to standard output, and reports how well its completeness is
//! verified.
//!
//! ```text
//! FTP_PASSWORD=secret cargo run --example download_stream -- HOST PORT USER CA.pem PATH
//! ```

use std::io::Write as _;

use towline::{Client, Config, RemotePath, Secret, Trust};

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
    let mut download = session.download(&path).await?;
    eprintln!("resumed: {}", download.data_connection().resumed);
    let mut output = std::io::stdout();
    let mut chunk = vec![0; 64 * 1024];
    loop {
        match download.read(&mut chunk).await? {
            0 => break,
            len => output.write_all(&chunk[..len])?,
        }
    }
    // Only `finish` confirms that nothing is missing.
    let done = download.finish().await?;
    eprintln!("{} bytes, {:?}", done.bytes, done.outcome);
    session.quit().await;
    Ok(())
}
