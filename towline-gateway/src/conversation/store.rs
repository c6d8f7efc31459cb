//! STOR, APPE and STOU: a file from the client to the server.

use std::pin::pin;
use std::time::Duration;

use tokio::time::{timeout, timeout_at};
use towline::{
    Direction, Error, ErrorKind, RemotePath, Session, Transferred, Upload, UploadOptions,
};
use towline_proto::reply::ReplyCode;

use super::end::End;
use super::front::{DataEnd, Doubt, Front, Interrupt};
use super::talk::Conversation;
use super::transfer::{Course, Failure, Stop, end_in_order, new_name, proven, ready, remains};
use crate::event::{Moved, Outcome};
use crate::pipe::Broken;
use crate::reply::{failure, is_lost, refusal};

/// How long the server may take to begin an upload that its client has interrupted.
const LATE_START: Duration = Duration::from_secs(8);

const REMOVED: &str = "; the part at the server was removed";

/// What becomes of the client's bytes.
pub(super) enum Store {
    /// They are the file, or the part of it from the offset of REST on.
    Replace(RemotePath),
    /// They follow those that are there.
    Append(RemotePath),
    /// They are a new file with this name.
    Unique(RemotePath),
}

impl Store {
    /// Returns the command for a file with a new name like `suggested`.
    pub(super) fn unique(suggested: Option<&RemotePath>) -> Self {
        let suggested = suggested.map_or(&b"stou"[..], RemotePath::as_bytes);
        let suffix = format!(".{:016x}", rand::random::<u64>());
        let name = [suggested, suffix.as_bytes()].concat();
        Self::Unique(RemotePath::new(name).unwrap_or_default())
    }

    pub(super) fn into_path(self) -> RemotePath {
        match self {
            Self::Replace(path) | Self::Append(path) | Self::Unique(path) => path,
        }
    }

    fn path(&self) -> &RemotePath {
        match self {
            Self::Replace(path) | Self::Append(path) | Self::Unique(path) => path,
        }
    }
}

/// How an upload is made at the server.
struct Way {
    options: UploadOptions,
    offset: u64,
    text: bool,
    /// Whether it goes to a temporary name first.
    atomic: bool,
    /// Whether a part that remains is useless, and has no name that says so.
    removes_part: bool,
    /// The new name, which the client wants to know.
    name: Option<String>,
}

impl Conversation {
    pub(super) async fn store(&mut self, store: Store) -> Result<(), End> {
        let Self { front, visitor, .. } = self;
        let behind = visitor.behind_mut().ok_or(End::NoService)?;
        let offset = std::mem::take(&mut front.offset);
        if let Some(refusal) = front.check_offset(offset).or_else(|| front.check_port()) {
            return front.reply(&refusal).await;
        }
        let path = behind.path(store.path());
        let route = &behind.route.route;
        let appends = matches!(store, Store::Append(_));
        let is_whole = !appends && offset == 0;
        let atomic = route.atomic && is_whole;
        let way = Way {
            options: UploadOptions::default()
                .use_temporary_name(atomic)
                .append(appends)
                .overwrite(!matches!(store, Store::Unique(_)))
                .preserve_time(false),
            offset: if appends { 0 } else { offset },
            text: front.ascii,
            atomic,
            removes_part: is_whole && !atomic,
            name: matches!(store, Store::Unique(_)).then(|| store.path().to_string()),
        };
        let course = Course::new(Moved::File(Direction::Upload), route, &path);
        match pass_up(front, &mut behind.session, &path, &way, &course).await {
            Ok(outcome) => {
                course.report(front, outcome, None);
                let size = match outcome {
                    Outcome::Verified => "; the size at the server agrees",
                    _ => "",
                };
                let name = new_name(way.name.as_deref());
                let text = format!("Transfer complete{size}.{name}");
                front.say(ReplyCode::TRANSFER_COMPLETE, text).await
            }
            Err(stop) => course.fail(front, stop).await,
        }
    }
}

