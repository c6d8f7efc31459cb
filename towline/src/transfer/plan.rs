//! The plan of an upload.

use std::time::Instant;

use jiff::Timestamp;
use towline_proto::path::RemotePath;

use super::check::Hasher;
use super::options::UploadOptions;
use super::part::Part;
use super::remote_part_name::temporary_name;
use crate::cancel::Cancel;
use crate::error::{Error, ErrorDetail, ErrorKind, Remains};

/// The plan of an upload.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The final name of the file.
    pub(crate) target: RemotePath,
    /// Where the bytes are stored: a temporary name, or the target itself.
    pub(crate) stored_as: RemotePath,
    pub(crate) how: How,
    /// The number of bytes that are already at the server.
    pub(crate) offset: u64,
    /// The size of the whole file, if it is known.
    pub(crate) total: Option<u64>,
    pub(crate) overwrite: bool,
    /// The size beyond which the file is not uploaded.
    pub(crate) max_size: Option<u64>,
    /// Whether an upload that nothing proves complete is a failure.
    pub(crate) require_verified: bool,
    /// Whether a part can be resumed later.
    pub(crate) keep_part: bool,
    /// The modification time that the file has yet to get.
    pub(crate) modified: Option<Timestamp>,
    /// The file is transferred as text (`TYPE A`), so its size says nothing.
    pub(crate) text: bool,
    /// Records what the upload leaves at the server, however it ends.
    pub(crate) part: Part,
    /// Has been updated with the bytes that are already at the server.
    pub(crate) hasher: Option<Hasher>,
    pub(crate) began: Instant,
    /// Cancels the upload.
    pub(crate) cancel: Cancel,
}

/// The command that stores the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// `STOR`.
    Store,
    /// `REST` and `STOR`.
    Restart,
    /// `APPE`.
    Append,
}

impl Plan {
    /// Plans the upload of a whole file, under a name that `options` determine.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Usage`] if `target` cannot be a file or `options` contradict each other.
    pub(crate) fn new(
        target: &RemotePath,
        options: &UploadOptions,
        part: &Part,
    ) -> Result<Self, Error> {
        if options.append && (options.resume || options.verify) {
            let what = "appending goes with neither resuming nor verifying";
            return Err(contradictory(what, target));
        }
        let stored_as = match options.temporary_name && !options.append {
            true => temporary_name(target)?,
            false => target.clone(),
        };
        Ok(Self {
            target: target.clone(),
            stored_as,
            how: match options.append {
                true => How::Append,
                false => How::Store,
            },
            offset: 0,
            total: None,
            overwrite: options.overwrite,
            max_size: options.max_size,
            require_verified: options.require_verified,
            keep_part: false,
            modified: None,
            text: false,
            part: part.clone(),
            hasher: None,
            began: Instant::now(),
            cancel: options.cancel.clone(),
        })
    }

    /// Whether the bytes are stored in the target itself.
    pub(crate) fn is_direct(&self) -> bool {
        self.stored_as == self.target
    }

    /// Returns what the upload leaves if it ends before it is complete.
    pub(crate) fn unfinished(&self) -> Remains {
        match self.how {
            How::Append if self.is_direct() => Remains::AppendedPart,
            _ if self.is_direct() => Remains::PartAtTarget,
            _ => Remains::Part {
                at: self.stored_as.clone(),
            },
        }
    }

    /// Whether what has been stored is useless and may be removed.
    pub(crate) fn may_be_removed(&self) -> bool {
        !self.keep_part && !self.is_direct()
    }
}

/// Returns the error for a rename whose result is unknown. Another attempt would be a guess.
pub(crate) fn in_doubt(plan: &Plan, lost: Error) -> Error {
    let at = plan.stored_as.clone();
    lost.with_kind(ErrorKind::RenameRefused)
        .with_detail(ErrorDetail::RenameInDoubt)
        .with_remains(Remains::WholeUploadInDoubt { at })
}

/// Returns the error for an upload that keeps its temporary name because of `error`.
pub(crate) fn kept(plan: &Plan, error: Error) -> Error {
    let at = plan.stored_as.clone();
    let error = error.with_remains(Remains::WholeUpload { at });
    error.with_path(&plan.target)
}

/// Returns the error for an upload to `target` whose settings contradict each other.
pub(crate) fn contradictory(what: &str, target: &RemotePath) -> Error {
    Error::new(ErrorKind::Usage, what)
        .with_detail(ErrorDetail::ContradictorySettings)
        .with_path(target)
}
