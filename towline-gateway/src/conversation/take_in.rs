//! STOR on a route with a spool: a file from the client to the disk.

use std::io;
use std::pin::pin;

use towline::Direction;
use towline_proto::path::RemotePath;
use towline_proto::reply::{Reply, ReplyCode};

use super::end::End;
use super::front::Front;
use super::spooled::no_file;
use super::talk::Conversation;
use super::transfer::{Course, Failure, Stop, end_in_order, new_name, ready};
use crate::depot::Depot;
use crate::event::{Moved, Outcome};
use crate::paths::can_be_of_a_file;
use crate::pipe::Broken;
use crate::spool::Incoming;

impl Conversation {
    /// Takes an upload to `path` to disk. `name` is a new name that the client wants to know.
    pub(super) async fn take_in(
        &mut self,
        path: &RemotePath,
        name: Option<String>,
    ) -> Result<(), End> {
        let Self { front, visitor, .. } = self;
        let depot = visitor.depot.as_ref().ok_or(End::NoService)?;
        let offset = std::mem::take(&mut front.offset);
        if let Some(refusal) = front.check_offset(offset).or_else(|| front.check_port()) {
            return front.reply(&refusal).await;
        }
        if offset > 0 {
            let text = "Uploads of this route are stored first, so none can be continued.";
            let code = ReplyCode::ARGUMENT_NOT_IMPLEMENTED;
            return front.say(code, text).await;
        }
        if !can_be_of_a_file(path) {
            return front.reply(&no_file()).await;
        }
        if depot.spool.is_abandoned() {
            let text = "This route no longer stores uploads; log in again.";
            return front.say(ReplyCode::LOCAL_ERROR, text).await;
        }
        let course = Course::new(Moved::File(Direction::Upload), &depot.route.route, path);
        match receive(front, depot, path, name.as_deref(), &course).await {
            Ok(()) => {
                course.report(front, Outcome::Spooled, None);
                let name = new_name(name.as_deref());
                let text = format!("Transfer complete; stored until it can be delivered.{name}");
                front.say(ReplyCode::TRANSFER_COMPLETE, text).await
            }
            Err(stop) => course.fail(front, stop).await,
        }
    }
}

async fn receive(
    front: &mut Front,
    depot: &Depot,
    path: &RemotePath,
    name: Option<&str>,
    course: &Course<'_>,
) -> Result<(), Stop> {
    let limit = depot.route.route.spool.as_ref();
    let limit = limit.and_then(|options| options.limit);
    let incoming = Incoming::begin(&depot.spool, limit).await;
    let mut incoming = incoming.map_err(|error| disk(&error))?;
    front.reply(&ready(name)).await?;
    let channel = front
        .channel(Moved::File(Direction::Upload), &course.moved)
        .await;
    let mut wire = channel.map_err(|missing| Failure::no_channel(missing, ""))?;
    let passed = front.pass_up(&mut wire, &mut incoming, &course.moved).await;
    let passed = match passed {
        Ok(Ok(data_end)) => {
            // Until it is on the disk, the client may still give it up.
            let mut syncing = pin!(incoming.sync());
            let synced = front.unless_interrupted(&course.moved, &mut syncing).await;
            let synced = match synced {
                Err(interrupt) if data_end.outlasts(interrupt) => Ok(syncing.await),
                synced => synced,
            };
            synced.map(|synced| synced.map_err(Broken::Behind))
        }
        Ok(Err(broken)) => Ok(Err(broken)),
        Err(interrupt) => Err(interrupt),
    };
    let failure = match passed {
        Ok(Ok(())) => {
            let keeping = incoming.keep(path.clone(), front.ascii);
            match front.while_attending(&course.moved, keeping).await {
                Ok(_) => {
                    // The client may have closed its side at once.
                    let _ = end_in_order(wire, front.shared.limits.data).await;
                    return Ok(());
                }
                Err(error) => disk(&error),
            }
        }
        Ok(Err(Broken::Behind(error))) => disk(&error),
        Ok(Err(Broken::Front(error))) => Failure::front(&error, ""),
        Err(interrupt) => Failure::interrupted(interrupt, ""),
    };
    wire.reset();
    Err(failure.into())
}

/// The disk of the gateway, or the limit of the spool, has refused an upload.
fn disk(error: &io::Error) -> Failure {
    let code = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            ReplyCode::INSUFFICIENT_STORAGE
        }
        _ => ReplyCode::LOCAL_ERROR,
    };
    let text = format!("The upload cannot be stored: {error}");
    Failure::of_server(Reply::new(code, text))
}
