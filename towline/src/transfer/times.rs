//! Keeping the time of a file that is uploaded.

use jiff::Timestamp;
use towline_proto::command::Command;
use towline_proto::features::Feature;
use towline_proto::path::RemotePath;
use towline_proto::reply::ReplyClass;

use crate::error::Error;
use crate::observer::Event;
use crate::session::Session;

impl Session {
    /// Gives the file at `path` its time: `MFMT`, else `SITE UTIME`, where the server announces them.
    /// A server that does not do it is noted, once a session.
    ///
    /// # Errors
    ///
    /// Those of the connection.
    pub(super) async fn set_time(
        &mut self,
        path: &RemotePath,
        time: Timestamp,
    ) -> Result<(), Error> {
        self.ensure_usable().await?;
        let features = &self.link.features;
        let command = if features.has(Feature::Mfmt) {
            Some(Command::Mfmt(time, path.clone()))
        } else if features.has(Feature::SiteUtime) {
            Some(Command::SiteUtime(time, path.clone()))
        } else {
            None
        };
        let note = match command {
            Some(command) => {
                let reply = self.link.control.command(&command).await?;
                if reply.class() == ReplyClass::Completion {
                    return Ok(());
                }
                let (code, words) = (reply.code(), reply.text());
                format!("the server does not set modification times: {code} {words}")
            }
            None => "the server has no command to set modification times".to_owned(),
        };
        if !self.told_of_times {
            self.told_of_times = true;
            self.link.control.observe(&Event::Note { text: &note });
        }
        Ok(())
    }
}
