//! The commands of a session that transfers use: commands and replies one by one, data connections
//! step by step, and what is known about the server.
//!
//! After [`Session::send_all`], the server owes replies. A caller that does not wait for all of
//! them must [give up the connection](Session::give_up).

use std::future::poll_fn;
use std::time::Duration;

use tokio::time::timeout;
use towline_proto::command::Command;
use towline_proto::path::RemotePath;
use towline_proto::reply::{Reply, ReplyClass};

use super::Session;
use crate::boxed::boxed;
use crate::config::{Config, DataMode};
use crate::control::Control;
use crate::data::{self, Channel, Data, OpenError, Purpose};
use crate::error::{Error, ErrorDetail};
use crate::observer::{Event, Reporter};
use crate::part_key::PartKey;
use crate::server::RateLimit;
use crate::tls::Offer;

impl Session {
    pub(crate) fn config(&self) -> &Config {
        self.shared.config()
    }

    /// Returns the rate limit that all transfers of the client share, if there is one.
    pub(crate) fn rate(&self) -> Option<&RateLimit> {
        self.shared.rate()
    }

    /// Reports `event` to the observer.
    pub(crate) fn observe(&self, event: &Event<'_>) {
        self.link.control.observe(event);
    }

    /// Returns the reporter, for callers that cannot borrow the session.
    pub(crate) fn reporter(&self) -> Reporter {
        self.link.control.reporter().clone()
    }

    /// Returns the secret that marks partial files, or the reason why there is none.
    pub(crate) async fn part_key(&self) -> Result<&PartKey, &str> {
        self.shared.part_key().await
    }

    /// Reports a warning to the observer.
    pub(crate) fn warn(&self, text: &str) {
        self.observe(&Event::Warning { text });
    }

    /// Reports a note to the observer.
    pub(crate) fn note(&self, text: &str) {
        self.observe(&Event::Note { text });
    }

    /// Whether this is the first file at this server that is taken for whole without an equal time.
    pub(crate) fn is_first_weak_comparison(&self) -> bool {
        self.shared.lessons().first_weak_comparison()
    }

    /// Sends `command` and returns its final reply, of whatever class.
    pub(crate) async fn command(&mut self, command: &Command) -> Result<Reply, Error> {
        self.link.control.command(command).await
    }

    /// As [`Self::command`], with its own time limit.
    #[boxed]
    pub(crate) async fn command_within(
        &mut self,
        command: &Command,
        limit: Duration,
    ) -> Result<Reply, Error> {
        let control = &mut self.link.control;
        control.send(command).await?;
        let answer = async {
            loop {
                let reply = poll_fn(|cx| control.poll_reply(cx)).await?;
                if reply.class() != ReplyClass::Preliminary {
                    return Ok(reply);
                }
            }
        };
        match timeout(limit, answer).await {
            Ok(reply) => reply,
            Err(_) => {
                self.give_up();
                let what = format!("no reply to {}", command.verb());
                Err(Error::timeout(ErrorDetail::ReplyTimedOut, what))
            }
        }
    }

    /// Sends `command` and returns its final reply. Fails unless the reply is of class 2yz.
    pub(crate) async fn expect(&mut self, command: &Command) -> Result<Reply, Error> {
        self.link.control.expect(command).await
    }

    /// Sends `commands` in one write, without waiting for a reply. Only for servers known to answer
    /// them in order.
    pub(crate) async fn send_all(&mut self, commands: &[Command]) -> Result<(), Error> {
        self.listings_in_a_row.end();
        self.link.control.send_all(commands).await
    }

    /// Returns the final reply to the next command from [`Self::send_all`].
    pub(crate) async fn answer(&mut self) -> Result<Reply, Error> {
        let waiting = "waiting for the reply to a queued command";
        self.link.control.final_reply(waiting).await
    }

    /// Returns what `parse` finds in the reply to the next command from [`Self::send_all`], a
    /// query. Returns `None` if the server does not know. A reply that is neither an answer nor a
    /// refusal belongs to another command.
    pub(crate) async fn answer_as<T, E>(
        &mut self,
        parse: impl FnOnce(&Reply) -> Result<T, E>,
    ) -> Result<Option<T>, Error> {
        let reply = self.answer().await?;
        match parse(&reply) {
            Ok(answer) => Ok(Some(answer)),
            Err(_) => match reply.class() {
                ReplyClass::Permanent | ReplyClass::Transient => Ok(None),
                _ => Err(out_of_step(reply)),
            },
        }
    }

