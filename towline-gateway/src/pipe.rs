//! Pipes between a client's data connection and the server's.
//!
//! A pipe holds one buffer. The slower side sets the pace.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;
use towline::{Download, Error, Upload};

use crate::wire::Wire;

/// The bytes that a pipe holds.
const BUFFER: usize = 128 * 1024;

/// Which side has broken a transfer.
#[derive(Debug)]
pub(crate) enum Broken {
    /// The client, or the network in front.
    Front(io::Error),
    /// The server, or the network behind.
    Behind(Error),
}

/// Passes a download on to the client, up to its end.
pub(crate) async fn down(
    download: &mut Download<'_>,
    wire: &mut Wire,
    limit: Duration,
    moved: &AtomicU64,
) -> Result<(), Broken> {
    let mut buffer = vec![0; BUFFER];
    loop {
        let read = download.read(&mut buffer).await.map_err(Broken::Behind)?;
        if read == 0 {
            return within(limit, wire.flush()).await.map_err(Broken::Front);
        }
        let sent = send(wire, &buffer[..read], limit, moved).await;
        sent.map_err(Broken::Front)?;
    }
}

/// Passes what the client sends on to the server, up to the end of the data.
pub(crate) async fn up(
    wire: &mut Wire,
    upload: &mut Upload<'_>,
    limit: Duration,
    moved: &AtomicU64,
) -> Result<(), Broken> {
    let mut buffer = vec![0; BUFFER];
    loop {
        let read = within(limit, wire.read(&mut buffer)).await;
        let read = read.map_err(Broken::Front)?;
        if read == 0 {
            return Ok(());
        }
        let sent = upload.write_all(&buffer[..read]).await;
        sent.map_err(Broken::Behind)?;
        moved.fetch_add(read as u64, Ordering::Relaxed);
    }
}

/// Sends `bytes` to the client, which may take `limit` for each piece of them.
pub(crate) async fn send(
    wire: &mut Wire,
    mut bytes: &[u8],
    limit: Duration,
    moved: &AtomicU64,
) -> io::Result<()> {
    while !bytes.is_empty() {
        match within(limit, wire.write(bytes)).await? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            written => {
                bytes = &bytes[written..];
                moved.fetch_add(written as u64, Ordering::Relaxed);
            }
        }
    }
    Ok(())
}

/// Limits the duration of a wait.
pub(crate) async fn within<T>(
    limit: Duration,
    work: impl Future<Output = io::Result<T>>,
) -> io::Result<T> {
    match timeout(limit, work).await {
        Ok(result) => result,
        Err(_) => Err(io::ErrorKind::TimedOut.into()),
    }
}
