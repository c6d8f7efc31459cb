//! Deliveries: each upload once, in the order in which they came.
//!
//! An upload goes to a temporary name at the server. Once the server has all of it, the journal notes
//! that it is about to get its name, and only then it is renamed. So after a crash, an upload that was
//! being sent is sent again, to another temporary name. One that was about to get its name has it if
//! it is no longer under the temporary one.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use async_recursion::async_recursion as boxed;
use tokio::fs::File;
use tokio::io::AsyncReadExt as _;
use tokio::time::timeout;
use towline::{Error, ErrorDetail, ErrorKind, Outlook, Session, UploadOptions};
use towline_proto::name::escape;
use towline_proto::path::RemotePath;

use super::destination::{Destination, Link};
use super::store::Spool;
use super::upload::{SpoolState, Spooled};
use crate::event::{Delivered, Event};

/// The bytes that are read from the file at a time.
const BUFFER: usize = 128 * 1024;

/// The bytes of a name that are kept in its temporary name. File systems allow 255.
const LONGEST_STEM: usize = 200;

/// How long a session that has nothing to deliver is kept.
const LINGER: Duration = Duration::from_secs(2);

/// Why an upload was not delivered.
enum Trouble {
    /// The server, or the way to it, is at fault. The same upload is tried again.
    Later { reason: String, refused_login: bool },
    /// The server does not want this upload.
    Aside { reason: String },
    /// The client has removed it.
    Unwanted,
}

impl Trouble {
    /// What is not about this upload.
    fn later(error: &Error) -> Self {
        Self::Later {
            reason: escape(error.to_string().as_bytes()),
            refused_login: error.kind() == ErrorKind::LoginRefused
                || error.detail() == Some(&ErrorDetail::LoginUnanswered),
        }
    }
}

/// What the server says about an upload.
impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        let is_about_the_file = matches!(
            error.kind(),
            ErrorKind::Refused
                | ErrorKind::RenameRefused
                | ErrorKind::NotFound
                | ErrorKind::AlreadyExists
                | ErrorKind::Usage
        );
        let has_no_space = error.detail() == Some(&ErrorDetail::NoSpaceAtServer);
        match is_about_the_file && !has_no_space && error.outlook() == Outlook::SameAgain {
            true => Self::Aside {
                reason: escape(error.to_string().as_bytes()),
            },
            false => Self::later(&error),
        }
    }
}

/// An error of the disk here. It says nothing of the server, and may pass.
impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Later {
            reason: format!("the spool: {error}"),
            refused_login: false,
        }
    }
}

/// Delivers uploads until the spool is closed.
// In a box, so that it is built in this crate and not in each program that awaits it.
#[boxed]
pub(crate) async fn deliver(spool: Arc<Spool>) {
    tokio::select! {
        () = deliver_all(Arc::clone(&spool)) => {}
        () = spool.watch() => {}
    }
}

async fn deliver_all(spool: Arc<Spool>) {
    let mut changes = spool.changes.subscribe();
    let mut link: Option<Link> = None;
    let mut last: Option<Arc<Destination>> = None;
    let mut failures: u32 = 0;
    loop {
        changes.borrow_and_update();
        if spool.closed.load(Ordering::Relaxed) {
            return leave(link).await;
        }
        let destination = spool.destination();
        let is_same = match (&destination, &last) {
            (Some(now), Some(before)) => Arc::ptr_eq(now, before),
            _ => false,
        };
        if !is_same {
            leave(link.take()).await;
            failures = 0;
            last.clone_from(&destination);
        }
        let next = spool.work(|spool| spool.journal.next()).await;
        let (destination, upload) = match (destination, next) {
            (Some(destination), Ok(Some(upload))) => (destination, upload),
            (Some(destination), Err(error)) => {
                let text = format!("{}: {error}", destination.route);
                destination.event(&Event::Warning { text: &text });
                let hurries = spool.hurries();
                pause(&spool, &destination, destination.longest_retry, hurries).await;
                continue;
            }
            (_, _) => {
                // More may come soon. Otherwise another client may have the session.
                if link.is_some() && timeout(LINGER, changes.changed()).await.is_ok() {
                    continue;
                }
                leave(link.take()).await;
                if spool.closed.load(Ordering::Relaxed) || changes.changed().await.is_err() {
                    return;
                }
                continue;
            }
        };
        let young = unsettled(&upload, destination.settle);
        if !young.is_zero() {
            // A change may be its new name, or its end.
            let _ = timeout(young, changes.changed()).await;
            continue;
        }
        let began = Instant::now();
        let hurries = spool.hurries();
        let attempt = attempt(&spool, &destination, &mut link, &upload);
        let (result, reason, wait) = match attempt.await {
            Ok(result) => {
                failures = 0;
                (result, None, None)
            }
            Err(Trouble::Unwanted) => continue,
            Err(Trouble::Aside { reason }) => {
                failures = 0;
                (Delivered::Aside, Some(reason), None)
            }
            Err(Trouble::Later {
                reason,
                refused_login,
            }) => {
                link = None;
                let doubled = destination
                    .first_retry
                    .saturating_mul(1 << failures.min(20));
                failures += 1;
                let wait = match refused_login {
                    // More attempts could lock the account.
                    true => destination.longest_retry,
                    false => doubled.min(destination.longest_retry),
                };
                (Delivered::Failed, Some(reason), Some(wait))
            }
        };
        let noted = match (&reason, result) {
            (Some(reason), Delivered::Aside) => {
                let (id, reason) = (upload.id, reason.clone());
                spool
                    .work(move |spool| spool.journal.set_aside(id, &reason))
                    .await
            }
            (Some(reason), _) => {
                let (id, reason) = (upload.id, reason.clone());
                spool
                    .work(move |spool| spool.journal.failed(id, &reason))
                    .await
            }
            (None, _) => Ok(true),
        };
        if let (Delivered::Aside, Some(link)) = (result, &mut link) {
            // What cannot be removed now is removed before the next delivery.
            let _ = clear_up(&spool, &mut link.session).await;
        }
        destination.event(&Event::Delivery {
            route: &destination.route,
            site: &destination.site,
            upload: upload.id,
            path: &upload.path.to_string(),
            bytes: upload.bytes,
            seconds: began.elapsed().as_secs_f64(),
            attempt: upload.attempts.saturating_add(1),
            result,
            reason: reason.as_deref(),
            retry_in: wait.map(|wait| wait.as_secs_f64()),
        });
        spool.changed();
        if let Err(error) = noted {
            let text = format!("{}: {error}", destination.route);
            destination.event(&Event::Warning { text: &text });
            pause(&spool, &destination, destination.longest_retry, hurries).await;
        }
        if let Some(wait) = wait {
            pause(&spool, &destination, wait, hurries).await;
        }
    }
}

