//! Uploads of a local file, which can resume, and from a reader.

use std::path::Path;

use jiff::Timestamp;
use tokio::io::AsyncRead;
use towline_proto::features::Feature;
use towline_proto::path::RemotePath;

use super::pump::{Stop, changed, feed, feed_file};
use super::tail::{ends_with, hash_beginning, refuses_to_continue, start_over};
use crate::boxed::boxed;
use crate::cancel::cancelled;
use crate::error::{Error, ErrorDetail, ErrorKind, Remains};
use crate::session::attempts::retrying;
use crate::session::{Attempts, Lease, Look, Session};
use crate::transfer::check::{Comparison, compare, hasher};
use crate::transfer::file_version::FileVersion;
use crate::transfer::local::{LocalFile, at};
use crate::transfer::options::UploadOptions;
use crate::transfer::outcome::{Outcome, Transferred};
use crate::transfer::part::Part;
use crate::transfer::part_mark::PartMarks;
use crate::transfer::plan::{How, Plan};
use crate::transfer::publish::{conclude, remove_part};
use crate::transfer::remote_part_name::marked_name;
use crate::transfer::stream::{Upload, begin_upload, look_ahead, open_stream, open_upload};

/// Uploads the bytes of `source`, up to its end.
pub(crate) async fn send_from(
    session: &mut Session,
    mut source: impl AsyncRead + Unpin + Send,
    remote: &RemotePath,
    options: &UploadOptions,
    part: &Part,
) -> Result<Transferred, Error> {
    let cancel = &options.cancel;
    cancel.check()?;
    let opened = retrying!(session, open_stream(session, remote, options, part), unless cancel);
    let (data, plan) = opened?;
    let mut upload = Upload::over(Lease::new(session), data, plan);
    match feed(&mut upload, &mut source, cancel).await {
        Ok(()) => upload.finish().await,
        Err(stop) => Err(give_up(upload, stop, Path::new("the input")).await),
    }
}

/// Uploads a local file, with as many attempts as needed.
#[boxed]
pub(crate) async fn send_file(
    session: &mut Session,
    local: &Path,
    remote: &RemotePath,
    options: &UploadOptions,
    part: &Part,
) -> Result<Transferred, Error> {
    let file = LocalFile::open(local).await?;
    let mut plan = Plan::new(remote, options, part)?;
    let mark = mark(session, &file, remote, options).await;
    let marked = mark.map(|mark| marked_name(remote, &mark)).transpose()?;
    if options.resume
        && let Some(marked) = &marked
    {
        plan.stored_as = marked.clone();
    }
    if let Some(size) = file.version.size {
        options
            .check_size(size)
            .map_err(|error| error.with_path(remote))?;
    }
    plan.total = file.version.size;
    plan.modified = file.version.modified.filter(|_| options.preserve_time);
    let retries = session.config().retry.attempts > 1;
    plan.keep_part = plan.total.is_some() && (options.resume || retries);
    let mut sending = Sending {
        goes_on: options.resume && plan.total.is_some(),
        file,
        plan,
        options,
    };
    let sent = Box::pin(send_retrying(session, &mut sending)).await;
    let Sending { plan, .. } = sending;
    let error = match sent {
        Ok(transferred) => return Ok(transferred),
        Err(error) => error,
    };
    match part.remains() {
        Some(Remains::Part { at }) if options.resume => {
            Err(match Box::pin(is_there(session, &at)).await {
                Some(false) => error,
                Some(true) => error.with_remains(Remains::ResumablePart { at }),
                None => error.with_remains(Remains::Part { at }),
            })
        }
        Some(Remains::Part { at }) if is_kept(&error, &plan, options) => {
            let (session, marked) = (&mut *session, marked.as_ref());
            Err(keep(session, &plan, at, marked, error).await)
        }
        Some(unfinished) if plan.keep_part && unfinished == plan.unfinished() => {
            Err(remove_part(session, &plan, error).await)
        }
        _ => Err(error),
    }
}

/// Returns the mark of the part of `file`, if one may be kept at the server.
async fn mark(
    session: &Session,
    file: &LocalFile,
    remote: &RemotePath,
    options: &UploadOptions,
) -> Option<String> {
    if !options.temporary_name || !(options.resume || options.keep_part) {
        return None;
    }
    let marks = PartMarks::of(session, remote).await?;
    marks.mark(file.version, remote.file_name()?)
}

