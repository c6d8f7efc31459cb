//! What an upload is to come to.

use std::time::Instant;

use jiff::Timestamp;
use towline_proto::path::RemotePath;

use super::check::Hasher;
use super::options::UploadOptions;
use super::part::Part;
use super::part_name::temporary_name;
use crate::error::{Error, ErrorDetail, ErrorKind, Remains};

/// What an upload is to come to.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The name that the file gets.
    pub(crate) target: RemotePath,
    /// Where the bytes go: a temporary name, or the target itself.
    pub(crate) stored_as: RemotePath,
    pub(crate) how: How,
    /// How many bytes are there already.
    pub(crate) offset: u64,
    /// The size of the whole file, where it is known.
    pub(crate) total: Option<u64>,
    pub(crate) overwrite: bool,
    /// Whether a part is worth something later.
    pub(crate) keep_part: bool,
    /// The time that the file is still to get.
    pub(crate) modified: Option<Timestamp>,
    /// Where what it leaves at the server is known, whatever becomes of it.
    pub(crate) part: Part,
    /// Has seen the bytes that are there already.
    pub(crate) hasher: Option<Hasher>,
    pub(crate) began: Instant,
}

/// By which command the bytes are stored.
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
    /// A whole file, to a name that `options` ask for.
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
            let error = Error::new(ErrorKind::Usage, what).with_path(target);
            return Err(error.with_detail(ErrorDetail::ContradictorySettings));
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
            keep_part: false,
            modified: None,
            part: part.clone(),
            hasher: None,
            began: Instant::now(),
        })
    }

    /// Whether the bytes go to the target itself.
    pub(crate) fn is_direct(&self) -> bool {
        self.stored_as == self.target
    }

    /// Whether what has been stored is of no use to anybody.
    pub(crate) fn may_be_removed(&self) -> bool {
        !self.keep_part && !self.is_direct()
    }
}

/// Nobody knows whether the upload has its name. Another one on the strength of this would be one on a guess.
pub(crate) fn in_doubt(plan: &Plan, lost: Error) -> Error {
    let at = plan.stored_as.clone();
    lost.with_kind(ErrorKind::RenameRefused)
        .with_detail(ErrorDetail::RenameInDoubt)
        .with_remains(Remains::WholeUploadInDoubt { at })
}

/// The upload has its temporary name, and keeps it because of `error`.
pub(crate) fn kept(plan: &Plan, error: Error) -> Error {
    let at = plan.stored_as.clone();
    let error = error.with_remains(Remains::WholeUpload { at });
    error.with_path(&plan.target)
}