/// Waits before the next attempt, unless the spool is closed or leads elsewhere, or a retry was
/// requested since there were `hurries`.
async fn pause(spool: &Spool, destination: &Arc<Destination>, wait: Duration, hurries: u64) {
    let mut changes = spool.changes.subscribe();
    let woken = async {
        loop {
            let is_same = spool
                .destination()
                .is_some_and(|now| Arc::ptr_eq(&now, destination));
            let is_over = spool.closed.load(Ordering::Relaxed) || spool.hurries() != hurries;
            if is_over || !is_same {
                return;
            }
            if changes.changed().await.is_err() {
                return;
            }
        }
    };
    let _ = timeout(wait, woken).await;
}

async fn leave(link: Option<Link>) {
    if let Some(link) = link {
        link.session.quit().await;
    }
}

/// How long an upload still has to wait for its new name.
fn unsettled(upload: &Spooled, settle: Duration) -> Duration {
    if upload.state != SpoolState::Waiting || upload.attempts > 0 {
        return Duration::ZERO;
    }
    let age = jiff::Timestamp::now().as_millisecond() - upload.received;
    // A clock that was set back must not hold it up.
    let age = Duration::from_millis(u64::try_from(age).unwrap_or(u64::MAX));
    settle.saturating_sub(age)
}

async fn attempt(
    spool: &Arc<Spool>,
    destination: &Destination,
    link: &mut Option<Link>,
    upload: &Spooled,
) -> Result<Delivered, Trouble> {
    let link = match link {
        Some(link) => link,
        none => {
            let connected = connect(spool, destination).await;
            none.insert(connected.map_err(|error| Trouble::later(&error))?)
        }
    };
    let session = &mut link.session;
    let id = upload.id;
    let (part, is_verified) = match (upload.state, upload.part.clone()) {
        (SpoolState::Naming, Some(part)) => {
            clear_up(spool, session).await?;
            if !is_there(session, &part).await? {
                return confirm(spool, session, upload).await;
            }
            (part, true)
        }
        _ => {
            // A new one each time: the server may still be busy with the last attempt.
            let part = temporary_name(&upload.path)?;
            let noted = part.clone();
            let is_wanted = spool
                .work(move |spool| spool.journal.send(id, &noted))
                .await?;
            if !is_wanted {
                return Err(Trouble::Unwanted);
            }
            clear_up(spool, session).await?;
            let is_verified = send(spool, session, upload, &part).await?;
            (part, is_verified)
        }
    };
    let Some(path) = spool.work(move |spool| spool.journal.name(id)).await? else {
        clear_up(spool, session).await?;
        return Err(Trouble::Unwanted);
    };
    if let Err(error) = session.rename(&part, &path).await {
        // The server may have carried out the rename of an earlier attempt only now.
        let was_in_doubt = upload.state == SpoolState::Naming;
        let is_refused =
            !is_lost(&error) && !matches!(error.detail(), Some(ErrorDetail::OtherNameGiven { .. }));
        if was_in_doubt && is_refused && !is_there(session, &part).await? {
            return confirm(spool, session, upload).await;
        }
        return Err(error.into());
    }
    finish(spool, upload).await?;
    Ok(match is_verified {
        true => Delivered::Verified,
        false => Delivered::Complete,
    })
}