/// Whether there is a file at `path`; `None` if the server does not show that.
async fn is_there(session: &mut Session, path: &RemotePath) -> Option<bool> {
    if !session.is_usable() {
        return None;
    }
    match session.look_at_file(path, None).await {
        Ok(Look::There(_)) => Some(true),
        Ok(Look::Missing | Look::Instead(_)) => Some(false),
        Ok(Look::Unknown) | Err(_) => None,
    }
}

/// Whether a part stays at the server because the user cancelled the upload.
fn is_kept(error: &Error, plan: &Plan, options: &UploadOptions) -> bool {
    options.keep_part && plan.keep_part && error.kind() == ErrorKind::Cancelled
}

/// Gives the part at `at` the name under which a later upload finds it.
async fn keep(
    session: &mut Session,
    plan: &Plan,
    at: RemotePath,
    marked: Option<&RemotePath>,
    error: Error,
) -> Error {
    let Some(marked) = marked.filter(|_| session.is_usable()) else {
        return remove_part(session, plan, error).await;
    };
    match session.rename_unseen(&at, marked).await {
        Ok(()) => {
            let at = marked.clone();
            error.with_remains(Remains::ResumablePart { at })
        }
        Err(_) => error.with_remains(Remains::Part { at }),
    }
}

async fn send_retrying(
    session: &mut Session,
    sending: &mut Sending<'_>,
) -> Result<Transferred, Error> {
    let mut attempts = Attempts::default();
    let mut met_late_refusal = false;
    loop {
        let error = match send_once(session, sending).await {
            Ok(transferred) => return Ok(transferred),
            Err(error) => error,
        };
        let has_size = sending.plan.total.is_some();
        if is_late_refusal(&error) && has_size && !met_late_refusal {
            // The refusal follows a handshake that looked successful. The source is a local file,
            // so it can be sent again over a new control connection.
            met_late_refusal = true;
            session.give_up();
            continue;
        }
        if !has_size && sending.plan.part.is_there() {
            return Err(error);
        }
        session
            .wait_to_retry(&mut attempts, error, &sending.options.cancel)
            .await?;
        let file = LocalFile::open(&sending.file.local).await?;
        if file.version != sending.file.version {
            let what = "the local file has changed between two attempts";
            let error = Error::new(ErrorKind::Local, what);
            return Err(error.with_detail(ErrorDetail::ChangedWhileSent));
        }
        sending.file = file;
        // A temporary name belongs to this upload alone; the contents of a target may be older.
        sending.goes_on = has_size && (sending.options.resume || !sending.plan.is_direct());
    }
}

async fn send_once(session: &mut Session, sending: &mut Sending<'_>) -> Result<Transferred, Error> {
    sending.options.cancel.check()?;
    let mut plan = sending.plan();
    // What an earlier attempt left at the target belongs to this upload.
    plan.overwrite |= plan.is_direct() && plan.part.is_there();
    look_ahead(session, &mut plan, sending.options).await?;
    if sending.goes_on {
        if let Some(transferred) = Box::pin(send_rest(session, sending)).await? {
            return Ok(transferred);
        }
        if let Some(transferred) = Box::pin(is_there_already(session, sending)).await? {
            return Ok(transferred);
        }
    }
    sending.file.seek(0)?;
    let upload = begin_upload(session, plan).await?;
    sending.pour(upload).await
}

