//! The commands that identify the user. A login may be refused in irregular ways: none of them leads
//! to the same password being sent again, which can lock an account.

use towline_proto::command::Command;
use towline_proto::reply::{Reply, ReplyClass};

use super::Control;
use crate::error::{Error, ErrorDetail, ErrorKind, says_login_failed, wants_tls};
use crate::observer::Event;
use crate::server::is_too_many;

impl Control {
    /// Sends `command`, the user, the password or the account, and returns its final reply. An error
    /// shows whether the server has refused the login, or may have: if it is lost without a reply to
    /// a password or account that is not `proven`, that is, has never been accepted before.
    pub(in crate::control) async fn identify(
        &mut self,
        command: &Command,
        proven: bool,
    ) -> Result<Reply, Error> {
        let lost = match self.command(command).await {
            Err(error) if error.is_lost() => error,
            answered => return answered,
        };
        if let Some(reply) = lost.reply() {
            return Err(match says_login_failed(reply) || wants_tls(reply) {
                true => refused_login(reply.clone()),
                false => lost,
            });
        }
        let begun = self.begun_reply();
        match begun.as_ref().map(Reply::class) {
            Some(ReplyClass::Transient | ReplyClass::Permanent) => {
                Err(begun.map_or(lost, refused_login))
            }
            Some(ReplyClass::Completion) => Err(lost),
            _ if proven || matches!(command, Command::User(_)) => Err(lost),
            _ => {
                let note = "the server may have refused the login, which is not tried again";
                Err(lost
                    .with_note(note)
                    .with_detail(ErrorDetail::LoginUnanswered))
            }
        }
    }

    /// Whether the reply to such a command seems to have ended with a code that contradicts its
    /// first one.
    pub(super) fn contradicts_login(&self) -> bool {
        let is_login = matches!(self.exchange.awaited(), Some("USER" | "PASS" | "ACCT"));
        is_login && self.exchange.outstanding() == 1 && self.decoder.contradicts_itself()
    }

    /// Returns the error for such a reply, and gives up the connection.
    pub(super) fn contradicted_login(&mut self) -> Error {
        self.is_broken = true;
        let Some(reply) = self.begun_reply() else {
            return super::unusable();
        };
        match reply.class() {
            ReplyClass::Transient | ReplyClass::Permanent => refused_login(reply),
            _ => {
                let what = "the server's reply to the login ends with another code";
                let error = Error::new(ErrorKind::LoginRefused, what).with_reply(reply);
                error.with_detail(ErrorDetail::LoginRefused)
            }
        }
    }

    /// Returns the reply that has not ended, and reports it to the observer.
    fn begun_reply(&self) -> Option<Reply> {
        let mut reply = self.decoder.unfinished()?;
        reply.mask(&self.mask);
        self.observe(&Event::Reply { reply: &reply });
        Some(reply)
    }
}

/// Returns the error for a reply that does not accept the user, the password or the account.
pub(in crate::control) fn refused_login(reply: Reply) -> Error {
    if is_too_many(&reply) {
        let what = "the server allows no further connection";
        let error = Error::new(ErrorKind::Unavailable, what).with_reply(reply);
        return error.with_detail(ErrorDetail::TooManyConnections);
    }
    let detail = match wants_tls(&reply) {
        true => ErrorDetail::TlsWanted,
        false => ErrorDetail::LoginRefused,
    };
    let error = Error::new(ErrorKind::LoginRefused, "the server refuses the login");
    error.with_reply(reply).with_detail(detail)
}
