//! What those who move files may do with a session: its commands and replies one by one, its data
//! connections step by step, and what is known of its server.
//!
//! Replies are owed from [`Session::send_all`] on. Whoever does not wait for all of them has to
//! [give the connection up](Session::give_up).

use std::future::poll_fn;
use std::time::Duration;

use tokio::time::timeout;
use towline_proto::command::Command;
use towline_proto::path::RemotePath;
use towline_proto::reply::{Reply, ReplyClass};

use super::Session;
use crate::config::{Config, DataMode};
use crate::control::Control;
use crate::data::{self, Channel, Data, OpenError, Purpose};
use crate::error::{Error, ErrorDetail};
use crate::observer::{Event, Reporter};
use crate::server::RateLimit;
use crate::tls::Offer;

impl Session {
    pub(crate) fn config(&self) -> &Config {
        self.shared.config()
    }

    /// The limit that this transfer shares with all others of the client, if there is one.
    pub(crate) fn rate(&self) -> Option<&RateLimit> {
        self.shared.rate()
    }

    /// Tells the observer.
    pub(crate) fn observe(&self, event: &Event<'_>) {
        self.link.control.observe(event);
    }

    /// What tells the observer, for those who cannot borrow the session.
    pub(crate) fn reporter(&self) -> Reporter {
        self.link.control.reporter().clone()
    }

    /// Tells the observer something that is no error.
    pub(crate) fn note(&self, text: &str) {
        self.observe(&Event::Note { text });
    }

    /// Sends `command` and returns its final reply, of whatever class.
    pub(crate) async fn command(&mut self, command: &Command) -> Result<Reply, Error> {
        self.link.control.command(command).await
    }

    /// As [`Self::command`], with a time limit of its own.
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

    /// Sends `command`, whose final reply has to be of class 2yz.
    pub(crate) async fn expect(&mut self, command: &Command) -> Result<Reply, Error> {
        self.link.control.expect(command).await
    }

    /// Sends `commands` in one piece, without waiting for a reply. Only for servers that are known to
    /// answer them in order.
    pub(crate) async fn send_all(&mut self, commands: &[Command]) -> Result<(), Error> {
        self.link.control.send_all(commands).await
    }

    /// The final reply to the next of the commands from [`Self::send_all`].
    pub(crate) async fn answer(&mut self) -> Result<Reply, Error> {
        self.link.control.final_reply("a queued command").await
    }

    /// Fails if the connection has been lost, or the server has said something unasked.
    pub(crate) async fn look(&mut self) -> Result<(), Error> {
        self.link.control.look().await
    }

    /// Gives the control connection up. The next operation opens a new one.
    pub(crate) fn give_up(&mut self) {
        self.link.control.mark_broken();
    }

    /// Gives up the control connection on which `error` came while more than one command was under
    /// way.
    pub(crate) fn surprised(&mut self, error: &Error, closed_early: bool) {
        self.give_up();
        let text = self.shared.learned_of_surprise(error, closed_early);
        self.note(&text);
    }

    /// Whether the server had no room for this session when it last had to connect again.
    pub(crate) fn is_turned_away(&self) -> bool {
        self.is_turned_away
    }

    /// Whether commands may be sent behind a transfer.
    pub(crate) fn may_queue(&self) -> bool {
        matches!(self.config().data_mode, DataMode::Passive)
            && !self.shared.lessons().needs_pret()
            && self.shared.queues_commands(&self.link.server)
    }

    /// Whether our direction of a download of `size` bytes may end before its data.
    pub(crate) fn closes_early(&self, size: u64) -> bool {
        self.shared.closes_early(&self.link.server, size)
    }

    /// Whether a data connection has come about, so that the way to the server's ports is open.
    pub(crate) fn reaches_ports(&self) -> bool {
        self.link.reaches_ports
    }

    /// The command that asks the server to listen, as far as is known by now.
    pub(crate) fn passive_command(&self) -> Command {
        data::passive_command(&self.link, &self.shared)
    }

    /// The data connection that the server offers in its reply to [`Self::passive_command`]: open,
    /// unless it may be opened behind the next command.
    pub(crate) async fn offered(&self, command: &Command, reply: Reply) -> Result<Channel, Error> {
        let channel = data::announced(&self.link, command, &reply)?;
        if self.shared.connects_early(&self.link.server) {
            return Ok(channel);
        }
        let reporter = self.link.control.reporter();
        let connecting = channel.connection(self.config().timeout, |event| reporter.event(event));
        connecting.await.map(Channel::Connected)
    }

    /// Chooses what the next data connection offers.
    pub(crate) fn choose_offer(&mut self, purpose: Purpose) -> Result<Offer, OpenError> {
        data::choose_offer(&mut self.link, &self.shared, purpose)
    }

    /// Shakes hands over `channel`, whose command is on its way, and reaches the verdict.
    pub(crate) async fn establish(
        &mut self,
        purpose: Purpose,
        channel: Channel,
        offer: Offer,
        path: &RemotePath,
    ) -> Result<Data, OpenError> {
        data::establish(&mut self.link, &self.shared, purpose, channel, offer, path).await
    }

    /// Whether a refusal has come ahead of a port that is closed.
    pub(crate) async fn has_refusal_on_its_way(&mut self) -> bool {
        let limit = self.config().timeout;
        let refusal = data::refusal_on_its_way(&mut self.link.control, limit);
        refusal.await.is_some()
    }

    /// The dialogue itself, for waits that watch something else as well.
    pub(super) fn control(&mut self) -> &mut Control {
        &mut self.link.control
    }
}
