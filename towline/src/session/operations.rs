//! Operations that need no data connection.

use towline_proto::body::{parse_mdtm, parse_size};
use towline_proto::command::Command;
use towline_proto::path::RemotePath;
use towline_proto::reply::{Reply, ReplyClass};

use super::Session;
use super::attempts::retrying;
use crate::boxed::boxed;
use crate::error::{Error, ErrorDetail, ErrorKind, says_no_directory};

/// What is at the old name of a file after the reply to its rename is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OldName {
    There,
    Gone,
    Unknown,
}

/// The server's answer to a rename.
#[derive(Debug)]
pub(crate) enum Rename {
    Done,
    /// The server refused `RNFR`.
    SourceRefused(Reply),
    /// The server refused `RNTO`.
    TargetRefused(Reply),
    /// The outcome is unknown: `RNTO` may have been sent, but its reply did not arrive.
    InDoubt(Error),
}

impl Rename {
    /// Returns the error, unless the rename was made.
    fn outcome(self, from: &RemotePath, to: &RemotePath) -> Result<(), Error> {
        let error = match self {
            Self::Done => return Ok(()),
            Self::SourceRefused(reply) => {
                let detail = ErrorDetail::RenameFromRefused;
                not_renamed("cannot be renamed", reply, detail)
            }
            Self::TargetRefused(reply) => {
                let what = format!("cannot be renamed to {to}");
                not_renamed(&what, reply, ErrorDetail::RenameToRefused)
            }
            Self::InDoubt(lost) => {
                let doubt = format!("it is not known whether its name is {to} now");
                lost.with_detail(ErrorDetail::RenameInDoubt)
                    .with_note(doubt)
            }
        };
        Err(error.with_path(from))
    }
}

impl Session {
    /// Returns the size of a file in bytes (`SIZE`, RFC 3659 section 4). Returns `None` if the
    /// server does not know the command or has no answer for this path, and for a size below zero,
    /// which servers with 32-bit sizes give for a large file.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Network`] or [`ErrorKind::Timeout`] if the connection fails.
    /// [`ErrorKind::Protocol`] if the answer is not a size.
    pub async fn size(&mut self, path: &RemotePath) -> Result<Option<u64>, Error> {
        retrying!(self, self.ask_size(path))
    }

    #[boxed]
    pub(crate) async fn ask_size(&mut self, path: &RemotePath) -> Result<Option<u64>, Error> {
        let Some(reply) = self.ask(&Command::Size(path.clone())).await? else {
            return Ok(None);
        };
        match parse_size(&reply) {
            Ok(size) => Ok(Some(size)),
            Err(_) if is_of_empty_file(&reply) => Ok(None),
            Err(_) if is_below_zero(&reply) => {
                self.note(&format!(
                    "{path}: the server gives a negative size, which is ignored"
                ));
                Ok(None)
            }
            Err(_) => {
                let what = "the server's answer to SIZE is not a size";
                let error = Error::protocol(ErrorDetail::UnreadableReply, what);
                Err(error.with_reply(reply).with_path(path))
            }
        }
    }

    /// Returns when a file was last changed (`MDTM`, RFC 3659 section 3). Returns `None` as
    /// [`Self::size`] does.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Network`] or [`ErrorKind::Timeout`] if the connection fails.
    pub async fn modified(&mut self, path: &RemotePath) -> Result<Option<jiff::Timestamp>, Error> {
        retrying!(self, self.ask_modified(path))
    }

    #[boxed]
    pub(crate) async fn ask_modified(
        &mut self,
        path: &RemotePath,
    ) -> Result<Option<jiff::Timestamp>, Error> {
        let reply = self.ask(&Command::Mdtm(path.clone())).await?;
        Ok(reply.and_then(|reply| parse_mdtm(&reply).ok()))
    }

    /// Renames `from` to `to` on the server (`RNFR`, `RNTO`), and looks at the new name. The server
    /// decides whether to replace an existing target; the observed servers replace files.
    ///
    /// If the reply is lost, a new connection shows both names. The rename is never repeated,
    /// because another file may have taken the old name since.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Refused`] or [`ErrorKind::NotFound`] if the server refuses.
    /// [`ErrorKind::Refused`] with [`ErrorDetail::OtherNameGiven`] if it gives another name.
    /// [`ErrorKind::Network`] or [`ErrorKind::Timeout`] if the connection fails; with
    /// [`ErrorDetail::RenameInDoubt`] if it is unknown whether the file was renamed.
    pub async fn rename(&mut self, from: &RemotePath, to: &RemotePath) -> Result<(), Error> {
        let renamed = match self.try_to_rename(from, to).await? {
            Rename::InDoubt(lost) => self.resolve_rename(from, to, lost).await?,
            answered => answered,
        };
        renamed.outcome(from, to)?;
        self.confirm_rename(to).await
    }

    /// Renames once, and names the file in an error.
    async fn try_to_rename(&mut self, from: &RemotePath, to: &RemotePath) -> Result<Rename, Error> {
        self.ensure_usable().await?;
        let renamed = self.rename_once(from, to).await;
        renamed.map_err(|error| error.with_path(from).with_note("it was not renamed"))
    }

    /// Looks at both names after the reply to a rename is `lost`.
    #[boxed]
    async fn resolve_rename(
        &mut self,
        from: &RemotePath,
        to: &RemotePath,
        lost: Error,
    ) -> Result<Rename, Error> {
        let is_gone = self.look_at_old_name(from).await == OldName::Gone;
        Ok(match is_gone && self.has_new_name(to, None).await {
            true => Rename::Done,
            false => Rename::InDoubt(lost),
        })
    }

