//! Downloads all files of a directory over up to four connections.
//!
//! ```text
//! FTP_PASSWORD=secret cargo run --example many_files -- HOST PORT USER CA.pem DIRECTORY LOCAL
//! ```

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;

use towline::{
    Client, Config, DownloadOptions, EntryKind, Job, Pool, Queue, RemotePath, Secret, Trust,
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let mut next = |what: &str| args.next().ok_or_else(|| format!("missing {what}"));
    let config = Config::new(next("HOST")?)
        .port(next("PORT")?.parse()?)
        .user(next("USER")?)
        .password(Secret::new(std::env::var("FTP_PASSWORD")?))
        .trust(Trust::CaFile(next("CA.pem")?.into()));
    let directory = RemotePath::new(next("DIRECTORY")?)?;
    let local = PathBuf::from(next("LOCAL")?);

    let connections = NonZeroU32::new(4).ok_or("at least one connection")?;
    let pool = Pool::new(Client::new(config)?, connections);
    let listing = pool.session().await?.list(&directory).await?;
    let queue = Arc::new(Queue::new());
    for entry in listing
        .entries
        .iter()
        .filter(|entry| entry.kind == EntryKind::File)
    {
        // Servers can send names that lead elsewhere; this example accepts only plain ones.
        let name = std::str::from_utf8(&entry.name)?;
        if name.starts_with('.') || name.contains(['/', '\\', ':']) {
            eprintln!("left out: {}", name.escape_debug());
            continue;
        }
        let remote = directory.join(&entry.name)?;
        let job = Job::download(remote, local.join(name), DownloadOptions::default());
        queue.push(job.listed(entry));
    }
    queue.close();
    pool.run(&queue, |done| match done.outcome {
        Ok(transferred) => println!("{} {}", done.job.remote(), transferred.bytes),
        Err(error) => eprintln!("{error}"),
    })
    .await;
    pool.quit().await;
    Ok(())
}