async fn pass_up(
    front: &mut Front,
    session: &mut Session,
    path: &RemotePath,
    way: &Way,
    course: &Course<'_>,
) -> Result<Outcome, Stop> {
    let opened = front.open_early(&course.moved).await;
    let is_early = opened.map_err(|missing| Failure::no_channel(missing, ""))?;
    if !is_early {
        front.reply(&ready(way.name.as_deref())).await?;
        let opened = front.open_late(&course.moved).await;
        opened.map_err(|missing| Failure::no_channel(missing, ""))?;
    }
    let mut again = true;
    let mut upload = loop {
        let unopened = match open_whole(front, session, path, way, course).await {
            Ok(upload) => break upload,
            Err(unopened) => unopened,
        };
        let (interrupt, remark) = match unopened {
            Unopened::Failed(error) if again && is_lost(&error) => {
                again = false;
                continue;
            }
            Unopened::Failed(error) => return Err(Failure::of_server(refusal(&error)).into()),
            Unopened::BrokenOff(interrupt, error) => {
                (interrupt, left(error, session, path, way).await)
            }
            Unopened::Refused(interrupt, error) => (interrupt, remains(&error)),
            Unopened::Unknown(interrupt) => {
                let remark = "; the target at the server may be empty";
                (interrupt, remark.to_owned())
            }
        };
        return Err(Failure::interrupted(interrupt, &remark).into());
    };
    if is_early && let Err(end) = front.reply(&ready(way.name.as_deref())).await {
        let remark = left(upload.break_off().await, session, path, way).await;
        return Err(Failure {
            end: Some(end),
            ..Failure::front(&gone(), &remark)
        }
        .into());
    }
    let mut wire = match front
        .channel(Moved::File(Direction::Upload), &course.moved)
        .await
    {
        Ok(wire) => wire,
        Err(missing) => {
            let remark = left(upload.break_off().await, session, path, way).await;
            return Err(Failure::no_channel(missing, &remark).into());
        }
    };
    let moved = &course.moved;
    let passed = match way.atomic {
        true => front.pass_up(&mut wire, &mut upload, moved).await,
        false => front.pass_up_swiftly(&mut wire, &mut upload, moved).await,
    };
    let failure = match passed {
        Ok(Ok(data_end)) => {
            let at = upload.stored_as().clone();
            match finish(front, upload, path, data_end, way, course).await {
                Ok(Ok(done)) => {
                    // The client may have closed its side at once.
                    let _ = end_in_order(wire, front.shared.limits.data).await;
                    return Ok(proven(&done));
                }
                Ok(Err(error)) => broken_off(&error),
                Err(interrupt) => {
                    let remark = taken_back(session, &at, way).await;
                    Failure::interrupted(interrupt, &remark)
                }
            }
        }
        Ok(Err(Broken::Behind(error))) => broken_off(&upload.give_up(error).await),
        Ok(Err(Broken::Front(error))) => {
            let remark = left(upload.break_off().await, session, path, way).await;
            Failure::front(&error, &remark)
        }
        Err(interrupt) => {
            let remark = left(upload.break_off().await, session, path, way).await;
            Failure::interrupted(interrupt, &remark)
        }
    };
    wire.reset();
    Err(failure.into())
}

/// Why there is no upload.
enum Unopened {
    Failed(Error),
    /// The client interrupted it. It was broken off once it was open.
    BrokenOff(Interrupt, Error),
    /// The client interrupted it, and the server had refused it.
    Refused(Interrupt, Error),
    /// The client interrupted it, and the server has not answered.
    Unknown(Interrupt),
}

/// Opens the upload. Its command may have emptied the target already when the client interrupts it;
/// then it is opened nevertheless, so that what it has left can be removed.
async fn open_whole<'s>(
    front: &mut Front,
    session: &'s mut Session,
    path: &RemotePath,
    way: &Way,
    course: &Course<'_>,
) -> Result<Upload<'s>, Unopened> {
    let mut opening = pin!(open(session, path, way));
    let opened = front.unless_interrupted(&course.moved, &mut opening).await;
    let interrupt = match opened {
        Ok(opened) => return opened.map_err(Unopened::Failed),
        Err(interrupt) => interrupt,
    };
    Err(match timeout(LATE_START, opening).await {
        Ok(Ok(upload)) => Unopened::BrokenOff(interrupt, upload.break_off().await),
        Ok(Err(error)) => Unopened::Refused(interrupt, error),
        Err(_) => Unopened::Unknown(interrupt),
    })
}

async fn open<'s>(
    session: &'s mut Session,
    path: &RemotePath,
    way: &Way,
) -> Result<Upload<'s>, Error> {
    match way {
        Way { text: true, .. } => session.upload_text(path, &way.options).await,
        Way { offset: 0, .. } => session.upload(path, &way.options).await,
        Way { offset, .. } => session.upload_at(path, *offset, &way.options).await,
    }
}

