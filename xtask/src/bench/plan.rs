//! The plan: the cases, and the size of each.

use std::fmt;
use std::time::Duration;

use super::client::Client;
use super::work::{Direction, Start, Work};

/// The delayed link's round trip.
pub(crate) const ROUND_TRIP: Duration = Duration::from_millis(40);

/// The servers, by their names in the fleet.
pub(crate) const SERVERS: [&str; 3] = ["vsftpd", "proftpd", "pure-ftpd"];

/// The servers that list whole directories: Pure-FTPd stops at 10,000 entries by default.
const LISTING_SERVERS: [&str; 2] = ["vsftpd", "proftpd"];

/// The servers that refuse data connections without session reuse.
const STRICT_SERVERS: [&str; 2] = ["vsftpd", "proftpd"];

const SMALL: u64 = 4 << 10;

/// The fewest files that a slow client gets for each connection.
const LEAST: u32 = 2;

/// The clients that move small files over one connection.
const ONE_BY_ONE: &[Client] = &[Client::Towline, Client::Ftplib, Client::Lftp, Client::Curl];

/// The clients that can use several connections.
const MANY_AT_ONCE: &[Client] = &[Client::Towline, Client::Lftp, Client::Rclone];

/// The clients that move a big file, or list.
const PROGRAMS: &[Client] = &[Client::Towline, Client::Lftp, Client::Curl, Client::Rclone];

/// The clients whose memory use does not grow with the size of a listing.
const STREAMING: &[Client] = &[Client::Towline, Client::Curl];

/// The gateway, and its client that moves a big file, directly. Debian's rclone serves no FTP.
const BIG_THROUGH: &[Client] = &[Client::Towline, Client::Curl];

/// The gateway, and its client that moves small files, directly.
const SMALL_THROUGH: &[Client] = &[Client::Towline, Client::Ftplib];

/// The clients that move small files over one connection without waiting for timers.
const SEQUENTIAL: &[Client] = &[Client::Towline, Client::Ftplib];

/// One piece of work on one server, over one link, for several clients.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) work: Work,
    pub(crate) server: &'static str,
    pub(crate) surroundings: Surroundings,
    pub(crate) connections: u32,
    /// The clients, Towline first.
    pub(crate) clients: &'static [Client],
    /// How often each client runs.
    pub(crate) rounds: u32,
}

/// What a fleet of servers is started for. Cases with equal surroundings share a fleet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Surroundings {
    pub(crate) route: Route,
    pub(crate) tls: Tls,
}

/// The link between client and server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Route {
    Loopback,
    /// A link whose round trip takes [`ROUND_TRIP`].
    Delayed,
    /// Loopback. Towline is a gateway, and an old program without TLS is its client.
    Gateway,
}

/// The only TLS version that a server supports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tls {
    V12,
    V13,
}

/// How large the cases are and how long they may take.
#[derive(Debug)]
pub(crate) struct Scale {
    rounds: u32,
    /// The direction of small files over the delayed link.
    delayed: &'static [Direction],
    /// Files over loopback on one connection.
    loopback_files: u32,
    /// Files over loopback on eight connections.
    loopback_many_files: u32,
    /// Files over the delayed link on one connection.
    delayed_files: u32,
    /// Files over the delayed link on eight connections.
    delayed_many_files: u32,
    big: u64,
    listing: u32,
    /// Entries for the clients whose memory use does not grow with the listing.
    long_listing: u32,
    /// The time limit for one run of one client.
    pub(crate) patience: Duration,
    /// How long cases may start. Later ones are skipped.
    pub(crate) budget: Option<Duration>,
}

impl Scale {
    pub(crate) const FULL: Self = Self {
        rounds: 5,
        delayed: &Direction::BOTH,
        loopback_files: 500,
        loopback_many_files: 1000,
        delayed_files: 20,
        delayed_many_files: 1000,
        big: 1 << 30,
        listing: 50_000,
        long_listing: 1_000_000,
        patience: Duration::from_secs(5 * 60),
        budget: None,
    };

    pub(crate) const QUICK: Self = Self {
        rounds: 1,
        delayed: &[Direction::Download],
        loopback_files: 50,
        loopback_many_files: 50,
        delayed_files: 4,
        delayed_many_files: 16,
        big: 64 << 20,
        listing: 2000,
        long_listing: 20_000,
        patience: Duration::from_secs(15),
        budget: Some(Duration::from_secs(150)),
    };

