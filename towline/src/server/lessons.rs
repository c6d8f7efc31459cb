//! What the sessions have learnt about a server.

use std::sync::Mutex;
use std::time::Duration;

use towline_proto::path::RemotePath;
use towline_proto::reply::Reply;

use super::kept_names::KeptNames;
use super::path_kinds::PathKinds;
use super::reuse_demand::{Evidence, ReuseDemand};
use crate::lock::lock;

/// The pause before TLS after the server was not ready for it once.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_millis(200);

/// What the sessions have learnt about a server. Each lesson applies to all sessions from then on.
#[derive(Debug, Default)]
pub(crate) struct Lessons(Mutex<Learned>);

#[derive(Debug, Default)]
struct Learned {
    demand: ReuseDemand,
    sessions_resume: bool,
    only_tls12_resumes: bool,
    tls13_resumes: bool,
    /// This was learned in this run, and is not recorded yet.
    is_resumption_new: bool,
    has_compared_weakly: bool,
    speaks_tls: bool,
    /// How long the server needs between its reply to `AUTH` and TLS.
    pause_before_tls: Duration,
    has_begun_tls: bool,
    accepts_login: bool,
    refuses_epsv: bool,
    needs_pret: bool,
    home: Option<Option<RemotePath>>,
    /// The server lists paths of these kinds as given.
    honoured_paths: PathKinds,
    /// The server ignores a path of any of these kinds, and lists something else.
    ignored_paths: PathKinds,
    /// Names of files that `RNTO` or `STOR` kept.
    file_names: KeptNames,
    /// Names of directories that `MKD` kept.
    directory_names: KeptNames,
    /// Whether `CWD` to a directory that does not exist is refused.
    enters_what_exists: Option<bool>,
    lists_in_ascii: bool,
    refuses_mlsd: bool,
    may_size_links: bool,
    makes_up_link_counts: bool,
    longest_listing: Option<u64>,
    introduction: Option<Introduction>,
}

/// What the server has said of itself when asked.
#[derive(Clone, Debug)]
pub(crate) struct Introduction {
    /// The reply to `STAT`.
    pub(crate) status: Option<Reply>,
    /// The reply to `SYST`.
    pub(crate) system: Option<Reply>,
    /// Whether it came inside TLS.
    pub(crate) is_secure: bool,
}

/// Whether the server lists the path that it is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ListingPaths {
    /// No listing has shown it.
    Untested,
    Honoured,
    /// It lists something else. Directories have to be entered.
    Ignored,
}

impl Lessons {
    /// Whether the server requires session reuse.
    pub(crate) fn reuse_demand(&self) -> ReuseDemand {
        lock(&self.0).demand
    }

    /// The server refused a data connection that did not resume. A transfer over a full handshake
    /// takes precedence over a refusal that may have another reason.
    pub(crate) fn learned_that_reuse_is_demanded(&self, evidence: Evidence) {
        match evidence {
            Evidence::Said => lock(&self.0).demand = ReuseDemand::Demanded,
            Evidence::Denied => self.learned_if_unknown(ReuseDemand::Demanded),
        }
    }

    /// The server's software is known to require session reuse. The server's own behaviour takes
    /// precedence.
    pub(crate) fn learned_that_reuse_is_usually_demanded(&self) {
        self.learned_if_unknown(ReuseDemand::Demanded);
    }

    /// The server completed a transfer over a full handshake. A refusal takes precedence.
    pub(crate) fn learned_that_reuse_is_not_demanded(&self) {
        self.learned_if_unknown(ReuseDemand::NotDemanded);
    }

    fn learned_if_unknown(&self, demand: ReuseDemand) {
        let mut learned = lock(&self.0);
        if learned.demand == ReuseDemand::Unknown {
            learned.demand = demand;
        }
    }

    /// Whether a data connection has resumed, and carried its transfer to the end.
    pub(crate) fn sessions_resume(&self) -> bool {
        lock(&self.0).sessions_resume
    }

    /// A data connection resumed, and carried its transfer to the end.
    pub(crate) fn learned_that_sessions_resume(&self) {
        lock(&self.0).sessions_resume = true;
    }

