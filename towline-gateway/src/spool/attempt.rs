//! One attempt to deliver an upload.
//!
//! An upload goes to a temporary name at the server. Once the server has all of it, the journal
//! notes that it is about to get its name, and only then it is renamed. So after a crash, an upload
//! that was being sent is sent again, to another temporary name. If it was about to get its name,
//! the rename is repeated: a server that still has the temporary name carries it out, and a server
//! that no longer has it has carried it out before. Only the server's answer to RNFR shows which,
//! because some show no files.

use std::io;
use std::sync::Arc;

use tokio::fs::File;
use tokio::io::AsyncReadExt as _;
use towline::{Error, ErrorDetail, ErrorKind, Outlook, Session, UploadOptions};
use towline_proto::name::escape;
use towline_proto::path::RemotePath;
use towline_proto::reply::ReplyCode;

use super::destination::{Destination, Link, refuses_login};
use super::journal::Turn;
use super::store::Spool;
use super::upload::{SpoolState, Spooled};
use crate::event::Delivered;

/// The bytes that are read from the file at a time.
const BUFFER: usize = 128 * 1024;

/// The bytes of a name that are kept in its temporary name. File systems allow 255.
const LONGEST_STEM: usize = 200;

/// Why an upload was not delivered.
pub(super) enum Trouble {
    /// The server, or the way to it, is at fault. The same upload is tried again.
    Later { reason: String, refused_login: bool },
    /// The server does not want this upload.
    Aside { reason: String },
    /// The client has removed it, or has renamed it so that another one comes first.
    Overtaken,
}

impl Trouble {
    /// Returns the trouble for an error that is not about this upload.
    fn later(error: &Error) -> Self {
        Self::Later {
            reason: escape(error.to_string().as_bytes()),
            refused_login: refuses_login(error),
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

/// An error of the local disk. It says nothing about the server, and may pass.
impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Later {
            reason: format!("the spool: {error}"),
            refused_login: false,
        }
    }
}

/// Delivers an upload, over a session that it opens unless there is one.
pub(super) async fn attempt(
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
    clear_up(spool, session).await?;
    match (upload.state, &upload.part) {
        (SpoolState::Naming, Some(part)) => {
            let _naming = spool.naming.lock().await;
            rename_again(spool, session, upload, part).await
        }
        _ => send_and_name(spool, session, upload).await,
    }
}

/// Sends an upload to a new temporary name, and gives it its name.
async fn send_and_name(
    spool: &Arc<Spool>,
    session: &mut Session,
    upload: &Spooled,
) -> Result<Delivered, Trouble> {
    let id = upload.id;
    // Each attempt has a new name: the server may still be busy with the last one.
    let part = temporary_name(&upload.path)?;
    let noted = part.clone();
    let is_wanted = spool.work(move |spool| spool.journal.send(id, &noted));
    if !is_wanted.await? {
        return Err(Trouble::Overtaken);
    }
    clear_up(spool, session).await?;
    let is_verified = send(spool, session, upload, &part).await?;
    let _naming = spool.naming.lock().await;
    let Turn::Now(path) = spool.work(move |spool| spool.journal.name(id)).await? else {
        clear_up(spool, session).await?;
        return Err(Trouble::Overtaken);
    };
    session.rename(&part, &path).await?;
    finish(spool, upload).await?;
    Ok(match is_verified {
        true => Delivered::Verified,
        false => Delivered::Complete,
    })
}

/// Gives an upload its name that may have it already.
async fn rename_again(
    spool: &Arc<Spool>,
    session: &mut Session,
    upload: &Spooled,
    part: &RemotePath,
) -> Result<Delivered, Trouble> {
    if !is_gone(session, part).await?
        && let Err(error) = session.rename(part, &upload.path).await
    {
        let is_refused = error.outlook() == Outlook::SameAgain
            && !matches!(error.detail(), Some(ErrorDetail::OtherNameGiven { .. }));
        // Some servers accept RNFR for any name.
        let is_made =
            is_refused && has_size(session, upload).await? && !is_there(session, part).await?;
        if !is_made {
            return Err(error.into());
        }
    }
    let is_verified = has_size(session, upload).await?;
    finish(spool, upload).await?;
    Ok(match is_verified {
        true => Delivered::Verified,
        false => Delivered::Complete,
    })
}

/// Whether the server no longer has a temporary name: it does not let it be renamed, and does not
/// show it. Somebody may have taken the file from its final name already, so that one shows
/// nothing.
async fn is_gone(session: &mut Session, part: &RemotePath) -> Result<bool, Trouble> {
    let line = [b"RNFR ", part.as_bytes()].concat();
    let reply = session.raw(&line).await?;
    Ok(reply.code() == ReplyCode::FILE_UNAVAILABLE && !is_there(session, part).await?)
}

/// Whether the server has a file of the size of the upload under its name.
async fn has_size(session: &mut Session, upload: &Spooled) -> Result<bool, Trouble> {
    let size = session.size(&upload.path).await;
    let size = size.map_err(|error| Trouble::later(&error))?;
    Ok(size == Some(upload.bytes))
}

async fn connect(spool: &Arc<Spool>, destination: &Destination) -> Result<Link, Error> {
    let mut link = destination.connect().await?;
    spool.end_pause();
    if let Some(home) = link.session.login_directory().await? {
        // If it cannot be kept, paths stay relative to it, which means the same.
        let _ = spool.keep_home(&home).await;
    }
    Ok(link)
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
pub(super) async fn clear_up(spool: &Arc<Spool>, session: &mut Session) -> Result<(), Trouble> {
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
