//! The options of a transfer.

use crate::cancel::Cancel;
use crate::error::{Error, ErrorDetail, ErrorKind};

/// The options of a download.
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
    pub(crate) require_verified: bool,
    pub(crate) max_size: Option<u64>,
    pub(crate) keep_part: bool,
    pub(crate) write_back: bool,
    pub(crate) cancel: Cancel,
}

/// The options of an upload.
///
/// By default, the file is uploaded to a temporary name beside its target and gets its final name
/// once it is complete. Readers therefore never see a partial file. It also means that a refused
/// data connection, which truncates the file that it was meant for, truncates no file of value.
///
/// If a server does not rename over an existing file, the old file is renamed to a backup name, the
/// new one is put in place, and the backup is removed. If the middle step fails, the old file gets
/// its name back. At least one of the two always exists.
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
    pub(crate) require_verified: bool,
    pub(crate) max_size: Option<u64>,
    pub(crate) keep_part: bool,
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
            require_verified: false,
            max_size: None,
            keep_part: false,
            write_back: true,
            cancel: Cancel::new(),
        }
    }
}

impl DownloadOptions {
    /// Whether the local file gets its name only once it is complete. Default: yes.
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

    /// Whether to resume a download that ended early. Default: no.
    ///
    /// If set, a part that could not be completed stays beside the target, under a name that
    /// carries a mark of the size and time of the server's file. The next download of that file
    /// finds the part; a download of a changed file does not. The last 64 KiB of the part are
    /// always downloaded again and compared before anything is added to it, and the size and time
    /// at the server are checked again at the end. If a server gives no size, or does not support
    /// starting in the middle (`REST`), the whole file is downloaded. If the server gives no time,
    /// the size and the comparison alone decide.
    ///
    /// Without a temporary name, the target itself is the part. It carries no mark, so only the
    /// comparison connects it with the server's file; consider [`Self::verify`]. A target as long
    /// as the server's file counts as that file only if it has the same time.
    #[must_use]
    pub fn resume(mut self, resume: bool) -> Self {
        self.resume = resume;
        self
    }

    /// Whether to compare a digest of the received bytes with the server's own before the file gets
    /// its name. Uses the strongest algorithm that the server offers. Default: no. If the server
    /// offers none, the download fails before it begins.
    #[must_use]
    pub fn verify(mut self, verify: bool) -> Self {
        self.verify = verify;
        self
    }

    /// Whether the local file gets the modification time of the server's file. Default: yes.
    #[must_use]
    pub fn preserve_time(mut self, preserve_time: bool) -> Self {
        self.preserve_time = preserve_time;
        self
    }

    /// Whether [`Outcome::Complete`](crate::Outcome::Complete) is a failure, unless digests were
    /// compared: for those who need proof that everything has arrived. Default: no.
    #[must_use]
    pub fn require_verified(mut self, require: bool) -> Self {
        self.require_verified = require;
        self
    }

    /// Sets the size in bytes beyond which a file is not transferred. Default: none. A transfer
    /// whose size is not known beforehand ends when it exceeds that size.
    #[must_use]
    pub fn max_size(mut self, bytes: u64) -> Self {
        self.max_size = Some(bytes);
        self
    }

    /// Whether a cancelled download keeps its part, so that a later one can [resume](Self::resume)
    /// it. Default: no, unless it resumes itself.
    #[must_use]
    pub fn keep_part(mut self, keep: bool) -> Self {
        self.keep_part = keep;
        self
    }

    /// Whether the system is asked to write the file to the disk while it arrives, so that the sync
    /// before it gets its name has little left to do. Default: yes. On systems other than Linux,
    /// this has no effect.
    #[must_use]
    pub fn write_back(mut self, write_back: bool) -> Self {
        self.write_back = write_back;
        self
    }

    /// Fails if a file of `size` bytes is too large.
    pub(crate) fn check_size(&self, size: u64) -> Result<(), Error> {
        check_size(self.max_size, size)
    }

    /// Sets what can cancel the download.
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
            require_verified: false,
            max_size: None,
            keep_part: false,
            cancel: Cancel::new(),
        }
    }
}

