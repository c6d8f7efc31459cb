//! TCP connections.

use std::future::Future;
use std::io;
use std::mem;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use crate::error::{Error, ErrorDetail};
use crate::observer::Event;

/// Idle time before the first keep-alive probe. Home routers drop idle connections after minutes.
const KEEPALIVE: Duration = Duration::from_secs(60);

/// The delay between the attempts for two addresses (RFC 8305 section 5).
const HEAD_START: Duration = Duration::from_millis(250);

/// An attempt to connect to one address.
#[derive(Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ConnectAttempt {
    /// The address.
    pub address: SocketAddr,
    /// How long the attempt took, or ran until another address answered first.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::serialize::seconds"))]
    pub took: Duration,
    /// The outcome.
    pub outcome: ConnectOutcome,
}

/// The outcome of a [`ConnectAttempt`].
#[derive(Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum ConnectOutcome {
    /// The connection is open.
    Connected,
    /// The connection could not be opened.
    Failed(Error),
    /// Another address answered first.
    Overtaken,
}

/// Connects to the first of `addresses`, the addresses of `host`, that answers.
pub(super) async fn connect_first(
    host: &str,
    addresses: Vec<SocketAddr>,
    limit: Duration,
    observe: impl Fn(&Event<'_>),
) -> Race<TcpStream> {
    let attempt = |address| {
        observe(&Event::Connecting { address });
        connect(address, target(host, address), limit)
    };
    race(addresses, attempt).await
}

/// Returns what errors call `address`, which is one of those of `host`.
fn target(host: &str, address: SocketAddr) -> String {
    match host.parse::<IpAddr>() {
        Ok(_) => address.to_string(),
        Err(_) => format!("{host} ({address})"),
    }
}

/// Connects to `address`, which errors call `target`, within `limit`.
pub(super) async fn connect(
    address: SocketAddr,
    target: String,
    limit: Duration,
) -> Result<TcpStream, Error> {
    let tcp = timeout(limit, TcpStream::connect(address))
        .await
        .map_err(|_| {
            let what = format!("connecting to {target} took too long");
            Error::timeout(ErrorDetail::ConnectTimedOut, what)
        })?
        .map_err(|error| Error::network(format!("cannot connect to {target}"), error))?;
    prepare(&tcp).map_err(|error| Error::network("cannot set up the socket", error))?;
    Ok(tcp)
}

/// Sets the options of a TCP connection, opened by either side.
pub(crate) fn prepare(tcp: &TcpStream) -> io::Result<()> {
    tcp.set_nodelay(true)?;
    SockRef::from(tcp).set_tcp_keepalive(&TcpKeepalive::new().with_time(KEEPALIVE))
}

/// The outcome of trying several addresses.
#[derive(Debug)]
pub(super) struct Race<T> {
    /// The first connection that was established.
    pub(super) winner: Option<T>,
    /// The outcome for each address that was tried, in order.
    pub(super) attempts: Vec<ConnectAttempt>,
}

impl<T> Race<T> {
    /// Returns the outcome for each address, and the connection. If there is none, returns the
    /// error of the first address, which is the system's first choice.
    pub(super) fn into_parts(mut self) -> (Vec<ConnectAttempt>, Result<T, Error>) {
        let connected = self.winner.ok_or_else(|| {
            let attempts = self.attempts.iter_mut();
            let mut failures = attempts.filter_map(|attempt| match &mut attempt.outcome {
                ConnectOutcome::Failed(error) => Some(error),
                ConnectOutcome::Connected | ConnectOutcome::Overtaken => None,
            });
            match failures.next() {
                Some(error) => {
                    let told = error.clone();
                    mem::replace(error, told)
                }
                None => Error::timeout(ErrorDetail::ConnectTimedOut, "no address was tried"),
            }
        });
        (self.attempts, connected)
    }
}

/// Starts an attempt for each address, the next one after a delay or a failure, until one succeeds.
async fn race<T, F>(addresses: Vec<SocketAddr>, attempt: impl Fn(SocketAddr) -> F) -> Race<T>
where
    T: Send + 'static,
    F: Future<Output = Result<T, Error>> + Send + 'static,
{
    let mut waiting = addresses.into_iter();
    // Dropping it aborts the attempts that lost the race.
    let mut running = JoinSet::new();
    let (mut attempts, mut began) = (Vec::new(), Vec::new());
    let winner = loop {
        if let Some(address) = waiting.next() {
            let (index, attempt) = (attempts.len(), attempt(address));
            running.spawn(async move { (index, attempt.await) });
            began.push(Instant::now());
            attempts.push(ConnectAttempt {
                address,
                took: Duration::ZERO,
                outcome: ConnectOutcome::Overtaken,
            });
        }
        let ended = tokio::select! {
            ended = running.join_next() => ended,
            () = sleep(HEAD_START), if waiting.len() > 0 => continue,
        };
        let Some(ended) = ended else { break None };
        let Ok((index, outcome)) = ended else {
            continue;
        };
        let (connected, outcome) = match outcome {
            Ok(connected) => (Some(connected), ConnectOutcome::Connected),
            Err(error) => (None, ConnectOutcome::Failed(error)),
        };
        attempts[index].took = began[index].elapsed();
        attempts[index].outcome = outcome;
        if connected.is_some() {
            break connected;
        }
    };
    for (attempt, began) in attempts.iter_mut().zip(began) {
        if matches!(attempt.outcome, ConnectOutcome::Overtaken) {
            attempt.took = began.elapsed();
        }
    }
    Race { winner, attempts }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    fn address(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_is_shown_with_its_name() {
        let to = address("192.0.2.1:21");
        assert_eq!(target("ftp.test", to), "ftp.test (192.0.2.1:21)");
        assert_eq!(target("192.0.2.1", to), "192.0.2.1:21");
        assert_eq!(target("::1", address("[::1]:21")), "[::1]:21");
    }

    /// An attempt that takes the given time and then succeeds or fails.
    async fn after(
        millis: u64,
        outcome: Result<&'static str, &str>,
    ) -> Result<&'static str, Error> {
        let failure = outcome
            .err()
            .map(|what| Error::timeout(ErrorDetail::ConnectTimedOut, what));
        sleep(Duration::from_millis(millis)).await;
        failure.map_or_else(|| Ok(outcome.unwrap_or("")), Err)
    }

    async fn raced(plan: &'static [(&str, u64, bool)]) -> (String, u64, Vec<u64>) {
        let (began, starts) = (Instant::now(), Mutex::new(Vec::new()));
        let addresses = plan.iter().map(|(text, ..)| address(text)).collect();
        let outcome = race(addresses, |to| {
            let elapsed = began.elapsed().as_millis();
            starts.lock().unwrap().push(u64::try_from(elapsed).unwrap());
            let (name, millis, good) = plan.iter().find(|row| address(row.0) == to).unwrap();
            after(*millis, if *good { Ok(name) } else { Err(name) })
        });
        let outcome = outcome.await.into_parts().1;
        let outcome = outcome.map_or_else(|error| format!("no {error}"), str::to_owned);
        let took = u64::try_from(began.elapsed().as_millis()).unwrap();
        (outcome, took, starts.into_inner().unwrap())
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_address_costs_only_its_head_start() {
        let raced = raced(&[("[::1]:1", 30_000, false), ("10.0.0.1:1", 20, true)]).await;
        assert_eq!(raced, ("10.0.0.1:1".to_owned(), 270, vec![0, 250]));
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_starts_the_next_one_at_once() {
        let raced = raced(&[("[::1]:1", 5, false), ("10.0.0.1:1", 20, true)]).await;
        assert_eq!(raced, ("10.0.0.1:1".to_owned(), 25, vec![0, 5]));
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_choice_wins_if_it_answers_in_time() {
        let raced = raced(&[("[::1]:1", 200, true), ("10.0.0.1:1", 1, true)]).await;
        assert_eq!(raced, ("[::1]:1".to_owned(), 200, vec![0]));
    }

    #[tokio::test(start_paused = true)]
    async fn where_all_fail_the_first_choice_says_why() {
        let raced = raced(&[("[::1]:1", 400, false), ("10.0.0.1:1", 1, false)]).await;
        assert_eq!(raced, ("no [::1]:1".to_owned(), 400, vec![0, 250]));
    }

    #[tokio::test(start_paused = true)]
    async fn every_address_that_was_tried_is_told() {
        let addresses = ["[::1]:1", "10.0.0.1:1", "10.0.0.2:1", "10.0.0.3:1"].map(address);
        let race = race(addresses.to_vec(), |to| {
            let last = to == addresses[2];
            after(100, if last { Ok("") } else { Err("closed") })
        });
        let told = race.await.attempts.into_iter().map(|attempt| {
            let outcome = format!("{:?}", attempt.outcome);
            let word = outcome.split('(').next().unwrap().to_owned();
            (attempt.address, attempt.took.as_millis(), word)
        });
        let expected = [(0, "Failed"), (1, "Failed"), (2, "Connected")];
        let expected = expected.map(|(index, word)| (addresses[index], 100, word.to_owned()));
        assert_eq!(told.collect::<Vec<_>>(), expected);
    }
}
