//! From patterns to the paths that they stand for.

use towline::ErrorKind;

use crate::error::Error;
use crate::operand::parse::{Glob, Place};
use crate::operand::remote::Remote;
use crate::session::run::Run;
use crate::tree::directory::join;
use crate::tree::listing::{self, Listing};

/// What an incomplete listing means for a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IfIncomplete {
    /// What was found is used, and that it may be too little counts as a failure.
    Fail,
    /// Nothing is done.
    Refuse,
}

/// The paths that a place stands for: its own, or those that its pattern matches.
///
/// # Errors
/// [`ErrorKind::NotFound`] where nothing matches; [`ErrorKind::Incomplete`] where an incomplete listing is refused;
/// those of the listing.
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
    for entry in listing.entries {
        match join(path, &entry.name) {
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

/// A directory's entries that match.
///
/// # Errors
/// [`ErrorKind::NotFound`] where there are none; those of the listing.
async fn matching_entries(run: &mut Run, glob: &Glob) -> Result<Listing, Error> {
    let Glob { directory, pattern } = glob;
    let mut listing = listing::list(run, &directory.server, &directory.path).await?;
    listing.entries.retain(|entry| pattern.matches(&entry.name));
    if listing.entries.is_empty() {
        return Err(nothing_matches(glob, &listing));
    }
    Ok(listing)
}

/// What to say where nothing matches in a listing.
pub(crate) fn nothing_matches(glob: &Glob, listing: &Listing) -> Error {
    let path = &glob.directory.path;
    if let Some(omission) = listing.omission(path, "what matches may be missing") {
        return omission;
    }
    let unknown = match listing.unknown {
        0 => String::new(),
        unknown => format!(" ({unknown} lines of the listing could not be understood)"),
    };
    let pattern = &glob.pattern;
    let reason = format!("nothing in it matches \"{pattern}\"{unknown}");
    Error::remote(ErrorKind::NotFound, path, reason)
}
