//! Irregular replies that are tolerated, because no reply can be taken for another.

use std::mem::take;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Sleep, sleep};
use towline_proto::reply::{Reply, ReplyClass, ReplyCode};

use crate::server::{OtherEnd, OtherEnds};

/// How long a server must be silent after a line that may have ended its reply.
const SILENCE: Duration = Duration::from_secs(2);

/// The same for a server that is known to end replies in this way.
const SHORT_SILENCE: Duration = Duration::from_millis(250);

/// A second reply to `OPTS` may come among this many replies, counted from the reply to the next
/// command.
const REPEATED_AMONG: u8 = 2;

/// What is known about the irregular replies of one control connection.
#[derive(Debug)]
pub(super) struct Tolerance {
    silence: Duration,
    timer: Option<Pin<Box<Sleep>>>,
    /// How the last reply ended, if another code has ended it.
    other_end: Option<OtherEnd>,
    /// How replies of this server have ended.
    known_ends: OtherEnds,
    /// Whether the last reply to `OPTS` was positive, and no second one has come yet.
    options_accepted: bool,
    /// The number of replies, from the reply to `OPTS` on, after which it cannot be repeated.
    may_repeat: u8,
    /// The replies to commands that some servers answer twice.
    early: Vec<(&'static str, Reply)>,
    /// A reply that may be the second one to an earlier command.
    held: Option<(Reply, Repetition)>,
    /// Whether this server gives different commands the same reply.
    repeats_itself: bool,
}

/// The commands of the greeting and the login that some servers answer twice.
const ANSWERED_TWICE: [&str; 5] = ["OPTS", "CLNT", "SYST", "FEAT", "PBSZ"];

/// What a reply may be that repeats the reply to an earlier command, word for word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repetition {
    /// The command that awaits a reply has none with this code.
    Certain,
    /// It may be the reply to the command.
    Possible,
}

impl Tolerance {
    /// `limit` is the time limit of a reply, and `known_ends` how replies of the server have ended.
    pub(super) fn new(limit: Duration, known_ends: OtherEnds) -> Self {
        Self {
            silence: SILENCE.min(limit / 2),
            timer: None,
            other_end: None,
            known_ends,
            options_accepted: false,
            may_repeat: 0,
            early: Vec::new(),
            held: None,
            repeats_itself: false,
        }
    }

    /// Records that something has arrived.
    pub(super) fn received(&mut self) {
        self.timer = None;
    }

    /// Ready once nothing has arrived for a while after a line that may have ended a reply in this
    /// way.
    pub(super) fn poll_silence(&mut self, end: OtherEnd, cx: &mut Context<'_>) -> Poll<()> {
        let silence = match self.known_ends.knows(end) {
            true => self.silence.min(SHORT_SILENCE),
            false => self.silence,
        };
        self.poll_timer(silence, cx)
    }

    /// Ready once nothing has arrived for a while after a line that contradicts its reply.
    pub(super) fn poll_long_silence(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.poll_timer(self.silence, cx)
    }

