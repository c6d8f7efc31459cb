//! Commands on a route with a spool.
//!
//! Uploads go to disk. SIZE, MDTM, DELE, RNFR and RNTO act on an upload that waits, if there is one
//! of this name. Everything else is for the server, and needs it.

use std::io;
use std::sync::Arc;

use tokio::time::timeout;
use towline_proto::body::path_reply;
use towline_proto::command::Command;
use towline_proto::name::escape;
use towline_proto::path::RemotePath;
use towline_proto::reply::{Reply, ReplyClass, ReplyCode};

use super::end::End;
use super::store::Store;
use super::talk::Conversation;
use crate::behind::{Behind, Repeat};
use crate::depot::{Depot, Found, RenameEnd};
use crate::login::{LoginError, open};
use crate::paths::can_be_of_a_file;
use crate::reply::{is_lost, refusal};
use crate::spool::{Spooled, refuses_login};

/// How long a change of the directory waits for the server, before the server counts as
/// unavailable.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(5);

impl Conversation {
    /// Carries out a command of a client whose uploads are stored first.
    pub(super) async fn obey_with_spool(
        &mut self,
        command: Command,
        line: &[u8],
    ) -> Result<(), End> {
        match command {
            Command::Stor(path) => {
                let path = self.depot()?.path(&path);
                self.take_in(&path, None).await
            }
            Command::Stou(suggested) => {
                let name = Store::unique(suggested.as_ref()).into_path();
                let path = self.depot()?.path(&name);
                self.take_in(&path, Some(name.to_string())).await
            }
            Command::Appe(_) => {
                self.front.offset = 0;
                let text = "Uploads of this route are stored first, so none can be appended.";
                let code = ReplyCode::ARGUMENT_NOT_IMPLEMENTED;
                self.front.say(code, text).await
            }
            Command::Size(ref path) => match self.waiting(path).await? {
                Waiting::Upload(upload) => {
                    let size = upload.bytes.to_string();
                    self.front.say(ReplyCode::FILE_STATUS, size).await
                }
                Waiting::Answered => Ok(()),
                Waiting::Nothing => self.obey_with_server(command, line).await,
            },
            // One with a time sets it, which only the server can.
            Command::Mdtm(ref path) if !path.as_bytes().contains(&b' ') => {
                match self.waiting(path).await? {
                    Waiting::Upload(upload) => {
                        let time = time_value(upload.received);
                        self.front.say(ReplyCode::FILE_STATUS, time).await
                    }
                    Waiting::Answered => Ok(()),
                    Waiting::Nothing => self.obey_with_server(command, line).await,
                }
            }
            Command::Dele(ref path) => match self.waiting(path).await? {
                Waiting::Upload(upload) => self.remove_waiting(&upload).await,
                Waiting::Answered => Ok(()),
                Waiting::Nothing => self.remove_at_server(path).await,
            },
            Command::Rnfr(ref path) => {
                self.depot()?.renaming = None;
                match self.waiting(path).await? {
                    Waiting::Upload(upload) => {
                        self.depot()?.renaming = Some(upload.path);
                        let text = "Ready for the new name.";
                        self.front.say(ReplyCode::PENDING, text).await
                    }
                    Waiting::Answered => Ok(()),
                    Waiting::Nothing => self.obey_with_server(command, line).await,
                }
            }
            Command::Rnto(ref path) => match self.depot()?.renaming.take() {
                Some(from) => self.rename_waiting(&from, path).await,
                None if self.reach().await? => self.rename_at_server(path).await,
                None => Ok(()),
            },
            Command::Pwd => self.pwd_with_spool().await,
            Command::Cwd(path) => self.cwd_with_spool(&path).await,
            Command::Cdup => {
                let parent = RemotePath::new("..").unwrap_or_default();
                self.cwd_with_spool(&parent).await
            }
            command if needs_no_server(&command) => self.obey_inside(command, line).await,
            command => self.obey_with_server(command, line).await,
        }
    }

    fn depot(&mut self) -> Result<&mut Depot, End> {
        self.visitor.depot.as_mut().ok_or(End::NoService)
    }

    /// Returns the upload that waits under the client's `path`.
    async fn waiting(&mut self, path: &RemotePath) -> Result<Waiting, End> {
        let depot = self.depot()?;
        let path = depot.path(path);
        match depot.find(&path).await {
            Ok(Found::Upload(upload)) => Ok(Waiting::Upload(upload)),
            Ok(Found::Nothing) => Ok(Waiting::Nothing),
            Ok(Found::Busy) => {
                self.is_being_delivered().await?;
                Ok(Waiting::Answered)
            }
            Err(error) => {
                self.spool_fails(&error).await?;
                Ok(Waiting::Answered)
            }
        }
    }

