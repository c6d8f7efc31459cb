//! What a server answers to a TLS hello that comes first.

use rustls::ClientConnection;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::record::begins_record;
use super::tether::Tether;
use crate::error::protocol_of;

/// The answer to a `ClientHello` that comes first.
#[derive(Debug)]
pub(crate) enum HelloAnswer {
    /// A TLS record.
    Tls,
    /// The beginning of something else.
    Other(Vec<u8>),
}

/// More bytes do not show better which protocol a text belongs to.
const ENOUGH: usize = 64;

/// Sends the `ClientHello` of `tether` over `tcp`, and a blank line behind it, which servers of
/// other protocols wait for. Returns the answer, if the server does not just close the connection.
/// Waits without limit; nothing else is sent.
pub(crate) async fn answer_to_hello(mut tcp: TcpStream, tether: &Tether) -> Option<HelloAnswer> {
    let connection = ClientConnection::new(tether.control_config(), tether.name());
    let mut hello = Vec::new();
    connection.ok()?.write_tls(&mut hello).ok()?;
    hello.extend_from_slice(b"\r\n\r\n");
    tcp.write_all(&hello).await.ok()?;
    let mut answer = Vec::new();
    while answer.len() < ENOUGH {
        let mut chunk = [0; ENOUGH];
        // A reset may follow what has arrived.
        let len = tcp.read(&mut chunk).await.unwrap_or(0);
        answer.extend_from_slice(&chunk[..len]);
        match answer.first_chunk() {
            Some(start) if begins_record(*start) => return Some(HelloAnswer::Tls),
            // Nothing more need follow: a web server may keep the connection open.
            _ if len == 0 || protocol_of(&answer).is_some() => break,
            _ => {}
        }
    }
    (!answer.is_empty()).then_some(HelloAnswer::Other(answer))
}
