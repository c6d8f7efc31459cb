//! The connection of a proxy's client.

use std::io;
use std::time::Duration;

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::control::within;

/// How long a client may take for each step before its connection is established.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// A client's connection and its unread input.
pub(super) struct Client {
    stream: TcpStream,
    pub(super) input: BytesMut,
}

impl Client {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            input: BytesMut::new(),
        }
    }

    /// Waits for more input.
    pub(super) async fn fill(&mut self) -> io::Result<()> {
        match within(PATIENCE, self.stream.read_buf(&mut self.input)).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }

    /// Returns the next `count` bytes.
    pub(super) async fn take(&mut self, count: usize) -> io::Result<BytesMut> {
        while self.input.len() < count {
            self.fill().await?;
        }
        Ok(self.input.split_to(count))
    }

    pub(super) async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        within(PATIENCE, self.stream.write_all(bytes)).await
    }

    /// Relays data and end of stream in both directions.
    pub(super) async fn relay(&mut self, target: &mut TcpStream) -> io::Result<()> {
        self.stream.set_nodelay(true)?;
        target.write_all(&self.input).await?;
        self.input.advance(self.input.len());
        tokio::io::copy_bidirectional(&mut self.stream, target).await?;
        Ok(())
    }
}
