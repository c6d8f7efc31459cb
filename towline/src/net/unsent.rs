//! The number of written bytes that are still queued in the kernel.
//!
//! After the last byte of an upload this is the only sign of progress. On a slow line the send
//! queue may take minutes to empty, and a fixed timeout would abort a transfer that makes progress.

use std::net::{IpAddr, SocketAddr};

/// Returns the bytes that the peer of this TCP connection has not acknowledged yet; `None` if the
/// system does not report them. Reads Linux's socket table: call it while waiting, not for every
/// write.
#[cfg(target_os = "linux")]
pub(crate) async fn unsent(local: SocketAddr, peer: SocketAddr) -> Option<u64> {
    let table = match local.ip() {
        IpAddr::V4(_) => "/proc/self/net/tcp",
        IpAddr::V6(_) => "/proc/self/net/tcp6",
    };
    let table = tokio::fs::read_to_string(table).await.ok()?;
    find(&table, &hex(local), &hex(peer))
}

/// Returns `None`: this system has no socket table to read.
#[cfg(not(target_os = "linux"))]
pub(crate) async fn unsent(_: SocketAddr, _: SocketAddr) -> Option<u64> {
    None
}

/// Returns the send queue from the row of this connection.
#[cfg(target_os = "linux")]
fn find(table: &str, local: &str, peer: &str) -> Option<u64> {
    table.lines().find_map(|line| {
        let mut columns = line.split_ascii_whitespace().skip(1);
        let same = columns.next()? == local && columns.next()? == peer;
        let (unsent, _unread) = columns.nth(1)?.split_once(':')?;
        same.then(|| u64::from_str_radix(unsent, 16).ok())?
    })
}

/// Formats an address as in the table: words in native byte order, then the port.
#[cfg(target_os = "linux")]
fn hex(address: SocketAddr) -> String {
    let octets = match address.ip() {
        IpAddr::V4(ip) => ip.octets().to_vec(),
        IpAddr::V6(ip) => ip.octets().to_vec(),
    };
    let words = octets.chunks_exact(4).map(|word| {
        let word = [word[0], word[1], word[2], word[3]];
        format!("{:08X}", u32::from_ne_bytes(word))
    });
    format!("{}:{:04X}", words.collect::<String>(), address.port())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};

    #[tokio::test]
    async fn sees_the_queue_fill_and_empty() {
        for host in ["127.0.0.1:0", "[::1]:0"] {
            let listener = TcpListener::bind(host).await.unwrap();
            let address = listener.local_addr().unwrap();
            let mut client = TcpStream::connect(address).await.unwrap();
            let (mut server, _) = listener.accept().await.unwrap();
            let local = client.local_addr().unwrap();
            assert_eq!(unsent(local, address).await, Some(0), "{host}");

            let mut written = 0;
            while let Ok(len) = client.try_write(&[7; 65536]) {
                written += len;
            }
            assert!(unsent(local, address).await > Some(0), "{host}");

            client.shutdown().await.unwrap();
            let mut received = Vec::new();
            server.read_to_end(&mut received).await.unwrap();
            assert_eq!(received.len(), written);
            drop(server);
        }
    }
}