    fn poll_timer(&mut self, silence: Duration, cx: &mut Context<'_>) -> Poll<()> {
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep(silence)));
        timer.as_mut().poll(cx)
    }

    /// Records that a reply has ended in this way, as far as is known.
    pub(super) fn ended_with_other_code(&mut self, end: OtherEnd) {
        self.timer = None;
        self.other_end = Some(end);
    }

    /// Returns, once, how the last reply ended, if another code has ended it.
    pub(super) fn take_other_end(&mut self) -> Option<OtherEnd> {
        self.other_end.take()
    }

    /// Records that nothing followed a reply that ended in this way.
    pub(super) fn confirmed(&self, end: OtherEnd) {
        self.known_ends.learned(end);
    }

    /// Records the final reply to a command.
    pub(super) fn answered(&mut self, verb: &str, reply: &Reply) {
        if let Some(early) = ANSWERED_TWICE.iter().find(|early| **early == verb) {
            self.early.retain(|(other, _)| other != early);
            self.early.push((early, reply.clone()));
        }
        self.may_repeat = self.may_repeat.saturating_sub(1);
        if verb == "OPTS" {
            self.may_repeat = REPEATED_AMONG;
            self.options_accepted = is_positive(reply);
        }
    }

    /// Whether `reply`, which no command awaits, repeats the reply to an early command, or is the
    /// reply to the command after `OPTS`, for which the repetition was taken. If both are positive,
    /// it does not matter which is which.
    pub(super) fn is_repeated(&mut self, reply: &Reply) -> bool {
        if self.early.iter().any(|(_, before)| before == reply) {
            return true;
        }
        self.may_repeat > 0 && take(&mut self.options_accepted) && is_positive(reply)
    }

    /// Returns whether `reply`, which the command `verb` awaits, may be the late second reply to an
    /// earlier command. Only the code of its own shows that a reply is to `SYST` or `FEAT`.
    pub(super) fn late_repetition(&self, verb: &str, reply: &Reply) -> Option<Repetition> {
        if self.repeats_itself {
            return None;
        }
        let mut early = self.early.iter();
        let (of, _) = early.find(|(of, before)| *of != verb && before == reply)?;
        let is_of_another = is_impossible(verb, reply)
            || matches!(
                (*of, reply.code()),
                ("SYST", ReplyCode::SYSTEM_NAME) | ("FEAT", ReplyCode::SYSTEM_STATUS)
            );
        Some(match is_of_another {
            true => Repetition::Certain,
            false => Repetition::Possible,
        })
    }

    /// Holds a reply until another one shows that it was a repetition, or silence that it may be
    /// none.
    pub(super) fn hold(&mut self, reply: Reply, repetition: Repetition) {
        self.timer = None;
        self.held = Some((reply, repetition));
    }

    /// Returns whether a reply is held.
    pub(super) fn is_holding(&self) -> bool {
        self.held.is_some()
    }

    /// Returns whether a reply was held. Another one has come, so it was a repetition.
    pub(super) fn drop_held(&mut self) -> bool {
        self.held.take().is_some()
    }

    /// Ready with a held reply after silence.
    pub(super) fn poll_held(&mut self, cx: &mut Context<'_>) -> Poll<(Reply, Repetition)> {
        let silence = match self.held {
            Some((_, Repetition::Possible)) => self.silence.min(SHORT_SILENCE),
            Some((_, Repetition::Certain)) => self.silence,
            None => return Poll::Pending,
        };
        ready!(self.poll_timer(silence, cx));
        match self.held.take() {
            Some(held) => {
                self.repeats_itself = true;
                Poll::Ready(held)
            }
            None => Poll::Pending,
        }
    }
}

/// Whether a server that understands `verb` cannot mean `reply` by it: another positive code than
/// the one with the answer.
fn is_impossible(verb: &str, reply: &Reply) -> bool {
    let is_answer = match verb {
        "SIZE" | "MDTM" => reply.code() == ReplyCode::FILE_STATUS,
        "RNFR" | "REST" => false,
        _ => return false,
    };
    is_positive(reply) && !is_answer
}

fn is_positive(reply: &Reply) -> bool {
    reply.class() == ReplyClass::Completion
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_for_word_repetition_is_noticed() {
        let mut tolerance = Tolerance::new(Duration::from_secs(30), OtherEnds::default());
        let utf8 = Reply::new(ReplyCode::OKAY, "UTF8 set to on");
        let system = Reply::new(ReplyCode::SYSTEM_NAME, "UNIX Type: L8");
        let okay = Reply::new(ReplyCode::OKAY, "OK");
        tolerance.answered("SYST", &system);
        tolerance.answered("FEAT", &okay);
        tolerance.answered("OPTS", &utf8);
        tolerance.answered("TYPE", &Reply::new(ReplyCode::OKAY, "Type set to I"));
        for (verb, reply, expected) in [
            ("SIZE", &utf8, Some(Repetition::Certain)),
            ("RNFR", &utf8, Some(Repetition::Certain)),
            ("TYPE", &utf8, Some(Repetition::Possible)),
            ("PWD", &system, Some(Repetition::Certain)),
            ("OPTS", &utf8, None),
            ("TYPE", &okay, Some(Repetition::Possible)),
            ("TYPE", &Reply::new(ReplyCode::OKAY, "Type set to I"), None),
        ] {
            assert_eq!(tolerance.late_repetition(verb, reply), expected, "{verb}");
        }
    }
}
