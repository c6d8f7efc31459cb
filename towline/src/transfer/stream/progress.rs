//! Waits for as long as there is progress.

use std::fmt;
use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep};

use crate::net;

/// There was no progress for the whole time limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standstill;

/// Watches the send queue of a TCP connection during a wait, such as the wait for the last bytes of
/// an upload to leave on a slow line.
pub(crate) struct SendQueue {
    /// Our address, then the server's.
    ends: (SocketAddr, SocketAddr),
    limit: Duration,
    wait: Option<Wait>,
}

struct Wait {
    moved: Instant,
    before: Option<Option<u64>>,
    step: Step,
}

enum Step {
    Pausing(Pin<Box<Sleep>>),
    Looking(Pin<Box<dyn Future<Output = Option<u64>> + Send + Sync>>),
}

impl SendQueue {
    pub(crate) fn new(ends: (SocketAddr, SocketAddr), limit: Duration) -> Self {
        Self {
            ends,
            limit,
            wait: None,
        }
    }

    /// Ends the wait.
    pub(crate) fn moved(&mut self) {
        self.wait = None;
    }

    /// Ready once the queue has not shrunk for the time limit.
    pub(crate) fn poll_standstill(&mut self, cx: &mut Context<'_>) -> Poll<Standstill> {
        let Self { ends, limit, wait } = self;
        // Checked only after a while, because most waits end at once.
        let pause = || Step::Pausing(Box::pin(sleep(*limit / 4)));
        let wait = wait.get_or_insert_with(|| Wait {
            moved: Instant::now(),
            before: None,
            step: pause(),
        });
        loop {
            match &mut wait.step {
                Step::Pausing(sleep) => {
                    ready!(sleep.as_mut().poll(cx));
                    let (local, peer) = *ends;
                    wait.step = Step::Looking(Box::pin(net::unsent(local, peer)));
                }
                Step::Looking(look) => {
                    let unsent = ready!(look.as_mut().poll(cx));
                    // The first look has nothing to compare with, however late it comes.
                    if wait.before.is_none_or(|before| unsent < before) {
                        wait.moved = Instant::now();
                    }
                    if wait.moved.elapsed() >= *limit {
                        return Poll::Ready(Standstill);
                    }
                    wait.before = Some(unsent);
                    wait.step = pause();
                }
            }
        }
    }
}

impl fmt::Debug for SendQueue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendQueue")
            .field("ends", &self.ends)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}

/// Waits for `work` for as long as the send queue of the TCP connection between `ends` keeps
/// shrinking, and for `limit` after it has stopped.
pub(crate) async fn while_sending<T>(
    ends: (SocketAddr, SocketAddr),
    limit: Duration,
    work: impl Future<Output = T>,
) -> Result<T, Standstill> {
    let mut work = pin!(work);
    let mut queue = SendQueue::new(ends, limit);
    poll_fn(|cx| match work.as_mut().poll(cx) {
        Poll::Ready(done) => Poll::Ready(Ok(done)),
        Poll::Pending => queue.poll_standstill(cx).map(Err),
    })
    .await
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
            // Slow enough for several limits to pass, but never idle for a whole one.
            let mut buffer = vec![0; 64 * 1024];
            for _ in 0..20 {
                sleep(LIMIT / 8).await;
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
