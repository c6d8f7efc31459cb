//! Acknowledging at once what arrives.
//!
//! A server that leaves Nagle's algorithm on (libunftp 0.23, inetutils 2.4) sends a second small
//! reply, such as the 226 after the 150, only once the first is acknowledged. On a data connection,
//! the same holds for a small file after a ticket. Linux delays that acknowledgement by 40 ms or
//! more.

use tokio::net::TcpStream;

/// Acknowledges what was just received, instead of waiting for data to send along. The setting
/// lasts until the next write, so the control connection calls this after each read.
#[cfg(target_os = "linux")]
pub(super) fn acknowledge(tcp: &TcpStream) {
    // Without it, replies arrive later.
    let _ = socket2::SockRef::from(tcp).set_tcp_quickack(true);
}

/// Does nothing: the option exists on Linux alone.
#[cfg(not(target_os = "linux"))]
pub(super) fn acknowledge(_: &TcpStream) {}