    async fn spool_fails(&mut self, error: &io::Error) -> Result<(), End> {
        let text = format!("The spool cannot be used: {error}");
        self.front.say(ReplyCode::LOCAL_ERROR, text).await
    }

    async fn remove_waiting(&mut self, upload: &Spooled) -> Result<(), End> {
        match self.depot()?.spool.remove(&upload.path).await {
            Ok(0) => self.is_being_delivered().await,
            Ok(_) => {
                let text = "Removed; it had not been delivered yet.";
                self.front.say(ReplyCode::FILE_ACTION_DONE, text).await
            }
            Err(error) => self.spool_fails(&error).await,
        }
    }

    /// Gives an upload its new name, here or at the server, wherever it is by now.
    async fn rename_waiting(&mut self, from: &RemotePath, to: &RemotePath) -> Result<(), End> {
        if !can_be_of_a_file(to) {
            return self.front.reply(&no_file()).await;
        }
        let depot = self.depot()?;
        let target = depot.path(to);
        match depot.rename(from, &target).await {
            Ok(RenameEnd::Done) => {
                let text = "Renamed; it will be delivered under this name.";
                self.front.say(ReplyCode::FILE_ACTION_DONE, text).await
            }
            Ok(RenameEnd::Nothing) => {
                if !self.reach().await? {
                    return Ok(());
                }
                let from = self.depot()?.spool.whole(from);
                let reply = self.inside()?.rename_from(&from).await;
                match reply {
                    Ok(reply) if reply.code() == ReplyCode::PENDING => {
                        self.rename_at_server(to).await
                    }
                    reply => self.answer(reply).await,
                }
            }
            Ok(RenameEnd::Busy) => self.is_being_delivered().await,
            Err(error) => self.spool_fails(&error).await,
        }
    }

    /// Ends a rename at the server. What waits under the new name is older than the file that gets
    /// it.
    async fn rename_at_server(&mut self, to: &RemotePath) -> Result<(), End> {
        let depot = self.depot()?;
        let (spool, target) = (Arc::clone(&depot.spool), depot.path(to));
        let claim = match Depot::claim_name(&spool, &target).await {
            Ok(Some(claim)) => claim,
            Ok(None) => return self.is_being_delivered().await,
            Err(error) => return self.spool_fails(&error).await,
        };
        let Some(reply) = self.inside()?.rename_to(to).await.transpose() else {
            return self.no_rename_begun().await;
        };
        if is_done(&reply)
            && let Err(error) = claim.made().await
        {
            return self.spool_fails(&error).await;
        }
        self.answer(reply).await
    }

    /// Removes a file at the server. Former uploads to its path that it has replaced go as well.
    async fn remove_at_server(&mut self, path: &RemotePath) -> Result<(), End> {
        if !self.reach().await? {
            return Ok(());
        }
        let reply = self.inside()?.ask("DELE", path, Repeat::Never).await;
        if is_done(&reply) {
            let depot = self.depot()?;
            let path = depot.path(path);
            if let Err(error) = depot.spool.remove_replaced(&path).await {
                return self.spool_fails(&error).await;
            }
        }
        self.answer(reply).await
    }

    async fn is_being_delivered(&mut self) -> Result<(), End> {
        let text = "The file is being delivered; try again later.";
        self.front.say(ReplyCode::FILE_BUSY, text).await
    }

    async fn obey_with_server(&mut self, command: Command, line: &[u8]) -> Result<(), End> {
        match self.reach().await? {
            true => self.obey_inside(command, line).await,
            false => Ok(()),
        }
    }

    /// Opens the session with the server unless it is open. If that fails, tells the client, and
    /// returns `false`.
    async fn reach(&mut self) -> Result<bool, End> {
        if self.visitor.behind.is_some() {
            return Ok(true);
        }
        let Self { front, visitor, .. } = self;
        let depot = visitor.depot.as_mut().ok_or(End::NoService)?;
        let opened = match depot.elsewhere.take() {
            Some(behind) => Ok(*behind),
            None => front.unless_left(Box::pin(behind(depot))).await?,
        };
        let mut behind = match opened {
            Ok(behind) => behind,
            Err(reply) => {
                depot.note_away();
                self.front.reply(&reply).await?;
                return Ok(false);
            }
        };
        match behind.enter(&depot.directory()).await {
            Ok(_) => {
                self.visitor.behind = Some(behind);
                Ok(true)
            }
            Err(error) => {
                if !is_lost(&error) {
                    depot.elsewhere = Some(Box::new(behind));
                }
                self.front.reply(&refusal(&error)).await?;
                Ok(false)
            }
        }
    }

