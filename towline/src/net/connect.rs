//! TCP connections.

use std::future::Future;
use std::io;
use std::mem;
use std::net::SocketAddr;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use crate::error::{Error, ErrorDetail};
use crate::observer::Event;

/// Idle time before the first keep-alive probe; home routers forget a connection after minutes.
const KEEPALIVE: Duration = Duration::from_secs(60);

/// The head start of one address before the next (RFC 8305 section 5).
const HEAD_START: Duration = Duration::from_millis(250);

/// An address that was tried, and what came of it.
#[derive(Debug)]
#[non_exhaustive]
pub struct ConnectAttempt {
    /// Where to.
    pub address: SocketAddr,
    /// How long it took, or lasted until another address was quicker.
    pub took: Duration,
    /// What came of it.
    pub outcome: ConnectOutcome,
}

/// What came of a [`ConnectAttempt`].
#[derive(Debug)]
#[non_exhaustive]
pub enum ConnectOutcome {
    /// The connection is open.
    Connected,
    /// The connection could not be opened.
    Failed(Error),
    /// Another address answered first.
    Overtaken,
}

/// The addresses of `host`, in the order in which they are tried: IPv6 and IPv4 in turn (RFC 8305
/// section 4), beginning with the system's first choice. Never empty.
pub(super) async fn look_up(
    host: &str,
    port: u16,
    limit: Duration,
    observe: impl Fn(&Event<'_>),
) -> Result<Vec<SocketAddr>, Error> {
    observe(&Event::Resolving { host });
    let lookup = timeout(limit, tokio::net::lookup_host((host, port))).await;
    let addresses: Vec<_> = lookup
        .map_err(|_| {
            let what = format!("looking up {host} took too long");
            Error::timeout(ErrorDetail::LookupTimedOut, what)
        })?
        .map_err(|error| not_found(host, error))?
        .collect();
    if addresses.is_empty() {
        let none = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
        return Err(not_found(host, none));
    }
    Ok(interleave(addresses))
}

/// Connects to whichever of `addresses` answers first.
pub(super) async fn connect_first(
    addresses: Vec<SocketAddr>,
    limit: Duration,
    observe: impl Fn(&Event<'_>),
) -> Race<TcpStream> {
    let attempt = |address| {
        observe(&Event::Connecting { address });
        connect(address, limit)
    };
    race(addresses, attempt).await
}

/// The system does not tell a name that does not exist from one that cannot be asked for.
fn not_found(host: &str, error: io::Error) -> Error {
    Error::network(format!("cannot look up {host}"), error).with_detail(ErrorDetail::NameNotFound)
}

/// Connects to `address` within `limit`.
pub(crate) async fn connect(address: SocketAddr, limit: Duration) -> Result<TcpStream, Error> {
    let tcp = timeout(limit, TcpStream::connect(address))
        .await
        .map_err(|_| {
            let what = format!("connecting to {address} took too long");
            Error::timeout(ErrorDetail::ConnectTimedOut, what)
        })?
        .map_err(|error| Error::network(format!("cannot connect to {address}"), error))?;
    prepare(&tcp).map_err(|error| Error::network("cannot set up the socket", error))?;
    Ok(tcp)
}

/// Sets up a TCP connection, whoever opened it.
pub(crate) fn prepare(tcp: &TcpStream) -> io::Result<()> {
    tcp.set_nodelay(true)?;
    SockRef::from(tcp).set_tcp_keepalive(&TcpKeepalive::new().with_time(KEEPALIVE))
}

/// The addresses with their families in turn, beginning with the system's first choice.
fn interleave(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let is_first_v6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (preferred, other): (Vec<_>, Vec<_>) = addresses
        .into_iter()
        .partition(|address| address.is_ipv6() == is_first_v6);
    let (mut preferred, mut other) = (preferred.into_iter(), other.into_iter());
    let mut turns = Vec::new();
    loop {
        let turn = [preferred.next(), other.next()];
        if turn == [None, None] {
            return turns;
        }
        turns.extend(turn.into_iter().flatten());
    }
}

/// What came of trying several addresses.
#[derive(Debug)]
pub(super) struct Race<T> {
    /// The first connection that came about.
    pub(super) winner: Option<T>,
    /// What came of each address that was tried, in order.
    pub(super) attempts: Vec<ConnectAttempt>,
}

impl<T> Race<T> {
    /// What came of each address, and the connection, or why there is none: the failure of the
    /// first address, which is the system's choice.
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

/// Starts an attempt for each address, the next one after a head start or a failure, until one
/// succeeds.
async fn race<T, F>(addresses: Vec<SocketAddr>, attempt: impl Fn(SocketAddr) -> F) -> Race<T>
where
    T: Send + 'static,
    F: Future<Output = Result<T, Error>> + Send + 'static,
{
    let mut waiting = addresses.into_iter();
    // Dropping it ends the attempts that came too late.
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
    fn takes_the_families_in_turn() {
        let [a, b, c] = ["[::1]:1", "[::2]:1", "[::3]:1"].map(address);
        let [x, y] = ["10.0.0.1:1", "10.0.0.2:1"].map(address);
        assert_eq!(interleave(vec![a, b, c, x, y]), [a, x, b, y, c]);
        assert_eq!(interleave(vec![x, a, y]), [x, a, y]);
        assert_eq!(interleave(Vec::new()), []);
    }

    /// An attempt that takes this long and then succeeds or fails.
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
