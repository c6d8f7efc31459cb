//! Transfers and commands of another client, passed on without async.

use std::sync::Arc;

use towline_proto::path::RemotePath;
use towline_proto::reply::Reply;

use super::listing::RawListing;
use super::session::Session;
use super::transfer::{Download, Upload};
use crate::error::Error;
use crate::session::ListingCommand;
use crate::transfer::UploadOptions;

impl Session {
    /// Begins to download a file as text. See [`crate::Session::download_text`].
    ///
    /// # Errors
    ///
    /// As for [`crate::Session::download_text`].
    pub fn download_text(&mut self, path: &RemotePath) -> Result<Download<'_>, Error> {
        let (session, runtime) = self.parts();
        let download = runtime.block_on(session.download_text(path))?;
        Ok(Download::new(download, Arc::clone(runtime)))
    }

    /// Begins to upload a text to `target`. See [`crate::Session::upload_text`].
    ///
    /// # Errors
    ///
    /// As for [`crate::Session::upload_text`].
    pub fn upload_text(
        &mut self,
        target: &RemotePath,
        options: &UploadOptions,
    ) -> Result<Upload<'_>, Error> {
        let (session, runtime) = self.parts();
        let upload = runtime.block_on(session.upload_text(target, options))?;
        Ok(Upload::new(upload, Arc::clone(runtime)))
    }

    /// Begins to upload to `target` at byte `offset`. See [`crate::Session::upload_at`].
    ///
    /// # Errors
    ///
    /// As for [`crate::Session::upload_at`].
    pub fn upload_at(
        &mut self,
        target: &RemotePath,
        offset: u64,
        options: &UploadOptions,
    ) -> Result<Upload<'_>, Error> {
        let (session, runtime) = self.parts();
        let upload = runtime.block_on(session.upload_at(target, offset, options))?;
        Ok(Upload::new(upload, Arc::clone(runtime)))
    }

    /// Sends a command with another working directory. See [`crate::Session::raw_at`].
    ///
    /// # Errors
    ///
    /// As for [`crate::Session::raw_at`].
    pub fn raw_at(
        &mut self,
        directory: &RemotePath,
        command: impl AsRef<[u8]> + Send,
    ) -> Result<Reply, Error> {
        let (session, runtime) = self.parts();
        runtime.block_on(session.raw_at(directory, command))
    }

    /// Returns the bytes of a listing with another working directory. See
    /// [`crate::Session::raw_listing_at`].
    ///
    /// # Errors
    ///
    /// As for [`crate::Session::raw_listing_at`].
    pub fn raw_listing_at(
        &mut self,
        directory: &RemotePath,
        command: &ListingCommand,
        path: &RemotePath,
    ) -> Result<Vec<u8>, Error> {
        let (session, runtime) = self.parts();
        runtime.block_on(session.raw_listing_at(directory, command, path))
    }

    /// Begins a listing that is read as it arrives. See [`crate::Session::raw_listing_stream_at`].
    ///
    /// # Errors
    ///
    /// As for [`crate::Session::raw_listing_stream_at`].
    pub fn raw_listing_stream_at(
        &mut self,
        directory: &RemotePath,
        command: &ListingCommand,
        path: &RemotePath,
    ) -> Result<RawListing<'_>, Error> {
        let (session, runtime) = self.parts();
        let listing = runtime.block_on(session.raw_listing_stream_at(directory, command, path))?;
        Ok(RawListing::new(listing, Arc::clone(runtime)))
    }

    /// Returns the path of a directory without the links in it. See [`crate::Session::real_path`].
    ///
    /// # Errors
    ///
    /// As for [`crate::Session::real_path`].
    pub fn real_path(&mut self, path: &RemotePath) -> Result<Option<RemotePath>, Error> {
        let (session, runtime) = self.parts();
        runtime.block_on(session.real_path(path))
    }
}
