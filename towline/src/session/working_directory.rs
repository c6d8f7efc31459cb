//! Enters other surroundings than those of the login, and returns: the working directory and the
//! representation type.

use towline_proto::body::parse_pwd;
use towline_proto::command::Command;
use towline_proto::path::RemotePath;
use towline_proto::reply::ReplyClass;

use super::Session;
use super::surroundings::Surroundings;
use crate::boxed::boxed;
use crate::error::Error;

impl Session {
    /// Returns the path of the login directory, if the server names it (`PWD`).
    pub(super) async fn home(&mut self) -> Result<Option<RemotePath>, Error> {
        if let Some(home) = self.shared.lessons().home() {
            return Ok(home);
        }
        self.ensure_usable().await?;
        let home = self.working_directory().await?;
        self.shared.lessons().learned_of_home(home.clone());
        Ok(home)
    }

    /// Makes `path` the working directory. It stays so, also over a new control connection, until
    /// [`Self::go_back`].
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Refused`](crate::ErrorKind::Refused) or
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) if it is not a directory that can be
    /// entered. The working directory is then the login directory.
    pub(super) async fn enter(&mut self, path: &RemotePath) -> Result<(), Error> {
        let ascii = self.wanted.ascii;
        self.wanted = Surroundings::default();
        self.home().await?;
        self.wanted = Surroundings {
            directory: (!path.is_login_directory()).then(|| path.clone()),
            ascii,
            sequence: false,
        };
        let entered = self.ensure_usable().await;
        if entered.is_err() {
            self.wanted = Surroundings::default();
        }
        entered
    }

    /// Returns to the login directory and to `TYPE I`. If that fails, the next operation opens a
    /// new control connection.
    #[boxed]
    pub(super) async fn go_back(&mut self) {
        self.wanted = Surroundings::default();
        if self.actual == self.wanted || !self.is_usable() {
            return;
        }
        if self.restore_surroundings().await.is_err() {
            self.give_up();
        }
    }

    /// Enters the directory `path`, and returns. Fails as [`Self::enter`] does.
    #[boxed]
    pub(super) async fn visit(&mut self, path: &RemotePath) -> Result<(), Error> {
        let entered = self.enter(path).await;
        self.go_back().await;
        entered
    }

    /// Returns the path of the directory `path` as the server names it (`CWD`, `PWD`): without the
    /// links in it, if the server resolves them (vsftpd 3.0.3 does, ProFTPD 1.3.8 and pyftpdlib
    /// 2.2.0 do not). Returns `None` if the server does not name it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Refused`](crate::ErrorKind::Refused) or
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) if the directory cannot be entered.
    pub async fn real_path(&mut self, path: &RemotePath) -> Result<Option<RemotePath>, Error> {
        self.enter(path).await?;
        let named = self.working_directory().await;
        self.go_back().await;
        named
    }

    /// Makes the wanted surroundings the actual ones.
    #[boxed]
    pub(super) async fn restore_surroundings(&mut self) -> Result<(), Error> {
        let Surroundings {
            directory, ascii, ..
        } = self.wanted.clone();
        if self.actual.sequence && !self.wanted.sequence {
            // Whatever the reply is, no server takes the command after it for the rest of a
            // sequence.
            self.command(&Command::Noop).await?;
            self.actual.sequence = false;
        }
        if self.actual.ascii != ascii {
            let command = match ascii {
                true => Command::TypeAscii,
                false => Command::TypeImage,
            };
            self.link.control.expect(&command).await?;
            self.actual.ascii = ascii;
        }
        if self.actual.directory == directory {
            return Ok(());
        }
        if self.actual.directory.is_some() {
            self.leave().await?;
        }
        if let Some(path) = directory {
            let reply = self.command(&Command::Cwd(path.clone())).await?;
            if reply.class() != ReplyClass::Completion {
                return Err(Error::refused("cannot be entered", reply).with_path(&path));
            }
            self.actual.directory = Some(path);
        }
        Ok(())
    }

    /// Returns to the login directory: by its path, or else over a new control connection.
    async fn leave(&mut self) -> Result<(), Error> {
        if let Some(Some(home)) = self.shared.lessons().home() {
            let reply = self.command(&Command::Cwd(home)).await?;
            if reply.class() == ReplyClass::Completion {
                self.actual.directory = None;
                return Ok(());
            }
        }
        let ascii = self.wanted.ascii;
        self.reconnect(self.link.only_tls12).await?;
        if ascii {
            self.link.control.expect(&Command::TypeAscii).await?;
            self.actual.ascii = true;
        }
        Ok(())
    }

    async fn working_directory(&mut self) -> Result<Option<RemotePath>, Error> {
        let reply = self.command(&Command::Pwd).await?;
        let path = parse_pwd(&reply).ok();
        Ok(path.filter(|path| !path.is_login_directory()))
    }
}
