//! What the sessions of one client share.

use std::sync::Arc;

use towline_proto::quirks::Server;

use super::allowance::Allowance;
use super::connection_ids::ConnectionIds;
use super::lessons::Lessons;
use super::rate::RateLimit;
use crate::config::Config;
use crate::error::Error;
use crate::tls::Profile;

/// What the sessions of one client share: how the server is reached, and what is learnt about it.
/// Never a TLS session.
#[derive(Debug)]
pub(crate) struct Shared {
    config: Config,
    profile: Profile,
    rate: Option<RateLimit>,
    allowance: Allowance,
    connection_ids: Arc<ConnectionIds>,
    lessons: Lessons,
}

impl Shared {
    /// Fails with [`ErrorKind::Usage`](crate::ErrorKind::Usage) if the configuration contradicts
    /// itself or a file in it cannot be used.
    pub(crate) fn new(config: Config) -> Result<Self, Error> {
        config.check()?;
        let profile = Profile::new(&config.tls_options())
            .map_err(|error| error.explain("TLS cannot be set up"))?;
        Ok(Self {
            rate: config.rate_limit.map(RateLimit::new),
            allowance: Allowance::default(),
            connection_ids: Arc::default(),
            config,
            profile,
            lessons: Lessons::default(),
        })
    }

    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    pub(crate) fn profile(&self) -> &Profile {
        &self.profile
    }

    /// The limit that all transfers share, if there is one.
    pub(crate) fn rate(&self) -> Option<&RateLimit> {
        self.rate.as_ref()
    }

    pub(crate) fn connection_ids(&self) -> &Arc<ConnectionIds> {
        &self.connection_ids
    }

    pub(crate) fn lessons(&self) -> &Lessons {
        &self.lessons
    }

    /// Whether a data connection may be opened before its command has been answered.
    pub(crate) fn connects_early(&self, server: &Server) -> bool {
        self.config.pipelining.connects_early() && self.may_queue(server)
    }

    /// Whether commands may wait at the server behind others.
    pub(crate) fn queues_commands(&self, server: &Server) -> bool {
        self.config.pipelining.queues_commands() && self.may_queue(server)
    }

    /// Whether our direction of a download of `size` bytes may end before its data.
    pub(crate) fn closes_early(&self, server: &Server, size: u64) -> bool {
        self.config.pipelining.closes_early()
            && server.queues_commands()
            && self.allowance.allows_early_close()
            && server.bears_early_close(size)
    }

    fn may_queue(&self, server: &Server) -> bool {
        server.queues_commands() && self.allowance.allows_queueing()
    }

    /// Takes note of `error`, which came while more than one command was under way. Returns what a
    /// person is told of it.
    pub(crate) fn learned_of_surprise(&self, error: &Error, closed_early: bool) -> String {
        let consequence = match self.allowance.learned_of_surprise(error, closed_early) {
            true => "trying again",
            false => "one command at a time from now on",
        };
        format!("commands sent ahead did not end well: {error}; {consequence}")
    }
}

#[cfg(test)]
mod tests {
    use towline_proto::features::Features;
    use towline_proto::quirks::identify;
    use towline_proto::reply::{Reply, ReplyCode};

    use super::*;
    use crate::config::Pipelining;
    use crate::trust::Trust;

    fn greeted(text: &str) -> Server {
        let greeting = Reply::new(ReplyCode::SERVICE_READY, text);
        identify(&greeting, None, &Features::default())
    }

    fn shared(pipelining: Pipelining) -> Shared {
        let trust = Trust::Pins(vec![
            format!("sha256//{}=", "A".repeat(43)).parse().unwrap(),
        ]);
        let config = Config::new("ftp.example.com").trust(trust);
        Shared::new(config.pipelining(pipelining)).unwrap()
    }

    #[test]
    fn nothing_is_risked_with_a_server_that_is_not_known_to_bear_it() {
        let shared = shared(Pipelining::Auto);
        for server in [greeted("Welcome."), greeted("pyftpdlib 2.2.0 ready.")] {
            assert!(!shared.connects_early(&server));
            assert!(!shared.queues_commands(&server));
            assert!(!shared.closes_early(&server, 0));
        }
        let known = greeted("(vsFTPd 3.0.3)");
        assert!(shared.connects_early(&known) && shared.queues_commands(&known));
        assert!(shared.closes_early(&known, 4096));
    }

    #[test]
    fn pipelining_can_be_switched_off() {
        let known = greeted("(vsFTPd 3.0.3)");
        let shared = shared(Pipelining::Off);
        assert!(!shared.connects_early(&known) && !shared.queues_commands(&known));
        assert!(!shared.closes_early(&known, 4096));
    }

    #[test]
    fn a_surprise_ends_it() {
        let known = greeted("(vsFTPd 3.0.3)");
        let shared = shared(Pipelining::Auto);
        let told = shared.learned_of_surprise(
            &Error::timeout(crate::error::ErrorDetail::ReplyTimedOut, "silence"),
            false,
        );
        assert!(
            told.ends_with("one command at a time from now on"),
            "{told}"
        );
        assert!(!shared.connects_early(&known) && !shared.queues_commands(&known));
        assert!(!shared.closes_early(&known, 1));
    }
}
