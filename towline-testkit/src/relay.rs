//! An on-path attacker, who can change what is not inside TLS.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// A relay between a client and the control connection of a server in explicit
/// mode. It changes the server's replies as long as they are in clear text.
/// Dropping it ends the relay and all its connections.
///
/// ```
/// use towline_testkit::{Personality, Relay, Server};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let server = Server::builder(Personality::VsFtpd).start().await?;
/// let relay = Relay::start(server.address(), |line| line.replace("vsFTPd", "ProFTPD")).await?;
/// // ... a client connects to `relay.address()` ...
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Relay {
    address: SocketAddr,
    task: JoinHandle<()>,
}

/// Returns what the client receives instead of a line, without its CRLF.
type Change = Arc<dyn Fn(&str) -> String + Send + Sync>;

impl Relay {
    /// Starts a relay to `server` on `127.0.0.1`, in the caller's tokio runtime.
    /// `change` receives every line before TLS, without its CRLF, and returns
    /// the line to send instead. The reply that begins TLS (234) is the last.
    ///
    /// # Errors
    ///
    /// An error if the relay cannot listen on a port.
    pub async fn start(
        server: SocketAddr,
        change: impl Fn(&str) -> String + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let task = tokio::spawn(run(server, Arc::new(change), listener));
        Ok(Self { address, task })
    }

    /// Returns the address of the relay: `127.0.0.1` and a port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn run(server: SocketAddr, change: Change, listener: TcpListener) {
    let mut clients = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            Some(_) = clients.join_next(), if !clients.is_empty() => continue,
            accepted = listener.accept() => accepted,
        };
        if let Ok((client, _)) = accepted {
            clients.spawn(serve(server, Arc::clone(&change), client));
        }
    }
}

/// Serves a client to the end. A client that disconnects is not an error.
async fn serve(server: SocketAddr, change: Change, client: TcpStream) {
    let Ok(server) = TcpStream::connect(server).await else {
        return;
    };
    let (mut from_client, to_client) = client.into_split();
    let (from_server, mut to_server) = server.into_split();
    let commands = async {
        let _ = tokio::io::copy(&mut from_client, &mut to_server).await;
        let _ = to_server.shutdown().await;
    };
    tokio::join!(commands, async {
        let _ = replies(from_server, to_client, &change).await;
    });
}

async fn replies(
    from_server: OwnedReadHalf,
    mut to_client: OwnedWriteHalf,
    change: &Change,
) -> io::Result<()> {
    let mut from_server = BufReader::new(from_server);
    let mut line = String::new();
    while from_server.read_line(&mut line).await? > 0 {
        let begins_tls = line.starts_with("234 ");
        let changed = change(line.trim_end_matches(['\r', '\n']));
        to_client
            .write_all(format!("{changed}\r\n").as_bytes())
            .await?;
        line.clear();
        if begins_tls {
            tokio::io::copy_buf(&mut from_server, &mut to_client).await?;
            break;
        }
    }
    to_client.shutdown().await
}
