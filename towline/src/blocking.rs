//! The same without `async`: each call returns when it is done.
//!
//! ```no_run
//! use std::io::Read as _;
//!
//! use towline::blocking::Client;
//! use towline::{Config, RemotePath, Secret};
//!
//! # fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let config = Config::new("ftp.example.com")
//!     .user("reports")
//!     .password(Secret::new(std::env::var("FTP_PASSWORD")?));
//! let mut session = Client::new(config)?.connect()?;
//! let mut download = session.download(&RemotePath::new("out/july.csv")?)?;
//! let mut contents = Vec::new();
//! download.read_to_end(&mut contents)?;
//! // Only now is it known that nothing is missing.
//! download.finish()?;
//! session.quit();
//! # Ok(())
//! # }
//! ```
//!
//! Each [`Session`] has a small runtime of its own, which works only inside the calls. They panic
//! when they are made from within another runtime; there the async ones are the right ones.

use std::io::{self, Read, Write};
use std::num::NonZeroU32;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::runtime::{Builder, Runtime};
use towline_proto::listing::{Entry, Modified};
use towline_proto::path::RemotePath;

use crate::batch::{Job, JobResult, Queue};
use crate::config::Config;
use crate::error::{Error, ErrorKind};
use crate::session::{Listing, ListingSummary};
use crate::transfer::{DownloadOptions, Transferred, UploadOptions};
use crate::verdict::DataConnection;

/// See [`crate::Client`].
#[derive(Clone, Debug)]
pub struct Client(crate::Client);

impl Client {
    /// See [`crate::Client::new`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn new(config: Config) -> Result<Self, Error> {
        crate::Client::new(config).map(Self)
    }

    /// Connects, begins TLS, and logs in. See [`crate::Client::connect`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn connect(&self) -> Result<Session, Error> {
        let runtime = runtime()?;
        let session = runtime.block_on(self.0.connect())?;
        Ok(Session { session, runtime })
    }

    /// Moves the files of `jobs` over at most `connections` sessions, and tells `report` what has become of
    /// each. See [`crate::Pool::run`].
    ///
    /// # Errors
    ///
    /// If the system gives nothing to wait with. What goes wrong with a file is for `report`.
    pub fn run(
        &self,
        connections: NonZeroU32,
        jobs: impl IntoIterator<Item = Job>,
        report: impl Fn(JobResult) + Send + Sync + 'static,
    ) -> Result<(), Error> {
        let runtime = runtime()?;
        let queue = Arc::new(Queue::new());
        jobs.into_iter().for_each(|job| queue.push(job));
        queue.close();
        runtime.block_on(async {
            let pool = crate::Pool::new(self.0.clone(), connections);
            pool.run(&queue, report).await;
            pool.quit().await;
        });
        Ok(())
    }
}

fn runtime() -> Result<Runtime, Error> {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| Error::local("no runtime can be set up here", error))
}

/// A session with a server. See [`crate::Session`].
#[derive(Debug)]
pub struct Session {
    // Before the runtime, so that it is dropped first.
    session: crate::Session,
    runtime: Runtime,
}

impl Session {
    /// See [`crate::Session::is_usable`].
    #[must_use]
    pub fn is_usable(&self) -> bool {
        self.session.is_usable()
    }

