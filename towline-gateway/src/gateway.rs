//! The listeners, and the life of a gateway.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::conversation::{Begins, converse};
use crate::event::{Event, Sink};
use crate::settings::Settings;
use crate::shared::{Ending, Shared};
use crate::start_error::StartError;

/// The clients that may wait to be accepted.
const BACKLOG: u32 = 256;

/// A gateway that listens.
pub struct Gateway {
    shared: Arc<Shared>,
    listeners: Vec<(TcpListener, Begins)>,
    ending: watch::Sender<Ending>,
}

impl Gateway {
    /// Listens as `settings` say, and reports to `sink`. No client is served before
    /// [`Self::serve`].
    ///
    /// # Errors
    ///
    /// [`StartError`] if the settings contradict each other or would let other machines in
    /// unprotected, or if an address cannot be listened on.
    pub async fn bind(settings: Settings, sink: impl Sink + 'static) -> Result<Self, StartError> {
        settings.check()?;
        let clear = settings.listen.iter();
        let clear = clear.map(|address| (*address, Begins::InClearText));
        let implicit = settings.listen_implicit.iter();
        let implicit = implicit.map(|address| (*address, Begins::WithTls));
        let addresses: Vec<_> = clear.chain(implicit).collect();
        let (ending, ends) = watch::channel(Ending::NotYet);
        let shared = Shared::new(settings, Arc::new(sink), ends)?;
        let mut listeners = Vec::new();
        for (address, begins) in addresses {
            let listener = listen(address);
            let listener = listener.map_err(|error| StartError::Listen { address, error })?;
            listeners.push((listener, begins));
        }
        Ok(Self {
            shared: Arc::new(shared),
            listeners,
            ending,
        })
    }

    /// The addresses that it listens on, in the order of the settings, those with implicit TLS
    /// last.
    #[must_use]
    pub fn addresses(&self) -> Vec<SocketAddr> {
        let addresses = self.listeners.iter();
        addresses
            .filter_map(|(listener, _)| listener.local_addr().ok())
            .collect()
    }

    /// Serves clients until `stop` is ready. Then sends idle clients away, gives running transfers
    /// the time that the limits allow, and stops the rest.
    pub async fn serve(self, stop: impl Future<Output = ()>) {
        for address in self.addresses() {
            self.shared.event(&Event::Listening { address });
        }
        let places = Arc::new(Semaphore::new(self.shared.limits.clients));
        let mut clients = JoinSet::new();
        let mut accepting = JoinSet::new();
        let (arrived, mut arrivals) = tokio::sync::mpsc::channel(1);
        for (listener, begins) in self.listeners {
            let arrived = arrived.clone();
            accepting.spawn(async move {
                loop {
                    match listener.accept().await {
                        Ok((stream, _)) => {
                            if arrived.send((stream, begins)).await.is_err() {
                                return;
                            }
                        }
                        // Too many open files, for example. Others may be closed soon.
                        Err(_) => tokio::time::sleep(std::time::Duration::from_millis(100)).await,
                    }
                }
            });
        }
        let mut stop = std::pin::pin!(stop);
        loop {
            let (stream, begins) = tokio::select! {
                () = &mut stop => break,
                Some(_) = clients.join_next(), if !clients.is_empty() => continue,
                Some(arrival) = arrivals.recv() => arrival,
            };
            match Arc::clone(&places).try_acquire_owned() {
                Ok(place) => {
                    let shared = Arc::clone(&self.shared);
                    clients.spawn(async move {
                        converse(shared, stream, begins).await;
                        drop(place);
                    });
                }
                Err(_) => drop(clients.spawn(turn_away(stream))),
            }
        }
        accepting.shutdown().await;
        self.ending.send_replace(Ending::Idle);
        let all = async { while clients.join_next().await.is_some() {} };
        if timeout(self.shared.limits.grace, all).await.is_err() {
            self.ending.send_replace(Ending::All);
            let last = async { while clients.join_next().await.is_some() {} };
            // Broken-off uploads are still removed.
            if timeout(std::time::Duration::from_secs(10), last)
                .await
                .is_err()
            {
                clients.shutdown().await;
            }
        }
    }
}

impl std::fmt::Debug for Gateway {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gateway")
            .field("addresses", &self.addresses())
            .finish_non_exhaustive()
    }
}

fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

async fn turn_away(mut stream: TcpStream) {
    let farewell = b"421 Too many clients; closing.\r\n";
    // The client may be gone.
    let _ = timeout(
        std::time::Duration::from_secs(2),
        stream.write_all(farewell),
    )
    .await;
}
