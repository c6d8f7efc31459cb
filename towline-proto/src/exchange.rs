//! The queue of commands that await a reply (RFC 959, sections 5.4 and 6).
//!
//! Servers answer in order, so each reply belongs to the oldest unanswered command. A reply
//! is never matched to another command, and a reply that no command awaits is an error.
//! Replies therefore never shift.
//!
//! ABOR needs no rule of its own. The server answers both the transfer that it stops and
//! the ABOR itself: with 426 and 226 (Pure-FTPd, pyftpdlib); or, if the transfer was already
//! over, with 226 and 225 (vsftpd) or with 226 twice (ProFTPD). 226 before 426 has been seen
//! too. Two replies are expected and two are recorded. After ABOR, continue reading until
//! nothing is [outstanding](Exchange::outstanding), and do not take either reply as the
//! result of the transfer.

use std::collections::VecDeque;

use thiserror::Error;

use crate::command::Command;
use crate::reply::{Reply, ReplyClass, ReplyCode};

/// The maximum number of 1yz replies to one command. The rule is one (RFC 959,
/// section 4.2), but Pure-FTPd 1.0.50 sends a second 150 with its measurements after a
/// transfer that was cut short.
pub const MAX_PRELIMINARY: u8 = 8;

/// What a command, or the start of a connection, awaits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expect {
    verb: &'static str,
    may_be_preliminary: bool,
}

impl Expect {
    /// Expects the greeting, which the server sends unasked. A 120 reply may precede it.
    #[must_use]
    pub const fn greeting() -> Self {
        Self {
            verb: "greeting",
            may_be_preliminary: true,
        }
    }
}

impl From<&Command> for Expect {
    fn from(command: &Command) -> Self {
        use Command::{
            Appe, List, ListAll, ListWith, Mlsd, Nlst, NlstWith, Other, Raw, Rein, Retr, Site,
            Stor, Stou,
        };
        let may_be_preliminary = matches!(
            command,
            Retr(_) | Stor(_) | Stou(_) | Appe(_) | List(_) | ListAll(_) | ListWith(..) | Nlst(_)
            | NlstWith(..) | Mlsd(_) | Rein
            // The contents of these commands are unknown.
            | Site(_) | Other(_) | Raw(_)
        );
        Self {
            verb: command.verb(),
            may_be_preliminary,
        }
    }
}

/// The command that a reply belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Matched {
    /// The verb of the command; `None` for a 421 that no command awaited.
    pub verb: Option<&'static str>,
    /// What the reply means for the command.
    pub kind: MatchKind,
}

/// What a reply means for its command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MatchKind {
    /// 1yz: the command continues; another reply follows.
    Preliminary,
    /// The command has been answered.
    Final,
    /// 421: the server ends the session. No command is outstanding any more.
    Goodbye,
}

/// A reply that no command awaits. The session must end, because later replies can no
/// longer be matched to commands.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("unexpected reply: {0}")]
pub struct StrayReply(pub Reply);

/// Matches replies to commands. Several commands may be outstanding at once.
#[derive(Debug, Default)]
pub struct Exchange {
    outstanding: VecDeque<Outstanding>,
    has_ended: bool,
}

#[derive(Debug)]
struct Outstanding {
    expect: Expect,
    /// Preliminary replies received so far for the oldest command.
    preliminary: u8,
}

impl Exchange {
    /// Returns an exchange without outstanding commands.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Records a command that is being sent, or [`Expect::greeting`].
    pub fn sent(&mut self, expect: impl Into<Expect>) {
        self.outstanding.push_back(Outstanding {
            expect: expect.into(),
            preliminary: 0,
        });
    }

    /// Matches a reply to the oldest unanswered command.
    ///
    /// # Errors
    ///
    /// [`StrayReply`] if no command is outstanding, if the command cannot have a 1yz reply
    /// or has had [`MAX_PRELIMINARY`] of them, or if a 421 came before.
    pub fn received(&mut self, reply: &Reply) -> Result<Matched, StrayReply> {
        if self.has_ended {
            return Err(StrayReply(reply.clone()));
        }
        if reply.code() == ReplyCode::SERVICE_UNAVAILABLE {
            self.has_ended = true;
            let verb = self.outstanding.front().map(|oldest| oldest.expect.verb);
            self.outstanding.clear();
            return Ok(Matched {
                verb,
                kind: MatchKind::Goodbye,
            });
        }
        let is_preliminary = reply.class() == ReplyClass::Preliminary;
        let kind = match self.outstanding.front_mut() {
            Some(oldest) if !is_preliminary => Some((oldest.expect.verb, MatchKind::Final)),
            Some(oldest)
                if oldest.expect.may_be_preliminary && oldest.preliminary < MAX_PRELIMINARY =>
            {
                oldest.preliminary += 1;
                Some((oldest.expect.verb, MatchKind::Preliminary))
            }
            _ => None,
        };
        let (verb, kind) = kind.ok_or_else(|| StrayReply(reply.clone()))?;
        if kind == MatchKind::Final {
            self.outstanding.pop_front();
        }
        Ok(Matched {
            verb: Some(verb),
            kind,
        })
    }

