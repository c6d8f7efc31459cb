//! Pipes between a client's data connection, and the server's or a file here.
//!
//! A pipe holds one buffer. The slower side sets the pace.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;
use towline::{Download, Error, Upload};

use crate::spool::Incoming;
use crate::wire::Wire;

/// The bytes that a pipe holds.
const BUFFER: usize = 128 * 1024;

/// Which side has broken a transfer.
#[derive(Debug)]
pub(crate) enum Broken<E> {
    /// The client, or the network in front.
    Front(io::Error),
    /// The server, the network behind, or the disk here.
    Behind(E),
}

/// Where the bytes of an upload go.
pub(crate) trait Target {
    type Error;

    fn take(&mut self, bytes: &[u8]) -> impl Future<Output = Result<(), Self::Error>> + Send;
}

impl Target for Upload<'_> {
    type Error = Error;

    async fn take(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.write_all(bytes).await
    }
}

impl Target for Incoming {
    type Error = io::Error;

    async fn take(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write(bytes).await
    }
}

/// Passes a download on to the client, up to its end.
pub(crate) async fn down(
    download: &mut Download<'_>,
    wire: &mut Wire,
    limit: Duration,
    moved: &AtomicU64,
) -> Result<(), Broken<Error>> {
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

/// Passes what the client sends on to `target`, up to the end of the data.
pub(crate) async fn up<T: Target>(
    wire: &mut Wire,
    target: &mut T,
    limit: Duration,
    moved: &AtomicU64,
) -> Result<(), Broken<T::Error>> {
    let mut buffer = vec![0; BUFFER];
    loop {
        let read = within(limit, wire.read(&mut buffer)).await;
        let read = read.map_err(Broken::Front)?;
        if read == 0 {
            return Ok(());
        }
        let taken = target.take(&buffer[..read]).await;
        taken.map_err(Broken::Behind)?;
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
