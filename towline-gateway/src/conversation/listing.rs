//! LIST, NLST and MLSD.
//!
//! Most listings have arrived as a whole before the client gets the first reply, so that a refusal
//! of the server is passed on at once. A longer one is passed on as it arrives; if it breaks off,
//! the client's data connection is reset, so that no part looks like all of it.

use towline::{Error, ErrorKind, ListFlags, ListingCommand, RawListing, RemotePath};
use towline_proto::reply::ReplyCode;

use super::end::End;
use super::front::Front;
use super::talk::Conversation;
use super::transfer::{Course, Failure, Stop, end_in_order};
use crate::behind::Behind;
use crate::event::{Moved, Outcome};
use crate::pipe::{Broken, send};
use crate::reply::{failure, is_lost, refusal};
use crate::wire::Wire;

/// How much of a listing is held before the client gets any of it.
const HELD: usize = 256 * 1024;

/// The kind of a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Listed {
    List,
    Nlst,
    Mlsd,
}

impl Listed {
    /// Returns the command with the client's flags, or `None` if they are none.
    fn command(self, flags: &[u8]) -> Option<ListingCommand> {
        let letters = flags.iter().filter(|byte| !matches!(byte, b'-' | b' '));
        let letters: Vec<u8> = letters.copied().collect();
        let flags = match letters.is_empty() {
            true => ListFlags::default(),
            false => format!("-{}", String::from_utf8(letters).ok()?)
                .parse()
                .ok()?,
        };
        Some(match self {
            Self::List => ListingCommand::List(flags),
            Self::Nlst => ListingCommand::Nlst(flags),
            Self::Mlsd => ListingCommand::Mlsd,
        })
    }
}

impl Conversation {
    pub(super) async fn list(
        &mut self,
        listed: Listed,
        flags: &[u8],
        path: Option<RemotePath>,
    ) -> Result<(), End> {
        let Self { front, visitor, .. } = self;
        let behind = visitor.behind_mut().ok_or(End::NoService)?;
        front.offset = 0;
        let Some(command) = listed.command(flags) else {
            let text = "These flags are not valid for a listing.";
            return front.say(ReplyCode::BAD_ARGUMENT, text).await;
        };
        if let Some(refusal) = front.check_port() {
            return front.reply(&refusal).await;
        }
        let path = path.unwrap_or_default();
        let route = behind.route.clone();
        let shown = behind.path(&path);
        let course = Course::new(Moved::Listing, &route.route, &shown);
        match pass_listing(front, behind, &command, &path, &course).await {
            Ok(()) => {
                course.report(front, Outcome::Complete, None);
                let text = "Listing complete.";
                front.say(ReplyCode::TRANSFER_COMPLETE, text).await
            }
            Err(stop) => course.fail(front, stop).await,
        }
    }
}

async fn pass_listing(
    front: &mut Front,
    behind: &mut Behind,
    command: &ListingCommand,
    path: &RemotePath,
    course: &Course<'_>,
) -> Result<(), Stop> {
    let mut held = Vec::new();
    let mut again = true;
    let begun = loop {
        held.clear();
        let beginning = begin(behind, command, path, &mut held);
        let begun = front.unless_interrupted(&course.moved, beginning).await;
        let interrupt = match begun {
            Ok(Err(error)) if again && is_lost(&error) && error.data_connection().is_none() => {
                again = false;
                continue;
            }
            Ok(begun) => break begun,
            Err(interrupt) => interrupt,
        };
        drop(begun);
        behind.return_home().await;
        return Err(Failure::interrupted(interrupt, "").into());
    };
    if let Err(error) = &begun
        && held.is_empty()
        && is_refusal(error)
    {
        return Err(Failure::of_server(refusal(error)).into());
    }
    let mut wire = match open(front, course).await {
        Ok(wire) => wire,
        Err(stop) => {
            // The rest of a listing that has begun is dropped.
            let has_begun = matches!(begun, Ok(Some(_)));
            drop(begun);
            if has_begun {
                behind.return_home().await;
            }
            return Err(stop);
        }
    };
    let limit = front.shared.limits.data;
    let passing = async {
        // Programs that look at no final reply take a closed data connection for an empty
        // directory.
        let mut rest = begun.map_err(Broken::Behind)?;
        loop {
            let sent = send(&mut wire, &held, limit, &course.moved).await;
            sent.map_err(Broken::Front)?;
            held.clear();
            let Some(listing) = &mut rest else {
                return Ok(());
            };
            if !listing.read(&mut held).await.map_err(Broken::Behind)? {
                rest = None;
            }
        }
    };
    let failure = match front.unless_interrupted(&course.moved, passing).await {
        Ok(Ok(())) => match end_in_order(wire, limit).await {
            Ok(()) => return Ok(()),
            Err(error) => return Err(Failure::front(&error, "").into()),
        },
        // The listing has returned to the login directory.
        Ok(Err(Broken::Behind(error))) => {
            wire.reset();
            let reply = failure(&error, ReplyCode::LOCAL_ERROR, "");
            return Err(Failure::of_server(reply).into());
        }
        Ok(Err(Broken::Front(error))) => Failure::front(&error, ""),
        Err(interrupt) => Failure::interrupted(interrupt, ""),
    };
    wire.reset();
    behind.return_home().await;
    Err(failure.into())
}

/// Opens the client's data connection.
async fn open(front: &mut Front, course: &Course<'_>) -> Result<Wire, Stop> {
    let text = "Opening the data connection for a listing.";
    front.say(ReplyCode::OPENING_DATA_CONNECTION, text).await?;
    let channel = front.channel(Moved::Listing, &course.moved).await;
    Ok(channel.map_err(|missing| Failure::no_channel(missing, ""))?)
}

/// Begins a listing, and reads what is held of it. Returns `None` if that is all.
async fn begin<'b>(
    behind: &'b mut Behind,
    command: &ListingCommand,
    path: &RemotePath,
    held: &mut Vec<u8>,
) -> Result<Option<RawListing<'b>>, Error> {
    let mut listing = behind.begin_listing(command, path).await?;
    while held.len() < HELD {
        if !listing.read(held).await? {
            return Ok(None);
        }
    }
    Ok(Some(listing))
}

/// Whether the server has refused the listing itself, with or without a data connection: ProFTPD
/// answers LIST of a missing directory with 150, and then with 450.
fn is_refusal(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Refused | ErrorKind::NotFound) && error.reply().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_become_one_word() {
        let flags = |flags: &[u8]| Listed::List.command(flags);
        let parsed = |text: &str| text.parse().ok().map(ListingCommand::List);
        assert_eq!(flags(b"-l -R"), parsed("-lR"));
        assert_eq!(flags(b"-a"), parsed("-a"));
        assert_eq!(flags(b""), Some(ListingCommand::List(ListFlags::default())));
        assert_eq!(
            flags(b"-"),
            Some(ListingCommand::List(ListFlags::default()))
        );
        assert_eq!(flags(b"-;"), None);
    }
}
