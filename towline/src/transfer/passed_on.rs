//! The session's methods for a program that passes on the transfers of another client.

use towline_proto::path::RemotePath;

use super::options::UploadOptions;
use super::part::Part;
use super::plan::{How, Plan, contradictory};
use super::stream::{ByteRange, Download, Upload, begin_download, open_planned};
use crate::cancel::cancelled;
use crate::error::Error;
use crate::session::{Lease, Session};

impl Session {
    /// Begins to download a file as text (`TYPE A`, RFC 959 section 3.1.1.1). The bytes are those
    /// that the server sends: its lines, most likely ended by CRLF.
    ///
    /// The size of a text in transit is unknown, so [`Download::finish`] relies on the server's final
    /// reply and on the end of TLS alone.
    ///
    /// # Errors
    ///
    /// As for [`Self::download`].
    pub async fn download_text(&mut self, path: &RemotePath) -> Result<Download<'_>, Error> {
        let mut whole = ByteRange::whole(path, None);
        whole.text = true;
        Ok(begin_download(self, whole).await?.announce())
    }

    /// Begins to upload a text to `target` (`TYPE A`). The bytes are sent as they are; their lines
    /// must end with CRLF.
    ///
    /// The size of a text in transit is unknown, so [`Upload::finish`] relies on the server's final
    /// reply alone.
    ///
    /// # Errors
    ///
    /// As for [`Self::upload`]; [`Usage`](crate::ErrorKind::Usage) if `options` verify the upload.
    pub async fn upload_text(
        &mut self,
        target: &RemotePath,
        options: &UploadOptions,
    ) -> Result<Upload<'_>, Error> {
        if options.verify || options.require_verified {
            return Err(contradictory("a text cannot be verified", target));
        }
        let mut plan = Plan::new(target, options, &Part::default())?;
        plan.text = true;
        self.upload_planned(plan, options).await
    }

    /// Begins to upload to `target` at byte `offset` (`REST`, `STOR`), without a temporary name. The
    /// caller must know that the bytes before it are from the same file.
    ///
    /// # Errors
    ///
    /// As for [`Self::upload`]; [`Usage`](crate::ErrorKind::Usage) if `options` append to or verify the file.
    pub async fn upload_at(
        &mut self,
        target: &RemotePath,
        offset: u64,
        options: &UploadOptions,
    ) -> Result<Upload<'_>, Error> {
        if options.append || options.verify {
            let what = "an upload at an offset neither appends nor verifies";
            return Err(contradictory(what, target));
        }
        let direct = options.clone().use_temporary_name(false);
        let mut plan = Plan::new(target, &direct, &Part::default())?;
        if offset > 0 {
            plan.how = How::Restart;
            plan.offset = offset;
        }
        self.upload_planned(plan, &direct).await
    }

    async fn upload_planned(
        &mut self,
        plan: Plan,
        options: &UploadOptions,
    ) -> Result<Upload<'_>, Error> {
        let (data, plan) = open_planned(self, plan, options).await?;
        Ok(Upload::over(Lease::new(self), data, plan))
    }
}

impl Upload<'_> {
    /// Breaks off the upload because its source has failed: closes the data connection without
    /// `close_notify`, so that the server cannot take the part for the whole, and gives up the
    /// control connection. Removes the temporary file, if the server can still be asked to.
    ///
    /// Returns an error of [`Cancelled`](crate::ErrorKind::Cancelled) whose [`remains`](Error::remains) say what is
    /// left at the server.
    pub async fn break_off(self) -> Error {
        self.give_up(cancelled()).await
    }
}