    /// As [`Self::reach`], with little patience, without a word to the client, and in the login
    /// directory.
    async fn reaches_soon(&mut self) -> Result<bool, End> {
        if self.visitor.behind.is_some() {
            return Ok(true);
        }
        let depot = self.depot()?;
        if let Some(behind) = depot.elsewhere.take() {
            self.visitor.behind = Some(*behind);
            return Ok(true);
        }
        if depot.is_away() {
            return Ok(false);
        }
        match timeout(PATIENCE, Box::pin(behind(depot))).await {
            Ok(Ok(behind)) => {
                self.visitor.behind = Some(behind);
                Ok(true)
            }
            Ok(Err(_)) | Err(_) => {
                self.depot()?.note_away();
                Ok(false)
            }
        }
    }

    async fn pwd_with_spool(&mut self) -> Result<(), End> {
        if self.visitor.behind.is_some() {
            return self.pwd().await;
        }
        let directory = self.depot()?.directory();
        if directory.is_absolute() {
            let reply = path_reply(&directory, "is the current directory");
            return self.front.reply(&reply).await;
        }
        // Its name is not known yet.
        match self.reach().await? {
            true => self.pwd().await,
            false => Ok(()),
        }
    }

    /// Changes the directory. While the server is unavailable, it is not known whether it exists.
    async fn cwd_with_spool(&mut self, path: &RemotePath) -> Result<(), End> {
        let is_new = self.visitor.behind.is_none();
        if self.reaches_soon().await? {
            let joined = self.depot()?.path(path);
            let inside = self.inside()?;
            let reply = inside.enter(&joined).await;
            match &reply {
                Ok(_) => {
                    let directory = inside.directory().clone();
                    self.depot()?.enter(directory);
                    return self.answer(reply).await;
                }
                Err(error) if !is_lost(error) => {
                    if is_new {
                        self.depot()?.elsewhere = self.visitor.behind.take().map(Box::new);
                    }
                    return self.answer(reply).await;
                }
                Err(_) => {
                    self.visitor.behind = None;
                    self.depot()?.note_away();
                }
            }
        }
        self.depot()?.enter_unseen(path);
        let text = "Directory changed. The server is unavailable, so it may not exist.";
        self.front.say(ReplyCode::FILE_ACTION_DONE, text).await
    }
}

/// What waits under a path.
enum Waiting {
    Upload(Spooled),
    /// The client has its answer already.
    Answered,
    Nothing,
}

/// Opens the session of a client, in the login directory. Soon after a failure, returns the reply
/// to that failure again.
async fn behind(depot: &Depot) -> Result<Behind, Reply> {
    if let Some(reply) = depot.spool.paused() {
        return Err(reply);
    }
    let behind = match open(&depot.route, &depot.route.client).await {
        Ok(behind) => behind,
        Err(LoginError::Server(error)) => {
            let reply = unreachable(&error.to_string());
            let refused_login = refuses_login(&error);
            depot.spool.begin_pause(reply.clone(), refused_login);
            return Err(reply);
        }
        Err(_) => return Err(unreachable("no session has become free in time")),
    };
    depot.spool.end_pause();
    // Without it, paths stay relative to it, which means the same.
    let _ = depot.spool.keep_home(behind.directory()).await;
    Ok(behind)
}

fn unreachable(reason: &str) -> Reply {
    let reason = escape(reason.as_bytes());
    let text = format!("The server cannot be reached: {reason}");
    Reply::new(ReplyCode::LOCAL_ERROR, text)
}

/// The refusal of a path that no file can have.
pub(super) fn no_file() -> Reply {
    let text = "This names a directory; a file needs a name of its own.";
    Reply::new(ReplyCode::NAME_NOT_ALLOWED, text)
}

fn is_done(reply: &Result<Reply, towline::Error>) -> bool {
    let reply = reply.as_ref();
    reply.is_ok_and(|reply| reply.class() == ReplyClass::Completion)
}

fn needs_no_server(command: &Command) -> bool {
    matches!(
        command,
        Command::Acct(_)
            | Command::TypeImage
            | Command::TypeAscii
            | Command::StruFile
            | Command::ModeStream
            | Command::Allo(_)
            | Command::Pret(_)
            | Command::Rest(_)
            | Command::Abor
            | Command::Pasv
            | Command::Epsv
            | Command::EpsvProtocol(_)
            | Command::EpsvAll
            | Command::Port(_)
            | Command::Eprt(_)
            | Command::Stat(None)
    )
}

/// Returns a time-val (RFC 3659 section 2.3), in UTC.
fn time_value(milliseconds: i64) -> String {
    let time = jiff::Timestamp::from_millisecond(milliseconds).unwrap_or_default();
    let time = jiff::tz::Offset::UTC.to_datetime(time);
    time.strftime("%Y%m%d%H%M%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_in_utc() {
        assert_eq!(time_value(1_700_000_000_999), "20231114221320");
    }
}