async fn connect(spool: &Arc<Spool>, destination: &Destination) -> Result<Link, Error> {
    let mut link = destination.connect().await?;
    if let Some(home) = link.session.login_directory().await? {
        // Without it, paths stay relative to it, which means the same.
        let _ = spool.keep_home(&home).await;
    }
    Ok(link)
}

/// Ends the delivery of an upload that is no longer under its temporary name. It has its final
/// name, or another program has already collected it.
async fn confirm(
    spool: &Arc<Spool>,
    session: &mut Session,
    upload: &Spooled,
) -> Result<Delivered, Trouble> {
    let size = session.size(&upload.path).await?;
    finish(spool, upload).await?;
    Ok(match size == Some(upload.bytes) {
        true => Delivered::Verified,
        false => Delivered::Complete,
    })
}

async fn finish(spool: &Arc<Spool>, upload: &Spooled) -> io::Result<()> {
    let upload = upload.clone();
    let finished = spool.work(move |spool| {
        if spool.journal.done(upload.id)? {
            spool.forget(&upload);
        }
        Ok(())
    });
    finished.await
}

/// Whether the connection with the server is lost, or cannot be had.
fn is_lost(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Network | ErrorKind::Timeout | ErrorKind::Unavailable
    )
}

/// Whether the server has a file of this name.
async fn is_there(session: &mut Session, path: &RemotePath) -> Result<bool, Trouble> {
    match session.size(path).await {
        Ok(Some(_)) => return Ok(true),
        Ok(None) => {}
        Err(error) => return Err(Trouble::later(&error)),
    }
    match session.stat(path).await {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(Trouble::later(&error)),
    }
}

/// Removes what uploads that are no longer wanted have left at the server.
async fn clear_up(spool: &Arc<Spool>, session: &mut Session) -> Result<(), Trouble> {
    for part in spool.work(|spool| spool.journal.leftovers()).await? {
        match session.remove_file(&part).await {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            // It stays, as far as the server says. The next session tries again.
            Err(error) if error.outlook() == Outlook::SameAgain => continue,
            Err(error) => return Err(Trouble::later(&error)),
        }
        spool
            .work(move |spool| spool.journal.removed(&part))
            .await?;
    }
    Ok(())
}

/// Sends an upload to its temporary name. Returns whether the size at the server agrees.
async fn send(
    spool: &Spool,
    session: &mut Session,
    upload: &Spooled,
    part: &RemotePath,
) -> Result<bool, Trouble> {
    let mut file = match File::open(spool.file(upload)).await {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let reason = "its file is no longer in the spool".to_owned();
            return Err(Trouble::Aside { reason });
        }
        Err(error) => return Err(error.into()),
    };
    let options = UploadOptions::default()
        .use_temporary_name(false)
        .preserve_time(false);
    let mut sending = match upload.text {
        true => session.upload_text(part, &options).await?,
        false => session.upload(part, &options).await?,
    };
    let mut buffer = vec![0; BUFFER];
    loop {
        let read = match file.read(&mut buffer).await {
            Ok(read) => read,
            Err(error) => {
                sending.break_off().await;
                return Err(error.into());
            }
        };
        if read == 0 {
            break;
        }
        if let Err(error) = sending.write_all(&buffer[..read]).await {
            return Err(sending.give_up(error).await.into());
        }
    }
    let done = sending.finish().await?;
    Ok(done.outcome == towline::Outcome::Verified)
}

/// Returns a name beside `path` that nobody else uses: `NAME.0123456789abcdef.part`.
fn temporary_name(path: &RemotePath) -> Result<RemotePath, Trouble> {
    let unusable = || Trouble::Aside {
        reason: "its path does not name a file".to_owned(),
    };
    let name = path.file_name().ok_or_else(unusable)?;
    let parent = path.parent().ok_or_else(unusable)?;
    let mut part = name[..name.len().min(LONGEST_STEM)].to_vec();
    part.extend_from_slice(format!(".{:016x}.part", rand::random::<u64>()).as_bytes());
    parent.join(&part).map_err(|_| unusable())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn a_temporary_name_is_beside_the_final_one_and_short() {
        let long = format!("/b/{}", "a".repeat(255));
        for path in ["a", "/a", "b/c/a", "/b/a", &long] {
            let path = RemotePath::new(path).unwrap();
            let Ok(part) = temporary_name(&path) else {
                panic!("no name for {path}");
            };
            assert_eq!(part.parent(), path.parent());
            assert!(part.to_string().ends_with(".part"), "{part}");
            assert!(part.file_name().unwrap().len() < 255, "{part}");
        }
        assert!(temporary_name(&RemotePath::new("/").unwrap()).is_err());
    }
}
