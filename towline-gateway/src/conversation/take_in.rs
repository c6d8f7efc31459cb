//! STOR on a route with a spool: a file from the client to the disk.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use towline_proto::path::RemotePath;
use towline_proto::reply::{Reply, ReplyCode};

use super::end::End;
use super::front::{Front, Interrupt};
use super::talk::Conversation;
use super::transfer::{Course, Failure, Stop, end_in_order};
use crate::depot::Depot;
use crate::event::{Direction, Outcome};
use crate::pipe::within;
use crate::spool::Incoming;
use crate::wire::Wire;

/// The bytes that are written at a time.
const BUFFER: usize = 256 * 1024;

/// Which side has broken an upload.
enum Broken {
    Front(io::Error),
    Disk(io::Error),
}

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
        let course = Course::new(Direction::Upload, &depot.route.route, path);
        match receive(front, depot, path, name.as_deref(), &course).await {
            Ok(()) => {
                course.report(front, Outcome::Spooled, None);
                let name = name.map_or_else(String::new, |name| format!(" FILE: {name}"));
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
    let incoming = Incoming::begin(&depot.spool).await;
    let mut incoming = incoming.map_err(|error| disk(&error))?;
    let text = match name {
        Some(name) => format!("FILE: {name}"),
        None => "Ready for the data.".to_owned(),
    };
    front.say(ReplyCode::OPENING_DATA_CONNECTION, text).await?;
    let channel = front.channel(Direction::Upload, &course.moved).await;
    let mut wire = channel.map_err(|missing| Failure::no_channel(missing, ""))?;
    let limit = front.shared.limits.data;
    let passing = pass(&mut wire, &mut incoming, limit, &course.moved);
    let mut passed = front.unless_interrupted(&course.moved, passing).await;
    // The end of the data of a client that is gone is not the end of its file.
    if matches!(passed, Ok(Ok(())))
        && !front.control.has_said_goodbye()
        && front.control.is_closed().await
    {
        passed = Err(Interrupt::Gone);
    }
    let failure = match passed {
        Ok(Ok(())) => {
            let keeping = incoming.keep(path.clone(), front.ascii);
            match front.while_attending(&course.moved, keeping).await {
                Ok(_) => {
                    // The client may have closed its side at once.
                    let _ = end_in_order(wire, limit).await;
                    return Ok(());
                }
                Err(error) => disk(&error),
            }
        }
        Ok(Err(Broken::Disk(error))) => disk(&error),
        Ok(Err(Broken::Front(error))) => Failure::front(&error, ""),
        Err(interrupt) => Failure::interrupted(interrupt, ""),
    };
    wire.reset();
    Err(failure.into())
}

/// Writes what the client sends, up to the end of the data.
async fn pass(
    wire: &mut Wire,
    incoming: &mut Incoming,
    limit: Duration,
    moved: &AtomicU64,
) -> Result<(), Broken> {
    let mut buffer = vec![0; BUFFER];
    loop {
        let read = within(limit, wire.read(&mut buffer)).await;
        let read = read.map_err(Broken::Front)?;
        if read == 0 {
            return Ok(());
        }
        let written = incoming.write(&buffer[..read]).await;
        written.map_err(Broken::Disk)?;
        moved.fetch_add(read as u64, Ordering::Relaxed);
    }
}

/// The disk of the gateway has refused an upload.
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