    /// Whether session reuse worked only with TLS 1.2.
    pub(crate) fn only_tls12_resumes(&self) -> bool {
        lock(&self.0).only_tls12_resumes
    }

    /// Session reuse worked with TLS 1.2 after it had failed with TLS 1.3.
    pub(crate) fn learned_that_only_tls12_resumes(&self) {
        lock(&self.0).only_tls12_resumes = true;
    }

    /// Whether data connections have resumed TLS 1.3 sessions.
    pub(crate) fn tls13_resumes(&self) -> bool {
        lock(&self.0).tls13_resumes
    }

    /// A data connection resumed a TLS 1.3 session, and its transfer succeeded. Whatever fails
    /// later, TLS 1.3 is not the reason.
    pub(crate) fn learned_that_tls13_resumes(&self) {
        let mut learned = lock(&self.0);
        learned.is_resumption_new |= !learned.tls13_resumes;
        learned.tls13_resumes = true;
    }

    /// An earlier run recorded that TLS 1.3 sessions resume.
    pub(crate) fn remembered_that_tls13_resumes(&self) {
        lock(&self.0).tls13_resumes = true;
    }

    /// Returns, once, whether it was learned in this run that TLS 1.3 sessions resume.
    pub(crate) fn take_new_resumption(&self) -> bool {
        std::mem::take(&mut lock(&self.0).is_resumption_new)
    }

    /// Whether this is the first file that is taken for whole without an equal time.
    pub(crate) fn first_weak_comparison(&self) -> bool {
        !std::mem::replace(&mut lock(&self.0).has_compared_weakly, true)
    }

    /// Whether the server supports TLS.
    pub(crate) fn speaks_tls(&self) -> bool {
        lock(&self.0).speaks_tls
    }

    /// A handshake has succeeded. Returns whether it is the first one.
    pub(crate) fn learned_that_tls_begins(&self) -> bool {
        !std::mem::replace(&mut lock(&self.0).has_begun_tls, true)
    }

    /// The server supports TLS, so nothing is sent to it in clear text again.
    pub(crate) fn learned_that_it_speaks_tls(&self) {
        lock(&self.0).speaks_tls = true;
    }

    /// Whether the server has accepted the user and the password.
    pub(crate) fn accepts_login(&self) -> bool {
        lock(&self.0).accepts_login
    }

    /// The server accepted the user and the password.
    pub(crate) fn learned_that_login_is_accepted(&self) {
        lock(&self.0).accepts_login = true;
    }

    /// Whether `EPSV` does not work.
    pub(crate) fn refuses_epsv(&self) -> bool {
        lock(&self.0).refuses_epsv
    }

    /// How long to wait between the server's reply to `AUTH` and the handshake.
    pub(crate) fn pause_before_tls(&self) -> Duration {
        lock(&self.0).pause_before_tls
    }

    /// The server accepted `AUTH`, but read the handshake as commands: it was not ready for TLS yet
    /// (ftp-srv 4.6). The pause grows each time.
    pub(crate) fn learned_that_tls_begins_late(&self) {
        let mut learned = lock(&self.0);
        let longer = learned.pause_before_tls.saturating_mul(2);
        learned.pause_before_tls = longer.clamp(FIRST_PAUSE, LONGEST_PAUSE);
    }

    /// The server refuses `EPSV`, or the port in its reply cannot be reached.
    pub(crate) fn learned_that_epsv_is_refused(&self) {
        lock(&self.0).refuses_epsv = true;
    }

    /// `EPSV` works where `PASV` does not.
    pub(crate) fn learned_that_epsv_works(&self) {
        lock(&self.0).refuses_epsv = false;
    }

    /// Whether the server needs `PRET` before it listens for a data connection.
    pub(crate) fn needs_pret(&self) -> bool {
        lock(&self.0).needs_pret
    }

    /// The server listens for a data connection only after `PRET`.
    pub(crate) fn learned_that_pret_is_needed(&self) {
        lock(&self.0).needs_pret = true;
    }

    /// The path of the login directory, if the server was asked. The inner value is `None` if it
    /// does not say.
    pub(crate) fn home(&self) -> Option<Option<RemotePath>> {
        lock(&self.0).home.clone()
    }

