//! The end of a data connection that has carried nothing.

use std::io::Read as _;
use std::net::Shutdown;

use socket2::Socket;

/// More than a client sends before the first reply: the beginning of TLS.
const MOST_READS: usize = 16;

/// Ends a connection, so that the client sees no reset. The system would send one if bytes of the
/// client were unread.
pub(super) fn end_in_order(socket: &Socket) {
    // Whatever fails here, the connection is closed next.
    let _ = socket.set_nonblocking(true);
    let _ = socket.shutdown(Shutdown::Write);
    let mut buffer = [0; 4096];
    for _ in 0..MOST_READS {
        let mut from = socket;
        if !matches!(from.read(&mut buffer), Ok(1..)) {
            break;
        }
    }
}