/// Resumes at the end of the part at the server. Returns `None` if there is no part, or if that is
/// not possible, and the whole file must be sent.
async fn send_rest(
    session: &mut Session,
    sending: &mut Sending<'_>,
) -> Result<Option<Transferred>, Error> {
    let mut plan = sending.plan();
    let (options, file) = (sending.options, &mut sending.file);
    let (target, is_asked) = (plan.target.clone(), options.resume);
    let over = |session: &Session, why: &str| start_over(session, &target, is_asked, why);
    let held = held(session, &plan, options).await?;
    let Some(total) = plan.total.filter(|_| held > 0) else {
        return Ok(None);
    };
    if held > total {
        return Ok(over(session, "it is longer than the file"));
    }
    let mut shown = Proof::Certain;
    if held == total && plan.is_direct() {
        // It could also be an older file, which has another time.
        let theirs = FileVersion {
            size: Some(held),
            modified: session.ask_modified(&plan.stored_as).await?,
        };
        let Some(proof) = proof(session, &plan, theirs, file.version, options) else {
            return Ok(over(
                session,
                "it is as long as the file, but has another time",
            ));
        };
        shown = proof;
    }
    let tail = file.tail(held).await?;
    match ends_with(session, &plan.stored_as, held, &tail).await? {
        Some(true) => {}
        Some(false) => return Ok(over(session, "its last bytes differ from the file")),
        None => return Ok(over(session, "the server does not show how it ends")),
    }
    shown.announce(session);
    plan.offset = held;
    if options.verify {
        let mut hasher = hasher(session, &plan.target).await?;
        let hashed = hash_beginning(session, &mut hasher, &file.file, held);
        let hashed = options.cancel.or(hashed).await?;
        hashed.map_err(|error| at("cannot be read", &file.local, error))?;
        plan.hasher = Some(hasher);
        file.seek(held)?;
    }
    plan.part.set(plan.unfinished());
    let was_whole = |error: &Error| held == total && error.kind() == ErrorKind::Incomplete;
    let sent = if held == total {
        conclude(session, plan, 0, None).await
    } else {
        match continue_upload(session, plan, is_asked).await? {
            Some(upload) => sending.pour(upload).await,
            None => return Ok(None),
        }
    };
    match sent {
        Err(error)
            if error.is_wrong_result() || was_whole(&error) || refuses_to_continue(&error) =>
        {
            Ok(over(session, &error.to_string()))
        }
        sent => sent.map(Some),
    }
}

/// Returns how many bytes the part at the server has. Without `SIZE`, a listing shows that to an
/// upload that the caller wants to resume.
async fn held(session: &mut Session, plan: &Plan, options: &UploadOptions) -> Result<u64, Error> {
    if let Some(held) = session.ask_size(&plan.stored_as).await? {
        return Ok(held);
    }
    if !options.resume || session.features().has(Feature::Size) {
        return Ok(0);
    }
    match session.look_at_file(&plan.stored_as, None).await? {
        Look::There(Some(held)) => Ok(held),
        Look::Missing | Look::Instead(_) => Ok(0),
        Look::There(None) | Look::Unknown => {
            session.warn(&format!(
                "{}: the server does not show how much of it has arrived; starting over",
                plan.target
            ));
            Ok(0)
        }
    }
}

/// What shows that a file at the server, which is as long as one here and ends alike, is the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Proof {
    /// The time, or a digest.
    Certain,
    /// It was put there after the file here was changed last. The server does not keep times.
    Later,
    /// The server tells no times.
    SizeAlone,
}

/// Returns what shows that `theirs` is the same version as `ours`, beside size and tail; `None` if
/// it is another one.
fn proof(
    session: &Session,
    plan: &Plan,
    theirs: FileVersion,
    ours: FileVersion,
    options: &UploadOptions,
) -> Option<Proof> {
    let keeps_times = plan
        .modified
        .is_some_and(|time| session.time_command(&plan.target, time).is_some());
    let is_later = || {
        let second = |version: FileVersion| version.modified.map(Timestamp::as_second);
        second(theirs)
            .zip(second(ours))
            .is_some_and(|(theirs, ours)| theirs >= ours)
    };
    match theirs.modified {
        Some(_) if theirs.is_as_old_as(&ours) => Some(Proof::Certain),
        Some(_) => (!keeps_times && is_later()).then_some(Proof::Later),
        None if options.verify => Some(Proof::Certain),
        None => Some(Proof::SizeAlone),
    }
}

impl Proof {
    /// Says, once for a server, by what whole files are recognised, if that may miss a change.
    fn announce(self, session: &Session) {
        let why = match self {
            Self::Certain => return,
            Self::Later => {
                "they are as long, end alike and are newer than the files here: the server does not \
                 keep the times of uploads"
            }
            Self::SizeAlone => "they are as long and end alike: the server tells no times",
        };
        if session.is_first_weak_comparison() {
            session.warn(&format!(
                "files that are there already are skipped if {why}"
            ));
        }
    }
}