    /// See [`crate::Session::server`].
    #[must_use]
    pub fn server(&self) -> &'static str {
        self.session.server()
    }

    /// See [`crate::Session::in_utc`].
    #[must_use]
    pub fn in_utc(&self, listed: Modified) -> Modified {
        self.session.in_utc(listed)
    }

    /// Lists a directory. See [`crate::Session::list`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn list(&mut self, path: &RemotePath) -> Result<Listing, Error> {
        self.runtime.block_on(self.session.list(path))
    }

    /// Lists a directory of any size. See [`crate::Session::list_each`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn list_each(
        &mut self,
        path: &RemotePath,
        each: impl FnMut(Entry) + Send,
    ) -> Result<ListingSummary, Error> {
        self.runtime.block_on(self.session.list_each(path, each))
    }

    /// What the server knows about one path. See [`crate::Session::stat`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn stat(&mut self, path: &RemotePath) -> Result<Entry, Error> {
        self.runtime.block_on(self.session.stat(path))
    }

    /// The size of a file in bytes. See [`crate::Session::size`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn size(&mut self, path: &RemotePath) -> Result<Option<u64>, Error> {
        self.runtime.block_on(self.session.size(path))
    }

    /// When a file was last changed. See [`crate::Session::modified`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn modified(&mut self, path: &RemotePath) -> Result<Option<jiff::Timestamp>, Error> {
        self.runtime.block_on(self.session.modified(path))
    }

    /// See [`crate::Session::rename`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn rename(&mut self, from: &RemotePath, to: &RemotePath) -> Result<(), Error> {
        self.runtime.block_on(self.session.rename(from, to))
    }

    /// See [`crate::Session::remove_file`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn remove_file(&mut self, path: &RemotePath) -> Result<(), Error> {
        self.runtime.block_on(self.session.remove_file(path))
    }

    /// See [`crate::Session::create_dir`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn create_dir(&mut self, path: &RemotePath) -> Result<(), Error> {
        self.runtime.block_on(self.session.create_dir(path))
    }

    /// See [`crate::Session::remove_dir`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn remove_dir(&mut self, path: &RemotePath) -> Result<(), Error> {
        self.runtime.block_on(self.session.remove_dir(path))
    }

    /// Does nothing, which keeps the session alive. See [`crate::Session::noop`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn noop(&mut self) -> Result<(), Error> {
        self.runtime.block_on(self.session.noop())
    }

    /// Begins to download a file. See [`crate::Session::download`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn download(&mut self, path: &RemotePath) -> Result<Download<'_>, Error> {
        self.download_from(path, 0)
    }

    /// Begins to download a file at byte `offset`. See [`crate::Session::download_from`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn download_from(&mut self, path: &RemotePath, offset: u64) -> Result<Download<'_>, Error> {
        let Self { session, runtime } = self;
        let download = runtime.block_on(session.download_from(path, offset))?;
        Ok(Download { download, runtime })
    }

    /// Downloads to a local file. See [`crate::Session::download_file`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn download_file(
        &mut self,
        remote: &RemotePath,
        local: &Path,
        options: &DownloadOptions,
    ) -> Result<Transferred, Error> {
        let download = self.session.download_file(remote, local, options);
        self.runtime.block_on(download)
    }

    /// Downloads into `sink`. See [`crate::Session::download_to`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn download_to(
        &mut self,
        remote: &RemotePath,
        sink: impl Write + Unpin + Send,
        options: &DownloadOptions,
    ) -> Result<Transferred, Error> {
        let download = self.session.download_to(remote, Inline(sink), options);
        self.runtime.block_on(download)
    }

    /// Begins to upload to `target`. See [`crate::Session::upload`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn upload(
        &mut self,
        target: &RemotePath,
        options: &UploadOptions,
    ) -> Result<Upload<'_>, Error> {
        let Self { session, runtime } = self;
        let upload = runtime.block_on(session.upload(target, options))?;
        Ok(Upload { upload, runtime })
    }

    /// Uploads a local file. See [`crate::Session::upload_file`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn upload_file(
        &mut self,
        local: &Path,
        target: &RemotePath,
        options: &UploadOptions,
    ) -> Result<Transferred, Error> {
        let upload = self.session.upload_file(local, target, options);
        self.runtime.block_on(upload)
    }

    /// Uploads what `source` gives, to its end. See [`crate::Session::upload_from`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn upload_from(
        &mut self,
        source: impl Read + Unpin + Send,
        target: &RemotePath,
        options: &UploadOptions,
    ) -> Result<Transferred, Error> {
        let upload = self.session.upload_from(Inline(source), target, options);
        self.runtime.block_on(upload)
    }

    /// Says goodbye and closes the control connection in order. See [`crate::Session::quit`].
    pub fn quit(self) {
        let Self { session, runtime } = self;
        runtime.block_on(session.quit());
    }
}