    /// Every case, the most informative ones first.
    pub(crate) fn cases(&self) -> Vec<Case> {
        let mut cases = Vec::new();
        for tls in [Tls::V13, Tls::V12] {
            for &direction in self.delayed {
                for server in SERVERS {
                    cases.extend(self.delayed(direction, server, tls));
                }
            }
        }
        let many = |direction| SERVERS.map(|server| self.delayed_many(direction, server));
        cases.extend(many(Direction::Download));
        for direction in Direction::BOTH {
            for server in SERVERS {
                cases.extend(self.loopback(direction, server));
            }
        }
        // A server that takes half a minute for the long listing shows nothing more.
        for (entries, clients, servers) in [
            (self.listing, PROGRAMS, &LISTING_SERVERS[..]),
            (self.long_listing, STREAMING, &LISTING_SERVERS[..1]),
        ] {
            for server in servers {
                let work = Work::List { entries };
                cases.push(self.case(work, server, Surroundings::LOOPBACK, 1, clients));
            }
        }
        if self.delayed.contains(&Direction::Upload) {
            cases.extend(many(Direction::Upload));
        }
        cases.extend(SERVERS.iter().flat_map(|server| self.mirrors(server)));
        for direction in Direction::BOTH {
            for server in STRICT_SERVERS {
                cases.extend(self.through_gateway(direction, server));
            }
        }
        cases
    }

    fn loopback(&self, direction: Direction, server: &'static str) -> [Case; 3] {
        let work = |files, size| Work::Move {
            direction,
            files,
            size,
        };
        let few = work(self.loopback_files, SMALL);
        let many = work(self.loopback_many_files, SMALL);
        let big = work(1, self.big);
        let around = Surroundings::LOOPBACK;
        [
            self.case(few, server, around, 1, ONE_BY_ONE),
            self.case(many, server, around, 8, MANY_AT_ONCE),
            self.case(big, server, around, 1, PROGRAMS),
        ]
    }

    fn delayed(&self, direction: Direction, server: &'static str, tls: Tls) -> Vec<Case> {
        let work = |files| Work::Move {
            direction,
            files,
            size: SMALL,
        };
        let around = Surroundings {
            route: Route::Delayed,
            tls,
        };
        let one = work(self.delayed_files);
        if tls == Tls::V12 {
            return vec![self.case(one, server, around, 1, SEQUENTIAL)];
        }
        // The other programs are slow, and about equally slow on every server.
        let clients = match server {
            "vsftpd" => ONE_BY_ONE,
            _ => SEQUENTIAL,
        };
        vec![self.case(one, server, around, 1, clients)]
    }

    fn delayed_many(&self, direction: Direction, server: &'static str) -> Case {
        let work = Work::Move {
            direction,
            files: self.delayed_many_files,
            size: SMALL,
        };
        let around = Surroundings {
            route: Route::Delayed,
            tls: Tls::V13,
        };
        self.case(work, server, around, 8, MANY_AT_ONCE)
    }

    fn through_gateway(&self, direction: Direction, server: &'static str) -> [Case; 2] {
        let work = |files, size| Work::Move {
            direction,
            files,
            size,
        };
        let around = Surroundings {
            route: Route::Gateway,
            tls: Tls::V13,
        };
        let small = work(self.loopback_many_files, SMALL);
        [
            self.case(small, server, around, 1, SMALL_THROUGH),
            self.case(work(1, self.big), server, around, 1, BIG_THROUGH),
        ]
    }

    fn mirrors(&self, server: &'static str) -> [Case; 3] {
        Start::ALL.map(|start| {
            let work = Work::Mirror {
                start,
                files: self.loopback_many_files,
                size: SMALL,
            };
            self.case(work, server, Surroundings::LOOPBACK, 8, MANY_AT_ONCE)
        })
    }

    fn case(
        &self,
        work: Work,
        server: &'static str,
        surroundings: Surroundings,
        connections: u32,
        clients: &'static [Client],
    ) -> Case {
        Case {
            work,
            server,
            surroundings,
            connections,
            clients,
            rounds: self.rounds,
        }
    }
}

