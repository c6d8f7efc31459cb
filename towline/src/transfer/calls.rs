//! The session's methods for transferring files.

use std::ops::{DerefMut, Range};
use std::path::Path;
use std::time::Instant;

use tokio::io::{AsyncRead, AsyncWrite};
use towline_proto::path::RemotePath;

use super::file::{Receiving, append_file, receive_to, send_file, send_from};
use super::options::{DownloadOptions, UploadOptions};
use super::outcome::Transferred;
use super::part::Part;
use super::stream::{ByteRange, Download, Upload, begin_download, open_download, open_stream};
use crate::cancel::cancelled;
use crate::error::{Error, ErrorDetail, ErrorKind};
use crate::session::{Lease, Session};

/// How much of a file is read into memory at a time.
const CHUNK: usize = 64 * 1024;

impl Session {
    /// Begins to download a file (`SIZE`, then `RETR`).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] or [`ErrorKind::Refused`] if the server refuses.
    /// [`ErrorKind::SessionReuseRefused`], [`ErrorKind::Tls`] or [`ErrorKind::Certificate`] if the
    /// data connection may not carry any data. [`ErrorKind::Network`], [`ErrorKind::Timeout`] or
    /// [`ErrorKind::Unavailable`] if the connection fails.
    pub async fn download(&mut self, path: &RemotePath) -> Result<Download<'_>, Error> {
        let mut whole = ByteRange::whole(path, None);
        let size = self.size_to_download(path).await;
        whole.size = size.map_err(|error| error.with_path(path))?;
        Ok(begin_download(self, whole).await?.announce())
    }

    /// Begins to download a file at byte `offset` (`REST`, RFC 3659 section 5).
    ///
    /// The caller must know that the bytes it already has are from the same file;
    /// [`Self::download_file`] checks that.
    ///
    /// ```no_run
    /// # async fn example(session: &mut towline::Session) -> Result<(), towline::Error> {
    /// # let path = towline::RemotePath::login_directory();
    /// let mut rest = session.download_from(&path, 1_000_000).await?;
    /// let mut chunk = vec![0; 64 * 1024];
    /// while rest.read(&mut chunk).await? > 0 {}
    /// assert_eq!(rest.finish().await?.resumed_at, Some(1_000_000));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`Self::download`]; [`ErrorKind::Usage`] if the file is shorter than `offset`, and
    /// [`ErrorKind::Refused`] if the server gives no size, since nothing else shows where the
    /// download really begins.
    pub async fn download_from(
        &mut self,
        path: &RemotePath,
        offset: u64,
    ) -> Result<Download<'_>, Error> {
        let rest = known_range(self, ByteRange::from(path, None, offset)).await?;
        Ok(begin_download(self, rest).await?.announce())
    }

    /// Begins to download the bytes of a file from `range.start` up to, but not including,
    /// `range.end`, or to the end of the file if that comes first.
    ///
    /// [`Download::finish`] ends the download in order: if the file continues beyond the range, it
    /// tells the server to stop (`ABOR`), and the session stays usable.
    ///
    /// ```no_run
    /// # async fn example(session: &mut towline::Session) -> Result<(), Box<dyn std::error::Error>> {
    /// use tokio::io::AsyncReadExt as _;
    ///
    /// # let path = towline::RemotePath::login_directory();
    /// let mut header = session.download_range(&path, 0..512).await?;
    /// let mut bytes = Vec::new();
    /// header.read_to_end(&mut bytes).await?;
    /// header.finish().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`Self::download_from`]; [`ErrorKind::Usage`] if the range is empty.
    pub async fn download_range(
        &mut self,
        path: &RemotePath,
        range: Range<u64>,
    ) -> Result<Download<'_>, Error> {
        if range.is_empty() {
            let error = Error::new(ErrorKind::Usage, "the range is empty");
            return Err(error.with_detail(ErrorDetail::EmptyRange).with_path(path));
        }
        let mut wanted = known_range(self, ByteRange::from(path, None, range.start)).await?;
        wanted.end = Some(range.end);
        Ok(begin_download(self, wanted).await?.announce())
    }

    /// Downloads a file of at most `limit` bytes into memory.
    ///
    /// # Errors
    ///
    /// As for [`Self::download_to`]; [`ErrorKind::Usage`] if the file is larger than `limit`. If
    /// the server gives such a size beforehand, nothing is downloaded.
    pub async fn download_bytes(
        &mut self,
        path: &RemotePath,
        limit: usize,
    ) -> Result<Vec<u8>, Error> {
        let mut download = self.download(path).await?;
        let is_larger = |size: u64| usize::try_from(size).map_or(true, |size| size > limit);
        let mut contents = Vec::new();
        let mut is_too_large = download.size().is_some_and(is_larger);
        let mut chunk = vec![0; CHUNK];
        while !is_too_large {
            match download.read(&mut chunk).await? {
                0 => break,
                len => contents.extend_from_slice(&chunk[..len]),
            }
            is_too_large = contents.len() > limit;
        }
        if is_too_large {
            // The cause matters more than how the abort ended.
            let _ = download.abort().await;
            let what = format!("the file is larger than {limit} bytes");
            let error = Error::new(ErrorKind::Usage, what).with_path(path);
            return Err(error.with_detail(ErrorDetail::FileTooLarge));
        }
        download.finish().await?;
        Ok(contents)
    }

    /// Begins to download a file, as [`Self::download`] does, and keeps the session until the
    /// download ends. The session is then closed; to use a session again, take it from a
    /// [`Pool`](crate::Pool).
    ///
    /// ```no_run
    /// # async fn example(session: towline::Session) -> Result<(), Box<dyn std::error::Error>> {
    /// # let path = towline::RemotePath::login_directory();
    /// let mut download = session.into_download(&path).await?;
    /// // It borrows nothing, so another task can have it.
    /// let copy = tokio::spawn(async move {
    ///     let mut file = tokio::fs::File::create("report.csv").await?;
    ///     tokio::io::copy(&mut download, &mut file).await?;
    ///     download.finish().await.map_err(std::io::Error::from)
    /// });
    /// copy.await??;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`Self::download`].
    pub async fn into_download(self, path: &RemotePath) -> Result<Download<'static>, Error> {
        own_download(Box::new(self), path).await
    }

    /// Downloads to a local file. The file is written under a temporary name beside `local`, synced
    /// to disk, given the server's modification time, and renamed once it is complete.
    ///
    /// Transient failures are retried as [`Config::retry`](crate::Config::retry) says. A retry
    /// resumes where the download stopped, after the same comparison as with
    /// [`DownloadOptions::resume`].
    ///
    /// ```no_run
    /// use towline::{DownloadOptions, RemotePath};
    ///
    /// # async fn example(session: &mut towline::Session) -> Result<(), Box<dyn std::error::Error>> {
    /// let options = DownloadOptions::default().resume(true);
    /// let remote = RemotePath::new("out/report.csv")?;
    /// let done = session
    ///     .download_file(&remote, "report.csv".as_ref(), &options)
    ///     .await?;
    /// println!("{} bytes, resumed at {:?}", done.bytes, done.resumed_at);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`Self::download`]; [`ErrorKind::Local`] if the local disk fails, and
    /// [`ErrorKind::Cancelled`] if the [cancel](DownloadOptions::cancel) of `options` stops it.
    /// `local` is then untouched, unless `options` forbid the temporary name.
    pub async fn download_file(
        &mut self,
        remote: &RemotePath,
        local: &Path,
        options: &DownloadOptions,
    ) -> Result<Transferred, Error> {
        let (began, part) = (Instant::now(), Part::default());
        let receiving = Receiving::new(self, remote, local, options, &part).run();
        let received = options.cancel.bound(receiving).await;
        conclude(self, received, remote, began, &part)
    }

    /// Downloads to `sink`, which receives every byte once and in order, and is flushed at the end.
    ///
    /// Once bytes have been written, a failure is final. The `options` about names and times have
    /// no effect here.
    ///
    /// ```no_run
    /// # async fn example(session: &mut towline::Session) -> Result<(), towline::Error> {
    /// # let path = towline::RemotePath::login_directory();
    /// let mut contents = Vec::new();
    /// let options = towline::DownloadOptions::default().verify(true);
    /// session.download_to(&path, &mut contents, &options).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`Self::download_file`]; [`ErrorKind::Local`] if `sink` fails.
    pub async fn download_to(
        &mut self,
        remote: &RemotePath,
        sink: impl AsyncWrite + Unpin + Send,
        options: &DownloadOptions,
    ) -> Result<Transferred, Error> {
        let began = Instant::now();
        let receiving = receive_to(self, remote, sink, options);
        let received = options.cancel.bound(receiving).await;
        conclude(self, received, remote, began, &Part::default())
    }

    /// Begins to upload to `target`, under a temporary name unless `options` say otherwise.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Usage`] if `target` cannot be a file or `options` contradict each other.
    /// [`ErrorKind::AlreadyExists`] if the target exists and `options` do not allow overwriting.
    /// [`ErrorKind::Refused`] if the server refuses. [`ErrorKind::SessionReuseRefused`],
    /// [`ErrorKind::Tls`] or [`ErrorKind::Certificate`] if the data connection may not carry any
    /// data. [`ErrorKind::Network`], [`ErrorKind::Timeout`] or [`ErrorKind::Unavailable`] if the
    /// connection fails. If a temporary name is used, the target is then untouched.
    pub async fn upload(
        &mut self,
        target: &RemotePath,
        options: &UploadOptions,
    ) -> Result<Upload<'_>, Error> {
        let (data, plan) = open_stream(self, target, options, &Part::default()).await?;
        Ok(Upload::over(Lease::new(self), data, plan))
    }

    /// Begins to upload to `target`, as [`Self::upload`] does, and keeps the session until the
    /// upload ends. The session is then closed; to use a session again, take it from a
    /// [`Pool`](crate::Pool).
    ///
    /// # Errors
    ///
    /// As for [`Self::upload`].
    pub async fn into_upload(
        self,
        target: &RemotePath,
        options: &UploadOptions,
    ) -> Result<Upload<'static>, Error> {
        own_upload(Box::new(self), target, options).await
    }

    /// Uploads `contents` to `target`.
    ///
    /// ```no_run
    /// use towline::{RemotePath, UploadOptions};
    ///
    /// # async fn example(session: &mut towline::Session) -> Result<(), Box<dyn std::error::Error>> {
    /// let marker = RemotePath::new("in/report.csv.done")?;
    /// session
    ///     .upload_bytes(b"", &marker, &UploadOptions::default())
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`Self::upload_from`].
    pub async fn upload_bytes(
        &mut self,
        contents: &[u8],
        target: &RemotePath,
        options: &UploadOptions,
    ) -> Result<Transferred, Error> {
        self.upload_from(contents, target, options).await
    }

    /// Uploads a local file.
    ///
    /// Transient failures are retried as [`Config::retry`](crate::Config::retry) says. A retry
    /// resumes where the upload stopped, after the same comparison as with
    /// [`UploadOptions::resume`]. An upload without a temporary name starts over unless it may
    /// resume, because the contents of the target may have another origin.
    ///
    /// ```no_run
    /// use towline::{RemotePath, UploadOptions};
    ///
    /// # async fn example(session: &mut towline::Session) -> Result<(), Box<dyn std::error::Error>> {
    /// let options = UploadOptions::default().resume(true).verify(true);
    /// let remote = RemotePath::new("in/report.csv")?;
    /// let done = session
    ///     .upload_file("report.csv".as_ref(), &remote, &options)
    ///     .await?;
    /// println!("{} bytes, compared by {:?}", done.bytes, done.digest);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`Self::upload`] and [`Upload::finish`]; [`ErrorKind::Local`] if the local file
    /// cannot be read, and [`ErrorKind::Cancelled`] if the [cancel](UploadOptions::cancel) of
    /// `options` stops it.
    pub async fn upload_file(
        &mut self,
        local: &Path,
        remote: &RemotePath,
        options: &UploadOptions,
    ) -> Result<Transferred, Error> {
        let (began, part) = (Instant::now(), Part::default());
        let sending = async {
            match options.append {
                true => append_file(self, local, remote, options, &part).await,
                false => send_file(self, local, remote, options, &part).await,
            }
        };
        let sent = options.cancel.bound(sending).await;
        conclude(self, sent, remote, began, &part)
    }

    /// Uploads the bytes of `source`, up to its end. Once bytes have been read, a failure is final.
    ///
    /// ```no_run
    /// use towline::{RemotePath, UploadOptions};
    ///
    /// # async fn example(session: &mut towline::Session) -> Result<(), Box<dyn std::error::Error>> {
    /// let remote = RemotePath::new("log.txt")?;
    /// let options = UploadOptions::default().append(true);
    /// session.upload_from(&b"one more line\n"[..], &remote, &options).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`Self::upload_file`].
    pub async fn upload_from(
        &mut self,
        source: impl AsyncRead + Unpin + Send,
        remote: &RemotePath,
        options: &UploadOptions,
    ) -> Result<Transferred, Error> {
        let (began, part) = (Instant::now(), Part::default());
        let sending = send_from(self, source, remote, options, &part);
        let sent = options.cancel.bound(sending).await;
        conclude(self, sent, remote, began, &part)
    }
}

