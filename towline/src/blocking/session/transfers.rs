//! The transfers of a session without async.

use std::io::{Read, Write};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use towline_proto::path::RemotePath;

use super::{Held, Session};
use crate::blocking::transfer::{Download, Inline, Upload};
use crate::error::Error;
use crate::transfer::{DownloadOptions, Transferred, UploadOptions};

impl Session {
    /// Begins to download a file. See [`crate::Session::download`].
    ///
    /// # Errors
    ///
    /// As for [`crate::Session::download`].
    pub fn download(&mut self, path: &RemotePath) -> Result<Download<'_>, Error> {
        self.download_from(path, 0)
    }

    /// Begins to download a file at byte `offset`. See [`crate::Session::download_from`].
    ///
    /// # Errors
    ///
    /// As for [`crate::Session::download_from`].
    pub fn download_from(&mut self, path: &RemotePath, offset: u64) -> Result<Download<'_>, Error> {
        let Self { session, runtime } = self;
        let download = runtime.block_on(session.download_from(path, offset))?;
        Ok(Download::new(download, Arc::clone(runtime)))
    }

    /// Begins to download a byte range of a file. See [`crate::Session::download_range`].
    ///
    /// # Errors
    ///
    /// As for [`crate::Session::download_range`].
    pub fn download_range(
        &mut self,
        path: &RemotePath,
        range: Range<u64>,
    ) -> Result<Download<'_>, Error> {
        let Self { session, runtime } = self;
        let download = runtime.block_on(session.download_range(path, range))?;
        Ok(Download::new(download, Arc::clone(runtime)))
    }

    /// Downloads a file into memory. See [`crate::Session::download_bytes`].
    ///
    /// # Errors
    ///
    /// As for [`crate::Session::download_bytes`].
    pub fn download_bytes(&mut self, path: &RemotePath, limit: usize) -> Result<Vec<u8>, Error> {
        self.runtime
            .block_on(self.session.download_bytes(path, limit))
    }

    /// Begins to download a file, and keeps the session. See [`crate::Session::into_download`] and
    /// [`crate::PooledSession::into_download`].
    ///
    /// # Errors
    ///
    /// As for [`crate::Session::into_download`].
    pub fn into_download(self, path: &RemotePath) -> Result<Download<'static>, Error> {
        let Self { session, runtime } = self;
        let download = runtime.block_on(async {
            match session {
                Held::Own(session) => session.into_download(path).await,
                Held::Pooled(session) => session.into_download(path).await,
            }
        });
        Ok(Download::new(download?, runtime))
    }

    /// Downloads to a local file. See [`crate::Session::download_file`].
    ///
    /// # Errors
    ///
    /// As for [`crate::Session::download_file`].
    pub fn download_file(
        &mut self,
        remote: &RemotePath,
        local: &Path,
        options: &DownloadOptions,
    ) -> Result<Transferred, Error> {
        let download = self.session.download_file(remote, local, options);
        self.runtime.block_on(download)
    }

    /// Downloads to `sink`. See [`crate::Session::download_to`].
    ///
    /// # Errors
    ///
    /// As for [`crate::Session::download_to`].
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
    /// As for [`crate::Session::upload`].
    pub fn upload(
        &mut self,
        target: &RemotePath,
        options: &UploadOptions,
    ) -> Result<Upload<'_>, Error> {
        let Self { session, runtime } = self;
        let upload = runtime.block_on(session.upload(target, options))?;
        Ok(Upload::new(upload, Arc::clone(runtime)))
    }

    /// Begins to upload to `target`, and keeps the session. See [`crate::Session::into_upload`] and
    /// [`crate::PooledSession::into_upload`].
    ///
    /// # Errors
    ///
    /// As for [`crate::Session::into_upload`].
    pub fn into_upload(
        self,
        target: &RemotePath,
        options: &UploadOptions,
    ) -> Result<Upload<'static>, Error> {
        let Self { session, runtime } = self;
        let upload = runtime.block_on(async {
            match session {
                Held::Own(session) => session.into_upload(target, options).await,
                Held::Pooled(session) => session.into_upload(target, options).await,
            }
        });
        Ok(Upload::new(upload?, runtime))
    }

    /// Uploads `contents`. See [`crate::Session::upload_bytes`].
    ///
    /// # Errors
    ///
    /// As for [`crate::Session::upload_bytes`].
    pub fn upload_bytes(
        &mut self,
        contents: &[u8],
        target: &RemotePath,
        options: &UploadOptions,
    ) -> Result<Transferred, Error> {
        let upload = self.session.upload_bytes(contents, target, options);
        self.runtime.block_on(upload)
    }

    /// Uploads a local file. See [`crate::Session::upload_file`].
    ///
    /// # Errors
    ///
    /// As for [`crate::Session::upload_file`].
    pub fn upload_file(
        &mut self,
        local: &Path,
        target: &RemotePath,
        options: &UploadOptions,
    ) -> Result<Transferred, Error> {
        let upload = self.session.upload_file(local, target, options);
        self.runtime.block_on(upload)
    }

    /// Uploads the bytes of `source`, up to its end. See [`crate::Session::upload_from`].
    ///
    /// # Errors
    ///
    /// As for [`crate::Session::upload_from`].
    pub fn upload_from(
        &mut self,
        source: impl Read + Unpin + Send,
        target: &RemotePath,
        options: &UploadOptions,
    ) -> Result<Transferred, Error> {
        let upload = self.session.upload_from(Inline(source), target, options);
        self.runtime.block_on(upload)
    }
}
