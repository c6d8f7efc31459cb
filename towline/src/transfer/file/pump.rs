//! Copies bytes from a reader to an upload, and from a download to a writer.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::Instant;

use crate::cancel::Cancel;
use crate::error::{Error, ErrorDetail};
use crate::tls::Collected;
use crate::transfer::local::{FileReader, FileWriter, LocalFile, PIECE, at, is_fast};
use crate::transfer::options::DownloadOptions;
use crate::transfer::stream::{Download, Upload};

/// How long received bytes wait for more before they are written.
const HELD_BACK: Duration = Duration::from_millis(200);

/// Why copying stopped before the end.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The caller cancelled it.
    Cancelled,
    /// The reader or writer failed.
    Local(io::Error),
    /// The local file changed while it was being sent.
    Changed,
    /// The transfer failed.
    Transfer(Error),
}

/// Sends `source`, up to its end, to `upload`.
pub(crate) async fn feed(
    upload: &mut Upload<'_>,
    source: &mut (impl AsyncRead + Unpin),
    cancel: &Cancel,
) -> Result<(), Stop> {
    let mut chunk = vec![0; PIECE];
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

/// Sends `local`, from its current position, to `upload`. Stops at the size that the file had when
/// it was opened, even if it grows. Fails if the file has become shorter.
pub(crate) async fn feed_file(
    upload: &mut Upload<'_>,
    local: &LocalFile,
    cancel: &Cancel,
) -> Result<(), Stop> {
    let begin = local.position().map_err(Stop::Local)?;
    // The kernel may generate the contents of a file whose size is 0.
    let size = local.version.size.filter(|size| *size > 0);
    let len = size.map(|size| size.saturating_sub(begin));
    let mut source = FileReader::new(&local.file, len);
    let mut sent = 0;
    loop {
        source = match cancel.or(source.read_on()).await {
            Ok(read) => read.map_err(Stop::Local)?,
            Err(_) => return Err(Stop::Cancelled),
        };
        let piece = source.piece().len();
        if piece == 0 {
            break;
        }
        match cancel.or(upload.write_all(source.piece())).await {
            Ok(Ok(())) => source.consume(piece),
            Ok(Err(error)) => return Err(Stop::Transfer(error)),
            Err(_) => return Err(Stop::Cancelled),
        }
        sent += piece as u64;
        if source.is_long() && upload.may_burst() {
            let len;
            let given = upload.burst(source).await;
            (source, len) = given.map_err(Stop::Transfer)?.map_err(Stop::Local)?;
            sent += len as u64;
        }
    }
    let is_all = len.is_none_or(|len| sent == len);
    // If the kernel generates the contents, the size may say nothing about them.
    match is_all || local.is_unchanged().await {
        true => Ok(()),
        false => Err(Stop::Changed),
    }
}

/// Returns the error for a local file that changed after it was opened.
pub(crate) fn changed(local: &Path) -> Error {
    let why = io::Error::other("it has changed while it was sent");
    at("cannot be read", local, why).with_detail(ErrorDetail::ChangedWhileSent)
}

/// Writes the bytes of `download` to `sink`, up to its end or to the point where it stopped.
pub(crate) async fn drain(
    download: &mut Download<'_>,
    sink: &mut (impl AsyncWrite + Unpin),
    cancel: &Cancel,
) -> Result<(), Stop> {
    loop {
        let stop = fill(download, cancel).await;
        for piece in download.pieces() {
            sink.write_all(piece).await.map_err(Stop::Local)?;
        }
        download.clear_pieces();
        if let Some(end) = stop {
            sink.flush().await.map_err(Stop::Local)?;
            return end;
        }
    }
}

/// Does the same for a file that will be `size` bytes long, starting at its current position.
pub(crate) async fn drain_to_file(
    download: &mut Download<'_>,
    file: &Arc<File>,
    size: Option<u64>,
    options: &DownloadOptions,
) -> Result<(), Stop> {
    let cancel = &options.cancel;
    let mut file = FileWriter::new(file, size, options.write_back);
    loop {
        let began = Instant::now();
        let stop = fill(download, cancel).await;
        let collected = download.pieces().map(<[u8]>::len).sum();
        let bursts = stop.is_none() && download.may_burst() && is_fast(collected, began.elapsed());
        let mut goes_on = collected > 0;
        while goes_on {
            let burst;
            let written = download.write_to(file, bursts).await;
            (file, burst) = written.map_err(Stop::Transfer)?.map_err(Stop::Local)?;
            goes_on = burst.is_fast;
            if goes_on {
                cancel.check().map_err(|_| Stop::Cancelled)?;
            }
        }
        if let Some(end) = stop {
            return end;
        }
    }
}

/// Collects bytes until the buffer is full or the time limit has passed. Returns a reason if no
/// more bytes will come.
async fn fill(download: &mut Download<'_>, cancel: &Cancel) -> Option<Result<(), Stop>> {
    let mut deadline = None;
    loop {
        match cancel.or(download.collect(deadline)).await {
            Ok(Ok(Some(Collected::More(_)))) => match deadline {
                None => deadline = Some(Instant::now() + HELD_BACK),
                Some(deadline) if Instant::now() < deadline => {}
                Some(_) => return None,
            },
            Ok(Ok(Some(Collected::Full) | None)) => return None,
            Ok(Ok(Some(Collected::End))) => return Some(Ok(())),
            Ok(Err(error)) => return Some(Err(Stop::Transfer(error))),
            Err(_) => return Some(Err(Stop::Cancelled)),
        }
    }
}
