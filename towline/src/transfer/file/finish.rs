//! The end of a download, to a local file or a writer.

use std::path::Path;

use super::pump::{Stop, changed};
use crate::cancel::cancelled;
use crate::error::{Error, ErrorDetail};
use crate::transfer::local::at;
use crate::transfer::options::DownloadOptions;
use crate::transfer::outcome::{Transferred, unproven};
use crate::transfer::stream::Download;

/// Returns whether the server sent on beyond the size that it had announced.
pub(super) fn is_beyond_announced(error: &Error) -> bool {
    matches!(error.detail(), Some(ErrorDetail::MoreThanAnnounced { .. }))
}

/// Fails if the result of a download must be proven and is not.
pub(super) fn proven(transferred: &Transferred, options: &DownloadOptions) -> Result<(), Error> {
    match options.require_verified && !transferred.is_proven() {
        true => Err(unproven()),
        false => Ok(()),
    }
}

/// Finishes `download`, or ends it because copying stopped. `name` is what messages call the place
/// that it was written to.
pub(super) async fn finish(
    download: Download<'_>,
    poured: Result<(), Stop>,
    name: &Path,
) -> Result<Transferred, Error> {
    let error = match poured {
        Ok(()) => return download.finish().await,
        Err(Stop::Transfer(error)) => return Err(error),
        Err(Stop::Local(error)) => at("cannot be written", name, error),
        // A download reads no local file.
        Err(Stop::Changed) => changed(name),
        Err(Stop::Cancelled) => cancelled(),
    };
    // The cause matters more than how the abort ended.
    let _ = download.abort().await;
    Err(error)
}
