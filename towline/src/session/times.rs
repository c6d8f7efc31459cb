//! Setting the modification times of files.

use jiff::Timestamp;
use towline_proto::command::Command;
use towline_proto::features::Feature;
use towline_proto::path::RemotePath;
use towline_proto::reply::{Reply, ReplyClass};

use super::Session;
use crate::error::Error;

impl Session {
    /// Gives the file at `path` its time: `MFMT`, else `SITE UTIME`, where the server announces them.
    /// A server that does not do it is noted, once a session.
    ///
    /// # Errors
    ///
    /// Those of the connection.
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

    /// The command by which this server sets the time of a file, if it announces one.
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

    /// Tells the observer, once, if `reply` shows that the server does not set times, or if there is none
    /// because it has no command for it.
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