/// A download that has begun: [`Read`] it to its end, then [`finish`](Self::finish) it. See
/// [`crate::Download`].
#[derive(Debug)]
#[must_use = "a download has to be finished or aborted"]
pub struct Download<'s> {
    download: crate::Download<'s>,
    runtime: &'s Runtime,
}

impl Download<'_> {
    /// See [`crate::Download::size`].
    #[must_use]
    pub fn size(&self) -> Option<u64> {
        self.download.size()
    }

    /// The verdict on the data connection.
    #[must_use]
    pub fn data_connection(&self) -> &DataConnection {
        self.download.data_connection()
    }

    /// Confirms that the whole file has come. See [`crate::Download::finish`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn finish(self) -> Result<Transferred, Error> {
        self.runtime.block_on(self.download.finish())
    }

    /// Stops the download in order. See [`crate::Download::abort`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn abort(self) -> Result<(), Error> {
        self.runtime.block_on(self.download.abort())
    }
}

/// An error that it gives holds the [`Error`]: see [`io::Error::downcast`].
impl Read for Download<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.runtime.block_on(self.download.read(buffer));
        read.map_err(Into::into)
    }
}

/// An upload that has begun: [`Write`] all of it, then [`finish`](Self::finish) it. See
/// [`crate::Upload`].
#[derive(Debug)]
#[must_use = "an upload has to be finished or aborted"]
pub struct Upload<'s> {
    upload: crate::Upload<'s>,
    runtime: &'s Runtime,
}

impl Upload<'_> {
    /// The verdict on the data connection.
    #[must_use]
    pub fn data_connection(&self) -> &DataConnection {
        self.upload.data_connection()
    }

    /// See [`crate::Upload::stored_as`].
    #[must_use]
    pub fn stored_as(&self) -> &RemotePath {
        self.upload.stored_as()
    }

    /// Confirms that the whole file has arrived. See [`crate::Upload::finish`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn finish(self) -> Result<Transferred, Error> {
        self.runtime.block_on(self.upload.finish())
    }

    /// Stops the upload in order. See [`crate::Upload::abort`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn abort(self) -> Result<(), Error> {
        self.runtime.block_on(self.upload.abort())
    }
}

/// An error that it gives holds the [`Error`]: see [`io::Error::downcast`].
impl Write for Upload<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.runtime.block_on(self.upload.write_all(bytes));
        written.map(|()| bytes.len()).map_err(Into::into)
    }

    /// Nothing waits on this side of TLS.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        let kind = match error.kind() {
            ErrorKind::NotFound => io::ErrorKind::NotFound,
            ErrorKind::AlreadyExists => io::ErrorKind::AlreadyExists,
            ErrorKind::Timeout => io::ErrorKind::TimedOut,
            ErrorKind::Incomplete => io::ErrorKind::UnexpectedEof,
            ErrorKind::Usage => io::ErrorKind::InvalidInput,
            _ => io::ErrorKind::Other,
        };
        Self::new(kind, error)
    }
}

/// A blocking source or sink, used where blocking is what the caller wants.
#[derive(Debug)]
struct Inline<T>(T);

impl<T: Read + Unpin> AsyncRead for Inline<T> {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let len = self.get_mut().0.read(out.initialize_unfilled())?;
        out.advance(len);
        Poll::Ready(Ok(()))
    }
}

impl<T: Write + Unpin> AsyncWrite for Inline<T> {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(self.get_mut().0.write(bytes))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.get_mut().0.flush())
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_flush(cx)
    }
}
