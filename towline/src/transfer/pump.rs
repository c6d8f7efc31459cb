//! Bytes from a reader into an upload, and from a download into a writer.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::{Download, Upload};
use crate::cancel::Cancel;
use crate::error::Error;

/// Bytes moved between a file and a connection at a time.
pub(super) const CHUNK: usize = 256 * 1024;

/// Why it did not go on to the end.
#[derive(Debug)]
pub(super) enum Stop {
    /// The caller wanted it so.
    Cancelled,
    /// The reader or the writer failed.
    Local(io::Error),
    /// The transfer failed.
    Transfer(Error),
}

/// Reads `source` to its end into `upload`.
pub(super) async fn feed(
    upload: &mut Upload<'_>,
    source: &mut (impl AsyncRead + Unpin),
    cancel: &Cancel,
) -> Result<(), Stop> {
    let mut chunk = vec![0; CHUNK];
    let work = async {
        loop {
            match source.read(&mut chunk).await.map_err(Stop::Local)? {
                0 => return Ok(()),
                len => {
                    let written = upload.write_all(&chunk[..len]).await;
                    written.map_err(Stop::Transfer)?;
                }
            }
        }
    };
    cancel.or(work).await.unwrap_or(Err(Stop::Cancelled))
}

/// Writes what `download` gives to `sink`, up to its end, or up to where it stopped.
pub(super) async fn drain(
    download: &mut Download<'_>,
    sink: &mut (impl AsyncWrite + Unpin),
    cancel: &Cancel,
) -> Result<(), Stop> {
    let mut chunk = vec![0; CHUNK];
    loop {
        let mut filled = 0;
        // Large writes: a record holds 16 KiB at most.
        let stop = loop {
            if filled == CHUNK {
                break None;
            }
            let read = cancel.or(download.read(&mut chunk[filled..])).await;
            match read {
                Ok(Ok(0)) => break Some(Ok(())),
                Ok(Ok(len)) => filled += len,
                Ok(Err(error)) => break Some(Err(Stop::Transfer(error))),
                Err(_) => break Some(Err(Stop::Cancelled)),
            }
        };
        sink.write_all(&chunk[..filled])
            .await
            .map_err(Stop::Local)?;
        if let Some(end) = stop {
            sink.flush().await.map_err(Stop::Local)?;
            return end;
        }
    }
}
