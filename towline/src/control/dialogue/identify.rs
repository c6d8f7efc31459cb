//! The commands that identify the user. A login may be refused in irregular ways: none of them
//! leads to the same password being sent again, which can lock an account.

use towline_proto::command::Command;
use towline_proto::reply::{Reply, ReplyClass};

use super::Control;
use crate::error::{Error, ErrorDetail, ErrorKind, says_busy, says_login_failed, wants_tls};
use crate::observer::Event;
use crate::server::is_too_many;

impl Control {
    /// Sends `command` (the user, the password or the account) and returns its final reply. The
    /// error shows whether the server has refused the login. If the session ends after a password
    /// or account that the server has never accepted before (not `proven`), this counts as a
    /// possible refusal, unless a reply says that the server is busy.
    pub(in crate::control) async fn identify(
        &mut self,
        command: &Command,
        proven: bool,
    ) -> Result<Reply, Error> {
        let lost = match self.command(command).await {
            Err(error) if error.is_lost() => error,
            answered => return answered,
        };
        let is_busy = match lost.reply() {
            Some(reply) if says_login_failed(reply) => {
                return Err(refused_login(reply.clone()));
            }
            Some(reply) => is_too_many(reply) || says_busy(reply),
            None => match self.begun_reply() {
                Some(begun) if is_negative(&begun) => return Err(refused_login(begun)),
                _ => false,
            },
        };
        if is_busy || proven || matches!(command, Command::User(_)) {
            return Err(lost);
        }
        let note = "the server may have refused the login, which is not tried again";
        let error = lost.with_note(note);
        Err(error.with_detail(ErrorDetail::LoginUnanswered))
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
        if is_negative(&reply) {
            return refused_login(reply);
        }
        let what = "the server's reply to the login begins with one code and ends with another";
        let error = Error::new(ErrorKind::LoginRefused, what).with_reply(reply);
        error.with_detail(ErrorDetail::LoginUnanswered)
    }

    /// Returns the reply that has not ended, and reports it to the observer.
    fn begun_reply(&self) -> Option<Reply> {
        let mut reply = self.decoder.unfinished()?;
        reply.mask(&self.mask);
        self.observe(&Event::Reply { reply: &reply });
        Some(reply)
    }
}

fn is_negative(reply: &Reply) -> bool {
    matches!(reply.class(), ReplyClass::Transient | ReplyClass::Permanent)
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
