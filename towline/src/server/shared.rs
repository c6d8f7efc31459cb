//! What the sessions of one client share.

use std::io;
use std::sync::Arc;

use tokio::sync::OnceCell;
use tokio::task::spawn_blocking;
use towline_proto::quirks::Server;
use towline_proto::secret::Mask;

use super::allowance::Allowance;
use super::connection_ids::ConnectionIds;
use super::lessons::Lessons;
use super::other_ends::OtherEnds;
use super::rate::RateLimit;
use crate::config::Config;
use crate::error::Error;
use crate::part_key::PartKey;
use crate::tls::Profile;

/// What the sessions of one client share: the configuration, and what they have learnt about the
/// server. They never share a TLS session.
#[derive(Debug)]
pub(crate) struct Shared {
    config: Config,
    /// The secrets that the server receives.
    mask: Arc<Mask>,
    profile: Profile,
    rate: Option<RateLimit>,
    allowance: Allowance,
    connection_ids: Arc<ConnectionIds>,
    lessons: Lessons,
    other_ends: OtherEnds,
    part_key: OnceCell<Result<PartKey, String>>,
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
            mask: Arc::new(config.mask()),
            config,
            profile,
            lessons: Lessons::default(),
            other_ends: OtherEnds::default(),
            part_key: OnceCell::new(),
        })
    }

    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    pub(crate) fn mask(&self) -> &Arc<Mask> {
        &self.mask
    }

    pub(crate) fn profile(&self) -> &Profile {
        &self.profile
    }

    /// The rate limit that all transfers share, if there is one.
    pub(crate) fn rate(&self) -> Option<&RateLimit> {
        self.rate.as_ref()
    }

    pub(crate) fn connection_ids(&self) -> &Arc<ConnectionIds> {
        &self.connection_ids
    }

    /// Returns the secret that marks partial files, or the reason why there is none.
    pub(crate) async fn part_key(&self) -> Result<&PartKey, &str> {
        let load = async || {
            let given = self.config.part_key_file.clone();
            let file = given.or_else(PartKey::usual_file);
            let file = file.ok_or("there is no directory for it")?;
            let name = file.display().to_string();
            let loaded = spawn_blocking(move || PartKey::load(&file)).await;
            let loaded = loaded.map_err(io::Error::other).flatten();
            loaded.map_err(|error| format!("{name}: {error}"))
        };
        let key = self.part_key.get_or_init(load).await;
        key.as_ref().map_err(String::as_str)
    }

    pub(crate) fn lessons(&self) -> &Lessons {
        &self.lessons
    }

    /// How the server ends replies with another code than their own.
    pub(crate) fn other_ends(&self) -> &OtherEnds {
        &self.other_ends
    }

    /// Whether a data connection may be opened before the reply to its command.
    pub(crate) fn connects_early(&self, server: &Server) -> bool {
        self.config.pipelining.connects_early() && self.may_queue(server)
    }

    /// Whether commands may be queued at the server.
    pub(crate) fn queues_commands(&self, server: &Server) -> bool {
        self.config.pipelining.queues_commands() && self.may_queue(server)
    }

    /// Whether the client may end its direction of a download of `size` bytes before the data has
    /// arrived.
    pub(crate) fn closes_early(&self, server: &Server, size: u64) -> bool {
        self.config.pipelining.closes_early()
            && server.queues_commands()
            && self.allowance.allows_early_close()
            && server.bears_early_close(size)
    }

    fn may_queue(&self, server: &Server) -> bool {
        server.queues_commands() && self.allowance.allows_queueing()
    }

    /// Records that an early end of the client's direction may have done harm.
    pub(crate) fn learned_to_close_late(&self) {
        self.allowance.learned_to_close_late();
    }

    /// Records `error`, which shows that the server was not ready for TLS. Returns a note for the
    /// user.
    pub(crate) fn learned_of_delay(&self, error: &Error) -> String {
        self.lessons.learned_that_tls_begins_late();
        format!("{error}; trying a new connection")
    }

    /// Records `error`, which occurred while more than one command was outstanding. Returns a note
    /// for the user.
    pub(crate) fn learned_of_surprise(&self, error: &Error, closed_early: bool) -> String {
        let consequence = match self.allowance.learned_of_surprise(error, closed_early) {
            true => "trying again",
            false => "one command at a time from now on",
        };
        format!("pipelined commands failed: {error}; {consequence}")
    }
}

#[cfg(test)]
mod tests {
    use towline_proto::quirks::{Evidence, identify};
    use towline_proto::reply::{Reply, ReplyCode};

    use super::*;
    use crate::config::Pipelining;
    use crate::trust::Trust;

    fn greeted(text: &str) -> Server {
        let greeting = Reply::new(ReplyCode::SERVICE_READY, text);
        identify(&Evidence {
            greeting: Some(&greeting),
            ..Evidence::default()
        })
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
