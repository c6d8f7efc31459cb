//! Transfers without async.

use std::future::poll_fn;
use std::io::{self, Read, Write};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::runtime::Runtime;
use towline_proto::path::RemotePath;

use crate::error::{Error, ErrorKind};
use crate::transfer::Transferred;
use crate::verdict::DataConnection;

/// A download in progress. [`Read`] it to its end, then [`finish`](Self::finish) it. See
/// [`crate::Download`].
#[derive(Debug)]
#[must_use = "a download has to be finished or aborted"]
pub struct Download<'s> {
    // Before the runtime, so that it is dropped first.
    download: crate::Download<'s>,
    runtime: Arc<Runtime>,
}

impl<'s> Download<'s> {
    pub(super) fn new(download: crate::Download<'s>, runtime: Arc<Runtime>) -> Self {
        Self { download, runtime }
    }
}

impl Download<'_> {
    /// Returns the size that the server gave before the transfer. See [`crate::Download::size`].
    #[must_use]
    pub fn size(&self) -> Option<u64> {
        self.download.size()
    }

    /// The verdict on the data connection.
    #[must_use]
    pub fn data_connection(&self) -> &DataConnection {
        self.download.data_connection()
    }

    /// Confirms that the whole file has arrived. See [`crate::Download::finish`].
    ///
    /// # Errors
    ///
    /// As for [`crate::Download::finish`].
    pub fn finish(self) -> Result<Transferred, Error> {
        self.runtime.block_on(self.download.finish())
    }

    /// Stops the download in order. See [`crate::Download::abort`].
    ///
    /// # Errors
    ///
    /// As for [`crate::Download::abort`].
    pub fn abort(self) -> Result<(), Error> {
        self.runtime.block_on(self.download.abort())
    }
}

/// Its errors contain an [`Error`]: see [`io::Error::downcast`].
impl Read for Download<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.runtime.block_on(self.download.read(buffer));
        read.map_err(Into::into)
    }
}

/// An upload in progress. [`Write`] all of it, then [`finish`](Self::finish) it. See
/// [`crate::Upload`].
#[derive(Debug)]
#[must_use = "an upload has to be finished or aborted"]
pub struct Upload<'s> {
    // Before the runtime, so that it is dropped first.
    upload: crate::Upload<'s>,
    runtime: Arc<Runtime>,
}

impl<'s> Upload<'s> {
    pub(super) fn new(upload: crate::Upload<'s>, runtime: Arc<Runtime>) -> Self {
        Self { upload, runtime }
    }
}

impl Upload<'_> {
    /// The verdict on the data connection.
    #[must_use]
    pub fn data_connection(&self) -> &DataConnection {
        self.upload.data_connection()
    }

    /// Returns the name under which the bytes are stored until the end. See
    /// [`crate::Upload::stored_as`].
    #[must_use]
    pub fn stored_as(&self) -> &RemotePath {
        self.upload.stored_as()
    }

    /// Confirms that the whole file has arrived. See [`crate::Upload::finish`].
    ///
    /// # Errors
    ///
    /// As for [`crate::Upload::finish`].
    pub fn finish(self) -> Result<Transferred, Error> {
        self.runtime.block_on(self.upload.finish())
    }

    /// Stops the upload in order. See [`crate::Upload::abort`].
    ///
    /// # Errors
    ///
    /// As for [`crate::Upload::abort`].
    pub fn abort(self) -> Result<(), Error> {
        self.runtime.block_on(self.upload.abort())
    }

    /// Breaks off the upload because its source has failed. See [`crate::Upload::break_off`].
    pub fn break_off(self) -> Error {
        self.runtime.block_on(self.upload.break_off())
    }

    /// Gives up the upload because of `error`. See [`crate::Upload::give_up`].
    pub fn give_up(self, error: Error) -> Error {
        self.runtime.block_on(self.upload.give_up(error))
    }
}

/// Its errors contain an [`Error`]: see [`io::Error::downcast`].
impl Write for Upload<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.runtime.block_on(self.upload.write_all(bytes));
        written.map(|()| bytes.len()).map_err(Into::into)
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = poll_fn(|cx| self.upload.poll_flush(cx));
        self.runtime.block_on(flushed).map_err(Into::into)
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

/// A blocking source or sink, for use where the caller accepts blocking.
#[derive(Debug)]
pub(super) struct Inline<T>(pub(super) T);

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