/// Begins to download `path` over a session that the download keeps.
pub(crate) async fn own_download<S>(
    mut session: S,
    path: &RemotePath,
) -> Result<Download<'static>, Error>
where
    S: DerefMut<Target = Session> + Send + Sync + 'static,
{
    let size = session.size_to_download(path).await;
    let size = size.map_err(|error| error.with_path(path))?;
    let whole = ByteRange::whole(path, size);
    let data = open_download(&mut session, &whole).await?;
    Ok(Download::over(Lease::owning(session), data, whole).announce())
}

/// Begins to upload to `target` over a session that the upload keeps.
pub(crate) async fn own_upload<S>(
    mut session: S,
    target: &RemotePath,
    options: &UploadOptions,
) -> Result<Upload<'static>, Error>
where
    S: DerefMut<Target = Session> + Send + Sync + 'static,
{
    let (data, plan) = open_stream(&mut session, target, options, &Part::default()).await?;
    Ok(Upload::over(Lease::owning(session), data, plan))
}

/// Adds the file's size to the range. Fails if the range begins beyond the end of the file, or if
/// it has an offset and the server gives no size.
async fn known_range(session: &mut Session, mut range: ByteRange) -> Result<ByteRange, Error> {
    let size = session.size_to_download(&range.path).await;
    range.size = size.map_err(|error| error.with_path(&range.path))?;
    if range.size.is_none() && range.offset > 0 {
        // Without SIZE, MLST or a listing may show it.
        let listed = session.listed_size(&range.path).await;
        range.size = listed.map_err(|error| error.with_path(&range.path))?;
    }
    if let Some(given) = range.size.filter(|size| *size < range.offset) {
        let behind = session.size_behind_new_link(&range.path, given).await;
        let behind = behind.map_err(|error| error.with_path(&range.path))?;
        range.size = behind.unwrap_or(range.size);
    }
    let fault = match range.size {
        _ if range.offset == 0 => None,
        Some(size) if size >= range.offset => None,
        Some(_) => {
            let error = Error::new(ErrorKind::Usage, "the file ends before the offset");
            Some(error.with_detail(ErrorDetail::BeyondEnd))
        }
        None => {
            let what = "the server gives no size to check where a download begins";
            let error = Error::new(ErrorKind::Refused, what);
            Some(error.with_detail(ErrorDetail::NoSize))
        }
    };
    match fault {
        Some(error) => Err(error.with_path(&range.path)),
        None => Ok(range),
    }
}

/// Completes the result of a transfer of `remote` that began at `began`. `None` as the outcome
/// means that the transfer was cancelled, did not end in time, and was dropped; something may then
/// remain at `part`.
fn conclude(
    session: &mut Session,
    outcome: Option<Result<Transferred, Error>>,
    remote: &RemotePath,
    began: Instant,
    part: &Part,
) -> Result<Transferred, Error> {
    let outcome = outcome.unwrap_or_else(|| {
        session.give_up();
        Err(match part.take() {
            Some(remains) => cancelled().with_remains(remains),
            None => cancelled(),
        })
    });
    match outcome {
        Ok(transferred) => Ok(Transferred {
            elapsed: began.elapsed(),
            ..transferred
        }),
        Err(error) => Err(error.with_path(remote)),
    }
}
