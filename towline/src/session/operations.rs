//! Operations that need no data connection.

use towline_proto::body::{parse_mdtm, parse_size};
use towline_proto::command::Command;
use towline_proto::path::RemotePath;
use towline_proto::reply::{Reply, ReplyClass};

use super::Session;
use super::attempts::retrying;
use crate::error::{Error, ErrorDetail, ErrorKind};

/// What a server made of a rename.
#[derive(Debug)]
pub(crate) enum Rename {
    Done,
    /// It refused `RNFR`.
    SourceRefused(Reply),
    /// It refused `RNTO`.
    TargetRefused(Reply),
    /// `RNTO` may have gone out, and its reply has not come.
    InDoubt(Error),
}

impl Session {
    /// The size of a file in bytes (`SIZE`, RFC 3659 section 4). `None` if the server does not
    /// know the command or has no answer for this path.
    ///
    /// # Errors
    ///
    /// Those of the connection.
    pub async fn size(&mut self, path: &RemotePath) -> Result<Option<u64>, Error> {
        retrying!(self, self.ask_size(path))
    }

    pub(crate) async fn ask_size(&mut self, path: &RemotePath) -> Result<Option<u64>, Error> {
        let reply = self.ask(&Command::Size(path.clone())).await?;
        Ok(reply.and_then(|reply| parse_size(&reply).ok()))
    }

    /// When a file was last changed (`MDTM`, RFC 3659 section 3). `None` as for [`Self::size`].
    ///
    /// # Errors
    ///
    /// Those of the connection.
    pub async fn modified(&mut self, path: &RemotePath) -> Result<Option<jiff::Timestamp>, Error> {
        retrying!(self, self.ask_modified(path))
    }

    pub(crate) async fn ask_modified(
        &mut self,
        path: &RemotePath,
    ) -> Result<Option<jiff::Timestamp>, Error> {
        let reply = self.ask(&Command::Mdtm(path.clone())).await?;
        Ok(reply.and_then(|reply| parse_mdtm(&reply).ok()))
    }

    /// Renames `from` to `to` on the server (`RNFR`, `RNTO`). Whether an existing target is replaced
    /// is the server's decision; the observed ones replace files.
    ///
    /// # Errors
    ///
    /// If the server refuses.
    pub async fn rename(&mut self, from: &RemotePath, to: &RemotePath) -> Result<(), Error> {
        self.ensure_usable().await?;
        match self.rename_once(from, to).await? {
            Rename::Done => Ok(()),
            Rename::SourceRefused(reply) => {
                Err(
                    not_renamed("cannot be renamed", reply, ErrorDetail::RenameFromRefused)
                        .with_path(from),
                )
            }
            Rename::TargetRefused(reply) => {
                let what = format!("cannot be renamed to {to}");
                Err(not_renamed(&what, reply, ErrorDetail::RenameToRefused).with_path(from))
            }
            Rename::InDoubt(error) => Err(error),
        }
    }

    /// One rename, on a connection that is usable.
    pub(crate) async fn rename_once(
        &mut self,
        from: &RemotePath,
        to: &RemotePath,
    ) -> Result<Rename, Error> {
        let reply = self.command(&Command::Rnfr(from.clone())).await?;
        if reply.class() != ReplyClass::Intermediate {
            return Ok(Rename::SourceRefused(reply));
        }
        Ok(match self.command(&Command::Rnto(to.clone())).await {
            Ok(reply) if reply.class() == ReplyClass::Completion => Rename::Done,
            Ok(reply) => Rename::TargetRefused(reply),
            Err(error) => Rename::InDoubt(error),
        })
    }

    /// Removes a file, or a link but not what it points to (`DELE`).
    ///
    /// # Errors
    ///
    /// If the server refuses.
    pub async fn remove_file(&mut self, path: &RemotePath) -> Result<(), Error> {
        self.act(&Command::Dele(path.clone()), "cannot be removed", path)
            .await
    }

    /// Makes a directory (`MKD`).
    ///
    /// # Errors
    ///
    /// If the server refuses, as it does for one that exists.
    pub async fn create_dir(&mut self, path: &RemotePath) -> Result<(), Error> {
        let make = Command::Mkd(path.clone());
        let made = self.act(&make, "cannot be created", path).await;
        made.map_err(|error| match error.kind() {
            ErrorKind::NotFound => error.with_detail(ErrorDetail::NoParentDirectory),
            _ => error,
        })
    }

    /// Removes an empty directory (`RMD`).
    ///
    /// # Errors
    ///
    /// If the server refuses, as it does for one that is not empty.
    pub async fn remove_dir(&mut self, path: &RemotePath) -> Result<(), Error> {
        self.act(&Command::Rmd(path.clone()), "cannot be removed", path)
            .await
    }

    /// A question that a server may leave unanswered with 5yz.
    pub(crate) async fn ask(&mut self, command: &Command) -> Result<Option<Reply>, Error> {
        self.ensure_usable().await?;
        let reply = self.command(command).await?;
        match reply.class() {
            ReplyClass::Completion => Ok(Some(reply)),
            ReplyClass::Permanent | ReplyClass::Transient => Ok(None),
            _ => Err(Error::refused(
                format!("{} went wrong", command.verb()),
                reply,
            )),
        }
    }

    async fn act(&mut self, command: &Command, what: &str, path: &RemotePath) -> Result<(), Error> {
        self.ensure_usable().await?;
        let reply = self.command(command).await?;
        if reply.class() == ReplyClass::Completion {
            return Ok(());
        }
        Err(Error::refused(what, reply).with_path(path))
    }
}

/// A refused rename: `detail` says of which command, unless the reply tells more.
fn not_renamed(what: &str, reply: Reply, detail: ErrorDetail) -> Error {
    let error = Error::refused(what, reply);
    match error.detail() {
        Some(ErrorDetail::CommandRefused) => error.with_detail(detail),
        _ => error,
    }
}