    /// The server named its login directory, or did not when asked.
    pub(crate) fn learned_of_home(&self, home: Option<RemotePath>) {
        lock(&self.0).home = Some(home);
    }

    /// Whether the server lists the path that it is given, for paths of these kinds.
    pub(crate) fn listing_paths(&self, kinds: PathKinds) -> ListingPaths {
        let learned = lock(&self.0);
        if kinds.has_any_of(learned.ignored_paths) {
            ListingPaths::Ignored
        } else if kinds.without(learned.honoured_paths).is_empty() {
            ListingPaths::Honoured
        } else {
            ListingPaths::Untested
        }
    }

    /// The server listed a path of these kinds as given. If it has ignored one, that takes
    /// precedence.
    pub(crate) fn learned_that_listing_paths_are_honoured(&self, kinds: PathKinds) {
        let mut learned = lock(&self.0);
        learned.honoured_paths = learned.honoured_paths.and(kinds);
    }

    /// The server ignored a path of these kinds and listed another directory. If no honoured path
    /// was of some of these kinds, only those kinds are to blame.
    pub(crate) fn learned_that_listing_paths_are_ignored(&self, kinds: PathKinds) {
        let mut learned = lock(&self.0);
        let new = kinds.without(learned.honoured_paths);
        let to_blame = if new.is_empty() { kinds } else { new };
        learned.ignored_paths = learned.ignored_paths.and(to_blame);
    }

    /// Whether the server has kept names of files with everything that `name` has.
    pub(crate) fn keeps_file_name(&self, name: &[u8]) -> bool {
        lock(&self.0).file_names.cover(name)
    }

    /// A listing showed a file under the `name` that it was given, or no name like it has its size.
    pub(crate) fn learned_that_file_name_is_kept(&self, name: &[u8]) {
        lock(&self.0).file_names.kept(name);
    }

    /// Whether the server has kept names of directories with everything that `name` has.
    pub(crate) fn keeps_directory_name(&self, name: &[u8]) -> bool {
        lock(&self.0).directory_names.cover(name)
    }

    /// A listing showed a directory under the `name` that it was given.
    pub(crate) fn learned_that_directory_name_is_kept(&self, name: &[u8]) {
        lock(&self.0).directory_names.kept(name);
    }

    /// Whether the server refuses to enter a directory that does not exist, if that was tried.
    pub(crate) fn enters_what_exists(&self) -> Option<bool> {
        lock(&self.0).enters_what_exists
    }

    /// The server refused to enter a directory that does not exist, or confirmed it.
    pub(crate) fn learned_what_is_entered(&self, refuses: bool) {
        lock(&self.0).enters_what_exists = Some(refuses);
    }

    /// Whether the server lists only in `TYPE A`.
    pub(crate) fn lists_in_ascii(&self) -> bool {
        lock(&self.0).lists_in_ascii
    }

    /// The server refused a listing in `TYPE I` and sent it in `TYPE A`.
    pub(crate) fn learned_to_list_in_ascii(&self) {
        lock(&self.0).lists_in_ascii = true;
    }

    /// The length of the longest listing so far, in bytes.
    pub(crate) fn longest_listing(&self) -> Option<u64> {
        lock(&self.0).longest_listing
    }

    /// The server sent a listing of `len` bytes.
    pub(crate) fn learned_of_listing(&self, len: u64) {
        let mut learned = lock(&self.0);
        learned.longest_listing = learned.longest_listing.max(Some(len));
    }

    /// Whether a small size may be the length of a link instead of that of the file behind it.
    pub(crate) fn may_size_links(&self) -> bool {
        lock(&self.0).may_size_links
    }

    /// The server gave a size that was, or may have been, the length of a link.
    pub(crate) fn learned_that_sizes_may_be_of_links(&self) {
        lock(&self.0).may_size_links = true;
    }

    /// Whether the number of hard links that a listing shows may be true.
    pub(crate) fn may_count_links(&self) -> bool {
        !lock(&self.0).makes_up_link_counts
    }

    pub(crate) fn learned_that_link_counts_are_made_up(&self) {
        lock(&self.0).makes_up_link_counts = true;
    }

