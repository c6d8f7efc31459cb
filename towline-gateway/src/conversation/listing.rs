//! LIST, NLST and MLSD.
//!
//! A listing is had from the server whole before the client gets its first byte. So the client never
//! gets a part of a listing that looks like all of it.

use towline::{Error, ErrorKind, ListFlags, ListingCommand, RemotePath};
use towline_proto::reply::ReplyCode;

use super::end::End;
use super::front::Front;
use super::talk::Conversation;
use super::transfer::{Course, Failure, Stop, end_in_order};
use crate::behind::Behind;
use crate::event::{Direction, Outcome};
use crate::pipe::send;
use crate::reply::{failure, refusal};

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
            let text = "These are no flags of a listing.";
            return front.say(ReplyCode::BAD_ARGUMENT, text).await;
        };
        if let Some(refusal) = front.check_port() {
            return front.reply(&refusal).await;
        }
        let path = path.unwrap_or_default();
        let route = behind.route.clone();
        let shown = behind.path(&path);
        let course = Course::new(Direction::Listing, &route.route, &shown);
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
    let listing = behind.listing(command, path);
    let listing = front.unless_interrupted(&course.moved, listing).await;
    let listing = match listing {
        Ok(listing) => listing,
        Err(interrupt) => {
            behind.settle().await;
            return Err(Failure::interrupted(interrupt, "").into());
        }
    };
    if let Err(error) = &listing
        && is_refusal(error)
    {
        return Err(Failure::of_server(refusal(error)).into());
    }
    let text = "Opening the data connection for a listing.";
    front.say(ReplyCode::OPENING_DATA_CONNECTION, text).await?;
    let channel = front.channel(Direction::Listing, &course.moved).await;
    let mut wire = channel.map_err(|missing| Failure::no_channel(missing, ""))?;
    let bytes = match listing {
        Ok(bytes) => bytes,
        // Programs that look at no final reply take a closed data connection for an empty directory.
        Err(error) => {
            wire.reset();
            let reply = failure(&error, ReplyCode::LOCAL_ERROR, "");
            return Err(Failure::of_server(reply).into());
        }
    };
    let limit = front.shared.limits.data;
    let sending = send(&mut wire, &bytes, limit, &course.moved);
    let failure = match front.unless_interrupted(&course.moved, sending).await {
        Ok(Ok(())) => match end_in_order(wire, limit).await {
            Ok(()) => return Ok(()),
            Err(error) => return Err(Failure::front(&error, "").into()),
        },
        Ok(Err(error)) => Failure::front(&error, ""),
        Err(interrupt) => Failure::interrupted(interrupt, ""),
    };
    wire.reset();
    Err(failure.into())
}

/// Whether the server has refused the listing itself, before it has begun.
fn is_refusal(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Refused | ErrorKind::NotFound)
        && error.reply().is_some()
        && error.data_connection().is_none()
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