    /// Fails if the connection is lost, or the server has sent something unsolicited.
    pub(crate) async fn look(&mut self) -> Result<(), Error> {
        self.link.control.look().await
    }

    /// Gives up the control connection. The next operation opens a new one.
    pub(crate) fn give_up(&mut self) {
        self.link.control.mark_broken();
    }

    /// Gives up the control connection because of `error`, which occurred while several commands
    /// were pending.
    pub(crate) fn surprised(&mut self, error: &Error, closed_early: bool) {
        self.give_up();
        let text = self.shared.learned_of_surprise(error, closed_early);
        self.note(&text);
    }

    /// Returns whether the server had no room for this session at its last reconnect.
    pub(crate) fn is_turned_away(&self) -> bool {
        self.is_turned_away
    }

    /// Returns whether commands may be sent behind a transfer.
    pub(crate) fn may_queue(&self) -> bool {
        matches!(self.config().data_mode, DataMode::Passive)
            && !self.shared.lessons().needs_pret()
            && self.shared.queues_commands(&self.link.server)
    }

    /// Returns whether the client may close its direction of a download of `size` bytes before the
    /// data ends.
    pub(crate) fn closes_early(&self, size: u64) -> bool {
        self.shared.closes_early(&self.link.server, size)
    }

    /// Returns whether a data connection has succeeded, so the server's ports are reachable.
    pub(crate) fn reaches_ports(&self) -> bool {
        self.link.reaches_ports
    }

    /// Returns a number that changes when another data connection is agreed on, one at a time, or
    /// another control connection is opened. What was agreed on ahead is then of no use.
    pub(crate) fn agreements(&self) -> u64 {
        self.link.agreements
    }

    /// Returns the command that asks the server to listen, based on what is known so far.
    pub(crate) fn passive_command(&self) -> Command {
        data::passive_command(&self.link, &self.shared)
    }

    /// Asks the server to listen, with no other command pending.
    pub(crate) async fn ask_to_listen(&mut self) -> Result<Channel, Error> {
        self.listings_in_a_row.lose_port();
        let command = self.passive_command();
        let reply = self.expect(&command).await?;
        self.offered(&command, reply).await
    }

    /// Returns the data connection that the server offers in reply to `command`, a
    /// [`Self::passive_command`] that was sent behind others.
    pub(crate) async fn offered_ahead(&mut self, command: &Command) -> Result<Channel, Error> {
        let reply = self.answer().await?;
        if reply.class() != ReplyClass::Completion {
            return Err(out_of_step(reply));
        }
        self.offered(command, reply).await
    }

    /// Returns the data connection that the server offers in its reply to
    /// [`Self::passive_command`]. It is open, unless it may be opened after the next command.
    #[boxed]
    async fn offered(&mut self, command: &Command, reply: Reply) -> Result<Channel, Error> {
        let channel = data::announced(&self.link, command, &reply)?;
        if self.shared.connects_early(&self.link.server) {
            return Ok(channel);
        }
        let limit = self.config().timeout;
        let reporter = self.reporter();
        let connecting = channel.connection(limit, |event| reporter.event(event));
        let connected = self.link.control.watch(connecting).await?;
        connected.map(Channel::Connected)
    }

    /// Chooses what the next data connection offers.
    pub(crate) fn choose_offer(&mut self, purpose: Purpose) -> Result<Offer, OpenError> {
        data::choose_offer(&mut self.link, &self.shared, purpose)
    }

    /// Performs the handshake over `channel`, whose command was sent, and reaches the verdict.
    pub(crate) async fn establish(
        &mut self,
        purpose: Purpose,
        channel: Channel,
        offer: Offer,
        path: &RemotePath,
    ) -> Result<Data, OpenError> {
        data::establish(&mut self.link, &self.shared, purpose, channel, offer, path).await
    }

    /// Returns whether the server sent a refusal before it closed its port.
    pub(crate) async fn has_refusal_on_its_way(&mut self) -> bool {
        let limit = self.config().timeout;
        let refusal = data::refusal_on_its_way(&mut self.link.control, limit);
        refusal.await.is_some()
    }

    /// Returns the control connection, for waits that also watch something else.
    pub(super) fn control(&mut self) -> &mut Control {
        &mut self.link.control
    }
}

/// Returns the error for a reply that is not one to the queued command whose turn it is.
pub(crate) fn out_of_step(reply: Reply) -> Error {
    let what = "the server does not answer a queued command as it should";
    Error::protocol(ErrorDetail::UnexpectedReply, what).with_reply(reply)
}
