//! Downloads a file into memory, piece by piece, and says how sure it is that it is whole.
//!
//! ```text
//! FTP_PASSWORD=secret cargo run --example download -- HOST PORT USER CA.pem PATH
//! ```

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
    println!("resumed: {}", download.data_connection().resumed);
    let mut contents = Vec::new();
    let mut chunk = vec![0; 64 * 1024];
    loop {
        match download.read(&mut chunk).await? {
            0 => break,
            len => contents.extend_from_slice(&chunk[..len]),
        }
    }
    // Only now is it known that nothing is missing.
    let done = download.finish().await?;
    println!("{} bytes, {:?}", contents.len(), done.outcome);
    session.quit().await;
    Ok(())
}