    /// Returns the verb of the oldest unanswered command, whose reply comes next.
    #[must_use]
    pub fn awaited(&self) -> Option<&'static str> {
        self.outstanding.front().map(|oldest| oldest.expect.verb)
    }

    /// Returns whether `reply` may be the end of an earlier transfer rather than the reply to the oldest
    /// unanswered command: it says `226`, and that command moves no data.
    #[must_use]
    pub fn may_be_late(&self, reply: &Reply) -> bool {
        let moves_data = |expect: &Expect| expect.may_be_preliminary || expect.verb == "ABOR";
        let oldest = self.outstanding.front();
        reply.code() == ReplyCode::TRANSFER_COMPLETE
            && oldest.is_some_and(|oldest| !moves_data(&oldest.expect))
    }

    /// Returns the number of unanswered commands.
    #[must_use]
    pub fn outstanding(&self) -> usize {
        self.outstanding.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::path::RemotePath;

    fn reply(code: u16) -> Reply {
        Reply::new(ReplyCode::try_from(code).expect("a code"), "")
    }

    fn booked(exchange: &mut Exchange, code: u16) -> Option<(&'static str, MatchKind)> {
        let matched = exchange.received(&reply(code)).ok()?;
        Some((matched.verb.unwrap_or(""), matched.kind))
    }

    #[test]
    fn only_commands_that_move_data_end_with_226() {
        let complete = reply(226);
        let mut exchange = Exchange::new();
        assert!(!exchange.may_be_late(&complete), "nothing is outstanding");
        exchange.sent(&Command::TypeImage);
        assert!(exchange.may_be_late(&complete));
        assert!(!exchange.may_be_late(&reply(200)));
        for command in [retr(), Command::Abor] {
            let mut exchange = Exchange::new();
            exchange.sent(&command);
            assert!(!exchange.may_be_late(&complete), "{command:?}");
        }
    }

    fn retr() -> Command {
        Command::Retr(RemotePath::new("a").expect("a path"))
    }

    #[test]
    fn books_each_reply_to_the_oldest_command() {
        let mut exchange = Exchange::new();
        exchange.sent(Expect::greeting());
        assert_eq!(
            booked(&mut exchange, 120),
            Some(("greeting", MatchKind::Preliminary))
        );
        assert_eq!(
            booked(&mut exchange, 220),
            Some(("greeting", MatchKind::Final))
        );
        for command in [retr(), Command::Epsv, Command::Pwd] {
            exchange.sent(&command);
        }
        assert_eq!(exchange.outstanding(), 3);
        assert_eq!(
            booked(&mut exchange, 150),
            Some(("RETR", MatchKind::Preliminary))
        );
        assert_eq!(booked(&mut exchange, 226), Some(("RETR", MatchKind::Final)));
        assert_eq!(booked(&mut exchange, 229), Some(("EPSV", MatchKind::Final)));
        assert_eq!(booked(&mut exchange, 550), Some(("PWD", MatchKind::Final)));
        assert_eq!(exchange.outstanding(), 0);
    }

    #[test]
    fn refuses_a_reply_that_nobody_awaits() {
        let mut exchange = Exchange::new();
        assert_eq!(exchange.received(&reply(226)), Err(StrayReply(reply(226))));
        exchange.sent(&Command::Noop);
        assert_eq!(exchange.received(&reply(150)), Err(StrayReply(reply(150))));
        assert_eq!(exchange.outstanding(), 1);
    }

    #[test]
    fn allows_a_few_preliminary_replies() {
        let mut exchange = Exchange::new();
        exchange.sent(&retr());
        for _ in 0..MAX_PRELIMINARY {
            assert_eq!(
                booked(&mut exchange, 150),
                Some(("RETR", MatchKind::Preliminary))
            );
        }
        assert_eq!(exchange.received(&reply(150)), Err(StrayReply(reply(150))));
        assert_eq!(booked(&mut exchange, 426), Some(("RETR", MatchKind::Final)));
    }

    #[test]
    fn takes_the_replies_to_an_abort_in_either_order() {
        for [first, second] in [[426, 226], [226, 225], [226, 426], [426, 225], [426, 500]] {
            let mut exchange = Exchange::new();
            exchange.sent(&retr());
            assert!(booked(&mut exchange, 150).is_some());
            exchange.sent(&Command::Abor);
            assert_eq!(
                booked(&mut exchange, first),
                Some(("RETR", MatchKind::Final))
            );
            assert_eq!(exchange.outstanding(), 1);
            assert_eq!(
                booked(&mut exchange, second),
                Some(("ABOR", MatchKind::Final))
            );
            assert_eq!(exchange.outstanding(), 0);
        }
    }

    #[test]
    fn ends_with_421_at_any_time() {
        let mut idle = Exchange::new();
        assert_eq!(booked(&mut idle, 421), Some(("", MatchKind::Goodbye)));
        let mut busy = Exchange::new();
        busy.sent(&retr());
        busy.sent(&Command::Epsv);
        assert_eq!(booked(&mut busy, 421), Some(("RETR", MatchKind::Goodbye)));
        assert_eq!(busy.outstanding(), 0);
        busy.sent(&Command::Epsv);
        for code in [229, 421] {
            assert_eq!(busy.received(&reply(code)), Err(StrayReply(reply(code))));
        }
    }
}
