//! What a caller may ask of a transfer.

use crate::cancel::Cancel;

/// How a download is made.
///
/// ```
/// use towline::DownloadOptions;
///
/// let careful = DownloadOptions::default().resume(true).verify(true);
/// # let _ = careful;
/// ```
#[derive(Clone, Debug)]
pub struct DownloadOptions {
    pub(crate) temporary_name: bool,
    pub(crate) overwrite: bool,
    pub(crate) resume: bool,
    pub(crate) verify: bool,
    pub(crate) preserve_time: bool,
    pub(crate) cancel: Cancel,
}

/// How an upload is made.
///
/// By default the file goes to a temporary name beside its target and gets its own name when it is
/// whole, so that nobody ever sees a part of it, and so that a refused data connection, which
/// empties the file that it was for, empties none that matters.
///
/// Where a server does not rename over an existing file, the old one is renamed to a backup name,
/// the new one put in place, and the backup removed; if the middle step fails the old file gets its
/// name back. At no time is there neither.
///
/// ```
/// use towline::UploadOptions;
///
/// let careful = UploadOptions::default().resume(true).verify(true);
/// # let _ = careful;
/// ```
#[derive(Clone, Debug)]
pub struct UploadOptions {
    pub(crate) temporary_name: bool,
    pub(crate) overwrite: bool,
    pub(crate) resume: bool,
    pub(crate) append: bool,
    pub(crate) verify: bool,
    pub(crate) preserve_time: bool,
    pub(crate) cancel: Cancel,
}

impl Default for DownloadOptions {
    fn default() -> Self {
        Self {
            temporary_name: true,
            overwrite: true,
            resume: false,
            verify: false,
            preserve_time: true,
            cancel: Cancel::new(),
        }
    }
}

impl DownloadOptions {
    /// Whether the local file gets its name only when it is whole. Default: yes.
    #[must_use]
    pub fn use_temporary_name(mut self, temporary_name: bool) -> Self {
        self.temporary_name = temporary_name;
        self
    }

    /// Whether an existing local file is replaced. Default: yes.
    #[must_use]
    pub fn overwrite(mut self, overwrite: bool) -> Self {
        self.overwrite = overwrite;
        self
    }

    /// Whether a download that ended early is taken up where it stopped. Default: no.
    ///
    /// With it a part that could not be completed stays beside the target, under a name that carries
    /// a mark of the size and time of the server's file. The next download of that file finds it; one
    /// of a file that has changed does not. The last 64 KiB of the part are always fetched once
    /// more and compared before anything is added to it, and size and time at the server are asked
    /// for again at the end. A server that gives no size, or does not begin in the middle (`REST`),
    /// sends the whole file. Without a time from the server, size and comparison alone decide.
    ///
    /// Without a temporary name the target itself is the part. It carries no mark, so the comparison
    /// is all that connects it with the server's file; consider [`Self::verify`]. If it is as long as
    /// the server's file, it counts as that only if it has the same time.
    #[must_use]
    pub fn resume(mut self, resume: bool) -> Self {
        self.resume = resume;
        self
    }

    /// Whether a digest of what came is compared with the server's own, by the strongest algorithm
    /// that the server offers, before the file gets its name. Default: no. Where the server offers
    /// none, the download fails before it begins.
    #[must_use]
    pub fn verify(mut self, verify: bool) -> Self {
        self.verify = verify;
        self
    }

    /// Whether the local file gets the modification time of the server's. Default: yes.
    #[must_use]
    pub fn preserve_time(mut self, preserve_time: bool) -> Self {
        self.preserve_time = preserve_time;
        self
    }

    /// What stops the download.
    #[must_use]
    pub fn cancel(mut self, cancel: &Cancel) -> Self {
        self.cancel = cancel.clone();
        self
    }
}

impl Default for UploadOptions {
    fn default() -> Self {
        Self {
            temporary_name: true,
            overwrite: true,
            resume: false,
            append: false,
            verify: false,
            preserve_time: true,
            cancel: Cancel::new(),
        }
    }
}

impl UploadOptions {
    /// Whether the remote file gets its name only when it is whole. Default: yes.
    #[must_use]
    pub fn use_temporary_name(mut self, temporary_name: bool) -> Self {
        self.temporary_name = temporary_name;
        self
    }

    /// Whether an existing remote file is replaced. Default: yes. With `false` it is looked for
    /// before the upload; FTP has no way to make the check and the upload one step.
    #[must_use]
    pub fn overwrite(mut self, overwrite: bool) -> Self {
        self.overwrite = overwrite;
        self
    }

    /// Whether the upload of a local file that ended early is taken up where it stopped. Default: no.
    /// Streams cannot be taken up.
    ///
    /// With it a part that could not be completed stays at the server, under a name that carries a
    /// mark of the size and time of the local file, so that only the same file goes on from it. The
    /// last 64 KiB of the part are compared with the local file first: by `RANG` and `HASH` where the
    /// server has them, else by fetching them. Where neither works the upload starts over.
    ///
    /// Without a temporary name the target itself is the part. It carries no mark, so the comparison
    /// is all that connects it with the local file; consider [`Self::verify`]. If it is as long as the
    /// local file, it counts as that only if it has the same time.
    #[must_use]
    pub fn resume(mut self, resume: bool) -> Self {
        self.resume = resume;
        self
    }

    /// Whether the bytes are added to the end of the remote file (`APPE`), which is made if it does
    /// not exist. Default: no. There is no temporary name then, and the file's time is not set. It
    /// goes with neither [`Self::resume`] nor [`Self::verify`].
    #[must_use]
    pub fn append(mut self, append: bool) -> Self {
        self.append = append;
        self
    }

    /// Whether a digest of what was sent is compared with the server's own, by the strongest
    /// algorithm that the server offers, before the file gets its name. Default: no. Where the server
    /// offers none, the upload fails before it begins.
    #[must_use]
    pub fn verify(mut self, verify: bool) -> Self {
        self.verify = verify;
        self
    }

    /// Whether the remote file gets the modification time of the local one (`MFMT`, else
    /// `SITE UTIME`). Default: yes. A server that does not do it is no error.
    #[must_use]
    pub fn preserve_time(mut self, preserve_time: bool) -> Self {
        self.preserve_time = preserve_time;
        self
    }

    /// What stops the upload.
    #[must_use]
    pub fn cancel(mut self, cancel: &Cancel) -> Self {
        self.cancel = cancel.clone();
        self
    }
}