impl UploadOptions {
    /// Whether the remote file gets its name only once it is complete. Default: yes.
    #[must_use]
    pub fn use_temporary_name(mut self, temporary_name: bool) -> Self {
        self.temporary_name = temporary_name;
        self
    }

    /// Whether an existing remote file is replaced. Default: yes. If `false`, the check is made
    /// before the upload; FTP cannot combine the check and the upload in one step.
    #[must_use]
    pub fn overwrite(mut self, overwrite: bool) -> Self {
        self.overwrite = overwrite;
        self
    }

    /// Whether to resume the upload of a local file that ended early. Default: no. Uploads from
    /// streams cannot be resumed.
    ///
    /// If set, a part that could not be completed stays at the server, under a name that carries a
    /// mark of the size and time of the local file, so that only the same file resumes from it. The
    /// last 64 KiB of the part are first compared with the local file: by `RANG` and `HASH` if the
    /// server supports them, otherwise by downloading them. If neither works, the upload starts
    /// over.
    ///
    /// Without a temporary name, the target itself is the part. It carries no mark, so only the
    /// comparison connects it with the local file; consider [`Self::verify`]. A target as long as
    /// the local file counts as that file only if it has the same time.
    #[must_use]
    pub fn resume(mut self, resume: bool) -> Self {
        self.resume = resume;
        self
    }

    /// Whether to add the bytes to the end of the remote file (`APPE`), which is created if it does
    /// not exist. Default: no. An append uses no temporary name and does not set the file's time.
    /// It cannot be combined with [`Self::resume`] or [`Self::verify`].
    #[must_use]
    pub fn append(mut self, append: bool) -> Self {
        self.append = append;
        self
    }

    /// Whether to compare a digest of the sent bytes with the server's own before the file gets its
    /// name. Uses the strongest algorithm that the server offers. Default: no. If the server offers
    /// none, the upload fails before it begins.
    #[must_use]
    pub fn verify(mut self, verify: bool) -> Self {
        self.verify = verify;
        self
    }

    /// Whether the remote file gets the modification time of the local one (`MFMT`, otherwise `SITE
    /// UTIME`). Default: yes. It is not an error if the server does not set the time.
    #[must_use]
    pub fn preserve_time(mut self, preserve_time: bool) -> Self {
        self.preserve_time = preserve_time;
        self
    }

    /// Whether [`Outcome::Complete`](crate::Outcome::Complete) is a failure, unless digests were
    /// compared: for those who need proof that everything has arrived. Default: no.
    #[must_use]
    pub fn require_verified(mut self, require: bool) -> Self {
        self.require_verified = require;
        self
    }

    /// Sets the size in bytes beyond which a file is not transferred. Default: none. A transfer
    /// whose size is not known beforehand ends when it exceeds that size.
    #[must_use]
    pub fn max_size(mut self, bytes: u64) -> Self {
        self.max_size = Some(bytes);
        self
    }

    /// Whether a cancelled upload keeps its part, so that a later one can [resume](Self::resume)
    /// it. Default: no, unless it resumes itself.
    #[must_use]
    pub fn keep_part(mut self, keep: bool) -> Self {
        self.keep_part = keep;
        self
    }

    /// Fails if a file of `size` bytes is too large.
    pub(crate) fn check_size(&self, size: u64) -> Result<(), Error> {
        check_size(self.max_size, size)
    }

    /// Sets what can cancel the upload.
    #[must_use]
    pub fn cancel(mut self, cancel: &Cancel) -> Self {
        self.cancel = cancel.clone();
        self
    }
}

/// Fails if `size` bytes are more than `max`.
pub(crate) fn check_size(max: Option<u64>, size: u64) -> Result<(), Error> {
    match max.filter(|max| size > *max) {
        Some(max) => {
            let what = format!("the file is larger than {max} bytes");
            let error = Error::new(ErrorKind::Incomplete, what);
            Err(error.with_detail(ErrorDetail::FileTooLarge))
        }
        None => Ok(()),
    }
}
