//! Two sessions with one server at once. Each has its own TLS session, and neither ever offers the
//! other's: strict servers would refuse it.
//!
//! ```text
//! FTP_PASSWORD=secret cargo run --example two_sessions -- HOST PORT USER CA.pem
//! ```

use towline::{Client, Config, Error, RemotePath, Secret, Session, Trust};

async fn count(session: &mut Session) -> Result<u64, Error> {
    let path = RemotePath::login_directory();
    Ok(session.list_each(&path, |_| {}).await?.entries)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let mut next = |what: &str| args.next().ok_or_else(|| format!("missing {what}"));
    let config = Config::new(next("HOST")?)
        .port(next("PORT")?.parse()?)
        .user(next("USER")?)
        .password(Secret::new(std::env::var("FTP_PASSWORD")?))
        .trust(Trust::CaFile(next("CA.pem")?.into()));

    let client = Client::new(config)?;
    let (mut one, mut two) = tokio::try_join!(client.connect(), client.connect())?;
    let (ones, twos) = tokio::try_join!(count(&mut one), count(&mut two))?;
    println!("{ones} entries, and {twos} entries");
    tokio::join!(one.quit(), two.quit());
    Ok(())
}
