//! RETR: a file from the server to the client.

use towline::{Direction, Download, Error, ErrorKind, RemotePath, Session};
use towline_proto::reply::{Reply, ReplyClass, ReplyCode};

use super::end::End;
use super::front::Front;
use super::talk::Conversation;
use super::transfer::{Course, Failure, Stop, end_in_order, proven};
use crate::event::{Moved, Outcome};
use crate::pipe::{Broken, down, send};
use crate::reply::{failure, is_lost, refusal};

/// How much of a file is read before the client gets the first reply.
const FIRST: usize = 16 * 1024;

/// Which bytes of a file, and in which form.
#[derive(Clone, Copy)]
enum Form {
    Text,
    From(u64),
}

impl Conversation {
    pub(super) async fn retrieve(&mut self, path: &RemotePath) -> Result<(), End> {
        let Self { front, visitor, .. } = self;
        let behind = visitor.behind_mut().ok_or(End::NoService)?;
        let offset = std::mem::take(&mut front.offset);
        let form = match front.ascii {
            true => Form::Text,
            false => Form::From(offset),
        };
        if let Some(refusal) = front.check_offset(offset).or_else(|| front.check_port()) {
            return front.reply(&refusal).await;
        }
        let path = behind.path(path);
        let course = Course::new(Moved::File(Direction::Download), &behind.route.route, &path);
        match pass_down(front, &mut behind.session, &path, form, &course).await {
            Ok(outcome) => {
                course.report(front, outcome, None);
                let text = match outcome {
                    Outcome::Verified => "Transfer complete; the size agrees.",
                    _ => "Transfer complete.",
                };
                front.say(ReplyCode::TRANSFER_COMPLETE, text).await
            }
            Err(stop) => course.fail(front, stop).await,
        }
    }
}

async fn pass_down(
    front: &mut Front,
    session: &mut Session,
    path: &RemotePath,
    form: Form,
    course: &Course<'_>,
) -> Result<Outcome, Stop> {
    let mut again = true;
    let mut download = loop {
        let opening = open(session, path, form);
        let opened = front.unless_interrupted(&course.moved, opening).await;
        match opened.map_err(|interrupt| Failure::interrupted(interrupt, ""))? {
            Ok(download) => break download,
            Err(error) if again && is_lost(&error) => again = false,
            Err(error) => return Err(Failure::of_server(refusal(&error)).into()),
        }
    };
    // Some servers refuse only after their 150. The client need not know of that.
    let mut first = vec![0; FIRST];
    let begun = front.unless_interrupted(&course.moved, download.read(&mut first));
    let begun = match begun.await {
        Ok(Err(error)) if is_refusal(&error) => {
            return Err(Failure::of_server(refusal(&error)).into());
        }
        Ok(begun) => begun.map(|count| &first[..count]),
        Err(interrupt) => {
            let _ = download.abort().await;
            return Err(Failure::interrupted(interrupt, "").into());
        }
    };
    front.reply(&opening_reply(&download)).await?;
    let mut wire = match front
        .channel(Moved::File(Direction::Download), &course.moved)
        .await
    {
        Ok(wire) => wire,
        Err(missing) => {
            // The session stays usable, or is replaced.
            let _ = download.abort().await;
            return Err(Failure::no_channel(missing, "").into());
        }
    };
    let limit = front.shared.limits.data;
    let passing = async {
        match begun.map_err(Broken::Behind)? {
            // An empty file.
            [] => return Ok(()),
            first => {
                let sent = send(&mut wire, first, limit, &course.moved).await;
                sent.map_err(Broken::Front)?;
            }
        }
        down(&mut download, &mut wire, limit, &course.moved).await
    };
    let failure = match front.unless_interrupted(&course.moved, passing).await {
        Ok(Ok(())) => {
            let finishing = download.finish();
            match front.while_attending(&course.moved, finishing).await {
                Ok(done) => {
                    let ended = end_in_order(wire, limit).await;
                    ended.map_err(|error| Failure::front(&error, ""))?;
                    return Ok(proven(&done));
                }
                Err(error) => broken_off(&error),
            }
        }
        Ok(Err(Broken::Behind(error))) => broken_off(&error),
        Ok(Err(Broken::Front(error))) => {
            let _ = download.abort().await;
            Failure::front(&error, "")
        }
        Err(interrupt) => {
            let _ = download.abort().await;
            Failure::interrupted(interrupt, "")
        }
    };
    wire.reset();
    Err(failure.into())
}

async fn open<'s>(
    session: &'s mut Session,
    path: &RemotePath,
    form: Form,
) -> Result<Download<'s>, Error> {
    match form {
        Form::Text => session.download_text(path).await,
        Form::From(0) => session.download(path).await,
        Form::From(offset) => session.download_from(path, offset).await,
    }
}

fn opening_reply(download: &Download<'_>) -> Reply {
    let size = download.size();
    let size = size.map_or_else(String::new, |size| format!(" ({size} bytes)"));
    let text = format!("Opening the data connection{size}.");
    Reply::new(ReplyCode::OPENING_DATA_CONNECTION, text)
}

/// Whether the server has refused the file itself.
fn is_refusal(error: &Error) -> bool {
    let kinds = [
        ErrorKind::Refused,
        ErrorKind::NotFound,
        ErrorKind::Incomplete,
    ];
    let is_negative =
        |reply: &Reply| matches!(reply.class(), ReplyClass::Transient | ReplyClass::Permanent);
    kinds.contains(&error.kind()) && error.reply().is_some_and(is_negative)
}

fn broken_off(error: &Error) -> Failure {
    Failure::of_server(failure(error, ReplyCode::TRANSFER_ABORTED, ""))
}
