//! TCP connections.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::error::{Error, ErrorDetail};
use crate::observer::Event;

/// Idle time before the first keep-alive probe; home routers forget a connection after minutes.
const KEEPALIVE: Duration = Duration::from_secs(60);

/// The head start of one address before the next (RFC 8305 section 5).
const HEAD_START: Duration = Duration::from_millis(250);

/// Connects to `host` on whichever of its addresses answers first, IPv6 and IPv4 in turn (RFC 8305).
pub(crate) async fn connect_host(
    host: &str,
    port: u16,
    limit: Duration,
    observe: impl Fn(&Event<'_>),
) -> Result<TcpStream, Error> {
    observe(&Event::Resolving { host });
    let lookup = timeout(limit, tokio::net::lookup_host((host, port))).await;
    let addresses: Vec<_> = lookup
        .map_err(|_| {
            let what = format!("looking up {host} took too long");
            Error::timeout(ErrorDetail::LookupTimedOut, what)
        })?
        .map_err(|error| not_found(host, error))?
        .collect();
    let attempt = |address| {
        observe(&Event::Connecting { address });
        connect(address, limit)
    };
    match race(interleave(addresses), attempt).await {
        Some(outcome) => outcome,
        None => {
            let none = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
            Err(not_found(host, none))
        }
    }
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

/// Starts an attempt for each address, the next one after a head start or a failure. Gives the first
/// success, or the failure of the first address, which is the system's choice.
async fn race<T, F>(
    addresses: Vec<SocketAddr>,
    attempt: impl Fn(SocketAddr) -> F,
) -> Option<Result<T, Error>>
where
    T: Send + 'static,
    F: Future<Output = Result<T, Error>> + Send + 'static,
{
    let mut waiting = addresses.into_iter().enumerate();
    // Dropping it ends the attempts that came too late.
    let mut running = JoinSet::new();
    let mut failure: Option<(usize, Error)> = None;
    loop {
        if let Some((index, address)) = waiting.next() {
            let attempt = attempt(address);
            running.spawn(async move { (index, attempt.await) });
        }
        let outcome = tokio::select! {
            outcome = running.join_next() => outcome,
            () = sleep(HEAD_START), if waiting.len() > 0 => continue,
        };
        match outcome {
            Some(Ok((_, Ok(connected)))) => return Some(Ok(connected)),
            Some(Ok((index, Err(error)))) => {
                if failure.as_ref().is_none_or(|(first, _)| index < *first) {
                    failure = Some((index, error));
                }
            }
            Some(Err(_)) => {}
            None => return failure.map(|(_, error)| Err(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use tokio::time::Instant;

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
        let outcome = outcome.await.unwrap();
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
}