/// Has the server confirm an upload whose data have ended. Until the final reply, its client may
/// still give it up: some close the data connection first, and then send ABOR. A client that is
/// merely gone by now leaves a file that keeps its name, unless a temporary name still keeps it
/// apart from the old one, or the client was not seen long enough after the data to rule out that
/// it was killed. Once the file is being named, that goes on: the old file could be without its
/// name.
async fn finish(
    front: &mut Front,
    upload: Upload<'_>,
    path: &RemotePath,
    data_end: DataEnd,
    way: &Way,
    course: &Course<'_>,
) -> Result<Result<Transferred, Error>, Interrupt> {
    let mut finishing = upload.finishing();
    let mut doubtful_until = data_end.doubtful_until().filter(|_| !way.atomic);
    let interrupt = loop {
        let Some(until) = doubtful_until else {
            let finished = front.unless_interrupted(&course.moved, &mut finishing);
            match finished.await {
                Ok(finished) => return Ok(finished),
                Err(interrupt) => break interrupt,
            }
        };
        let finished = timeout_at(until.into(), &mut finishing);
        match front.unless_interrupted(&course.moved, finished).await {
            // The system may know of its end already, which this program has yet to see.
            Ok(Ok(finished)) if front.is_left() => {
                return match finished {
                    Ok(_) => Err(Interrupt::Gone),
                    Err(error) => Ok(Err(error)),
                };
            }
            Ok(Ok(finished)) => {
                if finished.is_ok()
                    && let DataEnd::InOrder { at } = data_end
                {
                    let path = path.clone();
                    front.doubt = Some(Doubt { at, path });
                }
                return Ok(finished);
            }
            Ok(Err(_)) if front.is_left() => break Interrupt::Gone,
            Ok(Err(_)) => doubtful_until = None,
            Err(interrupt) => break interrupt,
        }
    };
    let goes_on = match interrupt {
        Interrupt::Ending => true,
        Interrupt::Gone if !way.atomic => doubtful_until.is_none(),
        _ => data_end.outlasts(interrupt),
    };
    if goes_on || finishing.is_naming() {
        return Ok(finishing.await);
    }
    // An atomic upload must not get its name.
    if !way.atomic {
        let _ = finishing.await;
    }
    Err(interrupt)
}

/// Removes an upload that its client has given up after the end of its data. It is at the server as
/// `at`. Returns what is left, for the reply.
async fn taken_back(session: &mut Session, at: &RemotePath, way: &Way) -> String {
    if !way.atomic && !way.removes_part {
        return "; what has arrived stays at the server".to_owned();
    }
    match removed(session, at).await {
        Ok(true) => REMOVED.to_owned(),
        Ok(false) => String::new(),
        Err(kept) => format!("; {at} may remain at the server: {kept}"),
    }
}

/// Removes the file at `path`. Returns `false` if there is none.
async fn removed(session: &mut Session, path: &RemotePath) -> Result<bool, Error> {
    let kept = match session.remove_file(path).await {
        Ok(()) => return Ok(true),
        Err(kept) => kept,
    };
    // Some servers give the same refusal for a file that is not there.
    match kept.kind() == ErrorKind::NotFound || is_missing(session, path).await {
        true => Ok(false),
        false => Err(kept),
    }
}

/// Whether the server says that there is no file at `path`.
async fn is_missing(session: &mut Session, path: &RemotePath) -> bool {
    let looked = session.stat(path).await;
    looked.is_err_and(|error| error.kind() == ErrorKind::NotFound)
}

/// Removes the part of an upload that its client has given up, where it has the name of the whole.
/// Returns what is left, for the reply.
async fn left(error: Error, session: &mut Session, path: &RemotePath, way: &Way) -> String {
    if !way.removes_part {
        return remains(&error);
    }
    match removed(session, path).await {
        Ok(true) => REMOVED.to_owned(),
        Ok(false) => String::new(),
        Err(kept) => format!("{}; it cannot be removed: {kept}", remains(&error)),
    }
}

fn broken_off(error: &Error) -> Failure {
    let remark = remains(error);
    Failure::of_server(failure(error, ReplyCode::LOCAL_ERROR, &remark))
}

fn gone() -> std::io::Error {
    std::io::ErrorKind::ConnectionAborted.into()
}