    /// What the server has said of itself, for a connection that `is_secure` or not: a reply in
    /// clear text counts for nothing inside TLS.
    pub(crate) fn introduction(&self, is_secure: bool) -> Option<Introduction> {
        let introduction = lock(&self.0).introduction.clone();
        introduction.filter(|told| told.is_secure || !is_secure)
    }

    /// The server was asked, and need not be asked again.
    pub(crate) fn learned_of_introduction(&self, introduction: Introduction) {
        lock(&self.0).introduction = Some(introduction);
    }

    /// Whether the server does not know `MLSD`, although it announces `MLST`.
    pub(crate) fn refuses_mlsd(&self) -> bool {
        lock(&self.0).refuses_mlsd
    }

    /// The server does not know `MLSD`.
    pub(crate) fn learned_that_mlsd_is_refused(&self) {
        lock(&self.0).refuses_mlsd = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_before_tls_grows_up_to_a_limit() {
        let lessons = Lessons::default();
        assert_eq!(lessons.pause_before_tls(), Duration::ZERO);
        let mut pauses = Vec::new();
        for _ in 0..4 {
            lessons.learned_that_tls_begins_late();
            pauses.push(lessons.pause_before_tls().as_millis());
        }
        assert_eq!(pauses, [50, 100, 200, 200]);
    }

    #[test]
    fn a_refusal_counts_for_more_than_what_is_usual() {
        let lessons = Lessons::default();
        assert_eq!(lessons.reuse_demand(), ReuseDemand::Unknown);
        lessons.learned_that_reuse_is_not_demanded();
        lessons.learned_that_reuse_is_usually_demanded();
        assert_eq!(lessons.reuse_demand(), ReuseDemand::NotDemanded);
        lessons.learned_that_reuse_is_demanded(Evidence::Denied);
        assert_eq!(lessons.reuse_demand(), ReuseDemand::NotDemanded);
        lessons.learned_that_reuse_is_demanded(Evidence::Said);
        lessons.learned_that_reuse_is_not_demanded();
        assert_eq!(lessons.reuse_demand(), ReuseDemand::Demanded);
    }

    #[test]
    fn what_was_said_in_clear_text_counts_for_nothing_inside_tls() {
        let lessons = Lessons::default();
        let mut introduction = Introduction {
            status: None,
            system: None,
            is_secure: false,
        };
        lessons.learned_of_introduction(introduction.clone());
        assert!(lessons.introduction(false).is_some() && lessons.introduction(true).is_none());
        introduction.is_secure = true;
        lessons.learned_of_introduction(introduction);
        assert!(lessons.introduction(false).is_some() && lessons.introduction(true).is_some());
    }

    #[test]
    fn paths_are_honoured_by_their_kinds() {
        let kinds = |path: &str| PathKinds::of(&RemotePath::new(path).unwrap());
        let lessons = Lessons::default();
        lessons.learned_that_listing_paths_are_honoured(kinds("a"));
        assert_eq!(lessons.listing_paths(kinds("b")), ListingPaths::Honoured);
        assert_eq!(lessons.listing_paths(kinds("b c")), ListingPaths::Untested);
        lessons.learned_that_listing_paths_are_ignored(kinds("b c"));
        assert_eq!(lessons.listing_paths(kinds("d e")), ListingPaths::Ignored);
        assert_eq!(lessons.listing_paths(kinds("b")), ListingPaths::Honoured);
        assert_eq!(lessons.listing_paths(kinds("b/c")), ListingPaths::Untested);
        lessons.learned_that_listing_paths_are_ignored(kinds("a"));
        assert_eq!(lessons.listing_paths(kinds("b/c")), ListingPaths::Ignored);
    }

    #[test]
    fn what_an_earlier_run_recorded_is_not_news() {
        let lessons = Lessons::default();
        lessons.learned_that_tls13_resumes();
        assert!(lessons.tls13_resumes() && lessons.take_new_resumption());
        assert!(lessons.tls13_resumes() && !lessons.take_new_resumption());
        let lessons = Lessons::default();
        lessons.remembered_that_tls13_resumes();
        lessons.learned_that_tls13_resumes();
        assert!(lessons.tls13_resumes() && !lessons.take_new_resumption());
    }
}
