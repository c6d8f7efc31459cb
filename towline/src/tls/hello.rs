//! Whether a server speaks TLS from the first byte.

use rustls::ClientConnection;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::record::begins_record;
use super::tether::Tether;

/// Sends the `ClientHello` of `tether` over `tcp`, and returns whether a TLS record comes back. Waits
/// without limit; nothing else is sent.
pub(crate) async fn answers_hello(mut tcp: TcpStream, tether: &Tether) -> bool {
    let Ok(mut connection) = ClientConnection::new(tether.control_config(), tether.name()) else {
        return false;
    };
    let mut hello = Vec::new();
    let mut answer = [0; 2];
    connection.write_tls(&mut hello).is_ok()
        && tcp.write_all(&hello).await.is_ok()
        && tcp.read_exact(&mut answer).await.is_ok()
        && begins_record(answer)
}
