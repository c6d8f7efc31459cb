//! Compares the tail of a part with the file, to see whether the part is its beginning.

use std::fs::File;
use std::io::{self, Seek, SeekFrom};
use std::sync::Arc;

use towline_proto::command::Command;
use towline_proto::digest::Digest;
use towline_proto::features::Feature;
use towline_proto::path::RemotePath;
use towline_proto::reply::ReplyClass;

use crate::error::{Error, ErrorDetail, ErrorKind};
use crate::session::Session;
use crate::transfer::check::{Hasher, Method, digest};
use crate::transfer::local::FileReader;
use crate::transfer::stream::{ByteRange, Download, begin_download};

/// Whether `download` begins with exactly `expected`. The download has then moved past it.
pub(crate) async fn begins_with(
    download: &mut Download<'_>,
    expected: &[u8],
) -> Result<bool, Error> {
    let mut rest = expected;
    let mut chunk = vec![0; expected.len()];
    while !rest.is_empty() {
        let len = download.read(&mut chunk[..rest.len()]).await?;
        if len == 0 || chunk[..len] != rest[..len] {
            return Ok(false);
        }
        rest = &rest[len..];
    }
    Ok(true)
}

/// Reports that a part of `path` is of no use. A caller that asked to resume is warned.
pub(crate) fn start_over<T>(
    session: &Session,
    path: &RemotePath,
    is_asked: bool,
    why: &str,
) -> Option<T> {
    let text = format!("the partial file cannot be resumed, so the transfer starts over: {why}");
    match is_asked {
        true => session.warn(&format!("{path}: {text}")),
        false => session.note(&text),
    }
    None
}

/// Whether a server refuses to continue at the end of a part, in whatever words. ProFTPD 1.3.8 does
/// so with 451; after another transient reply, it may still continue.
pub(super) fn refuses_to_continue(error: &Error) -> bool {
    const LOCAL_ERROR: u16 = 451;
    let code = error.reply().map(|reply| reply.code().as_u16());
    match error.kind() {
        ErrorKind::Refused | ErrorKind::NotFound => true,
        ErrorKind::Incomplete => {
            error.detail() == Some(&ErrorDetail::RefusedForNow) && code == Some(LOCAL_ERROR)
        }
        _ => false,
    }
}

/// Whether the file at `path`, of `len` bytes, ends in `tail`; `None` if the server offers no way
/// to find out.
///
/// # Errors
///
/// [`ErrorKind::Network`] or [`ErrorKind::Timeout`] if the connection fails.
pub(crate) async fn ends_with(
    session: &mut Session,
    path: &RemotePath,
    len: u64,
    tail: &[u8],
) -> Result<Option<bool>, Error> {
    // Another digest proves nothing: ProFTPD 1.3.8 returns the digest of the whole file in any
    // case.
    match tail_hashes_to(session, path, len, tail).await? {
        true => Ok(Some(true)),
        false => tail_reads(session, path, len, tail).await,
    }
}

/// Asks with `RANG` and `HASH`.
async fn tail_hashes_to(
    session: &mut Session,
    path: &RemotePath,
    len: u64,
    tail: &[u8],
) -> Result<bool, Error> {
    session.ensure_usable().await?;
    let features = session.features();
    let method = match Method::strongest(features) {
        Some(method @ Method::Hash { .. }) if features.has(Feature::RangStream) => method,
        _ => return Ok(false),
    };
    let Some((_, all_but_last)) = tail.split_last() else {
        return Ok(false);
    };
    if all_but_last.is_empty() {
        return Ok(false);
    }
    let range = Command::Rang(len - tail.len() as u64, len - 1);
    let reply = session.command(&range).await?;
    if !matches!(
        reply.class(),
        ReplyClass::Intermediate | ReplyClass::Completion
    ) {
        return Ok(false);
    }
    let theirs = digest(session, method, path, tail.len() as u64).await;
    // A range that stayed in force would cut short a later transfer.
    let everything = Command::Rang(1, 0);
    session.command(&everything).await?;
    let theirs = match theirs {
        Ok(theirs) => theirs,
        Err(error) if error.reply().is_some() => return Ok(false),
        Err(error) => return Err(error),
    };
    // In the draft, the second number is that of the last byte; in mod_digest, of the byte after
    // it.
    Ok([tail, all_but_last]
        .into_iter()
        .any(|bytes| digest_of(method, bytes).is_some_and(|ours| ours == theirs)))
}

/// Downloads the tail and compares it.
async fn tail_reads(
    session: &mut Session,
    path: &RemotePath,
    len: u64,
    tail: &[u8],
) -> Result<Option<bool>, Error> {
    let end = ByteRange::from(path, Some(len), len - tail.len() as u64);
    let mut download = match begin_download(session, end).await {
        Ok(download) => download,
        Err(error) if refuses_to_continue(&error) => return Ok(None),
        Err(error) => return Err(error),
    };
    if !begins_with(&mut download, tail).await? || download.read(&mut [0]).await? > 0 {
        download.abort().await?;
        return Ok(Some(false));
    }
    match download.finish().await {
        Ok(_) => Ok(Some(true)),
        Err(error) if error.kind() == ErrorKind::Incomplete => Ok(Some(false)),
        Err(error) => Err(error),
    }
}

/// Updates `hasher` with the first `len` bytes of a local file.
///
/// # Errors
///
/// Fails if the file cannot be read.
pub(crate) async fn hash_beginning(
    session: &mut Session,
    hasher: &mut Hasher,
    file: &Arc<File>,
    len: u64,
) -> io::Result<()> {
    let work = async {
        (&**file).seek(SeekFrom::Start(0))?;
        let mut beginning = FileReader::new(file, Some(len));
        loop {
            beginning = beginning.read_on().await?;
            if beginning.piece().is_empty() {
                return Ok(());
            }
            hasher.update(beginning.piece());
            beginning.consume(beginning.piece().len());
        }
    };
    session.keep_alive_while(work).await
}

fn digest_of(method: Method, bytes: &[u8]) -> Option<Digest> {
    let mut hasher = Hasher::new(method);
    hasher.update(bytes);
    hasher.finish()
}
