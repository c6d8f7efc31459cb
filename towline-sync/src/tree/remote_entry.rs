//! What an entry on a server is: what its listing says, or what the server answers.

use towline::{Entry, EntryKind, ErrorKind, RemotePath, Session};

use crate::error::Error;
use crate::node::{NodeKind, Version};
use crate::stamp::Stamp;

/// Returns the kind of node that an entry of a listing is.
pub(super) fn kind(kind: EntryKind) -> NodeKind {
    match kind {
        EntryKind::File => NodeKind::File,
        EntryKind::Directory | EntryKind::CurrentDirectory | EntryKind::ParentDirectory => {
            NodeKind::Directory
        }
        EntryKind::Link => NodeKind::Link,
        EntryKind::Other | EntryKind::Unknown => NodeKind::Other,
    }
}

/// Returns the size and time in an entry of a listing.
pub(super) fn version(entry: &Entry) -> Version {
    match entry.kind {
        EntryKind::File => Version {
            size: entry.size,
            modified: entry.modified.as_ref().and_then(Stamp::listed),
        },
        _ => Version::default(),
    }
}

/// Asks the server what an entry is, where its listing does not say.
pub(super) async fn ask_kind(
    session: &mut Session,
    directory: &RemotePath,
    entry: Entry,
) -> Result<Entry, Error> {
    if entry.kind != EntryKind::Unknown {
        return Ok(entry);
    }
    let Ok(path) = directory.join(&entry.name) else {
        return Ok(entry);
    };
    match session.stat(&path).await {
        Ok(described) if described.kind != EntryKind::Unknown => Ok(described),
        Ok(_) => Ok(entry),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(entry),
        Err(error) => Err(error.into()),
    }
}

/// What a link leads to, under the name of the link. If it leads nowhere, it stays a link.
pub(super) async fn follow(
    session: &mut Session,
    directory: &RemotePath,
    link: Entry,
) -> Result<Entry, Error> {
    let Ok(path) = directory.join(&link.name) else {
        return Ok(link);
    };
    match session.follow(&path).await {
        Ok(mut target) => {
            target.name = link.name;
            Ok(target)
        }
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Refused) => Ok(link),
        Err(error) => Err(error.into()),
    }
}