/// Returns the result if the target is the whole file already: if size and time are the same, and
/// its tail is the file's. A server that keeps or gives no times must have one that is not older,
/// as far as it says.
async fn is_there_already(
    session: &mut Session,
    sending: &Sending<'_>,
) -> Result<Option<Transferred>, Error> {
    let plan = sending.plan();
    if plan.is_direct() || !sending.options.resume {
        return Ok(None);
    }
    let mut theirs = FileVersion {
        size: session.ask_size(&plan.target).await?,
        modified: session.ask_modified(&plan.target).await?,
    };
    if theirs.size.is_none() && !session.features().has(Feature::Size) {
        let (size, modified) = session.listed_version(&plan.target).await?;
        theirs = FileVersion { size, modified };
    }
    let ours = &sending.file.version;
    let Some(size) = theirs
        .size
        .filter(|size| *size > 0 && Some(*size) == ours.size)
    else {
        return Ok(None);
    };
    let Some(proof) = proof(session, &plan, theirs, *ours, sending.options) else {
        return Ok(None);
    };
    let tail = sending.file.tail(size).await?;
    if ends_with(session, &plan.target, size, &tail).await? != Some(true) {
        return Ok(None);
    }
    let mut digest = None;
    if sending.options.verify {
        let mut hasher = hasher(session, &plan.target).await?;
        let hashed = hash_beginning(session, &mut hasher, &sending.file.file, size);
        let hashed = sending.options.cancel.or(hashed).await?;
        hashed.map_err(|error| at("cannot be read", &sending.file.local, error))?;
        match compare(session, hasher, &plan.target, size).await? {
            Comparison::Equal(algorithm) => digest = Some(algorithm),
            Comparison::Different(_) => return Ok(None),
        }
    }
    proof.announce(session);
    Ok(Some(Transferred {
        bytes: 0,
        resumed_at: Some(size),
        outcome: Outcome::Verified,
        digest,
        elapsed: plan.began.elapsed(),
    }))
}

/// Begins to send the rest: with `REST` and `STOR` if the server announces `REST`, otherwise with
/// `APPE`. Returns `None` if the server refuses that.
async fn continue_upload(
    session: &mut Session,
    mut plan: Plan,
    is_asked: bool,
) -> Result<Option<Upload<'_>>, Error> {
    let target = plan.target.clone();
    let restarts = session.features().has(Feature::RestStream);
    let mut refusal = String::new();
    for how in [How::Restart, How::Append] {
        if how == How::Restart && !restarts {
            continue;
        }
        plan.how = how;
        match open_upload(session, &plan).await {
            Ok(data) => return Ok(Some(Upload::over(Lease::new(session), data, plan))),
            Err(error) if refuses_to_continue(&error) => refusal = error.to_string(),
            Err(error) => return Err(error),
        }
    }
    Ok(start_over(session, &target, is_asked, &refusal))
}

/// An upload of a local file, with as many attempts as needed.
#[derive(Debug)]
struct Sending<'a> {
    file: LocalFile,
    /// Has no hasher: each attempt has its own.
    plan: Plan,
    options: &'a UploadOptions,
    /// Whether there may be a part to resume from.
    goes_on: bool,
}

impl Sending<'_> {
    /// Returns the plan of one attempt.
    fn plan(&self) -> Plan {
        Plan {
            target: self.plan.target.clone(),
            stored_as: self.plan.stored_as.clone(),
            part: self.plan.part.clone(),
            hasher: None,
            cancel: self.plan.cancel.clone(),
            ..self.plan
        }
    }

    /// Sends the file, from its current position, over `upload`.
    async fn pour(&mut self, mut upload: Upload<'_>) -> Result<Transferred, Error> {
        let Self { file, options, .. } = self;
        match feed_file(&mut upload, file, &options.cancel).await {
            Ok(()) if options.resume && !file.is_unchanged().await => {
                Err(give_up(upload, Stop::Changed, &file.local).await)
            }
            Ok(()) => upload.finish().await,
            Err(stop) => Err(give_up(upload, stop, &file.local).await),
        }
    }
}

/// Ends `upload` because of `stop`. `name` is what messages call its source.
pub(crate) async fn give_up(upload: Upload<'_>, stop: Stop, name: &Path) -> Error {
    let error = match stop {
        Stop::Transfer(error) => return upload.give_up(error).await,
        Stop::Local(error) => at("cannot be read", name, error),
        Stop::Changed => changed(name),
        Stop::Cancelled => cancelled(),
    };
    let unfinished = upload.unfinished();
    // The cause matters more than how giving up ended, but not more than what remains.
    match upload.abort().await {
        Ok(()) if !unfinished.is_at_target() => error,
        _ => error.with_remains(unfinished),
    }
}

fn is_late_refusal(error: &Error) -> bool {
    let resumed = error
        .data_connection()
        .is_some_and(|verdict| verdict.resumed);
    error.kind() == ErrorKind::SessionReuseRefused && resumed
}
