//! The listeners, and the life of a gateway.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::aside::aside;
use crate::conversation::{Begins, converse};
use crate::event::{Event, Sink};
use crate::metrics::Metrics;
use crate::settings::Settings;
use crate::shared::{Ending, Shared};
use crate::spool::deliver;
use crate::start_error::StartError;
use crate::wire::Wire;

/// The clients that may wait to be accepted.
const BACKLOG: u32 = 256;

/// How long a client that is turned away may take to read the reply.
const FAREWELL: Duration = Duration::from_secs(2);

/// A gateway that listens.
pub struct Gateway {
    shared: Arc<Shared>,
    listeners: Vec<(TcpListener, Begins)>,
    ending: watch::Sender<Ending>,
    metrics: Option<(Arc<Metrics>, TcpListener)>,
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
        Self::bind_to(settings, Vec::new(), sink).await
    }

    /// As [`Self::bind`], on sockets that another program, such as systemd, has opened. If there
    /// are any, they replace [`Settings::listen`].
    ///
    /// # Errors
    ///
    /// As for [`Self::bind`].
    pub async fn bind_to(
        mut settings: Settings,
        sockets: Vec<std::net::TcpListener>,
        sink: impl Sink + 'static,
    ) -> Result<Self, StartError> {
        let mut listeners = Vec::new();
        if !sockets.is_empty() {
            settings.listen.clear();
        }
        for socket in sockets {
            let (address, listener) = take_over(socket).map_err(StartError::Socket)?;
            settings.listen.push(address);
            listeners.push((listener, Begins::InClearText));
        }
        settings.check()?;
        let clear = settings.listen.iter().skip(listeners.len());
        let clear = clear.map(|address| (*address, Begins::InClearText));
        let implicit = settings.listen_implicit.iter();
        let implicit = implicit.map(|address| (*address, Begins::WithTls));
        let addresses: Vec<_> = clear.chain(implicit).collect();
        let (ending, ends) = watch::channel(Ending::NotYet);
        let mut sink: Arc<dyn Sink> = Arc::new(sink);
        let mut metrics = None;
        if let Some(address) = settings.metrics {
            let listener = listen(address);
            let listener = listener.map_err(|error| StartError::Listen { address, error })?;
            let counts = Arc::new(Metrics::new(sink));
            sink = Arc::<Metrics>::clone(&counts);
            metrics = Some((counts, listener));
        }
        let shared = Shared::new(settings, sink, ends)?;
        for (address, begins) in addresses {
            let listener = listen(address);
            let listener = listener.map_err(|error| StartError::Listen { address, error })?;
            listeners.push((listener, begins));
        }
        Ok(Self {
            shared: Arc::new(shared),
            listeners,
            ending,
            metrics,
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

    /// The addresses where clients begin in clear text, and those where they begin with TLS.
    fn in_use(&self) -> (Vec<SocketAddr>, Vec<SocketAddr>) {
        let listeners = self.listeners.iter();
        let addresses = listeners.filter_map(|(listener, begins)| {
            let address = listener.local_addr().ok()?;
            Some((address, *begins))
        });
        let (clear, implicit): (Vec<_>, Vec<_>) =
            addresses.partition(|(_, begins)| *begins == Begins::InClearText);
        let only = |of: Vec<(SocketAddr, Begins)>| of.into_iter().map(|(at, _)| at).collect();
        (only(clear), only(implicit))
    }

    /// Returns the address at which Prometheus gets the counters, if there is one.
    #[must_use]
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        let (_, listener) = self.metrics.as_ref()?;
        listener.local_addr().ok()
    }

    /// Serves clients until `stop` is ready. Then turns idle clients away, gives running transfers
    /// the time that the limits allow, and stops the rest.
    pub async fn serve(self, stop: impl Future<Output = ()>) {
        let (_never, settings) = mpsc::channel(1);
        self.serve_renewed(settings, stop).await;
    }

    /// As [`Self::serve`]. Clients that come after new `settings` get those. The addresses stay as
    /// they are; if the settings cannot be used, a warning says so, and the old ones stay.
    pub async fn serve_renewed(
        mut self,
        mut settings: mpsc::Receiver<Settings>,
        stop: impl Future<Output = ()>,
    ) {
        for address in self.addresses() {
            self.shared.event(&Event::Listening { address });
        }
        let (clear, implicit) = self.in_use();
        // Each client holds a copy.
        let present = Arc::new(());
        let mut clients = JoinSet::new();
        let mut accepting = JoinSet::new();
        let (arrived, mut arrivals) = mpsc::channel(1);
        if let Some((metrics, listener)) = self.metrics.take() {
            accepting.spawn(metrics.serve(listener));
        }
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
                        Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
                    }
                }
            });
        }
        let mut delivering = JoinSet::new();
        for spool in self.shared.new_spools() {
            delivering.spawn(deliver(spool));
        }
        let mut stop = std::pin::pin!(stop);
        loop {
            let (stream, begins) = tokio::select! {
                () = &mut stop => break,
                Some(mut settings) = settings.recv() => {
                    // The addresses stay, so the new settings must protect them.
                    settings.listen.extend(&clear);
                    settings.listen_implicit.extend(&implicit);
                    let shared = Arc::clone(&self.shared);
                    match aside(move || shared.renewed(settings)).await {
                        Ok(renewed) => {
                            self.shared = Arc::new(renewed);
                            for spool in self.shared.new_spools() {
                                delivering.spawn(deliver(spool));
                            }
                        }
                        Err(error) => self.shared.event(&Event::Warning {
                            text: &format!("the old settings stay: {error}"),
                        }),
                    }
                    continue;
                }
                Some(_) = clients.join_next(), if !clients.is_empty() => continue,
                Some(arrival) = arrivals.recv() => arrival,
            };
            let shared = Arc::clone(&self.shared);
            if Arc::strong_count(&present) > shared.limits.clients {
                clients.spawn(turn_away(shared, stream, begins));
                continue;
            }
            let present = Arc::clone(&present);
            clients.spawn(async move {
                converse(shared, stream, begins).await;
                drop(present);
            });
        }
        accepting.shutdown().await;
        self.ending.send_replace(Ending::Idle);
        self.shared.close_spools();
        let all = async {
            while clients.join_next().await.is_some() {}
            while delivering.join_next().await.is_some() {}
        };
        if timeout(self.shared.limits.grace, all).await.is_err() {
            self.ending.send_replace(Ending::All);
            // As after a crash: the next start continues.
            delivering.shutdown().await;
            let last = async { while clients.join_next().await.is_some() {} };
            // Broken-off uploads are still removed.
            if timeout(Duration::from_secs(10), last).await.is_err() {
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

/// Takes over a socket that listens.
fn take_over(socket: std::net::TcpListener) -> std::io::Result<(SocketAddr, TcpListener)> {
    socket.set_nonblocking(true)?;
    Ok((socket.local_addr()?, TcpListener::from_std(socket)?))
}

/// Turns a client away, in TLS if it begins with that.
async fn turn_away(shared: Arc<Shared>, stream: TcpStream, begins: Begins) {
    let Some(id) = shared.take_number(&stream) else {
        return;
    };
    let farewell = b"421 Too many clients; closing.\r\n";
    let away = async {
        let mut wire = match (begins, &shared.tls) {
            (Begins::WithTls, Some(tls)) => {
                let accepted = tls.for_client()?.accept(stream, FAREWELL).await?;
                Wire::Tls(Box::new(accepted))
            }
            _ => Wire::Clear(stream),
        };
        wire.write_all(farewell).await?;
        wire.close().await
    };
    // The client may be gone.
    let _: Result<std::io::Result<()>, _> = timeout(FAREWELL, away).await;
    shared.event(&Event::Disconnected {
        gateway_client: id,
        reason: "there are too many clients",
    });
}
