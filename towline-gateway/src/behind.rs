//! The session with the server behind, for one client: its working directory, and commands that
//! survive a lost connection.

use std::collections::HashMap;
use std::sync::Arc;

use towline::{Error, ListingCommand, RawListing, RemotePath, Session};
use towline_proto::body::{parse_pwd, path_reply};
use towline_proto::reply::{Reply, ReplyCode};

use crate::paths::join;
use crate::places::Place;
use crate::reply::is_lost;
use crate::shared::OpenRoute;

/// The session with the server behind, for one client.
pub(crate) struct Behind {
    pub(crate) session: Session,
    pub(crate) route: Arc<OpenRoute>,
    /// The client's working directory, as a path that is right from the login directory.
    directory: RemotePath,
    /// How the server names that directory.
    name: RemotePath,
    /// The old name of a rename, once the server has accepted it.
    rename_from: Option<RemotePath>,
    /// The client's choice of the facts in MLSx replies, and of the algorithm of HASH. A new
    /// connection does not know them.
    options: HashMap<&'static str, Vec<u8>>,
    /// Keeps the session counted.
    _place: Place,
}

/// Whether a command may be sent again after its reply was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// It changes nothing.
    Safe,
    /// If its reply is lost, nothing shows whether it was carried out.
    Never,
}

impl Behind {
    pub(crate) async fn new(
        mut session: Session,
        route: Arc<OpenRoute>,
        place: Place,
    ) -> Result<Self, Error> {
        let home = session.raw("PWD").await?;
        let name = parse_pwd(&home).unwrap_or_default();
        Ok(Self {
            session,
            route,
            directory: absolute(&name).unwrap_or_default(),
            name,
            rename_from: None,
            options: HashMap::new(),
            _place: place,
        })
    }

    /// Returns the client's `path` as a path that is right from the login directory.
    pub(crate) fn path(&self, path: &RemotePath) -> RemotePath {
        join(&self.directory, path)
    }

    /// Returns the client's working directory.
    pub(crate) fn directory(&self) -> &RemotePath {
        &self.directory
    }

    /// Returns the working directory in the words of a reply to PWD.
    pub(crate) fn working_directory(&self) -> Reply {
        let name = match self.name.is_login_directory() {
            true => RemotePath::new("/").unwrap_or_default(),
            false => self.name.clone(),
        };
        path_reply(&name, "is the current directory")
    }

    /// Makes `path` the working directory.
    pub(crate) async fn enter(&mut self, path: &RemotePath) -> Result<Reply, Error> {
        let path = self.path(path);
        let mut named = self.session.real_path(&path).await;
        if named.as_ref().is_err_and(is_lost) {
            named = self.session.real_path(&path).await;
        }
        let named = named?;
        self.directory = named
            .as_ref()
            .and_then(absolute)
            .unwrap_or_else(|| path.clone());
        self.name = named.unwrap_or(path);
        let done = "Directory changed.";
        Ok(Reply::new(ReplyCode::FILE_ACTION_DONE, done))
    }

    /// Sends a command with one path, which may be relative to the working directory.
    pub(crate) async fn ask(
        &mut self,
        verb: &str,
        path: &RemotePath,
        repeat: Repeat,
    ) -> Result<Reply, Error> {
        let path = self.path(path);
        self.ask_line(&line(verb, &path), repeat).await
    }

    /// Sends a command that does not depend on the working directory.
    pub(crate) async fn ask_line(&mut self, line: &[u8], repeat: Repeat) -> Result<Reply, Error> {
        match self.session.raw(line).await {
            Err(error) if repeat == Repeat::Safe && is_lost(&error) => self.session.raw(line).await,
            reply => reply,
        }
    }

    /// Sends a command as the client wrote it, in the client's working directory.
    pub(crate) async fn ask_here(&mut self, line: &[u8], repeat: Repeat) -> Result<Reply, Error> {
        match self.session.raw_at(&self.directory, line).await {
            Err(error) if repeat == Repeat::Safe && is_lost(&error) => {
                self.session.raw_at(&self.directory, line).await
            }
            reply => reply,
        }
    }

    /// Sends a command whose answer depends on an [option](Self::set_option) of `command`.
    pub(crate) async fn ask_with_option(
        &mut self,
        command: &str,
        path: &RemotePath,
    ) -> Result<Reply, Error> {
        self.renew_option(command).await?;
        self.ask(command, path, Repeat::Safe).await
    }

    /// Sends an OPTS of `command`. It is sent again before each command that depends on it, because
    /// nothing shows whether the connection is still the same.
    pub(crate) async fn set_option(
        &mut self,
        command: &'static str,
        line: &[u8],
    ) -> Result<Reply, Error> {
        let reply = self.ask_line(line, Repeat::Safe).await?;
        if reply.code() == ReplyCode::OKAY {
            self.options.insert(command, line.to_vec());
        }
        Ok(reply)
    }

    async fn renew_option(&mut self, command: &str) -> Result<(), Error> {
        if let Some(line) = self.options.get(command).cloned() {
            self.ask_line(&line, Repeat::Safe).await?;
        }
        Ok(())
    }

    /// Sends RNFR.
    pub(crate) async fn rename_from(&mut self, path: &RemotePath) -> Result<Reply, Error> {
        self.rename_from = None;
        let from = self.path(path);
        let reply = self.ask_line(&line("RNFR", &from), Repeat::Safe).await?;
        if reply.code() == ReplyCode::PENDING {
            self.rename_from = Some(from);
        }
        Ok(reply)
    }

    /// Sends RNTO. A new connection has not seen the RNFR, which is then sent again. Returns `None`
    /// if there was no RNFR.
    pub(crate) async fn rename_to(&mut self, path: &RemotePath) -> Result<Option<Reply>, Error> {
        let Some(from) = self.rename_from.take() else {
            return Ok(None);
        };
        let to = line("RNTO", &self.path(path));
        let reply = self.ask_line(&to, Repeat::Never).await?;
        if reply.code() != ReplyCode::BAD_SEQUENCE {
            return Ok(Some(reply));
        }
        let again = self.ask_line(&line("RNFR", &from), Repeat::Safe).await?;
        match again.code() {
            ReplyCode::PENDING => self.ask_line(&to, Repeat::Never).await.map(Some),
            _ => Ok(Some(again)),
        }
    }

    /// Returns to the login directory after a listing that was dropped on its way.
    pub(crate) async fn return_home(&mut self) {
        let home = RemotePath::login_directory();
        // If it fails, the next command opens another connection.
        let _ = self.session.raw_at(&home, "NOOP").await;
    }

    /// Begins a listing in the client's working directory.
    pub(crate) async fn begin_listing(
        &mut self,
        command: &ListingCommand,
        path: &RemotePath,
    ) -> Result<RawListing<'_>, Error> {
        if *command == ListingCommand::Mlsd {
            self.renew_option("MLST").await?;
        }
        let (session, directory) = (&mut self.session, &self.directory);
        session
            .raw_listing_stream_at(directory, command, path)
            .await
    }
}

/// Returns a copy of `path`, if it is absolute.
fn absolute(path: &RemotePath) -> Option<RemotePath> {
    path.is_absolute().then(|| path.clone())
}

fn line(verb: &str, path: &RemotePath) -> Vec<u8> {
    match path.is_login_directory() {
        true => verb.as_bytes().to_vec(),
        false => [verb.as_bytes(), b" ", path.as_bytes()].concat(),
    }
}
