//! Expands patterns to paths.

use towline::ErrorKind;
use towline_proto::listing::DuplicateNames;

use crate::error::Error;
use crate::operand::parse::{Glob, Place};
use crate::operand::remote::Remote;
use crate::session::run::Run;
use crate::tree::directory::{duplicate, join};
use crate::tree::listing::{self, Listing};

/// What to do if the listing for a pattern is incomplete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IfIncomplete {
    /// Use the listing, and count a failure.
    Fail,
    /// Do nothing.
    Refuse,
}

/// Expands a pattern to the paths that match. Returns a path without a pattern as it is. Only the
/// first entry of a name is used; each other one is reported as a failure.
///
/// # Errors
/// [`ErrorKind::NotFound`] if nothing matches; [`ErrorKind::Incomplete`] for an incomplete listing
/// with [`IfIncomplete::Refuse`]; [`Error::Connect`], [`Error::Session`], [`Error::NotAttempted`]
/// or [`Error::Interrupted`] if the directory cannot be listed.
pub(crate) async fn expand(
    run: &mut Run,
    place: &Place,
    if_incomplete: IfIncomplete,
) -> Result<Vec<Remote>, Error> {
    let glob = match place {
        Place::Exact(remote) => return Ok(vec![remote.clone()]),
        Place::Glob(glob) => glob,
    };
    let listing = matching_entries(run, glob).await?;
    let Remote { server, path, .. } = &glob.directory;
    match (
        if_incomplete,
        listing.incomplete(path, "a pattern may miss files"),
    ) {
        (_, None) => {}
        (IfIncomplete::Fail, Some(error)) => run.outcomes().fail(error)?,
        (IfIncomplete::Refuse, Some(error)) => return Err(error),
    }
    let mut remotes = Vec::new();
    let mut names = DuplicateNames::new();
    for entry in listing.entries {
        match join(path, &entry.name) {
            Ok(path) if names.is_duplicate(&entry.name) => {
                run.outcomes().fail(duplicate(&path))?;
            }
            Ok(path) => remotes.push(Remote {
                server: server.clone(),
                path,
                trailing_slash: false,
            }),
            Err(error) => run.outcomes().fail(error)?,
        }
    }
    Ok(remotes)
}

/// Lists the entries that match.
///
/// # Errors
/// [`ErrorKind::NotFound`] if nothing matches; [`Error::Connect`], [`Error::Session`],
/// [`Error::NotAttempted`] or [`Error::Interrupted`] if the directory cannot be listed.
async fn matching_entries(run: &mut Run, glob: &Glob) -> Result<Listing, Error> {
    let Glob { directory, pattern } = glob;
    let mut listing = listing::list(run, &directory.server, &directory.path).await?;
    listing.entries.retain(|entry| pattern.matches(&entry.name));
    if listing.entries.is_empty() {
        return Err(nothing_matches(glob, &listing));
    }
    Ok(listing)
}

/// The error if nothing matches in a listing.
pub(crate) fn nothing_matches(glob: &Glob, listing: &Listing) -> Error {
    let path = &glob.directory.path;
    if let Some(omission) = listing.omission(path, "matches may be missing") {
        return omission;
    }
    let unknown = match listing.unknown {
        0 => String::new(),
        unknown => format!(" ({unknown} lines of the listing were not understood)"),
    };
    let pattern = &glob.pattern;
    let reason = format!("nothing matches \"{pattern}\"{unknown}");
    Error::remote(ErrorKind::NotFound, path, reason).explained_by("not-found")
}
