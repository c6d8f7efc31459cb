//! Waiting for as long as something moves.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use tokio::time::{Instant, timeout};

use crate::net;

/// Nothing has moved for the whole time limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standstill;

/// Waits for `work`, for as long as the send queue of the TCP connection between `local` and `peer`
/// goes on shrinking, and for `limit` once it has stopped.
pub(crate) async fn while_sending<T>(
    (local, peer): (SocketAddr, SocketAddr),
    limit: Duration,
    work: impl Future<Output = T>,
) -> Result<T, Standstill> {
    let mut work = pin!(work);
    let mut moved = Instant::now();
    let mut before = None;
    loop {
        if let Ok(done) = timeout(limit / 4, &mut work).await {
            return Ok(done);
        }
        // Looked at only now: most work is done at once.
        let unsent = net::unsent(local, peer).await;
        if before.is_some_and(|before| unsent < before) {
            moved = Instant::now();
        }
        if moved.elapsed() >= limit {
            return Err(Standstill);
        }
        before = Some(unsent);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncReadExt;
    use tokio::net::{TcpListener, TcpStream};

    const LIMIT: Duration = Duration::from_millis(400);

    #[tokio::test]
    async fn gives_up_when_the_peer_reads_nothing() {
        let (client, _server) = connected().await;
        let addresses = (client.local_addr().unwrap(), client.peer_addr().unwrap());
        while client.try_write(&[1; 65536]).is_ok() {}
        let never = while_sending(addresses, LIMIT, std::future::pending::<()>());
        assert_eq!(never.await, Err(Standstill));
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn goes_on_while_the_peer_reads() {
        let (client, mut server) = connected().await;
        let addresses = (client.local_addr().unwrap(), client.peer_addr().unwrap());
        while client.try_write(&[1; 65536]).is_ok() {}
        let (done, finished) = tokio::sync::oneshot::channel();
        let reader = tokio::spawn(async move {
            // Slow enough for several limits to pass, never idle for a whole one.
            let mut buffer = vec![0; 64 * 1024];
            for _ in 0..20 {
                tokio::time::sleep(LIMIT / 8).await;
                server.read_exact(&mut buffer).await.unwrap();
            }
            done.send(()).unwrap();
            server
        });
        let outcome = while_sending(addresses, LIMIT, finished).await;
        assert!(matches!(outcome, Ok(Ok(()))), "{outcome:?}");
        reader.await.unwrap();
    }

    async fn connected() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap());
        let (client, accepted) = tokio::join!(client, listener.accept());
        (client.unwrap(), accepted.unwrap().0)
    }
}
