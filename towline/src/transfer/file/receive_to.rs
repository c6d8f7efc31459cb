//! Downloads to a writer.

use std::path::Path;

use tokio::io::AsyncWrite;
use towline_proto::path::RemotePath;

use super::finish::{finish, is_beyond_announced, proven};
use super::pump::{Stop, drain};
use crate::boxed::boxed;
use crate::data::Data;
use crate::error::Error;
use crate::session::attempts::retrying;
use crate::session::{Lease, Session};
use crate::transfer::check::hasher;
use crate::transfer::options::DownloadOptions;
use crate::transfer::outcome::Transferred;
use crate::transfer::stream::{ByteRange, Download, begin_download, open_download};

/// Downloads `remote` to `sink`.
pub(crate) async fn receive_to(
    session: &mut Session,
    remote: &RemotePath,
    mut sink: impl AsyncWrite + Unpin + Send,
    options: &DownloadOptions,
) -> Result<Transferred, Error> {
    let cancel = &options.cancel;
    cancel.check()?;
    let opened = retrying!(session, open_whole(session, remote, options), unless cancel);
    let (data, whole) = opened?;
    let mut download = Download::over(Lease::new(session), data, whole).announce();
    let poured = drain(&mut download, &mut sink, cancel).await;
    let transferred = match poured {
        Err(Stop::Transfer(error)) if is_beyond_announced(&error) => {
            let rest = download.stop().await?;
            receive_rest_to(session, rest, error, sink, options).await?
        }
        poured => finish(download, poured, Path::new(OUTPUT)).await?,
    };
    proven(&transferred, options)?;
    Ok(transferred)
}

/// What messages call the writer.
const OUTPUT: &str = "the output";

/// Downloads `rest` to `sink` if `excess` arose because the server announced the length of a link.
async fn receive_rest_to(
    session: &mut Session,
    mut rest: ByteRange,
    excess: Error,
    mut sink: impl AsyncWrite + Unpin + Send,
    options: &DownloadOptions,
) -> Result<Transferred, Error> {
    let (path, given) = (rest.path.clone(), rest.size.unwrap_or_default());
    let Some(size) = session.size_behind_link(&path, given).await? else {
        return Err(excess);
    };
    if let Some(size) = size {
        options.check_size(size)?;
    }
    let offset = rest.offset;
    rest.size = size;
    let mut download = begin_download(session, rest).await?.announce();
    let poured = drain(&mut download, &mut sink, &options.cancel).await;
    let mut transferred = finish(download, poured, Path::new(OUTPUT)).await?;
    transferred.bytes += offset;
    transferred.resumed_at = None;
    Ok(transferred)
}

/// Opens the data connection for the whole of `remote`.
#[boxed]
async fn open_whole(
    session: &mut Session,
    remote: &RemotePath,
    options: &DownloadOptions,
) -> Result<(Data, ByteRange), Error> {
    let size = session.size_to_download(remote).await?;
    if let Some(size) = size {
        options.check_size(size)?;
    }
    let mut whole = ByteRange::whole(remote, size);
    whole.most = options.max_size;
    if options.verify {
        whole.hasher = Some(hasher(session, remote).await?);
    }
    let data = open_download(session, &whole).await?;
    Ok((data, whole))
}
