//! Irregular replies that are tolerated, because no reply can be taken for another.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Sleep, sleep};
use towline_proto::reply::{Reply, ReplyClass};

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
    /// The last reply to `OPTS`.
    options: Option<Reply>,
    /// The number of replies, from the reply to `OPTS` on, after which it cannot be repeated.
    may_repeat: u8,
}

impl Tolerance {
    /// `limit` is the time limit of a reply, and `known_ends` how replies of the server have ended.
    pub(super) fn new(limit: Duration, known_ends: OtherEnds) -> Self {
        Self {
            silence: SILENCE.min(limit / 2),
            timer: None,
            other_end: None,
            known_ends,
            options: None,
            may_repeat: 0,
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
        self.may_repeat = self.may_repeat.saturating_sub(1);
        if verb == "OPTS" {
            self.may_repeat = REPEATED_AMONG;
            self.options = Some(reply.clone());
        }
    }

    /// Whether `reply`, which no command awaits, repeats the reply to `OPTS`, or is the reply to
    /// the command after it, for which the repetition was taken. If both are positive, it does not
    /// matter which is which.
    pub(super) fn is_repeated(&mut self, reply: &Reply) -> bool {
        let Some(options) = self.options.take_if(|_| self.may_repeat > 0) else {
            return false;
        };
        let is_first = self.may_repeat == REPEATED_AMONG;
        let is_positive = |reply: &Reply| reply.class() == ReplyClass::Completion;
        is_first && *reply == options || is_positive(reply) && is_positive(&options)
    }
}
