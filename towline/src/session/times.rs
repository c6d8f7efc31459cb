//! Setting the modification times of files.

use jiff::Timestamp;
use towline_proto::command::Command;
use towline_proto::features::Feature;
use towline_proto::path::RemotePath;
use towline_proto::reply::{Reply, ReplyClass};

use super::Session;
use super::attempts::retrying;
use super::stat::is_unknown_command;
use crate::boxed::boxed;
use crate::error::Error;

impl Session {
    /// Sets the modification time of a file, to the second. Uses `MFMT`, or else `SITE UTIME`, if
    /// the server announces it. Returns `false` if the server supports neither.
    ///
    /// ```no_run
    /// # async fn example(session: &mut towline::Session) -> Result<(), Box<dyn std::error::Error>> {
    /// let path = towline::RemotePath::new("out/report.csv")?;
    /// let time = "2026-07-01T12:00:00Z".parse()?;
    /// if !session.set_modified(&path, time).await? {
    ///     eprintln!("this server does not set times");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Refused`](crate::ErrorKind::Refused) and
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) if the server refuses.
    pub async fn set_modified(
        &mut self,
        path: &RemotePath,
        time: Timestamp,
    ) -> Result<bool, Error> {
        retrying!(self, self.set_modified_once(path, time))
    }

    async fn set_modified_once(
        &mut self,
        path: &RemotePath,
        time: Timestamp,
    ) -> Result<bool, Error> {
        self.ensure_usable().await?;
        let Some(command) = self.time_command(path, time) else {
            return Ok(false);
        };
        let reply = self.command(&command).await?;
        match reply.class() {
            ReplyClass::Completion => Ok(true),
            // The server announces a command that it does not know.
            _ if is_unknown_command(reply.code()) => Ok(false),
            _ => {
                let what = "its modification time cannot be set";
                Err(Error::refused(what, reply).with_path(path))
            }
        }
    }

    /// Sets the modification time of the file at `path`. If the server cannot set times, reports
    /// this once a session.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Network`](crate::ErrorKind::Network) or
    /// [`ErrorKind::Timeout`](crate::ErrorKind::Timeout) if the connection fails.
    #[boxed]
    pub(crate) async fn set_time(
        &mut self,
        path: &RemotePath,
        time: Timestamp,
    ) -> Result<(), Error> {
        self.ensure_usable().await?;
        let reply = match self.time_command(path, time) {
            Some(command) => Some(self.command(&command).await?),
            None => None,
        };
        self.note_time(reply.as_ref());
        Ok(())
    }

    /// Returns the command that sets the time of a file on this server, if it announces one.
    pub(crate) fn time_command(&self, path: &RemotePath, time: Timestamp) -> Option<Command> {
        let features = self.features();
        if features.has(Feature::Mfmt) {
            Some(Command::Mfmt(time, path.clone()))
        } else if features.has(Feature::SiteUtime) {
            Some(Command::SiteUtime(time, path.clone()))
        } else {
            None
        }
    }

    /// Notes once that the server does not set times: because `reply` is a refusal, or because
    /// there is no reply, since the server has no command for it.
    pub(crate) fn note_time(&mut self, reply: Option<&Reply>) {
        let note = match reply {
            Some(reply) if reply.class() == ReplyClass::Completion => return,
            Some(reply) => {
                let (code, words) = (reply.code(), reply.text());
                format!("the server does not set modification times: {code} {words}")
            }
            None => "the server has no command to set modification times".to_owned(),
        };
        if !self.told_of_times {
            self.told_of_times = true;
            self.note(&note);
        }
    }
}