    /// Looks, over a new connection, whether a file still has its name, after the reply to its
    /// rename is lost.
    #[boxed]
    pub(crate) async fn look_at_old_name(&mut self, from: &RemotePath) -> OldName {
        self.note("the reply to a rename is lost; a new connection shows the result");
        match retrying!(self, self.describe(from)) {
            Ok(_) => OldName::There,
            Err(error) if error.kind() == ErrorKind::NotFound => OldName::Gone,
            Err(_) => OldName::Unknown,
        }
    }

    /// Returns whether a file that has lost its old name has the name `to`: one of that size, if it
    /// is known.
    #[boxed]
    pub(crate) async fn has_new_name(&mut self, to: &RemotePath, size: Option<u64>) -> bool {
        match size {
            Some(_) => retrying!(self, self.ask_size(to)).is_ok_and(|is| is == size),
            None => retrying!(self, self.describe(to)).is_ok(),
        }
    }

    /// Renames `from` to `to`, without a look at any name.
    #[boxed]
    pub(crate) async fn rename_unseen(
        &mut self,
        from: &RemotePath,
        to: &RemotePath,
    ) -> Result<(), Error> {
        self.ensure_usable().await?;
        match self.rename_once(from, to).await? {
            Rename::InDoubt(error) => Err(error),
            answered => answered.outcome(from, to),
        }
    }

    /// Renames once, over a usable connection.
    #[boxed]
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

    /// Removes a file (`DELE`). Removes a link, but not what it points to.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Refused`] or [`ErrorKind::NotFound`] if the server refuses.
    /// [`ErrorKind::Network`] or [`ErrorKind::Timeout`] if the connection fails.
    pub async fn remove_file(&mut self, path: &RemotePath) -> Result<(), Error> {
        self.act(&Command::Dele(path.clone()), "cannot be removed", path)
            .await
            .map(drop)
    }

    /// Creates a directory (`MKD`), and looks at its name unless the reply shows it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Refused`] or [`ErrorKind::NotFound`] if the server refuses, for example because
    /// the directory exists. [`ErrorKind::Refused`] with [`ErrorDetail::OtherNameGiven`] if it
    /// gives another name. [`ErrorKind::Network`] or [`ErrorKind::Timeout`] if the connection
    /// fails.
    pub async fn create_dir(&mut self, path: &RemotePath) -> Result<(), Error> {
        let make = Command::Mkd(path.clone());
        let made = self.act(&make, "cannot be created", path).await;
        let reply = made.map_err(|error| match error.kind() {
            ErrorKind::NotFound => error.with_detail(ErrorDetail::NoParentDirectory),
            _ => error,
        })?;
        self.confirm_directory(path, &reply).await
    }

    /// Removes an empty directory (`RMD`).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Refused`] or [`ErrorKind::NotFound`] if the server refuses, for example because
    /// the directory is not empty; with [`ErrorDetail::NotADirectory`] if it says that there is
    /// none, as ftp-srv 4.6 does of a link. [`ErrorKind::Network`] or [`ErrorKind::Timeout`] if the
    /// connection fails.
    pub async fn remove_dir(&mut self, path: &RemotePath) -> Result<(), Error> {
        let command = Command::Rmd(path.clone());
        let removed = self.act(&command, "cannot be removed", path).await;
        removed.map(drop).map_err(|error| match error.reply() {
            Some(reply) if says_no_directory(reply) => {
                error.with_detail(ErrorDetail::NotADirectory)
            }
            _ => error,
        })
    }

    /// Sends a query. Returns `None` if the server answers in the negative.
    #[boxed]
    pub(crate) async fn ask(&mut self, command: &Command) -> Result<Option<Reply>, Error> {
        self.ensure_usable().await?;
        let reply = self.command(command).await?;
        match reply.class() {
            ReplyClass::Completion => Ok(Some(reply)),
            ReplyClass::Permanent | ReplyClass::Transient => Ok(None),
            _ => Err(Error::refused(
                format!("unexpected reply to {}", command.verb()),
                reply,
            )),
        }
    }

    #[boxed]
    async fn act(
        &mut self,
        command: &Command,
        what: &str,
        path: &RemotePath,
    ) -> Result<Reply, Error> {
        self.ensure_usable().await?;
        let answered = self.command(command).await.map_err(|lost| {
            let doubt = format!(
                "it is not known whether the server carried out {}",
                command.verb()
            );
            lost.with_path(path).with_note(doubt)
        });
        let reply = answered?;
        if reply.class() == ReplyClass::Completion {
            return Ok(reply);
        }
        Err(Error::refused(what, reply).with_path(path))
    }
}

/// Whether this is the answer of ftp-srv 4.6 to SIZE for an empty file.
fn is_of_empty_file(reply: &Reply) -> bool {
    matches!(reply.lines(), [line] if line.trim_ascii() == b"File status")
}

/// Whether the reply to SIZE holds a number below zero.
fn is_below_zero(reply: &Reply) -> bool {
    let [line] = reply.lines() else {
        return false;
    };
    let number = line.trim_ascii().strip_prefix(b"-");
    number.is_some_and(|digits| !digits.is_empty() && digits.iter().all(u8::is_ascii_digit))
}

/// Returns the error for a refused rename. `detail` names the refused command, unless the reply
/// says more.
fn not_renamed(what: &str, reply: Reply, detail: ErrorDetail) -> Error {
    let error = Error::refused(what, reply);
    match error.detail() {
        Some(ErrorDetail::CommandRefused) => error.with_detail(detail),
        _ => error,
    }
}