impl Case {
    /// The work for `client`. Figures are per file, so a slow client may have fewer files than
    /// Towline.
    pub(crate) fn share(&self, client: Client) -> Work {
        let divisor = match (self.surroundings.route, self.connections, client) {
            (_, _, Client::Towline) | (Route::Gateway, _, _) => 1,
            (Route::Loopback, _, Client::Ftplib | Client::Rclone) => 1,
            (Route::Loopback, 1, Client::Curl) => 200,
            (Route::Loopback, 1, _) => 20,
            (Route::Loopback, _, _) => 2,
            (Route::Delayed, 1, _) => 4,
            (Route::Delayed, _, _) => 30,
        };
        match self.work {
            Work::Move {
                direction,
                files,
                size,
            } => Work::Move {
                direction,
                files: (files / divisor).max(files.min(LEAST * self.connections)),
                size,
            },
            whole @ (Work::List { .. } | Work::Mirror { .. }) => whole,
        }
    }

    /// A single file, if that is timed too, so that the login time can be separated from the time
    /// for each file.
    pub(crate) fn prelude(&self) -> Option<Work> {
        match (self.work, self.surroundings.route) {
            (
                Work::Move {
                    direction, size, ..
                },
                Route::Delayed,
            ) => Some(Work::Move {
                direction,
                files: 1,
                size,
            }),
            _ => None,
        }
    }
}

impl fmt::Display for Case {
    /// The name that `--filter` matches.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.work {
            Work::Move {
                direction, size, ..
            } => {
                let kind = if size == SMALL { "small" } else { "big" };
                write!(formatter, "{kind}-{direction}")?;
            }
            Work::Mirror { start, .. } => write!(formatter, "mirror-{start}")?,
            Work::List { entries } => write!(formatter, "list-{entries}")?,
        }
        let Surroundings { route, tls } = self.surroundings;
        let route = match route {
            Route::Loopback => "loopback",
            Route::Delayed => "delayed",
            Route::Gateway => "gateway",
        };
        let tls = match tls {
            Tls::V12 => "tls12",
            Tls::V13 => "tls13",
        };
        write!(
            formatter,
            "-{route}-{}-{}-{tls}",
            self.connections, self.server
        )
    }
}

impl Surroundings {
    const LOOPBACK: Self = Self {
        route: Route::Loopback,
        tls: Tls::V13,
    };
}

impl Tls {
    /// Its number.
    pub(crate) fn number(self) -> &'static str {
        match self {
            Self::V12 => "1.2",
            Self::V13 => "1.3",
        }
    }

    /// The settings that restrict a server to this version and one cipher suite, which all clients
    /// support.
    pub(crate) fn openssl(self) -> String {
        let number = self.number();
        format!(
            "\
openssl_conf = start
[start]
ssl_conf = ssl
[ssl]
system_default = defaults
[defaults]
MinProtocol = TLSv{number}
MaxProtocol = TLSv{number}
CipherString = ECDHE-ECDSA-AES256-GCM-SHA384
Ciphersuites = TLS_AES_256_GCM_SHA384
Options = ServerPreference
"
        )
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_case_has_a_name_of_its_own() {
        for scale in [Scale::FULL, Scale::QUICK] {
            let cases = scale.cases();
            let names: BTreeSet<_> = cases.iter().map(ToString::to_string).collect();
            assert_eq!(names.len(), cases.len());
            assert!(names.contains("small-down-delayed-1-vsftpd-tls12"));
        }
    }

    #[test]
    fn towline_is_the_first_client_and_has_all_the_work() {
        for case in Scale::FULL.cases() {
            assert_eq!(case.clients.first(), Some(&Client::Towline));
            assert_eq!(case.share(Client::Towline), case.work);
        }
    }

    #[test]
    fn full_runs_have_five_rounds() {
        assert!(Scale::FULL.cases().iter().all(|case| case.rounds >= 5));
    }

    #[test]
    fn there_are_always_files_after_the_first_to_be_timed() {
        for case in Scale::QUICK.cases() {
            for client in case.clients {
                if let Work::Move { files, .. } = case.share(*client) {
                    assert!(files > u32::from(case.prelude().is_some()), "{case}");
                }
            }
        }
    }
}
