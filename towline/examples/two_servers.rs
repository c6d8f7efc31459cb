//! Lists a directory on two servers at once. Each session has its own TLS session and tether.
//!
//! ```text
//! FTP_PASSWORD=secret cargo run --example two_servers -- HOST PORT USER CA.pem HOST PORT USER CA.pem
//! ```

use towline::{Client, Config, Error, RemotePath, Secret, Trust};

async fn count(config: Config) -> Result<u64, Error> {
    let mut session = Client::new(config)?.connect().await?;
    let path = RemotePath::login_directory();
    let entries = session.list_each(&path, |_| {}).await?.entries;
    session.quit().await;
    Ok(entries)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let mut server = || -> Result<Config, Box<dyn std::error::Error>> {
        let mut next = |what: &str| args.next().ok_or_else(|| format!("missing {what}"));
        Ok(Config::new(next("HOST")?)
            .port(next("PORT")?.parse()?)
            .user(next("USER")?)
            .password(Secret::new(std::env::var("FTP_PASSWORD")?))
            .trust(Trust::CaFile(next("CA.pem")?.into())))
    };
    let (one, two) = (server()?, server()?);
    let (ones, twos) = tokio::try_join!(count(one), count(two))?;
    println!("{ones} entries, and {twos} entries");
    Ok(())
}
