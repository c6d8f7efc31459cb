//! The session's methods for a program that passes on the transfers of another client.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use towline_proto::path::RemotePath;

use super::options::UploadOptions;
use super::outcome::Transferred;
use super::part::Part;
use super::plan::{How, Plan, contradictory};
use super::stream::{ByteRange, Download, Upload, begin_download, open_planned};
use crate::cancel::cancelled;
use crate::error::{Error, Remains};
use crate::session::{Lease, Session};

impl Session {
    /// Begins to download a file as text (`TYPE A`, RFC 959 section 3.1.1.1). The bytes are those
    /// that the server sends: its lines, most likely ended by CRLF.
    ///
    /// The size of a text in transit is unknown, so [`Download::finish`] relies on the server's
    /// final reply and on the end of TLS alone.
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
            return Err(contradictory(
                "a transfer as text cannot be verified",
                target,
            ));
        }
        let mut plan = Plan::new(target, options, &Part::default())?;
        plan.text = true;
        self.upload_planned(plan, options).await
    }

    /// Begins to upload to `target` at byte `offset` (`REST`, `STOR`), without a temporary name.
    /// The caller must know that the bytes before it are from the same file.
    ///
    /// # Errors
    ///
    /// As for [`Self::upload`]; [`Usage`](crate::ErrorKind::Usage) if `options` append to or verify
    /// the file.
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
    /// Breaks off the upload because its source has failed: resets the data connection, so that the
    /// server cannot take the part for the whole, and gives up the
    /// control connection. Removes the temporary file, if the server can still be asked to.
    ///
    /// Returns an error of the kind [`Cancelled`](crate::ErrorKind::Cancelled) whose
    /// [`remains`](Error::remains) say what is left at the server.
    pub async fn break_off(self) -> Error {
        self.give_up(cancelled()).await
    }
}

impl<'s> Upload<'s> {
    /// As [`Self::finish`], for a caller who may have to drop the future.
    pub fn finishing(self) -> Finishing<'s> {
        Finishing {
            is_direct: self.is_direct(),
            part: self.part().clone(),
            work: Box::pin(self.finish()),
        }
    }
}

/// An upload that is being [finished](Upload::finishing). If it is dropped before it is
/// [being named](Self::is_naming), the temporary file may remain.
#[must_use = "futures do nothing unless polled"]
pub struct Finishing<'s> {
    work: Pin<Box<dyn Future<Output = Result<Transferred, Error>> + Send + 's>>,
    part: Part,
    is_direct: bool,
}

impl Finishing<'_> {
    /// Whether the file is about to get its final name, or has it. If the future is dropped now,
    /// the file may have either name; where the server does not rename over an existing file, the
    /// old one may be at its backup name alone.
    #[must_use]
    pub fn is_naming(&self) -> bool {
        !self.is_direct && !matches!(self.part.remains(), Some(Remains::Part { .. }))
    }
}

impl Future for Finishing<'_> {
    type Output = Result<Transferred, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.work.as_mut().poll(cx)
    }
}

impl fmt::Debug for Finishing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Finishing").finish_non_exhaustive()
    }
}
